"""Remove metrics and servers until their next alert."""

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service

from ..const import DOMAIN
from ..kept import async_kept
from ..target import find_metrics
from .call import by_hub


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the action, which is an admin's."""
    async_register_admin_service(
        hass, DOMAIN, "forget", _async_forget, cv.make_entity_service_schema({})
    )


async def _async_forget(call: ServiceCall) -> None:
    """Remove the targeted metrics and agents."""
    found = find_metrics(call.hass, call.data, with_account=False)
    for hub, metrics in by_hub(found).items():
        await async_kept(hub, hub.async_forget(metrics))
