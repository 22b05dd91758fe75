"""Tests of flapping: it begins with changes, and ends by itself an hour after them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.bleemeo.core import (
    NO_HISTORY,
    Alert,
    Board,
    History,
    Metric,
    Status,
    Verdict,
)
from tests import payload

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def deliver(board: Board, minute: float, arrives: float = 0, **fields: Any) -> Metric:
    """Judge an alert whose status changed at a minute."""
    time = (START + minute * MINUTE).isoformat()
    fields = {"status_changed_at": time, "happened_at": time, "id": None} | fields
    alert = Alert.from_payload(payload(**fields))
    return board.judge(alert, START + (arrives or minute) * MINUTE).metric


def end(board: Board, metric: Metric, minute: float) -> float | None:
    """Return the minute in which flapping ends, as seen in a minute."""
    until = board.flapping_until(metric, START + minute * MINUTE)
    return None if until is None else (until - START) / MINUTE


def test_a_metric_flaps_from_its_nth_change_in_an_hour() -> None:
    """Until fewer than that lie within the last hour."""
    board = Board(3)
    for minute, flaps in ((0, False), (10, False), (20, True), (80, False)):
        metric = deliver(board, minute, status=minute // 10 % 3)
        assert board.is_flapping(metric) is flaps
    board = Board(3)
    for minute in (0, 10, 20, 30):
        metric = deliver(board, minute, status=minute // 10 % 3)
    assert end(board, metric, 30) == 70
    assert end(board, metric, 69.9) == 70
    assert end(board, metric, 70) is None


def test_what_only_bleemeo_counted_counts_for_an_hour() -> None:
    """All that is known of its times is that they are not later."""
    board = Board(6)
    metric = deliver(board, 0, number_status_change_last_hour=6)
    assert board.is_flapping(metric)
    assert end(board, metric, 59) == 60
    assert end(board, metric, 60) is None
    assert not board.is_flapping(deliver(board, 61, number_status_change_last_hour=5))


def test_what_was_seen_here_is_not_counted_twice() -> None:
    """Bleemeo's count includes it, and its times are known."""
    board = Board(3)
    for count, minute in enumerate((0, 20, 40)):
        metric = deliver(
            board, minute, status=count, number_status_change_last_hour=count + 1
        )
    assert end(board, metric, 40) == 60


def test_a_count_that_is_old_on_arrival_makes_nothing_flap() -> None:
    """What was restless hours ago can be trusted now."""
    board = Board(2)
    metric = deliver(board, 0, arrives=90, number_status_change_last_hour=9)
    assert not board.is_flapping(metric)


def test_a_repeat_is_not_a_change() -> None:
    """However often an alert is delivered or modified."""
    board = Board(2)
    for modified in range(5):
        time = (START + modified * MINUTE).isoformat()
        metric = deliver(board, 0, arrives=5, modified_at=time, text=time)
    assert not board.is_flapping(metric)


@pytest.mark.parametrize("event_id", [None, "00000000-0000-4000-8000-000000000001"])
def test_a_repeat_without_a_time_of_its_own_is_not_a_change_either(
    event_id: str | None,
) -> None:
    """It counts from its first arrival, however often it is delivered or modified."""
    board, times = Board(2), ("status_changed_at", "happened_at", "modified_at")
    undated = payload(**dict.fromkeys(("created_at", *times)), id=event_id)
    verdicts = []
    for minute in range(5):
        now = START + minute * MINUTE
        if event_id and minute > 2:
            undated["text"] = f"Modified in minute {minute}"
        judgement = board.judge(Alert.from_payload(undated, arrived_at=now), now)
        verdicts.append(judgement.verdict)
    metric = judgement.metric
    assert not board.is_flapping(metric)
    assert verdicts == [Verdict.CHANGED, *[Verdict.REPEAT] * 4]
    assert metric.alert.changed_at == START
    assert metric.history.changes == (START,)
    assert metric.alert.text == undated["text"]


