"""Return what arrived from Bleemeo, and what became of it."""

from typing import Any

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
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from ..const import DOMAIN
from ..core import Verdict
from ..journal import REFUSED, DeliveryQuery, JournalError
from ..kept import not_read
from .call import (
    ATTR_HOST,
    ATTR_LIMIT,
    ATTR_SINCE,
    ATTR_UNTIL,
    ATTR_VERDICT,
    the_hub,
    time_of,
)

VERDICTS = [*(verdict.value for verdict in Verdict), REFUSED]

SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_HOST): cv.string,
        vol.Optional(ATTR_VERDICT): vol.All(cv.ensure_list, [vol.In(VERDICTS)]),
        vol.Optional(ATTR_SINCE): cv.datetime,
        vol.Optional(ATTR_UNTIL): cv.datetime,
        vol.Optional(ATTR_LIMIT, default=100): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=1000)
        ),
    }
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the action, which is an admin's."""
    async_register_admin_service(
        hass,
        DOMAIN,
        "get_deliveries",
        _async_get_deliveries,
        SCHEMA,
        SupportsResponse.ONLY,
    )


async def _async_get_deliveries(call: ServiceCall) -> ServiceResponse:
    """Return deliveries from the journal, newest first."""
    hub = the_hub(call)
    since, until = (
        time_of(call, each, hub.now()) if each in call.data else None
        for each in (ATTR_SINCE, ATTR_UNTIL)
    )
    try:
        deliveries = await hub.store.journal.read(
            DeliveryQuery(
                host=call.data.get(ATTR_HOST),
                verdicts=call.data.get(ATTR_VERDICT) or None,
                since=since,
                until=until,
                limit=call.data[ATTR_LIMIT],
            )
        )
    except JournalError as error:
        raise not_read(hub, error) from error
    return {
        "deliveries": [
            {**delivery, "body": _decoded(delivery["body"])} for delivery in deliveries
        ]
    }


def _decoded(body: str) -> Any:
    """Return the decoded body, or the body itself if it is not JSON."""
    try:
        return json_loads(body)
    except JSON_DECODE_EXCEPTIONS:
        return body
