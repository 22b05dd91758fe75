"""Tests of the journal's thread: a file that is lost under way is renewed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import UTC, datetime
import os
from pathlib import Path
from typing import Any

import pytest

from custom_components.bleemeo.core import Silence
from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.record import (
    DeliveryQuery,
    Forgotten,
    JournalContents,
    Renewal,
    Snapshot,
)
from custom_components.bleemeo.journal.replacement import Replacement
from custom_components.bleemeo.journal.thread import JournalError

from . import NOW, delivery, fail, numbered, repeat


class Memory:
    """Stands in for a hub: what it knows, and what it was told."""

    def __init__(self, count: int) -> None:
        """Know a number of metrics."""
        self.records = [numbered(number, received_at=NOW) for number in range(count)]
        self.silence = Silence(id="kept", begins_at=NOW)
        self.renewals: list[Renewal] = []

    def snapshot(self) -> Snapshot:
        """Return all of it."""
        metrics = [each.metric for each in self.records if each.metric]
        return Snapshot(metrics, {"rejected_deliveries": 7}, [self.silence])


METRICS = 100


@pytest.fixture
def memory() -> Memory:
    """Return a memory of many metrics."""
    return Memory(METRICS)


@pytest.fixture
async def remembered(path: Path, memory: Memory) -> AsyncGenerator[Journal]:
    """Return a journal that holds what the memory knows."""
    journal = Journal(path, snapshot=memory.snapshot, on_renewal=memory.renewals.append)
    await journal.open()
    await journal.keep(*memory.records, memory.silence)
    yield journal
    await journal.close()


async def contents(journal: Journal) -> JournalContents:
    """Close a journal, and return what is read at its next opening."""
    await journal.close()
    saved = await (again := Journal(journal.path)).open()
    await again.close()
    return saved


def overwrite(path: Path) -> None:
    """Write garbage over all of the file but its header."""
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def overwrite_all(path: Path) -> None:
    """Write garbage over the file and its log."""
    for file in path, path.with_name(f"{path.name}-wal"):
        with file.open("r+b") as damaged:
            damaged.write(b"\xff" * file.stat().st_size)


def empty(path: Path) -> None:
    """Cut the file and its log to nothing."""
    for file in path, path.with_name(f"{path.name}-wal"):
        os.truncate(file, 0)


def delete(path: Path) -> None:
    """Delete the file, and what lies beside it."""
    for file in path.parent.iterdir():
        file.unlink()


def delete_alone(path: Path) -> None:
    """Delete the file, and leave its log."""
    path.unlink()


def replace_by_garbage(path: Path) -> None:
    """Put another file into the place, that is no database."""
    path.unlink()
    path.write_bytes(b"\xff" * 9000)


LOSSES = [
    overwrite,
    overwrite_all,
    empty,
    delete,
    delete_alone,
    replace_by_garbage,
]


@pytest.mark.parametrize("lose", LOSSES)
async def test_what_memory_has_survives_the_loss_of_the_file(
    remembered: Journal, memory: Memory, lose: Callable[[Path], None]
) -> None:
    """At the next alert, or at the latest when the journal is closed."""
    # from here on, most is in the file and not in its log
    await remembered.hold(True)
    await remembered.hold(False)
    lose(remembered.path)
    # a hub shows an alert before it keeps it
    memory.records.append(numbered(METRICS))
    await remembered.keep(memory.records[-1])
    saved = await contents(remembered)
    assert len(saved.alerts) == METRICS + 1
    assert saved.counts == {"rejected_deliveries": 7}
    assert saved.silences == {"kept": memory.silence}
    assert saved.renewal is None
    assert len(memory.renewals) == 1


@pytest.mark.parametrize("lose", LOSSES)
async def test_a_loss_that_no_alert_has_met_is_mended_on_closing(
    remembered: Journal, memory: Memory, lose: Callable[[Path], None]
) -> None:
    """After that, memory is gone."""
    await remembered.hold(True)
    await remembered.hold(False)
    lose(remembered.path)
    saved = await contents(remembered)
    assert len(saved.alerts) == METRICS
    assert len(memory.renewals) == 1


async def test_damage_is_told_with_what_there_still_is(
    remembered: Journal, memory: Memory
) -> None:
    """All metrics, and the deliveries that could be read."""
    await remembered.hold(True)
    await remembered.hold(False)
    content = bytearray(remembered.path.read_bytes())
    # the root of the metrics
    content[4096:8192] = b"\xff" * 4096
    remembered.path.write_bytes(content)
    await remembered.close()
    [renewal] = memory.renewals
    assert (renewal.metrics, renewal.deliveries) == (METRICS, METRICS)
    assert renewal.set_aside is not None
    assert renewal.set_aside.read_bytes()[4096:8192] == b"\xff" * 4096


@pytest.mark.parametrize("lose", [delete, delete_alone])
async def test_a_deleted_file_costs_no_delivery_either(
    remembered: Journal, memory: Memory, lose: Callable[[Path], None]
) -> None:
    """It can be read as long as it is open."""
    lose(remembered.path)
    await remembered.keep(numbered(METRICS))
    assert len(await remembered.read(DeliveryQuery(limit=1000))) == METRICS + 1
    assert memory.renewals == [Renewal(None, METRICS, METRICS)]
    files = {file.name for file in remembered.path.parent.iterdir()}
    assert files == {
        f"{remembered.path.name}{suffix}" for suffix in ("", "-wal", "-shm")
    }


async def test_a_file_that_was_replaced_by_an_older_one_gets_what_is_new(
    remembered: Journal, memory: Memory, tmp_path: Path
) -> None:
    """As one from a backup, whose deliveries stay."""
    older = await (other := Journal(tmp_path / "older.db")).open()
    assert older.alerts == []
    await other.keep(repeat(), *memory.records[:10])
    await other.close()
    other.path.replace(remembered.path)
    await remembered.keep(numbered(METRICS))
    assert len(await remembered.read(DeliveryQuery(limit=1000))) == 12
    saved = await contents(remembered)
    assert len(saved.alerts) == METRICS + 1
    assert saved.renewal is None
    assert memory.renewals == [Renewal(None, METRICS, 11)]


async def test_what_was_forgotten_stays_so_when_the_file_is_lost(
    remembered: Journal, memory: Memory
) -> None:
    """Even if it could not be written before."""
    key = memory.records.pop().key
    assert key is not None
    delete(remembered.path)
    await remembered.keep(Forgotten(key))
    saved = await contents(remembered)
    assert len(saved.alerts) == METRICS - 1
    assert key not in {alert.key for alert, _ in saved.alerts}


async def test_all_that_meets_one_loss_renews_the_file_once(
    remembered: Journal, memory: Memory
) -> None:
    """A write, a read and the upkeep at the same time."""
    delete(remembered.path)
    await asyncio.gather(
        remembered.keep(numbered(METRICS)),
        remembered.read(DeliveryQuery()),
        remembered.prune(datetime.now(UTC)),
        remembered.flush(),
        remembered.hold(True),
    )
    assert len(memory.renewals) == 1


async def test_a_file_that_cannot_be_renewed_is_an_error_until_it_can(
    remembered: Journal, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is missing, not even what came meanwhile."""
    delete(remembered.path)
    with monkeypatch.context() as broken:
        broken.setattr(Replacement, "build", fail)
        for number in range(2):
            with pytest.raises(JournalError, match="disk I/O error"):
                await remembered.keep(numbered(METRICS + number))
    assert memory.renewals == []
    await remembered.flush()
    saved = await contents(remembered)
    assert len(saved.alerts) == METRICS + 2


