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
from homeassistant.const import MATCH_ALL, EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .api import Agreement
from .const import KEY_CORRECTED_STATUSES, KEY_LAST_COMPARISON, KEY_STATUS
from .core import Agent, AgentProfile, Metric, Rollup, Status
from .entity import ALERTS_ROW, METRIC_ROW, BleemeoEntity
from .hub import BleemeoHub, Subject, attention_data, incident_data
from .models import BleemeoConfigEntry

PARALLEL_UPDATES = 0

# what nobody reads first
_NAMES = ("title", "agent_id", "metric_id", "event_id")

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


def _known(hub: BleemeoHub) -> Rollup | None:
    """Return the roll-up over the account, or None while nothing is known of it."""
    entry: BleemeoConfigEntry = hub.entry
    return hub.board.account if entry.runtime_data.is_known else None


def _account_status(hub: BleemeoHub) -> str | None:
    return _word(hub.board.worst) if _known(hub) else None


def _describe_account(hub: BleemeoHub) -> dict[str, Any]:
    return (_counts(rollup) if (rollup := _known(hub)) else {}) | ALERTS_ROW


def _count(status: Status) -> Callable[[BleemeoHub], int | None]:
    return lambda hub: rollup.counts[status] if (rollup := _known(hub)) else None


def _needs_attention(hub: BleemeoHub) -> int | None:
    return rollup.needs_attention if (rollup := _known(hub)) else None


def _counts(rollup: Rollup) -> dict[str, int]:
    """Return how many alerts are open, and how many of them need attention."""
    return {"open": rollup.open, "needs_attention": rollup.needs_attention}


def _describe(profile: AgentProfile | None) -> dict[str, Any]:
    """Return what Bleemeo tells of an agent and the device does not show."""
    if profile is None:
        return {}
    return {
        "kind": profile.kind,
        "tags": list(profile.tags),
        "services": list(profile.services),
    }


def _describe_agent(agent: Agent) -> dict[str, Any]:
    return _counts(agent.rollup) | _describe(agent.profile) | ALERTS_ROW


def _describe_metric(metric: Metric) -> dict[str, Any]:
    """Return what is wrong, since when, and who has seen it; what it is comes last."""
    details, seen = metric.details, metric.acknowledgement
    names = {key: details.pop(key) for key in _NAMES}
    incident, until = incident_data(metric) or {}, seen.until if seen else None
    return {
        **details,
        "incident_began_at": incident.get("began_at"),
        "incident_began_earlier": incident.get("began_earlier"),
        "incident_worst": incident.get("worst"),
        **attention_data(metric),
        "acknowledged_at": seen.at.isoformat() if seen else None,
        "acknowledged_by": seen.by if seen else None,
        "acknowledged_until": until.isoformat() if until else None,
        "acknowledgement_comment": seen.comment if seen else None,
        "is_test": metric.is_test,
        **names,
        **METRIC_ROW,
    }


ACCOUNT_SENSORS = (
    BleemeoSensorDescription(
        key=KEY_STATUS,
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=STATUS_OPTIONS,
        value_fn=_account_status,
        attributes_fn=_describe_account,
    ),
    BleemeoSensorDescription(
        key="critical",
        translation_key="critical",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_count(Status.CRITICAL),
    ),
    BleemeoSensorDescription(
        key="warning",
        translation_key="warning",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_count(Status.WARNING),
    ),
    BleemeoSensorDescription(
        key="status_unknown",
        translation_key="status_unknown",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_count(Status.UNKNOWN),
    ),
    BleemeoSensorDescription(
        key="needs_attention",
        translation_key="needs_attention",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_needs_attention,
    ),
    BleemeoSensorDescription(
        key="rejected_deliveries",
        translation_key="rejected_deliveries",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.refusals.told,
    ),
    BleemeoSensorDescription(
        key="missed_changes",
        translation_key="missed_changes",
        # one that only arrived late is taken back
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.statistics.missed_changes,
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
        key=KEY_LAST_COMPARISON,
        translation_key="last_comparison",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        # each comparison, and each restart, would be a line in Activity
        entity_registry_enabled_default=False,
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
    value_fn=lambda agent: _word(agent.worst),
    attributes_fn=_describe_agent,
)
METRIC_STATUS = BleemeoSensorDescription(
    key=KEY_STATUS,
    translation_key="metric_status",
    device_class=SensorDeviceClass.ENUM,
    options=STATUS_OPTIONS,
    value_fn=lambda metric: _word(metric.alert.status),
    attributes_fn=_describe_metric,
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

    @callback
    def add(agents: Iterable[Agent], metrics: Iterable[Metric]) -> None:
        async_add_entities(
            [
                *(BleemeoSensor(hub, agent, AGENT_STATUS) for agent in agents),
                *(BleemeoSensor(hub, metric, METRIC_STATUS) for metric in metrics),
            ]
        )

    entry.async_on_unload(hub.discovery.async_join(add))


class BleemeoSensor(BleemeoEntity, SensorEntity):
    """A status, a count or a time."""

    # the journal has the history of the rest, and the events have its texts
    _unrecorded_attributes = frozenset({MATCH_ALL})

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
