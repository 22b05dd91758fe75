"""The feed of a dashboard: all that it shows at first, and then what differs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from operator import itemgetter
from typing import Final, Self

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..caller import MayServer
from ..const import DOMAIN, EVENT_SILENCE
from ..core import MetricKey
from ..hub import SIGNAL_NEWS, SIGNAL_READY, News, Turn
from ..journal import KeptIncident
from ..models import BleemeoConfigEntry, is_loaded
from .registered import async_is_server
from .summary import Overview, Shown, incident_id
from .window import IncidentKey, Incidents, IncidentWindow

MAX_INCIDENTS: Final = 5000
COOLDOWN_SECONDS: Final = 1.0
# uptime goes on without news
REFRESH_INTERVAL: Final = timedelta(minutes=1)

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a subscriber wants to see, and may."""

    since: datetime
    may_read: Callable[[], MayServer]
    may_control: Callable[[], MayServer]
    entry_id: str | None = None
    device_ids: frozenset[str] | None = None


@dataclass(slots=True)
class _View:
    """Accounts and servers, and the incidents of each server.

    These are as they are kept, and described only when they are sent, but for those that
    are open: of them, more can change.
    """

    accounts: dict[str, Shown] = field(default_factory=dict)
    servers: dict[str, Shown] = field(default_factory=dict)
    incidents: dict[str, Incidents] = field(default_factory=dict)
    open: dict[str, dict[IncidentKey, Shown]] = field(default_factory=dict)

    def differing(
        self, before: Self
    ) -> Iterator[tuple[int, str, KeptIncident, Shown | None]]:
        """Yield when incidents began that differ, their server, and what they are."""
        for server, incidents in self.incidents.items():
            known, shown = before.incidents.get(server, {}), self.open[server]
            if incidents is known:
                continue
            known_shown = before.open.get(server, {})
            for key, kept in incidents.items():
                now = shown.get(key)
                if known.get(key) != kept or known_shown.get(key) != now:
                    yield kept.began, server, kept, now


