"""Send an alert of a person's own making along the road of all alerts."""

from datetime import timedelta

import voluptuous as vol

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service

from ..const import DOMAIN
from ..core import STATUS_WORDS, Status
from ..kept import async_kept
from ..target import has_target
from .call import (
    ATTR_CLEAR_AFTER,
    ATTR_HOST,
    ATTR_METRIC,
    ATTR_STATUS,
    ATTR_TEXT,
    by_hub,
    check_duration,
    duration,
    the_hub,
)
from .find import find_metrics

DEFAULT_NAME = "Test"
# a real metric must not stay at what is not true
DEFAULT_CLEAR_AFTER = timedelta(minutes=5)
MAX_METRICS = 10

NAME = vol.All(cv.string, vol.Strip, vol.Length(min=1, max=100))

SCHEMA = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Required(ATTR_STATUS): vol.In(STATUS_WORDS),
        vol.Optional(ATTR_HOST): NAME,
        vol.Optional(ATTR_METRIC): NAME,
        vol.Optional(ATTR_TEXT, default=""): cv.string,
        vol.Optional(ATTR_CLEAR_AFTER): duration,
    }
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the action, which is an admin's."""
    async_register_admin_service(
        hass, DOMAIN, "send_test_alert", _async_send_test_alert, SCHEMA
    )


async def _async_send_test_alert(call: ServiceCall) -> None:
    """Send an alert about a metric of its own, or about those that are targeted."""
    status, text = Status[call.data[ATTR_STATUS].upper()], call.data[ATTR_TEXT]
    clear_after: timedelta | None = call.data.get(ATTR_CLEAR_AFTER)
    if clear_after is not None:
        check_duration(clear_after)
    if has_target(call.data):
        if ATTR_HOST in call.data or ATTR_METRIC in call.data:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="test_of_both"
            )
        await _async_send_about(call, status, text, clear_after or DEFAULT_CLEAR_AFTER)
        return
    hub = the_hub(call)
    host = call.data.get(ATTR_HOST, DEFAULT_NAME)
    name = call.data.get(ATTR_METRIC, DEFAULT_NAME)
    clear_at = hub.now() + clear_after if clear_after else None
    await async_kept(hub, hub.tester.async_send(host, name, status, text, clear_at))


async def _async_send_about(
    call: ServiceCall, status: Status, text: str, clear_after: timedelta
) -> None:
    found = find_metrics(call.hass, call.data)
    if len(found) > MAX_METRICS:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="test_of_many",
            translation_placeholders={
                "count": str(len(found)),
                "max": str(MAX_METRICS),
            },
        )
    for hub, metrics in by_hub(found).items():
        hub.tester.check_testable(metrics)
    for hub, metric in found:
        clear_at = hub.now() + clear_after
        sending = hub.tester.async_send_about(metric, status, text, clear_at)
        await async_kept(hub, sending)
