"""Tests of incidents: they follow from the set of alerts, never from their order."""

from collections.abc import Collection
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core import (
    Alert,
    Board,
    Course,
    Incident,
    Metric,
    Status,
    Stay,
    Step,
    Timeline,
)
from custom_components.bleemeo.core.incident import MAX_STEPS
from tests import METRIC

from .alerts import HOUR, MINUTE, NOW, alert_at, at

OK, WARNING, CRITICAL, UNKNOWN = Status
LETTERS = {"o": OK, "w": WARNING, "c": CRITICAL, "u": UNKNOWN}

STATUSES = st.sampled_from(Status)
# of one metric: also at one time, modified at different ones, and of one event
ALERTS = st.builds(
    alert_at,
    st.integers(0, 9),
    STATUSES,
    metric=st.just(METRIC),
    id=st.sampled_from([None, METRIC]),
    modified_at=st.none()
    | st.integers(-2, 12).map(lambda minute: at(minute).isoformat()),
    created_at=st.none()
    | st.integers(-2, 12).map(lambda minute: at(minute).isoformat()),
    text=st.sampled_from([None, "other"]),
)


def step(minute: float, status: Status) -> Step:
    """Return a step of a minute."""
    return Step(at(minute), status, (at(minute), at(minute)))


def timeline(word: str) -> Timeline:
    """Return a timeline with a status a minute, each by its first letter; "." is none."""
    known = Timeline()
    for minute, letter in enumerate(word):
        if letter != ".":
            known = known.add(step(minute, LETTERS[letter]), is_last=True)
    return known


def minutes(found: Incident | Stay | None) -> tuple[float, float | None] | None:
    """Return when an incident or a stay began and ended, in minutes."""
    if found is None:
        return None
    if isinstance(found, Incident):
        began, ended = found.began_at, found.ended_at
    else:
        began, ended = found.entered_at, found.left_at
    return (began - HOUR) / MINUTE, (ended - HOUR) / MINUTE if ended else None


def judged(alerts: list[Alert]) -> Metric:
    """Return the metric of alerts, in the order of their arrival."""
    board = Board()
    return [board.judge(alert, NOW).metric for alert in alerts][-1]


@pytest.mark.parametrize(
    ("word", "incidents", "present", "worst"),
    [
        ("", [], None, None),
        ("o", [], None, None),
        ("w", [(0, None)], (0, None), WARNING),
        ("owcwo", [(1, 4)], None, CRITICAL),
        ("ocuco", [(1, 4)], None, CRITICAL),
        ("ocu", [(1, None)], (1, None), CRITICAL),
        ("uwo", [(0, 2)], None, WARNING),
        ("u", [(0, None)], (0, None), UNKNOWN),
        ("wouo", [(0, 1), (2, 3)], None, UNKNOWN),
        ("cocow", [(0, 1), (2, 3), (4, None)], (4, None), WARNING),
        ("oooww.wooo", [(3, 7)], None, WARNING),
    ],
)
def test_an_incident_lasts_from_leaving_ok_until_it_is_ok_again(
    word: str,
    incidents: list[tuple[float, float | None]],
    present: tuple[float, float | None] | None,
    worst: Status | None,
) -> None:
    """Unknown is open, and ends nothing."""
    known = timeline(word)
    assert [minutes(each) for each in known.incidents()] == incidents
    assert minutes(known.present) == present
    assert minutes(known.last) == (incidents[-1] if incidents else None)
    assert (known.last.worst if known.last else None) is worst


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ("w", WARNING),
        ("cu", CRITICAL),
        ("cwuu", WARNING),
        ("u", UNKNOWN),
        ("cou", UNKNOWN),
    ],
)
def test_what_was_seen_last_is_what_was_not_unknown(word: str, seen: Status) -> None:
    """In this incident, and in none before it."""
    known = timeline(word)
    assert known.present is not None
    assert known.present.seen_status is seen
    assert (known.seen_status or UNKNOWN) is seen


def test_only_incidents_that_did_not_end_before_are_asked_for() -> None:
    """One that ended just then is among them."""
    known = timeline("cocow")
    found = [len(known.incidents(at(minute))) for minute in (0, 1, 2, 3, 4, 9)]
    assert found == [3, 3, 2, 2, 1, 1]


def test_a_timeline_can_be_asked_how_it_was() -> None:
    """Before a time, and at it."""
    known = timeline("wcw")
    assert [each.status for each in known.before(at(1)).steps] == [WARNING]
    assert [each.status for each in known.through(at(1)).steps] == [WARNING, CRITICAL]


