"""Which alerts are to be told, and from which moment on: that follows from their record."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from .alert import Status
from .attention import Quiet, Reason, audible_from, lasting
from .incident import Stay, Timeline
from .metric import Metric

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """What is known of a metric's alert: its statuses, and when it was kept quiet.

    `received_at` is when its last change arrived.
    """

    timeline: Timeline
    quiets: tuple[Quiet, ...]
    received_at: datetime

    @classmethod
    def of(cls, metric: Metric) -> Self:
        """Return the record of a metric as it is now."""
        return cls(metric.timeline, metric.quiets, metric.received_at)

    def before(self, at: datetime) -> Self:
        """Return this without the changes from a time on."""
        timeline, received_at = self.timeline.before(at), self.received_at
        if timeline.steps and timeline.steps[-1] != self.timeline.steps[-1]:
            # when an earlier change arrived is not known
            received_at = min(received_at, timeline.steps[-1].at)
        return replace(self, timeline=timeline, received_at=received_at)

    def through(self, at: datetime) -> Self:
        """Return this as it was at a time."""
        quiets = tuple(
            replace(quiet, until=None) if quiet.until and quiet.until > at else quiet
            for quiet in self.quiets
            if quiet.since <= at
        )
        return replace(self, timeline=self.timeline.through(at), quiets=quiets)


@dataclass(frozen=True, slots=True)
class LastRun:
    """Until when all was told by a run, and whether what waits since waits for longer.

    It does if it was found again, and has begun to wait anew.
    """

    until: datetime
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts are to be told, and when.

    That is once one has been in the `statuses` for `lasting`. What a reason in `but`
    keeps quiet is told all the same. `together` is how long it may wait for others.
    """

    statuses: frozenset[Status]
    lasting: timedelta = timedelta()
    but: frozenset[Reason] = frozenset()
    together: timedelta = timedelta()

    def is_quiet(self, record: AlertRecord) -> bool:
        """Return whether something keeps the alert quiet now."""
        return not lasting(record.quiets) <= self.but

    def moment(self, record: AlertRecord, stay: Stay) -> datetime | None:
        """Return when a stay in the statuses is, or was, to be told; None if never."""
        # a clock that is ahead must not delay it
        entered_at = min(stay.entered_at, record.received_at)
        moment = audible_from(record.quiets, self.but, later(entered_at, self.lasting))
        if moment is None or (stay.left_at is not None and moment >= stay.left_at):
            return None
        return moment

    def moment_now(self, record: AlertRecord) -> datetime | None:
        """Return when the present stay is to be told, or None while that is not sure."""
        stay = record.timeline.stay(self.statuses)
        if stay is None or stay.left_at is not None or self.is_quiet(record):
            return None
        return self.moment(record, stay)

    def holds(self, record: AlertRecord, now: datetime) -> bool:
        """Return whether it is in the statuses, for long enough and not kept quiet."""
        moment = self.moment_now(record)
        return moment is not None and moment <= now

    def told_until(self, at: datetime, run: LastRun | None = None) -> datetime:
        """Return until when what was to be told was told by a time.

        The last run that is known told all until then; any later one had its time.
        """
        until = at - self.together
        if run is None:
            return until
        ran_until = min(run.until, at)
        return ran_until if run.is_late else max(until, ran_until)

    def is_run(self, record: AlertRecord, moment: datetime, until: datetime) -> bool:
        """Return whether what was to be told at a moment was told, as all was until then."""
        if self.together and record.timeline.steps[-1].at <= moment:
            # only of the last change it is known when it arrived
            moment = max(moment, record.received_at)
        return moment <= until

    def over_from(
        self, quiets: tuple[Quiet, ...], left_at: datetime
    ) -> datetime | None:
        """Return from when on it is sure that a stay is over, or None if it is not yet.

        While a metric flaps, it is not.
        """
        return audible_from(quiets, self.but | set(Reason) - {Reason.FLAPPING}, left_at)


def later(at: datetime, time: timedelta) -> datetime:
    """Return a time after another, as far as there are times."""
    return at + min(time, _LATEST - at)
