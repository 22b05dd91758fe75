"""Tests of what keeps open alerts quiet, and of how many need attention."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core import (
    Acknowledgement,
    AcknowledgementEnd,
    Board,
    Course,
    Judgement,
    Metric,
    Quiet,
    RealName,
    Reason,
    Silence,
    Status,
)
from custom_components.bleemeo.core.attention import (
    MAX_QUIETS,
    audible_from,
    audible_since,
    lasting,
    note,
)
from tests import AGENT, METRIC

from .alerts import HOUR, MINUTE, alert_at, at

OK, WARNING, CRITICAL, UNKNOWN = Status
ACKNOWLEDGED, SILENCED, DEPENDENT, FLAPPING = Reason
OTHER = "00000000-0000-4000-8000-0000000000bb"
LAST = 30

REASONS = st.frozensets(st.sampled_from(Reason))
# minutes at which other reasons hold from then on
NOTES = st.lists(st.tuples(st.integers(1, LAST), REASONS), max_size=12).map(
    lambda notes: sorted(dict(notes).items())
)


def noted(notes: list[tuple[int, frozenset[Reason]]]) -> tuple[Quiet, ...]:
    """Return when there was quiet."""
    quiets: tuple[Quiet, ...] = ()
    for minute, reasons in notes:
        quiets = note(quiets, reasons, at(minute))
    return quiets


def is_quiet(
    notes: list[tuple[int, frozenset[Reason]]], but: Collection[Reason], minute: int
) -> bool:
    """Return whether there was quiet in a minute, by what was noted last before it."""
    reasons: frozenset[Reason] = frozenset()
    for noted_in, noted_reasons in notes:
        if noted_in <= minute:
            reasons = noted_reasons
    return not reasons.issubset(but)


def minute_of(moment: datetime | None) -> float | None:
    """Return the minute of a time."""
    return None if moment is None else (moment - HOUR) / MINUTE


@given(NOTES, REASONS, st.integers(0, LAST))
def test_the_first_audible_moment_is_that_of_going_through_the_minutes(
    notes: list[tuple[int, frozenset[Reason]]], but: frozenset[Reason], due: int
) -> None:
    """From when it is due, and never within a quiet time."""
    minutes = range(due, LAST + 1)
    expected = next((each for each in minutes if not is_quiet(notes, but, each)), None)
    assert minute_of(audible_from(noted(notes), but, at(due))) == expected


@given(NOTES, REASONS, st.integers(0, LAST))
def test_what_is_audible_now_has_been_so_since_the_last_quiet_minute(
    notes: list[tuple[int, frozenset[Reason]]], but: frozenset[Reason], entered: int
) -> None:
    """Or since it was entered, if that is later."""
    expected: int | None = None
    for minute in range(LAST, entered - 1, -1):
        if is_quiet(notes, but, minute):
            break
        expected = minute
    assert minute_of(audible_since(noted(notes), but, at(entered))) == expected


@given(NOTES)
def test_what_holds_is_what_was_noted_last(
    notes: list[tuple[int, frozenset[Reason]]],
) -> None:
    """Each reason once, and no time is empty."""
    quiets = noted(notes)
    assert lasting(quiets) == (notes[-1][1] if notes else frozenset())
    assert all(quiet.until is None or quiet.since < quiet.until for quiet in quiets)
    assert len({quiet.reason for quiet in quiets if quiet.until is None}) == sum(
        quiet.until is None for quiet in quiets
    )
    if notes:
        assert note(quiets, notes[-1][1], at(99)) is quiets


@given(st.lists(st.tuples(st.integers(0, 500), REASONS), max_size=150))
def test_bounds_hold_and_the_last_quiet_is_known(
    notes: list[tuple[int, frozenset[Reason]]],
) -> None:
    """Also if the times go back: what lasts is kept, and what ended last."""
    quiets: tuple[Quiet, ...] = ()
    latest = HOUR
    for minute, reasons in notes:
        before, quiets = quiets, note(quiets, reasons, at(minute))
        assert len(quiets) <= MAX_QUIETS
        assert lasting(quiets) == reasons
        if any(
            quiet.until is None
            and quiet.reason not in reasons
            and quiet.since < at(minute)
            for quiet in before
        ):
            latest = max(latest, at(minute))
        since = audible_since(quiets, (), HOUR)
        assert since == (None if reasons else latest)


def test_what_ended_last_is_kept_however_long_ago_it_began() -> None:
    """Or an alert would seem to have been audible all the while."""
    quiets = note((), {ACKNOWLEDGED}, at(0))
    for minute in range(1, 80):
        reasons = {ACKNOWLEDGED, FLAPPING} if minute % 2 else {ACKNOWLEDGED}
        quiets = note(quiets, reasons, at(minute))
    for minute in (100, 102):
        quiets = note(quiets, set(), at(minute))
        quiets = note(quiets, {FLAPPING}, at(minute + 1))
    assert len(quiets) == MAX_QUIETS
    assert audible_since(quiets, {FLAPPING}, HOUR) == at(100)


def deliver(
    board: Board,
    minute: int,
    status: Status,
    arrives: int,
    metric: str | None = METRIC,
    **fields: Any,
) -> Judgement:
    """Judge an alert of a metric of the agent that arrives in a minute."""
    alert = alert_at(minute, status, agent=AGENT, metric=metric, id=None, **fields)
    return board.judge(alert, at(arrives))


def judge(
    board: Board,
    minute: int,
    status: Status,
    metric: str | None = METRIC,
    **fields: Any,
) -> Metric:
    """Judge an alert that arrives as soon as it is told, and return its metric."""
    return deliver(board, minute, status, minute, metric, **fields).metric


def told(metric: Metric) -> list[tuple[str, float | None, float | None]]:
    """Return when a metric was kept quiet, in minutes."""
    return [
        (quiet.reason.value, minute_of(quiet.since), minute_of(quiet.until))
        for quiet in metric.quiets
    ]


def test_while_a_server_is_out_of_reach_its_other_alerts_are_dependent() -> None:
    """Those that are open, and those that come; each is told when it is back."""
    board = Board()
    before = judge(board, 0, WARNING)
    away = deliver(board, 2, CRITICAL, 3, None)
    assert away.quieted == (before,)
    during = judge(board, 5, CRITICAL, OTHER)
    assert (before.needs_attention, during.needs_attention) == (False, False)
    assert away.metric.needs_attention
    assert board.account.needs_attention == 1
    assert before.agent.away == {away.metric.alert.key}
    back = deliver(board, 8, OK, 9, None)
    assert back.quieted == (before, during)
    assert told(before) == [("dependent", 3, 9)]
    assert told(during) == [("dependent", 5, 9)]
    assert board.account.needs_attention == 2


def test_what_clears_while_its_server_is_out_of_reach_is_no_longer_quiet() -> None:
    """A closed alert depends on nothing."""
    board = Board()
    metric = judge(board, 0, WARNING)
    judge(board, 2, CRITICAL, None)
    judge(board, 4, OK)
    assert told(metric) == [("dependent", 2, 4)]
    assert judge(board, 6, OK, None).agent.away == set()
    assert board.account.needs_attention == 0


@pytest.mark.parametrize("name", ["Agent_Status", "snmp_device_status", "up?"])
def test_a_connection_is_known_by_its_name(name: str) -> None:
    """By Bleemeo's own, and by one that was chosen, in the title or in the API."""
    board = Board(connection_names=["UP?"])
    titled = judge(board, 0, WARNING, title=f"web01 - {name} is Warning")
    assert board.is_connection(titled)
    board = Board(connection_names=["UP?"])
    metric = judge(board, 0, WARNING)
    assert not board.is_connection(metric)
    board.take_names({METRIC: RealName(name)})
    assert board.is_connection(metric)
    board.take_names({METRIC: RealName("Connection", label=name)})
    assert board.is_connection(metric)


