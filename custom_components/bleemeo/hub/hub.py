"""The hub of an entry: every alert, whatever its source, passes through it to disk."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum, auto
from functools import partial
import json

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..const import CONF_CONNECTION_METRIC, CONF_FLAPPING_THRESHOLD, DOMAIN
from ..core import (
    DEFAULT_FLAPPING_THRESHOLD,
    Acknowledgement,
    Agent,
    Alert,
    Board,
    Metric,
    Source,
    Verdict,
)
from ..journal import Delivery, Forgotten, Snapshot
from . import reach
from .account import Account
from .acknowledgement import Acknowledger
from .announcer import Along, Announcer
from .bounds import Bounds
from .device import async_get_places, async_show_account
from .discovery import Discovery
from .expiry import Expiry
from .flapping import FlappingWatch
from .forget import async_forget
from .gaps import GAPS, Gaps
from .heartbeat import Heartbeat
from .kept_address import KeptAddress
from .listed import Listed
from .news import SIGNAL_READY
from .oddities import Oddities
from .refusals import Refusals
from .replaced import ReplacedAgents
from .runs import RUNS, Runs
from .service import async_remove_spent
from .silence import Silencer
from .statistics import Statistics
from .store import AlertStore, forgotten_record, metric_record
from .tester import TESTS, AlertTester
from .untold import UntoldChanges
from .watchdog import Watchdog

type ForgetListener = Callable[[list[Metric], list[Agent]], None]
type Subject = BleemeoHub | Agent | Metric


class Lifecycle(Enum):
    """The states of a hub, in order; only a ready hub takes alerts."""

    OPENING = auto()
    READY = auto()
    CLOSING = auto()
    CLOSED = auto()


class HubNotReady(HomeAssistantError):
    """The hub takes no alerts, because its entry is being set up or unloaded."""


class BleemeoHub:
    """Owns the board of an entry, its announcer, its store and its acknowledger."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare the hub of an entry, to be opened by `async_open`."""
        self.hass = hass
        self.entry = entry
        self.lifecycle = Lifecycle.OPENING
        name = entry.options.get(CONF_CONNECTION_METRIC)
        self.board = Board(
            entry.options.get(CONF_FLAPPING_THRESHOLD, DEFAULT_FLAPPING_THRESHOLD),
            [name] if name else [],
            partial(async_get_places, hass, entry),
            entry.entry_id,
        )
        self.discovery = Discovery(hass, entry, self.board)
        self._untold = UntoldChanges(hass, entry, self.board)
        self.announcer = Announcer(
            hass,
            entry,
            self.board,
            self.discovery,
            self._untold,
            self._keep_told,
            self._tell_seen,
        )
        self.statistics = Statistics()
        self.account = Account(
            hass, entry, self.board, self.statistics, self.async_forget
        )
        self.refusals = Refusals(hass, self.statistics, self._tell_account)
        self.store = AlertStore(
            hass,
            entry,
            self.announcer.async_announce_all,
            self.refusals.take,
            self._snapshot,
        )
        self.heartbeat = Heartbeat(
            hass, entry, self.board, self.store, self._note_absence
        )
        follow = self._tell_quiet, self.now
        self.acknowledger = Acknowledger(hass, entry, self.board, self.store, *follow)
        self.silencer = Silencer(hass, entry, self.board, self.store, *follow)
        self._flapping = FlappingWatch(
            hass, entry, self.board, self.store, self.announcer, self.now
        )
        self.tester = AlertTester(
            hass,
            entry,
            self.board,
            self.store,
            self.announcer,
            self._flapping,
            self.async_receive,
            self.check_ready,
            self.now,
        )
        self._replaced = ReplacedAgents(hass, entry, self.board)
        self.oddities = Oddities(hass, entry, self.board)
        self.bounds = Bounds(hass, entry, self.board)
        self._expiry = Expiry(
            hass, entry, self.board, self.store.certain_now, self.async_forget
        )
        self.gaps = Gaps(self.store)
        self.runs = Runs(self.store)
        self.watchdog = Watchdog(
            hass, entry, self.board, self.store, self.gaps, self._tell_account
        )
        self.kept_address = KeptAddress(self.store)
        self.listed = Listed(
            hass,
            entry,
            self.board,
            self.bounds,
            self.discovery,
            self.announcer,
            self._reconnect,
            self.async_forget,
        )
        self._on_doubt: list[CALLBACK_TYPE] = []
        self._on_forget: list[ForgetListener] = []

    @property
    def uid(self) -> str:
        """Identify the account among all subjects, even before its first alert."""
        return self.entry.entry_id

    async def async_open(self) -> None:
        """Open the journal and restore the board from it.

        Raises:
            JournalTooNew: a newer version wrote the journal.
            JournalError: the journal cannot be opened.
        """
        contents = await self.store.async_open()
        forgotten = self.board.restore(
            contents.alerts,
            contents.histories,
            contents.names,
            contents.courses,
            contents.acknowledgements,
            {key for key, untold in contents.untold.items() if untold[-1].is_forgotten},
        )
        self._untold.restore(contents.untold, forgotten)
        told = (alert.recorded_at for alert, _ in contents.alerts)
        self.heartbeat.restore(
            contents.alive_at, max((at for at in told if at), default=None)
        )
        self.gaps.restore(
            contents.notes.get(GAPS),
            self.heartbeat.last_alive_at,
            self.heartbeat.now(),
        )
        self.oddities.async_restore(contents)
        self._flapping.restore(contents.histories)
        self.silencer.restore(contents.silences.values())
        self.tester.restore(contents.notes.get(TESTS))
        self.runs.restore(contents.notes.get(RUNS))
        self._replaced.restore()
        self.watchdog.restore(contents, self.heartbeat)
        self.statistics.restore(contents, self.board)
        self.refusals.restore()
        self.account.restore(alert for alert, _ in contents.alerts)
        self.kept_address.restore(contents.notes)
        async_show_account(self.hass, self.entry)

    @callback
    def async_take_alerts(self) -> None:
        """Start taking alerts; the platforms must be set up to show them."""
        self.discovery.async_check_cap()
        self.bounds.async_check()
        # the platforms have moved what Bleemeo named the service of before
        async_remove_spent(self.hass, self.entry)
        # a connection may be known by the name that the API gave it
        self._reconnect()
        self.lifecycle = Lifecycle.READY
        self.announcer.async_start()
        self.heartbeat.async_start()
        self.acknowledger.async_start()
        self.silencer.async_start()
        self.tester.async_start()
        self._expiry.async_start()
        self.watchdog.async_start()
        async_dispatcher_send(self.hass, SIGNAL_READY, self.entry.entry_id)
        reach.async_watch(self.hass, self.entry, self.board)

    @callback
    def async_stop_taking(self) -> None:
        """Stop taking alerts: from now on, `HubNotReady` is raised."""
        if self.lifecycle is not Lifecycle.CLOSED:
            self.lifecycle = Lifecycle.CLOSING

    @callback
    def async_resume_taking(self) -> None:
        """Take alerts again, since the platforms failed to unload."""
        if self.lifecycle is Lifecycle.CLOSING:
            self.lifecycle = Lifecycle.READY

    async def async_close(self) -> None:
        """Announce and write what is pending, and close the journal."""
        self.async_stop_taking()
        self.announcer.close()
        self.acknowledger.close()
        self.silencer.close()
        self.tester.close()
        self._flapping.close()
        self.watchdog.close()
        self.heartbeat.close()
        self._expiry.close()
        self.refusals.close()
        await self.store.async_close()
        self.lifecycle = Lifecycle.CLOSED

    def now(self) -> datetime:
        """Return the time; it is not before that until when the entry was alive."""
        return self.heartbeat.now()

    @callback
    def on_doubt(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back when an alert gives reason to doubt the board.

        That is when Bleemeo saw a change that never arrived here, when a late alert
        disagrees with what the API said, or when an alert is the first of its agent.
        """
        self._on_doubt.append(listener)
        return lambda: self._on_doubt.remove(listener)

    @callback
    def on_forget(self, listener: ForgetListener) -> CALLBACK_TYPE:
        """Call back with metrics and agents that were forgotten."""
        self._on_forget.append(listener)
        return lambda: self._on_forget.remove(listener)

    async def async_receive(
        self,
        alert: Alert,
        body: str,
        *,
        while_offline: bool = False,
        is_owed: bool = False,
    ) -> Verdict:
        """Judge, announce and keep an alert of this entry's account; return when on disk.

        `body` is the text as it arrived; except for the API's, the alert is read from it
        again after a restart. Of what only Bleemeo's API tells, `while_offline` is set if
        it happened while Home Assistant was not running, and `is_owed` if it happened
        since, so that an alert of it should have arrived.

        Raises:
            HubNotReady: it was not taken.
            JournalError: it was judged and announced, but could not be kept.
        """
        self.check_ready()
        now = alert.arrived_at or self.now()
        shown = self.board.as_shown(alert)
        if shown is not alert:
            # a restart reads the alert from its body again
            alert, body = shown, json.dumps(shown.to_payload())
        if not self.bounds.has_room_for(alert):
            self.bounds.async_report()
            self.refusals.async_leave_out(alert, body, now)
            return Verdict.BEYOND_BOUNDS
        self.account.follow(alert)
        of_test = self.tester.end(alert.key) if self.board.ends_test(alert) else []
        self.announcer.async_make_room_for(alert.key)
        is_owed = is_owed and self.watchdog.covers(alert)
        judgement = self.board.judge(alert, now)
        self.store.confirm_time(alert.recorded_at or alert.told_at)
        self.oddities.async_note(alert, judgement.metric.agent)
        if self.statistics.count(judgement):
            self._tell_account()
        if judgement.refreshed or judgement.ended or judgement.quieted:
            self.announcer.async_announce_soon(judgement, while_offline)
        if judgement.has_settled:
            self._flapping.tell([judgement.metric])
        self._flapping.follow(judgement.metric, now)
        self._replaced.follow(judgement, alert)
        self.watchdog.follow(judgement, alert, is_owed=is_owed)
        is_first = judgement.is_new_agent and alert.source is Source.WEBHOOK
        if is_first or judgement.unseen_change or judgement.contradicts(alert):
            for listener in self._on_doubt:
                listener()
        delivery = Delivery(
            received_at=now,
            source=alert.source,
            verdict=judgement.verdict,
            host=judgement.metric.agent.name,
            alert=alert,
            body=body,
            metric=metric_record(
                judgement.metric, is_whole=judgement.verdict is Verdict.LATE
            )
            if judgement.is_to_keep
            else None,
            unseen_changes=judgement.unseen_changes,
        )
        # with the alert, for what is on disk of them must fit together
        quieted = [metric_record(metric) for metric in judgement.quieted]
        # only for a metric's last alert is it known whether it is on disk
        is_repeated = not judgement.is_to_keep and alert == judgement.metric.alert
        if is_repeated and not of_test and self.store.is_kept(alert.key):
            self.store.async_keep_later(delivery)
        else:
            await self.store.async_keep(*of_test, delivery, *quieted)
        return judgement.verdict

    @callback
    def async_refuse(
        self, reason: str, body: str = "", alert: Alert | None = None
    ) -> None:
        """Count a refused delivery, and keep it with the reason.

        Raises:
            HubNotReady: it was not counted.
        """
        self.check_ready()
        self.refusals.async_refuse(reason, body, alert)

    async def async_forget(
        self, metrics: Iterable[Metric], agents: Iterable[Agent] = ()
    ) -> None:
        """Remove metrics, and agents that have no others, until their next alert.

        `agents` go also if Bleemeo lists them.

        Raises:
            JournalError: they are gone from view, but not from the journal.
        """
        forgotten, gone = list(metrics), list(agents)
        try:
            await async_forget(
                self.hass,
                self.entry,
                self.board,
                self.store,
                self.announcer,
                forgotten,
                gone,
                self.now(),
            )
        finally:
            for listener in self._on_forget:
                listener(forgotten, gone)
            self._replaced.check()
            self.oddities.async_check_agents()
            self.discovery.async_check_cap()
        # what was cut off, or could not be kept, is there again after a restart
        self.bounds.async_check()

    def check_ready(self) -> None:
        """Check that the hub takes alerts.

        Raises:
            HubNotReady: its entry is being set up or unloaded.
        """
        if self.lifecycle is not Lifecycle.READY:
            raise HubNotReady(
                translation_domain=DOMAIN,
                translation_key="hub_not_ready",
                translation_placeholders={"entry": self.entry.title},
            )

    @callback
    def _snapshot(self) -> Snapshot:
        """Return what the journal must hold."""
        metrics = self.board.metrics.values()
        return Snapshot(
            [
                *map(forgotten_record, self._untold.forgotten),
                *(metric_record(each, is_whole=True) for each in metrics),
            ],
            {**self.statistics.counts, **self.oddities.counts},
            [*self.board.silences.values(), *self.silencer.past],
        )

    def _reconnect(self) -> None:
        """Find out again what keeps metrics quiet, and tell if that is another."""
        if changed := self.board.reconnect(self.now()):
            self._tell_quiet(changed, Context())
            self.store.async_keep_later(*map(metric_record, changed), is_urgent=True)

    @callback
    def _tell_quiet(
        self,
        metrics: Iterable[Metric],
        context: Context,
        along: Along = lambda *_: None,
    ) -> None:
        # what came before it comes first
        self.announcer.async_announce_pending()
        self.announcer.tell_quiet(((metric, context) for metric in metrics), along)

    @callback
    def _tell_seen(
        self, metric: Metric, ended: Acknowledgement, context: Context
    ) -> None:
        self.acknowledger.tell_end(metric, ended, context)

    @callback
    def _note_absence(self, began: datetime, ended: datetime) -> None:
        self.gaps.add(began, ended)
        self.watchdog.async_excuse(ended - began)

    @callback
    def _tell_account(self) -> None:
        self.announcer.tell(self.uid)

    @callback
    def _keep_told(self, metrics: Iterable[Metric]) -> None:
        now, known = self.now(), self.board.metrics
        told = [
            metric_record(each)
            if self.board.has(each)
            else Forgotten(each.alert.key, now)
            for each in metrics
            if self.board.has(each) or each.alert.key not in known
        ]
        self.store.async_keep_later(*told, is_urgent=True)
