"""Tests of how alerts are judged, and of the roll-ups."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core import (
    Acknowledgement,
    AcknowledgementEnd,
    AgentProfile,
    Alert,
    Board,
    Change,
    Course,
    Judgement,
    RealName,
    Source,
    Status,
    Verdict,
)
from tests import AGENT, a_day, payload

from .alerts import HOUR, MINUTE, NOW, alert_at


def judge(board: Board, *alerts: Alert) -> Judgement:
    """Judge alerts on the board and return the last judgement."""
    return [board.judge(alert, NOW) for alert in alerts][-1]


@pytest.mark.parametrize(
    ("previous", "status", "change"),
    [
        (None, Status.OK, Change.CLEARED),
        (None, Status.WARNING, Change.RAISED),
        (None, Status.UNKNOWN, Change.RAISED),
        (Status.OK, Status.UNKNOWN, Change.RAISED),
        (Status.OK, Status.CRITICAL, Change.RAISED),
        (Status.UNKNOWN, Status.WARNING, Change.WORSENED),
        (Status.WARNING, Status.CRITICAL, Change.WORSENED),
        (Status.CRITICAL, Status.WARNING, Change.EASED),
        (Status.WARNING, Status.UNKNOWN, Change.UNKNOWN),
        (Status.CRITICAL, Status.UNKNOWN, Change.UNKNOWN),
        (Status.CRITICAL, Status.OK, Change.CLEARED),
        (Status.UNKNOWN, Status.OK, Change.CLEARED),
        (Status.OK, Status.OK, Change.REPEATED),
        (Status.CRITICAL, Status.CRITICAL, Change.REPEATED),
    ],
)
def test_a_step_between_statuses_has_a_name(
    previous: Status | None, status: Status, change: Change
) -> None:
    """Automations use these names."""
    board = Board()
    if previous is not None:
        judge(board, alert_at(0, previous))
    judgement = judge(board, alert_at(1, status))
    assert judgement.verdict is Verdict.CHANGED
    assert judgement.change is change
    assert judgement.previous_status is previous


@pytest.mark.parametrize(
    ("before", "status", "change"),
    [
        (Status.CRITICAL, Status.CRITICAL, Change.REPEATED),
        (Status.CRITICAL, Status.WARNING, Change.EASED),
        (Status.WARNING, Status.CRITICAL, Change.WORSENED),
        (Status.WARNING, Status.OK, Change.CLEARED),
        (Status.OK, Status.WARNING, Change.WORSENED),
    ],
)
def test_what_was_seen_before_unknown_still_counts(
    before: Status, status: Status, change: Change
) -> None:
    """To be unknown only takes sight away, however often it is said."""
    board = Board()
    judge(board, alert_at(0, before), alert_at(1, Status.UNKNOWN))
    judge(board, alert_at(2, Status.UNKNOWN))
    judgement = judge(board, alert_at(3, status))
    assert judgement.change is change
    assert judgement.previous_status is Status.UNKNOWN


def test_a_delivery_again_is_a_repeat_that_changes_nothing() -> None:
    """It is answered twice, but shown once."""
    board = Board()
    judgement = judge(board, alert_at(0), alert_at(0))
    assert judgement.verdict is Verdict.REPEAT
    assert judgement.change is None
    assert not judgement.refreshed
    assert board.account.counts[Status.WARNING] == 1


def test_a_late_alert_changes_nothing() -> None:
    """Not even if it is worse than what is shown."""
    board = Board()
    judgement = judge(board, alert_at(1, Status.OK), alert_at(0, Status.CRITICAL))
    assert judgement.verdict is Verdict.LATE
    assert judgement.change is None
    assert judgement.metric.alert.status is Status.OK
    assert board.account.worst is Status.OK


def test_a_modified_event_is_a_repeat_that_shows_its_new_text() -> None:
    """The event is announced once; its text is updated."""
    board = Board()
    modified = alert_at(0, text="now", modified_at="2026-11-20T09:00:00Z")
    judgement = judge(board, alert_at(0, text="before"), modified)
    assert judgement.verdict is Verdict.REPEAT
    assert judgement.refreshed
    assert judgement.metric.alert.text == "now"
    again = judge(board, alert_at(0, text="before"))
    assert again.verdict is Verdict.REPEAT
    assert again.metric.alert.text == "now"


def test_an_event_whose_status_was_modified_is_a_change() -> None:
    """A new status is a change, whatever its id."""
    board = Board()
    worse = alert_at(0, Status.CRITICAL, modified_at="2026-11-20T09:00:00Z")
    assert judge(board, alert_at(0), worse).change is Change.WORSENED


def test_alerts_without_an_event_id_are_told_apart_by_their_times() -> None:
    """Bleemeo's id is optional."""
    board = Board()
    assert judge(board, alert_at(0, id=None)).verdict is Verdict.CHANGED
    assert judge(board, alert_at(0, id=None)).verdict is Verdict.REPEAT
    assert judge(board, alert_at(1, id=None)).change is Change.REPEATED


