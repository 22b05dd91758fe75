"""The incidents of a metric: from its leaving OK until it is OK again.

They follow from the set of alerts that arrived, never from the order of arrival. Unknown
is open and no end: it only takes sight away, so what was seen before it still counts.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from .alert import Alert, Status

MAX_STEPS = 64


@dataclass(frozen=True, slots=True)
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
        told = alert.told_at
        return cls(at, alert.status, (told, alert.modified_at or told))

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


@dataclass(frozen=True, slots=True)
class Timeline:
    """The last changes of a metric, oldest first, of which its incidents are made.

    `known_since` is the time of the first change ever heard of.
    """

    steps: tuple[Step, ...] = ()
    known_since: datetime | None = None

    def add(self, step: Step, *, is_last: bool) -> Self:
        """Return this with a change; `is_last` is set if it is the metric's present one.

        At most `MAX_STEPS` are kept, and of the present incident always the first and
        the first of its worst.
        """
        if is_last:
            # what is dated later is from a clock that was ahead
            found = [each for each in self.steps if each.at < step.at]
        elif self.steps and step.order >= self.steps[-1].order:
            return self
        else:
            known = [each for each in self.steps if each.at == step.at]
            if known and known[0].order >= step.order:
                return self
            found = [each for each in self.steps if each.at != step.at]
        found.append(step)
        found.sort(key=lambda each: each.at)
        while len(found) > MAX_STEPS:
            del found[_least_needed(found)]
        since = min(self.known_since or step.at, step.at)
        return replace(self, steps=tuple(found), known_since=since)

    def before(self, at: datetime) -> Self:
        """Return this as it was before a time."""
        return replace(self, steps=tuple(step for step in self.steps if step.at < at))

    def through(self, at: datetime) -> Self:
        """Return this as it was at a time."""
        return replace(self, steps=tuple(step for step in self.steps if step.at <= at))

    def incidents(self, since: datetime | None = None) -> list[Incident]:
        """Return the incidents, oldest first; with `since`, those that did not end before.

        One that is over and whose beginning was dropped is not among them.
        """
        found: list[Incident] = []
        steps: list[Step] = []
        for step in self.steps:
            if step.status is not Status.OK:
                if not steps or step.status is not steps[-1].status:
                    steps.append(step)
            elif steps:
                found.append(Incident(tuple(steps), step.at))
                steps = []
        if found and self.known_since != self.steps[0].at == found[0].began_at:
            del found[0]
        if steps:
            found.append(Incident(tuple(steps)))
        return [
            each
            for each in found
            if since is None or each.ended_at is None or each.ended_at >= since
        ]

    @property
    def present(self) -> Incident | None:
        """The open incident, or None."""
        steps: list[Step] = []
        for step in reversed(self.steps):
            if step.status is Status.OK:
                break
            if steps and steps[-1].status is step.status:
                # it began with the earlier one
                steps.pop()
            steps.append(step)
        return Incident(tuple(reversed(steps))) if steps else None

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


def _least_needed(steps: list[Step]) -> int:
    """Return the index of the step to drop first."""
    last_ok = max(
        (index for index, step in enumerate(steps) if step.status is Status.OK),
        default=-1,
    )
    if last_ok > 0:
        # it belongs to what is over
        return 0
    first = last_ok + 1
    worst = max(range(first, len(steps)), key=lambda at: steps[at].status.severity)
    return first + 1 if worst != first + 1 else first + 2