def test_a_name_from_the_api_makes_a_connection_of_an_open_metric_and_back() -> None:
    """What depends on it is then kept quiet, and told again."""
    board = Board()
    metric, other = judge(board, 0, CRITICAL), judge(board, 0, WARNING, OTHER)
    board.take_names({METRIC: RealName("agent_status")})
    assert board.reconnect(at(3)) == [other]
    assert board.reconnect(at(4)) == []
    board.take_names({OTHER: RealName("agent_status")})
    assert board.reconnect(at(5)) == [metric, other]
    board.take_names({})
    assert board.reconnect(at(7)) == [metric]
    assert told(metric) == [("dependent", 5, 7)]
    assert told(other) == [("dependent", 3, 5)]
    assert board.account.needs_attention == 2


def test_a_title_can_make_a_connection_of_its_metric() -> None:
    """The chosen name can be one that titles tell."""
    board = Board(connection_names=["uptime"])
    judge(board, 0, CRITICAL)
    other = judge(board, 1, WARNING, OTHER)
    renamed = deliver(board, 2, CRITICAL, 2, title="web01 - Uptime is Critical")
    assert renamed.quieted == (other,)
    assert told(other) == [("dependent", 2, None)]


def test_to_forget_the_connection_ends_what_depends_on_it() -> None:
    """Or it would be kept quiet for ever."""
    board = Board()
    metric, connection = judge(board, 0, WARNING), judge(board, 1, CRITICAL, None)
    assert board.forget(connection, at(4)) == (metric,)
    assert told(metric) == [("dependent", 1, 4)]
    assert board.account.needs_attention == 1
    assert board.forget(metric, at(5)) == ()
    assert (board.account.needs_attention, board.agents) == (0, {})