def test_the_same_event_at_another_time_is_another_change() -> None:
    """Its id alone does not make a repeat: a second raise is news."""
    board = Board()
    event: dict[str, Any] = {"id": "00000000-0000-4000-8000-000000000001"}
    judge(board, alert_at(0, Status.CRITICAL, **event))
    judgement = judge(board, alert_at(30, Status.CRITICAL, **event))
    assert judgement.verdict is Verdict.CHANGED
    assert judgement.change is Change.REPEATED
    created = {**event, "created_at": "2026-11-20T08:00:03Z"}
    judgement = judge(board, alert_at(40, Status.CRITICAL, **created))
    assert judgement.verdict is Verdict.LATE


def previous(minute: float) -> dict[str, Any]:
    """Return when Bleemeo says that the change before was."""
    return {"previous_status_changed_at": (HOUR + minute * MINUTE).isoformat()}


def test_a_change_that_bleemeo_saw_and_we_did_not_is_noticed() -> None:
    """The previous change is later than the last one that arrived."""
    board = Board()
    assert not judge(board, alert_at(5, **previous(1))).unseen_change
    assert not judge(board, alert_at(6, **previous(5))).unseen_change
    assert judge(board, alert_at(9, **previous(8))).unseen_change


@pytest.mark.parametrize(
    "minute",
    [
        pytest.param(5 + 0.9 / 60, id="a fraction of a second later is the same"),
        pytest.param(3, id="before what is here already"),
        pytest.param(9.5, id="taken back within Bleemeo's grace"),
        pytest.param(10, id="itself"),
        pytest.param(11, id="after it"),
    ],
)
def test_not_every_other_previous_time_is_an_unseen_change(minute: float) -> None:
    """It is told only where it is likely."""
    board = Board()
    judgement = judge(board, alert_at(5), alert_at(10, **previous(minute)))
    assert not judgement.unseen_change
    assert judgement.unseen_changes == 0


def test_a_change_that_was_only_overtaken_is_not_unseen() -> None:
    """Once it is here, the count is taken back."""
    board = Board()
    first = judge(board, alert_at(5), alert_at(10, Status.OK, **previous(8)))
    assert first.unseen_changes == 1
    again = judge(board, alert_at(10, Status.OK, **previous(8)))
    assert again.unseen_changes == 0
    overtaken = judge(board, alert_at(8, Status.CRITICAL, **previous(5)))
    assert overtaken.verdict is Verdict.LATE
    assert overtaken.unseen_changes == -1
    assert overtaken.is_to_keep
    assert not overtaken.unseen_change


def test_the_agents_own_status_is_a_metric_without_an_id() -> None:
    """It is separate from the agent's other metrics."""
    board = Board()
    judge(board, alert_at(0), alert_at(0, Status.CRITICAL, metric=None))
    assert len(board.metrics) == 2
    assert {metric.uid.rpartition("_")[2] for metric in board.metrics.values()} == {
        payload()["metric"],
        "agent",
    }


def test_an_agent_is_named_by_its_newest_title() -> None:
    """Whatever the order of arrival."""
    board = Board()
    judge(
        board,
        alert_at(1, title="new - CPU is Warning"),
        alert_at(0, title="old - CPU is Warning"),
    )
    agent = next(iter(board.agents.values()))
    assert agent.name == "new"
    judge(board, alert_at(2, title="Something else"))
    assert agent.name == "new"
    assert next(iter(board.metrics.values())).name == "CPU"


