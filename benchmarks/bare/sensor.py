"""Bare sensors."""

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BareEntity, BareEntry


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[BareEntry],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors."""
    entry.runtime_data.join(async_add_entities, BareSensor)


class BareSensor(BareEntity, SensorEntity):
    """A sensor with three possible states."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = ["ok", "warning", "critical"]
    _attr_native_value = "ok"
