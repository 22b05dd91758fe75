"""Expiry: what has been OK and silent for long goes by itself, until its next alert."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..const import CONF_EXPIRE_DAYS, DEFAULT_EXPIRE_DAYS
from ..core import Board, Metric
from ..journal import JournalError

_LOGGER = logging.getLogger(__name__)

INTERVAL = timedelta(hours=1)


class Expiry:
    """Forgets metrics that nothing was heard of for some days, and that are OK.

    Those of agents that Bleemeo's API lists stay: they are well, and not gone. So does
    what is silenced: a person expects to hear of it.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        now: Callable[[], datetime],
        forget: Callable[[Iterable[Metric]], Awaitable[None]],
    ) -> None:
        """Prepare for an entry; `now` returns the time as far as it is certain."""
        self._hass = hass
        self._title = entry.title
        self._days: int = entry.options.get(CONF_EXPIRE_DAYS, DEFAULT_EXPIRE_DAYS)
        self._board = board
        self._now = now
        self._forget = forget
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Look every hour, unless nothing is to expire."""
        if self._days:
            self._cancel = async_track_time_interval(
                self._hass, self._async_expire, INTERVAL, cancel_on_shutdown=True
            )

    @callback
    def close(self) -> None:
        """Look no more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    async def _async_expire(self, _: datetime) -> None:
        now = self._now()
        oldest = now - timedelta(days=self._days)
        expired = [
            metric
            for metric in self._board.metrics.values()
            if not metric.is_open
            and metric.agent.real_name is None
            and _heard_at(metric, now) < oldest
            and not self._board.silences_of(metric, now)
        ]
        if expired:
            _LOGGER.info(
                "%s metrics of %s were OK and silent for %s days; they go until their "
                "next alert",
                len(expired),
                self._title,
                self._days,
            )
            # the store reports it
            with suppress(JournalError):
                await self._forget(expired)


def _heard_at(metric: Metric, now: datetime) -> datetime:
    """Return when a metric was heard of; the clock may have been behind then."""
    changed_at = metric.alert.changed_at
    return max(metric.received_at, min(changed_at, now))
