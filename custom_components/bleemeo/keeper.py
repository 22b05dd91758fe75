"""The journal in Home Assistant: when it is looked after, and who is told of trouble."""

import asyncio
from datetime import datetime, timedelta
import logging
from pathlib import Path

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.helpers.storage import STORAGE_DIR

from .alert import MetricKey
from .board import Metric
from .const import (
    CONF_MAX_AGE_DAYS,
    CONF_MAX_DELIVERIES,
    DEFAULT_MAX_AGE_DAYS,
    DEFAULT_MAX_DELIVERIES,
    DOMAIN,
)
from .journal import Journal, JournalError
from .journal_record import Record, Saved, Standing
from .repairs import Trouble, async_report, async_settle

_LOGGER = logging.getLogger(__name__)

PRUNE_INTERVAL = timedelta(hours=1)
RETRY_INTERVAL = timedelta(minutes=1)


class Keeper:
    """Keeps what the hub of an entry hands over, and sees to the journal meanwhile."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        on_commit: CALLBACK_TYPE,
        is_held: bool,
    ) -> None:
        """Prepare the journal of an entry, held while its files are being copied.

        `on_commit` is called in the event loop whenever a commit begins.
        """
        self._hass = hass
        self._entry = entry
        self.journal = Journal(
            journal_path(hass, entry),
            max_deliveries=entry.options.get(
                CONF_MAX_DELIVERIES, DEFAULT_MAX_DELIVERIES
            ),
            max_age=timedelta(
                days=entry.options.get(CONF_MAX_AGE_DAYS, DEFAULT_MAX_AGE_DAYS)
            ),
            on_commit=on_commit,
            is_held=is_held,
        )
        self._is_closing = False
        self._cancel_prune: CALLBACK_TYPE | None = None
        self._cancel_retry: CALLBACK_TYPE | None = None

    async def async_open(self) -> Saved:
        """Open the journal and return what it holds.

        Raises:
            JournalTooNew: where a newer version wrote it.
            JournalError: where it cannot be opened.
        """
        saved = await self.journal.open()
        if saved.set_aside:
            name = saved.set_aside.name
            _LOGGER.error("The journal was damaged, and is kept as %s", name)
            async_report(self._hass, self._entry, Trouble.JOURNAL_DAMAGED, file=name)
        if saved.unreadable:
            _LOGGER.warning(
                "%s metrics were kept in a form that this version does not understand; "
                "each appears again with its next alert",
                saved.unreadable,
            )
        self._cancel_prune = async_track_time_interval(
            self._hass, self._async_prune, PRUNE_INTERVAL, cancel_on_shutdown=True
        )
        return saved

    async def async_keep(self, *records: Record) -> None:
        """Have records on disk when this returns.

        Raises:
            JournalError: they are not; the person is told, and it is tried again.
        """
        try:
            await self.journal.keep(*records)
        except JournalError as error:
            self._meet_trouble(error)
            raise
        self._end_trouble()

    def is_kept(self, key: MetricKey) -> bool:
        """Whether the last alert of a metric is on disk."""
        return self.journal.is_kept(key)

    @callback
    def async_keep_later(self, record: Record) -> None:
        """Have a record on disk soon, with those that come; the person is told if not.

        Raises:
            JournalError: it will not be.
        """
        self.journal.add(record, is_urgent=False).add_done_callback(self._look_at)

    async def async_close(self) -> None:
        """Write what is still to be written, and let go of the journal."""
        self._is_closing = True
        for cancel in (self._cancel_prune, self._cancel_retry):
            if cancel is not None:
                cancel()
        self._cancel_prune = self._cancel_retry = None
        await self.journal.close()

    @callback
    def _look_at(self, kept: asyncio.Future[None]) -> None:
        if isinstance(error := kept.exception(), JournalError):
            self._meet_trouble(error)

    @callback
    def _meet_trouble(self, error: JournalError) -> None:
        """Tell that nothing can be kept, and see to it that this ends by itself."""
        if self._is_closing:
            return
        if error.is_damage:
            # set-up sets the damaged file aside
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
            return
        if self._cancel_retry is None:
            _LOGGER.error("The journal cannot be written to: %s", error)
            async_report(
                self._hass,
                self._entry,
                Trouble.JOURNAL_NOT_WRITTEN,
                error=str(error),
            )
            self._retry_later()

    @callback
    def _end_trouble(self) -> None:
        if self._cancel_retry is not None:
            self._cancel_retry()
            self._cancel_retry = None
            async_settle(self._hass, self._entry, Trouble.JOURNAL_NOT_WRITTEN)
            _LOGGER.info("The journal can be written to again")

    @callback
    def _retry_later(self) -> None:
        self._cancel_retry = async_call_later(
            self._hass, RETRY_INTERVAL, self._async_retry
        )

    async def _async_retry(self, _: datetime) -> None:
        """Write what was to be kept of metrics and could not be."""
        try:
            await self.journal.flush()
        except JournalError:
            if not self._is_closing:
                self._retry_later()
        else:
            self._end_trouble()

    async def _async_prune(self, _: datetime) -> None:
        try:
            await self.journal.prune()
        except JournalError as error:
            _LOGGER.warning(
                "Old deliveries could not be removed from the journal: %s; the next try "
                "is in an hour",
                error,
            )


def standing_of(metric: Metric) -> Standing:
    """Return what is to be kept of a metric, as the board has it now."""
    agent, host = metric.agent, None
    if not metric.names_host and agent.host and agent.host_told_at:
        host = agent.host, agent.host_told_at
    return Standing(metric.alert, metric.received_at, metric.acknowledgement, host)


def journal_path(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    """Return where an entry's journal is."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry.entry_id}.db"))
