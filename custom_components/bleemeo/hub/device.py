"""The devices: one for the account, and below it one for each agent."""

from typing import TypedDict

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import DOMAIN, MANUFACTURER, PANEL_URL
from ..core import Agent


class _ToldInfo(TypedDict):
    """What a device shows of its agent, under the names of the registry."""

    name: str
    manufacturer: str
    model: str | None
    serial_number: str | None
    sw_version: str | None


def account_device_info(entry: ConfigEntry) -> dr.DeviceInfo:
    """Return the device of the entry's account."""
    return dr.DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=MANUFACTURER,
        entry_type=dr.DeviceEntryType.SERVICE,
        configuration_url=PANEL_URL,
    )


def agent_device_info(
    hass: HomeAssistant, entry: ConfigEntry, agent: Agent
) -> dr.DeviceInfo:
    """Return the device of an agent; the account's device must exist."""
    told = _told_info(agent)
    return dr.DeviceInfo(
        identifiers={(DOMAIN, agent.uid)},
        name=told["name"],
        manufacturer=told["manufacturer"],
        model=told["model"],
        serial_number=told["serial_number"],
        sw_version=told["sw_version"],
        configuration_url=PANEL_URL,
        via_device_id=dr.async_get_device_id_by_identifier(
            hass, (DOMAIN, entry.entry_id), config_entry_id=entry.entry_id
        ),
    )


@callback
def async_get_agent_device(
    hass: HomeAssistant, entry: ConfigEntry, agent: Agent
) -> dr.DeviceEntry | None:
    """Return the agent's device, with what Bleemeo tells of the agent now, or None.

    A name given by the user is kept.
    """
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, agent.uid), entry.entry_id
    )
    told = _told_info(agent)
    if device and any(getattr(device, key) != value for key, value in told.items()):
        device = registry.async_update_device(device.id, **told)
    return device


def _told_info(agent: Agent) -> _ToldInfo:
    """Return what a device shows of its agent."""
    profile = agent.profile
    return _ToldInfo(
        name=agent.name,
        manufacturer=(profile.manufacturer if profile else None) or MANUFACTURER,
        model=profile.model if profile else None,
        serial_number=profile.serial_number if profile else None,
        sw_version=profile.sw_version if profile else None,
    )
