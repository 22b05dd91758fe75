"""A witness inside a house: writes down which alerts it hears of, before it is killed.

A line has who heard of it, the bus or an automation, and the id of the event.
"""

import os

from homeassistant.core import Event, HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN = "witness"
FILE = "witness.txt"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Listen to the bus, and offer an action to automations."""
    file = os.open(hass.config.path(FILE), os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    @callback
    def hear(event: Event) -> None:
        os.write(file, f"bus {event.data['event_id']}\n".encode())

    @callback
    def note(call: ServiceCall) -> None:
        os.write(file, f"automation {call.data['event_id']}\n".encode())

    hass.bus.async_listen("bleemeo_alert", hear)
    hass.services.async_register(DOMAIN, "note", note)
    return True
