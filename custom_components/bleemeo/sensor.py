"""Statuses, the account's counts of alerts, and what tells whether deliveries work."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .alert import Status
from .board import Agent, Metric
from .const import KEY_CORRECTED_STATUSES, KEY_LAST_AGREEMENT, KEY_STATUS
from .entity import BleemeoEntity
from .hub import BleemeoConfigEntry, BleemeoHub

PARALLEL_UPDATES = 0

# Bleemeo's Unknown is Home Assistant's own unknown state, which is no option
STATUS_OPTIONS = [Status.OK.word, Status.WARNING.word, Status.CRITICAL.word]


@dataclass(frozen=True, kw_only=True)
class BleemeoSensorDescription(SensorEntityDescription):
    """A sensor and how to read its value, and its attributes, from the subject."""

    value_fn: Callable[[Any], StateType | datetime]
    attributes_fn: Callable[[BleemeoHub, Any], dict[str, Any]] | None = None


def _word(status: Status) -> str | None:
    return None if status is Status.UNKNOWN else status.word


def _count(status: Status) -> Callable[[BleemeoHub], int]:
    return lambda hub: hub.board.account.counts[status]


ACCOUNT_SENSORS = (
    BleemeoSensorDescription(
        key=KEY_STATUS,
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=STATUS_OPTIONS,
        value_fn=lambda hub: _word(hub.board.account.worst),
    ),
    BleemeoSensorDescription(
        key="critical_alerts",
        translation_key="critical_alerts",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_count(Status.CRITICAL),
    ),
    BleemeoSensorDescription(
        key="warning_alerts",
        translation_key="warning_alerts",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_count(Status.WARNING),
    ),
    BleemeoSensorDescription(
        key="unknown_alerts",
        translation_key="unknown_alerts",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_count(Status.UNKNOWN),
    ),
    BleemeoSensorDescription(
        key="unacknowledged_alerts",
        translation_key="unacknowledged_alerts",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda hub: hub.board.unacknowledged,
    ),
    BleemeoSensorDescription(
        key="last_alert",
        translation_key="last_alert",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.last_alert_at,
    ),
    BleemeoSensorDescription(
        key="rejected_deliveries",
        translation_key="rejected_deliveries",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.rejected_deliveries,
    ),
    BleemeoSensorDescription(
        key="unseen_changes",
        translation_key="unseen_changes",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.unseen_changes,
    ),
    BleemeoSensorDescription(
        key="delivery_delay",
        translation_key="delivery_delay",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda hub: hub.delivery_delay,
    ),
)
# where there is access to Bleemeo's API
AGREEMENT_SENSORS = (
    BleemeoSensorDescription(
        key=KEY_LAST_AGREEMENT,
        translation_key="last_agreement",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.agreement.catalogue.agreed_at,
    ),
    BleemeoSensorDescription(
        key=KEY_CORRECTED_STATUSES,
        translation_key="corrected_statuses",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.agreement.catalogue.corrected,
    ),
)
AGENT_STATUS = BleemeoSensorDescription(
    key=KEY_STATUS,
    translation_key="status",
    device_class=SensorDeviceClass.ENUM,
    options=STATUS_OPTIONS,
    value_fn=lambda agent: _word(agent.rollup.worst),
)
METRIC_STATUS = BleemeoSensorDescription(
    key=KEY_STATUS,
    translation_key="metric_status",
    device_class=SensorDeviceClass.ENUM,
    options=STATUS_OPTIONS,
    value_fn=lambda metric: _word(metric.alert.status),
    attributes_fn=lambda hub, metric: {
        **metric.details,
        "flapping": hub.is_flapping(metric),
        "acknowledged": hub.is_acknowledged(metric),
    },
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the account's sensors, and those of agents and metrics as they come."""
    hub = entry.runtime_data
    descriptions = ACCOUNT_SENSORS + (AGREEMENT_SENSORS if hub.agreement else ())
    async_add_entities(
        BleemeoSensor(hub, hub, description) for description in descriptions
    )

    @callback
    def add(agents: Iterable[Agent], metrics: Iterable[Metric]) -> None:
        async_add_entities(
            [
                *(BleemeoSensor(hub, agent, AGENT_STATUS) for agent in agents),
                *(BleemeoSensor(hub, metric, METRIC_STATUS) for metric in metrics),
            ]
        )

    entry.async_on_unload(hub.telling.async_discover(add))


class BleemeoSensor(BleemeoEntity, SensorEntity):
    """A status, a count or a time."""

    # ids never change, and the others change without a meaning of their own
    _unrecorded_attributes = frozenset(
        {"agent_id", "metric_id", "event_id", "title", "changes_last_hour"}
    )

    entity_description: BleemeoSensorDescription

    @override
    def _read(self) -> bool:
        description, is_new = self.entity_description, False
        value = description.value_fn(self.subject)
        if value != self._attr_native_value:
            self._attr_native_value, is_new = value, True
        if description.attributes_fn is not None:
            attributes = description.attributes_fn(self.hub, self.subject)
            if attributes != getattr(self, "_attr_extra_state_attributes", None):
                self._attr_extra_state_attributes, is_new = attributes, True
        return is_new
