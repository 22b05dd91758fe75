"""Tests of records: what each becomes in the journal, and is read as again."""

import asyncio
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from uuid import UUID

import pytest

from custom_components.bleemeo.core import (
    Acknowledgement,
    AcknowledgementEnd,
    Alert,
    Course,
    History,
    Quiet,
    Reason,
    Silence,
    Source,
    Status,
    Step,
    Timeline,
    Untold,
)
from custom_components.bleemeo.journal.handle import Handle
from custom_components.bleemeo.journal.journal import Journal
from custom_components.bleemeo.journal.record import (
    MAX_REFUSALS,
    Count,
    Delivery,
    DeliveryQuery,
    Forgotten,
    MetricRecord,
    Unsilenced,
)
from custom_components.bleemeo.journal.row import MAX_REFUSED_BODY_LENGTH
from custom_components.bleemeo.journal.thread import JournalError
from tests import METRIC, payload

from . import NOW, delivery, fail, numbered, read, refusal

HOUR = timedelta(hours=1)


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


async def test_a_refused_delivery_is_kept_with_its_reason_and_counted(
    journal: Journal, path: Path
) -> None:
    """Its body is cut, because its size is not limited."""
    await journal.keep(refusal(body="x" * 5000))
    await journal.keep(Count("rejected_deliveries", 2))
    await journal.keep(Count("rejected_deliveries", 1))
    await journal.keep(delivery(unseen_changes=1))
    assert read(path, "SELECT verdict, reason, length(body) FROM delivery LIMIT 1") == [
        ("refused", "why", MAX_REFUSED_BODY_LENGTH)
    ]
    await journal.close()
    saved = await (again := Journal(path)).open()
    await again.close()
    assert saved.counts == {"rejected_deliveries": 2, "unseen_changes": 1}


async def test_refusals_have_a_bound_of_their_own_and_push_no_delivery_out(
    path: Path,
) -> None:
    """Nor does a delivery push a refusal out."""
    journal = Journal(path, max_deliveries=3)
    await journal.open()
    for number in range(3):
        await journal.keep(numbered(number))
    await journal.keep(*(refusal(host=str(each)) for each in range(MAX_REFUSALS + 5)))
    await journal.keep(delivery(verdict="beyond_bounds", metric=None))
    await journal.keep(*(numbered(number) for number in range(3, 5)))
    await journal.prune(datetime.now(UTC))
    query = "SELECT verdict, count(*) FROM delivery GROUP BY verdict"
    assert read(path, query) == [
        ("beyond_bounds", 1),
        ("changed", 3),
        ("refused", MAX_REFUSALS - 1),
    ]
    found = await journal.read(DeliveryQuery(limit=MAX_REFUSALS + 3))
    assert [row["verdict"] for row in found[:4]] == [
        "changed",
        "changed",
        "beyond_bounds",
        "refused",
    ]
    # the oldest refusals went
    hosts = [row["host"] for row in found if row["verdict"] == "refused"]
    assert hosts == [str(each) for each in reversed(range(6, MAX_REFUSALS + 5))]
    await journal.close()


async def test_what_came_after_a_metric_was_forgotten_is_kept(
    journal: Journal, path: Path
) -> None:
    """Also if it is written together."""
    await journal.keep(numbered(1), numbered(2))
    key = numbered(1).key
    assert key is not None
    await journal.keep(
        Forgotten(key),
        numbered(1, verdict="late"),
        Forgotten((key[0], str(UUID(int=2)))),
    )
    assert read(path, "SELECT verdict FROM delivery") == [("late",)]
    assert read(path, "SELECT count(*) FROM metric") == [(1,)]
    await journal.keep(numbered(2))
    assert read(path, "SELECT verdict FROM delivery") == [("late",), ("changed",)]


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


async def test_the_history_of_a_metric_survives_a_restart(
    journal: Journal, path: Path
) -> None:
    """With what automations were told of it."""
    history = History((NOW, NOW - timedelta(hours=1)), ((NOW, NOW),), True)
    alert = Alert.from_payload(payload())
    await journal.keep(MetricRecord(alert, NOW, history=history))
    await journal.close()
    saved = await (again := Journal(path)).open()
    await again.close()
    assert saved.histories == {alert.key: history}


async def test_what_became_of_a_metric_s_alerts_survives_a_restart(
    journal: Journal, path: Path
) -> None:
    """Its statuses, what kept it quiet, who has seen it, and when the untold was."""
    ranks = NOW, NOW + timedelta(microseconds=1)
    course = Course(
        Timeline(
            (Step(NOW, Status.UNKNOWN, ranks), Step(NOW + HOUR, Status.OK, ranks)),
            NOW - HOUR,
        ),
        (Quiet(Reason.FLAPPING, NOW, NOW + HOUR), Quiet(Reason.SILENCED, NOW)),
        (Acknowledgement(NOW, NOW, "x", "u", "Ada", NOW, AcknowledgementEnd.EXPIRED),),
    )
    seen = Acknowledgement(NOW, None, None, "a-user", "Ada")
    untold = Untold(1, {"a": 1}), Untold(2, {}, NOW)
    alert = Alert.from_payload(payload())
    other = Alert.from_payload(payload(metric=None))
    await journal.keep(
        MetricRecord(alert, NOW, seen, untold=untold, course=course),
        MetricRecord(other, NOW, course=Course(Timeline())),
    )
    await journal.close()
    saved = await (again := Journal(path)).open()
    await again.close()
    assert saved.courses == {alert.key: course, other.key: Course(Timeline())}
    assert saved.acknowledgements == {alert.key: seen}
    assert saved.untold == {alert.key: untold}


async def test_a_silence_is_kept_until_it_is_removed(
    journal: Journal, path: Path
) -> None:
    """One with the id of another replaces it."""
    silence = Silence(
        id="a",
        begins_at=NOW,
        ends_at=NOW + HOUR,
        subjects=frozenset({"x", "y"}),
        areas=frozenset({"cellar"}),
        labels=frozenset({"test"}),
        comment="Moving",
        user_id="a-user",
        by="Ada",
    )
    least = Silence(id="b", begins_at=NOW)
    removed = Silence(id="c", begins_at=NOW)
    await journal.keep(silence, Silence(id="b", begins_at=NOW + HOUR), removed)
    await journal.keep(least, Unsilenced("c"), Unsilenced("never there"))
    await journal.close()
    saved = await (again := Journal(path)).open()
    await again.close()
    assert saved.silences == {"a": silence, "b": least}


async def test_a_silence_that_could_not_be_written_is_written_with_the_next_record(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a metric is; the last of what became of it counts."""
    first, second = Silence(id="a", begins_at=NOW), Silence(id="b", begins_at=NOW)
    with monkeypatch.context() as broken:
        broken.setattr(Handle, "connect", fail)
        for record in (first, second, Unsilenced("a")):
            with pytest.raises(JournalError):
                await journal.keep(record)
    await journal.keep(refusal())
    assert read(path, "SELECT id FROM silence") == [("b",)]


async def test_an_unseen_change_that_arrives_is_taken_back(
    journal: Journal, path: Path
) -> None:
    """The counter never falls below zero."""
    counts = []
    for unseen in (2, -1, -5, 1):
        await journal.keep(delivery(unseen_changes=unseen))
        counts += read(path, "SELECT value FROM counter WHERE name = 'unseen_changes'")
    assert counts == [(2,), (1,), (0,), (1,)]
