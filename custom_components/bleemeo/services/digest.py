"""Say in one message what is open, and what happened yesterday."""

from datetime import timedelta

import voluptuous as vol

from homeassistant.auth.models import User
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..automation import CONF_LANGUAGE, LANGUAGE_FIELD, SEVERITIES, Finding
from ..caller import async_get_limited_user
from ..const import DOMAIN
from ..headline import async_named
from ..models import BleemeoConfigEntry
from ..target import Subjects
from ..texts import Texts, async_load_texts
from .alerts import find_open, last_alive_at
from .call import ATTR_LIMIT, ATTR_SEVERITY, completeness, entries_of, targeted
from .find import find_subjects
from .incidents import read_histories

ATTR_INCLUDE_ACKNOWLEDGED = "include_acknowledged"
ATTR_INCLUDE_YESTERDAY = "include_yesterday"

DEFAULT_LIMIT = 20
MAX_LIMIT = 200
# of yesterday's incidents, so many are named as the longest, and as the most frequent
NAMED = 3

SCHEMA = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_SEVERITY, default=SEVERITIES): vol.All(
            cv.ensure_list, [vol.In(SEVERITIES)]
        ),
        vol.Optional(ATTR_INCLUDE_ACKNOWLEDGED, default=True): cv.boolean,
        vol.Optional(ATTR_INCLUDE_YESTERDAY, default=True): cv.boolean,
        vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=MAX_LIMIT)
        ),
        **LANGUAGE_FIELD,
    }
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        "get_digest",
        _async_get_digest,
        SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_digest(call: ServiceCall) -> ServiceResponse:
    """Return the digest, and whether there is nothing in it but that all is clear."""
    user = await async_get_limited_user(call.hass, call.context)
    await async_load_texts(call.hass, call.data[CONF_LANGUAGE])
    entries = entries_of(call)
    try:
        subjects, not_found = find_subjects(call.hass, call.data)
    except ServiceValidationError:
        # a message that does not come is missed by nobody
        entries, subjects, not_found = [], None, [DOMAIN]
    entries = targeted(entries, subjects)
    known = completeness(call, user, entries, subjects, not_found)
    opened = [
        each
        for each in find_open(call, user, entries, subjects)
        if not each.metric.is_test
        and (call.data[ATTR_INCLUDE_ACKNOWLEDGED] or not each.metric.is_acknowledged)
    ]
    happened = await _async_read_yesterday(call, user, entries, subjects)
    not_known = [
        *known["not_loaded"],
        *known["nothing_known"],
        *known["not_yet_known"],
    ]
    if not not_known and (not known["known"] or not_found or happened is None):
        not_known = [*known["disabled"]] or ["Bleemeo"]
    past = sum(map(len, (happened or {}).values()))

    texts = Texts(call.hass, call.data[CONF_LANGUAGE])
    missing = texts("digest.not_known", names=", ".join(not_known))
    headline = texts("digest.open", count=len(opened)) if opened else missing
    if not opened and not not_known:
        headline = texts("digest.all_clear")
    lines = [f"Bleemeo – {headline}", *_lines_of_open(texts, call, opened)]
    if opened and not_known:
        lines.append(missing)
    lines += [texts("digest.disabled", name=name) for name in known["disabled"]]
    lines += _lines_of_yesterday(texts, happened or {})
    return {
        "digest": "\n".join(lines),
        "headline": lines[0],
        "count": len(opened),
        "all_clear": not (opened or past or not_known),
        "last_alive_at": last_alive_at(entries),
        **known,
    }


async def _async_read_yesterday(
    call: ServiceCall,
    user: User | None,
    entries: list[BleemeoConfigEntry],
    subjects: Subjects | None,
) -> dict[str, list[timedelta]] | None:
    """Return how long each incident of yesterday lasted then, by what it was of.

    Return None if that cannot be read.
    """
    if not call.data[ATTR_INCLUDE_YESTERDAY]:
        return {}
    today = dt_util.start_of_local_day()
    yesterday = dt_util.start_of_local_day(today - timedelta(hours=12))
    # between two local times, Python does not count the hour of a clock that was changed
    since, until = dt_util.as_utc(yesterday), dt_util.as_utc(today)
    severities = call.data[ATTR_SEVERITY] or SEVERITIES
    happened: dict[str, list[timedelta]] = {}
    try:
        async for history in read_histories(
            call.hass, user, entries, subjects, since, until
        ):
            for kept, overview in history.incidents(until):
                entry = overview.entry
                tester = entry.runtime_data.hub.tester
                if kept.worst.word not in severities or tester.has_made(
                    kept.agent_id, kept.host
                ):
                    continue
                shown = overview.incident(kept)
                told = shown["host"], shown["metric_name"]
                named = async_named(call.hass, entry.entry_id, kept.key, told)
                lasted = min(kept.ended_at or until, until) - max(kept.began_at, since)
                happened.setdefault(", ".join(named), []).append(lasted)
    except HomeAssistantError:
        return None
    return happened


def _lines_of_open(texts: Texts, call: ServiceCall, opened: list[Finding]) -> list[str]:
    """Return a line for each of the first alerts, and how many more there are."""
    now, most = dt_util.utcnow(), call.data[ATTR_LIMIT]
    lines = []
    for hub, metric in ((each.hub, each.metric) for each in opened[:most]):
        status = texts(f"status.{metric.alert.status.word}")
        host, name = async_named(
            call.hass, hub.uid, metric.alert.key, (metric.agent.name, metric.name)
        )
        text = "- " + texts("told.said", told=status, text=f"{host}, {name}")
        if incident := metric.timeline.present:
            time = _lasting(texts, now - incident.began_at)
            if metric.began_earlier:
                time = texts("digest.at_least", time=time)
            text += f", {time}"
        lines.append(
            texts("digest.seen", text=text) if metric.is_acknowledged else text
        )
    if len(opened) > most:
        lines.append(texts("digest.more", count=len(opened) - most))
    return lines


def _lines_of_yesterday(
    texts: Texts, happened: dict[str, list[timedelta]]
) -> list[str]:
    """Return how many incidents there were, the longest, and the most frequent."""
    if not happened:
        return []
    longest = sorted(happened, key=lambda name: (-max(happened[name]), name))
    frequent = sorted(
        (name for name, times in happened.items() if len(times) > 1),
        key=lambda name: (-len(happened[name]), name),
    )
    named = {
        "longest": [
            f"{name}, {_lasting(texts, max(happened[name]))}"
            for name in longest[:NAMED]
        ],
        "most_frequent": [
            f"{name}, {len(happened[name])} ×" for name in frequent[:NAMED]
        ],
    }
    lines = [texts("digest.incidents", count=sum(map(len, happened.values())))]
    for key, (first, *others) in ((key, each) for key, each in named.items() if each):
        lines += [
            f"- {texts(f'digest.{key}', text=first)}",
            *(f"- {o}" for o in others),
        ]
    return lines


def _lasting(texts: Texts, time: timedelta) -> str:
    """Return a time in days, hours and minutes; what a clock dates later lasts for none."""
    time = max(time, timedelta())
    hours, minutes = divmod(time.seconds // 60, 60)
    parts = [texts("digest.days", count=time.days)] if time.days else []
    parts += [f"{hours} h"] if time.days or hours else []
    return " ".join([*parts, f"{minutes} min"])
