"""Conditions about open alerts, and what a target means to them and to the triggers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, Unpack, cast, override

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_EXCLUDE, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.condition import (
    Condition,
    ConditionCheckParams,
    ConditionConfig,
)
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.helpers.typing import ConfigType

from .alert import MetricKey, Status
from .board import AGENT_STATUS, Metric
from .const import DOMAIN
from .hub import BleemeoConfigEntry

CONF_SEVERITY = "severity"

SEVERITIES = [status.word for status in Status if status is not Status.OK]
SEVERITY_FIELD: dict[vol.Marker, Any] = {
    vol.Required(CONF_SEVERITY, default=SEVERITIES): vol.All(
        cv.ensure_list, vol.Length(min=1), [vol.In(SEVERITIES)]
    )
}


def schema(*fields: dict[vol.Marker, Any]) -> vol.Schema:
    """Return the schema of a trigger or condition with a target and these options."""
    options = {marker: value for field in fields for marker, value in field.items()}
    return vol.Schema(
        {
            vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
            vol.Required(CONF_OPTIONS, default={}): options,
        }
    )


@dataclass(frozen=True, slots=True)
class Subjects:
    """The accounts, agents and metrics that a target stands for, by their uids."""

    uids: frozenset[str]
    excluded: frozenset[str] = frozenset()

    @classmethod
    def of_target(
        cls, hass: HomeAssistant, target: Mapping[str, Any] | None
    ) -> Self | None:
        """Resolve a target as it is now; None where it is empty, for all there is."""
        if not target or not any(target.values()):
            return None
        # what is excluded may be part of a subject, so it cannot be left to the helper
        included = {key: ids for key, ids in target.items() if key != CONF_EXCLUDE}
        return cls(
            _subject_uids(hass, TargetSelection(included)),
            _subject_uids(hass, TargetSelection(target.get(CONF_EXCLUDE, {}))),
        )

    def cover(self, entry_id: str, key: MetricKey) -> bool:
        """Whether the metric is one of these, or belongs to one."""
        agent_id, metric_id = key
        uids = {entry_id, agent_id, f"{agent_id}_{metric_id or AGENT_STATUS}"}
        return not uids.isdisjoint(self.uids) and uids.isdisjoint(self.excluded)


def _subject_uids(hass: HomeAssistant, selection: TargetSelection) -> frozenset[str]:
    """Return the uids of what the selected entities and devices of ours show."""
    selected = async_extract_referenced_entity_ids(hass, selection)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    uids: set[str] = set()
    for entity_id in selected.referenced | selected.indirectly_referenced:
        entity = entities.async_get(entity_id)
        if entity is not None and entity.platform == DOMAIN:
            uids.add(_subject_uid(entity))
    for device_id in selected.referenced_devices:
        if (device := devices.async_get(device_id)) is not None:
            uids.update(uid for domain, uid in device.identifiers if domain == DOMAIN)
    return frozenset(uids)


def _subject_uid(entity: er.RegistryEntry) -> str:
    """Return the uid of the account, agent or metric that the entity shows."""
    # keys of the account's entities have underscores of their own
    if entity.unique_id.startswith(f"{entity.config_entry_id}_"):
        return str(entity.config_entry_id)
    return entity.unique_id.rpartition("_")[0]


class AlertCondition(Condition):
    """Asks about the targeted metrics, or about those of all accounts."""

    _schema: ClassVar[vol.Schema]

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate config."""
        return cast(ConfigType, cls._schema(config))

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Initialize the condition."""
        super().__init__(hass, config)
        self._target = config.target
        self._options = config.options or {}

    def _entries(self) -> list[BleemeoConfigEntry]:
        return self._hass.config_entries.async_loaded_entries(DOMAIN)

    def _metrics(self, subjects: Subjects | None) -> Iterator[Metric]:
        """Yield what the loaded entries know of the subjects."""
        for entry in self._entries():
            for metric in entry.runtime_data.board.metrics.values():
                if subjects is None or subjects.cover(entry.entry_id, metric.alert.key):
                    yield metric


class IsProblemCondition(AlertCondition):
    """Passes where any metric has an open alert of a wanted severity."""

    _schema = schema(SEVERITY_FIELD)

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Check the condition."""
        severities = self._options[CONF_SEVERITY]
        subjects = Subjects.of_target(self._hass, self._target)
        return any(
            metric.alert.status.word in severities for metric in self._metrics(subjects)
        )


class IsOkCondition(AlertCondition):
    """Passes where all metrics are known to be OK: what is not known is not OK."""

    _schema = schema()

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Check the condition."""
        subjects = Subjects.of_target(self._hass, self._target)
        return self._is_known(subjects) and not any(
            metric.is_open for metric in self._metrics(subjects)
        )

    def _is_known(self, subjects: Subjects | None) -> bool:
        """Whether there is something to ask about, and all of it is on a board."""
        if subjects is None:
            entries = self._hass.config_entries.async_entries(
                DOMAIN, include_disabled=False
            )
            return bool(entries) and all(
                entry.state is ConfigEntryState.LOADED for entry in entries
            )
        known: set[str] = set()
        for entry in self._entries():
            board = entry.runtime_data.board
            known.update((entry.entry_id, *board.agents))
            known.update(metric.uid for metric in board.metrics.values())
        asked = subjects.uids - subjects.excluded
        return bool(asked) and asked <= known


CONDITIONS: dict[str, type[Condition]] = {
    "is_ok": IsOkCondition,
    "is_problem": IsProblemCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
