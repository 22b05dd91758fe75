"""The agreement: when to compare the board with Bleemeo's API, and what to do then.

Compare when the entry is set up, when there is doubt, every few hours, and on demand.
After a correction compare once more: an alert may have been on its way.
"""

import asyncio
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import CONF_AGREEMENT_INTERVAL, DEFAULT_AGREEMENT_INTERVAL
from ..hub import BleemeoHub, HubNotReady
from ..journal import JournalError
from .access import async_make_client
from .catalogue import Catalogue
from .client import ApiClient
from .comparison import Comparison
from .errors import ApiError, LoginRefused, ServiceAway
from .setbacks import LONGEST_RETRY, Setbacks

_LOGGER = logging.getLogger(__name__)

ONCE_MORE_AFTER = timedelta(minutes=2)
QUESTIONS_PAUSE = timedelta(minutes=1)
DOUBT_DELAY = timedelta(seconds=10)
DOUBT_PAUSE = timedelta(minutes=1)
# it doubles with each doubt that came to nothing, for anybody can make up alerts
MAX_DOUBLINGS = 4
CANCEL_SECONDS = 1


class Agreement:
    """Keeps the board of an entry in agreement with Bleemeo."""

    def __init__(self, hub: BleemeoHub) -> None:
        """Prepare for an entry that has access to the API."""
        self._hub = hub
        self._hass: HomeAssistant = hub.hass
        self._entry: ConfigEntry = hub.entry
        self._comparison = Comparison(hub)
        self._setbacks = Setbacks(hub.hass, hub.entry)
        self._interval = timedelta(
            hours=hub.entry.options.get(
                CONF_AGREEMENT_INTERVAL, DEFAULT_AGREEMENT_INTERVAL
            )
        )
        # None once it is closed
        self._client: ApiClient | None = async_make_client(hub.hass, hub.entry)
        # at most one
        self._checks: set[asyncio.Task[None]] = set()
        self._cancel_listeners: list[CALLBACK_TYPE] = []
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._due: datetime | None = None
        self._asked_at: datetime | None = None
        self._is_once_more = False
        self._is_doubted = False
        self._in_vain = 0

    @property
    def catalogue(self) -> Catalogue:
        """What Bleemeo has, as far as is known."""
        return self._comparison.catalogue

    @property
    def state(self) -> dict[str, Any]:
        """The state of the agreement, for the diagnostics."""
        return {
            "agreed_at": self.catalogue.agreed_at,
            "asked_at": self._asked_at,
            "due": self._due,
            "failures": self._setbacks.failures,
            "refusals": self._setbacks.refusals,
            "maintenance": self._setbacks.is_maintained,
            "odd_rows": len(self._comparison.odd),
            "corrected": self.catalogue.corrected,
            "agents": len(self.catalogue.agents),
            "metrics": len(self.catalogue.metrics),
            "waiting": self._comparison.second_look.waiting,
        }

    async def async_restore(self) -> None:
        """Use the names that Bleemeo gave before the restart."""
        await self._comparison.async_restore()

    @callback
    def async_begin(self) -> None:
        """Compare now, and from now on whenever there is a reason to."""
        if self._client is None:
            # the entry failed to unload
            self._client = async_make_client(self._hass, self._entry)
        self._cancel_listeners.append(self._hub.on_doubt(self.async_ask_soon))
        self._cancel_listeners.append(self._comparison.async_follow())
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
        if self._pause:
            self._ask_in(self._pause)
        else:
            self._start()

    async def async_check_now(self) -> None:
        """Compare, and return when the board agrees; join a comparison under way.

        Raises:
            ApiError: there was no usable answer, or it is too early to ask.
            HubNotReady: the entry was unloaded meanwhile.
            JournalError: the corrections could not be kept.
        """
        if not self._checks:
            self._open_client()
            if self._pause:
                wait = round(self._pause.total_seconds())
                raise ServiceAway("it asks for a pause", wait or 1)
            if self._setbacks.refusals:
                raise LoginRefused("it does not accept the token")
        # it belongs to the entry, not to the caller: closing ends it
        check = next(iter(self._checks), None) or self._run()
        await asyncio.wait([check])
        if check.cancelled():
            # closing did that
            self._open_client()
        check.result()

    @callback
    def async_ask_soon(self) -> None:
        """Compare soon because of a doubt; several doubts share a comparison.

        Wait longer after doubts that came to nothing.
        """
        self._is_doubted = True
        now, delay = dt_util.utcnow(), max(DOUBT_DELAY, self._pause)
        if self._asked_at is not None:
            pause = DOUBT_PAUSE * 2**self._in_vain
            # the clock may have been set back
            delay = max(delay, min(self._asked_at + pause - now, pause))
        # keep a scheduled retry, and a comparison that is due earlier; one that was due
        # long ago is not, for the clock was set forward
        is_due = self._due is not None and now <= self._due <= now + delay
        if not self._setbacks.is_waiting and not is_due:
            self._ask_in(delay)

    async def async_close(self) -> None:
        """End all comparisons within seconds; none begins afterwards."""
        client, self._client = self._client, None
        if client is None:
            # what was saved may have been removed since
            return
        self._stop_timer()
        for cancel in self._cancel_listeners:
            cancel()
        self._cancel_listeners = []
        if checks := set(self._checks):
            for check in checks:
                check.cancel()
            await asyncio.wait(checks, timeout=CANCEL_SECONDS)
        await client.async_close()
        # it must include what alerts have added to the board since
        await self._comparison.async_save()

    @property
    def _pause(self) -> timedelta:
        """How long Bleemeo wants not to be asked."""
        now = dt_util.utcnow()
        pause = (self.catalogue.not_before or now) - now
        # a clock that was ahead must not silence it for years
        return max(timedelta(), min(pause, timedelta(days=1)))

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
        if self._client is None:
            return
        if self._checks:
            # its answer may be older than the reason for this one
            self._ask_in(DOUBT_DELAY)
            return
        self._run()

    def _run(self) -> asyncio.Task[None]:
        """Compare in the background; neither start nor stop waits for it."""
        check = self._hass.async_create_background_task(
            self._async_check(), f"{self._entry.title}: agreement"
        )
        self._checks.add(check)
        check.add_done_callback(self._handle_done)
        return check

    @callback
    def _handle_done(self, check: asyncio.Task[None]) -> None:
        self._checks.discard(check)
        error = None if check.cancelled() else check.exception()
        if error is None or isinstance(error, ApiError | HubNotReady | JournalError):
            # it has been reported
            return
        _LOGGER.error("%s could not be compared", self._entry.title, exc_info=error)
        self._ask_in(LONGEST_RETRY)

    async def _async_check(self) -> None:
        """Compare once, and make the board agree.

        Raises:
            ApiError: there was no usable answer.
            JournalError: the corrections could not be kept.
        """
        self._stop_timer()
        self._asked_at = dt_util.utcnow()
        self.catalogue.not_before = None
        is_doubted, self._is_doubted = self._is_doubted, False
        try:
            corrected = await self._comparison.async_compare(self._open_client())
        except ApiError as error:
            delay = self._setbacks.async_take(error)
            if isinstance(error, ServiceAway) and error.wait is not None:
                pause = timedelta(seconds=error.wait)
                await self._comparison.async_pause(dt_util.utcnow() + pause)
            self._ask_in(max(delay, self._pause))
            raise
        except JournalError:
            self._ask_in(LONGEST_RETRY)
            raise
        self._setbacks.async_settle()
        self._is_once_more = bool(corrected) and not self._is_once_more
        if corrected or self._comparison.has_found_agents:
            self._in_vain = 0
        elif is_doubted:
            self._in_vain = min(self._in_vain + 1, MAX_DOUBLINGS)
        if self._due is None:
            # else a doubt arose meanwhile, and its comparison is due sooner than these
            self._ask_again()

    @callback
    def _ask_again(self) -> None:
        """Schedule the next comparison after one that succeeded."""
        if self._comparison.has_questions:
            self._ask_in(QUESTIONS_PAUSE)
        elif self._is_once_more or self._comparison.second_look.is_due:
            self._ask_in(ONCE_MORE_AFTER)
        elif self._interval:
            self._ask_in(self._interval)

    def _open_client(self) -> ApiClient:
        """Return the client, unless the agreement is closed."""
        if self._client is None:
            self._hub.check_ready()
            raise ServiceAway("the access to it was removed")
        return self._client
