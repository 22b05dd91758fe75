"""Tests of the journal: who waits for a commit, and what becomes of the others."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import UTC, datetime
import os
from pathlib import Path
import sqlite3
import threading
from typing import Any

import pytest

from custom_components.bleemeo.core import Silence
from custom_components.bleemeo.journal import file as journal_file
from custom_components.bleemeo.journal.file import JournalFile
from custom_components.bleemeo.journal.handle import Handle
from custom_components.bleemeo.journal.journal import (
    LATER_RECORDS,
    TRIM_EVERY,
    Journal,
    JournalError,
)
from custom_components.bleemeo.journal.record import (
    DeliveryQuery,
    Forgotten,
    JournalContents,
    MetricRecord,
    Record,
    Renewal,
    Snapshot,
)
from custom_components.bleemeo.journal.replacement import Replacement
from tests import a_day, payload

from . import NOW, delivery, numbered, read, refusal, repeat


async def test_a_kept_delivery_is_on_disk_before_keep_returns(
    journal: Journal, path: Path
) -> None:
    """Another process sees it immediately."""
    await journal.keep(delivery())
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]
    assert read(path, "SELECT verdict, title FROM delivery") == [
        ("changed", "web01.example.com - CPU is Warning")
    ]


async def test_deliveries_that_arrive_together_are_committed_together(
    journal: Journal, batches: list[int]
) -> None:
    """One commit is enough for all."""
    await asyncio.gather(*(journal.keep(delivery()) for _ in range(20)))
    assert batches == [20]


async def test_what_arrives_during_a_commit_shares_the_next_one(
    journal: Journal, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not need a commit each."""
    is_writing, may_end = threading.Event(), threading.Event()
    write = journal._file.write

    def slow(records: list[Record]) -> None:
        is_writing.set()
        may_end.wait(10)
        write(records)

    monkeypatch.setattr(journal._file, "write", slow)
    kept = [journal.add(delivery())]
    await asyncio.to_thread(is_writing.wait, 10)
    kept += [journal.add(delivery()) for _ in range(9)]
    may_end.set()
    await asyncio.gather(*kept)
    assert batches == [1, 9]


async def test_nothing_is_on_disk_before_what_comes_first_is_over(path: Path) -> None:
    """What arrives by then waits for it, too; its failure costs nothing."""
    may_end, began = asyncio.Event(), list[int]()

    async def wait() -> None:
        began.append(len(began))
        await may_end.wait()
        raise ValueError

    journal = Journal(path, on_commit=wait)
    await journal.open()
    kept = [journal.add(delivery())]
    while not began:
        await asyncio.sleep(0)
    kept.append(journal.add(repeat()))
    await asyncio.sleep(0.1)
    assert read(path, "SELECT count(*) FROM delivery") == [(0,)]
    may_end.set()
    await asyncio.gather(*kept)
    assert began == [0, 1]
    assert read(path, "SELECT count(*) FROM delivery") == [(2,)]
    await journal.close()


