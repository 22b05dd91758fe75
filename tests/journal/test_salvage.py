"""Tests of what is saved from a damaged file."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
import json
from pathlib import Path
from random import Random
import shutil
import sqlite3
from uuid import UUID

import pytest

from custom_components.bleemeo.core import (
    Acknowledgement,
    Alert,
    Course,
    Incident,
    Silence,
    Status,
    Step,
    Timeline,
)
from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.record import (
    Count,
    DeliveryQuery,
    JournalContents,
    MetricRecord,
)
from tests import payload

from . import NOW, VERSION, delivery, numbered, read, refusal

PAGE = 4096
METRICS = 200
SILENCE = Silence(id="01J", begins_at=NOW)
# the first byte of a page that has rows of the table
METRIC_PAGE, DELIVERY_PAGE = 0x0A, 0x0D


@pytest.fixture
async def content(path: Path) -> bytearray:
    """Return the content of a journal with many metrics, one of them acknowledged."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(
        *(numbered(number, received_at=NOW) for number in range(METRICS))
    )
    alert = Alert.from_payload(payload(metric=str(UUID(int=0)), id=None))
    step = Step(NOW, alert.status, (NOW, NOW))
    await journal.keep(
        MetricRecord(
            alert,
            NOW,
            Acknowledgement(NOW),
            course=Course(Timeline((step,), NOW)),
            incidents=(Incident((step,)),),
            incidents_from=NOW,
        ),
        refusal(body=json.dumps(payload())),
        Count("rejected_deliveries", 1),
        SILENCE,
    )
    await journal.close()
    return bytearray(path.read_bytes())


async def reopened(path: Path) -> JournalContents:
    """Open the journal and check that it takes alerts; return what it held."""
    saved = await (journal := Journal(path)).open()
    await journal.keep(numbered(METRICS))
    await journal.close()
    found = read(path, "SELECT count(*) FROM metric")
    assert found == [(len(saved.alerts) + saved.unreadable + 1,)]
    return saved


def rows_of(content: bytearray, kind: int) -> list[int]:
    """Return where the pages are that have rows of a table."""
    return [start for start in range(0, len(content), PAGE) if content[start] == kind]


def damage_header(content: bytearray) -> None:
    """Damage what SQLite knows a database by."""
    content[:100] = b"\xff" * 100


def damage_first_page(content: bytearray) -> None:
    """Damage the list of tables too."""
    content[:PAGE] = bytes(PAGE)


