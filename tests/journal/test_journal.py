"""Tests of what must survive a restart of Home Assistant."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import resource
import shutil
import sqlite3
import threading
from typing import Any
from uuid import UUID

import pytest

from custom_components.bleemeo.core import Acknowledgement, Alert, Source
from custom_components.bleemeo.journal import file as journal_file, schema
from custom_components.bleemeo.journal.file import (
    ROWS_AT_ONCE,
    JournalFile,
    remove_journal,
)
from custom_components.bleemeo.journal.journal import (
    LATER_RECORDS,
    TRIM_EVERY,
    Journal,
    JournalError,
)
from custom_components.bleemeo.journal.record import (
    MAX_REFUSED_BODY_LENGTH,
    Delivery,
    DeliveryQuery,
    Forgotten,
    MetricRecord,
    Record,
)
from custom_components.bleemeo.journal.schema import JournalTooNew
from tests import AGENT, METRIC, a_day, payload

# the version of the files that this code writes
VERSION = len(list(schema._MIGRATIONS.glob("*.sql")))
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def delivery(alert: dict[str, Any] | None = None, **fields: Any) -> Delivery:
    """Return a delivery whose alert is the newest of its metric."""
    body = alert or payload()
    received_at = fields.pop("received_at", datetime.now(UTC))
    read = Alert.from_payload(body)
    defaults: dict[str, Any] = {
        "received_at": received_at,
        "source": Source.WEBHOOK,
        "verdict": "changed",
        "alert": read,
        "body": json.dumps(body),
        "metric": MetricRecord(read, received_at),
    }
    return Delivery(**defaults | fields)


def refusal(**fields: Any) -> Delivery:
    """Return a delivery that was refused."""
    return delivery(
        **{"verdict": "refused", "reason": "why", "alert": None, "metric": None}
        | fields
    )


def read(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Read the file from outside, as another process would."""
    with closing(sqlite3.connect(path, autocommit=True)) as connection:
        return connection.execute(query).fetchall()


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


async def test_a_kept_delivery_is_on_disk_before_keep_returns(
    journal: Journal, path: Path
) -> None:
    """Another process sees it immediately."""
    await journal.keep(delivery())
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]
    assert read(path, "SELECT verdict, title FROM delivery") == [
        ("changed", "web01.example.com - CPU is Warning")
    ]


async def test_the_file_is_synced_at_every_commit_and_for_its_owner_only(
    journal: Journal, path: Path
) -> None:
    """Otherwise a power cut could break the promise of a 200."""
    connection = journal._file._connection
    assert connection is not None
    settings = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous")
    ]
    assert settings == ["wal", 2]
    assert path.stat().st_mode & 0o777 == 0o600


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
    kept = journal.add(refusal(), is_urgent=False)
    assert read(path, count) == [(0,)]
    await kept
    assert read(path, count) == [(1,)]

    monkeypatch.setattr("custom_components.bleemeo.journal.journal.LATER_SECONDS", 3600)
    journal.add(refusal(), is_urgent=False)
    await journal.keep(refusal())
    assert read(path, count) == [(3,)]
    journal.add(refusal(), is_urgent=False)
    assert len(await journal.read(DeliveryQuery())) == 4
    journal.add(refusal(), is_urgent=False)
    await journal.close()
    assert read(path, count) == [(5,)]


