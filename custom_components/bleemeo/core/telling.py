"""What is to be told of an alert, and what has been: both follow from its record.

A trigger remembers only what it has told of each metric, and even that can be worked out
again, for any time, from what is known of the alert.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Protocol, override

from .alert import Status
from .attention import Reason, audible_since, lasting
from .wanted import AlertRecord, Wanted, later

OPEN = frozenset(Status) - {Status.OK}


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
    """Tells that an alert has needed attention for a time, and again every so often.

    With `again`, it does so a second time once that has passed altogether.
    """

    wanted: Wanted
    every: timedelta | None = None
    at_most: int | None = None
    again: timedelta | None = None

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

    @property
    def _first(self) -> list[timedelta]:
        """The times after which it is told, but for those that follow every so often."""
        times = {self.wanted.lasting} | ({self.again} if self.again else set())
        return sorted(times)

    def _count(self, since: datetime, at: datetime) -> int:
        """Return how many times it was due by a time."""
        passed, first = at - since, self._first
        count = sum(time <= passed for time in first)
        if self.every and count == len(first):
            count += (passed - first[-1]) // self.every
        return count if self.at_most is None else min(count, self.at_most)

    def _due(self, told: Told) -> datetime | None:
        """Return when it is due next, or None if that was the last time."""
        count, first = told.count, self._first
        if told.since is None or (self.at_most is not None and count >= self.at_most):
            return None
        if count < len(first):
            return later(told.since, first[count])
        if self.every is None:
            return None
        last = later(told.since, first[-1])
        return later(last, (count - len(first) + 1) * self.every)


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
