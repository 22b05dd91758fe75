"""Silence metrics, servers, areas, labels or accounts, and end that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import voluptuous as vol

from homeassistant.const import CONF_EXCLUDE
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv

from ..caller import async_check_control, async_get_name
from ..const import DOMAIN
from ..core import Silence
from ..hub import MAX_SILENCES, BleemeoHub
from ..kept import async_kept, too_many_silences
from ..models import loaded_hubs
from ..target import Subjects
from .call import ATTR_COMMENT, ATTR_FROM, COMMENT, END_FIELDS, end_of, time_of
from .find import get_subjects

SCHEMA = cv.make_entity_service_schema(
    {
        vol.Optional(ATTR_FROM): cv.datetime,
        **END_FIELDS,
        vol.Optional(ATTR_COMMENT): COMMENT,
    }
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "silence", _async_silence, SCHEMA)
    register(DOMAIN, "unsilence", _async_unsilence, cv.make_entity_service_schema({}))


async def _async_silence(call: ServiceCall) -> None:
    """Silence each thing that is targeted, in all accounts that it is in."""
    subjects = await _async_get_subjects(call)
    wanted: dict[BleemeoHub, list[tuple[Silence, list[Silence]]]] = {}
    for hub in loaded_hubs(call.hass):
        # what begins together is looked at together
        now = hub.now()
        wanted[hub] = [
            _placed(call, hub, now, each) for each in _quieted(hub, subjects, call.data)
        ]
    if not any(wanted.values()):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="target_empty"
        )
    for hub, placed in wanted.items():
        added = {each.id for each, _ in placed} - hub.board.silences.keys()
        if len(hub.board.silences) + len(added) > MAX_SILENCES:
            raise too_many_silences(hub)
    for hub, placed in wanted.items():
        silences = [each for each, _ in placed]
        others = [other for _, present in placed for other in present]
        await async_kept(hub, hub.silencer.async_add(silences, call.context, others))


async def _async_unsilence(call: ServiceCall) -> None:
    """End the silences of what is targeted, also those that are still to begin."""
    subjects = await _async_get_subjects(call)
    ends = {
        hub: [
            silence
            for silence in hub.board.silences.values()
            if _is_of(silence, hub, subjects)
        ]
        for hub in loaded_hubs(call.hass)
    }
    if not any(ends.values()):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_silenced"
        )
    for hub, silences in ends.items():
        if silences:
            await async_kept(hub, hub.silencer.async_remove(silences, call.context))


async def _async_get_subjects(call: ServiceCall) -> Subjects:
    """Return what is targeted, which the caller may control."""
    subjects = get_subjects(call.hass, call.data)
    metrics = (
        metric
        for hub in loaded_hubs(call.hass)
        for metric in hub.board.metrics.values()
        if subjects.cover(hub.entry.entry_id, metric.alert.key)
    )
    await async_check_control(call.hass, call.context, call.data, metrics)
    return subjects


def _quieted(
    hub: BleemeoHub, subjects: Subjects, target: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield what to silence, each thing for itself, so that it can end for itself.

    Areas and labels are kept as such: what comes to them later is silenced too.
    """
    if target.get(CONF_EXCLUDE):
        # what is excluded is known only one by one
        for metric in hub.board.metrics.values():
            if subjects.cover(hub.entry.entry_id, metric.alert.key):
                yield {"subjects": frozenset([metric.uid])}
        return
    for uid in sorted(subjects.included.uids & _uids(hub)):
        yield {"subjects": frozenset([uid])}
    for area_id in sorted(subjects.included.areas):
        yield {"areas": frozenset([area_id])}
    for label_id in sorted(subjects.included.labels):
        yield {"labels": frozenset([label_id])}


def _placed(
    call: ServiceCall, hub: BleemeoHub, now: datetime, what: dict[str, Any]
) -> tuple[Silence, list[Silence]]:
    """Return a silence with the call's times, and those of which it takes the place."""
    begins_at = time_of(call, ATTR_FROM, now) if ATTR_FROM in call.data else now
    silence = Silence(
        id=uuid4().hex,
        # what was told before cannot be kept quiet any more
        begins_at=max(begins_at, now),
        ends_at=end_of(call, begins_at, now),
        comment=call.data.get(ATTR_COMMENT) or None,
        user_id=call.context.user_id,
        by=async_get_name(call.hass, call.context),
        **what,
    )
    present = _present(hub, silence)
    if present:
        silence = replace(silence, id=present[0].id)
    return silence, present


def _present(hub: BleemeoHub, silence: Silence) -> list[Silence]:
    """Return the silences in force of which one that begins now takes the place."""
    now = hub.now()
    if not silence.is_in_force(now):
        return []
    return [
        each
        for each in hub.board.silences.values()
        if each.is_in_force(now) and _what(each) == _what(silence)
    ]


def _what(silence: Silence) -> tuple[frozenset[str], ...]:
    return silence.subjects, silence.areas, silence.labels


def _is_of(silence: Silence, hub: BleemeoHub, subjects: Subjects) -> bool:
    """Return whether a silence is of something that is targeted, or of a part of it."""
    included = subjects.included
    return (
        not included.areas.isdisjoint(silence.areas)
        or not included.labels.isdisjoint(silence.labels)
        or any(subjects.cover_uid(hub.entry.entry_id, uid) for uid in silence.subjects)
    )


def _uids(hub: BleemeoHub) -> set[str]:
    """Return the uids of an account, and of all that is in it."""
    board = hub.board
    of_metrics = (uid for metric in board.metrics.values() for uid in metric.uids)
    return {hub.uid, *board.agents, *of_metrics}
