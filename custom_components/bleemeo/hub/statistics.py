"""The statistics of an account's deliveries, for its diagnostic sensors."""

from datetime import datetime
import logging

from ..core import Board, Judgement, Source, Verdict
from ..journal import (
    BEYOND_BOUNDS,
    REJECTED_DELIVERIES,
    UNSEEN_CHANGES,
    JournalContents,
)

_LOGGER = logging.getLogger(__name__)


class Statistics:
    """What was counted of the deliveries, and when the last one came.

    `delivery_delay` is how many seconds after Bleemeo wrote it the last alert arrived.
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.rejected_deliveries = 0
        self.beyond_bounds = 0
        self.missed_changes = 0
        self.last_alert_at: datetime | None = None
        self.delivery_delay: float | None = None

    @property
    def counts(self) -> dict[str, int]:
        """What a journal keeps, by name."""
        return {**self.refused, UNSEEN_CHANGES: self.missed_changes}

    @property
    def refused(self) -> dict[str, int]:
        """How many deliveries were not taken, by name."""
        return {
            REJECTED_DELIVERIES: self.rejected_deliveries,
            BEYOND_BOUNDS: self.beyond_bounds,
        }

    def restore(self, contents: JournalContents, board: Board) -> None:
        """Go on from what a journal kept."""
        self.rejected_deliveries = contents.counts.get(REJECTED_DELIVERIES, 0)
        self.beyond_bounds = contents.counts.get(BEYOND_BOUNDS, 0)
        self.missed_changes = contents.counts.get(UNSEEN_CHANGES, 0)
        self.last_alert_at = max(
            (
                last.received_at
                for last in map(board.last_received, board.metrics.values())
                if last.alert.source is Source.WEBHOOK
            ),
            default=None,
        )

    def forget_times(self) -> None:
        """Forget when the last alert came: it was another account's."""
        self.last_alert_at = self.delivery_delay = None

    def count(self, judgement: Judgement) -> bool:
        """Count a judged alert; return whether a count changed that nothing else tells."""
        metric = judgement.metric
        if (
            judgement.verdict is Verdict.CHANGED
            and metric.alert.source is Source.WEBHOOK
        ):
            self.last_alert_at = metric.received_at
            if metric.alert.arrived_at is None:
                sent_at = metric.alert.modified_at or metric.alert.changed_at
                delay = (metric.received_at - sent_at).total_seconds()
                self.delivery_delay = max(delay, 0.0)
        self.missed_changes = max(self.missed_changes + judgement.unseen_changes, 0)
        if judgement.unseen_change:
            _LOGGER.info(
                "Bleemeo saw a change of %s on %s that never arrived here",
                metric.name,
                metric.agent.name,
            )
        return bool(judgement.unseen_changes) and not judgement.unseen_change
