"""Resolve targets to accounts, agents and metrics."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
    CONF_EXCLUDE,
    ENTITY_MATCH_ALL,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .const import DOMAIN
from .core import AGENT_STATUS, Agent, MetricKey, metric_uid
from .hub import SUBJECT_ENTITIES, BleemeoHub, async_find_places
from .models import BleemeoConfigEntry, is_loaded

TARGET_KEYS = (
    ATTR_ENTITY_ID,
    ATTR_DEVICE_ID,
    ATTR_AREA_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
)
# the account has further entities, which stand for nothing
_ACCOUNT_KEYS = {key for _, key in SUBJECT_ENTITIES}


@dataclass(frozen=True, slots=True)
class Selected:
    """What is picked by name: subjects by their uids, and areas and labels.

    A floor is the areas that it has now.
    """

    uids: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    @classmethod
    def of(cls, hass: HomeAssistant, target: Mapping[str, Any]) -> Self:
        """Read a target, but for what it excludes."""
        selection = _selection(target)
        areas = ar.async_get(hass).areas
        return cls(
            _subject_uids(hass, selection),
            frozenset(selection.area_ids).union(
                area.id
                for floor_id in selection.floor_ids
                for area in areas.get_areas_for_floor(floor_id)
            ),
            frozenset(selection.label_ids),
        )

    def cover(self, hass: HomeAssistant, entry_id: str, uids: list[str]) -> bool:
        """Return whether a subject is among them; its own uid comes first."""
        if not self.uids.isdisjoint(uids):
            return True
        if not self.areas and not self.labels:
            return False
        areas, labels = async_find_places(hass, entry_id, uids)
        return not (self.areas.isdisjoint(areas) and self.labels.isdisjoint(labels))


@dataclass(frozen=True, slots=True)
class Subjects:
    """The accounts, agents and metrics that a target stands for.

    An agent's entities and device stand for all of its metrics, and the device of one of
    its services for those of the service; the account's device, Problem, Status and
    Alert stand for all metrics of the account. A metric is in the area of its own
    entities, else in that of its service or of its agent; the same goes for labels.
    """

    hass: HomeAssistant
    target: Mapping[str, Any]
    included: Selected = field(default_factory=Selected)
    excluded: Selected = field(default_factory=Selected)

    @classmethod
    def of_target(
        cls, hass: HomeAssistant, target: Mapping[str, Any] | None
    ) -> Self | None:
        """Resolve a target as of now; return None, which means all, if it is empty."""
        if target is None or not has_target(target):
            return None
        return cls(
            hass,
            target,
            Selected.of(hass, target),
            Selected.of(hass, target.get(CONF_EXCLUDE) or {}),
        )

    @property
    def uids(self) -> frozenset[str]:
        """The subjects that Home Assistant has entities or devices of, loaded or not."""
        excluded = self.target.get(CONF_EXCLUDE) or {}
        return _reached_uids(self.hass, self.target) - (
            _reached_uids(self.hass, excluded)
        )

    @property
    def entry_ids(self) -> set[str | None]:
        """The entries that those are of."""
        entities, devices = _reached(self.hass, _selection(self.target))
        return {each.config_entry_id for each in (*entities, *devices)}

    def cover(
        self, entry_id: str, key: MetricKey, *, with_account: bool = True
    ) -> bool:
        """Return whether the metric is one of these, or belongs to one.

        Without `with_account`, the account is none of these, nor in an area.
        """
        uids = _uids_of(self.hass, entry_id, key)
        return self._cover(entry_id, [*uids, entry_id] if with_account else uids)

    def cover_agent(self, entry_id: str, agent_id: str) -> bool:
        """Return whether the agent itself is one of these; no account has it covered."""
        return self._cover(entry_id, [agent_id])

    def cover_uid(self, entry_id: str, uid: str) -> bool:
        """Return whether the account, agent or metric is one of these, or in one."""
        agent_id, is_part, part_id = uid.partition("_")
        if not is_part:
            return self._cover(entry_id, [uid, entry_id])
        metric_id = None if part_id == AGENT_STATUS else part_id
        return self.cover(entry_id, (agent_id, metric_id))

    def _cover(self, entry_id: str, uids: list[str]) -> bool:
        return self.included.cover(self.hass, entry_id, uids) and not (
            self.excluded.cover(self.hass, entry_id, uids)
        )


def has_target(target: Mapping[str, Any]) -> bool:
    """Return whether anything is targeted."""
    return any(target.get(key) for key in TARGET_KEYS)


def missing(
    hass: HomeAssistant, target: Mapping[str, Any], *, with_others: bool = False
) -> set[str]:
    """Return what of a target does not exist; `with_others`, also what is not ours."""
    if target.get(ATTR_ENTITY_ID) == ENTITY_MATCH_ALL:
        # the helper finds nothing for it
        return {ENTITY_MATCH_ALL}
    selected = async_extract_referenced_entity_ids(hass, _selection(target))
    entities = er.async_get(hass)
    others = {
        entity_id
        for entity_id in selected.referenced
        if (entity := entities.async_get(entity_id)) is None
        or entity.platform != DOMAIN
    }
    return (
        selected.missing_devices
        | selected.missing_areas
        | selected.missing_floors
        | selected.missing_labels
        | {
            each
            for each in others
            if with_others or not (entities.async_get(each) or hass.states.get(each))
        }
    )


def doubted_agents(hub: BleemeoHub, subjects: Subjects | None) -> list[Agent]:
    """Return the servers asked about of which it is not known yet what is open."""
    return [
        agent
        for agent in hub.board.agents.values()
        if agent.is_doubted
        and (subjects is None or subjects.cover_uid(hub.uid, agent.uid))
    ]


def _uids_of(hass: HomeAssistant, entry_id: str, key: MetricKey) -> list[str]:
    """Return the uids of what a metric is and belongs to, but for the account."""
    entry: BleemeoConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is not None and is_loaded(entry):
        if (metric := entry.runtime_data.hub.board.metrics.get(key)) is not None:
            return metric.uids
    return [metric_uid(key), key[0]]


def _is_part_of(device: dr.AnyDeviceEntry, device_ids: Container[str]) -> bool:
    """Return whether a device is a part of one of these."""
    return (
        isinstance(device, dr.ChildDeviceEntry)
        and device.parent_device_id in device_ids
    )


def _selection(target: Mapping[str, Any]) -> TargetSelection:
    # the helper cannot exclude a part of a subject
    return TargetSelection({key: target.get(key) for key in TARGET_KEYS})


def _subject_uids(hass: HomeAssistant, selection: TargetSelection) -> frozenset[str]:
    """Return the uids of the subjects of the entities and devices that are picked."""
    by_name = {
        ATTR_ENTITY_ID: list(selection.entity_ids),
        ATTR_DEVICE_ID: list(selection.device_ids),
    }
    return _reached_uids(hass, by_name)


def _reached_uids(hass: HomeAssistant, target: Mapping[str, Any]) -> frozenset[str]:
    entities, devices = _reached(hass, _selection(target))
    uids = {uid for entity in entities for uid in _subject_uid(entity)}
    device_ids = {device.id for device in devices}
    # another integration's identifiers can have more than two parts
    uids.update(
        each[1]
        for device in devices
        # a server stands for its services
        if not _is_part_of(device, device_ids)
        for each in device.identifiers
        if each[0] == DOMAIN
    )
    return frozenset(uids)


def _reached(
    hass: HomeAssistant, selection: TargetSelection
) -> tuple[list[er.RegistryEntry], list[dr.AnyDeviceEntry]]:
    """Return our entities that are picked, or in an area or label, and all devices.

    A device's entities are not among them: it stands for them.
    """
    selected = async_extract_referenced_entity_ids(hass, selection)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    found = [
        entity
        for entity_id in selected.referenced | selected.indirectly_referenced
        if (entity := entities.async_get(entity_id)) is not None
        and entity.platform == DOMAIN
        and (
            entity_id in selected.referenced
            or entity.device_id not in selected.referenced_devices
        )
    ]
    return found, [
        device
        for device_id in selected.referenced_devices
        if (device := devices.async_get(device_id)) is not None
    ]


def _subject_uid(entity: er.RegistryEntry) -> list[str]:
    """Return the uid of the entity's account, agent or metric, if it stands for one."""
    entry_id = str(entity.config_entry_id)
    if entity.unique_id.startswith(f"{entry_id}_"):
        key = entity.unique_id.removeprefix(f"{entry_id}_")
        return [entry_id] if key in _ACCOUNT_KEYS else []
    return [entity.unique_id.rpartition("_")[0]]
