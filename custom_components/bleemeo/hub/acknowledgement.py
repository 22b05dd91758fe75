"""Acknowledgements: a person has seen an open alert, until it changes or time is up."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime

from homeassistant.core import HomeAssistant

from ..core import Acknowledgement, Board, Metric, MetricKey
from ..journal import JournalError
from .due import DueTimer
from .store import AlertStore, metric_record


class Acknowledger:
    """Acknowledges open alerts on the board, in the journal and in the entities."""

    def __init__(
        self,
        hass: HomeAssistant,
        board: Board,
        store: AlertStore,
        tell: Callable[[Iterable[Metric]], None],
    ) -> None:
        """Start with nothing acknowledged.

        `tell` makes the entities of metrics and of the account read them again.
        """
        self._board = board
        self._store = store
        self._tell = tell
        self._expiry = DueTimer(hass, self._async_expire)

    def restore(self, acknowledgements: Mapping[MetricKey, Acknowledgement]) -> None:
        """Restore what the journal kept; end what expired meanwhile."""
        for key, acknowledgement in acknowledgements.items():
            self._board.acknowledge(self._board.metrics[key], acknowledgement)
        self._start_expiry_timer()

    async def async_acknowledge(
        self, metrics: Iterable[Metric], acknowledgement: Acknowledgement | None
    ) -> None:
        """Acknowledge the open alerts of the metrics; with None, take that back.

        Raises:
            JournalError: it is shown, but could not be kept.
        """
        changed = [
            metric
            for metric in metrics
            if self._board.acknowledge(metric, acknowledgement)
        ]
        self._start_expiry_timer()
        self._tell(changed)
        await self._store.async_keep(*map(metric_record, changed))

    def close(self) -> None:
        """Stop the expiry timer."""
        self._expiry.set(None)

    def _start_expiry_timer(self) -> None:
        """Wait for the acknowledgement that expires first, if any does."""
        self._expiry.set(min((until for until, _ in self._expiring()), default=None))

    def _expiring(self) -> list[tuple[datetime, Metric]]:
        return [
            (metric.acknowledgement.until, metric)
            for metric in self._board.acknowledged.values()
            if metric.acknowledgement and metric.acknowledgement.until
        ]

    async def _async_expire(self, now: datetime) -> None:
        expired = [metric for until, metric in self._expiring() if until <= now]
        # the store reports it
        with suppress(JournalError):
            await self.async_acknowledge(expired, None)
