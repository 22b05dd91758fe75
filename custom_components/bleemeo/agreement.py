"""The agreement: when Bleemeo's API is asked, what follows, and who is told of trouble.

It is asked when the entry is set up, after a gap, every few hours, and on demand. After
a correction it is asked once more: an alert may have been on its way meanwhile.
"""

import asyncio
from datetime import datetime, timedelta
import logging
from typing import Any

from bleemeo import Resource

from homeassistant.core import CALLBACK_TYPE, Context, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .access import async_make_api
from .alert_event import Announcement
from .api_job import ApiError, LoginRefused, ServiceAway, UnusableAnswer
from .api_listing import Listing
from .catalogue import Catalogue, catalogue_store
from .const import CONF_ACCOUNT, CONF_AGREEMENT_INTERVAL, DEFAULT_AGREEMENT_INTERVAL
from .forgetting import async_forget
from .hub import BleemeoConfigEntry, BleemeoHub
from .journal import JournalError
from .reconcile import async_correct, async_rename, find_missing
from .repairs import API_TROUBLES, Trouble, async_report, async_settle

_LOGGER = logging.getLogger(__name__)

ONCE_MORE_AFTER = timedelta(minutes=2)
GAP_DELAY = timedelta(seconds=10)
GAP_PAUSE = timedelta(minutes=1)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
TELL_AFTER_FAILURES = 4
MAX_QUESTIONS = 50


