"""The devices: one for the account, and below it one for each agent."""

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)

from ..const import DOMAIN, KEY_STATUS, MANUFACTURER, PANEL_URL
from ..core import Agent, Metric, Places


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


@callback
def async_get_places(hass: HomeAssistant, entry: ConfigEntry, metric: Metric) -> Places:
    """Return the areas and labels that a metric is in.

    The area of its status sensor stands above that of its agent's device.
    """
    entities, devices = er.async_get(hass), dr.async_get(hass)
    entity_id = entities.async_get_entity_id(
        SENSOR_DOMAIN, DOMAIN, f"{metric.uid}_{KEY_STATUS}"
    )
    entity = entities.async_get(entity_id) if entity_id else None
    device = devices.async_get_device_by_identifier(
        (DOMAIN, metric.agent.uid), entry.entry_id
    )
    area_id = (entity and entity.area_id) or (device and device.area_id)
    area = ar.async_get(hass).async_get_area(area_id) if area_id else None
    labels = {label for each in (entity, device, area) if each for label in each.labels}
    return [area_id] if area_id else [], labels
