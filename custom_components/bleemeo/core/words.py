"""The words of an alert about a change that the API had found before it came."""

from dataclasses import replace
from datetime import datetime

from .alert import MAX_CLOCK_LEAD, Alert, Source
from .incident import Step
from .metric import Metric, told_at
from .naming import MetricName
from .title import Title


def tells_of(alert: Alert, metric: Metric, at: datetime) -> bool:
    """Return whether an alert is the one of a change that the API found before it came.

    `at` is when the alert says that it was.
    """
    last, before = metric.alert, metric.timeline.steps[:-1]
    return (
        last.source is Source.API
        and last.event_id is None
        and alert.source is Source.WEBHOOK
        and alert.status is last.status
        # a later one is about another change
        and alert.changed_at <= last.changed_at + MAX_CLOCK_LEAD
        # and so is one that is older than the change before
        and (not before or before[-1].at < at)
    )


def take_words(
    metric: Metric, alert: Alert, title: Title, at: datetime, latest: datetime
) -> Alert:
    """Let an alert tell of the change instead; return what is to be shown of both."""
    last, history, timeline = metric.alert, metric.history, metric.timeline
    if metric.naming.title is metric.title:
        # the title was made here, and its time is later than any that was told
        metric.naming = MetricName(title, told_at(alert, latest))
    # both are one change
    changes = tuple(each for each in history.changes if each != last.told_at)
    metric.history = replace(history, changes=changes)
    if timeline.steps and at < timeline.steps[-1].at:
        earlier = replace(timeline, steps=timeline.steps[:-1])
        metric.timeline = earlier.add(Step.of(alert, at), is_last=True)
    return alert if alert.order > last.order else last.with_words_of(alert)