def test_an_agent_without_a_named_host_goes_by_its_id() -> None:
    """By its short form, to be distinguishable."""
    board = Board()
    judge(board, alert_at(0, agent=AGENT, title="CPU is odd"))
    assert board.agents[AGENT].name == "951df56d"


def test_the_constructed_day_rolls_up() -> None:
    """Counts of the account, worst status of each agent."""
    board = Board()
    for line in a_day():
        board.judge(Alert.from_payload(line), NOW)
    counts = board.account.counts
    assert {status: counts[status] for status in Status} == {
        Status.OK: 3,
        Status.WARNING: 2,
        Status.CRITICAL: 2,
        Status.UNKNOWN: 1,
    }
    assert {agent.name: agent.rollup.worst for agent in board.agents.values()} == {
        "web01.example.com": Status.WARNING,
        "db01.example.com": Status.OK,
        "voip01.example.com": Status.OK,
        "nas.example.com": Status.CRITICAL,
        "shop.example.com": Status.WARNING,
    }


def test_nothing_is_ok() -> None:
    """An account that never had an alert has no problem."""
    assert Board().account.worst is Status.OK


METRICS = [
    "00000000-0000-4000-8000-0000000000aa",
    "00000000-0000-4000-8000-0000000000bb",
    None,
]
ALERTS = st.builds(
    alert_at,
    st.integers(0, 6),
    st.sampled_from(Status),
    metric=st.sampled_from(METRICS),
    agent=st.sampled_from([AGENT, METRICS[0]]),
    id=st.sampled_from([None, METRICS[0], METRICS[1], METRICS[2]]),
    modified_at=st.sampled_from([None, "2026-11-20T08:03:00Z", "2026-11-20T09:00:00Z"]),
    text=st.sampled_from([None, "Current value: 1.00 %", "other"]),
    title=st.sampled_from(
        [
            "web - CPU is OK",
            "web - Load is OK",
            "web: CPU is OK",
            "renamed - CPU is OK",
            "renamed CPU is OK",
            "web CPU",
            "renamed - CPU",
            "no form",
        ]
    ),
    created_at=st.sampled_from([None, "2026-11-20T08:02:30Z", "2026-11-20T09:00:00Z"]),
    previous_status_changed_at=st.none()
    | st.integers(-2, 6).map(lambda minute: (HOUR + minute * MINUTE).isoformat()),
    number_status_change_last_hour=st.sampled_from([None, 1, 3, 9]),
)
# of an agent that has no clock, and of which Bleemeo's own times are missing
UNDATED = st.builds(
    alert_at,
    st.integers(0, 6),
    st.sampled_from(Status),
    metric=st.sampled_from(METRICS),
    status_changed_at=st.sampled_from(["2099-01-01T00:00:00Z", "2098-01-01T00:00:00Z"]),
    created_at=st.none(),
    modified_at=st.none(),
)


def shown(board: Board, nameless: Collection[str] = ()) -> object:
    """Return everything that a board shows, but not the names of some agents."""
    return (
        {
            key: (
                metric.alert,
                key[0] in nameless or metric.name,
                metric.history,
                metric.timeline,
                metric.quiet_reasons,
            )
            for key, metric in board.metrics.items()
        },
        {
            id_: (id_ in nameless or agent.name, agent.rollup)
            for id_, agent in board.agents.items()
        },
        board.account,
    )


def duplicated(*boards: Board) -> set[str]:
    """Return the agents that are duplicated on any of the boards."""
    return {
        agent.id
        for board in boards
        for agent in board.agents.values()
        if agent.naming.is_duplicated
    }


def judged(
    data: st.DataObject, alerts: list[Alert], *, in_order: bool = False
) -> Board:
    """Return a board of alerts, delivered in order, or in any order and repeatedly."""
    board = Board()
    if in_order:
        delivered = sorted(alerts, key=lambda alert: alert.order)
    else:
        again = (
            st.lists(st.sampled_from(alerts), max_size=12) if alerts else st.just([])
        )
        delivered = data.draw(st.permutations(alerts + data.draw(again)))
    for alert in delivered:
        board.judge(alert, NOW)
    return board


