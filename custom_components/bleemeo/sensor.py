"""Sensors: statuses, counts of alerts, and diagnostics of the deliveries."""

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

from .api import Agreement
from .const import KEY_CORRECTED_STATUSES, KEY_LAST_AGREEMENT, KEY_STATUS
from .core import Agent, AgentProfile, Metric, Rollup, Status
from .entity import BleemeoEntity
from .hub import BleemeoHub, Subject, attention_data, incident_data, recording
from .models import BleemeoConfigEntry

PARALLEL_UPDATES = 0

# ids never change, and changes of the others mean nothing
_UNRECORDED = frozenset(
    {
        "agent_id",
        "metric_id",
        "event_id",
        "title",
        "changes_last_hour",
        "kind",
        "tags",
        "services",
    }
)

# Bleemeo's Unknown is Home Assistant's own unknown state, which is not an option
STATUS_OPTIONS = [Status.OK.word, Status.WARNING.word, Status.CRITICAL.word]


@dataclass(frozen=True, kw_only=True)
class BleemeoSensorDescription(SensorEntityDescription):
    """Describes a sensor: how to read its value, and its attributes.

    `value_fn` reads the subject or, for the sensors of the agreement, the agreement.
    """

    value_fn: Callable[[Any], StateType | datetime]
    attributes_fn: Callable[[Any], dict[str, Any]] | None = None


def _word(status: Status) -> str | None:
    return None if status is Status.UNKNOWN else status.word


def _describe(profile: AgentProfile | None) -> dict[str, Any]:
    """Return what Bleemeo tells of an agent and the device does not show."""
    if profile is None:
        return {}
    return {
        "kind": profile.kind,
        "tags": list(profile.tags),
        "services": list(profile.services),
    }


def _count(status: Status) -> Callable[[BleemeoHub], int]:
    return lambda hub: hub.board.account.counts[status]


def _counts(rollup: Rollup) -> dict[str, int]:
    """Return how many alerts are open, and how many of them need attention."""
    return {"open": rollup.open, "needs_attention": rollup.needs_attention}


def _acknowledgement(metric: Metric) -> dict[str, str | None]:
    """Return who has seen the alert, until when that counts, and their comment."""
    seen = metric.acknowledgement
    return {
        "acknowledged_by": seen.by if seen else None,
        "acknowledged_until": seen.until.isoformat() if seen and seen.until else None,
        "acknowledgement_comment": seen.comment if seen else None,
    }


def _incident(metric: Metric) -> dict[str, str | None]:
    """Return when the present or last incident began, and its worst status."""
    incident = incident_data(metric) or {}
    return {
        "incident_began_at": incident.get("began_at"),
        "incident_worst": incident.get("worst"),
    }


ACCOUNT_SENSORS = (
    BleemeoSensorDescription(
        key=KEY_STATUS,
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=STATUS_OPTIONS,
        value_fn=lambda hub: _word(hub.board.account.worst),
        attributes_fn=lambda hub: _counts(hub.board.account),
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
        key="needs_attention",
        translation_key="needs_attention",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda hub: hub.board.account.needs_attention,
    ),
    BleemeoSensorDescription(
        key="last_alert",
        translation_key="last_alert",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.statistics.last_alert_at,
    ),
    BleemeoSensorDescription(
        key="rejected_deliveries",
        translation_key="rejected_deliveries",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.refusals.told,
    ),
    BleemeoSensorDescription(
        key="unseen_changes",
        translation_key="unseen_changes",
        # one that only arrived late is taken back
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.statistics.unseen_changes,
    ),
    BleemeoSensorDescription(
        key="delivery_delay",
        translation_key="delivery_delay",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda hub: hub.statistics.delivery_delay,
    ),
)
# only with access to Bleemeo's API
AGREEMENT_SENSORS = (
    BleemeoSensorDescription(
        key=KEY_LAST_AGREEMENT,
        translation_key="last_agreement",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda agreement: agreement.catalogue.agreed_at,
    ),
    BleemeoSensorDescription(
        key=KEY_CORRECTED_STATUSES,
        translation_key="corrected_statuses",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda agreement: agreement.catalogue.corrected,
    ),
)
AGENT_STATUS = BleemeoSensorDescription(
    key=KEY_STATUS,
    translation_key="status",
    device_class=SensorDeviceClass.ENUM,
    options=STATUS_OPTIONS,
    value_fn=lambda agent: _word(agent.rollup.worst),
    attributes_fn=lambda agent: _counts(agent.rollup) | _describe(agent.profile),
)
METRIC_STATUS = BleemeoSensorDescription(
    key=KEY_STATUS,
    translation_key="metric_status",
    device_class=SensorDeviceClass.ENUM,
    options=STATUS_OPTIONS,
    value_fn=lambda metric: _word(metric.alert.status),
    attributes_fn=lambda metric: {
        **metric.details,
        **attention_data(metric),
        **_acknowledgement(metric),
        **_incident(metric),
        "is_test": metric.is_test,
    },
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the account's sensors, and those of agents and metrics as they appear."""
    hub, agreement = entry.runtime_data.hub, entry.runtime_data.agreement
    sensors = [BleemeoSensor(hub, hub, description) for description in ACCOUNT_SENSORS]
    if agreement is not None:
        sensors += [
            BleemeoSensor(hub, hub, description, agreement)
            for description in AGREEMENT_SENSORS
        ]
    async_add_entities(sensors)
    metric_class = BleemeoSensor if recording.keeps_texts(entry) else TextlessSensor

    @callback
    def add(agents: Iterable[Agent], metrics: Iterable[Metric]) -> None:
        async_add_entities(
            [
                *(BleemeoSensor(hub, agent, AGENT_STATUS) for agent in agents),
                *(metric_class(hub, metric, METRIC_STATUS) for metric in metrics),
            ]
        )

    entry.async_on_unload(hub.announcer.async_discover(add))


class BleemeoSensor(BleemeoEntity, SensorEntity):
    """A status, a count or a time."""

    _unrecorded_attributes = _UNRECORDED

    entity_description: BleemeoSensorDescription

    def __init__(
        self,
        hub: BleemeoHub,
        subject: Subject,
        description: BleemeoSensorDescription,
        agreement: Agreement | None = None,
    ) -> None:
        """Add a sensor with the description to the subject's device."""
        super().__init__(hub, subject, description)
        self._source = agreement or subject

    @override
    def _read(self) -> bool:
        description, is_new = self.entity_description, False
        value = description.value_fn(self._source)
        if value != self._attr_native_value:
            self._attr_native_value, is_new = value, True
        if description.attributes_fn is not None:
            attributes = description.attributes_fn(self.subject)
            if attributes != getattr(self, "_attr_extra_state_attributes", None):
                self._attr_extra_state_attributes, is_new = attributes, True
        return is_new


class TextlessSensor(BleemeoSensor):
    """A status whose text the recorder does not keep."""

    _unrecorded_attributes = _UNRECORDED | {"text"}
