"""Acknowledging: a person has seen an open alert, until it clears, worsens or time is up."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from homeassistant.core import CALLBACK_TYPE, Context
from homeassistant.helpers.event import async_track_point_in_utc_time

from .alert import Acknowledgement, MetricKey
from .board import Metric
from .journal import JournalError
from .keeper import standing_of

if TYPE_CHECKING:
    from .hub import BleemeoHub


class Acknowledging:
    """Has the board, the journal and the entities of a hub agree on what is seen."""

    def __init__(self, hub: BleemeoHub) -> None:
        """Start with nothing acknowledged."""
        self._hub = hub
        self._cancel_end: CALLBACK_TYPE | None = None

    def restore(self, acknowledgements: Mapping[MetricKey, Acknowledgement]) -> None:
        """Take over what a journal keeps; what ended meanwhile ends now."""
        board = self._hub.board
        for key, acknowledgement in acknowledgements.items():
            board.acknowledge(board.metrics[key], acknowledgement)
        self._await_end()

    async def async_acknowledge(
        self, metrics: Iterable[Metric], acknowledgement: Acknowledgement | None
    ) -> None:
        """Acknowledge those of the metrics that are open; with None, take that back.

        Raises:
            JournalError: it is shown, but could not be kept.
        """
        hub, context = self._hub, Context()
        changed = [
            metric
            for metric in metrics
            if hub.board.acknowledge(metric, acknowledgement)
        ]
        self._await_end()
        for metric in changed:
            hub.telling.tell(metric.uid, context)
        hub.telling.tell(hub.uid, context)
        await hub.keeper.async_keep(*(standing_of(metric) for metric in changed))

    def close(self) -> None:
        """Wait no longer for any time to be up."""
        if self._cancel_end is not None:
            self._cancel_end()
            self._cancel_end = None

    def _await_end(self) -> None:
        """Wait for the first acknowledgement that ends by its time, if there is one."""
        self.close()
        if ends := [until for until, _ in self._ends()]:
            self._cancel_end = async_track_point_in_utc_time(
                self._hub.hass, self._async_end, min(ends)
            )

    def _ends(self) -> list[tuple[datetime, Metric]]:
        return [
            (metric.acknowledgement.until, metric)
            for metric in self._hub.board.acknowledged.values()
            if metric.acknowledgement and metric.acknowledgement.until
        ]

    async def _async_end(self, now: datetime) -> None:
        """End the acknowledgements whose time is up."""
        self._cancel_end = None
        over = [metric for until, metric in self._ends() if until <= now]
        # the keeper tells of trouble
        with suppress(JournalError):
            await self.async_acknowledge(over, None)
