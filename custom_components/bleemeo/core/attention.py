"""Why nobody is to be told of an open alert, and since when.

An alert needs attention if it is open and nothing keeps it quiet. That is asked in one
place, by every count, trigger and card.
"""

from collections.abc import Collection, Iterable, Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

MAX_QUIETS = 32


class Reason(StrEnum):
    """What keeps an open alert quiet."""

    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    DEPENDENT = "dependent"
    FLAPPING = "flapping"


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time that an alert was kept quiet for a reason; `until` is None while it is."""

    reason: Reason
    since: datetime
    until: datetime | None = None


def note(
    quiets: tuple[Quiet, ...],
    reasons: AbstractSet[Reason],
    since: datetime,
    until: datetime | None = None,
) -> tuple[Quiet, ...]:
    """Return the times with what holds now: exactly these reasons.

    Those that are new hold `since` then; those that are gone held `until` then, or until
    the same time. Of those that are over, the last are kept, so that there are at most
    `MAX_QUIETS`.
    """
    if not quiets and not reasons:
        return quiets
    before = lasting(quiets)
    if before == reasons:
        return quiets
    noted, until = list[Quiet](), until or since
    for quiet in quiets:
        if quiet.until is not None or quiet.reason in reasons:
            noted.append(quiet)
        elif quiet.since < until:
            # one that ends before it began never was
            noted.append(replace(quiet, until=until))
    noted += [Quiet(reason, since) for reason in Reason if reason in reasons - before]
    while len(noted) > MAX_QUIETS:
        over = [(quiet.until, i) for i, quiet in enumerate(noted) if quiet.until]
        del noted[min(over)[1]]
    return tuple(noted)


def lasting(quiets: Iterable[Quiet]) -> frozenset[Reason]:
    """Return the reasons that hold now."""
    return frozenset(quiet.reason for quiet in quiets if quiet.until is None)


def audible_from(
    quiets: Iterable[Quiet], but: Collection[Reason], due: datetime
) -> datetime | None:
    """Return the first moment from `due` on at which an alert was not kept quiet.

    The reasons in `but` keep nothing quiet. Return None if it is quiet until now.
    """
    moment = due
    for quiet in sorted(quiets, key=lambda each: each.since):
        if quiet.reason in but or quiet.since > moment:
            continue
        if quiet.until is None:
            return None
        moment = max(moment, quiet.until)
    return moment


def audible_since(
    quiets: Iterable[Quiet], but: Collection[Reason], entered_at: datetime
) -> datetime | None:
    """Return since when an alert, open since `entered_at`, has not been kept quiet.

    The reasons in `but` keep nothing quiet. Return None if it is quiet now.
    """
    since = entered_at
    for quiet in quiets:
        if quiet.reason in but:
            continue
        if quiet.until is None:
            return None
        since = max(since, quiet.until)
    return since
