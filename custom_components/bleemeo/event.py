"""Event entities: the alerts of an agent, and of the account."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import KEY_ALERT
from .core import Agent, Change, Metric
from .entity import BleemeoEntity
from .hub import Announcement, caused_by
from .models import BleemeoConfigEntry

PARALLEL_UPDATES = 0

# the recorder has all of these in the bus event
_UNRECORDED = frozenset(
    {
        "entry_id",
        "device_id",
        "entity_id",
        "status",
        "previous_status",
        "host",
        "metric_name",
        "title",
        "text",
        "value",
        "unit",
        "threshold",
        "status_changed_at",
        "happened_at",
        "changes_last_hour",
        "account_id",
        "agent_id",
        "metric_id",
        "event_id",
        "flapping",
        "acknowledged",
        "silenced",
        "dependent",
        "needs_attention",
        "incident",
        "is_test",
        "unseen_change",
        "while_offline",
        "source",
    }
)

ALERT = EventEntityDescription(
    key=KEY_ALERT,
    translation_key="alert",
    event_types=[change.value for change in Change],
    # Activity would show each change a second time
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the account's event entity, and those of agents as they appear."""
    hub = entry.runtime_data.hub
    async_add_entities([BleemeoEvent(hub, hub, ALERT)])

    @callback
    def add(agents: Iterable[Agent], _: Iterable[Metric]) -> None:
        async_add_entities([BleemeoEvent(hub, agent, ALERT) for agent in agents])

    entry.async_on_unload(hub.discovery.async_join(add))


class BleemeoEvent(BleemeoEntity, EventEntity):
    """Shows each change of status, with the data of the bus event."""

    _unrecorded_attributes = _UNRECORDED

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the subject's alerts."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.hub.announcer.async_listen_alerts(self.subject.uid, self._handle_alert)
        )

    @callback
    def _handle_alert(self, announcement: Announcement) -> None:
        attributes = announcement.data.copy()
        # the change is the type of the event
        self._trigger_event(attributes.pop("change"), attributes)
        self.async_set_context(caused_by(announcement.context))
        self.async_write_ha_state()