class Agreement:
    """Has the board of a hub agree with Bleemeo, again and again."""

    def __init__(self, hub: BleemeoHub) -> None:
        """Prepare for an entry that has access to the API."""
        self._hub = hub
        self._hass: HomeAssistant = hub.hass
        self._entry: BleemeoConfigEntry = hub.entry
        self.catalogue = Catalogue()
        self._store = catalogue_store(hub.hass, hub.entry)
        self._interval = timedelta(
            hours=hub.entry.options.get(
                CONF_AGREEMENT_INTERVAL, DEFAULT_AGREEMENT_INTERVAL
            )
        )
        self._api = async_make_api(hub.hass, hub.entry)
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._due: datetime | None = None
        self._asked_at: datetime | None = None
        self._not_before: datetime | None = None
        self._failures = 0
        self._is_first = True
        self._is_once_more = False
        self._is_closed = False
        self._still_there: set[tuple[Resource, str]] = set()

    @property
    def state(self) -> dict[str, Any]:
        """How it stands, in words and numbers that JSON has."""
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
        """Use the names that are known from earlier."""
        try:
            stored = await self._store.async_load()
            self.catalogue = Catalogue.from_stored(stored) if stored else Catalogue()
        except (HomeAssistantError, LookupError, TypeError, ValueError) as error:
            # alerts matter more, and the next comparison brings all of it again
            _LOGGER.warning("The names that Bleemeo gave are begun anew: %r", error)
        async_rename(self._hub, self.catalogue)

    @callback
    def async_begin(self) -> None:
        """Ask at once, and from now on whenever there is reason to."""
        self._entry.async_on_unload(
            self._hub.telling.async_listen_alerts(self._hub, self._handle_alert)
        )
        if "cloud" in self._hass.config.components:
            # this needs the cloud's own requirements, which are there where it is set up
            from homeassistant.components import cloud  # noqa: PLC0415

            @callback
            def handle_connection(state: cloud.CloudConnectionState) -> None:
                if state is cloud.CloudConnectionState.CLOUD_CONNECTED:
                    self.async_ask_soon()

            self._entry.async_on_unload(
                cloud.async_listen_connection_change(self._hass, handle_connection)
            )
        self._start()

    async def async_check_now(self) -> None:
        """Ask, and return when the board agrees.

        Raises:
            ApiError: there was no usable answer, or it is too early to ask.
            JournalError: what was corrected could not be kept.
        """
        if self._not_before and (now := dt_util.utcnow()) < self._not_before:
            wait = (self._not_before - now).total_seconds()
            raise ServiceAway("it asks for a pause", round(wait) or 1)
        await self._async_check()

    @callback
    def async_ask_soon(self) -> None:
        """Ask soon, where there is reason to doubt what is shown; not at each reason."""
        now = dt_util.utcnow()
        due = now + GAP_DELAY
        if self._asked_at is not None:
            due = max(due, self._asked_at + GAP_PAUSE)
        # what is due after a failure, or sooner, stands
        if not self._failures and (self._due is None or due < self._due):
            self._ask_in(due - now)

    async def async_close(self) -> None:
        """Ask no more, and correct nothing any more."""
        if self._is_closed:
            # what was saved may have been removed since
            return
        self._is_closed = True
        self._stop_timer()
        if self._task is not None:
            self._task.cancel()
        await self._api.async_close()
        if self.catalogue.agreed_at is not None:
            # what alerts have brought to the board since belongs to it too
            await self._async_save()

    @callback
    def _handle_alert(self, announcement: Announcement) -> None:
        if announcement.data["unseen_change"]:
            # where one alert did not arrive others may not have either
            self.async_ask_soon()

    @callback
    def _ask_in(self, delay: timedelta) -> None:
        self._stop_timer()
        if self._is_closed:
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
        """Ask beside all else: neither start nor stop of Home Assistant waits for it."""
        self._cancel_timer = self._due = None
        self._task = self._entry.async_create_background_task(
            self._hass, self._async_check_and_go_on(), "bleemeo agreement"
        )

    async def _async_check_and_go_on(self) -> None:
        try:
            await self._async_check()
        except ApiError, JournalError:
            # who is to know of it is told already
            pass
        except Exception:
            _LOGGER.exception("%s could not be compared", self._entry.title)
            self._ask_in(LONGEST_RETRY)

    async def _async_check(self) -> None:
        """Ask once, and make the board agree.

        Raises:
            ApiError: there was no usable answer.
            JournalError: what was corrected could not be kept.
        """
        async with self._lock:
            self._stop_timer()
            self._asked_at = dt_util.utcnow()
            try:
                corrected = await self._async_agree()
            except LoginRefused:
                self._settle_trouble()
                self._entry.async_start_reauth(self._hass)
                raise
            except ApiError as error:
                self._meet_trouble(error)
                raise
            except JournalError:
                self._ask_in(LONGEST_RETRY)
                raise
            if self._failures:
                _LOGGER.info("Bleemeo could be asked again")
            self._settle_trouble()
            self._is_once_more = bool(corrected) and not self._is_once_more
            if self._due is not None:
                # doubts came up meanwhile, and are looked into sooner than this
                return
            if self._is_once_more:
                self._ask_in(ONCE_MORE_AFTER)
            elif self._interval:
                self._ask_in(self._interval)

    async def _async_agree(self) -> int:
        listing = await self._api.async_list()
        hub, catalogue = self._hub, self.catalogue
        catalogue.update(listing, hub.board)
        async_rename(hub, catalogue)
        account_id: str = self._entry.data[CONF_ACCOUNT]
        corrected = await async_correct(
            hub, listing, account_id, while_offline=self._is_first
        )
        self._is_first = False
        catalogue.agreed_at = dt_util.utcnow()
        catalogue.corrected += corrected
        hub.telling.tell(hub.uid, Context())
        await self._async_save()
        await self._async_remove_gone(listing)
        return corrected

    async def _async_save(self) -> None:
        await self._store.async_save(self.catalogue.as_stored(self._hub.board))

    async def _async_remove_gone(self, listing: Listing) -> None:
        """Forget what Bleemeo had once and, asked for each by its id, has no longer.

        What is only inactive stays: it may well be what a person should see.
        """
        missing = find_missing(self._hub, listing, self.catalogue)
        wanted = [thing for thing in missing if thing not in self._still_there]
        if not wanted:
            # all were asked for: they have their turn again next time
            self._still_there.clear()
            return
        wanted = wanted[:MAX_QUESTIONS]
        gone = await self._api.async_find_gone(wanted)
        self._still_there.update(set(wanted) - gone)
        metrics = [
            metric
            for thing in gone
            for metric in missing[thing]
            # a person may have forgotten it meanwhile
            if self._hub.board.metrics.get(metric.alert.key) is metric
        ]
        if metrics:
            _LOGGER.info("Bleemeo no longer has %s metrics; they go", len(metrics))
            await async_forget(self._hub, metrics)

    @callback
    def _meet_trouble(self, error: ApiError) -> None:
        """Try again later and later; tell a person where it lasts or will not pass."""
        self._failures += 1
        delay = min(FIRST_RETRY * 2 ** min(self._failures - 1, 10), LONGEST_RETRY)
        if isinstance(error, ServiceAway) and error.wait is not None:
            pause = timedelta(seconds=error.wait)
            self._not_before = dt_util.utcnow() + pause
            delay = max(delay, pause)
        if self._failures == 1:
            _LOGGER.info("Bleemeo could not be asked, and will be again: %s", error)
        if isinstance(error, UnusableAnswer):
            self._report(Trouble.API_UNUSABLE, error)
        elif self._failures == TELL_AFTER_FAILURES:
            self._report(Trouble.API_AWAY, error)
        self._ask_in(delay)

    @callback
    def _settle_trouble(self) -> None:
        self._failures, self._not_before = 0, None
        async_settle(self._hass, self._entry, *API_TROUBLES)

    def _report(self, trouble: Trouble, error: ApiError) -> None:
        async_report(self._hass, self._entry, trouble, error=str(error))
