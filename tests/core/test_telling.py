"""Tests of what is to be told of an alert, and of what must have been told by a time."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.bleemeo.core import (
    NOTHING,
    OPEN,
    Acknowledgement,
    AcknowledgementEnd,
    AlertRecord,
    Board,
    Left,
    Metric,
    Reached,
    Reason,
    Rule,
    Silence,
    Status,
    Told,
    Unattended,
    Wanted,
)

from .alerts import HOUR, MINUTE, alert_at, at

OK, WARNING, CRITICAL, UNKNOWN = Status
SERIOUS = frozenset({CRITICAL})
KEY = alert_at(0).key
ACCOUNT = frozenset({"account"})
NEVER = at(100_000)

# what else can happen to a metric
SEEN, UNSEEN, SILENCE, UNSILENCE, AWAY, BACK, REST = (
    "seen", "unseen", "silence", "unsilence", "away", "back", "rest"
)  # fmt: skip

type Happening = Status | str


class House:
    """A metric on a board, and a rule that follows it as a trigger does."""

    def __init__(self, rule: Rule, threshold: int = 100, lag: float = 0) -> None:
        """Start with nothing heard of.

        What becomes of its agent's connection is heard of so many minutes later.
        """
        self.rule = rule
        self.lag = lag
        self.board = Board(threshold, uid="account")
        self.told = NOTHING
        self.minutes: list[float] = []
        self.now = HOUR
        self.due = HOUR

    @property
    def metric(self) -> Metric | None:
        """The metric, once it was heard of."""
        return self.board.metrics.get(KEY)

    def look(self) -> None:
        """Tell what is to be told now."""
        if self.metric is None:
            return
        outlook = self.rule.look(AlertRecord.of(self.metric), self.told, self.now)
        self.told, self.due = outlook.told, outlook.due or NEVER
        if outlook.tells is not None:
            self.told = outlook.tells
            self.minutes.append((self.now - HOUR) / MINUTE)

    def wait(self, minute: float) -> None:
        """Let time pass, and look when something is due or flapping ends."""
        while (now := min(self.due, self.settles_at)) <= at(minute):
            self.now = max(now, self.now)
            self.due = NEVER
            if self.metric and self.settles_at <= self.now:
                self.board.settle(self.metric, self.now)
            self.look()
        self.now = at(minute)

    @property
    def settles_at(self) -> datetime:
        """When the metric flaps no longer."""
        if self.metric is None or not self.board.is_flapping(self.metric):
            return NEVER
        return self.board.flapping_until(self.metric, self.now) or self.now

    def happen(self, minute: int, what: Happening) -> None:
        """Let something happen at a minute, and look."""
        self.wait(minute)
        board, now = self.board, self.now
        if isinstance(what, Status):
            board.judge(alert_at(minute, what), now)
        elif what in {AWAY, BACK}:
            status, told_in = CRITICAL if what == AWAY else OK, minute - self.lag
            board.judge(alert_at(told_in, status, id=None, metric=None), now)
        elif what == SILENCE:
            board.silences["it"] = Silence(id="it", begins_at=now, subjects=ACCOUNT)
        elif what == UNSILENCE:
            board.silences.clear()
        if metric := self.metric:
            if what == SEEN:
                board.acknowledge(metric, Acknowledgement(now))
            elif what == UNSEEN:
                end = AcknowledgementEnd.BY_HAND
                board.end_acknowledgement(metric, end, now, now)
            elif what in {SILENCE, UNSILENCE}:
                board.quiet(metric, now, now)
        self.look()

    def known(self, by: datetime | None = None) -> Told:
        """Return what a trigger that begins now takes for told, as of now or earlier."""
        if self.metric is None:
            return NOTHING
        until = self.rule.wanted.told_until(by or self.now)
        return self.rule.told_by(AlertRecord.of(self.metric), until)


def walk(rule: Rule, *road: Happening, threshold: int = 100) -> House:
    """Return a house in which something happened each minute."""
    house = House(rule, threshold)
    for minute, what in enumerate(road):
        house.happen(minute, what)
    return house


ROADS: dict[str, tuple[Happening, ...]] = {
    "ok w c w ok": (OK, WARNING, CRITICAL, WARNING, OK),
    "ok c unknown c ok": (OK, CRITICAL, UNKNOWN, CRITICAL, OK),
    "first seen": (CRITICAL, OK),
    "first seen unknown": (UNKNOWN, CRITICAL, OK),
    "twice": (OK, CRITICAL, OK, CRITICAL, OK),
}


@pytest.mark.parametrize(
    ("road", "statuses", "reached", "left", "over"),
    [
        ("ok w c w ok", SERIOUS, [2], [3], [4]),
        ("ok w c w ok", {CRITICAL, WARNING}, [1], [4], [4]),
        ("ok w c w ok", {WARNING}, [1, 3], [2, 4], [4]),
        ("ok c unknown c ok", SERIOUS, [1], [4], [4]),
        ("ok c unknown c ok", {CRITICAL, UNKNOWN}, [1], [4], [4]),
        ("ok c unknown c ok", {UNKNOWN}, [2], [3], [4]),
        ("ok c unknown c ok", {WARNING}, [], [], []),
        ("first seen", OPEN, [0], [1], [1]),
        ("first seen unknown", SERIOUS, [1], [2], [2]),
        ("twice", SERIOUS, [1, 3], [2, 4], [2, 4]),
    ],
)
def test_each_road_is_told_once_each_way(
    road: str,
    statuses: set[Status],
    reached: list[int],
    left: list[int],
    over: list[int],
) -> None:
    """Unknown neither leaves nor enters, unless it is one of the statuses."""
    wanted = Wanted(frozenset(statuses))
    assert walk(Reached(wanted), *ROADS[road]).minutes == reached
    assert walk(Left(wanted), *ROADS[road]).minutes == left
    assert walk(Left(wanted, until_ok=True), *ROADS[road]).minutes == over


@pytest.mark.parametrize(
    ("road", "reached", "left"),
    [
        ((OK, WARNING, CRITICAL, REST, REST), [4], []),
        ((OK, WARNING, CRITICAL, REST, REST, OK), [4], [5]),
        ((OK, WARNING, CRITICAL, WARNING, CRITICAL, OK), [], []),
        ((OK, CRITICAL, UNKNOWN, CRITICAL, OK), [3], [4]),
        ((OK, CRITICAL, OK), [], []),
    ],
)
def test_what_must_last_counts_from_when_it_entered_the_severities(
    road: tuple[Happening, ...], reached: list[int], left: list[int]
) -> None:
    """Not from its last change; and what was not told has not left."""
    wanted = Wanted(SERIOUS, 2 * MINUTE)
    assert walk(Reached(wanted), *road).minutes == reached
    assert walk(Left(wanted), *road).minutes == left


@pytest.mark.parametrize(
    ("reason", "begin", "end"),
    [
        (Reason.ACKNOWLEDGED, SEEN, UNSEEN),
        (Reason.SILENCED, SILENCE, UNSILENCE),
        (Reason.DEPENDENT, AWAY, BACK),
    ],
)
def test_what_was_kept_quiet_is_told_once_when_that_ends_and_it_is_still_open(
    reason: Reason, begin: Happening, end: Happening
) -> None:
    """And not at all if it is over by then."""
    wanted = Wanted(SERIOUS, 2 * MINUTE)
    quiet = OK, CRITICAL, begin, REST
    assert walk(Reached(wanted), *quiet, end, REST).minutes == [4]
    assert walk(Reached(wanted), *quiet, OK, end).minutes == []
    assert walk(Left(wanted), *quiet, OK, end).minutes == []
    with_it = Wanted(SERIOUS, 2 * MINUTE, frozenset({reason}))
    assert walk(Reached(with_it), *quiet, end, REST).minutes == [3]


@pytest.mark.parametrize("begin", [SEEN, SILENCE, AWAY])
def test_the_end_of_what_was_told_is_told_though_it_is_kept_quiet(
    begin: Happening,
) -> None:
    """And its beginning is not told again when it no longer is."""
    road = OK, CRITICAL, begin, OK
    assert walk(Left(Wanted(SERIOUS)), *road).minutes == [3]
    end = {SEEN: UNSEEN, SILENCE: UNSILENCE, AWAY: BACK}[str(begin)]
    assert walk(Reached(Wanted(SERIOUS)), *road[:3], end, REST).minutes == [1]


FLAPPING: tuple[Happening, ...] = (OK, CRITICAL, OK, CRITICAL, OK, CRITICAL)


@pytest.mark.parametrize(
    ("road", "reached", "left"),
    [
        (FLAPPING, [1, 3], [2]),
        ((*FLAPPING, OK), [1, 3], [2, 62]),
        ((*FLAPPING, OK, CRITICAL), [1, 3], [2]),
        ((*FLAPPING[1:], OK), [0, 2], [1, 3]),
        ((OK, WARNING, OK, WARNING, OK, CRITICAL), [61], []),
    ],
)
def test_what_flaps_is_told_once_it_no_longer_does_if_it_is_not_as_was_told_last(
    road: tuple[Happening, ...], reached: list[int], left: list[int]
) -> None:
    """A person who was told of the last critical alert, and of no end, knows all."""
    for rule, minutes in (
        (Reached(Wanted(SERIOUS)), reached),
        (Left(Wanted(SERIOUS)), left),
    ):
        house = walk(rule, *road, threshold=5)
        house.wait(200)
        assert house.minutes == minutes
        assert house.known() == house.told


def test_what_came_back_before_it_was_sure_that_it_is_over_was_never_over() -> None:
    """So it need not last again."""
    house = House(Reached(Wanted(SERIOUS, 7.5 * MINUTE)), threshold=3)
    for minute, what in ((0, OK), (1, CRITICAL), (9, OK), (58, CRITICAL)):
        house.happen(minute, what)
    house.wait(62)
    assert house.minutes == [8.5]
    assert house.known() == house.told != NOTHING


def test_what_was_not_told_since_it_did_not_last_is_not_told_when_it_is_ok() -> None:
    """Even if it is still open as something less severe."""
    left = Left(Wanted(SERIOUS, 1.5 * MINUTE), until_ok=True)
    house = walk(left, OK, CRITICAL, WARNING, REST)
    assert house.known() == house.told == NOTHING


@pytest.mark.parametrize(
    ("every", "at_most", "expected"),
    [
        (None, None, [6]),
        (10 * MINUTE, None, [6, 16, 26]),
        (10 * MINUTE, 2, [6, 16]),
        (10 * MINUTE, 1, [6]),
    ],
)
def test_what_nobody_attends_to_is_told_again_every_so_often(
    every: timedelta | None, at_most: int | None, expected: list[int]
) -> None:
    """Counted from when it began to need attention."""
    house = walk(Unattended(Wanted(SERIOUS, 5 * MINUTE), every, at_most), OK, CRITICAL)
    house.wait(30)
    assert house.minutes == expected


@pytest.mark.parametrize(
    ("first", "again", "every", "at_most", "expected"),
    [
        (5, 10, None, None, [6, 11]),
        (5, 10, 10, None, [6, 11, 21, 31]),
        (5, 10, 10, 3, [6, 11, 21]),
        (5, 10, 10, 1, [6]),
        # two at once are one, and the earlier one comes first
        (5, 5, 10, None, [6, 16, 26]),
        (10, 5, 10, None, [6, 11, 21, 31]),
    ],
)
def test_what_nobody_attends_to_is_told_a_second_time_at_a_time_of_its_own(
    first: int, again: int, every: int | None, at_most: int | None, expected: list[int]
) -> None:
    """Counted like the first; the others follow the second."""
    rule = Unattended(
        Wanted(SERIOUS, first * MINUTE),
        every * MINUTE if every else None,
        at_most,
        again * MINUTE,
    )
    house = walk(rule, OK, CRITICAL)
    house.wait(32)
    assert house.minutes == expected


def test_the_time_until_somebody_must_attend_begins_anew_when_nothing_keeps_it_quiet() -> (
    None
):
    """Nobody is reminded of what is acknowledged, silenced, dependent or over."""
    rule = Unattended(Wanted(OPEN, 5 * MINUTE), 10 * MINUTE)
    house = walk(rule, OK, CRITICAL, REST, SEEN)
    house.wait(20)
    assert house.minutes == []
    house.happen(21, UNSEEN)
    house.wait(40)
    assert house.minutes == [26, 36]
    house.happen(41, OK)
    house.wait(80)
    assert house.minutes == [26, 36]


def test_times_that_passed_unnoticed_are_told_once() -> None:
    """Home Assistant was off, or its clock was set."""
    house = walk(Unattended(Wanted(OPEN, 5 * MINUTE), 10 * MINUTE), OK, CRITICAL)
    house.due = at(48)
    house.wait(60)
    assert house.minutes == [48, 56]


def test_a_clock_that_is_ahead_delays_nothing() -> None:
    """The alert arrived, so it is there."""
    house = House(Reached(Wanted(SERIOUS)))
    house.now = at(2)
    house.board.judge(alert_at(9, CRITICAL), at(2))
    house.look()
    assert house.minutes == [2]
    assert house.known() == house.told


def test_what_waits_for_others_counts_as_told_only_when_its_time_is_up() -> None:
    """Counted from its arrival, if that is known."""
    rule = Reached(Wanted(SERIOUS, together=2 * MINUTE))
    house = House(rule)
    house.board.judge(alert_at(1, CRITICAL), at(3))
    for minute, is_told in ((2, False), (3, False), (4.9, False), (5, True)):
        house.now = at(minute)
        assert (house.known() != NOTHING) is is_told


@pytest.mark.parametrize("is_connection", [True, False])
def test_what_an_alert_sets_free_is_told_although_it_is_dated_before_a_restart(
    is_connection: bool,
) -> None:
    """It came after that: the server is back, or the metric does not flap any more."""
    house = House(Reached(Wanted(OPEN)))
    if is_connection:
        house.board.judge(alert_at(0, CRITICAL, metric=None), at(0))
    count = None if is_connection else 200
    house.board.judge(alert_at(1, number_status_change_last_hour=count), at(1))
    house.now = at(1)
    house.look()
    assert house.minutes == []
    freeing: Any = {"status": OK, "metric": None} if is_connection else {}
    house.board.judge(alert_at(3, **freeing), at(6))
    house.now = at(6)
    assert house.known(at(4)) == NOTHING
    house.look()
    assert house.minutes == [6]


def test_what_was_told_together_stays_told_when_the_alert_changes_again() -> None:
    """When its first change arrived is not known any more, and no longer matters."""
    house = House(Reached(Wanted(OPEN, together=2 * MINUTE)))
    house.board.judge(alert_at(1, WARNING), at(1))
    house.board.judge(alert_at(4, CRITICAL), at(4))
    house.now = at(5)
    assert house.known() != NOTHING


WANTED = st.builds(
    Wanted,
    st.frozensets(st.sampled_from(sorted(OPEN)), min_size=1),
    st.sampled_from([timedelta(), 1.5 * MINUTE, 7.5 * MINUTE]),
    st.frozensets(st.sampled_from(Reason)),
)
RULES = st.one_of(
    st.builds(Reached, WANTED),
    st.builds(Left, WANTED, st.booleans()),
    st.builds(
        Unattended,
        st.builds(Wanted, st.just(OPEN), st.sampled_from([timedelta(), 4.5 * MINUTE])),
        st.sampled_from([None, 5 * MINUTE]),
        st.sampled_from([None, 3]),
        st.sampled_from([None, 2.5 * MINUTE, 7.5 * MINUTE]),
    ),
)
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 2, 9, 61]),
        st.sampled_from(
            [*Status, *Status, SEEN, UNSEEN, SILENCE, UNSILENCE, AWAY, BACK, REST]
        ),
    ),
    max_size=25,
)


@given(
    rule=RULES,
    happenings=HAPPENINGS,
    threshold=st.sampled_from([3, 100]),
    lag=st.sampled_from([0, 0.8, 2.2]),
)
@example(Reached(Wanted(OPEN)), [(1, WARNING), (1, AWAY)], 100, 2.2)
@settings(max_examples=400)
def test_what_was_told_by_a_time_follows_from_the_record(
    rule: Rule, happenings: list[tuple[int, Happening]], threshold: int, lag: float
) -> None:
    """So whoever looks at it anew, at any time, tells nothing twice and leaves nothing out."""
    house, minute = House(rule, threshold, lag), 0
    for gap, what in happenings:
        minute += gap
        house.happen(minute, what)
        assert house.known() == house.told
        house.wait(minute + 0.5)
        assert house.known() == house.told


@given(
    rule=RULES,
    happenings=HAPPENINGS,
    threshold=st.sampled_from([3, 100]),
    off=st.sampled_from([0.25, 30, 600]),
)
def test_what_came_due_while_nobody_looked_is_told_once_afterwards(
    rule: Rule, happenings: list[tuple[int, Happening]], threshold: int, off: float
) -> None:
    """As often as to one who was there, but for reminders, of which one is enough."""
    houses, minute = (House(rule, threshold), House(rule, threshold)), 0
    for gap, what in happenings:
        minute += gap
        for house in houses:
            house.happen(minute, what)
    there, away = houses
    there.wait(minute + off)
    alive_at, settles_at, away.now = away.now, away.settles_at, at(minute + off)
    if away.metric and settles_at <= away.now:
        away.board.settle(away.metric, settles_at)
    away.told = away.known(alive_at)
    away.look()
    assert away.told == there.told
    told, told_late = len(there.minutes), len(away.minutes)
    assert told_late == told or (isinstance(rule, Unattended) and told_late <= told)
