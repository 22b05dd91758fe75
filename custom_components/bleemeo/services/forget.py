"""Remove metrics and servers until their next alert."""

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service

from ..const import DOMAIN
from ..kept import async_kept
from ..models import loaded_hubs
from .find import get_subjects


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the action, which is an admin's."""
    async_register_admin_service(
        hass, DOMAIN, "forget", _async_forget, cv.make_entity_service_schema({})
    )


async def _async_forget(call: ServiceCall) -> None:
    """Remove the targeted metrics and agents; an account's device stands for nothing."""
    subjects, is_empty = get_subjects(call.hass, call.data), True
    for hub in loaded_hubs(call.hass):
        uid = hub.entry.entry_id
        metrics = [
            metric
            for metric in hub.board.metrics.values()
            if subjects.cover(uid, metric.alert.key, with_account=False)
        ]
        agents = [
            agent
            for agent in hub.board.agents.values()
            if subjects.cover_agent(uid, agent.id)
        ]
        if metrics or agents:
            is_empty = False
            await async_kept(hub, hub.async_forget(metrics, agents))
    if is_empty:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="target_empty"
        )
