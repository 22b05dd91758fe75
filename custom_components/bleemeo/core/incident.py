"""The incidents of a metric: from its leaving OK until it is OK again.

They follow from the set of alerts that arrived, never from the order of arrival. Unknown
is open and no end: it only takes sight away, so what was seen before it still counts.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Self

from .alert import Alert, Status

MAX_STEPS = 64

_NEVER = datetime.min.replace(tzinfo=UTC)
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Return a time as microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def time_of(number: int) -> datetime:
    """Return the time that is so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=number)


@dataclass(frozen=True)
class Step:
    """A status that a metric took, and when.

    Of two steps at one time the later `rank` counts: when the agent said it, and when
    Bleemeo last modified it.
    """

    at: datetime
    status: Status
    rank: tuple[datetime, datetime]

    @classmethod
    def of(cls, alert: Alert, at: datetime) -> Self:
        """Return the step that an alert tells, at a time that can be true."""
        return cls(at, alert.status, (alert.told_at, alert.modified_at or _NEVER))

    @cached_property
    def numbers(self) -> tuple[int, int, int, int]:
        """The time as microseconds, the status, and how much later each rank is."""
        at, (told, last) = self.at, self.rank
        return (
            microseconds(at),
            self.status.value,
            (told - at) // _MICROSECOND,
            (last - at) // _MICROSECOND,
        )

    @cached_property
    def text(self) -> str:
        """The numbers as they are written, with each alert of the metric again."""
        return ",".join(map(str, self.numbers))

    @property
    def order(self) -> tuple[datetime, datetime, datetime, int]:
        """Rank the step among those of its metric, as the board ranks alerts."""
        return self.at, *self.rank, self.status.severity


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident: its changes, oldest first, and its end; None while it is open."""

    steps: tuple[Step, ...]
    ended_at: datetime | None = None

    @property
    def began_at(self) -> datetime:
        """When the metric left OK."""
        return self.steps[0].at

    @property
    def status(self) -> Status:
        """The last status of the metric before it was OK again."""
        return self.steps[-1].status

    @property
    def worst(self) -> Status:
        """The worst status."""
        return max((step.status for step in self.steps), key=lambda each: each.severity)

    @property
    def seen_status(self) -> Status:
        """The last status that was seen; unknown if none was."""
        for step in reversed(self.steps):
            if step.status is not Status.UNKNOWN:
                return step.status
        return Status.UNKNOWN


@dataclass(frozen=True, slots=True)
class Stay:
    """A time that a metric was in certain statuses; `left_at` is None while it is."""

    entered_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True)
class Timeline:
    """The last changes of a metric, oldest first, of which its incidents are made.

    `known_since` is the time of the first change ever heard of.
    """

    steps: tuple[Step, ...] = ()
    known_since: datetime | None = None

    def add(self, step: Step, *, is_last: bool) -> Self:
        """Return this with a change; `is_last` is set if it is the metric's present one.

        At most `MAX_STEPS` are kept, and of the last incident always the first and the
        first of its worst.
        """
        steps, since = self.steps, self.known_since
        if is_last:
            end = len(steps)
            # what is dated later is from a clock that was ahead
            while end and steps[end - 1].at >= step.at:
                end -= 1
            steps = (*steps[:end], step)
        elif steps and step.order >= steps[-1].order:
            return self
        elif since and steps and since < steps[0].at and step.at < steps[0].at:
            # what followed it was dropped
            return self if since <= step.at else replace(self, known_since=step.at)
        else:
            index = bisect_left(steps, step.at, key=lambda each: each.at)
            is_known = index < len(steps) and steps[index].at == step.at
            if is_known and steps[index].order >= step.order:
                return self
            steps = (*steps[:index], step, *steps[index + is_known :])
        while len(steps) > MAX_STEPS:
            steps = _shorten(steps)
        return type(self)(steps, min(since or step.at, step.at))

    def before(self, at: datetime) -> Self:
        """Return this as it was before a time."""
        return replace(self, steps=tuple(step for step in self.steps if step.at < at))

    def through(self, at: datetime) -> Self:
        """Return this as it was at a time."""
        return replace(self, steps=tuple(step for step in self.steps if step.at <= at))

    def incidents(self, since: datetime | None = None) -> list[Incident]:
        """Return the incidents, oldest first; with `since`, those that did not end before."""
        found: list[Incident] = []
        steps: list[Step] = []
        for step in self.steps:
            if step.status is not Status.OK:
                if not steps or step.status is not steps[-1].status:
                    steps.append(step)
            elif steps:
                found.append(Incident(tuple(steps), step.at))
                steps = []
        if steps:
            found.append(Incident(tuple(steps)))
        return [
            each
            for each in found
            if since is None or each.ended_at is None or each.ended_at >= since
        ]

    @cached_property
    def last(self) -> Incident | None:
        """The open incident, or else the last one that is over, or None."""
        steps: list[Step] = []
        ended_at: datetime | None = None
        for step in reversed(self.steps):
            if step.status is Status.OK:
                if steps:
                    break
                ended_at = step.at
            elif steps and steps[-1].status is step.status:
                # it began with the earlier one
                steps[-1] = step
            else:
                steps.append(step)
        return Incident(tuple(reversed(steps)), ended_at) if steps else None

    @property
    def present(self) -> Incident | None:
        """The open incident, or None."""
        is_open = self.steps and self.steps[-1].status is not Status.OK
        return self.last if is_open else None

    @property
    def seen_status(self) -> Status | None:
        """The last status of the open incident that was seen, or None."""
        for step in reversed(self.steps):
            if step.status is not Status.UNKNOWN:
                return None if step.status is Status.OK else step.status
        return None

    def stays(self, statuses: Collection[Status]) -> Iterator[Stay]:
        """Yield the times in any of the statuses, oldest first.

        A status that becomes unknown has neither left nor entered, unless unknown is
        one of them.
        """
        entered: datetime | None = None
        for step in self.steps:
            if step.status in statuses:
                entered = entered or step.at
            elif step.status is not Status.UNKNOWN and entered is not None:
                yield Stay(entered, step.at)
                entered = None
        if entered is not None:
            yield Stay(entered)

    def stay(self, statuses: Collection[Status]) -> Stay | None:
        """Return the last time in any of the statuses, which may be over, or None."""
        return max(self.stays(statuses), key=lambda each: each.entered_at, default=None)


def _shorten(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps without those that are least needed.

    That is one that repeats the status before it, or else what came before the second
    OK, so that no incident loses its beginning alone, or else one of the last incident:
    an unknown that took sight away from what was the same after it, or any.
    """
    for index in range(1, len(steps) - 1):
        if steps[index].status is steps[index - 1].status:
            return steps[:index] + steps[index + 1 :]
    last = len(steps) - 1
    while last > 0 and steps[last].status is Status.OK:
        last -= 1
    first = last
    while first > 0 and steps[first - 1].status is not Status.OK:
        first -= 1
    if first > 1:
        oks = (at for at in range(1, first) if steps[at].status is Status.OK)
        return steps[next(oks) :]
    for index in range(first + 1, len(steps) - 1):
        before, status, after = (each.status for each in steps[index - 1 : index + 2])
        if status is Status.UNKNOWN and before is after:
            return steps[:index] + steps[index + 1 :]
    inner = range(first, last)
    worst = max(inner, key=lambda at: steps[at].status.severity)
    seen = next(at for at in inner if steps[at].status is not Status.UNKNOWN)
    index = next(at for at in inner if at not in {first, seen, worst})
    return steps[:index] + steps[index + 1 :]
