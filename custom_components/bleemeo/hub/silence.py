"""Silences: metrics, servers, areas, labels or the account are kept quiet for a time."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    label_registry as lr,
)

from ..const import DOMAIN, EVENT_SILENCE
from ..core import Board, Metric, Silence
from ..journal import MAX_INCIDENT_AGE, JournalError, Unsilenced
from .device import async_get_status_entity_id
from .due import StartedTimer
from .store import AlertStore, metric_record

MAX_SILENCES = 1000
# those that are over, beside them
MAX_PAST = 1000

BEGAN = "began"
ENDED = "ended"


class TooManySilences(Exception):
    """There are as many silences as there can be."""


class Silencer:
    """Keeps subjects of an entry quiet from a time to a time, whatever happens to them."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        store: AlertStore,
        tell: Callable[[Iterable[Metric], Context], None],
        now: Callable[[], datetime],
    ) -> None:
        """Start with nobody silenced.

        `tell` lets all who follow metrics know that what keeps them quiet is another.
        """
        self._hass = hass
        self._entry = entry
        self._board = board
        self._store = store
        self._tell = tell
        self._now = now
        self._timer = StartedTimer(hass, self._async_step)
        # the ids of those whose beginning was told
        self._begun: set[str] = set()
        # those that are over, the first to end first: when it was quiet is history too
        self.past: list[Silence] = []

    def restore(
        self, silences: Collection[Silence], last_alive_at: datetime | None
    ) -> None:
        """Restore what the journal kept; once started, tell what began or ended since."""
        now = self._now()
        self.past = sorted(
            (each for each in silences if each.is_past),
            key=lambda each: each.ends_at or now,
        )
        if dropped := self._bound_past(now):
            self._store.async_keep_later(*dropped)
        silences = [each for each in silences if not each.is_past]
        for silence in silences:
            self._board.silences[silence.id] = silence
            if last_alive_at is not None and silence.begins_at <= last_alive_at:
                self._begun.add(silence.id)
        ends = (each.ends_at for each in silences if each.is_over(now))
        for at in sorted(end for end in ends if end is not None):
            self._refresh(at, now)

    @callback
    def async_start(self) -> None:
        """Once Home Assistant has started, wait for what begins and ends."""
        self._set_timer()
        self._timer.async_start()

    async def async_add(
        self, silences: Collection[Silence], context: Context | None = None
    ) -> None:
        """Silence from the beginnings on; those with the same ids are replaced.

        Raises:
            TooManySilences: there would be more than `MAX_SILENCES`, and none is added.
            JournalError: they are in force, but could not be kept.
        """
        added = {each.id: each for each in silences}
        if len(self._board.silences.keys() | added) > MAX_SILENCES:
            raise TooManySilences
        now = self._now()
        replaced = [
            (silence, min(now, silence.ends_at or now))
            for uid, silence in self._board.silences.items()
            if uid in added
        ]
        past = self._keep_past(replaced, now) if replaced else []
        self._board.silences.update(added)
        # what takes the place of another begins anew
        self._begun -= added.keys()
        changed = self._begin(now, context or Context())
        self._set_timer()
        await self._store.async_keep(*silences, *past, *map(metric_record, changed))

    async def async_remove(
        self, silences: Collection[Silence], context: Context | None = None
    ) -> None:
        """End silences by hand.

        Raises:
            JournalError: they are over, but could not be removed from the journal.
        """
        now = self._now()
        ends = [
            (silence, min(now, silence.ends_at or now))
            for silence in silences
            if silence.id in self._board.silences
        ]
        await self._async_end(ends, [], context or Context(), is_by_hand=True)

    def close(self) -> None:
        """Stop waiting; what begins or ends meanwhile is told after the next start."""
        self._timer.close()

    def _set_timer(self) -> None:
        """Wait for what begins or ends first."""
        due: list[datetime] = []
        for silence in self._board.silences.values():
            if silence.id not in self._begun:
                due.append(silence.begins_at)
            elif silence.ends_at is not None:
                due.append(silence.ends_at)
        self._timer.set(min(due, default=None))

    async def _async_step(self, now: datetime) -> None:
        """Begin and end what is due."""
        context = Context()
        begun = self._begin(now, context)
        over = [
            (silence, silence.ends_at)
            for silence in self._board.silences.values()
            if silence.ends_at is not None and silence.is_over(now)
        ]
        # at once, so that nothing ends twice, or never; the store reports what fails
        with suppress(JournalError):
            await self._async_end(over, begun, context, is_by_hand=False)

    def _begin(self, now: datetime, context: Context) -> list[Metric]:
        """Begin what is due, and return the metrics that it keeps quiet."""
        changed: list[Metric] = []
        beginning = [
            silence
            for silence in self._board.silences.values()
            if silence.id not in self._begun and silence.begins_at <= now
        ]
        self._begun.update(silence.id for silence in beginning)
        # what begins together is looked at together
        for at in sorted(
            {each.begins_at for each in beginning if each.is_in_force(now)}
        ):
            changed += self._refresh(at, now)
        self._tell(changed, context)
        for silence in beginning:
            self._fire(silence, BEGAN, context)
        return changed

    async def _async_end(
        self,
        ends: list[tuple[Silence, datetime]],
        begun: list[Metric],
        context: Context,
        *,
        is_by_hand: bool,
    ) -> None:
        """End silences, each at its time, and tell of what is no longer kept quiet.

        With it, keep the metrics of which the quiet has `begun`.
        """
        now, changed = self._now(), list[Metric]()
        for at in sorted({at for _, at in ends}):
            for silence in (each for each, end in ends if end == at):
                self._board.silences.pop(silence.id, None)
                self._begun.discard(silence.id)
            changed += self._refresh(at, now)
        self._set_timer()
        self._tell(changed, context)
        for silence, _ in ends:
            self._fire(silence, ENDED, context, is_by_hand=is_by_hand)
        await self._store.async_keep(
            *(Unsilenced(silence.id) for silence, _ in ends),
            *self._keep_past(ends, now),
            *map(metric_record, [*begun, *changed]),
        )

    def _keep_past(
        self, ends: Iterable[tuple[Silence, datetime]], now: datetime
    ) -> list[Silence | Unsilenced]:
        """Remember silences that were in force, as what they were; return what to write.

        Each gets an id of its own, for the next of a switch has the same.
        """
        past = [
            replace(silence, id=uuid4().hex, ends_at=at, is_past=True)
            for silence, at in ends
            if silence.begins_at < at
        ]
        self.past += past
        return [*past, *self._bound_past(now)]

    def _bound_past(self, now: datetime) -> list[Unsilenced]:
        """Forget what is as old as no incident, or too much; return what to write."""
        oldest = now - MAX_INCIDENT_AGE
        kept = [
            each
            for each in self.past[-MAX_PAST:]
            if each.ends_at and each.ends_at >= oldest
        ]
        ids = {each.id for each in kept}
        dropped = [Unsilenced(each.id) for each in self.past if each.id not in ids]
        self.past = kept
        return dropped

    def _refresh(self, at: datetime, now: datetime) -> list[Metric]:
        """Return the metrics whose quiet begins or ends with that of the silences."""
        return [
            metric
            for metric in self._board.metrics.values()
            if metric.is_open and self._board.quiet(metric, at, now)
        ]

    def _fire(
        self,
        silence: Silence,
        change: str,
        context: Context,
        *,
        is_by_hand: bool | None = None,
    ) -> None:
        data = {
            "entry_id": self._entry.entry_id,
            "change": change,
            **silence_data(silence),
            **silenced_data(self._hass, self._entry, self._board, silence),
            "by_hand": is_by_hand,
        }
        self._hass.bus.async_fire(EVENT_SILENCE, data, context=context)


