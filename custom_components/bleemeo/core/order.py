"""Which of a metric's alerts is the newest, and when its status changed."""

from dataclasses import replace
from datetime import datetime

from .alert import MAX_CLOCK_LEAD, Alert
from .metric import Metric


def true_time(alert: Alert, received_at: datetime) -> datetime:
    """Return when the status changed; a date in the future is the time of arrival."""
    latest = received_at + MAX_CLOCK_LEAD
    return alert.changed_at if alert.changed_at <= latest else received_at


def is_same_change(alert: Alert, last: Alert) -> bool:
    """Return whether both are one change of one event, which was modified since."""
    if alert.event_id is None and alert.arrived_at is not None:
        # nothing in it tells it from another delivery of the same event
        return replace(alert, arrived_at=last.arrived_at) == last
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
