"""Tests of the journal's file: what is written, read, bounded and kept for later."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import resource
import sqlite3
import threading
from typing import Any
from uuid import UUID

import pytest

from custom_components.bleemeo.core import Alert, Source
from custom_components.bleemeo.journal import file as journal_file
from custom_components.bleemeo.journal.file import ROWS_AT_ONCE
from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.record import DeliveryQuery
from custom_components.bleemeo.journal.thread import JournalError
from tests import AGENT, a_day, payload

from . import NOW, delivery, read, refusal, repeat


async def test_what_was_kept_is_there_after_a_restart(path: Path) -> None:
    """The last alert of each metric, with its time of arrival and source."""
    journal = Journal(path)
    saved = await journal.open()
    assert saved.alerts == []
    for line in a_day():
        await journal.keep(delivery(line, received_at=NOW))
    await journal.keep(delivery(payload(metric=None), source=Source.WEBHOOK))
    await journal.close()

    saved = await (again := Journal(path)).open()
    await again.close()
    last = {
        (alert.agent_id, alert.metric_id): alert
        for alert in map(Alert.from_payload, [*a_day(), payload(metric=None)])
    }
    assert {alert.key: alert for alert, _ in saved.alerts} == last
    assert {at for alert, at in saved.alerts if alert.metric_id} == {NOW}


async def test_records_that_are_added_together_are_kept_all_or_none(
    journal: Journal, path: Path
) -> None:
    """However many there are."""
    count = 3 * ROWS_AT_ONCE
    together = [
        delivery(payload(metric=str(UUID(int=number)))) for number in range(count)
    ]
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON metric"
            f" WHEN new.metric_id = '{UUID(int=count - 1)}'"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        with pytest.raises(JournalError, match="disk full"):
            await journal.keep(*together)
        assert read(path, "SELECT count(*) FROM metric") == [(0,)]
        other.execute("DROP TRIGGER full")
    await journal.keep(repeat())
    assert read(path, "SELECT count(*) FROM metric") == [(count,)]


async def test_deliveries_are_pruned_by_number_and_by_age(
    journal: Journal, path: Path
) -> None:
    """The metrics' last alerts stay, however old."""
    old = datetime.now(UTC) - timedelta(days=2)
    await journal.keep(delivery(received_at=old))
    for _ in range(4):
        await journal.keep(repeat())
    await journal.prune(datetime.now(UTC))
    assert read(path, "SELECT count(*) FROM delivery") == [(4,)]
    for _ in range(4):
        await journal.keep(repeat())
    assert read(path, "SELECT count(*), max(id) FROM delivery") == [(5, 9)]
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]


async def test_a_lowered_bound_counts_from_the_next_delivery(path: Path) -> None:
    """Without one, from the next hourly pruning."""
    many = Journal(path)
    await many.open()
    await many.keep(*(repeat() for _ in range(20)))
    await many.close()
    few = Journal(path, max_deliveries=3)
    await few.open()
    await few.keep(repeat())
    assert read(path, "SELECT count(*), max(id) FROM delivery") == [(3, 21)]
    await few.close()


async def test_what_could_not_be_kept_is_an_error_and_is_kept_with_the_next(
    journal: Journal, path: Path
) -> None:
    """A read-only table stands in for a full disk."""
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON delivery"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(JournalError, match="disk full"):
        await journal.keep(delivery())
    assert read(path, "SELECT count(*) FROM metric") == [(0,)]

    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute("DROP TRIGGER full")
    other_metric = payload(metric="00000000-0000-4000-8000-000000000001")
    await journal.keep(delivery(other_metric))
    assert read(path, "SELECT count(*) FROM metric") == [(2,)]


