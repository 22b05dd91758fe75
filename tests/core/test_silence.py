"""Tests of silences: who is kept quiet by them, and when."""

from datetime import datetime
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core import (
    Acknowledgement,
    AcknowledgementEnd,
    Board,
    Metric,
    Places,
    Quiet,
    Reason,
    Silence,
    Status,
)
from tests import AGENT, METRIC

from .alerts import HOUR, MINUTE, alert_at, at

UID = f"{AGENT}_{METRIC}"
SUBJECTS = ("account", AGENT, UID, "another")


def silence(begins: int, ends: int | None = None, **about: set[str]) -> Silence:
    """Return a silence from a minute to a minute."""
    return Silence(
        id="one",
        begins_at=at(begins),
        ends_at=None if ends is None else at(ends),
        subjects=frozenset(about.get("subjects", ())),
        areas=frozenset(about.get("areas", ())),
        labels=frozenset(about.get("labels", ())),
    )


def opened(board: Board, minute: int = 0) -> Metric:
    """Return the metric of an alert."""
    alert = alert_at(minute, Status.CRITICAL, agent=AGENT, metric=METRIC)
    return board.judge(alert, at(minute)).metric


@given(st.integers(0, 9), st.none() | st.integers(0, 9), st.integers(-1, 10))
def test_it_is_in_force_from_its_beginning_until_before_its_end(
    begins: int, ends: int | None, minute: int
) -> None:
    """Without an end for ever; one that ends before it begins never is."""
    in_force = minute >= begins and (ends is None or minute < ends)
    assert silence(begins, ends).is_in_force(at(minute)) is in_force
    assert silence(begins, ends).is_over(at(minute)) is (
        ends is not None and minute >= ends
    )


@pytest.mark.parametrize(
    ("about", "covers"),
    [
        ({"subjects": {"account"}}, True),
        ({"subjects": {AGENT}}, True),
        ({"subjects": {UID, "another"}}, True),
        ({"areas": {"cellar"}}, True),
        ({"labels": {"office", "backup"}}, True),
        ({"subjects": {"another"}, "labels": {"backup"}}, True),
        ({"subjects": {"another"}}, False),
        ({"areas": {"backup"}, "labels": {"cellar"}}, False),
        ({}, False),
    ],
)
def test_it_keeps_quiet_what_it_is_about(about: dict[str, Any], covers: bool) -> None:
    """A metric, a server, the account, or where and as what they are kept."""
    asked: list[Metric] = []

    def places(metric: Metric) -> Places:
        asked.append(metric)
        return ("cellar",), ("backup",)

    board = Board(uid="account", places=places)
    board.silences["one"] = silence(2, 5, **about)
    metric = opened(board)
    assert asked == []
    found = [bool(board.silences_of(metric, at(minute))) for minute in (1, 2, 4, 5)]
    assert found == [False, covers, covers, False]


def test_what_is_raised_during_it_is_quiet_at_once() -> None:
    """From its change on, and not from its arrival."""
    board = Board(uid="account")
    board.silences["one"] = silence(2, subjects={"account"})
    metric = opened(board, 4)
    assert not metric.needs_attention
    assert metric.quiets[0].since == at(4)


def test_it_ends_at_its_end_whenever_that_is_noticed() -> None:
    """Also if something else happens first; of several, the last end counts."""
    board = Board(uid="account")
    for name, ends in (("one", 5), ("two", 7)):
        board.silences[name] = silence(2, ends, subjects={"account"})
    metric = opened(board)
    board.quiet(metric, at(2), at(2))
    board.acknowledge(metric, Acknowledgement(at(9)))
    assert metric.quiets == (
        Quiet(Reason.SILENCED, at(2), at(7)),
        Quiet(Reason.ACKNOWLEDGED, at(9)),
    )


def test_it_begins_at_its_beginning_whenever_that_is_noticed() -> None:
    """Also if it is noticed with what was over before."""
    board = Board(uid="account")
    board.silences["one"] = silence(5, subjects={"account"})
    metric = opened(board)
    board.acknowledge(metric, Acknowledgement(at(1)))
    board.end_acknowledgement(metric, AcknowledgementEnd.EXPIRED, at(3), at(9))
    assert metric.quiets == (
        Quiet(Reason.ACKNOWLEDGED, at(1), at(3)),
        Quiet(Reason.SILENCED, at(5)),
    )


def test_what_silences_did_before_an_alert_changes_nothing_for_it() -> None:
    """Neither one that was over by then, nor the beginning of one beside another."""
    board = Board(uid="account")
    board.silences["over"] = silence(2, 3, subjects={"account"})
    metric = opened(board, 4)
    assert not board.silence(metric, at(2))
    board.silences["lasting"] = silence(1, subjects={"account"})
    board.quiet(metric, at(4), at(4))
    for minute in (2, 3):
        assert not board.silence(metric, at(minute))
    assert metric.quiets == (Quiet(Reason.SILENCED, at(4)),)


QUIETS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 10), st.sampled_from(SUBJECTS)),
    max_size=5,
)


@given(QUIETS)
def test_an_alert_is_quiet_while_any_silence_is_in_force(
    silences: list[tuple[int, int, str]],
) -> None:
    """Minute by minute, as they begin and end, whether they overlap or not."""
    board = Board(uid="account")
    for number, (begins, lasts, subject) in enumerate(silences):
        each = silence(begins, begins + lasts, subjects={subject})
        board.silences[str(number)] = each
    metric = opened(board)
    quiet_in: set[datetime] = set()
    for minute in range(45):
        board.quiet(metric, at(minute), at(minute))
        covered = any(
            begins <= minute < begins + lasts and subject != "another"
            for begins, lasts, subject in silences
        )
        assert metric.needs_attention is not covered
        assert board.account.needs_attention == (not covered)
        if covered:
            quiet_in.add(at(minute))
    for minute in range(45):
        moment = HOUR + minute * MINUTE
        assert (moment in quiet_in) is any(
            quiet.since <= moment and (quiet.until is None or moment < quiet.until)
            for quiet in metric.quiets
        )
