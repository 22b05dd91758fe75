"""Telling: what came of alerts becomes entities, states and events.

An alert is told while it is written to disk: the event loop has nothing better to do then.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
import logging
from typing import TYPE_CHECKING

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    CoreState,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.start import async_at_started

from .alert import MetricKey
from .alert_event import Announcement, event_data
from .board import Agent, Judgement, Metric, Verdict
from .const import DOMAIN, EVENT_ALERT, KEY_STATUS
from .repairs import Trouble, async_report

_LOGGER = logging.getLogger(__name__)

if TYPE_CHECKING:
    from .hub import BleemeoHub, Subject

MAX_DELAY_SECONDS = 0.02
# so many are told in one turn of the event loop; each may be of a new agent and metric
MAX_UNTOLD = 16

type Discover = Callable[[Iterable[Agent], Iterable[Metric]], None]


class Telling:
    """Tells the entities of an entry, and the bus, what is new."""

    def __init__(self, hub: BleemeoHub) -> None:
        """Have nothing to tell, and nobody who listens."""
        self._hub = hub
        self._untold: dict[MetricKey, tuple[Judgement, bool]] = {}
        self._later: asyncio.TimerHandle | None = None
        self._held: deque[Announcement] = deque()
        self._discover: list[Discover] = []
        self._listeners: defaultdict[str, list[Callable[[Context], None]]] = (
            defaultdict(list)
        )
        self._alert_listeners: defaultdict[
            str, list[Callable[[Announcement], None]]
        ] = defaultdict(list)

    @callback
    def async_start(self) -> None:
        """Announce from the moment on in which Home Assistant has started."""
        # also where the entry is reloaded until then: what is held was acknowledged
        async_at_started(self._hub.hass, self._release_held)

    @callback
    def async_discover(self, discover: Discover) -> CALLBACK_TYPE:
        """Have a platform add entities: now for all that is known, later for the new."""
        board = self._hub.board
        stop = _join(self._discover, discover)
        discover(board.agents.values(), board.metrics.values())
        return stop

    @callback
    def async_listen(
        self, subject: Subject, listener: Callable[[Context], None]
    ) -> CALLBACK_TYPE:
        """Call back when something about the account, agent or metric has changed."""
        return _join(self._listeners[subject.uid], listener)

    @callback
    def async_listen_alerts(
        self, subject: Subject, listener: Callable[[Announcement], None]
    ) -> CALLBACK_TYPE:
        """Call back with each change of a metric of the account or of the agent."""
        return _join(self._alert_listeners[subject.uid], listener)

    def is_untold(self, key: MetricKey) -> bool:
        """Whether something about a metric is still to be told."""
        return key in self._untold

    @callback
    def async_tell_soon(self, judgement: Judgement, while_offline: bool) -> None:
        """Tell what came of an alert as its commit begins, or a little later.

        The caller sees to it that no alert of a metric is judged while one is untold.
        """
        self._untold[judgement.metric.alert.key] = judgement, while_offline
        if len(self._untold) >= MAX_UNTOLD:
            self.async_tell_untold()
        elif self._later is None:
            # whatever holds the journal up does not hold up the light
            self._later = self._hub.hass.loop.call_later(
                MAX_DELAY_SECONDS, self.async_tell_untold
            )

    @callback
    def async_tell_untold(self) -> None:
        """Tell what came of alerts: metrics, agents and account first, then events."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if not self._untold:
            return
        untold, self._untold = list(self._untold.values()), {}
        self._add_entities([judgement for judgement, _ in untold])
        rollups: dict[str, Context] = {}
        for judgement, while_offline in untold:
            metric, context = judgement.metric, Context()
            if not judgement.is_new_metric:
                # a new one's entities have only just read it
                self.tell(metric.uid, context)
            if judgement.verdict is Verdict.CHANGED:
                rollups[metric.agent.uid] = rollups[self._hub.uid] = context
                self._try(self._hold, judgement, while_offline, context)
        for uid, context in rollups.items():
            self.tell(uid, context)
        if self._hub.hass.state not in (CoreState.not_running, CoreState.starting):
            self._release_held(self._hub.hass)

    @callback
    def tell(self, uid: str, context: Context) -> None:
        """Have the entities of the account, agent or metric look at what is new."""
        for listener in self._listeners.get(uid, ()):
            self._try(listener, context)

    def is_beyond_cap(self, metric: Metric) -> bool:
        """Whether Home Assistant takes no more entities; the person is told if so."""
        hub, uid = self._hub, f"{metric.uid}_{KEY_STATUS}"
        if er.async_get(hub.hass).async_get_entity_id(SENSOR_DOMAIN, DOMAIN, uid):
            return False
        async_report(hub.hass, hub.entry, Trouble.ENTITY_CAP)
        return True

    def _add_entities(self, judgements: list[Judgement]) -> None:
        """Have the platforms add what the alerts are the first of."""
        metrics = [found.metric for found in judgements if found.is_new_metric]
        if not metrics:
            return
        agents = [found.metric.agent for found in judgements if found.is_new_agent]
        for discover in self._discover:
            self._try(discover, agents, metrics)
        for metric in metrics:
            self.is_beyond_cap(metric)

    def _hold(
        self, judgement: Judgement, while_offline: bool, context: Context
    ) -> None:
        hub = self._hub
        is_flapping = hub.is_flapping(judgement.metric)
        data = event_data(hub.hass, hub.entry, judgement, is_flapping, while_offline)
        attributes = data.copy()
        del attributes["change"]
        self._held.append(Announcement(data, attributes, context))

    @callback
    def _release_held(self, _: HomeAssistant) -> None:
        """Announce what is held, while Home Assistant starts until automations listen."""
        while self._held:
            self._announce(self._held.popleft())

    def _announce(self, news: Announcement) -> None:
        for uid in (news.data["agent_id"], self._hub.uid):
            for listener in self._alert_listeners.get(uid, ()):
                self._try(listener, news)
        self._hub.hass.bus.async_fire(EVENT_ALERT, news.data, context=news.context)

    def _try[*Ts](self, tell: Callable[[*Ts], object], *news: *Ts) -> None:
        """Tell one of those who want to know; the others are told whatever comes of it."""
        try:
            tell(*news)
        except Exception:
            _LOGGER.exception(
                "Something new about %s could not be shown", self._hub.entry.title
            )


def _join[T](listeners: list[T], listener: T) -> CALLBACK_TYPE:
    """Add one who listens, and return what takes it out again."""
    listeners.append(listener)
    return lambda: listeners.remove(listener)