async def test_pruning_that_fails_is_an_error(journal: Journal, path: Path) -> None:
    """The hub logs it and retries."""
    await journal.keep(delivery(received_at=NOW - timedelta(days=900)))
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(
            "CREATE TRIGGER stuck BEFORE DELETE ON delivery"
            " BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )
    with pytest.raises(JournalError, match="stuck"):
        await journal.prune(datetime.now(UTC))


async def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    """There is a file in place of the folder; nothing is left of the try."""
    (tmp_path / "file").write_text("")
    before = threading.active_count()
    with pytest.raises(JournalError):
        await Journal(tmp_path / "file" / "journal.db").open()
    assert threading.active_count() == before


async def test_a_locked_file_is_not_taken_for_a_damaged_one(
    journal: Journal, path: Path
) -> None:
    """It is intact, only not accessible now."""
    await journal.keep(delivery())
    await journal.close()
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalError, match="locked"):
            await Journal(path).open()
    assert len(list(path.parent.iterdir())) == 1
    saved = await (again := Journal(path)).open()
    await again.close()
    assert len(saved.alerts) == 1


async def test_all_that_lies_together_is_bounded(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few large bodies count as much as many small ones."""
    monkeypatch.setattr(journal_file, "MAX_BODIES_LENGTH", 2500)
    for _ in range(4):
        await journal.keep(delivery(body="x" * 1000))
    await journal.prune(datetime.now(UTC))
    assert read(path, "SELECT count(*), max(id) FROM delivery") == [(2, 4)]


async def test_a_full_disk_is_an_error_until_there_is_room(
    journal: Journal, path: Path
) -> None:
    """A limit on file sizes simulates the full disk."""
    await journal.keep(delivery())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in path.parent.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        large = [delivery(payload(metric=None), body="x" * 60_000)] * 100
        answers = await asyncio.gather(
            *(journal.keep(each) for each in large), return_exceptions=True
        )
        assert any(isinstance(answer, JournalError) for answer in answers)
        count = read(path, "SELECT count(*) FROM delivery")[0][0]
        assert count == 1 + answers.count(None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await journal.flush()
    assert read(path, "SELECT count(*) FROM metric") == [(2,)]
    await journal.keep(delivery(payload(metric=AGENT)))
    assert read(path, "SELECT count(*) FROM metric") == [(3,)]


async def test_with_nothing_left_to_write_it_is_found_out_whether_that_works(
    journal: Journal, path: Path
) -> None:
    """A trouble must not be called over because nothing was tried."""
    await journal.keep(delivery())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(JournalError):
            await journal.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await journal.flush()
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]


async def test_deliveries_are_read_by_what_is_wanted(journal: Journal) -> None:
    """Newest first."""
    hour = timedelta(hours=1)
    await journal.keep(delivery(received_at=NOW, host="web"))
    await journal.keep(delivery(received_at=NOW + hour, host="db", verdict="late"))
    await journal.keep(refusal(received_at=NOW + 2 * hour))

    async def verdicts(**wanted: Any) -> list[str]:
        return [row["verdict"] for row in await journal.read(DeliveryQuery(**wanted))]

    assert await verdicts() == ["refused", "late", "changed"]
    assert await verdicts(host="db") == ["late"]
    assert await verdicts(verdicts=["changed", "refused"]) == ["refused", "changed"]
    assert await verdicts(since=NOW + hour) == ["refused", "late"]
    assert await verdicts(until=NOW + hour) == ["changed"]
    assert await verdicts(limit=1) == ["refused"]
    [row] = await journal.read(DeliveryQuery(host="web"))
    assert row["received_at"] == "2026-11-24T12:00:00.000000+00:00"
    assert json.loads(row["body"]) == payload()
    assert await journal.size() > 0


async def test_a_clock_that_was_behind_makes_no_delivery_old(
    journal: Journal, path: Path
) -> None:
    """What arrived after a delivery that is not old is not old either."""
    for days in (-3, 0, -2000, 400):
        await journal.keep(repeat(received_at=NOW + timedelta(days=days)))
    await journal.prune(NOW + timedelta(hours=1))
    assert read(path, "SELECT id FROM delivery") == [(2,), (3,), (4,)]
    await journal.prune(NOW + timedelta(days=2))
    assert read(path, "SELECT id FROM delivery") == [(4,)]
