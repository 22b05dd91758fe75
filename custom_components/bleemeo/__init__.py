"""Bleemeo for Home Assistant: alerts of watched servers as sensors and events."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from . import address, webhook
from .const import DOMAIN
from .hub import BleemeoConfigEntry, BleemeoHub, journal_path
from .journal import JournalError, remove_journal

PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Have all entries' webhooks answer as early as can be, with 503 until set up."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        webhook.async_register(hass, entry)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> bool:
    """Set up an entry; what the journal holds is shown before alerts are taken."""
    # an entry that was added, or given a new webhook, since async_setup ran
    webhook.async_register(hass, entry)
    hub = BleemeoHub(hass, entry)
    try:
        await hub.async_start()
    except JournalError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="journal_not_opened",
            translation_placeholders={
                "path": str(hub.journal.path),
                "error": str(error),
            },
        ) from error
    entry.runtime_data = hub
    try:
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    except BaseException:
        await hub.async_close()
        raise
    hub.is_ready = True
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> bool:
    """Unload an entry; its webhook goes on answering, with 503."""
    hub = entry.runtime_data
    hub.is_ready = False
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        hub.is_ready = True
        return False
    await hub.async_close()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Give up the address of an entry and delete all that was kept for it."""
    webhook.async_unregister(hass, entry)
    await address.async_release(hass, entry)
    await hass.async_add_executor_job(remove_journal, journal_path(hass, entry))