async def test_many_that_are_not_urgent_do_not_pile_up(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are written in batches, so that an urgent one need not wait long."""
    monkeypatch.setattr("custom_components.bleemeo.journal.journal.LATER_SECONDS", 3600)
    kept = [journal.add(refusal(), is_urgent=False) for _ in range(LATER_RECORDS)]
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
        broken.setattr(JournalFile, "_connect", _fail)
        with pytest.raises(JournalError):
            await journal.keep(first)
    assert not journal.is_kept(key)
    await journal.keep(other)
    assert journal.is_kept(key)


def _fail(_: JournalFile) -> None:
    raise sqlite3.OperationalError("disk I/O error")


async def test_a_late_alert_does_not_become_the_last_one(
    journal: Journal, path: Path
) -> None:
    """It is kept only as a delivery."""
    await journal.keep(delivery())
    await journal.keep(delivery(payload(status=2), verdict="late", metric=None))
    assert read(path, "SELECT json_extract(payload, '$.status') FROM metric") == [(1,)]
    assert read(path, "SELECT count(*) FROM delivery") == [(2,)]


async def test_the_body_is_kept_as_it_was_delivered(
    journal: Journal, path: Path
) -> None:
    """Including unknown fields."""
    await journal.keep(delivery(payload(new_field={"a": 1})))
    [(body,)] = read(path, "SELECT body FROM delivery")
    assert json.loads(body) == payload(new_field={"a": 1})


async def test_the_last_alert_is_kept_as_it_was_delivered_unless_it_is_large(
    path: Path,
) -> None:
    """Either way, the same alert is read back."""
    small, large = payload(new_field=1), payload(metric=None, new_field="x" * 60_000)
    journal = Journal(path)
    await journal.open()
    for sent in (small, large):
        await journal.keep(delivery(sent))
    # the API's answer is not an alert
    listed = Alert.from_payload(payload(agent=METRIC), Source.API)
    await journal.keep(
        Delivery(
            received_at=NOW,
            source=Source.API,
            verdict="changed",
            alert=listed,
            body="{}",
            metric=MetricRecord(listed, NOW),
        )
    )
    await journal.close()

    kept = read(path, "SELECT source, payload FROM metric ORDER BY agent_id, metric_id")
    bodies = [json.loads(body) for _, body in kept]
    assert small in bodies
    assert [body for body in bodies if len(json.dumps(body)) > 2000] == []
    saved = await (again := Journal(path)).open()
    await again.close()
    expected = [Alert.from_payload(small), Alert.from_payload(large), listed]
    assert {alert.key: alert for alert, _ in saved.alerts} == {
        alert.key: alert for alert in expected
    }


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
    await journal.keep(refusal())
    assert read(path, "SELECT count(*) FROM metric") == [(count,)]


async def test_a_refused_delivery_is_kept_with_its_reason_and_counted(
    journal: Journal, path: Path
) -> None:
    """Its body is cut, because its size is not limited."""
    await journal.keep(refusal(body="x" * 5000))
    await journal.keep(refusal())
    await journal.keep(delivery(unseen_change=True))
    assert read(path, "SELECT verdict, reason, length(body) FROM delivery LIMIT 1") == [
        ("refused", "why", MAX_REFUSED_BODY_LENGTH)
    ]
    await journal.close()
    saved = await (again := Journal(path)).open()
    await again.close()
    assert saved.counts == {"rejected_deliveries": 2, "unseen_changes": 1}


async def test_deliveries_are_pruned_by_number_and_by_age(
    journal: Journal, path: Path
) -> None:
    """The metrics' last alerts stay, however old."""
    old = datetime.now(UTC) - timedelta(days=2)
    await journal.keep(delivery(received_at=old))
    for _ in range(4):
        await journal.keep(refusal())
    await journal.prune()
    assert read(path, "SELECT count(*) FROM delivery") == [(4,)]
    for _ in range(4):
        await journal.keep(refusal())
    assert read(path, "SELECT count(*), max(id) FROM delivery") == [(5, 9)]
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]


async def test_a_flood_is_bounded_without_waiting_for_the_hour(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In number at all times, and in size after a number of deliveries."""
    monkeypatch.setattr(journal_file, "MAX_BODIES_LENGTH", 2500)
    large = (journal.keep(refusal(body="x" * 1000)) for _ in range(TRIM_EVERY - 1))
    await asyncio.gather(*large)
    assert read(path, "SELECT count(*) FROM delivery") == [(5,)]
    await journal.keep(refusal(body="x" * 1000))
    # this is queued after it, so it has been done when this returns
    await journal.size()
    assert read(path, "SELECT count(*) FROM delivery") == [(2,)]


async def test_a_lowered_bound_counts_from_the_next_delivery(path: Path) -> None:
    """Without one, from the next hourly pruning."""
    many = Journal(path)
    await many.open()
    await many.keep(*(refusal() for _ in range(20)))
    await many.close()
    few = Journal(path, max_deliveries=3)
    await few.open()
    await few.keep(refusal())
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


async def test_one_who_stopped_waiting_does_not_disturb_the_others(
    journal: Journal, path: Path
) -> None:
    """If a sender hangs up, its alert is still kept."""
    gone = asyncio.create_task(journal.keep(delivery()))
    stays = asyncio.create_task(journal.keep(refusal()))
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
        await journal.prune()
    await journal.close()


async def test_pruning_that_fails_is_an_error(journal: Journal, path: Path) -> None:
    """The hub logs it and retries."""
    await journal.keep(delivery(received_at=NOW - timedelta(days=900)))
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(
            "CREATE TRIGGER stuck BEFORE DELETE ON delivery"
            " BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )
    with pytest.raises(JournalError, match="stuck"):
        await journal.prune()


@pytest.mark.parametrize("damage", ["header", "page"])
async def test_a_damaged_file_is_set_aside(path: Path, damage: str) -> None:
    """It stays available for inspection, and a new journal is started."""
    journal = Journal(path)
    await journal.open()
    for line in a_day():
        await journal.keep(delivery(line, body="x" * 9000))
    await journal.close()
    content = bytearray(path.read_bytes())
    start = 0 if damage == "header" else 4096
    content[start : start + 3000] = b"\xff" * 3000
    path.write_bytes(content)

    saved = await (again := Journal(path)).open()
    await again.keep(delivery())
    await again.close()
    assert saved.alerts == []
    assert saved.set_aside is not None
    assert saved.set_aside.read_bytes() == content
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]


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


async def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    """There is a file in place of the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError):
        await Journal(tmp_path / "file" / "journal.db").open()