def test_a_change_that_was_before_the_acknowledgement_still_ends_it() -> None:
    """It arrived afterwards: nobody had seen it. It was quiet until then."""
    board = Board()
    metric = judge(board, 0, WARNING)
    board.acknowledge(metric, Acknowledgement(at(5)))
    judgement = deliver(board, 4, CRITICAL, 6)
    assert judgement.ended == Acknowledgement(
        at(5), ended_at=at(5), end=AcknowledgementEnd.WORSENED
    )
    assert metric.past_acknowledgements == (judgement.ended,)
    assert told(metric) == [("acknowledged", 5, 6)]
    assert metric.needs_attention


def test_who_has_seen_an_incident_is_known_when_the_next_has_begun() -> None:
    """A late alert may rewrite the first, and must not lose it."""
    board = Board()
    metric = judge(board, 0, WARNING)
    board.acknowledge(metric, Acknowledgement(at(1)))
    judge(board, 2, OK)
    assert [each.end for each in metric.past_acknowledgements] == ["cleared"]
    judge(board, 4, WARNING)
    assert not metric.is_acknowledged
    assert [each.at for each in metric.past_acknowledgements] == [at(1)]


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (CRITICAL, AcknowledgementEnd.WORSENED),
        (OK, AcknowledgementEnd.CLEARED),
        (UNKNOWN, None),
        (WARNING, None),
    ],
)
def test_a_late_alert_ends_an_acknowledgement_that_was_given_before(
    status: Status, end: AcknowledgementEnd | None
) -> None:
    """As it had done if it had come in time."""
    board = Board()
    metric = judge(board, 0, WARNING)
    board.acknowledge(metric, Acknowledgement(at(2)))
    judge(board, 9, WARNING)
    judgement = deliver(board, 5, status, 12)
    assert (judgement.ended.end if judgement.ended else None) is end
    assert metric.is_acknowledged is (end is None)
    assert metric.needs_attention is (end is not None)
    assert told(metric) == [("acknowledged", 2, 12 if end else None)]
    assert set(board.acknowledged) == (set() if end else {metric.alert.key})


def test_an_acknowledgement_that_was_given_after_a_late_alert_stays() -> None:
    """The status that was seen is newer than the worse one."""
    board = Board()
    metric = judge(board, 9, WARNING)
    board.acknowledge(metric, Acknowledgement(at(10)))
    for minute, status in ((5, CRITICAL), (3, OK)):
        late = deliver(board, minute, status, 12)
        assert late.ended is None
    assert metric.is_acknowledged


def test_what_a_clock_ahead_said_before_does_not_end_an_acknowledgement_late() -> None:
    """The person had seen it, whatever its time."""
    board = Board()
    metric = judge(board, 0, WARNING)
    deliver(board, 8, CRITICAL, 1)
    board.acknowledge(metric, Acknowledgement(at(2)))
    late = deliver(board, 7, WARNING, 9)
    assert late.ended is None


