"""Fixtures: an open journal of our own."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.record import Record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the journal's path, in a folder that does not exist yet."""
    return tmp_path / ".storage" / "bleemeo.test.db"


@pytest.fixture
async def journal(path: Path) -> AsyncGenerator[Journal]:
    """Return an open journal."""
    journal = Journal(path, max_deliveries=5, max_age=timedelta(days=1))
    await journal.open()
    yield journal
    await journal.close()


@pytest.fixture
def batches(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that collects the number of records in each commit."""
    sizes: list[int] = []
    write = journal._file.write

    def counting(records: list[Record]) -> None:
        sizes.append(len(records))
        write(records)

    monkeypatch.setattr(journal._file, "write", counting)
    return sizes
