"""Which of a metric's alerts is the newest, and when its status changed."""

from dataclasses import dataclass, replace
from datetime import datetime

from .alert import MAX_CLOCK_LEAD, Alert, Source
from .metric import Metric
from .words import tells_of


@dataclass(frozen=True, slots=True)
class Rank:
    """What an alert is among those of its metric.

    The newest is what the metric shows from then on. A repeat tells of a change that was
    told before; `is_undated` is set if it has no time of its own, and `is_found` if the
    API found that change and no alert has told it yet. `is_end` is set for the real alert
    that a test stood in front of.
    """

    is_newest: bool = True
    is_repeat: bool = False
    is_undated: bool = False
    is_found: bool = False
    is_end: bool = False


FIRST = Rank()


def rank(
    alert: Alert,
    metric: Metric,
    tested: Alert | None,
    at: datetime,
    received_at: datetime,
) -> Rank:
    """Return what an alert is that arrived now; a test stands in front of `tested`.

    `at` is when it says that the status changed, as far as that can be true.
    """
    last = metric.alert
    if tells_of(alert, metric, at):
        return Rank(is_repeat=True, is_found=True)
    if last.source is Source.TEST and tested == alert:
        return Rank(is_repeat=alert.status is last.status, is_end=True)
    is_repeat = alert.order == last.order or is_same_change(alert, last)
    return Rank(
        is_newest=is_newer(alert, metric, received_at),
        is_repeat=is_repeat,
        is_undated=is_repeat and alert.arrived_at is not None,
    )


def true_time(alert: Alert, received_at: datetime) -> datetime:
    """Return when the status changed; a date in the future is the time of arrival.

    A test has the time at which it is the newest.
    """
    if alert.source is Source.TEST:
        return alert.changed_at
    latest = received_at + MAX_CLOCK_LEAD
    return alert.changed_at if alert.changed_at <= latest else received_at


def is_same_change(alert: Alert, last: Alert) -> bool:
    """Return whether both are one change of one event, which was modified since."""
    if alert.arrived_at is not None and last.arrived_at is not None:
        # without a time, nothing in it tells it from another delivery of the same event
        alert = replace(alert, arrived_at=last.arrived_at)
        if alert == last:
            return True
    return (
        alert.event_id is not None
        and alert.event_id == last.event_id
        and alert.told_at == last.told_at
        and alert.status is last.status
    )


def is_newer(alert: Alert, metric: Metric, received_at: datetime) -> bool:
    """Return whether an alert that arrived now is newer than the metric's last one.

    Their own times decide if they can be true. Of two alerts of which one is dated to
    the future, that one counts from its arrival. If both are, it is the clock here that
    is behind.
    """
    last, latest = metric.alert, received_at + MAX_CLOCK_LEAD
    is_ahead, was_ahead = alert.changed_at > latest, last.changed_at > latest
    if is_ahead is was_ahead:
        return alert.order > last.order
    if is_ahead:
        # delivered again, it is not new
        return alert.told_at not in metric.history.changes
    # the clock here may have been ahead when the last one arrived
    return metric.received_at > latest or alert.changed_at > metric.received_at