def restored(board: Board) -> Board:
    """Return a board that is restored from what a journal keeps of another."""
    metrics, after = board.metrics.items(), Board()
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
    return after


AHEAD: dict[str, Any] = {
    "status_changed_at": "2026-11-20T10:00:00Z",
    "happened_at": "2026-11-20T10:00:00Z",
    "created_at": "2026-11-20T08:00:03Z",
}


def test_an_agent_whose_clock_is_ahead_does_not_silence_its_metric() -> None:
    """A change dated to the future is older than a later one from Bleemeo."""
    board = Board()
    judge(board, alert_at(0, Status.OK, **AHEAD))
    judgement = judge(board, alert_at(60, Status.CRITICAL, **previous(120)))
    assert judgement.change is Change.RAISED
    assert not judgement.unseen_change


@pytest.mark.parametrize("minutes", [1, 9, 60, 300])
def test_an_event_that_is_modified_later_stays_where_it_was(minutes: int) -> None:
    """Or it would be raised again, by an agent whose clock is ahead, and stay so."""
    board = Board()
    ahead = alert_at(minutes, Status.CRITICAL, created_at="2026-11-20T08:00:03Z")
    cleared = alert_at(minutes, Status.OK, created_at="2026-11-20T08:00:30Z")
    judge(board, ahead, cleared)
    for modified_at in ("2026-11-20T08:02:00Z", "2026-11-20T15:00:00Z"):
        again = alert_at(
            minutes,
            Status.CRITICAL,
            created_at="2026-11-20T08:00:03Z",
            modified_at=modified_at,
        )
        assert judge(board, again).verdict is Verdict.LATE
    [metric] = board.metrics.values()
    assert metric.alert.status is Status.OK


@pytest.mark.parametrize("lead", [1, 9, 11, 60, 100_000])
def test_a_clock_that_is_put_right_does_not_freeze_its_metric(lead: int) -> None:
    """What it said before, however far ahead, is older than what it says now."""
    board = Board()
    before = alert_at(lead, Status.CRITICAL, created_at="2026-11-20T08:00:03Z")
    after = alert_at(1, Status.OK, created_at="2026-11-20T08:01:03Z")
    assert judge(board, before, after).change is Change.CLEARED


def test_a_clock_that_is_far_behind_does_not_hide_a_raise() -> None:
    """Of a machine that starts in 1970: it tells now, whatever it says."""
    board = Board()
    told = alert_at(
        60,
        Status.CRITICAL,
        status_changed_at="1970-01-01T00:00:30Z",
        created_at="2026-11-30T08:00:00Z",
    )
    assert judge(board, alert_at(0, Status.OK), told).change is Change.RAISED


FUTURE: dict[str, Any] = {
    "status_changed_at": "2099-01-01T00:00:00Z",
    "happened_at": None,
    "created_at": None,
    "modified_at": None,
}


@pytest.mark.parametrize(
    "future",
    [
        pytest.param(FUTURE, id="nothing else is known"),
        pytest.param(
            {
                **FUTURE,
                "status_changed_at": None,
                "happened_at": "2099-01-01T00:00:00Z",
            },
            id="only when it happened",
        ),
        pytest.param(
            {**FUTURE, "created_at": "2099-01-01T00:00:00Z"}, id="even to Bleemeo"
        ),
    ],
)
def test_a_date_in_the_future_counts_from_its_arrival(future: dict[str, Any]) -> None:
    """It neither freezes its metric nor overtakes what comes after it."""
    board, raised = Board(), alert_at(1, Status.CRITICAL, **future)
    board.judge(alert_at(0, Status.OK), HOUR + MINUTE)
    assert board.judge(raised, HOUR + 2 * MINUTE).change is Change.RAISED
    assert board.judge(alert_at(1, Status.OK), HOUR + 3 * MINUTE).change is None
    cleared = board.judge(alert_at(4, Status.OK), HOUR + 5 * MINUTE)
    assert cleared.change is Change.CLEARED
    # delivered again, with a later time of arrival
    assert board.judge(raised, HOUR + 60 * MINUTE).verdict is Verdict.LATE


