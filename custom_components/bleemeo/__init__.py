"""Bleemeo for Home Assistant: alerts of watched servers as sensors and events."""

from contextlib import suppress

from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from . import gone, webhook
from .api import Agreement, async_remove_kept, async_revoke
from .assist import async_setup_voice
from .caller import async_setup_callers
from .const import CONF_REFRESH_TOKEN, DOMAIN
from .frontend import async_keep_resource, async_remove_resource, async_setup_frontend
from .hub import TROUBLES, BleemeoHub, address, journal_path, recording
from .journal import JournalError, JournalTooNew, remove_journal
from .models import BleemeoConfigEntry, BleemeoData, is_loaded
from .on_demand import async_get_wanted
from .services import async_setup_services
from .websocket_api import async_setup_websocket_api

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the webhooks of all entries early; alerts wait until they are set up."""
    # before anything else: until then Home Assistant answers 200 and drops the alert
    for entry in hass.config_entries.async_entries(DOMAIN):
        webhook.async_register(hass, entry)
    async_setup_callers(hass)
    async_setup_services(hass)
    async_setup_websocket_api(hass)
    async_setup_voice(hass)
    async_setup_frontend(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> bool:
    """Set up an entry: show what the journal holds, then take alerts."""
    # the entry may be new, or have a new webhook, since async_setup ran
    webhook.async_register(hass, entry)
    recording.async_apply(hass)
    hub = BleemeoHub(hass, entry)
    data = BleemeoData(hub)
    try:
        await _async_open(hass, entry, hub)
        _restore_address(hass, entry, hub)
        entry.runtime_data = data
        if CONF_REFRESH_TOKEN in entry.data:
            data.agreement = Agreement(hub)
            await data.agreement.async_restore()
        data.platforms = [*PLATFORMS, *await async_get_wanted(hass, entry)]
        await hass.config_entries.async_forward_entry_setups(entry, data.platforms)
    except BaseException:
        await data.async_close()
        raise

    async def close(_: Event) -> None:
        await data.async_close()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, close))
    entry.async_on_unload(gone.async_keep_tidy(hass, entry))
    hub.async_take_alerts()
    if data.agreement is not None:
        data.agreement.async_begin()
    # it went with the last entry
    entry.async_create_task(hass, async_keep_resource(hass))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> bool:
    """Unload an entry; its webhook keeps answering, and alerts wait for a reload."""
    data = entry.runtime_data
    # while the platforms can still show what is pending
    await data.async_quiesce()
    if not await hass.config_entries.async_unload_platforms(entry, data.platforms):
        data.hub.async_resume_taking()
        if data.agreement is not None:
            data.agreement.async_begin()
        return False
    await data.hub.async_close()
    if entry.disabled_by:
        recording.async_apply(hass)
        for trouble in TROUBLES:
            # what does not persist is found again when the entry is enabled
            if not trouble.is_persistent:
                trouble.async_settle(hass, entry)
    return True


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: BleemeoConfigEntry, device_entry: dr.AnyDeviceEntry
) -> bool:
    """Forget the agent or service whose device a user deletes.

    The account's device cannot be deleted.
    """
    uids = {uid for _, uid in device_entry.identifiers}
    if entry.entry_id in uids or not is_loaded(entry):
        return False
    hub = entry.runtime_data.hub
    agents = [agent for uid, agent in hub.board.agents.items() if uid in uids]
    metrics = [
        metric
        for metric in hub.board.metrics.values()
        if not uids.isdisjoint(metric.uids)
    ]
    # the store reports it
    with suppress(JournalError):
        await hub.async_forget(metrics, agents)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Delete everything stored for an entry, then give up its address and access."""
    webhook.async_unregister(hass, entry)
    recording.async_apply(hass)
    if (data := getattr(entry, "runtime_data", None)) is not None:
        # its platforms failed to unload
        await data.async_close()
    for trouble in TROUBLES:
        trouble.async_settle(hass, entry)
    await hass.async_add_executor_job(remove_journal, journal_path(hass, entry))
    if all(each is entry for each in hass.config_entries.async_entries(DOMAIN)):
        await async_remove_resource(hass)
    # what needs the network comes last: it may fail or be slow
    await address.async_release(hass, entry)
    await async_revoke(hass, entry)
    await async_remove_kept(hass, entry)


def _restore_address(
    hass: HomeAssistant, entry: BleemeoConfigEntry, hub: BleemeoHub
) -> None:
    """Give an entry the address that it was given before Home Assistant wrote it down."""
    if hub.kept_address.value is None:
        return
    webhook_id, is_cloudhook = hub.kept_address.value
    known = {each.webhook_id for each in address.replaced_addresses(entry)}
    if webhook_id not in known | {entry.data[CONF_WEBHOOK_ID]}:
        address.async_store(hass, entry, webhook_id, is_cloudhook)
        webhook.async_register(hass, entry)
    elif not hass.is_running:
        # the entry that has it was read from disk
        hub.kept_address.async_let_go()


async def _async_open(
    hass: HomeAssistant, entry: BleemeoConfigEntry, hub: BleemeoHub
) -> None:
    """Open the hub, or raise an error that tells the user why it cannot be opened."""
    path = str(journal_path(hass, entry))
    try:
        await hub.async_open()
    except JournalTooNew as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="journal_too_new",
            translation_placeholders={"path": path},
        ) from error
    except JournalError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="journal_not_opened",
            translation_placeholders={"path": path, "error": str(error)},
        ) from error
