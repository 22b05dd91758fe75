"""The end of flapping: it is told an hour after the changes that made it so."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from heapq import heappop, heappush

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback

from ..const import EVENT_FLAPPING_ENDED
from ..core import Board, History, Metric, MetricKey
from ..journal import JournalError
from .announcer import Announcer
from .due import StartedTimer
from .event_data import alert_data
from .store import AlertStore, metric_record


class FlappingWatch:
    """Waits for the metric whose flapping ends first, and tells that it has."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        store: AlertStore,
        announcer: Announcer,
        now: Callable[[], datetime],
    ) -> None:
        """Start with no metric flapping."""
        self._hass = hass
        self._entry = entry
        self._board = board
        self._store = store
        self._announcer = announcer
        self._now = now
        self._timer = StartedTimer(hass, self._async_end)
        # by when each was to end when it was put here; what was put anew is passed over
        self._ends: list[tuple[datetime, str]] = []
        self._waiting: dict[str, tuple[datetime, MetricKey]] = {}

    def restore(self, histories: Mapping[MetricKey, History]) -> None:
        """Restore what was told before a restart; once started, tell what ended since."""
        now = self._now()
        for key, metric in self._board.metrics.items():
            kept = histories.get(key)
            # by another threshold, it may have been so at its last alert
            is_flapping = all(
                self._board.flapping_until(metric, at) is not None
                for at in (metric.received_at, now)
            )
            metric.history = replace(
                metric.history,
                is_flapping=is_flapping or (kept is not None and kept.is_flapping),
            )
            self.follow(metric, now)
        self._timer.async_start()

    @callback
    def follow(self, metric: Metric, now: datetime) -> None:
        """Wait until a metric is no longer flapping, if it is."""
        if not self._board.is_flapping(metric):
            return
        until = self._board.flapping_until(metric, now) or now
        waiting = self._waiting.get(metric.uid)
        if waiting is not None and waiting[0] <= until:
            # if it is prolonged, that shows then
            return
        self._waiting[metric.uid] = until, metric.alert.key
        heappush(self._ends, (until, metric.uid))
        self._set_timer()

    @callback
    def tell(self, metrics: Iterable[Metric]) -> None:
        """Tell entities and automations that metrics are no longer flapping."""
        # the changes before it come first
        self._announcer.async_announce_pending()
        self._announcer.tell_quiet(
            ((metric, Context()) for metric in metrics), self._fire
        )

    def _fire(self, metric: Metric, context: Context) -> None:
        data = alert_data(self._hass, self._entry, metric)
        self._hass.bus.async_fire(EVENT_FLAPPING_ENDED, data, context=context)

    def close(self) -> None:
        """Stop waiting; what ends meanwhile is told after the next start."""
        self._timer.close()

    def _set_timer(self) -> None:
        self._timer.set(self._ends[0][0] if self._ends else None)

    async def _async_end(self, _: datetime) -> None:
        """Tell what has ended, and wait for what has been prolonged."""
        now = self._now()
        ended: list[Metric] = []
        while self._ends and self._ends[0][0] <= now:
            until, uid = heappop(self._ends)
            waiting = self._waiting.get(uid)
            if waiting is None or waiting[0] != until:
                continue
            del self._waiting[uid]
            metric = self._board.metrics.get(waiting[1])
            if metric is None or not self._board.is_flapping(metric):
                # it was forgotten, or an alert has ended it
                continue
            if self._board.flapping_until(metric, now) is not None:
                self.follow(metric, now)
                continue
            self._board.settle(metric, now)
            ended.append(metric)
        self._set_timer()
        self.tell(ended)
        # the store reports it
        with suppress(JournalError):
            await self._store.async_keep(*map(metric_record, ended))