@given(st.data(), st.lists(ALERTS, min_size=1, max_size=14))
def test_any_order_and_any_number_of_deliveries_make_the_same_timeline(
    data: st.DataObject, alerts: list[Alert]
) -> None:
    """And so the same incidents and stays."""
    in_order = judged(sorted(alerts, key=lambda alert: alert.order)).timeline
    again = data.draw(st.lists(st.sampled_from(alerts), max_size=14))
    mixed = judged(data.draw(st.permutations(alerts + again))).timeline
    assert mixed == in_order
    statuses = data.draw(st.sets(STATUSES))
    assert mixed.incidents() == in_order.incidents()
    assert list(mixed.stays(statuses)) == list(in_order.stays(statuses))


@given(st.data(), st.lists(ALERTS, min_size=1, max_size=14))
def test_a_restart_between_deliveries_makes_no_other_timeline(
    data: st.DataObject, alerts: list[Alert]
) -> None:
    """What was kept is continued."""
    delivered = data.draw(st.permutations(alerts))
    restart = data.draw(st.integers(1, len(delivered)))
    metric, board = judged(delivered[:restart]), Board()
    course = Course(metric.timeline, metric.quiets, metric.past_acknowledgements)
    board.restore(
        [(metric.alert, metric.received_at)],
        {metric.alert.key: metric.history},
        courses={metric.alert.key: course},
    )
    [restored] = board.metrics.values()
    for alert in delivered[restart:]:
        board.judge(alert, NOW)
    assert restored.timeline == judged(delivered).timeline


@given(st.lists(ALERTS, min_size=1, max_size=14))
def test_the_present_incident_agrees_with_what_is_shown(alerts: list[Alert]) -> None:
    """After each delivery, in whatever order."""
    board = Board()
    for alert in alerts:
        metric = board.judge(alert, NOW).metric
        shown, present = metric.alert.status, metric.timeline.present
        assert (present.status if present else OK) is shown
        assert metric.timeline.steps[-1].status is shown


@given(st.lists(ALERTS, min_size=1, max_size=14))
def test_incidents_lie_apart_and_change_with_each_step(alerts: list[Alert]) -> None:
    """None has a step twice in a row, none is OK, and only the last one is open."""
    known = judged(alerts).timeline
    found = known.incidents()
    for each in found:
        statuses = [step.status for step in each.steps]
        assert OK not in statuses
        assert all(one is not other for one, other in pairwise(statuses))
        assert each.worst.severity == max(status.severity for status in statuses)
    for one, other in pairwise(found):
        assert one.ended_at is not None
        assert one.began_at < one.ended_at < other.began_at
    assert known.last == (found[-1] if found else None)
    assert known.present == (
        known.last if known.last and not known.last.ended_at else None
    )
    assert known.known_since is not None
    assert known.known_since <= known.steps[0].at


WORDS = st.text("owcu.", max_size=20)


def naive_stays(
    word: str, statuses: Collection[Status]
) -> list[tuple[int, int | None]]:
    """Go through a timeline minute by minute."""
    inside, found = [], False
    for letter in word:
        status = LETTERS.get(letter)
        if status in statuses:
            found = True
        elif status is not None and status is not UNKNOWN:
            found = False
        inside.append(found)
    entered = [
        minute
        for minute, is_in in enumerate(inside)
        if is_in and not any(inside[minute - 1 : minute])
    ]
    left: list[int | None] = [
        minute
        for minute, is_in in enumerate(inside)
        if not is_in and any(inside[minute - 1 : minute])
    ]
    return list(zip(entered, [*left, None], strict=False))


@given(WORDS, st.sets(STATUSES))
def test_a_stay_lasts_until_another_status_is_seen(
    word: str, statuses: set[Status]
) -> None:
    """As if each minute were looked at."""
    known = timeline(word)
    expected = naive_stays(word, statuses)
    assert [minutes(stay) for stay in known.stays(statuses)] == expected
    assert minutes(known.stay(statuses)) == (expected[-1] if expected else None)


def test_a_late_alert_makes_a_stay_that_nobody_saw() -> None:
    """It is over already, and is a part of the incident."""
    metric = judged([alert_at(1), alert_at(7), alert_at(4, CRITICAL)])
    assert [minutes(stay) for stay in metric.timeline.stays({CRITICAL})] == [(4, 7)]
    assert metric.timeline.present is not None
    assert metric.timeline.present.worst is CRITICAL


def test_a_late_ok_makes_two_incidents_of_one() -> None:
    """Though the alert that began the second was a repetition when it arrived."""
    metric = judged([alert_at(1), alert_at(7), alert_at(4, OK)])
    assert [minutes(each) for each in metric.timeline.incidents()] == [
        (1, 4),
        (7, None),
    ]