def silence_data(silence: Silence) -> dict[str, Any]:
    """Return who is silenced from when to when, by whom and why."""
    return {
        "silence_id": silence.id,
        "from": silence.begins_at.isoformat(),
        "until": silence.ends_at.isoformat() if silence.ends_at else None,
        "comment": silence.comment,
        "user_id": silence.user_id,
        "by": silence.by,
    }


def silenced_data(
    hass: HomeAssistant, entry: ConfigEntry, board: Board, silence: Silence
) -> dict[str, Any]:
    """Return what is silenced: its kind, its name, and where it is.

    `name` is None if it is no longer there.
    """
    data: dict[str, Any] = dict.fromkeys(
        ("name", "host", "device_id", "entity_id", "area_id", "label_id")
    )
    for area_id in silence.areas:
        area = ar.async_get(hass).async_get_area(area_id)
        data |= {"target": "area", "area_id": area_id, "name": area and area.name}
    for label_id in silence.labels:
        label = lr.async_get(hass).async_get_label(label_id)
        data |= {"target": "label", "label_id": label_id, "name": label and label.name}
    for uid in silence.subjects:
        agent_id, is_metric, _ = uid.partition("_")
        agent = board.agents.get(agent_id)
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, agent_id), entry.entry_id
        )
        data |= {"device_id": device and device.id, "host": agent and agent.name}
        data["entity_id"] = async_get_status_entity_id(hass, uid)
        if uid == entry.entry_id:
            data |= {"target": "account", "name": entry.title}
        elif is_metric:
            data |= {"target": "metric", "name": None}
            for metric in agent.metrics.values() if agent else ():
                if metric.uid == uid:
                    data["name"] = metric.name
                elif metric.service and metric.service_uid == uid:
                    # as its device is called
                    name = f"{metric.agent.name} {metric.service.name}"
                    data |= {"target": "service", "name": name}
        else:
            data |= {"target": "server", "name": agent and agent.name}
    return data
