"""Return the open alerts, and say whether these are all that there are."""

from collections.abc import Iterator
from typing import Any

import voluptuous as vol

from homeassistant.auth.models import User
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv

from ..automation import (
    CONF_LANGUAGE,
    LANGUAGE_FIELD,
    SEVERITIES,
    Finding,
    Notices,
    Wording,
    rank,
)
from ..caller import async_get_limited_user, async_may_read
from ..const import DOMAIN
from ..core import Metric
from ..hub import (
    BleemeoHub,
    acknowledgement_data,
    alert_data,
    silence_data,
    silenced_data,
)
from ..models import BleemeoConfigEntry, is_loaded
from ..target import Subjects
from ..texts import Texts, async_load_texts
from .call import (
    ATTR_HOST,
    ATTR_LIMIT,
    ATTR_NEEDS_ATTENTION,
    ATTR_SEVERITY,
    completeness,
    entries_of,
    targeted,
)
from .find import find_subjects

MAX_ALERTS = 5000

SCHEMA = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_SEVERITY): vol.All(cv.ensure_list, [vol.In(SEVERITIES)]),
        vol.Optional(ATTR_HOST): cv.string,
        vol.Optional(ATTR_NEEDS_ATTENTION): cv.boolean,
        vol.Optional(ATTR_LIMIT): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=MAX_ALERTS)
        ),
        **LANGUAGE_FIELD,
    }
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        "get_alerts",
        _async_get_alerts,
        SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_alerts(call: ServiceCall) -> ServiceResponse:
    """Return open alerts, worst first, then longest open first."""
    user = await async_get_limited_user(call.hass, call.context)
    await async_load_texts(call.hass, call.data[CONF_LANGUAGE])
    entries, (subjects, not_found) = (
        entries_of(call),
        find_subjects(call.hass, call.data),
    )
    opened = find_open(call, user, entries, subjects)
    entries = targeted(entries, subjects)
    told = completeness(call, user, entries, subjects, not_found)
    return {
        "alerts": [
            _describe(call.hass, each.hub, each.metric)
            for each in opened[: call.data.get(ATTR_LIMIT)]
        ],
        "count": len(opened),
        **_words(call, opened),
        "last_alive_at": last_alive_at(entries),
        **told,
        "complete": told["complete"] and _is_known(call, entries),
    }


def find_open(
    call: ServiceCall,
    user: User | None,
    entries: list[BleemeoConfigEntry],
    subjects: Subjects | None,
) -> list[Finding]:
    """Return the open alerts that a call asks for and may read, the worst first."""
    found = (
        Finding(hub, metric)
        for hub, metric in _wanted(call, entries, subjects)
        if async_may_read(call.hass, user, metric)
    )
    return sorted(found, key=lambda each: rank(each, True))


def _words(call: ServiceCall, opened: list[Finding]) -> dict[str, Any]:
    """Return what is open in words: a sentence, and notices for screens."""
    if not opened:
        return {"summary": "", "notices": []}
    keys = {each.key for each in opened}
    texts = Texts(call.hass, call.data[CONF_LANGUAGE])
    notices = Notices(
        call.hass, texts, lambda hub, metric: (hub.uid, metric.alert.key) in keys
    )
    summary = Wording(call.hass, texts).summary(opened, as_now=True)
    return {
        "summary": texts("told.summary_still", text=summary),
        "notices": notices.of_open(opened, as_now=True),
    }


def last_alive_at(entries: list[BleemeoConfigEntry]) -> str | None:
    """Return until when alerts were followed before the accounts were loaded."""
    times = [
        alive_at
        for entry in filter(is_loaded, entries)
        if (alive_at := entry.runtime_data.hub.heartbeat.last_alive_at)
    ]
    return max(times).isoformat() if times else None


def _is_known(call: ServiceCall, entries: list[BleemeoConfigEntry]) -> bool:
    """Return whether the host that is asked for, if one is, has been heard of."""
    if (host := call.data.get(ATTR_HOST)) is None:
        return True
    return any(
        agent.name == host
        for entry in entries
        if is_loaded(entry)
        for agent in entry.runtime_data.hub.board.agents.values()
    )


def _wanted(
    call: ServiceCall, entries: list[BleemeoConfigEntry], subjects: Subjects | None
) -> Iterator[tuple[BleemeoHub, Metric]]:
    """Yield the open alerts that match all that the call asks for."""
    severities, host = (
        call.data.get(ATTR_SEVERITY) or SEVERITIES,
        call.data.get(ATTR_HOST),
    )
    needs_attention = call.data.get(ATTR_NEEDS_ATTENTION)
    for entry in filter(is_loaded, entries):
        hub = entry.runtime_data.hub
        for metric in hub.board.metrics.values():
            if (
                metric.alert.status.word in severities
                and host in (None, metric.agent.name)
                and needs_attention in (None, metric.needs_attention)
                and (
                    subjects is None or subjects.cover(entry.entry_id, metric.alert.key)
                )
            ):
                yield hub, metric


def _describe(hass: HomeAssistant, hub: BleemeoHub, metric: Metric) -> dict[str, Any]:
    """Return what an alert says, who has seen it, and what silences it the longest."""
    seen = metric.acknowledgement
    silences = hub.board.silences_of(metric, hub.now())
    # without an end it is the longest
    longest = max(
        silences,
        key=lambda each: (each.ends_at is None, each.ends_at or each.begins_at),
        default=None,
    )
    return {
        **alert_data(hass, hub.entry, metric),
        "acknowledgement": acknowledgement_data(seen) if seen else None,
        "silence": silence_data(longest)
        | silenced_data(hass, hub.entry, hub.board, longest)
        if longest
        else None,
    }