@given(st.data(), st.lists(st.sampled_from(Status), min_size=1, max_size=10))
def test_what_ends_an_acknowledgement_ends_it_in_any_order(
    data: st.DataObject, statuses: list[Status]
) -> None:
    """Whether it lasts depends on what came after it, not on how that arrived."""
    given_in = data.draw(st.integers(1, len(statuses)))
    alerts = [
        alert_at(2 * minute, status, agent=AGENT, id=None)
        for minute, status in enumerate(statuses)
    ]
    later = data.draw(st.permutations(alerts[given_in:]))
    outcomes = set()
    for order in (alerts, alerts[:given_in] + later):
        # nothing flaps
        board = Board(100)
        for alert in order[:given_in]:
            metric = board.judge(alert, at(60)).metric
        board.acknowledge(metric, Acknowledgement(at(2 * given_in - 1)))
        for alert in order[given_in:]:
            board.judge(alert, at(60))
        outcomes.add((metric.is_acknowledged, metric.needs_attention))
    assert len(outcomes) == 1


METRICS = (METRIC, OTHER, None)
AGENTS = (AGENT, OTHER)
STEPS = st.one_of(
    st.tuples(
        st.just("judge"),
        st.sampled_from(AGENTS),
        st.sampled_from(METRICS),
        st.sampled_from(Status),
        st.integers(0, 9),
        st.sampled_from([None, 9]),
        st.sampled_from(["web - CPU is OK", "web - Uptime is OK", "db - CPU is OK"]),
    ),
    st.tuples(
        st.sampled_from(
            [
                "acknowledge",
                "end",
                "forget",
                "settle",
                "silence",
                "unsilence",
                "restore",
            ]
        ),
        st.integers(0, 5),
    ),
    st.tuples(
        st.just("names"),
        st.dictionaries(st.sampled_from(METRICS[:2]), st.sampled_from(["uptime", "x"])),
    ),
)


def take(board: Board, step: tuple[Any, ...], now: datetime) -> Board:
    """Let something happen to a board."""
    what, *arguments = step
    if what == "judge":
        agent, metric_id, status, minutes, count, title = arguments
        minute = (now - HOUR) // MINUTE - minutes
        alert = alert_at(
            minute,
            status,
            agent=agent,
            metric=metric_id,
            id=None,
            number_status_change_last_hour=count,
            title=title,
        )
        board.judge(alert, now)
        return board
    if what == "names":
        board.take_names({key: RealName(name) for key, name in arguments[0].items()})
        board.reconnect(now)
        return board
    if what in ("silence", "unsilence"):
        subject = ("account", *AGENTS)[arguments[0] % 3]
        if what == "silence":
            board.silences[subject] = Silence(
                id=subject, begins_at=now, subjects=frozenset({subject})
            )
        else:
            board.silences.pop(subject, None)
        for metric in board.metrics.values():
            board.quiet(metric, now, now)
        return board
    if what == "restore":
        return restored(board, now)
    metrics = list(board.metrics.values())
    if not metrics:
        return board
    metric = metrics[arguments[0] % len(metrics)]
    if what == "acknowledge":
        board.acknowledge(metric, Acknowledgement(now))
    elif what == "end":
        board.end_acknowledgement(metric, AcknowledgementEnd.BY_HAND, now, now)
    elif what == "forget":
        board.forget(metric, now)
    elif what == "settle":
        board.settle(metric, now)
    return board


def new_board() -> Board:
    """Return a board that knows the name of connections."""
    return Board(connection_names=["uptime"], uid="account")


def restored(board: Board, now: datetime) -> Board:
    """Return a board that is restored from what a journal keeps of another."""
    after, metrics = new_board(), board.metrics.items()
    after.silences.update(board.silences)
    after.take_names(board._roster.metric_names)
    after.restore(
        [(metric.alert, metric.received_at) for _, metric in metrics],
        {key: metric.history for key, metric in metrics},
        {key: names for key, metric in metrics if (names := metric.told_names)},
        {
            key: Course(metric.timeline, metric.quiets, metric.past_acknowledgements)
            for key, metric in metrics
        },
        {key: seen for key, metric in metrics if (seen := metric.acknowledgement)},
    )
    for key, metric in metrics:
        assert after.metrics[key].quiets == metric.quiets
        assert after.metrics[key].acknowledgement == metric.acknowledgement
    return after


