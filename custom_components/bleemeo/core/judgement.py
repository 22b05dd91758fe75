"""What an alert turned out to be when it was judged, and what it changed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .alert import Alert, Source, Status
from .metric import Acknowledgement, Metric


class Verdict(StrEnum):
    """What an alert turned out to be; also the webhook's answer."""

    CHANGED = "changed"
    REPEAT = "repeat"
    LATE = "late"
    BEYOND_BOUNDS = "beyond_bounds"


class Change(StrEnum):
    """What a new alert did to its metric's status."""

    RAISED = "raised"
    WORSENED = "worsened"
    EASED = "eased"
    CLEARED = "cleared"
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    FORGOTTEN = "forgotten"

    @classmethod
    def between(
        cls, previous: Status | None, status: Status, seen: Status | None = None
    ) -> Change:
        """Name the step from the previous status (None: never heard of) to the new one.

        `seen` is the last status of the incident that was not unknown, if there is one:
        to be unknown neither eases nor ends anything.
        """
        if status is previous:
            return cls.REPEATED
        if status is Status.OK:
            return cls.CLEARED
        if previous is None or previous is Status.OK:
            return cls.RAISED
        if status is Status.UNKNOWN:
            return cls.UNKNOWN
        before = (seen or previous).severity
        if status.severity == before:
            return cls.REPEATED
        return cls.WORSENED if status.severity > before else cls.EASED


@dataclass(frozen=True, slots=True)
class Received:
    """An alert, and when it arrived."""

    alert: Alert
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of judging an alert.

    `change` is set if the alert changed the board, which is then announced. `refreshed`
    is set if the metric shows something new: after a repeat it can, if Bleemeo has
    modified the event. `is_to_keep` is set if the metric has something new that must
    outlive a restart: a late alert can name a host that newer ones do not.
    `unseen_changes` is how many more changes than before Bleemeo saw and never arrived
    here; it is negative if this is one of them. `has_settled` is set if the metric was
    flapping before, and no longer is. `at` is when the status changed, as far as that can
    be true. `ended` is the acknowledgement that this ended, which a late alert can do too.
    `quieted` has the other metrics of the agent that this keeps quiet, or no longer does.
    """

    verdict: Verdict
    metric: Metric
    change: Change | None = None
    previous_status: Status | None = None
    refreshed: bool = False
    is_to_keep: bool = False
    unseen_changes: int = 0
    has_settled: bool = False
    is_new_metric: bool = False
    is_new_agent: bool = False
    at: datetime | None = None
    ended: Acknowledgement | None = None
    quieted: tuple[Metric, ...] = ()

    @property
    def unseen_change(self) -> bool:
        """Whether Bleemeo saw a change before this one that never arrived here."""
        return self.change is not None and self.unseen_changes > 0

    def contradicts(self, alert: Alert) -> bool:
        """Return whether the judged alert is late and disagrees with what the API said.

        It can still be right: its times can come from another clock.
        """
        shown = self.metric.alert
        return (
            self.verdict is Verdict.LATE
            and shown.source is Source.API
            and shown.status is not alert.status
        )
