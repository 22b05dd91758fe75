"""Return the incidents of a window of time, and how much of it was uptime."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

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
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..caller import async_get_limited_user, async_server_reader
from ..const import DOMAIN
from ..core import MetricKey
from ..hub import acknowledgement_data
from ..journal import MAX_INCIDENT_AGE, KeptIncident
from ..models import BleemeoConfigEntry, is_loaded
from ..overview import IncidentWindow, Overview
from ..target import Subjects
from .call import (
    ATTR_LIMIT,
    ATTR_SINCE,
    ATTR_UNTIL,
    completeness,
    entries_of,
    local,
    targeted,
    time_of,
)
from .find import find_subjects

DEFAULT_SPAN = timedelta(hours=24)
DEFAULT_LIMIT = 100
MAX_LIMIT = 5000

SCHEMA = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_SINCE): cv.datetime,
        vol.Optional(ATTR_UNTIL): cv.datetime,
        vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=MAX_LIMIT)
        ),
    }
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        "get_incidents",
        _async_get_incidents,
        SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_incidents(call: ServiceCall) -> ServiceResponse:
    """Return incidents, the last beginning first, and uptime."""
    user = await async_get_limited_user(call.hass, call.context)
    since, until = _window(call)
    entries, (subjects, not_found) = (
        entries_of(call),
        find_subjects(call.hass, call.data),
    )
    entries = targeted(entries, subjects)
    found: list[tuple[KeptIncident, Overview]] = []
    uptime: dict[str, list[JsonObjectType]] = {
        "accounts": [],
        "servers": [],
        "metrics": [],
    }
    async for history in read_histories(
        call.hass, user, entries, subjects, since, until
    ):
        found += history.incidents(until)
        for kind, rows in history.uptime(until).items():
            uptime[kind] += rows
    found.sort(key=lambda each: each[0].began, reverse=True)
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "incidents": [
            _describe(kept, overview)
            for kept, overview in found[: call.data[ATTR_LIMIT]]
        ],
        "count": len(found),
        "uptime": {kind: [*rows] for kind, rows in uptime.items()},
        **completeness(call, user, entries, subjects, not_found),
    }


async def read_histories(
    hass: HomeAssistant,
    user: User | None,
    entries: list[BleemeoConfigEntry],
    subjects: Subjects | None,
    since: datetime,
    until: datetime,
) -> AsyncIterator[History]:
    """Yield the history of each entry that is loaded.

    Raises:
        HomeAssistantError: it cannot be read.
    """
    for entry in filter(is_loaded, entries):
        window = IncidentWindow(entry.runtime_data, since)
        await window.async_load(until)
        window.check_whole()
        overview = Overview(hass, entry, window, async_server_reader(hass, user), until)
        yield History(entry, overview, window, subjects)


class History:
    """What a call may read and asks for of an entry in a window of time."""

    def __init__(
        self,
        entry: BleemeoConfigEntry,
        overview: Overview,
        window: IncidentWindow,
        subjects: Subjects | None,
    ) -> None:
        """Ask for all if there are no `subjects`."""
        self._entry = entry
        self._overview = overview
        self._window = window
        self._subjects = subjects
        self._covered: dict[MetricKey, bool] = {}

    def incidents(self, until: datetime) -> list[tuple[KeptIncident, Overview]]:
        """Return the incidents that began by then, those of forgotten metrics too."""
        return [
            (kept, self._overview)
            for agent_id in self._window.agent_ids
            if self._overview.may_read(self._entry, agent_id)
            for kept in self._window.of_agent(agent_id)
            if self._covers(kept.key) and kept.began_at <= until
        ]

    def uptime(self, until: datetime) -> dict[str, list[JsonObjectType]]:
        """Return the uptime of each server and, of a target, of each metric.

        That of the account is the mean of its servers'.
        """
        servers: list[JsonObjectType] = []
        metrics: list[JsonObjectType] = []
        known: list[float] = []
        registered = self._overview.registered
        for agent in self._overview.agents():
            asked = [
                each for each in agent.metrics.values() if self._covers(each.alert.key)
            ]
            if not asked:
                continue
            share = self._window.uptime(agent, until)
            known += [] if share is None else [share]
            shown = self._overview.place(agent)
            servers.append({**shown, "uptime": share})
            if self._subjects is not None:
                metrics += (
                    {
                        **shown,
                        "entity_id": registered.status_entity_id(metric.uid),
                        "metric_name": metric.name,
                        "uptime": self._window.uptime(metric, until),
                    }
                    for metric in asked
                )
        account: JsonObjectType = {
            "entry_id": self._entry.entry_id,
            "title": self._entry.title,
            "uptime": sum(known) / len(known) if known else None,
        }
        return {"accounts": [account], "servers": servers, "metrics": metrics}

    def _covers(self, key: MetricKey) -> bool:
        if self._subjects is None:
            return True
        if key not in self._covered:
            self._covered[key] = self._subjects.cover(self._entry.entry_id, key)
        return self._covered[key]


def _window(call: ServiceCall) -> tuple[datetime, datetime]:
    """Return since when and until when, at most until now.

    Raises:
        ServiceValidationError: that is no time, or there is no history of it.
    """
    now = dt_util.utcnow()
    until = min(time_of(call, ATTR_UNTIL, now), now) if ATTR_UNTIL in call.data else now
    since = (
        time_of(call, ATTR_SINCE, now)
        if ATTR_SINCE in call.data
        else until - DEFAULT_SPAN
    )
    if since >= until:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="window_empty",
            translation_placeholders={"since": local(since), "until": local(until)},
        )
    earliest = now - MAX_INCIDENT_AGE
    if until <= earliest:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="window_too_old",
            translation_placeholders={
                "until": local(until),
                "days": str(MAX_INCIDENT_AGE.days),
            },
        )
    return max(since, earliest), until


def _describe(kept: KeptIncident, overview: Overview) -> JsonObjectType:
    """Return an incident as the dashboard has it, with who has seen it."""
    return {
        **overview.incident(kept),
        "acknowledgements": [
            acknowledgement_data(seen) for seen in kept.acknowledgements
        ],
    }