def damage_a_page_of_metrics(content: bytearray) -> None:
    """Damage a page in the middle of the metrics."""
    pages = rows_of(content, METRIC_PAGE)
    content[(start := pages[len(pages) // 2]) : start + PAGE] = b"\xff" * PAGE


def damage_all_metrics(content: bytearray) -> None:
    """Damage the root of the metrics, from which all others are found."""
    content[PAGE : 2 * PAGE] = b"\xff" * PAGE


def damage_two_pages_of_deliveries(content: bytearray) -> None:
    """Damage pages that have readable ones on both sides and between them."""
    pages = rows_of(content, DELIVERY_PAGE)
    for start in pages[len(pages) // 3], pages[len(pages) // 2]:
        content[start : start + PAGE] = b"\xff" * PAGE


def cut(content: bytearray) -> None:
    """Cut the end off, in the middle of a page."""
    del content[len(content) * 9 // 10 :]


@pytest.mark.parametrize(
    ("damage", "least_deliveries"),
    [
        (damage_header, METRICS + 1),
        (damage_first_page, METRICS + 1),
        (damage_a_page_of_metrics, METRICS + 1),
        (damage_all_metrics, METRICS + 1),
        (damage_two_pages_of_deliveries, METRICS - 10),
        (cut, METRICS * 4 // 5),
    ],
)
async def test_what_can_be_read_of_a_damaged_file_is_kept(
    path: Path,
    content: bytearray,
    damage: Callable[[bytearray], None],
    least_deliveries: int,
) -> None:
    """The file itself stays available for inspection, and a new one is begun."""
    damage(content)
    path.write_bytes(content)
    saved = await reopened(path)
    assert saved.renewal is not None
    assert saved.renewal.set_aside is not None
    assert saved.renewal.set_aside.read_bytes() == content
    shown = {alert.metric_id for alert, _ in saved.alerts}
    if damage is cut:
        # where both of a metric were in what is gone
        assert len(shown) >= METRICS * 4 // 5
    else:
        assert shown == {str(UUID(int=number)) for number in range(METRICS)}
    assert {at for _, at in saved.alerts} == {NOW}
    assert saved.renewal.metrics == len(shown)
    assert saved.renewal.deliveries >= least_deliveries
    found = read(path, "SELECT count(*) FROM delivery")
    assert found == [(saved.renewal.deliveries + 1,)]
    assert read(path, "SELECT id FROM delivery WHERE id >= 0 LIMIT 1") == [(1,)]


async def test_a_delivery_that_is_left_with_an_impossible_number_is_not_saved(
    path: Path,
) -> None:
    """The next one would have no number."""
    await (journal := Journal(path)).open()
    await journal.keep(numbered(0), numbered(1))
    await journal.close()
    with closing(sqlite3.connect(path, autocommit=True)) as connection:
        connection.execute("UPDATE delivery SET id = ? WHERE id = 2", (2**63 - 1,))
    content = bytearray(path.read_bytes())
    damage_header(content)
    path.write_bytes(content)
    await reopened(path)
    assert read(path, "SELECT id FROM delivery") == [(1,), (2,)]


@pytest.mark.parametrize(
    "damage", [damage_header, damage_a_page_of_metrics, damage_two_pages_of_deliveries]
)
async def test_what_was_acknowledged_and_counted_is_saved_too(
    path: Path, content: bytearray, damage: Callable[[bytearray], None]
) -> None:
    """Both are where nothing was damaged."""
    damage(content)
    path.write_bytes(content)
    saved = await reopened(path)
    assert list(saved.acknowledgements.values()) == [Acknowledgement(NOW)]
    assert saved.counts == {"rejected_deliveries": 1}
    assert [course.timeline.known_since for course in saved.courses.values()] == [NOW]
    assert saved.silences == {SILENCE.id: SILENCE}
    assert read(path, "SELECT worst FROM incident") == [(Status.WARNING,)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("began_at", "yesterday"),
        ("began_at", 2**62),
        ("ended_at", 2**62),
        ("worst", 9),
        ("steps", "no JSON"),
        ("acknowledgements", "no JSON"),
        ("agent_id", 7),
    ],
)
async def test_an_incident_with_what_cannot_be_is_not_saved(
    path: Path, content: bytearray, column: str, value: object
) -> None:
    """It would fail whoever reads the history."""
    path.write_bytes(content)
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute("PRAGMA writable_schema = ON")
        schema = (
            "UPDATE sqlite_schema SET sql = replace(sql, 'agent_id TEXT', 'agent_id')"
        )
        other.execute(schema)
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(f"UPDATE incident SET {column} = ?", (value,))  # noqa: S608
        other.execute("INSERT INTO silence VALUES ('bad', 'no JSON')")
    content[:] = path.read_bytes()
    damage_all_metrics(content)
    path.write_bytes(content)
    saved = await reopened(path)
    assert read(path, "SELECT count(*) FROM incident") == [(0,)]
    assert saved.silences == {SILENCE.id: SILENCE}


async def test_without_a_record_a_metric_has_the_newest_alert_that_was_delivered(
    path: Path,
) -> None:
    """By the alerts' own times, whatever the order in which they arrived."""
    newest = payload(status=2, id=None, status_changed_at="2026-11-21T08:00:00Z")
    journal = Journal(path)
    await journal.open()
    await journal.keep(delivery(newest, received_at=NOW))
    late = delivery(verdict="late", metric=None, received_at=NOW + timedelta(hours=1))
    await journal.keep(late)
    await journal.close()
    content = bytearray(path.read_bytes())
    damage_all_metrics(content)
    path.write_bytes(content)
    saved = await reopened(path)
    assert saved.alerts == [(Alert.from_payload(newest), NOW)]


async def test_wherever_a_file_is_damaged_it_is_opened(
    path: Path, content: bytearray
) -> None:
    """Or what is left of it, with random bytes, zeros or the bytes of another place."""
    random = Random(2026)
    renewals = 0
    for number in range(12):
        damaged = bytearray(content)
        size = random.choice([1, 16, 200, PAGE, 5 * PAGE])
        start = random.randrange(len(damaged) - size)
        other = random.randrange(len(damaged) - size)
        damaged[start : start + size] = random.choice(
            [random.randbytes(size), bytes(size), content[other : other + size]]
        )
        copy = path.with_name(f"{number}.db")
        copy.write_bytes(damaged)
        saved = await reopened(copy)
        renewals += saved.renewal is not None
        assert len(saved.alerts) + saved.unreadable >= METRICS * 9 // 10
    assert renewals > 3


@pytest.mark.parametrize("content", [b"not a database", b"\0" * 9000, b"\xff" * 9000])
async def test_what_is_no_database_is_set_aside(path: Path, content: bytes) -> None:
    """There is nothing to save."""
    path.parent.mkdir()
    path.write_bytes(content)
    saved = await reopened(path)
    assert saved.renewal is not None
    assert saved.renewal.set_aside is not None
    assert saved.renewal.set_aside.read_bytes() == content
    assert (saved.renewal.metrics, saved.renewal.deliveries) == (0, 0)


async def test_a_database_that_is_no_journal_is_set_aside(path: Path) -> None:
    """It has the version of one, but not its tables."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute("CREATE TABLE other (id INTEGER)")
        other.execute(f"PRAGMA user_version = {VERSION}")
    saved = await reopened(path)
    assert saved.renewal is not None
    assert saved.renewal.set_aside is not None
    assert read(saved.renewal.set_aside, "SELECT name FROM sqlite_schema") == [
        ("other",)
    ]


async def test_an_empty_file_is_a_new_journal(path: Path) -> None:
    """As one that was just being begun when Home Assistant was killed."""
    path.parent.mkdir()
    path.touch()
    saved = await reopened(path)
    assert saved.renewal is None


@pytest.fixture
async def killed(path: Path, tmp_path: Path) -> Path:
    """Return the path of a journal as a crash leaves it, with the most in its log."""
    copy = tmp_path / "killed.db"
    journal = Journal(path)
    await journal.open()
    for first in range(0, METRICS, 10):
        some = range(first, first + 10)
        await journal.keep(*(numbered(number, received_at=NOW) for number in some))
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    await journal.close()
    return copy


async def test_a_file_that_was_emptied_is_read_from_its_log(killed: Path) -> None:
    """SQLite alone would delete the log."""
    killed.write_bytes(b"")
    saved = await reopened(killed)
    assert len(saved.alerts) == METRICS


async def test_a_damaged_header_does_not_keep_the_log_from_being_read(
    killed: Path,
) -> None:
    """Most alerts are there until the file is closed."""
    content = bytearray(killed.read_bytes())
    damage_first_page(content)
    killed.write_bytes(content)
    saved = await reopened(killed)
    assert len(saved.alerts) == METRICS


async def test_a_log_is_read_up_to_its_damage(killed: Path) -> None:
    """What comes after cannot be told from what was never committed."""
    log = killed.with_name(f"{killed.name}-wal")
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 100] = b"\xff" * 100
    log.write_bytes(content)
    saved = await reopened(killed)
    assert METRICS // 4 < len(saved.alerts) < METRICS


async def test_damaged_text_costs_one_metric_and_no_more(
    path: Path, content: bytearray
) -> None:
    """The file itself is sound, so it stays, and the deliveries can be read."""
    start = content.index(b"web01")
    assert content[start - 200 : start + 200].count(b'"title"')
    content[start : start + 5] = b"\xff\xfe\xfd\xfc\xfb"
    path.write_bytes(content)
    saved = await (journal := Journal(path)).open()
    assert saved.renewal is None
    assert len(saved.alerts) + saved.unreadable == METRICS
    assert len(await journal.read(DeliveryQuery(limit=1000))) == METRICS + 1
    await journal.close()


async def test_what_is_left_of_a_deleted_file_is_read_too(killed: Path) -> None:
    """Its log, that has the most until the file is closed."""
    killed.unlink()
    saved = await reopened(killed)
    assert len(saved.alerts) == METRICS
