"""Tests of the actions."""

from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import Context, HomeAssistant
from tests import state

CPU = "sensor.web01_example_com_cpu"
DISK = "sensor.web01_example_com_disk_used_home"
NAS = "sensor.nas_example_com_status"
UPS = "sensor.nas_example_com_ups"
NEEDS_ATTENTION = "sensor.bleemeo_needs_attention"
ACCOUNT_STATUS = "sensor.bleemeo_status"


async def call(
    hass: HomeAssistant, action: str, context: Context | None = None, /, **data: Any
) -> None:
    """Perform an action."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True, context=context)


async def respond(
    hass: HomeAssistant, action: str, context: Context | None = None, /, **data: Any
) -> Any:
    """Perform an action, and return its response."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, context=context, return_response=True
    )


async def get_alerts(hass: HomeAssistant, **data: Any) -> list[Any]:
    """Return the open alerts."""
    response = await respond(hass, "get_alerts", **data)
    alerts = response["alerts"]
    assert isinstance(alerts, list)
    return alerts


async def get_deliveries(
    hass: HomeAssistant, entry: MockConfigEntry, **data: Any
) -> list[Any]:
    """Return the deliveries of an entry."""
    entry_id = entry.entry_id
    response = await respond(hass, "get_deliveries", config_entry_id=entry_id, **data)
    deliveries = response["deliveries"]
    assert isinstance(deliveries, list)
    return deliveries


def attribute(hass: HomeAssistant, entity_id: str, name: str) -> Any:
    """Return an attribute of an entity."""
    return state(hass, entity_id).attributes[name]


def is_acknowledged(hass: HomeAssistant, entity_id: str) -> bool:
    """Return the attribute of a status sensor."""
    acknowledged = attribute(hass, entity_id, "acknowledged")
    assert isinstance(acknowledged, bool)
    return acknowledged
