"""Resolve targets to accounts, agents and metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.const import CONF_EXCLUDE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .const import DOMAIN
from .core import AGENT_STATUS, Metric, MetricKey
from .hub import BleemeoHub
from .models import BleemeoConfigEntry


@dataclass(frozen=True, slots=True)
class Subjects:
    """The accounts, agents and metrics that a target stands for, by their uids.

    An agent's entities and device stand for all of its metrics, and the account's for
    all metrics of the account.
    """

    uids: frozenset[str]
    excluded: frozenset[str] = frozenset()

    @classmethod
    def of_target(
        cls, hass: HomeAssistant, target: Mapping[str, Any] | None
    ) -> Self | None:
        """Resolve a target as of now; return None, which means all, if it is empty."""
        if not target or not any(target.values()):
            return None
        # the helper cannot exclude a part of a subject
        included = {key: ids for key, ids in target.items() if key != CONF_EXCLUDE}
        return cls(
            _subject_uids(hass, TargetSelection(included)),
            _subject_uids(hass, TargetSelection(target.get(CONF_EXCLUDE, {}))),
        )

    def cover(self, entry_id: str, key: MetricKey) -> bool:
        """Return whether the metric is one of these, or belongs to one."""
        agent_id, metric_id = key
        uids = {entry_id, agent_id, f"{agent_id}_{metric_id or AGENT_STATUS}"}
        return not uids.isdisjoint(self.uids) and uids.isdisjoint(self.excluded)


def find_metrics(
    hass: HomeAssistant, selection: TargetSelection, *, with_account: bool = True
) -> list[tuple[BleemeoHub, Metric]]:
    """Return the metrics that an action's target stands for, each with its hub.

    Without `with_account`, the account's device and entities stand for nothing.

    Raises:
        ServiceValidationError: the target has entities that are not ours, or no metric.
    """
    if unknown := _unknown(hass, selection):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="target_unknown",
            translation_placeholders={"unknown": ", ".join(sorted(unknown))},
        )
    uids = _subject_uids(hass, selection)
    entries: list[BleemeoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    if not with_account:
        uids -= {entry.entry_id for entry in entries}
    subjects = Subjects(uids)
    found = [
        (entry.runtime_data.hub, metric)
        for entry in entries
        for metric in entry.runtime_data.hub.board.metrics.values()
        if subjects.cover(entry.entry_id, metric.alert.key)
    ]
    if not found:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="target_empty"
        )
    return found


def _unknown(hass: HomeAssistant, selection: TargetSelection) -> set[str]:
    """Return the selected entities that are not ours, and devices that do not exist."""
    selected = async_extract_referenced_entity_ids(hass, selection)
    entities = er.async_get(hass)
    return selected.missing_devices | {
        entity_id
        for entity_id in selected.referenced
        if (entity := entities.async_get(entity_id)) is None
        or entity.platform != DOMAIN
    }


def _subject_uids(hass: HomeAssistant, selection: TargetSelection) -> frozenset[str]:
    """Return the uids of the subjects of the selected entities and devices."""
    selected = async_extract_referenced_entity_ids(hass, selection)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    uids: set[str] = set()
    for entity_id in selected.referenced | selected.indirectly_referenced:
        entity = entities.async_get(entity_id)
        if entity is not None and entity.platform == DOMAIN:
            uids.add(_subject_uid(entity))
    for device_id in selected.referenced_devices:
        if (device := devices.async_get(device_id)) is not None:
            # another integration's identifiers can have more than two parts
            uids.update(each[1] for each in device.identifiers if each[0] == DOMAIN)
    return frozenset(uids)


def _subject_uid(entity: er.RegistryEntry) -> str:
    """Return the uid of the entity's account, agent or metric."""
    # the keys of the account's entities contain underscores too
    if entity.unique_id.startswith(f"{entity.config_entry_id}_"):
        return str(entity.config_entry_id)
    return entity.unique_id.rpartition("_")[0]
