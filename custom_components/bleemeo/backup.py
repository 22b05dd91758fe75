"""Let Home Assistant's backup make consistent copies of the journals, even under load."""

import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .journal import JournalError

_LOGGER = logging.getLogger(__name__)

_UNDER_WAY: HassKey[bool] = HassKey(f"{DOMAIN}_backup")


@callback
def is_under_way(hass: HomeAssistant) -> bool:
    """Return whether files are being copied right now."""
    return hass.data.get(_UNDER_WAY, False)


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Hold the journals while they are copied; alerts are still taken."""
    await _async_hold(hass, True)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Release the journals."""
    await _async_hold(hass, False)


async def _async_hold(hass: HomeAssistant, is_held: bool) -> None:
    hass.data[_UNDER_WAY] = is_held
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        try:
            await entry.runtime_data.hub.store.journal.hold(is_held)
        except JournalError as error:
            # the rest of Home Assistant is still worth a backup
            _LOGGER.warning(
                "The journal of %s may not be whole in this backup: %s. Make another "
                "one when the journal can be written to again",
                entry.title,
                error,
            )
