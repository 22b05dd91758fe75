"""The actions that automations and people call."""

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
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .board import Verdict
from .const import DOMAIN
from .hub import BleemeoConfigEntry
from .journal import JournalError
from .journal_record import REFUSED, Wanted

SERVICE_GET_DELIVERIES = "get_deliveries"

ATTR_HOST = "host"
ATTR_VERDICT = "verdict"
ATTR_SINCE = "since"
ATTR_UNTIL = "until"
ATTR_LIMIT = "limit"

GET_DELIVERIES_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_HOST): cv.string,
        vol.Optional(ATTR_VERDICT): vol.All(
            cv.ensure_list, [vol.In([*(verdict.value for verdict in Verdict), REFUSED])]
        ),
        vol.Optional(ATTR_SINCE): cv.datetime,
        vol.Optional(ATTR_UNTIL): cv.datetime,
        vol.Optional(ATTR_LIMIT, default=100): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=1000)
        ),
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_DELIVERIES,
        _async_get_deliveries,
        GET_DELIVERIES_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_deliveries(call: ServiceCall) -> ServiceResponse:
    """Return deliveries from the journal, the newest first."""
    entry: BleemeoConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID]
    )
    since, until = call.data.get(ATTR_SINCE), call.data.get(ATTR_UNTIL)
    try:
        deliveries = await entry.runtime_data.keeper.journal.read(
            Wanted(
                host=call.data.get(ATTR_HOST),
                verdicts=call.data.get(ATTR_VERDICT),
                since=since and dt_util.as_utc(since),
                until=until and dt_util.as_utc(until),
                limit=call.data[ATTR_LIMIT],
            )
        )
    except JournalError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="journal_not_read",
            translation_placeholders={"entry": entry.title, "error": str(error)},
        ) from error
    return {
        "deliveries": [
            {**delivery, "body": _decoded(delivery["body"])} for delivery in deliveries
        ]
    }


def _decoded(body: str) -> Any:
    """Return what the body says, or the body itself where it is no JSON."""
    try:
        return json_loads(body)
    except JSON_DECODE_EXCEPTIONS:
        return body
