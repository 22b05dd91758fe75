"""Bleemeo for Home Assistant: alerts of watched servers as sensors and events."""

from contextlib import suppress

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from . import address, backup, reach, webhook
from .access import async_revoke
from .agreement import Agreement
from .catalogue import catalogue_store
from .const import CONF_REFRESH_TOKEN, DOMAIN
from .forgetting import async_forget
from .frontend import async_setup_frontend
from .hub import BleemeoConfigEntry, BleemeoHub
from .journal import JournalError
from .journal_file import remove_journal
from .journal_tables import JournalTooNew
from .keeper import journal_path
from .repairs import Trouble, async_settle
from .services import async_setup_services

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Have all entries' webhooks answer as early as can be, with 503 until set up."""
    # before anything else: until then Home Assistant answers 200 and drops the alert
    for entry in hass.config_entries.async_entries(DOMAIN):
        webhook.async_register(hass, entry)
    async_setup_services(hass)
    async_setup_frontend(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> bool:
    """Set up an entry; what the journal holds is shown before alerts are taken."""
    # an entry that was added, or given a new webhook, since async_setup ran
    webhook.async_register(hass, entry)
    hub = BleemeoHub(hass, entry, backup.is_under_way(hass))
    try:
        await hub.async_start()
    except JournalTooNew as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="journal_too_new",
            translation_placeholders={"path": str(journal_path(hass, entry))},
        ) from error
    except JournalError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="journal_not_opened",
            translation_placeholders={
                "path": str(journal_path(hass, entry)),
                "error": str(error),
            },
        ) from error
    entry.runtime_data = hub
    try:
        if CONF_REFRESH_TOKEN in entry.data:
            hub.agreement = Agreement(hub)
            await hub.agreement.async_restore()
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    except BaseException:
        await hub.async_close()
        raise
    hub.async_take_alerts()
    reach.async_watch(hass, entry)
    if hub.agreement is not None:
        hub.agreement.async_begin()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> bool:
    """Unload an entry; its webhook goes on answering, with 503."""
    hub = entry.runtime_data
    hub.is_ready = False
    # while there are platforms to show it
    hub.telling.async_tell_untold()
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        hub.is_ready = True
        return False
    await hub.async_close()
    return True


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: BleemeoConfigEntry, device_entry: dr.AnyDeviceEntry
) -> bool:
    """Forget the agent whose device a person deletes; the account's stays."""
    agent_ids = {agent_id for _, agent_id in device_entry.identifiers}
    if entry.entry_id in agent_ids or entry.state is not ConfigEntryState.LOADED:
        return False
    hub = entry.runtime_data
    metrics = [
        metric for metric in hub.board.metrics.values() if metric.agent.uid in agent_ids
    ]
    # the keeper tells of trouble
    with suppress(JournalError):
        await async_forget(hub, metrics)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Give up the address of an entry and delete all that was kept for it."""
    webhook.async_unregister(hass, entry)
    async_settle(hass, entry, *Trouble)
    await address.async_release(hass, entry)
    await async_revoke(hass, entry)
    await catalogue_store(hass, entry).async_remove()
    await hass.async_add_executor_job(remove_journal, journal_path(hass, entry))
