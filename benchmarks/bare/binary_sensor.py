"""Bare binary sensors."""

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BareEntity, BareEntry


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[BareEntry],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors."""
    entry.runtime_data.join(async_add_entities, BareBinarySensor)


class BareBinarySensor(BareEntity, BinarySensorEntity):
    """A sensor that is always off."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_is_on = False