async def test_a_locked_file_is_not_taken_for_a_damaged_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is intact, only not accessible now."""

    def locked(self: JournalFile) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(JournalFile, "_load", locked)
    with pytest.raises(JournalError, match="locked"):
        await Journal(path).open()


async def test_an_alert_that_this_version_does_not_understand_is_counted(
    path: Path,
) -> None:
    """The others are loaded."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(delivery())
    await journal.close()
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(
            "INSERT INTO metric VALUES"
            " ('a', 'b', '2026', 'webhook', '{}', NULL, NULL, NULL)"
        )
    saved = await (again := Journal(path)).open()
    await again.close()
    assert (len(saved.alerts), saved.unreadable) == (1, 1)


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


async def test_all_that_lies_together_is_bounded(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few large bodies count as much as many small ones."""
    monkeypatch.setattr(journal_file, "MAX_BODIES_LENGTH", 2500)
    for _ in range(4):
        await journal.keep(delivery(body="x" * 1000))
    await journal.prune()
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


async def test_a_file_that_was_deleted_is_begun_anew(
    journal: Journal, path: Path
) -> None:
    """What is acknowledged afterwards is in a file that a restart finds."""
    await journal.keep(delivery())
    for file in path.parent.iterdir():
        file.unlink()
    await journal.keep(delivery())
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]


async def test_damage_while_running_is_told_from_other_trouble(
    journal: Journal, path: Path
) -> None:
    """A retry does not help, but opening the file again does."""
    for line in a_day():
        await journal.keep(delivery(line, body="x" * 9000))
    await journal.hold(True)
    journal._file._disconnect()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(JournalError) as error:
        await journal.keep(delivery())
    assert error.value.is_damage


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
    assert saved.set_aside is None
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
    saved = await (again := Journal(path, is_held=True)).open()
    await again.close()
    assert path.read_bytes() == before
    assert len(saved.alerts) == 1


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


async def test_an_acknowledgement_is_kept_with_its_metric_until_the_next_one(
    journal: Journal, path: Path
) -> None:
    """In the order in which they were added, even within one commit."""
    alert = Alert.from_payload(payload())
    seen = Acknowledgement(NOW, NOW + timedelta(hours=1), "on it")
    await asyncio.gather(
        journal.keep(delivery()),
        journal.keep(MetricRecord(alert, NOW, Acknowledgement(NOW))),
        journal.keep(MetricRecord(alert, NOW, seen)),
    )
    await journal.close()
    saved = await (again := Journal(path)).open()
    assert saved.acknowledgements == {alert.key: seen}
    await again.keep(delivery())
    await again.close()
    saved = await (last := Journal(path)).open()
    await last.close()
    assert saved.acknowledgements == {}


async def test_what_is_forgotten_leaves_nothing_behind(
    journal: Journal, path: Path
) -> None:
    """Neither the metric nor its deliveries."""
    await journal.keep(delivery())
    await journal.keep(delivery(payload(metric=None)))
    await journal.keep(Forgotten(Alert.from_payload(payload(metric=None)).key))
    for table in ("metric", "delivery"):
        query = f"SELECT metric_id FROM {table}"  # noqa: S608
        assert read(path, query) == [(payload()["metric"],)]


async def test_what_is_forgotten_takes_what_waits_beside_it_along(
    journal: Journal, path: Path
) -> None:
    """A repeat is written a little later, and another alert may follow immediately."""
    alert = Alert.from_payload(payload())
    await journal.keep(delivery())
    journal.add(delivery(verdict="repeat", metric=None), is_urgent=False)
    await journal.keep(Forgotten(alert.key))
    assert read(path, "SELECT verdict FROM delivery") == []
    await journal.keep(delivery(verdict="late"))
    forgetting = journal.add(Forgotten(alert.key))
    await asyncio.gather(forgetting, journal.add(delivery()))
    assert read(path, "SELECT verdict FROM delivery") == [("changed",)]
    assert read(path, "SELECT metric_id FROM metric") == [(alert.metric_id,)]


async def test_records_that_are_kept_at_once_share_a_commit(
    journal: Journal, batches: list[int]
) -> None:
    """Acknowledging or forgetting thousands does not take a commit each."""
    await journal.keep(*(delivery(alert) for alert in a_day()))
    await journal.close()
    assert batches == [len(a_day())]
