"""Bare events."""

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BareEntity, BareEntry


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[BareEntry],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities."""
    entry.runtime_data.join(async_add_entities, BareEvent, is_for_metrics=False)


class BareEvent(BareEntity, EventEntity):
    """An event that never happens."""

    _attr_event_types = ["raised", "cleared"]
    # as ours is
    _attr_entity_registry_enabled_default = False
