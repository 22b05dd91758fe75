"""Tests of replacing a file: nothing is lost between two of its steps."""

from pathlib import Path

from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.replacement import remove_journal

from . import delivery


async def test_removal_leaves_nothing_behind(path: Path) -> None:
    """Neither the file nor what SQLite puts beside it."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(delivery())
    assert len(list(path.parent.iterdir())) == 3
    await journal.close()
    remove_journal(path)
    remove_journal(path)
    assert list(path.parent.iterdir()) == []