def test_a_date_in_the_future_is_as_old_after_a_restart() -> None:
    """The board is made again from the alert and the time when it arrived."""
    board = Board()
    arrived = HOUR + 2 * MINUTE
    board.restore([(alert_at(1, Status.CRITICAL, **FUTURE), arrived)], {})
    late = board.judge(alert_at(1, Status.OK), HOUR + 60 * MINUTE)
    assert late.verdict is Verdict.LATE
    assert board.judge(alert_at(3, Status.OK), HOUR + 60 * MINUTE).change is not None


@pytest.mark.parametrize("days", [-2000, -100, 400])
@pytest.mark.parametrize("dated", [{}, {"created_at": None, "modified_at": None}])
def test_a_wrong_clock_here_makes_no_alert_late(
    days: int, dated: dict[str, Any]
) -> None:
    """A board without a battery starts in the past: Bleemeo's times still decide."""
    board, wrong = Board(), HOUR + timedelta(days=days)
    board.judge(alert_at(0, Status.OK, **dated), HOUR + MINUTE)
    raised = alert_at(60, Status.CRITICAL, **dated)
    cleared = alert_at(62, Status.OK, **dated)
    assert board.judge(raised, wrong).change is Change.RAISED
    assert board.judge(cleared, wrong + MINUTE).change is Change.CLEARED
    assert board.judge(raised, wrong + 2 * MINUTE).verdict is Verdict.LATE
    # and after it is put right
    assert board.judge(raised, HOUR + 65 * MINUTE).verdict is Verdict.LATE
    again = alert_at(66, Status.WARNING, **dated)
    assert board.judge(again, HOUR + 67 * MINUTE).change is Change.RAISED


def test_a_date_in_the_future_does_not_freeze_a_name() -> None:
    """A server can be renamed after a title from 2099."""
    board = Board()
    judge(board, alert_at(0, title="odd - CPU is OK", **FUTURE))
    agent = judge(board, alert_at(1, title="new - CPU is OK")).metric.agent
    assert agent.name == "new"


@given(
    st.data(),
    st.lists(ALERTS | UNDATED, max_size=12),
    st.sampled_from([NOW, HOUR + 30 * MINUTE, HOUR + 64 * MINUTE]),
)
def test_any_order_and_any_number_of_deliveries_make_the_same_board(
    data: st.DataObject, alerts: list[Alert], now: datetime
) -> None:
    """The board depends only on the set of alerts, in all that is on it."""
    in_order, mixed = Board(20), Board(20)
    unseen = sum(
        in_order.judge(alert, now).unseen_changes
        for alert in sorted(alerts, key=lambda alert: alert.order)
    )
    again = data.draw(st.lists(st.sampled_from(alerts), max_size=12)) if alerts else []
    for alert in data.draw(st.permutations(alerts + again)):
        unseen -= mixed.judge(alert, now).unseen_changes
    nameless = duplicated(in_order, mixed)
    assert shown(mixed, nameless) == shown(in_order, nameless)
    assert unseen == 0


@given(st.data(), st.lists(ALERTS, max_size=12), st.integers(0, 7))
def test_also_a_host_that_is_renamed_has_one_name_in_any_order(
    data: st.DataObject, alerts: list[Alert], minute: int
) -> None:
    """No order makes a duplicated agent of one whose titles do not alternate."""
    renamed_at = HOUR + timedelta(minutes=minute)
    history = [
        replace(alert, title=alert.title.replace("renamed", "web"))
        if alert.changed_at < renamed_at
        else replace(alert, title=alert.title.replace("web", "renamed"))
        for alert in alerts
    ]
    in_order, mixed = judged(data, history, in_order=True), judged(data, history)
    assert duplicated(in_order, mixed) == set()
    assert shown(mixed) == shown(in_order)


@given(st.data(), st.lists(ALERTS, max_size=12))
def test_a_restart_changes_nothing_that_is_shown(
    data: st.DataObject, alerts: list[Alert]
) -> None:
    """Not even a name that alternating titles left behind, or will leave."""
    before = judged(data, alerts)
    after = restored(before)
    assert shown(after) == shown(before)
    assert after.agents == before.agents
    further = data.draw(ALERTS)
    before.judge(further, NOW)
    after.judge(further, NOW)
    assert shown(after) == shown(before)


