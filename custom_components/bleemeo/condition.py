"""Conditions about open alerts."""

from collections.abc import Iterator
from typing import Any, ClassVar, Unpack, cast, override

import voluptuous as vol

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import (
    Condition,
    ConditionCheckParams,
    ConditionConfig,
)
from homeassistant.helpers.typing import ConfigType

from .automation import SEVERITY_FIELD, for_field, include_fields, schema, wanted
from .const import DOMAIN
from .core import AlertRecord, Metric
from .hub import BleemeoHub
from .models import BleemeoConfigEntry, loaded_hubs
from .target import Subjects, doubted_agents, missing


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
        self._options: dict[str, Any] = config.options or {}

    def _open(self, subjects: Subjects | None) -> Iterator[tuple[BleemeoHub, Metric]]:
        """Yield the open metrics of the subjects in all loaded entries."""
        for hub in loaded_hubs(self._hass):
            for metric in hub.board.metrics.values():
                # most are not open, and to find what has an area takes long
                if metric.is_open and (
                    subjects is None or subjects.cover(hub.uid, metric.alert.key)
                ):
                    yield hub, metric


class AlertIsOpenCondition(AlertCondition):
    """Passes if any metric has an open alert that is wanted, for long enough."""

    _schema = schema(SEVERITY_FIELD, for_field(), include_fields())

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Check the condition."""
        asked = wanted(self._options)
        subjects = Subjects.of_target(self._hass, self._target)
        return any(
            asked.holds(AlertRecord.of(metric), hub.now())
            for hub, metric in self._open(subjects)
        )


class AllOkCondition(AlertCondition):
    """Passes if all metrics are known to be OK; unknown is not OK."""

    _schema = schema()

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Check the condition."""
        subjects = Subjects.of_target(self._hass, self._target)
        return self._is_known(subjects) and not any(self._open(subjects))

    def _is_known(self, subjects: Subjects | None) -> bool:
        """Return whether there is any subject, and all of them were heard of.

        Of an entry that is disabled, nothing is known now.
        """
        loaded: list[BleemeoConfigEntry] = (
            self._hass.config_entries.async_loaded_entries(DOMAIN)
        )
        hubs = [
            entry.runtime_data.hub for entry in loaded if entry.runtime_data.is_known
        ]
        if any(doubted_agents(hub, subjects) for hub in hubs):
            return False
        if subjects is None:
            entries = self._hass.config_entries.async_entries(DOMAIN)
            return bool(entries) and len(hubs) == len(entries)
        if missing(self._hass, subjects.target):
            return False
        known = {hub.uid for hub in hubs}
        for hub in hubs:
            known.update(hub.board.agents)
            known.update(
                uid for each in hub.board.metrics.values() for uid in each.uids
            )
        asked = subjects.uids
        return bool(asked) and asked <= known


CONDITIONS: dict[str, type[Condition]] = {
    "alert_is_open": AlertIsOpenCondition,
    "all_ok": AllOkCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
