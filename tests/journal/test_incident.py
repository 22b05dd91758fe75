"""Tests of the incidents in the journal: what is replaced, read, and removed."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Any

import pytest

from custom_components.bleemeo.core import (
    Acknowledgement,
    AcknowledgementEnd,
    Alert,
    Course,
    Incident,
    MetricKey,
    Status,
    Step,
    Timeline,
)
from custom_components.bleemeo.journal import incident as journal_incident
from custom_components.bleemeo.journal.handle import Handle
from custom_components.bleemeo.journal.incident import IncidentQuery, KeptIncident
from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.record import Forgotten, MetricRecord
from custom_components.bleemeo.journal.thread import JournalError
from tests import payload

from . import NOW, delivery, fail, read

HOUR = timedelta(hours=1)
METRIC: str = payload()["metric"]
OTHER = "00000000-0000-4000-8000-000000000001"


def incident(
    began: float, ended: float | None = None, *statuses: Status, every: float = 0.25
) -> Incident:
    """Return an incident by hours since now, with a status every quarter of an hour."""
    steps = tuple(
        Step(at, status, (at, at))
        for number, status in enumerate(statuses or (Status.CRITICAL,))
        for at in [NOW + (began + number * every) * HOUR]
    )
    return Incident(steps, None if ended is None else NOW + ended * HOUR)


def record(
    *incidents: Incident, since: float | None = 0, **fields: Any
) -> MetricRecord:
    """Return the record of a metric with incidents that replace those since an hour."""
    alert = Alert.from_payload(payload(metric=fields.pop("metric", METRIC)))
    return MetricRecord(
        alert,
        NOW,
        incidents=incidents,
        incidents_from=None if since is None else NOW + since * HOUR,
        **{"host": "web01", "name": "CPU"} | fields,
    )


async def kept(
    journal: Journal, since: float = -1000, until: float = 1000, **fields: Any
) -> list[KeptIncident]:
    """Return the incidents of a window in hours since now."""
    query = IncidentQuery(since=NOW + since * HOUR, until=NOW + until * HOUR, **fields)
    return await journal.incidents(query)


def hours(incidents: list[KeptIncident]) -> list[tuple[float, float | None]]:
    """Return the beginnings and ends, in hours since now."""
    return [
        (
            (each.began_at - NOW) / HOUR,
            None if each.ended_at is None else (each.ended_at - NOW) / HOUR,
        )
        for each in incidents
    ]


async def test_an_incident_is_read_as_it_was_written(journal: Journal) -> None:
    """With its changes, its worst, who has seen it, and the names of then."""
    seen = Acknowledgement(NOW + HOUR, None, "On it", "a-user", "Ada")
    past = Acknowledgement(
        NOW + HOUR / 2, ended_at=NOW + HOUR, end=AcknowledgementEnd.BY_HAND
    )
    before = Acknowledgement(NOW - HOUR)
    statuses = Status.WARNING, Status.CRITICAL, Status.UNKNOWN, Status.WARNING
    await journal.keep(
        record(
            incident(0, None, *statuses),
            acknowledgement=seen,
            course=Course(Timeline(), past_acknowledgements=(before, past)),
        )
    )
    [found] = await kept(journal)
    assert found.key == Alert.from_payload(payload()).key
    assert [status for _, status in found.steps] == list(statuses)
    assert [at for at, _ in found.steps] == [NOW + n * HOUR / 4 for n in range(4)]
    assert (found.worst, found.status) == (Status.CRITICAL, Status.WARNING)
    assert found.acknowledgements == (past, seen)
    assert (found.host, found.name) == ("web01", "CPU")
    assert hours([found]) == [(0, None)]


async def test_an_incident_is_replaced_while_it_lasts(
    journal: Journal, path: Path
) -> None:
    """There is one row of it, from its beginning to its end."""
    await journal.keep(record(incident(0, None, Status.WARNING)))
    await journal.keep(record(incident(0, None, Status.WARNING, Status.CRITICAL)))
    await journal.keep(record(incident(0, 2, Status.WARNING, Status.CRITICAL)))
    [found] = await kept(journal)
    assert (found.worst, hours([found])) == (Status.CRITICAL, [(0, 2)])
    assert read(path, "SELECT count(*) FROM incident") == [(1,)]


async def test_a_late_alert_moves_and_splits_what_began_at_or_after_it(
    journal: Journal,
) -> None:
    """What began before, and what is another metric's, stays."""
    await journal.keep(
        record(incident(-5, -4), incident(0, 4), since=-5),
        record(incident(0, 1), metric=OTHER),
    )
    await journal.keep(record(incident(-1, 1), incident(2, 4), since=-1))
    assert hours(await kept(journal, keys=[delivery().key])) == [
        (2, 4),
        (-1, 1),
        (-5, -4),
    ]
    assert len(await kept(journal)) == 4


