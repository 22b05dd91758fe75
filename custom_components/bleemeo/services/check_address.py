"""Prove whether what is sent to the address of an entry arrives."""

import voluptuous as vol

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service

from ..address_check import async_check_address
from ..const import DOMAIN
from .call import the_hub

SCHEMA = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the action, which is an admin's."""
    async_register_admin_service(
        hass,
        DOMAIN,
        "check_address",
        _async_check_address,
        SCHEMA,
        SupportsResponse.OPTIONAL,
    )


async def _async_check_address(call: ServiceCall) -> ServiceResponse:
    """Post to an entry's own address; without a response, raise if that does not work."""
    hub = the_hub(call)
    check = await async_check_address(call.hass, hub.entry)
    if not call.return_response:
        check.raise_unless_back()
        return None
    return check.as_response()
