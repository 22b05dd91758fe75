"""What the actions share: fields, accounts, and errors in words."""

from datetime import datetime, timedelta
from typing import Any

import voluptuous as vol

from homeassistant.auth.models import User
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util

from ..caller import async_may_read
from ..const import DOMAIN
from ..core import Metric
from ..headline import async_named
from ..hub import BleemeoHub
from ..models import BleemeoConfigEntry, is_loaded
from ..target import Subjects, doubted_agents

ATTR_CLEAR_AFTER = "clear_after"
ATTR_COMMENT = "comment"
ATTR_DURATION = "duration"
ATTR_FROM = "from"
ATTR_HOST = "host"
ATTR_LIMIT = "limit"
ATTR_METRIC = "metric"
ATTR_NEEDS_ATTENTION = "needs_attention"
ATTR_SEVERITY = "severity"
ATTR_SINCE = "since"
ATTR_STATUS = "status"
ATTR_TEXT = "text"
ATTR_UNTIL = "until"
ATTR_VERDICT = "verdict"

COMMENT = vol.All(cv.string, vol.Strip, vol.Length(max=255))
MAX_NAMED = 3

# nothing that is meant is longer, and no calendar ends within it
MAX_DURATION = timedelta(days=3650)
MIN_DURATION = timedelta(seconds=1)


def duration(value: Any) -> timedelta:
    """Validate a duration; one that is too long to be one is the longest there is."""
    try:
        found: timedelta = cv.time_period(value)
    except OverflowError, vol.Invalid:
        # what is only too long has words of its own
        if _is_too_long(value):
            return timedelta.max
        raise
    return found


def _is_too_long(value: Any) -> bool:
    parts = value if isinstance(value, dict) else {"seconds": value}
    try:
        timedelta(**{str(key): float(part) for key, part in parts.items()})
    except OverflowError:
        return True
    except TypeError, ValueError:
        pass
    return False


END_FIELDS: dict[vol.Marker, Any] = {
    vol.Optional(ATTR_DURATION): duration,
    vol.Optional(ATTR_UNTIL): cv.datetime,
}


def end_of(call: ServiceCall, begins_at: datetime, now: datetime) -> datetime | None:
    """Return when something that a call begins ends, or None if the call does not say.

    Raises:
        ServiceValidationError: it says it twice, or it is no time that can be meant.
    """
    if ATTR_DURATION in call.data and ATTR_UNTIL in call.data:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="end_twice"
        )
    if ATTR_DURATION in call.data:
        ends_at = begins_at + check_duration(call.data[ATTR_DURATION])
    elif ATTR_UNTIL in call.data:
        ends_at = time_of(call, ATTR_UNTIL, now)
    else:
        return None
    if ends_at <= max(begins_at, now):
        key = "end_in_the_past" if ends_at <= now else "end_before_beginning"
        placeholders = {
            "until": local(ends_at),
            "begin": local(begins_at),
            "now": local(now),
        }
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders,
        )
    return ends_at


def check_duration(duration: timedelta) -> timedelta:
    """Return a duration that can be meant.

    Raises:
        ServiceValidationError: it is shorter than a second, or longer than ten years.
    """
    if not MIN_DURATION <= duration <= MAX_DURATION:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="duration_impossible"
        )
    return duration


def time_of(call: ServiceCall, name: str, now: datetime) -> datetime:
    """Return a time that a call gives, which is local if it has no time zone.

    Raises:
        ServiceValidationError: it is more than ten years from now.
    """
    given: datetime = call.data[name]
    try:
        time = dt_util.as_utc(given)
        is_possible = abs(time - now) <= MAX_DURATION
    except OverflowError, ValueError:
        is_possible = False
    if not is_possible:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="time_impossible",
            translation_placeholders={"time": given.isoformat(" "), "now": local(now)},
        )
    return time


def local(time: datetime) -> str:
    """Return a time for a person, by their clock."""
    return dt_util.as_local(time).isoformat(" ", "seconds")