def test_a_name_that_an_old_title_gave_stays_after_a_restart() -> None:
    """Where no title ends in a status, a late one is no older than the first."""
    board = Board()
    judge(board, *(alert_at(minute, title="web - CPU") for minute in (0, 5)))
    after, late = restored(board), alert_at(3, title="web - Processor")
    for each in (board, after):
        assert judge(each, late).metric.name == "CPU"


@given(st.data(), st.lists(ALERTS, max_size=12))
def test_each_alert_is_told_at_most_once_and_the_last_ones_always(
    data: st.DataObject, alerts: list[Alert]
) -> None:
    """However often and in whatever order they are delivered."""
    board = Board()
    again = data.draw(st.lists(st.sampled_from(alerts), max_size=12)) if alerts else []
    told: Counter[Alert] = Counter()
    for alert in data.draw(st.permutations(alerts + again)):
        if board.judge(alert, NOW).change is not None:
            told[alert] += 1
    assert all(count == 1 for count in told.values())
    for metric in board.metrics.values():
        last = metric.alert
        assert any(
            alert.key == last.key
            and (
                alert == last
                or (alert.event_id, alert.told_at, alert.status)
                == (last.event_id, last.told_at, last.status)
            )
            for alert in told
        )


@given(st.lists(ALERTS, max_size=20))
def test_rollups_count_each_metric_once(alerts: list[Alert]) -> None:
    """Updated step by step, they equal a full recount."""
    board = Board()
    for alert in alerts:
        board.judge(alert, NOW)
    counted = Counter(metric.alert.status for metric in board.metrics.values())
    assert board.account.counts == [counted[status] for status in Status]
    assert sum(sum(agent.rollup.counts) for agent in board.agents.values()) == len(
        board.metrics
    )


@given(
    st.lists(
        ALERTS | st.sampled_from(["acknowledge", "take back", "forget"]), max_size=20
    )
)
def test_open_alerts_are_acknowledged_or_need_attention(
    steps: list[Alert | str],
) -> None:
    """Updated step by step, their number equals a full recount."""
    # nothing flaps, and no metric is its agent's connection
    board = Board(100)
    for step in steps:
        metric = next(iter(board.metrics.values()), None)
        if isinstance(step, Alert):
            board.judge(replace(step, metric_id=step.metric_id or AGENT), NOW)
        elif metric is not None and step == "forget":
            board.forget(metric, NOW)
        elif metric is not None and step == "acknowledge":
            board.acknowledge(metric, Acknowledgement(NOW))
        elif metric is not None:
            board.end_acknowledgement(metric, AcknowledgementEnd.BY_HAND, NOW, NOW)
    metrics = board.metrics.values()
    opened = [metric for metric in metrics if metric.alert.status is not Status.OK]
    unseen = [metric for metric in opened if metric.acknowledgement is None]
    assert board.account.needs_attention == len(unseen)
    assert board.account.open == len(opened)
    assert set(board.acknowledged) == {
        metric.alert.key for metric in metrics if metric.acknowledgement
    }
    assert set(board.agents) >= {metric.agent.id for metric in metrics}


def test_an_agents_name_in_bleemeo_stands_above_its_titles() -> None:
    """Whether known before the agent or not; without it, titles name it again."""
    board = Board()
    profiles = [
        {AGENT: AgentProfile(name=each)} for each in ("Phone system", "Telephony")
    ]
    [agent], _ = board.take_profiles(profiles[0])
    first = alert_at(1, agent=AGENT)
    assert judge(board, first).metric.agent is agent
    assert agent.name == "Phone system"
    assert board.take_profiles(profiles[1]) == ([], [agent])
    judge(board, alert_at(2, agent=AGENT))
    assert agent.name == "Telephony"
    assert board.take_profiles(profiles[1]) == ([], [])
    assert board.take_profiles({}) == ([], [agent])
    assert agent.name == "web01.example.com"


API_AT = 10


def by_api(**fields: Any) -> Alert:
    """Return an alert that is made of a listing."""
    alert = alert_at(
        API_AT,
        Status.CRITICAL,
        id=None,
        status_changed_at=None,
        created_at=None,
        modified_at=None,
        **fields,
    )
    return replace(alert, source=Source.API)