async def test_what_goes_wrong_in_memory_is_an_error_of_the_journal(
    path: Path,
) -> None:
    """Who waits is told, and the next is tried again."""
    told: list[Renewal] = []
    snapshots = iter([Snapshot()])

    def snapshot() -> Snapshot:
        if path.with_name("broken").exists():
            raise RuntimeError("broken memory")
        return next(snapshots)

    journal = Journal(path, snapshot=snapshot, on_renewal=told.append)
    await journal.open()
    delete(path)
    (broken := path.with_name("broken")).touch()
    with pytest.raises(JournalError, match="broken memory"):
        await journal.keep(delivery())
    broken.unlink()
    await journal.keep(delivery())
    await journal.close()
    assert len(told) == 1


@pytest.mark.parametrize("step", range(10))
@pytest.mark.parametrize("lose", [overwrite, delete_alone])
async def test_a_renewal_that_fails_at_any_step_is_ended_by_the_next(
    remembered: Journal,
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
    lose: Callable[[Path], None],
    step: int,
) -> None:
    """Meanwhile nothing is written to a file that would not stay."""
    await remembered.hold(True)
    await remembered.hold(False)
    lose(remembered.path)
    steps = iter(range(step))

    def failing(name: str) -> Callable[..., Any]:
        function = getattr(Path, name)

        def fail(self: Path, *arguments: Any, **named: Any) -> Any:
            if next(steps, None) is None:
                raise OSError("no more")
            return function(self, *arguments, **named)

        return fail

    with monkeypatch.context() as broken:
        for name in ("rename", "replace", "unlink"):
            broken.setattr(Path, name, failing(name))
        for number in range(2):
            memory.records.append(numbered(METRICS + number))
            with suppress(JournalError):
                await remembered.verify()
            with suppress(JournalError):
                await remembered.keep(memory.records[-1])
    memory.records.append(numbered(METRICS + 2))
    await remembered.keep(memory.records[-1])
    deliveries = await remembered.read(DeliveryQuery(limit=1000))
    assert len(deliveries) >= (METRICS + 1 if lose is delete_alone else 1)
    saved = await contents(remembered)
    assert len(saved.alerts) == METRICS + 3
    assert not remembered.path.with_name(f"{remembered.path.name}.new").exists()