class Feed:
    """Sends to one subscriber, at most once a second."""

    def __init__(
        self, hass: HomeAssistant, scope: Scope, send: Callable[[Shown], None]
    ) -> None:
        """Prepare a feed, to be begun."""
        self._hass = hass
        self._scope = scope
        self._send = send
        self._windows: dict[str, IncidentWindow] = {}
        # what the subscriber has
        self._view: _View | None = None
        # metrics of entries that have news, and when it happened
        self._news: dict[tuple[str, MetricKey], datetime | None] = {}
        self._is_all_new = True
        self._debouncer = Debouncer(
            hass,
            _LOGGER,
            cooldown=COOLDOWN_SECONDS,
            immediate=True,
            function=self._async_send,
            background=True,
        )

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Follow what happens from now on; return what ends that."""
        hass = self._hass
        stops = [
            async_dispatcher_connect(hass, SIGNAL_NEWS, self._take_news),
            async_dispatcher_connect(hass, SIGNAL_READY, self._refresh),
            async_dispatcher_connect(
                hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._take_entry
            ),
            hass.bus.async_listen(EVENT_SILENCE, self._refresh),
            hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, self._take_device),
            async_track_time_interval(hass, self._refresh, REFRESH_INTERVAL),
            self._debouncer.async_shutdown,
        ]

        @callback
        def stop() -> None:
            for each in stops:
                each()

        return stop

    async def async_begin(self) -> None:
        """Send everything; what happens meanwhile follows."""
        await self._debouncer.async_call()

    @callback
    def _take_news(self, news: News) -> None:
        is_first = not self._news
        self._news[news.entry_id, news.metric.alert.key] = news.at
        if is_first:
            self._send_soon()

    @callback
    def _take_entry(self, _: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN:
            self._refresh()

    @callback
    def _take_device(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        # of one that is removed it is not known any more what it was
        if event.data["action"] == "remove" or async_is_server(
            self._hass, event.data["device_id"]
        ):
            self._refresh()

    @callback
    def _refresh(self, *_: object) -> None:
        self._is_all_new = True
        self._send_soon()

    def _send_soon(self) -> None:
        # what is told of now may be done only after that
        self._hass.loop.call_soon(self._debouncer.async_schedule_call)

    async def _async_send(self) -> None:
        await self._async_send_differing()
        if self._news or self._is_all_new:
            # it came meanwhile
            self._send_soon()

    async def _async_send_differing(self) -> None:
        """Send what differs from what the subscriber has; at first, everything.

        Where that is much, others run in between.
        """
        await self._async_load()
        now, known, turn = dt_util.utcnow(), self._view, Turn()
        overviews = {each.entry.entry_id: each for each in self._overviews(now)}
        changed = await self._async_take_changed(now, turn)
        view = await self._async_look(overviews.values(), changed, turn)
        self._view, before = view, known or _View()
        news: Shown = {
            "accounts": _differing(view.accounts, before.accounts),
            "servers": _differing(view.servers, before.servers),
        }
        found = sorted(view.differing(before), key=itemgetter(0), reverse=True)
        news["incidents"], news["metrics"] = await self._async_describe(
            found[:MAX_INCIDENTS],
            {key: overviews[each["entry_id"]] for key, each in view.servers.items()},
            turn,
        )
        if len(found) > MAX_INCIDENTS:
            news["truncated"] = True
        if known is None:
            since = self._scope.since.isoformat()
            self._send(
                {"kind": "all", "since": since, "until": now.isoformat(), **news}
            )
            return
        gone = {
            "accounts": sorted(known.accounts.keys() - view.accounts.keys()),
            "servers": sorted(known.servers.keys() - view.servers.keys()),
            "incidents": [
                incident_id(key, incidents[each])
                for key, incidents in known.incidents.items()
                for each in incidents.keys() - view.incidents.get(key, {}).keys()
            ],
        }
        if any(news.values()) or any(gone.values()):
            self._send(
                {"kind": "change", "until": now.isoformat(), **news, "gone": gone}
            )

    async def _async_describe(
        self,
        found: Iterable[tuple[int, str, KeptIncident, Shown | None]],
        overviews: Mapping[str, Overview],
        turn: Turn,
    ) -> tuple[list[Shown], dict[str, Shown]]:
        """Return incidents of servers, and the metrics of those that are over."""
        incidents: list[Shown] = []
        metrics: dict[str, Shown] = {}
        for _, server, kept, shown in found:
            if turn.is_over:
                await turn.async_end()
            if shown is None:
                shown = overviews[server].brief(kept)
                if (metric := shown["metric"]) not in metrics:
                    metrics[metric] = overviews[server].about(kept)
            incidents.append(shown)
        return incidents, metrics

    async def _async_load(self) -> None:
        """Have a window of each entry that is loaded, read from its journal."""
        windows = {}
        for entry in self._entries():
            if not is_loaded(entry):
                continue
            data, window = entry.runtime_data, self._windows.get(entry.entry_id)
            if window is None or window.hub is not data.hub or not window.is_whole:
                self._is_all_new = True
                window = IncidentWindow(data, self._scope.since)
                await window.async_load(dt_util.utcnow())
            windows[entry.entry_id] = window
            # an answer to Bleemeo waits for what is being told, and a page can wait
            await data.hub.announcer.async_announce_all()
        self._windows = windows

    async def _async_take_changed(
        self, now: datetime, turn: Turn
    ) -> set[tuple[str, str]] | None:
        """Return the agents of entries that have news; None if all may have."""
        news, self._news = self._news, {}
        is_all, self._is_all_new = self._is_all_new, False
        for (entry_id, key), at in news.items():
            if turn.is_over:
                await turn.async_end()
            if (window := self._windows.get(entry_id)) is None:
                continue
            if (metric := window.hub.board.metrics.get(key)) is not None:
                window.follow(metric)
            else:
                window.forget(key, at or now)
        return None if is_all else {(entry_id, key[0]) for entry_id, key in news}

    async def _async_look(
        self,
        overviews: Collection[Overview],
        changed: set[tuple[str, str]] | None,
        turn: Turn,
    ) -> _View:
        """Return what the subscriber is to have; only these agents may have changed."""
        view, before = _View(), self._view or _View()
        # before anything of an entry may be unloaded
        view.accounts = {each.entry.entry_id: each.account() for each in overviews}
        for overview in overviews:
            entry_id = overview.entry.entry_id
            for agent in overview.agents():
                if turn.is_over:
                    await turn.async_end()
                key = overview.key(agent.id)
                if (
                    changed is not None
                    and (entry_id, agent.id) not in changed
                    and key in before.servers
                ):
                    view.servers[key] = before.servers[key]
                    view.incidents[key] = before.incidents[key]
                    view.open[key] = before.open[key]
                    continue
                server = overview.server(agent)
                if (
                    self._scope.device_ids is not None
                    and server["device_id"] not in self._scope.device_ids
                ):
                    continue
                view.servers[key] = server
                incidents = view.incidents[key] = overview.incidents(agent)
                view.open[key] = {
                    each: overview.brief(kept)
                    for each, kept in incidents.items()
                    if kept.ended is None
                }
        return view

    def _entries(self) -> list[BleemeoConfigEntry]:
        """Return the entries that the subscriber wants to see."""
        wanted = self._scope.entry_id
        entries: list[BleemeoConfigEntry] = self._hass.config_entries.async_entries(
            DOMAIN
        )
        return [each for each in entries if wanted in (None, each.entry_id)]

    def _overviews(self, now: datetime) -> Iterator[Overview]:
        may_read, may_control = self._scope.may_read(), self._scope.may_control()
        for entry in self._entries():
            window = self._windows.get(entry.entry_id)
            if not is_loaded(entry) or entry.runtime_data.hub is not (
                window and window.hub
            ):
                # it was unloaded or loaded meanwhile, which sends again
                window = None
            yield Overview(self._hass, entry, window, may_read, now, may_control)


def _differing[K, T](new: Mapping[K, T], before: Mapping[K, T]) -> list[T]:
    """Return the values that are new or others."""
    return [value for key, value in new.items() if before.get(key) != value]