def test_an_alert_without_a_time_begins_an_incident_when_it_came_first() -> None:
    """Delivered again it is the same change, however late."""
    undated: dict[str, Any] = dict.fromkeys(
        ("id", "status_changed_at", "happened_at", "modified_at", "created_at")
    )
    board = Board()
    for minute in (3, 9):
        payload = alert_at(0).to_payload() | undated
        alert = Alert.from_payload(payload, arrived_at=at(minute))
        metric = board.judge(alert, at(minute)).metric
    assert minutes(metric.timeline.present) == (3, None)
    assert len(metric.timeline.steps) == 1


def test_what_a_clock_that_was_ahead_said_is_taken_back() -> None:
    """The clock here was wrong: what is newest now is dated earlier."""
    board = Board()
    board.judge(alert_at(0, OK), at(0))
    board.judge(alert_at(500_000, CRITICAL), at(500_000))
    metric = board.judge(alert_at(5), at(6)).metric
    assert [each.status for each in metric.timeline.steps] == [OK, WARNING]
    assert minutes(metric.timeline.present) == (5, None)


def test_a_course_that_disagrees_with_the_last_alert_is_continued_by_it() -> None:
    """What is shown is what was delivered last."""
    board, last = Board(), alert_at(3, CRITICAL)
    board.restore([(last, NOW)], courses={last.key: Course(timeline("wo"))})
    [metric] = board.metrics.values()
    assert [minutes(each) for each in metric.timeline.incidents()] == [
        (0, 1),
        (3, None),
    ]


OPEN = (WARNING, CRITICAL, UNKNOWN)
SETS = [set(each) for size in (1, 2, 3) for each in combinations(OPEN, size)]
LONG = st.lists(
    st.sampled_from(
        [
            "o",
            "w",
            "c",
            "u",
            "wc" * 40,
            "oc" * 40,
            "c" * 80,
            "wu" * 35,
            "uwc" * 25,
            "o" * 70,
        ]
    ),
    max_size=6,
).map("".join)


@given(LONG)
def test_a_long_course_keeps_what_matters_of_the_last_incident(word: str) -> None:
    """When it began, how bad it was, what it is now and since when, and its end."""
    known = timeline(word)
    assert len(known.steps) <= MAX_STEPS
    last = word.rstrip("o")
    begun = last.rfind("o") + 1
    if last:
        assert known.last is not None
        assert minutes(known.last) == (
            begun,
            len(last) if len(last) < len(word) else None,
        )
        assert known.last.worst is max(
            (LETTERS[letter] for letter in last[begun:]), key=lambda each: each.severity
        )
        worst = next(
            each for each in known.last.steps if each.status is known.last.worst
        )
        assert "cwu".index(worst.status.word[0]) == min(map("cwu".index, last[begun:]))
        first = last.index(worst.status.word[0], begun)
        assert worst.at == at(first)
    for statuses in SETS:
        expected = naive_stays(word, statuses)
        if expected and expected[-1][1] is None:
            assert minutes(known.stay(statuses)) == expected[-1]
    assert known.known_since == (HOUR if word else None)


@given(LONG)
def test_no_incident_of_a_long_course_is_beheaded(word: str) -> None:
    """One that is told at all began when it did."""
    known = timeline(word)
    began = {
        at(minute)
        for minute, letter in enumerate(word)
        if letter != "o"
        and word[max(minute - 1, 0)] + "o" * (minute == 0) in ("o", letter + "o")
    }
    assert {each.began_at for each in known.incidents()} <= began
    for cut in range(len(word) + 1):
        shorter = known.through(at(cut))
        assert {each.began_at for each in shorter.incidents()} <= began
        if shorter.present:
            assert shorter.present.began_at in began


@given(LONG, st.lists(st.tuples(st.integers(-5, 300), STATUSES), max_size=90))
def test_bounds_hold_whatever_comes_late(
    word: str, late: list[tuple[int, Status]]
) -> None:
    """And the present status stays what it is."""
    known = timeline(word + "w")
    for minute, status in late:
        known = known.add(step(minute - 0.5, status), is_last=False)
        assert len(known.steps) <= MAX_STEPS
        assert known.present is not None
        assert known.present.status is WARNING
        assert list(known.steps) == sorted(known.steps, key=lambda each: each.at)


def test_what_is_older_than_all_that_was_kept_begins_nothing() -> None:
    """For what followed it was dropped, and may have been OK."""
    known = timeline("oc" * 50)
    assert known.steps[0].at > HOUR
    assert known.add(step(0.5, CRITICAL), is_last=False) is known
    earlier = known.add(step(-1, CRITICAL), is_last=False)
    assert earlier == replace(known, known_since=at(-1))


def test_a_status_that_is_repeated_without_end_pushes_nothing_out() -> None:
    """Neither what was before it, nor its own beginning."""
    known = timeline("owo" + "c" * 500)
    assert [minutes(each) for each in known.incidents()] == [(1, 2), (3, None)]
    assert known.steps[-1].at == at(502)
