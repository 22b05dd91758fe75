"""Let Home Assistant's backup make consistent copies of the journals, even under load."""

from homeassistant.core import HomeAssistant

from .hub import async_get_hold


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Hold the journals while they are copied; alerts are still taken."""
    await async_get_hold(hass).async_begin()


async def async_post_backup(hass: HomeAssistant) -> None:
    """Release the journals."""
    await async_get_hold(hass).async_end()
