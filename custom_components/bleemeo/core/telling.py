"""What is to be told of an alert, and what has been: both follow from its record.

A trigger remembers only what it has told of each metric, and even that can be worked out
again, for any time, from what is known of the alert.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Protocol, Self, override

from .alert import Status
from .attention import Quiet, Reason, audible_from, audible_since, lasting
from .incident import Stay, Timeline
from .metric import Metric

OPEN = frozenset(Status) - {Status.OK}

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
        moment = audible_from(record.quiets, self.but, _later(entered_at, self.lasting))
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


@dataclass(frozen=True, slots=True)
class Told:
    """What has been told of a metric: how often, and `since` when that counts."""

    count: int = 0
    since: datetime | None = None


NOTHING = Told()
_ONCE = Told(1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a look at an alert leads to.

    `told` is what has been told until now. If there is something to tell, `tells` is what
    will have been told then. `due` is when to look again if nothing happens.
    """

    told: Told
    tells: Told | None = None
    due: datetime | None = None


class Rule(Protocol):
    """Says when something is to be told of an alert that is wanted."""

    wanted: Wanted

    def told_by(self, record: AlertRecord, until: datetime) -> Told:
        """Return what must have been told, as all was until a time."""

    def look(self, record: AlertRecord, told: Told, now: datetime) -> Outlook:
        """Return what is to be told now, or later."""

    def ends(self, told: Told) -> bool:
        """Return whether it is to be told if the alert is forgotten."""


@dataclass(frozen=True, slots=True)
class Reached(Rule):
    """Tells that an alert has entered the statuses, and been there for long enough.

    If it leaves and enters them again while it flaps, that is nothing new.
    """

    wanted: Wanted

    @override
    def told_by(self, record: AlertRecord, until: datetime) -> Told:
        return _told_by(self.wanted, self.wanted.statuses, record, until)

    @override
    def look(self, record: AlertRecord, told: Told, now: datetime) -> Outlook:
        wanted = self.wanted
        if not _is_in(record, wanted.statuses):
            return Outlook(told if _is_unsure(wanted, record) else NOTHING)
        if told.count:
            return Outlook(told)
        moment = wanted.moment_now(record)
        if moment is None or moment > now:
            return Outlook(NOTHING, due=moment)
        return Outlook(NOTHING, tells=_ONCE)

    @override
    def ends(self, told: Told) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Left(Rule):
    """Tells that an alert that was told as reached has left the statuses.

    With `until_ok`, it does so only once the alert is over.
    """

    wanted: Wanted
    until_ok: bool = False

    @override
    def told_by(self, record: AlertRecord, until: datetime) -> Told:
        return _told_by(self.wanted, self._within, record, until)

    @override
    def look(self, record: AlertRecord, told: Told, now: datetime) -> Outlook:
        if _is_in(record, self._within):
            if told.count:
                return Outlook(told)
            moment = self.wanted.moment_now(record)
            if moment is None or moment > now:
                return Outlook(NOTHING, due=moment)
            return Outlook(_ONCE)
        if not told.count or _is_unsure(self.wanted, record):
            return Outlook(told)
        return Outlook(told, tells=NOTHING)

    @override
    def ends(self, told: Told) -> bool:
        return told.count > 0

    @property
    def _within(self) -> frozenset[Status]:
        return self.wanted.statuses | OPEN if self.until_ok else self.wanted.statuses


@dataclass(frozen=True, slots=True)
class Unattended(Rule):
    """Tells that an alert has needed attention for a time, and again every so often."""

    wanted: Wanted
    every: timedelta | None = None
    at_most: int | None = None

    @override
    def told_by(self, record: AlertRecord, until: datetime) -> Told:
        since = self._since(record)
        if since is None:
            return NOTHING
        return Told(self._count(since, until), since)

    @override
    def look(self, record: AlertRecord, told: Told, now: datetime) -> Outlook:
        since = self._since(record)
        if since is None:
            return Outlook(NOTHING)
        is_new = told.since is None or since > told.since
        told = Told(0 if is_new else told.count, since)
        passed = Told(self._count(since, now), since)
        if passed.count > told.count:
            return Outlook(told, passed, self._due(passed))
        return Outlook(told, due=self._due(told))

    @override
    def ends(self, told: Told) -> bool:
        return False

    def _since(self, record: AlertRecord) -> datetime | None:
        """Return since when the alert has needed attention, or None if it does not."""
        stay = record.timeline.stay(self.wanted.statuses)
        if stay is None or stay.left_at is not None:
            return None
        return audible_since(record.quiets, self.wanted.but, stay.entered_at)

    def _count(self, since: datetime, at: datetime) -> int:
        """Return how many times it was due by a time."""
        late = at - since - self.wanted.lasting
        if late < timedelta():
            return 0
        count = 1 + late // self.every if self.every else 1
        return count if self.at_most is None else min(count, self.at_most)

    def _due(self, told: Told) -> datetime | None:
        """Return when it is due next, or None if that was the last time."""
        last = 1 if self.every is None else self.at_most
        if told.since is None or (last is not None and told.count >= last):
            return None
        first = _later(told.since, self.wanted.lasting)
        return _later(first, told.count * self.every) if self.every else first


def _told_by(
    wanted: Wanted, within: frozenset[Status], record: AlertRecord, until: datetime
) -> Told:
    """Return whether an alert was told as reached, and not yet as left.

    All was told until a time. It is left when it is outside of `within`.
    """
    told, stays = False, list(record.timeline.stays(within))
    for stay, following in zip_longest(stays, stays[1:]):
        told = told or any(
            (moment := wanted.moment(record, each)) is not None
            and wanted.is_run(record, moment, until)
            for each in record.timeline.stays(wanted.statuses)
            if stay.entered_at <= each.entered_at
            and (stay.left_at is None or each.entered_at < stay.left_at)
        )
        if not told or stay.left_at is None:
            continue
        over_from = wanted.over_from(record.quiets, stay.left_at)
        told = (
            over_from is None
            # it has come back before that was sure
            or (following is not None and following.entered_at < over_from)
            or not wanted.is_run(record, over_from, until)
        )
    return _ONCE if told else NOTHING


def _is_in(record: AlertRecord, statuses: frozenset[Status]) -> bool:
    stay = record.timeline.stay(statuses)
    return stay is not None and stay.left_at is None


def _is_unsure(wanted: Wanted, record: AlertRecord) -> bool:
    """Return whether the metric flaps, so that its leaving may not be for long."""
    return Reason.FLAPPING in lasting(record.quiets) - wanted.but


def _later(at: datetime, time: timedelta) -> datetime:
    return at + min(time, _LATEST - at)
