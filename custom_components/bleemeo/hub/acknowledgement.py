"""Acknowledgements: a person has seen an open alert, until it changes or time is up."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback

from ..const import EVENT_ACKNOWLEDGEMENT
from ..core import Acknowledgement, AcknowledgementEnd, Board, Metric
from ..journal import JournalError
from .announcer import Along, caused_by
from .due import StartedTimer
from .event_data import alert_data
from .store import AlertStore, metric_record

ACKNOWLEDGED = "acknowledged"
ENDED = "ended"


class Acknowledger:
    """Acknowledges open alerts on the board, in the journal and in the entities."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        store: AlertStore,
        tell: Callable[[Iterable[Metric], Context, Along], None],
        now: Callable[[], datetime],
    ) -> None:
        """Start with nothing acknowledged.

        `tell` lets all who follow metrics know that what keeps them quiet is another, and
        calls back with each of them.
        """
        self._hass = hass
        self._entry = entry
        self._board = board
        self._store = store
        self._tell = tell
        self._now = now
        self._expiry = StartedTimer(hass, self._async_expire)

    @callback
    def async_start(self) -> None:
        """Once Home Assistant has started, end what is over, and then when it is."""
        self._set_timer()
        self._expiry.async_start()

    async def async_acknowledge(
        self,
        metrics: Iterable[Metric],
        acknowledgement: Acknowledgement,
        context: Context | None = None,
    ) -> list[Metric]:
        """Acknowledge the open alerts of the metrics, and return those that were open.

        Raises:
            JournalError: it is shown, but could not be kept.
        """
        changed = [
            metric
            for metric in metrics
            if self._board.acknowledge(metric, acknowledgement)
        ]
        context = context or Context()
        self._set_timer()
        self._tell(changed, context, partial(self._fire, ACKNOWLEDGED, acknowledgement))
        await self._store.async_keep(*map(metric_record, changed))
        return changed

    async def async_end(
        self, metrics: Iterable[Metric], context: Context | None = None
    ) -> list[Metric]:
        """Take acknowledgements back, and return the metrics that had one.

        Raises:
            JournalError: it is shown, but could not be kept.
        """
        now = self._now()
        ends = [(metric, now) for metric in metrics if metric.is_acknowledged]
        return await self._async_end(
            ends, AcknowledgementEnd.BY_HAND, context or Context()
        )

    @callback
    def tell_end(
        self, metric: Metric, ended: Acknowledgement, context: Context
    ) -> None:
        """Tell that an alert's change has ended its acknowledgement."""
        self._fire(ENDED, ended, metric, caused_by(context))

    def close(self) -> None:
        """Stop the expiry timer; what ends meanwhile is told after the next start."""
        self._expiry.close()

    def _set_timer(self) -> None:
        """Wait for the acknowledgement that expires first, if any does."""
        self._expiry.set(min((until for until, _ in self._expiring()), default=None))

    def _expiring(self) -> list[tuple[datetime, Metric]]:
        return [
            (metric.acknowledgement.until, metric)
            for metric in self._board.acknowledged.values()
            if metric.acknowledgement and metric.acknowledgement.until
        ]

    async def _async_expire(self, now: datetime) -> None:
        expired = [
            (metric, until) for until, metric in self._expiring() if until <= now
        ]
        # the store reports it
        with suppress(JournalError):
            await self._async_end(expired, AcknowledgementEnd.EXPIRED, Context())

    async def _async_end(
        self,
        ends: list[tuple[Metric, datetime]],
        end: AcknowledgementEnd,
        context: Context,
    ) -> list[Metric]:
        """End acknowledgements, each at its time."""
        now = self._now()
        metrics: list[Metric] = []
        over: dict[str, Acknowledgement] = {}
        for metric, at in ends:
            if ended := self._board.end_acknowledgement(metric, end, at, now):
                metrics.append(metric)
                over[metric.uid] = ended
        self._set_timer()
        self._tell(
            metrics,
            context,
            lambda metric, context: self._fire(
                ENDED, over[metric.uid], metric, context
            ),
        )
        await self._store.async_keep(*map(metric_record, metrics))
        return metrics

    def _fire(
        self, change: str, about: Acknowledgement, metric: Metric, context: Context
    ) -> None:
        data = {
            **alert_data(self._hass, self._entry, metric),
            "change": change,
            **acknowledgement_data(about),
        }
        self._hass.bus.async_fire(EVENT_ACKNOWLEDGEMENT, data, context=context)


def acknowledgement_data(about: Acknowledgement) -> dict[str, Any]:
    """Return who has seen an alert, until when, and what has ended that, if it has."""
    return {
        "acknowledged_at": about.at.isoformat(),
        "until": about.until.isoformat() if about.until else None,
        "comment": about.comment,
        "user_id": about.user_id,
        "by": about.by,
        "end": about.end.value if about.end else None,
    }
