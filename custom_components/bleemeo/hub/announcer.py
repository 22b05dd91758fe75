"""The announcer: turn judged alerts into entities, states and events.

It announces each change just before it is written to disk. What comes before Home
Assistant has started, when no automation listens, is written down as untold instead.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started

from ..const import EVENT_ALERT
from ..core import (
    Acknowledgement,
    Board,
    Change,
    Judgement,
    Metric,
    MetricKey,
    Untold,
    Verdict,
)
from .discovery import Discovery
from .event_data import Announcement, change_data, place_data
from .news import News, async_spread
from .steps import Steps
from .untold import UntoldChanges

_LOGGER = logging.getLogger(__name__)

MAX_DELAY_SECONDS = 0.02
# announced at most in one turn of the event loop; each may add an agent and a metric
MAX_PENDING = 16

# returns the context of a state, which is made only where one is written
type MakeContext = Callable[[], Context]
# what is done with each metric of which is told what keeps it quiet
type Along = Callable[[Metric, Context], None]


class Announcer:
    """Announces changes to the entities of an entry and to the bus.

    Listeners follow a subject by its uid; the account's uid is the entry's id.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        discovery: Discovery,
        untold: UntoldChanges,
        on_told: Callable[[Iterable[Metric]], None],
        on_seen: Callable[[Metric, Acknowledgement, Context], None],
    ) -> None:
        """Start with nothing to announce and no listeners.

        `on_told` is called with metrics of which nothing is untold any more, `on_seen`
        with an acknowledgement that a change has ended.
        """
        self._hass = hass
        self._entry = entry
        self._board = board
        self._discovery = discovery
        self._untold = untold
        self._pending: dict[MetricKey, tuple[Judgement, bool]] = {}
        self._steps = Steps(hass)
        self._timer: asyncio.TimerHandle | None = None
        self._on_told = on_told
        self._on_seen = on_seen
        # the acknowledgements that late alerts have ended
        self._seen: list[tuple[Metric, Acknowledgement, Context]] = []
        self._cancel_start: CALLBACK_TYPE | None = None
        self._has_started = False
        self._listeners: defaultdict[str, list[Callable[[MakeContext], None]]] = (
            defaultdict(list)
        )
        self._alert_listeners: defaultdict[
            str, list[Callable[[Announcement], None]]
        ] = defaultdict(list)

    @callback
    def async_start(self) -> None:
        """Start announcing once Home Assistant has started, with what is untold."""
        self._cancel_start = async_at_started(self._hass, self._begin)

    @callback
    def close(self) -> None:
        """Leave what is untold to the next start of the entry."""
        self.async_announce_pending()
        if self._cancel_start is not None:
            self._cancel_start()
            self._cancel_start = None

    @callback
    def async_listen(
        self, uid: str, listener: Callable[[MakeContext], None]
    ) -> CALLBACK_TYPE:
        """Call back on each change of the account, agent or metric.

        The listener gets what makes the context of the state that it writes.
        """
        return _subscribe(self._listeners[uid], listener)

    @callback
    def async_listen_alerts(
        self, uid: str, listener: Callable[[Announcement], None]
    ) -> CALLBACK_TYPE:
        """Call back with each status change of a metric of the account or agent."""
        return _subscribe(self._alert_listeners[uid], listener)

    def is_pending(self, key: MetricKey) -> bool:
        """Return whether a metric has something pending."""
        return key in self._pending

    @callback
    def async_make_room_for(self, key: MetricKey) -> None:
        """Announce what is pending of a metric: each change becomes a state of its own."""
        if self.is_pending(key):
            self.async_announce_pending()
        if metric := self._board.metrics.get(key):
            # what was noted before is told before, too
            self._steps.async_hurry(metric.uid)

    @callback
    def async_announce_soon(self, judgement: Judgement, while_offline: bool) -> None:
        """Announce a judgement before the commit of its alert, or when time is up.

        The caller must not judge an alert of a metric while another one is pending, and
        must keep what is untold of the metric.
        """
        if judgement.verdict is Verdict.CHANGED and not self._has_started:
            self._try(self._untold.add, judgement, while_offline)
        self._pending[judgement.metric.alert.key] = judgement, while_offline
        if len(self._pending) >= MAX_PENDING:
            self.async_announce_pending()
        elif self._timer is None:
            # a busy journal must not delay the entities
            self._timer = self._hass.loop.call_later(
                MAX_DELAY_SECONDS, self.async_announce_pending
            )

    @callback
    def async_announce_pending(self) -> None:
        """Announce what is pending: metrics, agents and account, then the events."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pending:
            return
        pending, self._pending = list(self._pending.values()), {}
        new = [judgement for judgement, _ in pending if judgement.is_new_metric]
        self._discovery.async_add(
            [judgement.metric.agent for judgement in new if judgement.is_new_agent],
            [judgement.metric for judgement in new],
        )
        rollups: dict[str, Context] = {}
        changes: list[tuple[Judgement, bool, Context]] = []
        quieted: list[tuple[Metric, Context]] = []
        for judgement, while_offline in pending:
            metric, context = judgement.metric, Context()
            if not judgement.is_new_metric:
                # the entities of a new metric have just read it
                self.tell_caused(metric.uid, context)
            is_change = judgement.verdict is Verdict.CHANGED
            if is_change or not self._has_started:
                rollups[metric.agent.uid] = rollups[self._entry.entry_id] = context
            if self._has_started and is_change:
                changes.append((judgement, while_offline, context))
            elif self._has_started:
                quieted.append((metric, context))
            if judgement.ended is not None and not is_change:
                self._seen.append((metric, judgement.ended, context))
            quieted += ((other, context) for other in judgement.quieted)
        for uid, context in rollups.items():
            self.tell_caused(uid, context)
        for change in changes:
            self._try(self._announce_change, *change)
        self.tell_quiet(quieted)
        if self._has_started:
            self._tell_seen()

    async def async_announce_all(self) -> None:
        """Announce what is pending, and wait until all is told that was noted by now."""
        self.async_announce_pending()
        await self._steps.async_finish()

    @callback
    def tell(self, uid: str, make_context: MakeContext = Context) -> None:
        """Tell the entities of the account, agent or metric to read it again."""
        for listener in self._listeners.get(uid, ()):
            self._try(listener, make_context)

    @callback
    def tell_caused(self, uid: str, cause: Context) -> None:
        """Tell the entities to read again what something has changed."""
        self.tell(uid, lambda: caused_by(cause))

    @callback
    def tell_quiet(
        self,
        metrics: Iterable[tuple[Metric, Context]],
        along: Along = lambda *_: None,
    ) -> None:
        """Tell that what keeps metrics quiet is another, each in its context.

        Of many, others run in between. What is written down by then stays off the disk
        until all is told, and so does what comes meanwhile. `along` is called with each.
        """
        found = list(metrics)
        rollups: dict[str, Context] = {}
        for metric, context in found:
            rollups[self._entry.entry_id] = rollups[metric.agent.uid] = context
        self._steps.async_add(
            (uid, partial(self.tell_caused, uid, context))
            for uid, context in rollups.items()
        )
        self._steps.async_add(
            (metric.uid, partial(self._tell_quiet, metric, context, along))
            for metric, context in found
        )

    def _tell_quiet(self, metric: Metric, context: Context, along: Along) -> None:
        self.tell(metric.uid, lambda: context)
        news = News(self._entry.entry_id, metric, context=context)
        self._try(async_spread, self._hass, news)
        along(metric, context)

    @callback
    def async_announce_forgotten(
        self,
        metric: Metric,
        at: datetime,
        ended: Acknowledgement | None,
        context: Context,
    ) -> None:
        """Announce that a metric is forgotten; what was OK is nobody's news."""
        judgement = None
        if metric.is_open:
            judgement = Judgement(
                Verdict.CHANGED,
                metric,
                change=Change.FORGOTTEN,
                previous_status=metric.alert.status,
                at=at,
                ended=ended,
            )
        else:
            # whoever counts metrics has one less
            self._try(async_spread, self._hass, News(self._entry.entry_id, metric))
        if not self._has_started:
            self._try(self._untold.forget, metric, judgement)
        elif judgement is not None:
            self._try(self._announce_change, judgement, False, context)

    def _announce_change(
        self, judgement: Judgement, while_offline: bool, context: Context
    ) -> None:
        data = change_data(self._hass, self._entry, judgement, while_offline)
        self._announce(Announcement(data, context, judgement.metric, judgement.at))
        if judgement.ended is not None:
            self._on_seen(judgement.metric, judgement.ended, context)

    @callback
    def _begin(self, _: HomeAssistant) -> None:
        """Announce what is untold, and from now on each change as it comes."""
        self.async_announce_pending()
        self._has_started = True
        for each, metric in self._untold.all():
            data, context = dict(each.data), Context()
            if self._board.has(metric):
                # the ids in the registries may be others since
                data |= place_data(self._hass, self._entry, metric)
            if each.data:
                self._announce(Announcement(data, context, metric, each.at))
            for ended in metric.past_acknowledgements:
                if _has_ended(each, ended):
                    self._on_seen(metric, ended, context)
        self._tell_seen()
        if told := self._untold.clear():
            # last, for twice is better than never if all ends here
            self._on_told(told)

    def _tell_seen(self) -> None:
        """Tell that late alerts have ended acknowledgements."""
        seen, self._seen = self._seen, []
        for ended in seen:
            self._try(self._on_seen, *ended)

    def _announce(self, announcement: Announcement) -> None:
        for uid in (announcement.data["agent_id"], self._entry.entry_id):
            for listener in self._alert_listeners.get(uid, ()):
                self._try(listener, announcement)
        self._hass.bus.async_fire(
            EVENT_ALERT, announcement.data, context=announcement.context
        )
        self._spread(announcement)

    def _spread(self, told: Announcement) -> None:
        news = News(self._entry.entry_id, told.metric, told.at, told.data, told.context)
        async_spread(self._hass, news)

    def _try[*Ts](self, listener: Callable[[*Ts], object], *news: *Ts) -> None:
        """Call one listener; its failure must not affect the others."""
        try:
            listener(*news)
        except Exception:
            _LOGGER.exception(
                "Something new about %s could not be shown", self._entry.title
            )


def caused_by(cause: Context) -> Context:
    """Return a context of its own for what something has caused.

    Activity takes the first line of a context for the cause of the others, so that each
    needs its own.
    """
    return Context(user_id=cause.user_id, parent_id=cause.id)


def _has_ended(untold: Untold, acknowledgement: Acknowledgement) -> bool:
    """Return whether an untold change has ended an acknowledgement."""
    return (
        untold.at is not None
        and acknowledgement.end == untold.data["change"]
        # it may have been given after what was only heard of later
        and acknowledgement.ended_at == max(untold.at, acknowledgement.at)
    )


def _subscribe[T](listeners: list[T], listener: T) -> CALLBACK_TYPE:
    """Add a listener, and return a callback that removes it."""
    listeners.append(listener)
    return lambda: listeners.remove(listener)
