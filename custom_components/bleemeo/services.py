"""The actions that automations and people call."""

from collections.abc import Awaitable
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

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
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.target import TargetSelection
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .address_check import async_check_address
from .const import DOMAIN
from .core import Acknowledgement, Alert, Metric, Source, Status, Verdict
from .hub import BleemeoHub, alert_data
from .journal import REFUSED, DeliveryQuery, JournalError
from .models import BleemeoConfigEntry
from .target import find_metrics

ATTR_COMMENT = "comment"
ATTR_DURATION = "duration"
ATTR_HOST = "host"
ATTR_LIMIT = "limit"
ATTR_METRIC = "metric"
ATTR_SEVERITY = "severity"
ATTR_SINCE = "since"
ATTR_STATUS = "status"
ATTR_TEXT = "text"
ATTR_UNTIL = "until"
ATTR_VERDICT = "verdict"

STATUS_WORDS = [status.word for status in Status]
SEVERITIES = [Status.WARNING.word, Status.CRITICAL.word, Status.UNKNOWN.word]
VERDICTS = [*(verdict.value for verdict in Verdict), REFUSED]
NAME = vol.All(cv.string, vol.Strip, vol.Length(min=1, max=100))

ACKNOWLEDGE_SCHEMA = cv.make_entity_service_schema(
    {
        vol.Optional(ATTR_DURATION): cv.positive_time_period,
        vol.Optional(ATTR_COMMENT): vol.All(cv.string, vol.Length(max=255)),
    }
)
TARGET_SCHEMA = cv.make_entity_service_schema({})
CHECK_ADDRESS_SCHEMA = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})
GET_ALERTS_SCHEMA = vol.Schema(
    {
        **cv.TARGET_FIELDS,
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_SEVERITY): vol.All(cv.ensure_list, [vol.In(SEVERITIES)]),
        vol.Optional(ATTR_HOST): cv.string,
    }
)
SEND_TEST_ALERT_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Required(ATTR_STATUS): vol.In(STATUS_WORDS),
        vol.Optional(ATTR_HOST, default="Test"): NAME,
        vol.Optional(ATTR_METRIC, default="Test"): NAME,
        vol.Optional(ATTR_TEXT, default=""): cv.string,
    }
)
GET_DELIVERIES_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
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
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "acknowledge", _async_acknowledge, ACKNOWLEDGE_SCHEMA)
    register(DOMAIN, "unacknowledge", _async_unacknowledge, TARGET_SCHEMA)
    register(DOMAIN, "forget", _async_forget, TARGET_SCHEMA)
    register(DOMAIN, "send_test_alert", _async_send_test_alert, SEND_TEST_ALERT_SCHEMA)
    service.async_register_admin_service(
        hass,
        DOMAIN,
        "check_address",
        _async_check_address,
        CHECK_ADDRESS_SCHEMA,
        SupportsResponse.OPTIONAL,
    )
    register(
        DOMAIN,
        "get_alerts",
        _async_get_alerts,
        GET_ALERTS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    register(
        DOMAIN,
        "get_deliveries",
        _async_get_deliveries,
        GET_DELIVERIES_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_acknowledge(call: ServiceCall) -> None:
    """Acknowledge the open alerts of the targeted metrics."""
    now, duration = dt_util.utcnow(), call.data.get(ATTR_DURATION)
    await _async_set_acknowledgement(
        call,
        Acknowledgement(
            now, now + duration if duration else None, call.data.get(ATTR_COMMENT)
        ),
    )


async def _async_unacknowledge(call: ServiceCall) -> None:
    """Take back the acknowledgements of the targeted metrics."""
    await _async_set_acknowledgement(call, None)


async def _async_set_acknowledgement(
    call: ServiceCall, acknowledgement: Acknowledgement | None
) -> None:
    for hub, metrics in _by_hub(call).items():
        await _kept(hub, hub.acknowledger.async_acknowledge(metrics, acknowledgement))


async def _async_forget(call: ServiceCall) -> None:
    """Remove the targeted metrics and agents."""
    for hub, metrics in _by_hub(call, with_account=False).items():
        await _kept(hub, hub.async_forget(metrics))


async def _async_check_address(call: ServiceCall) -> ServiceResponse:
    """Post to an entry's own address; without a response, raise if that does not work."""
    check = await async_check_address(call.hass, _the_hub(call).entry)
    if not call.return_response:
        check.raise_unless_back()
        return None
    return check.as_response()


async def _async_get_alerts(call: ServiceCall) -> ServiceResponse:
    """Return open alerts, worst first, then longest open first."""
    selection = TargetSelection(call.data)
    if selection.has_any_target:
        found = find_metrics(call.hass, selection)
    else:
        found = [
            (hub, metric)
            for hub in _hubs(call)
            for metric in hub.board.metrics.values()
        ]
    severities = call.data.get(ATTR_SEVERITY, SEVERITIES)
    host, hubs = call.data.get(ATTR_HOST), _hubs(call)
    opened = [
        (hub, metric)
        for hub, metric in found
        if metric.alert.status.word in severities
        and host in (None, metric.agent.name)
        and hub in hubs
    ]
    opened.sort(
        key=lambda each: (-each[1].alert.status.severity, each[1].alert.changed_at)
    )
    return {
        "alerts": [
            {
                **alert_data(
                    call.hass, hub.entry, metric, hub.board.is_flapping(metric)
                ),
                "acknowledged": metric.is_acknowledged,
            }
            for hub, metric in opened
        ]
    }


async def _async_send_test_alert(call: ServiceCall) -> None:
    """Send a test agent's alert along the path of all alerts."""
    hub = _the_hub(call)
    status = Status[call.data[ATTR_STATUS].upper()]
    host, metric_name = call.data[ATTR_HOST], call.data[ATTR_METRIC]
    agent_id = uuid5(NAMESPACE_OID, f"{DOMAIN} {hub.uid} {host}")
    metric_id = str(uuid5(agent_id, metric_name))
    last = hub.board.metrics.get((str(agent_id), metric_id))
    now = dt_util.utcnow().isoformat()
    payload = {
        "id": str(uuid4()),
        "account": hub.entry.unique_id or str(uuid5(NAMESPACE_OID, hub.uid)),
        "agent": str(agent_id),
        "metric": metric_id,
        "status": status.value,
        "title": f"{host} - {metric_name} is {status.word}",
        "text": call.data[ATTR_TEXT],
        "status_changed_at": now,
        "previous_status_changed_at": last.alert.changed_at.isoformat()
        if last
        else None,
        "happened_at": now,
        "modified_at": now,
    }
    alert = Alert.from_payload(payload, Source.TEST)
    await _kept(hub, hub.async_receive(alert, json_dumps(payload)))


async def _async_get_deliveries(call: ServiceCall) -> ServiceResponse:
    """Return deliveries from the journal, newest first."""
    hub = _the_hub(call)
    since, until = call.data.get(ATTR_SINCE), call.data.get(ATTR_UNTIL)
    try:
        deliveries = await hub.store.journal.read(
            DeliveryQuery(
                host=call.data.get(ATTR_HOST),
                verdicts=call.data.get(ATTR_VERDICT),
                since=since and dt_util.as_utc(since),
                until=until and dt_util.as_utc(until),
                limit=call.data[ATTR_LIMIT],
            )
        )
    except JournalError as error:
        raise _journal_error("journal_not_read", hub, error) from error
    return {
        "deliveries": [
            {**delivery, "body": _decoded(delivery["body"])} for delivery in deliveries
        ]
    }


def _the_hub(call: ServiceCall) -> BleemeoHub:
    """Return the hub of the entry that the call names, or of the only entry."""
    entry: BleemeoConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    return entry.runtime_data.hub


def _hubs(call: ServiceCall) -> list[BleemeoHub]:
    """Return the hub of the entry that the call names, or all hubs."""
    if ATTR_CONFIG_ENTRY_ID in call.data:
        return [_the_hub(call)]
    entries: list[BleemeoConfigEntry] = call.hass.config_entries.async_loaded_entries(
        DOMAIN
    )
    return [entry.runtime_data.hub for entry in entries]


def _by_hub(
    call: ServiceCall, *, with_account: bool = True
) -> dict[BleemeoHub, list[Metric]]:
    """Return the targeted metrics of each hub."""
    metrics: dict[BleemeoHub, list[Metric]] = {}
    for hub, metric in find_metrics(
        call.hass, TargetSelection(call.data), with_account=with_account
    ):
        metrics.setdefault(hub, []).append(metric)
    return metrics


async def _kept(hub: BleemeoHub, keeping: Awaitable[object]) -> None:
    """Wait until the journal has kept it, or raise an error for the user."""
    try:
        await keeping
    except JournalError as error:
        raise _journal_error("journal_not_kept", hub, error) from error


def _journal_error(
    key: str, hub: BleemeoHub, error: JournalError
) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"entry": hub.entry.title, "error": str(error)},
    )


def _decoded(body: str) -> Any:
    """Return the decoded body, or the body itself if it is not JSON."""
    try:
        return json_loads(body)
    except JSON_DECODE_EXCEPTIONS:
        return body
