"""The entrance of an entry: deliveries wait here while it is loaded, or are told why not."""

import asyncio
import logging
from time import monotonic

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .hub import BleemeoHub, Lifecycle
from .models import BleemeoConfigEntry, BleemeoData

_LOGGER = logging.getLogger(__name__)

LOG_INTERVAL_SECONDS = 60
MAX_WAITING = 100
WAIT_SECONDS = 8

_LOADING = (
    ConfigEntryState.NOT_LOADED,
    ConfigEntryState.SETUP_IN_PROGRESS,
    # the first retry comes within the time to wait
    ConfigEntryState.SETUP_RETRY,
    ConfigEntryState.UNLOAD_IN_PROGRESS,
)


class RefusalLog:
    """Logs refusals, at most one line a minute, with their count."""

    def __init__(self) -> None:
        """Start with nothing logged."""
        self._count = 0
        self._logged_at: float | None = None

    def add(self, title: str, reason: str) -> None:
        """Log a refusal by the entry with the title, or count it for a later line."""
        self._count += 1
        # the clock on the wall may be set
        now = monotonic()
        if self._logged_at is not None and now - self._logged_at < LOG_INTERVAL_SECONDS:
            return
        if self._count == 1:
            _LOGGER.warning("%s refused a delivery: %s", title, reason)
        else:
            _LOGGER.warning(
                "%s refused %s deliveries since the last such line; the latest: %s",
                title,
                self._count,
                reason,
            )
        self._count = 0
        self._logged_at = now


class NotNow(Exception):
    """The entry takes no alerts now; the message says why."""


class Entrance:
    """The entrance of an entry: lets deliveries wait for it while it is loaded.

    It outlives reloads of the entry, and so does the log of what was refused.
    """

    def __init__(self, hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
        """Open the entrance of an entry, whatever the entry's state."""
        self.entry = entry
        self.log = RefusalLog()
        self._hass = hass
        self._waiting: set[asyncio.Future[None]] = set()
        self._is_closed = False
        entry.async_on_state_change(self._wake)
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._wake)

    async def async_hub(self) -> BleemeoHub:
        """Return the entry's hub as soon as it takes alerts.

        Raises:
            NotNow: it will not, not in time, or too many deliveries wait already.
        """
        if (hub := self._hub()) is not None:
            return hub
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while (hub := self._hub()) is None:
                    await self._async_change()
        except TimeoutError:
            raise NotNow("not ready yet: try again") from None
        return hub

    @callback
    def close(self) -> None:
        """Let nothing wait any more, for the entry does not come back."""
        self._is_closed = True
        self._wake()

    def _hub(self) -> BleemeoHub | None:
        """Return the hub if it takes alerts, or None if one soon may."""
        data: BleemeoData | None = getattr(self.entry, "runtime_data", None)
        if data is not None and data.hub.lifecycle is Lifecycle.READY:
            return data.hub
        if self._is_closed:
            raise NotNow("this integration was removed from Home Assistant")
        if self._hass.is_stopping:
            raise NotNow("Home Assistant is stopping: try again")
        if self.entry.disabled_by:
            raise NotNow("this integration is disabled in Home Assistant")
        if self.entry.state not in _LOADING:
            raise NotNow("this integration could not be set up in Home Assistant")
        return None

    async def _async_change(self) -> None:
        if len(self._waiting) >= MAX_WAITING:
            raise NotNow("not ready yet, and too many alerts wait: try again")
        change = self._hass.loop.create_future()
        self._waiting.add(change)
        try:
            await change
        finally:
            self._waiting.discard(change)

    @callback
    def _wake(self, *_: object) -> None:
        """Let all that wait look again."""
        for change in self._waiting:
            if not change.done():
                change.set_result(None)


_ENTRANCES: HassKey[dict[str, Entrance]] = HassKey(f"{DOMAIN}_entrances")


@callback
def async_entrance(hass: HomeAssistant, entry: BleemeoConfigEntry) -> Entrance:
    """Return the entrance of an entry, which lasts until it is closed."""
    entrances = hass.data.setdefault(_ENTRANCES, {})
    if (entrance := entrances.get(entry.entry_id)) is None:
        entrance = entrances[entry.entry_id] = Entrance(hass, entry)
    return entrance


@callback
def async_close_entrance(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Close the entrance of an entry that is removed."""
    entrance = hass.data.get(_ENTRANCES, {}).pop(entry.entry_id, None)
    if entrance is not None:
        entrance.close()
