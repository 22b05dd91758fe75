"""The hub of an entry: every alert passes through it on its way from anywhere to disk."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from pathlib import Path
from typing import Any

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    CoreState,
    Event,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util import dt as dt_util

from .alert import Alert, Source
from .board import Agent, Board, Judgement, Metric, Verdict
from .const import (
    CONF_FLAPPING_THRESHOLD,
    DEFAULT_FLAPPING_THRESHOLD,
    DOMAIN,
    EVENT_ALERT,
    KEY_STATUS,
    MANUFACTURER,
    PANEL_URL,
)
from .journal import (
    REFUSED,
    REJECTED_DELIVERIES,
    UNSEEN_CHANGES,
    Delivery,
    Journal,
    JournalError,
)

_LOGGER = logging.getLogger(__name__)

PRUNE_INTERVAL = timedelta(hours=1)
REFUSAL_LOG_INTERVAL = timedelta(minutes=1)

type BleemeoConfigEntry = ConfigEntry[BleemeoHub]
type Subject = BleemeoHub | Agent | Metric
type Discover = Callable[[Iterable[Agent], Iterable[Metric]], None]


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change as the bus event and the event entities tell it."""

    data: dict[str, Any]
    context: Context


class BleemeoHub:
    """Owns the board and the journal of an entry and tells entities and the bus."""

    def __init__(self, hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
        """Prepare the hub of an entry; `async_start` makes it work."""
        self.hass = hass
        self.entry = entry
        self.board = Board()
        self.journal = Journal(journal_path(hass, entry))
        self.rejected_deliveries = 0
        self.unseen_changes = 0
        self.last_alert_at: datetime | None = None
        self.delivery_delay: float | None = None
        self.is_ready = False
        self._flapping_threshold: int = entry.options.get(
            CONF_FLAPPING_THRESHOLD, DEFAULT_FLAPPING_THRESHOLD
        )
        self._discover: list[Discover] = []
        self._listeners: defaultdict[str, list[Callable[[Context], None]]] = (
            defaultdict(list)
        )
        self._announcees: defaultdict[str, list[Callable[[Announcement], None]]] = (
            defaultdict(list)
        )
        self._held: list[Announcement] = []
        self._refusals_unlogged = 0
        self._refusal_logged_at: datetime | None = None

    @property
    def uid(self) -> str:
        """What tells this account from every other one, before its first alert too."""
        return self.entry.entry_id

    async def async_start(self) -> None:
        """Open the journal and show on the board what it holds.

        Raises:
            JournalError: where the journal cannot be opened.
        """
        saved = await self.journal.open()
        self.board.restore(saved.alerts)
        self.rejected_deliveries = saved.counts.get(REJECTED_DELIVERIES, 0)
        self.unseen_changes = saved.counts.get(UNSEEN_CHANGES, 0)
        self.last_alert_at = max((at for _, at in saved.alerts), default=None)
        if saved.set_aside:
            _LOGGER.error(
                "The journal of %s was damaged and is kept as %s; it starts empty, so "
                "each metric appears again with its next alert",
                self.entry.title,
                saved.set_aside.name,
            )
        if saved.unreadable:
            _LOGGER.warning(
                "%s metrics of %s were kept in a form that this version does not "
                "understand; each appears again with its next alert",
                saved.unreadable,
                self.entry.title,
            )
        for alert, _ in saved.alerts[:1]:
            self._pin_account(alert)
        dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id, **self.device_info(self)
        )
        self.entry.async_on_unload(
            self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_stop)
        )
        self.entry.async_on_unload(
            async_track_time_interval(
                self.hass, self._async_prune, PRUNE_INTERVAL, cancel_on_shutdown=True
            )
        )
        self.entry.async_on_unload(async_at_started(self.hass, self._release_held))

    async def async_close(self) -> None:
        """Write what is still to be written; alerts are no longer taken."""
        self.is_ready = False
        await self.journal.close()

    def accepts_account(self, account_id: str) -> bool:
        """Whether this entry is the one for the account.

        The first alert pins the account, unless another entry has that one already.
        """
        if self.entry.unique_id is not None:
            return self.entry.unique_id == account_id
        return not self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, account_id
        )

    async def async_receive(self, alert: Alert, body: str) -> Verdict:
        """Judge, show and keep an alert of this entry's account; it is on disk then.

        Raises:
            JournalError: it was judged and shown, but could not be kept.
        """
        now = dt_util.utcnow()
        self._pin_account(alert)
        judgement = self.board.judge(alert, now)
        self._show(judgement)
        await self.journal.keep(
            Delivery(
                received_at=now,
                source=alert.source,
                outcome=judgement.verdict,
                alert=alert,
                body=body,
                is_newest=judgement.refreshed,
                unseen_change=judgement.unseen_change,
            )
        )
        return judgement.verdict

    async def async_refuse(
        self, reason: str, body: str = "", alert: Alert | None = None
    ) -> None:
        """Count a delivery that is not taken, and keep it with the reason."""
        now = dt_util.utcnow()
        self.rejected_deliveries += 1
        self._tell(self.uid, Context())
        self._log_refusal(reason, now)
        try:
            await self.journal.keep(
                Delivery(
                    received_at=now,
                    source=Source.WEBHOOK,
                    outcome=REFUSED,
                    reason=reason,
                    alert=alert,
                    body=body,
                )
            )
        except JournalError as error:
            _LOGGER.debug("A refused delivery could not be kept: %s", error)

    def is_flapping(self, metric: Metric) -> bool:
        """Whether the metric changes too often to be taken at its word."""
        changes = metric.alert.changes_last_hour or 0
        return changes >= self._flapping_threshold

    def device_info(self, subject: Subject) -> dr.DeviceInfo:
        """Return the device of the account, an agent, or a metric's agent."""
        if isinstance(subject, BleemeoHub):
            return dr.DeviceInfo(
                identifiers={(DOMAIN, self.uid)},
                name=self.entry.title,
                manufacturer=MANUFACTURER,
                entry_type=dr.DeviceEntryType.SERVICE,
                configuration_url=PANEL_URL,
            )
        agent = subject.agent if isinstance(subject, Metric) else subject
        return dr.DeviceInfo(
            identifiers={(DOMAIN, agent.uid)},
            name=agent.name,
            manufacturer=MANUFACTURER,
            configuration_url=PANEL_URL,
            via_device_id=dr.async_get_device_id_by_identifier(
                self.hass, (DOMAIN, self.uid), config_entry_id=self.entry.entry_id
            ),
        )

    @callback
    def async_discover(self, discover: Discover) -> CALLBACK_TYPE:
        """Have a platform add entities: now for all that is known, later for the new."""
        self._discover.append(discover)
        discover(self.board.agents.values(), self.board.metrics.values())
        return lambda: self._discover.remove(discover)

    @callback
    def async_listen(
        self, subject: Subject, listener: Callable[[Context], None]
    ) -> CALLBACK_TYPE:
        """Call back when something about the account, agent or metric has changed."""
        self._listeners[subject.uid].append(listener)
        return lambda: self._listeners[subject.uid].remove(listener)

    @callback
    def async_listen_alerts(
        self, subject: Subject, listener: Callable[[Announcement], None]
    ) -> CALLBACK_TYPE:
        """Call back with each change of a metric of the account or of the agent."""
        self._announcees[subject.uid].append(listener)
        return lambda: self._announcees[subject.uid].remove(listener)

    def _pin_account(self, alert: Alert) -> None:
        if self.entry.unique_id is None:
            self.hass.config_entries.async_update_entry(
                self.entry, unique_id=alert.account_id
            )

    def _show(self, judgement: Judgement) -> None:
        """Tell the entities, and the world as soon as somebody can listen."""
        metric, agent = judgement.metric, judgement.metric.agent
        if not judgement.refreshed:
            return
        context = Context()
        if judgement.is_new_metric:
            for discover in self._discover:
                discover([agent] if judgement.is_new_agent else [], [metric])
        self._tell(metric.uid, context)
        if judgement.verdict is not Verdict.CHANGED:
            return
        self.last_alert_at = metric.received_at
        sent_at = metric.alert.modified_at or metric.alert.changed_at
        self.delivery_delay = max((metric.received_at - sent_at).total_seconds(), 0.0)
        if judgement.unseen_change:
            self.unseen_changes += 1
            _LOGGER.info(
                "Bleemeo saw a change of %s on %s that never arrived here",
                metric.name,
                agent.name,
            )
        self._tell(agent.uid, context)
        self._tell(self.uid, context)
        self._rename_device(agent)
        announcement = Announcement(self._event_data(judgement), context)
        if self.hass.state in (CoreState.not_running, CoreState.starting):
            # no automation listens yet
            self._held.append(announcement)
        else:
            self._announce(announcement)

    def _tell(self, uid: str, context: Context) -> None:
        for listener in self._listeners.get(uid, ()):
            listener(context)

    def _announce(self, announcement: Announcement) -> None:
        for uid in (announcement.data["agent_id"], self.uid):
            for listener in self._announcees.get(uid, ()):
                listener(announcement)
        self.hass.bus.async_fire(
            EVENT_ALERT, announcement.data, context=announcement.context
        )

    @callback
    def _release_held(self, _: HomeAssistant) -> None:
        """Announce what changed while Home Assistant was starting."""
        held, self._held = self._held, []
        for announcement in held:
            self._announce(announcement)

    def _event_data(self, judgement: Judgement) -> dict[str, Any]:
        """Return the data of the bus event, whose names are a contract with users."""
        metric, alert = judgement.metric, judgement.metric.alert
        previous = judgement.previous_status
        device = self._agent_device(metric.agent)
        return {
            "entry_id": self.entry.entry_id,
            "device_id": device.id if device else None,
            "entity_id": er.async_get(self.hass).async_get_entity_id(
                SENSOR_DOMAIN, DOMAIN, f"{metric.uid}_{KEY_STATUS}"
            ),
            "change": judgement.change.value if judgement.change else None,
            "status": alert.status.word,
            "previous_status": None if previous is None else previous.word,
            "host": metric.agent.name,
            "metric_name": metric.name,
            "account_id": alert.account_id,
            **metric.details,
            "unseen_change": judgement.unseen_change,
            "flapping": self.is_flapping(metric),
            "while_offline": False,
            "source": alert.source.value,
        }

    def _agent_device(self, agent: Agent) -> dr.DeviceEntry | None:
        return dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, agent.uid), self.entry.entry_id
        )

    def _rename_device(self, agent: Agent) -> None:
        """Follow a rename in Bleemeo; a name given by the user stands above it."""
        device = self._agent_device(agent)
        if device and device.name != agent.name:
            dr.async_get(self.hass).async_update_device(device.id, name=agent.name)

    def _log_refusal(self, reason: str, now: datetime) -> None:
        """Log a refusal, with a count instead of a line each where there are many."""
        self._refusals_unlogged += 1
        if (
            self._refusal_logged_at is not None
            and now - self._refusal_logged_at < REFUSAL_LOG_INTERVAL
        ):
            return
        _LOGGER.warning(
            "Refused %s deliveries to %s since the last such line; the latest: %s",
            self._refusals_unlogged,
            self.entry.title,
            reason,
        )
        self._refusals_unlogged = 0
        self._refusal_logged_at = now

    async def _async_prune(self, _: datetime) -> None:
        try:
            await self.journal.prune()
        except JournalError as error:
            _LOGGER.warning(
                "Old deliveries of %s could not be removed from its journal: %s; the "
                "next try is in an hour",
                self.entry.title,
                error,
            )

    async def _async_stop(self, _: Event) -> None:
        await self.async_close()


def journal_path(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    """Return where an entry's journal is."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry.entry_id}.db"))