async def test_deliveries_that_arrive_in_turns_of_the_loop_share_a_commit(
    journal: Journal, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one waits a few turns for the others."""
    # on a busy machine a few turns may take longer than a delivery would wait
    monkeypatch.setattr("custom_components.bleemeo.journal.journal.GATHER_SECONDS", 60)

    async def keep(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await journal.keep(delivery())

    await asyncio.gather(*(keep(2 * number) for number in range(8)))
    assert batches == [8]


async def test_deliveries_without_end_hold_no_commit_back(
    journal: Journal, batches: list[int]
) -> None:
    """Even if something arrives in every turn of the loop."""
    first = journal.add(delivery())
    async with asyncio.timeout(10):
        while not first.done():
            journal.add(delivery())
            await asyncio.sleep(0)
    assert batches[0] > 1


async def test_what_is_not_urgent_is_written_a_little_later_or_with_what_is(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On its own, with an urgent record, on a read, or at the latest on closing."""
    monkeypatch.setattr("custom_components.bleemeo.journal.journal.LATER_SECONDS", 0.01)
    count = "SELECT count(*) FROM delivery"
    kept = journal.add(repeat(), is_urgent=False)
    assert read(path, count) == [(0,)]
    await kept
    assert read(path, count) == [(1,)]

    monkeypatch.setattr("custom_components.bleemeo.journal.journal.LATER_SECONDS", 3600)
    journal.add(repeat(), is_urgent=False)
    await journal.keep(repeat())
    assert read(path, count) == [(3,)]
    journal.add(repeat(), is_urgent=False)
    assert len(await journal.read(DeliveryQuery())) == 4
    journal.add(repeat(), is_urgent=False)
    await journal.close()
    assert read(path, count) == [(5,)]


async def test_many_that_are_not_urgent_do_not_pile_up(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are written in batches, so that an urgent one need not wait long."""
    monkeypatch.setattr("custom_components.bleemeo.journal.journal.LATER_SECONDS", 3600)
    kept = [journal.add(repeat(), is_urgent=False) for _ in range(LATER_RECORDS)]
    async with asyncio.timeout(10):
        await asyncio.wait(kept)
    assert read(path, "SELECT max(id) FROM delivery") == [(LATER_RECORDS,)]


async def test_an_alert_is_known_to_be_kept_once_it_is_on_disk(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not while it waits, nor after a failure, until a later write includes it."""
    first, other = delivery(), delivery(payload(metric=None))
    assert first.alert is not None
    key = first.alert.key
    kept = journal.add(first)
    assert not journal.is_kept(key)
    await kept
    assert journal.is_kept(key)

    with monkeypatch.context() as broken:
        broken.setattr(Handle, "connect", _fail)
        with pytest.raises(JournalError):
            await journal.keep(first)
    assert not journal.is_kept(key)
    await journal.keep(other)
    assert journal.is_kept(key)


async def test_a_flood_is_bounded_without_waiting_for_the_hour(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In number at all times, and in size after a number of deliveries."""
    monkeypatch.setattr(journal_file, "MAX_BODIES_LENGTH", 2500)
    large = (journal.keep(repeat(body="x" * 1000)) for _ in range(TRIM_EVERY - 1))
    await asyncio.gather(*large)
    assert read(path, "SELECT count(*) FROM delivery") == [(5,)]
    await journal.keep(repeat(body="x" * 1000))
    # this is queued after it, so it has been done when this returns
    await journal.size()
    assert read(path, "SELECT count(*) FROM delivery") == [(2,)]


async def test_one_who_stopped_waiting_does_not_disturb_the_others(
    journal: Journal, path: Path
) -> None:
    """If a sender hangs up, its alert is still kept."""
    gone = asyncio.create_task(journal.keep(delivery()))
    stays = asyncio.create_task(journal.keep(repeat()))
    await asyncio.sleep(0)
    gone.cancel()
    await stays
    assert gone.cancelled()
    assert read(path, "SELECT count(*) FROM delivery") == [(2,)]


async def test_a_closed_journal_keeps_nothing_and_says_so(journal: Journal) -> None:
    """Queued records are written, later ones are refused."""
    queued = asyncio.create_task(journal.keep(delivery()))
    await asyncio.sleep(0)
    await journal.close()
    await queued
    with pytest.raises(JournalError, match="closed"):
        await journal.keep(delivery())
    with pytest.raises(JournalError, match="closed"):
        await journal.prune(datetime.now(UTC))
    await journal.close()


async def test_records_that_are_kept_at_once_share_a_commit(
    journal: Journal, batches: list[int]
) -> None:
    """Acknowledging or forgetting thousands does not take a commit each."""
    await journal.keep(*(delivery(alert) for alert in a_day()))
    await journal.close()
    assert batches == [len(a_day())]


def _fail(*_: object) -> None:
    raise sqlite3.OperationalError("disk I/O error")


# each fails in a place of its own: in Python, at the binding, at a constraint
UNWRITABLE: list[dict[str, Any]] = [
    {"host": "\ud800"},
    {"host": 2**70},
    {"host": object()},
    {"body": None},
    {"received_at": None},
    {"verdict": ["changed"]},
    {"source": None},
]


@pytest.mark.parametrize("wrong", UNWRITABLE, ids=lambda wrong: "".join(wrong))
async def test_a_record_that_can_never_be_written_fails_alone(
    journal: Journal, path: Path, wrong: dict[str, Any]
) -> None:
    """Neither those that share its commit nor any later ones."""
    good = [numbered(number) for number in range(4)]
    bad = delivery(**wrong)
    assert bad.key is not None
    together = [*good[:2], bad, *good[2:]]
    answers = await asyncio.gather(
        *(journal.keep(each) for each in together), return_exceptions=True
    )
    error = answers.pop(2)
    assert isinstance(error, JournalError)
    assert error.is_unwritable
    assert answers == [None] * 4
    assert read(path, "SELECT count(*) FROM metric") == [(4,)]
    assert not journal.is_kept(bad.key)

    await journal.keep(numbered(5))
    assert not journal.is_kept(bad.key)
    await journal.keep(delivery())
    assert journal.is_kept(bad.key)
    assert read(path, "SELECT count(*) FROM metric") == [(6,)]


async def test_what_can_never_be_written_is_not_tried_for_ever_after_other_trouble(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came while nothing could be written."""
    bad = delivery(metric=MetricRecord(delivery().alert, "wrong"))  # type: ignore[arg-type]
    with monkeypatch.context() as broken:
        broken.setattr(Handle, "connect", _fail)
        for each in (numbered(1), bad, numbered(2)):
            with pytest.raises(JournalError):
                await journal.keep(each)
    await journal.keep(numbered(3))
    assert read(path, "SELECT count(*) FROM metric") == [(3,)]
    assert bad.key is not None
    assert not journal.is_kept(bad.key)


async def test_an_error_that_nobody_expected_fails_one_commit_and_no_other(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one is made as if nothing had been."""
    with monkeypatch.context() as broken:
        broken.setattr(JournalFile, "write", lambda *_: 1 / 0)
        with pytest.raises(JournalError, match="division by zero"):
            await journal.keep(delivery())
    await journal.keep(delivery())
    assert read(path, "SELECT count(*) FROM delivery") == [(1,)]


async def test_who_waits_is_let_go_whatever_ends_the_writer(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the event loop ends its tasks."""
    with monkeypatch.context() as slow:
        is_writing, may_end = threading.Event(), threading.Event()

        def wait(*_: object) -> None:
            is_writing.set()
            may_end.wait(10)

        slow.setattr(JournalFile, "write", wait)
        kept = journal.add(delivery())
        await asyncio.to_thread(is_writing.wait, 10)
        assert journal._writer is not None
        journal._writer.cancel()
        await asyncio.wait([kept], timeout=10)
        may_end.set()
    assert kept.cancelled()
    await journal.keep(delivery())


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
        broken.setattr(Replacement, "build", _fail)
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


async def test_what_is_not_worth_a_commit_is_written_with_the_next_one(
    path: Path,
) -> None:
    """Or before the journal is read, looked after, or closed."""
    waiting: list[Record] = []

    def along() -> list[Record]:
        taken = waiting.copy()
        waiting.clear()
        return taken

    query = "SELECT verdict FROM delivery ORDER BY abs(id)"
    journal = Journal(path, along=along)
    await journal.open()
    waiting.append(refusal(received_at=NOW))
    await asyncio.sleep(0)
    assert read(path, query) == []
    await journal.keep(delivery())
    assert sorted(read(path, query)) == [("changed",), ("refused",)]
    waiting.append(refusal(verdict="beyond_bounds", received_at=NOW))
    found = await journal.read(DeliveryQuery())
    assert [row["verdict"] for row in found] == ["changed", "beyond_bounds", "refused"]
    waiting.append(refusal())
    await journal.prune(NOW)
    assert len(read(path, query)) == 4
    waiting.append(refusal())
    await journal.close()
    assert len(read(path, query)) == 5


async def test_what_is_written_along_makes_nothing_else_fail(path: Path) -> None:
    """A record that can never be written fails alone, and nobody is told."""
    hopeless = [refusal(host="\ud800")]
    journal = Journal(path, along=lambda: [hopeless.pop()] if hopeless else [])
    await journal.open()
    await journal.keep(delivery())
    assert read(path, "SELECT verdict FROM delivery") == [("changed",)]
    await journal.close()
