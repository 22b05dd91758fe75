"""What a target of an action means here: the metrics that it stands for."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .board import Metric
from .const import DOMAIN, KEY_ALERT, KEY_PROBLEM, KEY_STATUS
from .device import async_get_agent_device
from .hub import BleemeoConfigEntry, BleemeoHub


def find_metrics(
    hass: HomeAssistant, selection: TargetSelection, *, with_account: bool = True
) -> list[tuple[BleemeoHub, Metric]]:
    """Return the metrics that a target stands for, each with its hub.

    An entity or the device of an agent stands for all of its metrics, and one of the
    account for all there are, unless that is not wanted.

    Raises:
        ServiceValidationError: naming entities that are not ours, or where there is no
            metric at all.
    """
    selected = async_extract_referenced_entity_ids(
        hass, selection, primary_entities_only=False
    )
    registry = er.async_get(hass)
    unique_ids: set[str] = set()
    foreign: list[str] = []
    for entity_id in selected.referenced | selected.indirectly_referenced:
        registered = registry.async_get(entity_id)
        if registered and registered.platform == DOMAIN:
            unique_ids.add(registered.unique_id)
        elif entity_id in selected.referenced:
            foreign.append(entity_id)
    if foreign or selected.missing_devices:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="target_unknown",
            translation_placeholders={
                "unknown": ", ".join(sorted([*foreign, *selected.missing_devices]))
            },
        )
    entries: list[BleemeoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    found = [
        (entry.runtime_data, metric)
        for entry in entries
        for metric in _metrics_of(
            entry.runtime_data, unique_ids, selected.referenced_devices, with_account
        )
    ]
    if not found:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="target_empty"
        )
    return found


def _metrics_of(
    hub: BleemeoHub, unique_ids: set[str], device_ids: set[str], with_account: bool
) -> list[Metric]:
    """Return the hub's metrics that ids of entities and devices stand for."""
    metrics = hub.board.metrics.values()
    if with_account and any(uid.startswith(f"{hub.uid}_") for uid in unique_ids):
        return list(metrics)
    whole_agents = {
        agent.id
        for agent in hub.board.agents.values()
        if any(
            f"{agent.uid}_{key}" in unique_ids
            for key in (KEY_PROBLEM, KEY_STATUS, KEY_ALERT)
        )
        or (
            (device := async_get_agent_device(hub.hass, hub.entry, agent))
            and device.id in device_ids
        )
    }
    return [
        metric
        for metric in metrics
        if metric.agent.id in whole_agents
        or any(f"{metric.uid}_{key}" in unique_ids for key in (KEY_PROBLEM, KEY_STATUS))
    ]
