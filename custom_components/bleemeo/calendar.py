"""The incidents as a calendar: one event each, from its beginning to its end."""

from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEvent,
)
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import KEY_INCIDENTS
from .core import Incident, Metric
from .entity import BleemeoEntity, async_writer
from .headline import async_headline
from .hub import MakeContext
from .journal import MAX_INCIDENT_AGE, KeptIncident
from .models import BleemeoConfigEntry
from .overview import IncidentWindow
from .texts import Texts

PARALLEL_UPDATES = 0

# Home Assistant checks each event by a schema, in the event loop
MAX_EVENTS: Final = 1000

INCIDENTS = CalendarEntityDescription(
    key=KEY_INCIDENTS,
    translation_key="incidents",
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the account's calendar."""
    hub = entry.runtime_data.hub
    async_add_entities([BleemeoCalendar(hub, hub, INCIDENTS)])


class BleemeoCalendar(BleemeoEntity, CalendarEntity):
    """The incidents of the account; on while there is one."""

    # the journal has them
    _unrecorded_attributes = frozenset({MATCH_ALL})

    _worst: KeptIncident | None = None
    _writer: Debouncer[None]

    @override
    async def async_added_to_hass(self) -> None:
        """Follow all alerts of the account."""
        self._writer = async_writer(self, self._show)
        await super().async_added_to_hass()

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return the worst of the present incidents, and of these the oldest."""
        # made anew, for its end is that of the present day
        return self._worst and self._event_of(self._worst)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the incidents of a window of time; of very many those that began last.

        Raises:
            HomeAssistantError: the history cannot be read.
        """
        since, until = dt_util.as_utc(start_date), dt_util.as_utc(end_date)
        window = IncidentWindow(
            self.hub.entry.runtime_data,
            max(since, dt_util.utcnow() - MAX_INCIDENT_AGE),
        )
        await window.async_load(until)
        window.check_whole()
        found = [
            kept
            for agent_id in window.agent_ids
            for kept in window.of_agent(agent_id)
            if kept.began_at < until and _end_of(kept) > since
        ]
        found.sort(key=lambda kept: kept.began)
        return [self._event_of(kept) for kept in found[-MAX_EVENTS:]]

    @callback
    @override
    def _handle_change(self, make_context: MakeContext) -> None:
        self._writer.async_schedule_call()

    @callback
    def _show(self) -> None:
        self._read()
        self.async_write_ha_state()

    @override
    def _read(self) -> bool:
        present = [
            (metric, incident)
            for metric in self.hub.board.metrics.values()
            if not metric.is_test and (incident := metric.timeline.present) is not None
        ]
        worst = max(present, key=_badness, default=None)
        self._worst = worst and _kept(*worst)
        return True

    def _event_of(self, kept: KeptIncident) -> CalendarEvent:
        metric = self.hub.board.metrics.get(kept.key)
        is_present = kept.ended is None
        return CalendarEvent(
            start=dt_util.as_local(kept.began_at),
            end=dt_util.as_local(_end_of(kept)),
            summary=async_headline(
                self.hass,
                self.hub.uid,
                kept.key,
                (metric.agent.name, metric.name) if metric else (kept.host, kept.name),
                kept.status if is_present else kept.worst,
            ),
            description=self._still_open(metric) if metric and is_present else None,
            uid=f"{kept.agent_id}_{kept.kept_metric_id}_{kept.began}",
        )

    def _still_open(self, metric: Metric) -> str:
        said = metric.alert.text or metric.alert.title
        return Texts(self.hass)("told.summary_still", text=said)


def _end_of(kept: KeptIncident) -> datetime:
    """Return when an incident ended: where that is not known, the end of this day."""
    if kept.ended_at is not None:
        return kept.ended_at
    tomorrow = dt_util.now() + timedelta(days=1)
    return max(dt_util.start_of_local_day(tomorrow), kept.began_at)


def _kept(metric: Metric, incident: Incident) -> KeptIncident:
    """Return a present incident as the journal has it."""
    name, host = metric.name, metric.agent.name
    return KeptIncident.of(metric.alert.key, incident, (), host, name)


def _badness(present: tuple[Metric, Incident]) -> tuple[int, int, float]:
    metric, incident = present
    return (
        metric.alert.status.severity,
        incident.worst.severity,
        -incident.began_at.timestamp(),
    )
