"""Acknowledge open alerts, and take that back."""

import voluptuous as vol

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv

from ..caller import async_check_control, async_get_name
from ..const import DOMAIN
from ..core import Acknowledgement, Metric
from ..hub import BleemeoHub
from ..kept import async_kept
from .call import ATTR_COMMENT, COMMENT, END_FIELDS, by_hub, end_of, names_of
from .find import find_metrics

SCHEMA = cv.make_entity_service_schema(
    {**END_FIELDS, vol.Optional(ATTR_COMMENT): COMMENT}
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "acknowledge", _async_acknowledge, SCHEMA)
    register(
        DOMAIN,
        "unacknowledge",
        _async_unacknowledge,
        cv.make_entity_service_schema({}),
    )


async def _async_acknowledge(call: ServiceCall) -> None:
    """Acknowledge the open alerts of the targeted metrics."""
    found = await _async_find(call)
    opened = [(hub, metric) for hub, metric in found if metric.is_open]
    if not opened:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_open",
            translation_placeholders={"names": names_of([each for _, each in found])},
        )
    for hub, metrics in by_hub(opened).items():
        now = hub.now()
        acknowledgement = Acknowledgement(
            now,
            end_of(call, now, now),
            call.data.get(ATTR_COMMENT) or None,
            call.context.user_id,
            async_get_name(call.hass, call.context),
        )
        await async_kept(
            hub,
            hub.acknowledger.async_acknowledge(metrics, acknowledgement, call.context),
        )


async def _async_unacknowledge(call: ServiceCall) -> None:
    """Take back the acknowledgements of the targeted metrics."""
    found = await _async_find(call)
    seen = [(hub, metric) for hub, metric in found if metric.is_acknowledged]
    if not seen:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_acknowledged",
            translation_placeholders={"names": names_of([each for _, each in found])},
        )
    for hub, metrics in by_hub(seen).items():
        await async_kept(hub, hub.acknowledger.async_end(metrics, call.context))


async def _async_find(call: ServiceCall) -> list[tuple[BleemeoHub, Metric]]:
    """Return the targeted metrics, which the caller may control."""
    found = find_metrics(call.hass, call.data)
    await async_check_control(
        call.hass, call.context, call.data, [metric for _, metric in found]
    )
    return found