async def test_a_record_without_incidents_changes_none(journal: Journal) -> None:
    """As of a repeat that only names a host."""
    await journal.keep(record(incident(0)))
    await journal.keep(record(since=None))
    assert hours(await kept(journal)) == [(0, None)]
    await journal.keep(record(since=0))
    assert await kept(journal) == []


async def test_who_has_seen_it_is_kept_when_only_the_next_incident_is_known(
    journal: Journal,
) -> None:
    """A late alert rewrites both, after the acknowledgements of the first were let go."""
    seen = Acknowledgement(NOW + HOUR / 2)
    course = Course(Timeline(), past_acknowledgements=(seen,))
    await journal.keep(record(incident(0, 1), course=course))
    await journal.keep(
        record(incident(0, 0.75), incident(2), course=Course(Timeline()))
    )
    open_one, first = await kept(journal)
    assert first.acknowledgements == (seen,)
    assert open_one.acknowledgements == ()


async def test_incidents_are_read_by_window_metric_and_agent(journal: Journal) -> None:
    """Those that were open at any time in it, the last beginning first."""
    keys: dict[str | None, MetricKey] = {
        metric: Alert.from_payload(payload(metric=metric)).key
        for metric in (METRIC, OTHER, None)
    }
    await journal.keep(
        record(incident(0, 1), incident(3), since=0),
        record(incident(2, 4), metric=OTHER),
        record(incident(5, 6), metric=None),
    )
    assert hours(await kept(journal)) == [(5, 6), (3, None), (2, 4), (0, 1)]
    assert hours(await kept(journal, 1.5, 2.5)) == [(2, 4)]
    assert hours(await kept(journal, 4.5, 4.75)) == [(3, None)]
    assert hours(await kept(journal, -5, -1)) == []
    assert hours(await kept(journal, limit=2)) == [(5, 6), (3, None)]
    assert hours(await kept(journal, keys=[keys[OTHER], keys[None]])) == [
        (5, 6),
        (2, 4),
    ]
    assert [each.metric_id for each in await kept(journal)] == [
        None,
        METRIC,
        OTHER,
        METRIC,
    ]
    assert len(await kept(journal, agents=[keys[METRIC][0]])) == 4
    assert await kept(journal, agents=["another"]) == []
    assert await kept(journal, agents=[]) == []


