"""The store: the journal in Home Assistant, with its upkeep and its troubles."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.helpers.storage import STORAGE_DIR

from ..const import (
    CONF_MAX_AGE_DAYS,
    CONF_MAX_DELIVERIES,
    DEFAULT_MAX_AGE_DAYS,
    DEFAULT_MAX_DELIVERIES,
    DOMAIN,
)
from ..core import Course, Metric, MetricKey
from ..journal import (
    Journal,
    JournalContents,
    JournalError,
    MetricRecord,
    Record,
    Renewal,
    Snapshot,
)
from .due import CertainTime
from .hold import async_get_hold
from .troubles import JOURNAL_DAMAGED, JOURNAL_MISSING, JOURNAL_NOT_WRITTEN

_LOGGER = logging.getLogger(__name__)

PRUNE_INTERVAL = timedelta(hours=1)
RETRY_INTERVAL = timedelta(minutes=1)


class AlertStore:
    """Keeps what the hub of an entry hands over."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        on_commit: Callable[[], Coroutine[Any, Any, None]],
        along: Callable[[], Sequence[Record]],
        snapshot: Callable[[], Snapshot],
    ) -> None:
        """Prepare the journal of an entry.

        `on_commit` is awaited in the event loop whenever a commit begins. `along` returns
        what is not worth a commit, and is written with the next one. `snapshot` says what
        a new journal must hold if the file is lost under way.
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
            along=along,
            snapshot=snapshot,
            on_renewal=self._handle_renewal,
        )
        self._leave_hold: CALLBACK_TYPE | None = None
        self._time = CertainTime(hass.loop.time)
        self._cancel_prune: CALLBACK_TYPE | None = None
        # only while the journal cannot be written
        self._cancel_retry: CALLBACK_TYPE | None = None

    async def async_open(self) -> JournalContents:
        """Open the journal and return its contents.

        Raises:
            JournalTooNew: a newer version wrote it.
            JournalError: it cannot be opened.
        """
        hold = async_get_hold(self._hass)
        # first, so that a backup that begins or ends meanwhile is not missed
        self._leave_hold = hold.async_join(self.journal, self._entry.title)
        try:
            contents = await self.journal.open(is_held=hold.is_held)
        except BaseException:
            self._leave_hold()
            raise
        if contents.renewal:
            self._handle_renewal(contents.renewal)
        if contents.is_new and self._was_set_up and self._entry.unique_id is not None:
            # of an account that is not known, nothing was
            _LOGGER.error(
                "The journal of %s is gone: nothing is known until alerts arrive again",
                self._entry.title,
            )
            JOURNAL_MISSING.async_report(self._hass, self._entry)
        told = [alert.recorded_at or alert.told_at for alert, _ in contents.alerts]
        self._time.doubt(max(told, default=None))
        if contents.unreadable:
            _LOGGER.warning(
                "%s metrics were kept in a form that this version does not understand; "
                "each appears again with its next alert",
                contents.unreadable,
            )
        self._cancel_prune = async_track_time_interval(
            self._hass, self._async_prune, PRUNE_INTERVAL, cancel_on_shutdown=True
        )
        if JOURNAL_NOT_WRITTEN.async_told(self._hass, self._entry) is not None:
            # the entry was reloaded meanwhile
            await self._async_retry()
        return contents

    @property
    def _was_set_up(self) -> bool:
        """Whether the entry was ever set up: its account has a device since then."""
        devices = dr.async_get(self._hass)
        return bool(dr.async_entries_for_config_entry(devices, self._entry.entry_id))

    async def async_keep(self, *records: Record) -> None:
        """Write records; they are on disk on return.

        Raises:
            JournalError: they are not; this is reported, and the write is retried.
        """
        try:
            await self.journal.keep(*records)
        except JournalError as error:
            self._handle_error(error)
            raise
        self._settle()

    def certain_now(self) -> datetime:
        """Return the time as far as it is certain."""
        return self._time.now()

    @callback
    def confirm_time(self, told_at: datetime) -> None:
        """Learn a time that Bleemeo gave: deliveries are pruned by their age."""
        self._time.confirm(told_at)

    def is_kept(self, key: MetricKey) -> bool:
        """Return whether the last alert of a metric is on disk."""
        return self.journal.is_kept(key)

    @callback
    def async_keep_later(self, *records: Record, is_urgent: bool = False) -> None:
        """Write records without anybody waiting for them; a failure is reported.

        Raises:
            JournalError: the journal is closed.
        """
        kept = self.journal.add(*records, is_urgent=is_urgent)
        kept.add_done_callback(self._handle_kept)

    async def async_close(self) -> None:
        """Write what is still queued, and close the journal."""
        if self._cancel_prune is not None:
            self._cancel_prune()
            self._cancel_prune = None
        await self.journal.close()
        if self._leave_hold is not None:
            self._leave_hold()
        # the last write may have failed too
        self._cancel_next_retry()

    @callback
    def _handle_kept(self, kept: asyncio.Future[None]) -> None:
        error = kept.exception()
        if error is None:
            self._settle()
        elif isinstance(error, JournalError):
            self._handle_error(error)

    @callback
    def _handle_error(self, error: JournalError) -> None:
        """Report that nothing can be written, and retry until it can."""
        if self._cancel_prune is None:
            # the store is being closed
            return
        if error.is_unwritable:
            # no retry would help, and everything else is kept
            _LOGGER.error(
                "What was told of a metric of %s can never be written to the journal: %s",
                self._entry.title,
                error,
                exc_info=error,
            )
            return
        if self._cancel_retry is None:
            _LOGGER.error("The journal cannot be written to: %s", error)
            JOURNAL_NOT_WRITTEN.async_report(self._hass, self._entry, error=str(error))
            self._retry_later()

    @callback
    def _handle_renewal(self, renewal: Renewal) -> None:
        """Tell that the journal's file was damaged or gone, and what there still is."""
        if renewal.set_aside is None:
            _LOGGER.warning(
                "The journal of %s was deleted or replaced while it was in use; what is "
                "known was written again: %s metrics, %s deliveries",
                self._entry.title,
                renewal.metrics,
                renewal.deliveries,
            )
            return
        name = renewal.set_aside.name
        _LOGGER.error("The journal was damaged, and is kept as %s", name)
        JOURNAL_DAMAGED.async_report(
            self._hass,
            self._entry,
            file=name,
            metrics=str(renewal.metrics),
            deliveries=str(renewal.deliveries),
        )

    @callback
    def _settle(self) -> None:
        """Report that a write succeeded: it wrote what could not be written before."""
        if self._cancel_retry is not None:
            self._cancel_next_retry()
            JOURNAL_NOT_WRITTEN.async_settle(self._hass, self._entry)
            _LOGGER.info("The journal can be written to again")

    @callback
    def _retry_later(self) -> None:
        self._cancel_retry = async_call_later(
            self._hass, RETRY_INTERVAL, self._async_retry
        )

    @callback
    def _cancel_next_retry(self) -> None:
        if self._cancel_retry is not None:
            self._cancel_retry()
            self._cancel_retry = None

    async def _async_retry(self, _: datetime | None = None) -> None:
        """Write the records of metrics that could not be written."""
        self._retry_later()
        try:
            await self.journal.flush()
        except JournalError:
            return
        self._settle()

    async def _async_prune(self, _: datetime) -> None:
        try:
            # a clock that is ahead for an hour must not remove everything
            await self.journal.prune(self._time.now())
            # as long as memory can mend what no alert has met
            await self.journal.verify()
        except JournalError as error:
            _LOGGER.warning(
                "The upkeep of the journal failed: %s; the next try is in an hour",
                error,
            )


