"""Tests of the schema: files of other versions."""

from contextlib import closing
from pathlib import Path
import shutil
import sqlite3

import pytest

from custom_components.bleemeo.journal import schema
from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.schema import JournalTooNew

from . import VERSION, delivery, read


async def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    """A downgrade does not destroy what it cannot read."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(delivery())
    await journal.close()
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalTooNew, match=f"version {VERSION + 1}"):
        await Journal(path).open()
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]


async def test_an_older_file_is_brought_up_to_date(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step, with its contents."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(delivery())
    await journal.close()
    step = "ALTER TABLE metric ADD COLUMN note TEXT; UPDATE metric SET note = 'x'"
    migrations = Path(shutil.copytree(schema._MIGRATIONS, tmp_path / "migrations"))
    (migrations / f"{VERSION + 1:04}_note.sql").write_text(step)
    monkeypatch.setattr(schema, "_MIGRATIONS", migrations)
    saved = await (again := Journal(path)).open()
    await again.close()
    assert len(saved.alerts) == 1
    assert read(path, "SELECT note FROM metric") == [("x",)]
    assert read(path, "PRAGMA user_version") == [(VERSION + 1,)]
