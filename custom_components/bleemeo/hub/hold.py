"""The hold: the journals rest while a backup copies their files."""

from datetime import datetime, timedelta
import logging

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..journal import Journal, JournalError

_LOGGER = logging.getLogger(__name__)

MAX_HOLD = timedelta(hours=1)


class Hold:
    """Holds the journals of all entries while at least one backup is under way.

    The log of a journal that is held only grows, so a backup counts for an hour at most.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without any backup, and without journals."""
        self._hass = hass
        self._journals: dict[Journal, str] = {}
        # one for each backup under way, the oldest first
        self._cancel_expiry: list[CALLBACK_TYPE] = []

    @property
    def is_held(self) -> bool:
        """Whether files are being copied right now."""
        return bool(self._cancel_expiry)

    @callback
    def async_join(self, journal: Journal, title: str) -> CALLBACK_TYPE:
        """Hold a journal too, from its opening on, until the returned function is called.

        It must be opened as held if files are being copied at that moment.
        """
        self._journals[journal] = title

        def leave() -> None:
            self._journals.pop(journal, None)

        return leave

    async def async_begin(self) -> None:
        """Hold the journals for a backup, until it ends; alerts are still taken."""
        job = HassJob(self._async_expire, cancel_on_shutdown=True)
        self._cancel_expiry.append(async_call_later(self._hass, MAX_HOLD, job))
        await self._async_apply()

    async def async_end(self) -> None:
        """Release the journals if no other backup is under way."""
        if self._cancel_expiry:
            self._cancel_expiry.pop(0)()
        await self._async_apply()

    async def _async_expire(self, _: datetime) -> None:
        _LOGGER.warning(
            "A backup began %s ago, and its end was never told; the journals are released",
            MAX_HOLD,
        )
        await self.async_end()

    async def _async_apply(self) -> None:
        for journal, title in list(self._journals.items()):
            try:
                # it may have changed while the last one was being told
                await journal.hold(self.is_held)
            except JournalError as error:
                if not self.is_held:
                    # it is released with its next connection
                    continue
                # the rest of Home Assistant is still worth a backup
                _LOGGER.warning(
                    "The journal of %s may not be whole in this backup: %s. Make another "
                    "one when the journal can be written to again",
                    title,
                    error,
                )


_HOLD: HassKey[Hold] = HassKey(f"{DOMAIN}_hold")


@callback
def async_get_hold(hass: HomeAssistant) -> Hold:
    """Return the hold of this Home Assistant."""
    return hass.data.setdefault(_HOLD, Hold(hass))
