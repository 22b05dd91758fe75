"""The open alerts that a person has seen, and what ends that."""

from dataclasses import replace
from datetime import datetime

from .alert import MetricKey, Status
from .incident import Timeline
from .judgement import Change
from .metric import Acknowledgement, AcknowledgementEnd, Metric

MAX_PAST_ACKNOWLEDGEMENTS = 10

_ENDS = {
    Change.CLEARED: AcknowledgementEnd.CLEARED,
    Change.WORSENED: AcknowledgementEnd.WORSENED,
}


class Seen:
    """Begins and ends acknowledgements; `metrics` has those that are acknowledged."""

    def __init__(self) -> None:
        """Start with none."""
        self.metrics: dict[MetricKey, Metric] = {}

    def begin(self, metric: Metric, acknowledgement: Acknowledgement) -> bool:
        """Acknowledge an open alert; return whether that changed anything."""
        if metric.acknowledgement == acknowledgement or not metric.is_open:
            return False
        metric.acknowledgement = acknowledgement
        self.metrics[metric.alert.key] = metric
        return True

    def end(
        self, metric: Metric, end: AcknowledgementEnd, at: datetime
    ) -> Acknowledgement | None:
        """End the acknowledgement of an alert, and return it as it is over, or None."""
        if (lasting := metric.acknowledgement) is None:
            return None
        ended = replace(lasting, ended_at=max(at, lasting.at), end=end)
        metric.acknowledgement = None
        del self.metrics[metric.alert.key]
        past = *metric.past_acknowledgements, ended
        metric.past_acknowledgements = past[-MAX_PAST_ACKNOWLEDGEMENTS:]
        return ended

    def follow(
        self, metric: Metric, change: Change, at: datetime
    ) -> Acknowledgement | None:
        """Follow a change of a metric; return the acknowledgement that it ended."""
        end = _ENDS.get(change)
        return self.end(metric, end, at) if end is not None else None

    def follow_late(self, metric: Metric, before: Timeline) -> Acknowledgement | None:
        """Follow a change that arrived late; return the acknowledgement that it ended.

        It does so if it had done so in time.
        """
        if (seen := metric.acknowledgement) is None or metric.timeline is before:
            return None
        if _first_end(before, seen.at) is not None:
            # dated by a clock that was ahead, it was seen nevertheless
            return None
        found = _first_end(metric.timeline, seen.at)
        return self.end(metric, *found) if found is not None else None


def _first_end(
    timeline: Timeline, since: datetime
) -> tuple[AcknowledgementEnd, datetime] | None:
    """Return what ends an acknowledgement that was given at a time, and when, or None."""
    previous: Status | None = None
    seen: Status | None = None
    for step in timeline.steps:
        end = _ENDS.get(Change.between(previous, step.status, seen))
        if end is not None and step.at > since:
            return end, step.at
        previous = step.status
        if previous is Status.OK:
            seen = None
        elif previous is not Status.UNKNOWN:
            seen = previous
    return None