async def test_what_is_still_to_be_written_is_read_too(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next second might bring it to disk, but a person looks now."""
    monkeypatch.setattr("custom_components.bleemeo.journal.journal.LATER_SECONDS", 3600)
    journal.add(record(incident(0)), is_urgent=False)
    assert hours(await kept(journal)) == [(0, None)]


@pytest.mark.parametrize(
    ("at", "ended"), [(NOW + 3 * HOUR, 3), (NOW - HOUR, 0), (None, 0)]
)
async def test_a_forgotten_metric_s_incident_ends_and_stays(
    journal: Journal, at: datetime | None, ended: float
) -> None:
    """Never before its beginning."""
    await journal.keep(record(incident(-5, -4), incident(0), since=-5))
    await journal.keep(Forgotten(Alert.from_payload(payload()).key, at))
    assert hours(await kept(journal)) == [(0, ended), (-5, -4)]


async def test_who_acknowledged_after_the_end_has_not_seen_the_incident(
    journal: Journal,
) -> None:
    """A late alert told of that end, and made two incidents of one."""
    seen = Acknowledgement(NOW + 3 * HOUR)
    first = replace(record(incident(0), since=0), acknowledgement=seen)
    await journal.keep(first)
    later = record(incident(0, 1), incident(2), since=0)
    await journal.keep(replace(later, acknowledgement=seen))
    assert [each.acknowledgements for each in await kept(journal)] == [(seen,), ()]


async def test_incidents_are_pruned_by_age_and_by_number(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that ended first, and never an open one."""
    day = 24
    await journal.keep(
        record(
            incident(-500 * day), incident(-499 * day, -399 * day), since=-500 * day
        ),
        record(incident(-402 * day, -401 * day), metric=None, since=-500 * day),
    )
    await journal.prune(NOW)
    assert hours(await kept(journal, -12_000)) == [
        (-499 * day, -399 * day),
        (-500 * day, None),
    ]

    await journal.keep(record(incident(1, 5), incident(2, 3), metric=OTHER))
    monkeypatch.setattr(journal_incident, "MAX_INCIDENTS", 2)
    await journal.prune(NOW)
    assert hours(await kept(journal, -12_000)) == [(1, 5), (-500 * day, None)]
    monkeypatch.setattr(journal_incident, "MAX_INCIDENTS", 0)
    await journal.prune(NOW)
    assert hours(await kept(journal, -12_000)) == [(-500 * day, None)]
    assert read(path, "SELECT count(*) FROM metric") == [(3,)]


async def test_incidents_that_could_not_be_written_are_written_with_the_next(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although only the last record of a metric is tried again."""
    together = (
        record(incident(0, None)),
        record(incident(0, 1), incident(2, 3), since=0),
        record(incident(2, 4), since=2),
        record(incident(6), since=6),
        record(since=None),
    )
    with monkeypatch.context() as broken:
        broken.setattr(Handle, "connect", fail)
        for each in together:
            with pytest.raises(JournalError):
                await journal.keep(each)
    await journal.keep(delivery(payload(metric=None)))
    assert hours(await kept(journal)) == [(6, None), (2, 4), (0, 1)]


async def test_what_was_forgotten_while_nothing_could_be_written_and_came_back_is_anew(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its incidents ended then and stay, and its deliveries from before are gone."""
    await journal.keep(delivery(), record(incident(0), since=0))
    key = Alert.from_payload(payload()).key
    with monkeypatch.context() as broken:
        broken.setattr(Handle, "connect", fail)
        for each in (
            record(incident(0, 1), incident(2), since=0),
            Forgotten(key, NOW + 3 * HOUR),
            record(incident(4), since=4),
            Forgotten(key, NOW + 5 * HOUR),
            record(incident(6), since=6),
        ):
            with pytest.raises(JournalError):
                await journal.keep(each)
    await journal.keep(delivery(payload(metric=None)))
    assert hours(await kept(journal)) == [(6, None), (4, 5), (2, 3), (0, 1)]
    assert read(path, "SELECT count(*) FROM delivery WHERE metric_id != ''") == [(0,)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("steps", "no JSON"),
        ("steps", "[[1]]"),
        ("steps", "7"),
        ("steps", '[["x", 1]]'),
        ("steps", "[[1e300, 1]]"),
        ("steps", "[[0, 9]]"),
        ("steps", b"[[0, \xff]]"),
        ("name", b"C\xffPU"),
        ("acknowledgements", "no JSON"),
        ("acknowledgements", "[[7, 7, 7]]"),
        ("acknowledgements", "{}"),
    ],
)
async def test_what_of_an_incident_cannot_be_read_is_left_out(
    journal: Journal, path: Path, column: str, value: str | bytes
) -> None:
    """It began, it ended, and its worst is known."""
    await journal.keep(record(incident(0, 1, Status.WARNING, Status.CRITICAL)))
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(
            f"UPDATE incident SET {column} = CAST(? AS TEXT)",  # noqa: S608
            (value,),
        )
    [found] = await kept(journal)
    assert hours([found]) == [(0, 1)]
    assert found.worst is Status.CRITICAL
    assert found.acknowledgements == ()
    if column == "steps":
        assert found.steps == [(NOW, Status.CRITICAL)]
