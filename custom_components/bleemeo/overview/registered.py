"""What Home Assistant has registered of an entry's account, servers and metrics."""

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)

from ..const import DOMAIN, KEY_PROBLEM, KEY_STATUS
from ..core import Metric, Places


class Registered:
    """Finds devices and entities by the uids of what they stand for, as of a time."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Look for those of an entry; each device is looked up once."""
        self._entry_id = entry_id
        self._entities = er.async_get(hass)
        self._registry = dr.async_get(hass)
        self._areas = ar.async_get(hass)
        self._devices: dict[str, dr.DeviceEntry | None] = {}

    def device(self, uid: str) -> dr.DeviceEntry | None:
        """Return the device of the account, or of an agent."""
        if uid not in self._devices:
            self._devices[uid] = self._registry.async_get_device_by_identifier(
                (DOMAIN, uid), self._entry_id
            )
        return self._devices[uid]

    def device_id(self, uid: str) -> str | None:
        """Return the id of the device of the account, or of an agent."""
        device = self.device(uid)
        return device.id if device else None

    def service_device_id(self, metric: Metric | None) -> str | None:
        """Return the device of a metric's service, a part of that of its server."""
        if metric is None or metric.service_uid is None:
            return None
        device = self._registry.async_get_child_device_by_identifier(
            (DOMAIN, metric.service_uid), self._entry_id
        )
        return device.id if device else None

    def places(self, uid: str) -> Places:
        """Return the area and the labels that a server has."""
        if (device := self.device(uid)) is None:
            return (), ()
        area = self._areas.async_get_area(device.area_id) if device.area_id else None
        if area is None:
            return (), device.labels
        return (area.id,), device.labels | area.labels

    def status_entity_id(self, uid: str) -> str | None:
        """Return the status sensor of an agent or a metric."""
        return self._entities.async_get_entity_id(
            SENSOR_DOMAIN, DOMAIN, f"{uid}_{KEY_STATUS}"
        )

    def problem_entity_id(self, uid: str) -> str | None:
        """Return the binary sensor of an agent."""
        return self._entities.async_get_entity_id(
            BINARY_SENSOR_DOMAIN, DOMAIN, f"{uid}_{KEY_PROBLEM}"
        )

    def given_name(self, entity_id: str | None) -> str | None:
        """Return the name that a person has given to an entity."""
        entity = self._entities.async_get(entity_id) if entity_id else None
        return entity.name if entity else None


@callback
def async_is_server(hass: HomeAssistant, device_id: str) -> bool:
    """Return whether a device is a server, or an account, of ours."""
    device = dr.async_get(hass).async_get(device_id)
    return device is not None and any(key == DOMAIN for key, *_ in device.identifiers)
