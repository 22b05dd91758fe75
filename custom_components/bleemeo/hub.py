"""The hub of an entry: every alert passes through it on its way from anywhere to disk."""

from datetime import datetime
import logging
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from .acknowledging import Acknowledging
from .alert import Alert, Source, Title
from .board import Agent, Board, Judgement, Metric, Verdict
from .const import CONF_FLAPPING_THRESHOLD, DEFAULT_FLAPPING_THRESHOLD, DOMAIN
from .device import account_device_info
from .journal_record import REFUSED, REJECTED_DELIVERIES, UNSEEN_CHANGES, Delivery
from .keeper import Keeper, standing_of
from .repairs import Trouble, async_report, async_settle
from .telling import Telling

if TYPE_CHECKING:
    from .agreement import Agreement

_LOGGER = logging.getLogger(__name__)

type BleemeoConfigEntry = ConfigEntry[BleemeoHub]
type Subject = BleemeoHub | Agent | Metric


class BleemeoHub:
    """Owns the board and the journal of an entry and tells entities and the bus."""

    def __init__(
        self, hass: HomeAssistant, entry: BleemeoConfigEntry, is_held: bool = False
    ) -> None:
        """Prepare the hub of an entry; `async_start` makes it work.

        `is_held` says that the journal's files are being copied at the time.
        """
        self.hass = hass
        self.entry = entry
        self.flapping_threshold: int = entry.options.get(
            CONF_FLAPPING_THRESHOLD, DEFAULT_FLAPPING_THRESHOLD
        )
        self.board = Board()
        self.telling = Telling(self)
        self.keeper = Keeper(hass, entry, self.telling.async_tell_untold, is_held)
        self.acknowledging = Acknowledging(self)
        # where the user gave access to Bleemeo's API
        self.agreement: Agreement | None = None
        self.is_ready = False
        self.rejected_deliveries = 0
        self.unseen_changes = 0
        self.last_alert_at: datetime | None = None
        self.delivery_delay: float | None = None
        self.mismatched_account: str | None = None

    @property
    def uid(self) -> str:
        """What tells this account from every other one, before its first alert too."""
        return self.entry.entry_id

    async def async_start(self) -> None:
        """Open the journal and show on the board what it holds.

        Raises:
            JournalTooNew: where a newer version wrote the journal.
            JournalError: where the journal cannot be opened.
        """
        saved = await self.keeper.async_open()
        self.board.restore(saved.alerts)
        for agent_id, host, told_at in saved.hosts:
            self.board.agents[agent_id].read_name(host, told_at)
        self.acknowledging.restore(saved.acknowledgements)
        self.rejected_deliveries = saved.counts.get(REJECTED_DELIVERIES, 0)
        self.unseen_changes = saved.counts.get(UNSEEN_CHANGES, 0)
        self.last_alert_at = max(
            (at for alert, at in saved.alerts if alert.source is not Source.API),
            default=None,
        )
        for alert, _ in saved.alerts:
            self._pin_account(alert)
        dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id, **account_device_info(self.entry)
        )
        self.entry.async_on_unload(
            self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_stop)
        )
        self.telling.async_start()

    @callback
    def async_take_alerts(self) -> None:
        """Take alerts from now on; the platforms are there to show them."""
        async_settle(self.hass, self.entry, Trouble.ENTITY_CAP)
        for metric in self.board.metrics.values():
            if self.telling.is_beyond_cap(metric):
                break
        self.is_ready = True

    async def async_close(self) -> None:
        """Write what is still to be written; alerts are no longer taken."""
        self.is_ready = False
        self.telling.async_tell_untold()
        self.acknowledging.close()
        if self.agreement is not None:
            await self.agreement.async_close()
        await self.keeper.async_close()

    def accepts_account(self, account_id: str) -> bool:
        """Whether this entry is the one for the account.

        The first alert pins the account, unless another entry has that one already.
        """
        if self.entry.unique_id is not None:
            return self.entry.unique_id == account_id
        return not self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, account_id
        )

    @callback
    def async_report_mismatch(self, account_id: str) -> None:
        """Tell the person that alerts of another account arrive here."""
        self.mismatched_account = account_id
        async_report(
            self.hass, self.entry, Trouble.ACCOUNT_MISMATCH, account=account_id
        )

    async def async_receive(
        self, alert: Alert, body: str, *, while_offline: bool = False
    ) -> Verdict:
        """Judge, show and keep an alert of this entry's account; it is on disk then.

        `body` is the text as it arrived; but for the API's, the alert is read from it
        again after a restart.
        `while_offline` says that it came about while Home Assistant was not running.

        Raises:
            JournalError: it was judged and shown, but could not be kept.
        """
        now = dt_util.utcnow()
        self._pin_account(alert)
        if self.telling.is_untold(alert.key):
            # each change is a state of its own
            self.telling.async_tell_untold()
        judgement = self.board.judge(alert, now)
        if judgement.verdict is Verdict.CHANGED:
            self._count(judgement)
        if judgement.refreshed:
            self.telling.async_tell_soon(judgement, while_offline)
        if self.agreement is not None and judgement.contradicts(alert):
            self.agreement.async_ask_soon()
        delivery = Delivery(
            received_at=now,
            source=alert.source,
            verdict=judgement.verdict,
            host=judgement.metric.agent.name,
            alert=alert,
            body=body,
            standing=standing_of(judgement.metric) if judgement.is_to_keep else None,
            unseen_change=judgement.unseen_change,
        )
        # only for what a metric's last alert says it is known to be on disk
        is_repeated = not judgement.is_to_keep and alert == judgement.metric.alert
        if is_repeated and self.keeper.is_kept(alert.key):
            self.keeper.async_keep_later(delivery)
        else:
            await self.keeper.async_keep(delivery)
        return judgement.verdict

    async def async_refuse(
        self, reason: str, body: str = "", alert: Alert | None = None
    ) -> None:
        """Count a delivery that is not taken, and keep it with the reason.

        Raises:
            JournalError: it could not be kept.
        """
        self.rejected_deliveries += 1
        self.telling.tell(self.uid, Context())
        await self.keeper.async_keep(
            Delivery(
                received_at=dt_util.utcnow(),
                source=Source.WEBHOOK,
                verdict=REFUSED,
                reason=reason,
                host=Title.parse(alert.title, alert.status_text).host
                if alert
                else None,
                alert=alert,
                body=body,
            )
        )

    def is_flapping(self, metric: Metric) -> bool:
        """Whether the metric changes too often to be taken at its word."""
        return (metric.alert.changes_last_hour or 0) >= self.flapping_threshold

    def is_acknowledged(self, metric: Metric) -> bool:
        """Whether a person has seen the metric's open alert."""
        return metric.acknowledgement is not None

    def _pin_account(self, alert: Alert) -> None:
        if self.entry.unique_id is not None or alert.source is Source.TEST:
            return
        self.hass.config_entries.async_update_entry(
            self.entry, unique_id=alert.account_id
        )
        for entry in self.hass.config_entries.async_loaded_entries(DOMAIN):
            hub: BleemeoHub = entry.runtime_data
            if hub.mismatched_account == alert.account_id:
                hub.mismatched_account = None
                async_settle(self.hass, entry, Trouble.ACCOUNT_MISMATCH)

    def _count(self, judgement: Judgement) -> None:
        """Note what a change says about the deliveries."""
        metric = judgement.metric
        if metric.alert.source is not Source.API:
            self.last_alert_at = metric.received_at
            sent_at = metric.alert.modified_at or metric.alert.changed_at
            delay = (metric.received_at - sent_at).total_seconds()
            self.delivery_delay = max(delay, 0.0)
        if judgement.unseen_change:
            self.unseen_changes += 1
            _LOGGER.info(
                "Bleemeo saw a change of %s on %s that never arrived here",
                metric.name,
                metric.agent.name,
            )

    async def _async_stop(self, _: Event) -> None:
        await self.async_close()