def metric_record(metric: Metric, *, is_whole: bool = False) -> MetricRecord:
    """Return the record of a metric's present state on the board.

    With it, its last incident is written, or all of them if `is_whole`.
    """
    timeline, last = metric.timeline, metric.timeline.last
    incidents = [last] if last else []
    # what was written of a test is gone when it is over
    since = last.began_at if last else timeline.known_since
    if is_whole:
        incidents = timeline.incidents()
        is_cut = timeline.steps[0].at != timeline.known_since
        # what began before the first one that is whole stays as it was written
        since = incidents[0].began_at if is_cut and incidents else timeline.steps[0].at
    return MetricRecord(
        metric.alert,
        metric.received_at,
        metric.acknowledgement,
        metric.told_names,
        metric.history,
        metric.untold,
        course=Course(metric.timeline, metric.quiets, metric.past_acknowledgements),
        incidents=tuple(incidents),
        incidents_from=since,
        host=metric.agent.name,
        name=metric.name,
    )


def forgotten_record(metric: Metric) -> MetricRecord:
    """Return the record of a metric that is gone, for what is untold of it.

    Its incidents stay as they ended.
    """
    return replace(metric_record(metric), incidents=(), incidents_from=None)


def journal_path(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    """Return the path of an entry's journal."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry.entry_id}.db"))