def test_a_repeat_without_a_time_keeps_that_of_the_change() -> None:
    """It may come at the very time that an alert with a time has."""
    board, event = Board(2), {"id": "00000000-0000-4000-8000-000000000001"}
    times = ("created_at", "happened_at", "modified_at")
    dated = payload(**dict.fromkeys(times), status_changed_at=f"{START}", **event)
    board.judge(Alert.from_payload(dated), START)
    undated = dated | {"status_changed_at": None, "text": "What is wrong"}
    alert = Alert.from_payload(undated, arrived_at=START)
    assert board.judge(alert, START).metric.alert.changed_at == START


@pytest.mark.parametrize("lead", [-3000, -30, 60, 9000])
def test_an_agent_s_wrong_clock_flaps_as_well(lead: int) -> None:
    """Its changes are as far apart as anyone's."""
    board = Board(3)
    for minute in (0, 10, 20):
        metric = deliver(
            board,
            lead + minute,
            arrives=minute,
            status=minute // 10,
            created_at=(START + minute * MINUTE).isoformat(),
        )
    # an agent that was offline for half an hour told the truth
    assert end(board, metric, 20) == (
        30 if lead == -30 else None if lead == -3000 else 60
    )


def test_a_clock_that_was_ahead_does_not_hide_what_flaps_now() -> None:
    """Its changes stay the latest by their own times, and count for nothing."""
    board = Board(2)
    for minute in (0, 1, 2):
        created = (START + minute * MINUTE).isoformat()
        deliver(board, 90_000 + minute, arrives=minute, created_at=created)
    metric = deliver(board, 100, number_status_change_last_hour=2)
    assert end(board, metric, 100) == 160


@pytest.mark.parametrize("year", ["2000-01-01T00:00:00Z", "2099-12-31T23:59:59Z"])
@pytest.mark.parametrize(
    "created_at", ["2000-01-01T00:00:00Z", "2099-12-31T23:59:59Z", None]
)
def test_no_time_is_too_early_or_too_late_to_be_counted(
    year: str, created_at: str | None
) -> None:
    """Nothing flaps for ever."""
    board = Board(2)
    for status in (1, 2, 0):
        metric = deliver(
            board,
            0,
            arrives=1,
            status=status,
            status_changed_at=year,
            previous_status_changed_at="2099-12-31T23:59:59Z",
            number_status_change_last_hour=9,
            created_at=created_at,
            modified_at=None,
        )
        assert end(board, metric, 1) is None


def test_a_late_alert_can_complete_the_count() -> None:
    """Then there is something new to show and to keep, though its status is not shown."""
    board = Board(3)
    deliver(board, 0)
    deliver(board, 20, status=2)
    time = (START + 10 * MINUTE).isoformat()
    late = Alert.from_payload(payload(id=None, status=0, status_changed_at=time))
    judgement = board.judge(late, START + 21 * MINUTE)
    assert judgement.change is None
    assert judgement.refreshed
    assert judgement.is_to_keep
    assert board.is_flapping(judgement.metric)
    assert judgement.metric.alert.status is Status.CRITICAL


def test_an_alert_can_end_it_before_its_time() -> None:
    """Whoever is told so at its end is told so then."""
    board = Board(2)
    deliver(board, 0, number_status_change_last_hour=2)
    alert = Alert.from_payload(
        payload(id=None, status=2, status_changed_at="2026-11-20T09:30:00Z")
    )
    judgement = board.judge(alert, START + 90 * MINUTE)
    assert judgement.has_settled
    assert not board.judge(alert, START + 90 * MINUTE).has_settled


def test_a_history_is_bounded() -> None:
    """By the number of changes that make a metric flap; what it counted stays counted."""
    board, unseen = Board(3), 0
    for minute in range(0, 100, 10):
        time = START + minute * MINUTE
        alert = Alert.from_payload(
            payload(
                id=None,
                status=minute // 10 % 3,
                status_changed_at=time.isoformat(),
                previous_status_changed_at=(time - 5 * MINUTE).isoformat(),
            )
        )
        judgement = board.judge(alert, time)
        unseen += judgement.unseen_changes
    history = judgement.metric.history
    assert len(history.changes) == 3
    assert len(history.gaps) <= 3
    assert unseen == 9
    assert History() == NO_HISTORY
