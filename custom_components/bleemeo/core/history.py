"""A metric's last changes: whether it is flapping, and which changes were never seen.

All times are those that Bleemeo gave, by the agent's clock, so that they can be compared
with `previous_status_changed_at` however wrong that clock is.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from .alert import MAX_CLOCK_LEAD, Alert

_HOUR = timedelta(hours=1)
# Bleemeo gives the same time with and without fractions of a second
_SAME = timedelta(seconds=1)
# a change that is taken back within it is never sent (glouton, event_grace_period)
_GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class History:
    """The last changes of a metric, newest first, and the gaps between them.

    A gap lies between a change that Bleemeo calls the previous one and the change that
    came with it. It is kept until a change within it arrives. `is_flapping` is what
    entities and automations were last told.
    """

    changes: tuple[datetime, ...] = ()
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    is_flapping: bool = False

    def add(self, alert: Alert, limit: int) -> tuple[Self, int]:
        """Return this with an alert's change, and how many more changes are unseen.

        The number is negative if the alert explains gaps. At most `limit` changes and
        gaps are kept.
        """
        told, previous = alert.told_at, alert.previous_status_changed_at
        found = {*self.changes, told}
        gaps = set(self.gaps)
        if previous is not None and told - previous >= _GRACE:
            gaps.add((previous, told))
        changes = sorted(found, reverse=True)
        kept = sorted((gap for gap in gaps if not _is_seen(gap, changes)), reverse=True)
        unseen = _count_unseen(kept, changes) - _count_unseen(self.gaps, self.changes)
        if len(changes) > limit:
            changes = changes[:limit]
            # what is older is counted for good
            kept = [gap for gap in kept if gap[0] - changes[-1] > _SAME]
        return type(self)(tuple(changes), tuple(kept[:limit]), self.is_flapping), unseen

    def until(self, told: datetime) -> Self:
        """Return this without what is dated later than a time."""
        return replace(
            self,
            changes=tuple(change for change in self.changes if change <= told),
            gaps=tuple(gap for gap in self.gaps if gap[1] <= told),
        )

    def follow(
        self, alert: Alert, last: Alert, threshold: int, now: datetime
    ) -> tuple[Self, int]:
        """Return this with an alert's change, and how many more changes are unseen.

        It is flapping if it is so at the metric's `last` alert.
        """
        history, unseen = self.add(alert, threshold)
        is_flapping = history.flapping_until(last, threshold, now) is not None
        return replace(history, is_flapping=is_flapping), unseen

    def flapping_until(
        self, last: Alert, threshold: int, now: datetime
    ) -> datetime | None:
        """Return when fewer than `threshold` changes will lie within the last hour.

        Return None if that is so already, or if the changes are dated to the future. Of
        the changes that only Bleemeo counted, it is merely known that they are not newer
        than the metric's `last` alert.
        """
        told = last.told_at
        # what is dated later than the last alert is from a clock that was ahead
        times = [change for change in self.changes if change <= told]
        within = sum(told - change < _HOUR for change in times)
        unknown = (last.changes_last_hour or 0) - within
        times = [told] * unknown + times
        if len(times) < threshold:
            return None
        # the agent's clock may be ahead or behind
        age = (now - times[threshold - 1]) - (last.changed_at - told)
        return now + (_HOUR - age) if -MAX_CLOCK_LEAD <= age < _HOUR else None


NO_HISTORY = History()


def _is_seen(gap: tuple[datetime, datetime], changes: list[datetime]) -> bool:
    """Return whether a change within the gap has arrived."""
    previous, told = gap
    return any(change < told and previous - change <= _SAME for change in changes)


def _count_unseen(
    gaps: list[tuple[datetime, datetime]] | tuple[tuple[datetime, datetime], ...],
    changes: list[datetime] | tuple[datetime, ...],
) -> int:
    """Count the gaps after the first change; what was before it is nobody's loss."""
    return sum(previous - changes[-1] > _SAME for previous, _ in gaps) if changes else 0
