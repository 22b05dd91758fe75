"""What tests of assistants share: servers, and what is exposed of them."""

from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests import payload

ASSISTANT = "conversation"
ACCOUNT_PROBLEM = "binary_sensor.bleemeo_problem"
WEB01_PROBLEM = "binary_sensor.web01_example_com_problem"
WEB01: str = payload()["agent"]
DB01 = "00000000-0000-4000-8000-00000000000d"
DISK = "00000000-0000-4000-8000-000000000001"


def about(
    host: str, metric: str, status: int, agent: str, metric_id: str | None = None
) -> dict[str, Any]:
    """Return an alert about a metric of a host."""
    return payload(
        agent=agent,
        metric=metric_id or payload()["metric"],
        title=f"{host} - {metric} is {('OK', 'Warning', 'Critical', 'Unknown')[status]}",
        status=status,
        id=None,
        status_changed_at="2026-11-20T11:00:00Z",
    )


def expose(hass: HomeAssistant, entity_id: str, is_exposed: bool = True) -> None:
    """Expose an entity to the assistant, or no longer."""
    assert er.async_get(hass).async_get(entity_id), entity_id
    async_expose_entity(hass, ASSISTANT, entity_id, is_exposed)
