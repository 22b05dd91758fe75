"""Tests of the connection that a journal keeps to its file."""

import asyncio
from contextlib import suppress
from pathlib import Path
import shutil

from custom_components.bleemeo.journal.journal import Journal, JournalError
from tests import payload

from . import delivery, read


async def test_a_file_that_was_deleted_is_begun_anew(
    journal: Journal, path: Path
) -> None:
    """What is acknowledged afterwards is in a file that a restart finds."""
    await journal.keep(delivery())
    for file in path.parent.iterdir():
        file.unlink()
    await journal.keep(delivery())
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]


async def test_a_copy_made_while_held_is_whole(
    journal: Journal, path: Path, tmp_path: Path
) -> None:
    """The file is copied first, then the log, with a thousand alerts in between."""
    copied = tmp_path / "copy" / path.name
    copied.parent.mkdir()
    await journal.keep(delivery())
    await journal.hold(True)
    shutil.copy(path, copied)
    metrics = [f"00000000-0000-4000-8000-{number:012}" for number in range(300)]
    for _ in range(2):
        await asyncio.gather(
            *(journal.keep(delivery(payload(metric=metric))) for metric in metrics)
        )
    with suppress(JournalError):
        await journal.flush()
    for file in path.parent.glob("*-wal"):
        shutil.copy(file, copied.parent / file.name)
    await journal.hold(False)

    saved = await (restored := Journal(copied)).open()
    await restored.close()
    assert saved.renewal is None
    assert len(saved.alerts) == 301


async def test_closing_while_held_leaves_the_file_alone(path: Path) -> None:
    """An entry may be reloaded during a backup."""
    journal = Journal(path)
    await journal.open()
    await journal.hold(True)
    before = path.read_bytes()
    await journal.keep(delivery())
    await journal.close()
    assert path.read_bytes() == before
    saved = await (again := Journal(path)).open(is_held=True)
    await again.close()
    assert path.read_bytes() == before
    assert len(saved.alerts) == 1