@callback
def the_hub(call: ServiceCall) -> BleemeoHub:
    """Return the hub of the entry that a call names, or of the only one.

    Raises:
        ServiceValidationError: there is none, it is not loaded, or there are several.
    """
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY_ID)
    if entry_id is None:
        entries = call.hass.config_entries.async_entries(
            DOMAIN, include_ignore=False, include_disabled=False
        )
        if len(entries) > 1:
            names = ", ".join(f"{each.entry_id} ({each.title})" for each in entries)
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="which_entry",
                translation_placeholders={"entries": names},
            )
    entry: BleemeoConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, entry_id
    )
    return entry.runtime_data.hub


@callback
def entries_of(call: ServiceCall) -> list[BleemeoConfigEntry]:
    """Return the entries that an answer is about, loaded or not.

    Raises:
        ServiceValidationError: the call names one that does not exist.
    """
    found: list[BleemeoConfigEntry] = call.hass.config_entries.async_entries(
        DOMAIN, include_ignore=False
    )
    if (entry_id := call.data.get(ATTR_CONFIG_ENTRY_ID)) is not None:
        found = [each for each in found if each.entry_id == entry_id]
        if not found:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="entry_unknown",
                translation_placeholders={"entry": entry_id},
            )
    return found


def targeted(
    entries: list[BleemeoConfigEntry], subjects: Subjects | None
) -> list[BleemeoConfigEntry]:
    """Return the entries that a target is in; without a target, all."""
    if subjects is None:
        return entries
    entry_ids = subjects.entry_ids
    return [each for each in entries if each.entry_id in entry_ids]


def _titles_of(entries: list[BleemeoConfigEntry]) -> dict[str, list[str]]:
    """Return what the entries are called of which something is known, and the others.

    Of one that a person has disabled nothing is known by choice.
    """
    titles: dict[str, list[str]] = {
        "known": [],
        "not_loaded": [],
        "nothing_known": [],
        "disabled": [],
    }
    for entry in entries:
        if entry.disabled_by is not None:
            kind = "disabled"
        elif not is_loaded(entry):
            kind = "not_loaded"
        else:
            kind = "known" if entry.runtime_data.is_known else "nothing_known"
        titles[kind].append(entry.title)
    return titles


def completeness(
    call: ServiceCall,
    user: User | None,
    entries: list[BleemeoConfigEntry],
    subjects: Subjects | None,
    not_found: list[str],
) -> dict[str, Any]:
    """Return whether an answer about entries is all that there is, or what it lacks.

    `not_found` is what of the call's target does not exist.
    """
    titles, not_yet_known = (
        _titles_of(entries),
        _not_yet_known(call, user, entries, subjects),
    )
    is_complete = bool(titles["known"]) and len(titles["known"]) == len(entries)
    return {
        "complete": is_complete and not not_found and not not_yet_known,
        **titles,
        "not_found": not_found,
        "not_yet_known": not_yet_known,
    }


def _not_yet_known(
    call: ServiceCall,
    user: User | None,
    entries: list[BleemeoConfigEntry],
    subjects: Subjects | None,
) -> list[str]:
    """Return what the servers are called of which it is not known yet what is open.

    Of an account of which nothing is known, no server is.
    """
    host = call.data.get(ATTR_HOST)
    return [
        async_named(call.hass, entry.entry_id, (agent.id, None), (agent.name, None))[0]
        for entry in entries
        if is_loaded(entry) and entry.runtime_data.is_known
        for agent in doubted_agents(entry.runtime_data.hub, subjects)
        if host in (None, agent.name) and async_may_read(call.hass, user, agent)
    ]


def by_hub(found: list[tuple[BleemeoHub, Metric]]) -> dict[BleemeoHub, list[Metric]]:
    """Return the metrics of each hub."""
    metrics: dict[BleemeoHub, list[Metric]] = {}
    for hub, metric in found:
        metrics.setdefault(hub, []).append(metric)
    return metrics


def names_of(metrics: list[Metric]) -> str:
    """Return what metrics are called, for a person."""
    return first_of([f"{metric.name} ({metric.agent.name})" for metric in metrics])


def first_of(names: list[str]) -> str:
    """Return names for a person; of many the first, and an ellipsis."""
    return ", ".join(names[:MAX_NAMED]) + ("…" if len(names) > MAX_NAMED else "")
