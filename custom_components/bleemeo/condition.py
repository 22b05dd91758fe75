"""Conditions about open alerts, and the options that triggers share with them."""

from collections.abc import Iterator
from typing import Any, ClassVar, Unpack, cast, override

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import (
    Condition,
    ConditionCheckParams,
    ConditionConfig,
)
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .core import Metric, Status
from .models import BleemeoConfigEntry
from .target import Subjects

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


class AlertCondition(Condition):
    """Checks the targeted metrics, or those of all accounts."""

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
        """Yield the metrics of the subjects in all loaded entries."""
        for entry in self._entries():
            for metric in entry.runtime_data.hub.board.metrics.values():
                if subjects is None or subjects.cover(entry.entry_id, metric.alert.key):
                    yield metric


class IsProblemCondition(AlertCondition):
    """Passes if any metric has an open alert of a selected severity."""

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
    """Passes if all metrics are known to be OK; unknown is not OK."""

    _schema = schema()

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Check the condition."""
        subjects = Subjects.of_target(self._hass, self._target)
        return self._is_known(subjects) and not any(
            metric.is_open for metric in self._metrics(subjects)
        )

    def _is_known(self, subjects: Subjects | None) -> bool:
        """Return whether there is any subject, and all of them are on a board."""
        if subjects is None:
            entries = self._hass.config_entries.async_entries(
                DOMAIN, include_disabled=False
            )
            return bool(entries) and all(
                entry.state is ConfigEntryState.LOADED for entry in entries
            )
        known: set[str] = set()
        for entry in self._entries():
            board = entry.runtime_data.hub.board
            known.update((entry.entry_id, *board.agents))
            known.update(metric.uid for metric in board.metrics.values())
        asked = subjects.uids
        return bool(asked) and asked <= known


CONDITIONS: dict[str, type[Condition]] = {
    "is_ok": IsOkCondition,
    "is_problem": IsProblemCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
