"""Tests of the connection that a journal keeps to its file."""

import asyncio
from contextlib import closing, suppress
from itertools import count
import os
from pathlib import Path
import shutil
import sqlite3
from typing import Any

import pytest

from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.record import DeliveryQuery, Renewal
from custom_components.bleemeo.journal.thread import JournalError
from tests import payload

from . import delivery, numbered, read


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


class Connections:
    """Counts the connections to a path, and chooses how SQLite makes them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        """Stand before the function that connects."""
        self.count = 0
        self.options = ""
        self._path = path
        self._connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", self.connect)

    def connect(self, path: Any, **arguments: Any) -> sqlite3.Connection:
        """Connect as asked, with the options of SQLite's URIs."""
        if path != self._path:
            return self._connect(path, **arguments)
        self.count += 1
        uri = f"{path.as_uri()}?{self.options}"
        return self._connect(uri, **arguments, uri=True)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch, path: Path) -> Connections:
    """Return the connections to the journal."""
    return Connections(monkeypatch, path)


@pytest.fixture
def unstable(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Give the file another inode number each time, as some network folders do."""
    stat = Path.stat
    numbers = count(1)

    def renumbered(self: Path, **arguments: Any) -> os.stat_result:
        found = stat(self, **arguments)
        if self != path:
            return found
        return os.stat_result((found[0], next(numbers), *found[2:]))

    monkeypatch.setattr(Path, "stat", renumbered)


@pytest.mark.usefixtures("unstable")
async def test_a_number_that_changes_by_itself_needs_no_new_connection(
    connections: Connections, path: Path
) -> None:
    """Nor anything else: the file is as it was."""
    renewals: list[Renewal] = []
    journal = Journal(path, on_renewal=renewals.append)
    await journal.open()
    for number in range(10):
        await journal.keep(numbered(number))
    assert connections.count == 1
    assert renewals == []
    assert len(await journal.read(DeliveryQuery())) == 10
    await journal.close()


@pytest.mark.usefixtures("unstable")
async def test_a_deleted_file_is_noticed_where_numbers_change_too(
    path: Path,
) -> None:
    """At the next alert."""
    renewals: list[Renewal] = []
    journal = Journal(path, on_renewal=renewals.append)
    await journal.open()
    await journal.keep(numbered(0))
    path.unlink()
    await journal.keep(numbered(1))
    assert renewals == [Renewal(None, 1, 1)]
    await journal.close()
    assert read(path, "SELECT count(*) FROM metric") == [(2,)]


async def test_a_file_that_was_replaced_by_its_own_copy_is_noticed(
    journal: Journal, path: Path
) -> None:
    """What is written must not go to the one that was replaced."""
    await journal.keep(numbered(0))
    await journal.hold(True)
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)
    await journal.hold(False)
    await journal.keep(numbered(1))
    assert read(path, "SELECT count(*) FROM metric") == [(2,)]
    [(check,)] = read(path, "PRAGMA integrity_check")
    assert check == "ok"


async def test_without_shared_memory_the_log_is_for_one_process(
    connections: Connections, path: Path, tmp_path: Path
) -> None:
    """As in many network folders; a copy that is made meanwhile is whole all the same."""
    # a way of locking that knows no shared memory
    connections.options = "vfs=unix-dotfile"
    journal = Journal(path)
    await journal.open()
    await journal.keep(*map(numbered, range(20)))
    await journal.hold(True)
    before = path.read_bytes()
    copied = tmp_path / path.name
    shutil.copy(path, copied)
    await journal.keep(*map(numbered, range(20, 40)))
    assert path.read_bytes() == before
    assert not path.with_name(f"{path.name}-shm").exists()
    shutil.copy(f"{path}-wal", f"{copied}-wal")
    await journal.hold(False)

    # and after a crash
    await journal.keep(*map(numbered, range(40, 50)))
    crashed = tmp_path / "crashed.db"
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{crashed}{suffix}")
    await journal.close()
    for file, metrics in (path, 50), (copied, 40), (crashed, 50):
        saved = await (again := Journal(file)).open()
        await again.close()
        assert saved.renewal is None
        assert len(saved.alerts) == metrics


async def test_a_journal_from_elsewhere_is_opened_without_shared_memory(
    connections: Connections, journal: Journal, path: Path, tmp_path: Path
) -> None:
    """Its folder was moved to the network, with a log that has most of it."""
    await journal.keep(*(numbered(number) for number in range(20)))
    moved = tmp_path / path.name
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{moved}{suffix}")
    await journal.close()
    for file in path.parent.iterdir():
        file.unlink()
    for suffix in ("", "-wal"):
        shutil.copy(f"{moved}{suffix}", f"{path}{suffix}")
    connections.options = "vfs=unix-dotfile"
    saved = await (again := Journal(path)).open()
    assert len(saved.alerts) == 20
    await again.keep(numbered(20))
    await again.close()


async def test_without_any_log_all_works_but_a_copy_may_be_torn(
    connections: Connections, path: Path
) -> None:
    """Who makes a backup is told."""
    connections.options = "nolock=1"
    journal = Journal(path)
    await journal.open()
    await journal.keep(numbered(0))
    with pytest.raises(JournalError, match="no write-ahead log"):
        await journal.hold(True)
    await journal.keep(numbered(1))
    await journal.hold(False)
    await journal.close()
    assert read(path, "SELECT count(*) FROM metric") == [(2,)]
    assert read(path, "PRAGMA journal_mode") == [("delete",)]


async def test_a_file_that_another_locks_is_an_error_until_it_is_free(
    journal: Journal, path: Path, connections: Connections
) -> None:
    """Then nothing of a metric is missing."""
    await journal.keep(numbered(0))
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="locked"):
            await journal.keep(numbered(1))
        # what is read waits for nobody
        assert len(await journal.read(DeliveryQuery())) == 1
        other.execute("ROLLBACK")
    await journal.keep(numbered(2))
    assert read(path, "SELECT count(*) FROM metric") == [(3,)]


async def test_a_folder_that_became_read_only_is_an_error_until_it_is_not(
    connections: Connections, path: Path
) -> None:
    """Then nothing of a metric is missing."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(numbered(0))
    connections.options = "mode=ro"
    # a failure makes a new connection
    journal._file._handle.close()
    for number in (1, 2):
        with pytest.raises(JournalError, match="readonly"):
            await journal.keep(numbered(number))
    connections.options = ""
    await journal.flush()
    assert read(path, "SELECT count(*) FROM metric") == [(3,)]
    await journal.close()