@pytest.mark.parametrize("minute", [5, API_AT + 5])
def test_the_alert_of_what_the_api_found_is_no_change(minute: int) -> None:
    """Its words are taken over; what is older than the listing does not revert it."""
    board = Board()
    found = by_api(title="web01 - cpu_used is Critical")
    metric = judge(board, found).metric
    told = alert_at(minute, Status.CRITICAL, text="Current value: 99.00")
    judgement = judge(board, told)
    assert (judgement.verdict, judgement.change) == (Verdict.REPEAT, None)
    assert judgement.refreshed
    assert judgement.is_to_keep
    shown = metric.alert
    assert (metric.name, shown.text) == ("CPU", told.text)
    assert shown.event_id == told.event_id
    assert shown.status_changed_at == told.status_changed_at
    assert shown.changed_at == max(found.changed_at, told.changed_at)
    assert len(metric.history.changes) == 1
    assert judge(board, alert_at(API_AT - 2, Status.OK)).verdict is Verdict.LATE
    assert metric.alert.status is Status.CRITICAL
    assert Alert.from_payload(shown.to_payload(), shown.source) == shown


def test_a_change_long_after_what_the_api_found_is_news() -> None:
    """It is another one, whatever its status."""
    board = Board()
    judge(board, by_api())
    again = alert_at(API_AT + 30, Status.CRITICAL)
    assert judge(board, again).change is Change.REPEATED


def test_an_incident_that_the_api_found_began_when_its_alert_says() -> None:
    """If that is earlier, and no older than the change before it."""
    board = Board()
    metric = judge(board, alert_at(3, Status.OK)).metric
    judge(board, by_api(title="web01 - cpu_used is Critical"))
    older = judge(board, alert_at(2, Status.CRITICAL))
    assert older.verdict is Verdict.LATE
    assert metric.alert.event_id is None
    judgement = judge(board, told := alert_at(5, Status.CRITICAL))
    assert judgement.verdict is Verdict.REPEAT
    [_, incident] = metric.timeline.incidents()
    assert incident.began_at == told.changed_at
    assert len(incident.steps) == 1


def test_an_alert_about_a_twin_is_about_the_one_that_is_shown() -> None:
    """Whichever that is; of two that are not shown, each is itself."""
    board = Board()
    one, other_one = str(METRICS[0]), str(METRICS[1])
    board.twins = {one: other_one, other_one: one}
    first = alert_at(1, metric=other_one)
    assert board.as_shown(first) is first
    judge(board, first)
    assert board.as_shown(first) is first
    assert board.as_shown(alert_at(2, metric=one)).key == first.key
    other = alert_at(2, metric=one, agent=one)
    assert board.as_shown(other) is other


def test_an_agent_that_bleemeo_lists_is_there_without_any_metric() -> None:
    """It is OK, also once its last metric is forgotten."""
    board = Board()
    board.take_profiles({AGENT: AgentProfile(name="web01")})
    agent = board.agents[AGENT]
    assert agent.rollup.worst is Status.OK
    metric = judge(board, alert_at(1, agent=AGENT)).metric
    board.forget_agent(agent)
    board.forget(metric, NOW)
    assert board.agents == {AGENT: agent}
    board.forget_agent(agent)
    assert not board.agents


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Current value: 85.00", "%"),
        ("Current value: 1.00 GBytes", "GBytes"),
        ("HTTP CRITICAL", None),
    ],
)
def test_a_unit_of_bleemeo_stands_in_for_one_that_the_text_lacks(
    text: str, unit: str | None
) -> None:
    """Only if there is a number; the metric keeps its title's name."""
    board = Board()
    alert = alert_at(1, text=text)
    names = {alert.metric_id or "": RealName("cpu_used", "%")}
    metric = judge(board, alert).metric
    board.take_names(names)
    assert metric.details["unit"] == unit
    assert metric.name == "CPU"
    board = Board()
    board.take_names(names)
    assert judge(board, alert).metric.details["unit"] == unit


def test_what_was_forgotten_is_not_acknowledged_any_more() -> None:
    """Whoever has found it may have waited meanwhile; it must not be kept again."""
    board = Board()
    metric = judge(board, alert_at(0, Status.CRITICAL)).metric
    board.forget(metric, NOW)
    assert not board.acknowledge(metric, Acknowledgement(NOW))
    assert not board.acknowledged
