"""Tests of the journal: who waits for a commit, and what becomes of the others."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
import threading
from typing import Any

import pytest

from custom_components.bleemeo.journal import file as journal_file
from custom_components.bleemeo.journal.file import JournalFile
from custom_components.bleemeo.journal.handle import Handle
from custom_components.bleemeo.journal.journal import LATER_RECORDS, TRIM_EVERY, Journal
from custom_components.bleemeo.journal.record import DeliveryQuery, MetricRecord, Record
from custom_components.bleemeo.journal.thread import JournalError
from homeassistant.util.async_ import get_scheduled_timer_handles
from tests import a_day, payload

from . import NOW, delivery, fail, numbered, read, refusal, repeat


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


async def test_what_is_being_told_is_there_for_whoever_reads(path: Path) -> None:
    """Its commit has begun, and waits until all is told."""
    is_telling, is_told = asyncio.Event(), asyncio.Event()

    async def tell() -> None:
        is_telling.set()
        await is_told.wait()

    journal = Journal(path, on_commit=tell)
    await journal.open()
    kept = journal.add(delivery())
    await is_telling.wait()
    reading = asyncio.create_task(journal.read(DeliveryQuery()))
    await asyncio.sleep(0.05)
    is_told.set()
    assert len(await reading) == 1
    await kept
    await journal.close()


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


async def test_no_timer_is_left_for_what_a_commit_under_way_has_taken_along(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not urgent, and came between two batches of one writer."""
    monkeypatch.setattr("custom_components.bleemeo.journal.journal.LATER_SECONDS", 3600)
    may_end, began = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        began.set()
        await may_end.wait()

    journal = Journal(path, on_commit=wait)
    await journal.open()
    kept = [journal.add(delivery())]
    await began.wait()
    kept.append(journal.add(repeat(), is_urgent=False))
    may_end.set()
    await asyncio.gather(*kept)
    await journal.close()
    timers = get_scheduled_timer_handles(asyncio.get_running_loop())
    assert [timer for timer in timers if not timer.cancelled()] == []


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
        broken.setattr(Handle, "connect", fail)
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
        broken.setattr(Handle, "connect", fail)
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
