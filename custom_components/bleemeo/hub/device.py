"""The devices: one for the account, and below it one for each agent."""

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN, MANUFACTURER, PANEL_URL
from ..core import Agent


def account_device_info(entry: ConfigEntry) -> dr.DeviceInfo:
    """Return the device of the entry's account."""
    return dr.DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=MANUFACTURER,
        entry_type=dr.DeviceEntryType.SERVICE,
        configuration_url=PANEL_URL,
    )


@callback
def async_show_account(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Add the account's device, and let it have its entry's name from now on."""

    @callback
    def show() -> None:
        dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id, **account_device_info(entry)
        )

    @callback
    def follow(change: ConfigEntryChange, changed: ConfigEntry) -> None:
        if changed is entry and change is ConfigEntryChange.UPDATED:
            show()

    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, follow)
    )
    show()


def agent_device_info(
    hass: HomeAssistant, entry: ConfigEntry, agent: Agent
) -> dr.DeviceInfo:
    """Return the device of an agent; the account's device must exist."""
    return dr.DeviceInfo(
        identifiers={(DOMAIN, agent.uid)},
        name=agent.name,
        manufacturer=MANUFACTURER,
        configuration_url=PANEL_URL,
        via_device_id=dr.async_get_device_id_by_identifier(
            hass, (DOMAIN, entry.entry_id), config_entry_id=entry.entry_id
        ),
    )


@callback
def async_get_agent_device(
    hass: HomeAssistant, entry: ConfigEntry, agent: Agent
) -> dr.DeviceEntry | None:
    """Return the agent's device, renamed if Bleemeo renamed the agent, or None.

    A name given by the user is kept.
    """
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, agent.uid), entry.entry_id
    )
    if device and device.name != agent.name:
        device = registry.async_update_device(device.id, name=agent.name)
    return device
