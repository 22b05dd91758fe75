"""The devices of services and containers: each is a part of its agent's device.

There is one as long as Bleemeo's API names the service of a metric that is shown.
"""

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import DOMAIN, KEY_PROBLEM, KEY_STATUS
from ..core import Metric, Service
from .device import agent_device_info

METRIC_ENTITIES = (
    (BINARY_SENSOR_DOMAIN, KEY_PROBLEM),
    (SENSOR_DOMAIN, KEY_STATUS),
)


def metric_device_info(
    hass: HomeAssistant, entry: ConfigEntry, metric: Metric
) -> dr.DeviceInfo | dr.ChildDeviceInfo:
    """Return the device of a metric: that of its service, else that of its agent."""
    if metric.service is None:
        # what it shows comes with the agent's own entities, which are added first
        return dr.DeviceInfo(identifiers={(DOMAIN, metric.agent.uid)})
    # it must be there before its parts
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        **agent_device_info(hass, entry, metric.agent),
    )
    return _service_device_info(device, metric.service, f"{metric.service_uid}")


@callback
def async_place_metric(hass: HomeAssistant, entry: ConfigEntry, metric: Metric) -> None:
    """Move the entities of a metric to the device that they are of now.

    Their ids stay. Then `async_remove_spent`.
    """
    devices, entities = dr.async_get(hass), er.async_get(hass)
    found = [
        entity_id
        for domain, key in METRIC_ENTITIES
        if (
            entity_id := entities.async_get_entity_id(
                domain, DOMAIN, f"{metric.uid}_{key}"
            )
        )
    ]
    if not found:
        return
    of_agent = devices.async_get_or_create(
        config_entry_id=entry.entry_id, **agent_device_info(hass, entry, metric.agent)
    )
    device: dr.AnyDeviceEntry = of_agent
    if metric.service is not None:
        device = devices.async_get_or_create_child(
            config_entry_id=entry.entry_id,
            **_service_device_info(of_agent, metric.service, f"{metric.service_uid}"),
        )
    for entity_id in found:
        entities.async_update_entity(entity_id, device_id=device.id)


@callback
def async_remove_spent(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the devices of services that have no entities any more."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for device in list(
        dr.async_child_entries_for_config_entry(devices, entry.entry_id)
    ):
        if not er.async_entries_for_device(
            entities, device.id, include_disabled_entities=True
        ):
            devices.async_remove_device(device.id)


def _service_device_info(
    device: dr.DeviceEntry, service: Service, uid: str
) -> dr.ChildDeviceInfo:
    return dr.ChildDeviceInfo(
        identifiers={(DOMAIN, uid)}, name=service.name, parent_device_id=device.id
    )
