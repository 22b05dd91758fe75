"""Tests of replacing a file: nothing is lost between two of its steps."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
import resource
from typing import Any

import pytest

from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.replacement import remove_journal
from custom_components.bleemeo.journal.thread import JournalError

from . import delivery, numbered


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


METRICS = 10


@pytest.fixture
async def damaged(path: Path) -> Path:
    """Return the path of a journal whose first page is damaged."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(*(numbered(number) for number in range(METRICS)))
    await journal.close()
    with path.open("r+b") as file:
        file.write(b"\xff" * 100)
    return path


async def saved(path: Path) -> int:
    """Return how many metrics the next opening finds."""
    contents = await (journal := Journal(path)).open()
    await journal.keep(numbered(METRICS))
    await journal.close()
    return len(contents.alerts)


@pytest.mark.parametrize("step", range(10))
async def test_a_crash_between_any_two_steps_loses_nothing(
    damaged: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Each step renames or removes one file."""
    # as a crash leaves them
    for suffix in ("-wal", "-shm"):
        damaged.with_name(damaged.name + suffix).touch()
    steps = iter(range(step))

    def crashing(name: str) -> Callable[..., Any]:
        function = getattr(Path, name)

        def crash(self: Path, *arguments: Any, **named: Any) -> Any:
            if next(steps, None) is None:
                raise OSError("crashed")
            return function(self, *arguments, **named)

        return crash

    with monkeypatch.context() as crash:
        for name in ("rename", "replace", "unlink"):
            crash.setattr(Path, name, crashing(name))
        with suppress(JournalError):
            await (journal := Journal(damaged)).open()
            await journal.close()
    assert await saved(damaged) == METRICS


async def test_what_was_half_built_is_begun_anew(damaged: Path) -> None:
    """Home Assistant was killed before it was complete."""
    begun = damaged.with_name(f"{damaged.name}.begun")
    begun.write_bytes(b"SQLite format 3\0 and no more")
    assert await saved(damaged) == METRICS
    assert not begun.exists()


async def test_only_the_last_files_that_were_set_aside_stay(path: Path) -> None:
    """A disk that damages every file must not be filled by them."""
    for number in range(5):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes([number]) * 9000)
        await (journal := Journal(path)).open()
        await journal.close()
    aside = sorted(path.parent.glob("*.corrupt-*"))
    assert [file.read_bytes()[0] for file in aside] == [2, 3, 4]
    assert len(list(path.parent.iterdir())) == 4


async def test_the_new_file_is_for_its_owner_only(damaged: Path) -> None:
    """As any journal."""
    assert await saved(damaged) == METRICS
    assert damaged.stat().st_mode & 0o777 == 0o600


async def test_a_full_disk_costs_nothing_of_what_can_be_saved(damaged: Path) -> None:
    """A limit on file sizes simulates the full disk; the file stays until there is room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # room for a new file, but not for what it must hold
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(JournalError):
            await Journal(damaged).open()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(damaged.parent.glob("*.corrupt-*")) == []
    assert await saved(damaged) == METRICS
