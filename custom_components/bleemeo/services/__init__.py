"""The actions that automations and people call, a module for each family."""

from homeassistant.core import HomeAssistant, callback

from . import (
    acknowledge,
    alerts,
    check_address,
    deliveries,
    digest,
    forget,
    incidents,
    send_test_alert,
    silence,
)

__all__ = ["async_setup_services"]

_FAMILIES = (
    acknowledge,
    alerts,
    check_address,
    deliveries,
    digest,
    forget,
    incidents,
    send_test_alert,
    silence,
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for family in _FAMILIES:
        family.async_register(hass)