@given(st.lists(STEPS, max_size=25))
def test_what_needs_attention_is_counted_whatever_happens(
    steps: list[tuple[Any, ...]],
) -> None:
    """Step by step, as if all were counted again, and each for its own reasons."""
    board = new_board()
    for minute, step in enumerate(steps, 20):
        now = at(minute)
        board = take(board, step, now)
        if step[0] == "restore":
            board.reconnect(now)
        metrics = board.metrics.values()
        assert board.account.needs_attention == sum(
            metric.needs_attention for metric in metrics
        )
        assert board.account.open == sum(metric.is_open for metric in metrics)
        for agent in board.agents.values():
            own = agent.metrics.values()
            assert agent.rollup.needs_attention == sum(
                metric.needs_attention for metric in own
            )
            connections = [each for each in own if board.is_connection(each)]
            assert agent.away == {
                each.alert.key for each in connections if each.is_open
            }
            for metric in own:
                expected = {
                    FLAPPING: metric.history.is_flapping,
                    ACKNOWLEDGED: metric.is_acknowledged,
                    DEPENDENT: metric.is_open
                    and bool(agent.away)
                    and not any(metric is each for each in connections),
                    SILENCED: metric.is_open
                    and not board.silences.keys().isdisjoint({"account", agent.id}),
                }
                assert metric.quiet_reasons == {
                    reason for reason, holds in expected.items() if holds
                }
                assert metric.needs_attention == (
                    metric.is_open and not any(expected.values())
                )
                assert not metric.is_acknowledged or metric.is_open


@given(st.lists(STEPS, max_size=20), st.lists(STEPS, max_size=8))
def test_a_restart_changes_nothing_that_is_kept_quiet(
    steps: list[tuple[Any, ...]], further: list[tuple[Any, ...]]
) -> None:
    """Nor who has seen it, nor what becomes of it afterwards."""
    board = new_board()
    for minute, step in enumerate(steps, 20):
        board = take(board, step, at(minute))
    after = restored(board, at(50))
    assert after.reconnect(at(50)) == []
    for minute, step in enumerate(further, 51):
        if step[0] != "restore":
            take(board, step, at(minute))
            take(after, step, at(minute))
    assert after.account == board.account
    assert {
        key: (metric.quiets, metric.acknowledgement, metric.timeline)
        for key, metric in after.metrics.items()
    } == {
        key: (metric.quiets, metric.acknowledgement, metric.timeline)
        for key, metric in board.metrics.items()
    }


def test_what_was_kept_quiet_for_a_reason_that_is_gone_is_told_after_a_restart() -> (
    None
):
    """The journal lost the acknowledgement, or the silence."""
    board = Board()
    alert = alert_at(0, CRITICAL)
    course = Course(
        Board().judge(alert, at(0)).metric.timeline, (Quiet(ACKNOWLEDGED, at(2)),)
    )
    board.restore([(alert, at(0))], courses={alert.key: course})
    [metric] = board.metrics.values()
    assert not metric.needs_attention
    assert board.reconnect(at(9)) == [metric]
    assert told(metric) == [("acknowledged", 2, 9)]
    assert board.account.needs_attention == 1


def test_who_has_seen_what_is_over_is_not_restored() -> None:
    """Only an open alert is acknowledged."""
    board, alert = Board(), alert_at(0, OK)
    board.restore(
        [(alert, at(0))], acknowledgements={alert.key: Acknowledgement(at(0))}
    )
    assert board.acknowledged == {}


def test_flapping_keeps_quiet_from_its_change_until_it_has_settled() -> None:
    """Also while the metric is OK, so that its next alert is quiet at once."""
    board = Board(3)
    for minute, status in ((0, WARNING), (4, OK), (8, WARNING), (12, OK)):
        metric = judge(board, minute, status)
    assert told(metric) == [("flapping", 8, None)]
    board.settle(metric, at(72))
    assert told(metric) == [("flapping", 8, 72)]
    assert judge(board, 80, WARNING).needs_attention
