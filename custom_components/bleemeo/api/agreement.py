"""The agreement: when to compare the board with Bleemeo's API, and what to do then.

Compare when the entry is set up, when there is doubt, every few hours, and on demand.
After a correction compare once more: an alert may have been on its way.
"""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import CONF_ACCOUNT, CONF_AGREEMENT_INTERVAL, DEFAULT_AGREEMENT_INTERVAL
from ..hub import API_AWAY, API_TROUBLES, API_UNUSABLE, BleemeoHub, HubNotReady, Trouble
from ..journal import JournalError
from .access import async_make_client
from .catalogue import Catalogue, catalogue_store
from .client import ApiClient, ApiObject
from .errors import ApiError, LoginRefused, ServiceAway, UnusableAnswer
from .listing import Listing
from .reconcile import async_correct, async_rename, find_missing

_LOGGER = logging.getLogger(__name__)

ONCE_MORE_AFTER = timedelta(minutes=2)
GAP_DELAY = timedelta(seconds=10)
GAP_PAUSE = timedelta(minutes=1)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
TELL_AFTER_FAILURES = 4
MAX_QUESTIONS = 50


class Agreement:
    """Keeps the board of an entry in agreement with Bleemeo."""

    def __init__(self, hub: BleemeoHub) -> None:
        """Prepare for an entry that has access to the API."""
        self._hub = hub
        self._hass: HomeAssistant = hub.hass
        self._entry: ConfigEntry = hub.entry
        self.catalogue = Catalogue()
        self._store = catalogue_store(hub.hass, hub.entry)
        self._interval = timedelta(
            hours=hub.entry.options.get(
                CONF_AGREEMENT_INTERVAL, DEFAULT_AGREEMENT_INTERVAL
            )
        )
        # None once it is closed
        self._client: ApiClient | None = async_make_client(hub.hass, hub.entry)
        self._lock = asyncio.Lock()
        self._checks: set[asyncio.Task[None]] = set()
        self._cancel_listeners: list[CALLBACK_TYPE] = []
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._due: datetime | None = None
        self._asked_at: datetime | None = None
        self._not_before: datetime | None = None
        self._failures = 0
        self._is_first = True
        self._is_once_more = False
        self._still_there: set[ApiObject] = set()

    @property
    def state(self) -> dict[str, Any]:
        """The state of the agreement, for the diagnostics."""
        return {
            "agreed_at": self.catalogue.agreed_at,
            "asked_at": self._asked_at,
            "due": self._due,
            "failures": self._failures,
            "corrected": self.catalogue.corrected,
            "agents": len(self.catalogue.agents),
            "metrics": len(self.catalogue.metrics),
        }

    async def async_restore(self) -> None:
        """Use the names that Bleemeo gave before the restart."""
        try:
            stored = await self._store.async_load()
            self.catalogue = Catalogue.from_stored(stored) if stored else Catalogue()
        except (HomeAssistantError, LookupError, TypeError, ValueError) as error:
            # alerts matter more, and the next comparison brings the names back
            _LOGGER.warning("The names that Bleemeo gave are begun anew: %r", error)
        async_rename(self._hub, self.catalogue)

    @callback
    def async_begin(self) -> None:
        """Compare now, and from now on whenever there is a reason to."""
        if self._client is None:
            # the entry failed to unload
            self._client = async_make_client(self._hass, self._entry)
        self._cancel_listeners.append(self._hub.on_doubt(self.async_ask_soon))
        if "cloud" in self._hass.config.components:
            # this imports the cloud's own requirements, which are installed if it is set up
            from homeassistant.components import cloud  # noqa: PLC0415

            @callback
            def handle_connection(state: cloud.CloudConnectionState) -> None:
                if state is cloud.CloudConnectionState.CLOUD_CONNECTED:
                    self.async_ask_soon()

            self._cancel_listeners.append(
                cloud.async_listen_connection_change(self._hass, handle_connection)
            )
        self._start()

    async def async_check_now(self) -> None:
        """Compare, and return when the board agrees.

        Raises:
            ApiError: there was no usable answer, or it is too early to ask.
            HubNotReady: the entry was unloaded meanwhile.
            JournalError: the corrections could not be kept.
        """
        if self._not_before and (now := dt_util.utcnow()) < self._not_before:
            wait = (self._not_before - now).total_seconds()
            raise ServiceAway("it asks for a pause", round(wait) or 1)
        # it belongs to the entry, not to the caller: closing ends it
        check = self._run(self._async_check())
        await asyncio.wait([check])
        if check.cancelled():
            # closing did that
            self._open_client()
        check.result()

    @callback
    def async_ask_soon(self) -> None:
        """Compare soon because of a doubt; several doubts share a comparison."""
        now = dt_util.utcnow()
        due = now + GAP_DELAY
        if self._asked_at is not None:
            due = max(due, self._asked_at + GAP_PAUSE)
        # keep a scheduled retry, and a comparison that is due earlier
        if not self._failures and (self._due is None or due < self._due):
            self._ask_in(due - now)

    async def async_close(self) -> None:
        """End all comparisons; none begins afterwards."""
        client, self._client = self._client, None
        if client is None:
            # what was saved may have been removed since
            return
        self._stop_timer()
        for cancel in self._cancel_listeners:
            cancel()
        self._cancel_listeners = []
        for check in self._checks:
            check.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
        await client.async_close()
        if self.catalogue.agreed_at is not None:
            # it must include what alerts have added to the board since
            await self._async_save()

    @callback
    def _ask_in(self, delay: timedelta) -> None:
        self._stop_timer()
        if self._client is None:
            return
        self._due = dt_util.utcnow() + delay
        self._cancel_timer = async_call_later(
            self._hass, delay, HassJob(self._start, cancel_on_shutdown=True)
        )

    @callback
    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
        self._cancel_timer = self._due = None

    @callback
    def _start(self, _: datetime | None = None) -> None:
        self._cancel_timer = self._due = None
        self._run(self._async_check_and_go_on())

    @callback
    def _run(self, check: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a comparison without delaying the start or stop of Home Assistant."""
        task = self._entry.async_create_background_task(
            self._hass, check, "bleemeo agreement"
        )
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)
        return task

    async def _async_check_and_go_on(self) -> None:
        try:
            await self._async_check()
        except ApiError, HubNotReady, JournalError:
            # it has been reported
            pass
        except Exception:
            _LOGGER.exception("%s could not be compared", self._entry.title)
            self._ask_in(LONGEST_RETRY)

    async def _async_check(self) -> None:
        """Compare once, and make the board agree.

        Raises:
            ApiError: there was no usable answer.
            JournalError: the corrections could not be kept.
        """
        async with self._lock:
            self._stop_timer()
            self._asked_at = dt_util.utcnow()
            try:
                corrected = await self._async_agree()
            except LoginRefused:
                self._settle()
                self._entry.async_start_reauth(self._hass)
                raise
            except ApiError as error:
                self._handle_error(error)
                raise
            except JournalError:
                self._ask_in(LONGEST_RETRY)
                raise
            if self._failures:
                _LOGGER.info("Bleemeo could be asked again")
            self._settle()
            self._is_once_more = bool(corrected) and not self._is_once_more
            if self._due is not None:
                # a doubt arose meanwhile, and its comparison is due sooner than these
                return
            if self._is_once_more:
                self._ask_in(ONCE_MORE_AFTER)
            elif self._interval:
                self._ask_in(self._interval)

    def _open_client(self) -> ApiClient:
        """Return the client, unless the agreement is closed."""
        if self._client is None:
            self._hub.check_ready()
            raise ServiceAway("the access to it was removed")
        return self._client

    async def _async_agree(self) -> int:
        client = self._open_client()
        listing = await client.async_list()
        hub, catalogue = self._hub, self.catalogue
        catalogue.update(listing, hub.board)
        async_rename(hub, catalogue)
        account_id: str = self._entry.data[CONF_ACCOUNT]
        corrected = await async_correct(
            hub,
            listing,
            account_id,
            while_offline=self._is_first and hub.heartbeat.was_offline,
        )
        self._is_first = False
        catalogue.agreed_at = dt_util.utcnow()
        catalogue.corrected += corrected
        hub.watchdog.async_hear()
        hub.announcer.tell(hub.uid, Context())
        await self._async_save()
        await self._async_remove_gone(client, listing)
        return corrected

    async def _async_save(self) -> None:
        await self._store.async_save(self.catalogue.as_stored(self._hub.board))

    async def _async_remove_gone(self, client: ApiClient, listing: Listing) -> None:
        """Forget what Bleemeo once had and, asked for it by id, says is gone.

        Keep what is only inactive: it may be just what the user should see.
        """
        missing = find_missing(self._hub, listing, self.catalogue)
        unasked = [each for each in missing if each not in self._still_there]
        if not unasked:
            # all were asked for; start over next time
            self._still_there.clear()
            return
        asked = unasked[:MAX_QUESTIONS]
        gone = await client.async_find_gone(asked)
        self._still_there.update(set(asked) - gone)
        metrics = [
            metric
            for each in gone
            for metric in missing[each]
            # the user may have forgotten it meanwhile
            if self._hub.board.metrics.get(metric.alert.key) is metric
        ]
        if metrics:
            _LOGGER.info("Bleemeo no longer has %s metrics; they go", len(metrics))
            await self._hub.async_forget(metrics)

    @callback
    def _handle_error(self, error: ApiError) -> None:
        """Retry, later each time; report an error that lasts or will not go away."""
        self._failures += 1
        delay = min(FIRST_RETRY * 2 ** min(self._failures - 1, 10), LONGEST_RETRY)
        if isinstance(error, ServiceAway) and error.wait is not None:
            pause = timedelta(seconds=error.wait)
            self._not_before = dt_util.utcnow() + pause
            delay = max(delay, pause)
        if self._failures == 1:
            _LOGGER.info("Bleemeo could not be asked, and will be again: %s", error)
        if isinstance(error, UnusableAnswer):
            self._report(API_UNUSABLE, error)
        elif self._failures == TELL_AFTER_FAILURES:
            self._report(API_AWAY, error)
        self._ask_in(delay)

    @callback
    def _settle(self) -> None:
        self._failures, self._not_before = 0, None
        for trouble in API_TROUBLES:
            trouble.async_settle(self._hass, self._entry)

    def _report(self, trouble: Trouble, error: ApiError) -> None:
        trouble.async_report(self._hass, self._entry, error=str(error))
