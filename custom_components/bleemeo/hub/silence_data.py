"""The data of the bus event `bleemeo_silence`; its keys are a contract with users."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    label_registry as lr,
)

from ..const import DOMAIN
from ..core import Board, Silence
from .device import async_get_status_entity_id


def silence_data(silence: Silence) -> dict[str, Any]:
    """Return who is silenced from when to when, by whom and why."""
    return {
        "silence_id": silence.id,
        "from": silence.begins_at.isoformat(),
        "until": silence.ends_at.isoformat() if silence.ends_at else None,
        "comment": silence.comment,
        "user_id": silence.user_id,
        "by": silence.by,
    }


def silenced_data(
    hass: HomeAssistant, entry: ConfigEntry, board: Board, silence: Silence
) -> dict[str, Any]:
    """Return what is silenced: its kind, its name, and where it is.

    `name` is None if it is no longer there.
    """
    data: dict[str, Any] = dict.fromkeys(
        ("name", "host", "device_id", "entity_id", "area_id", "label_id")
    )
    for area_id in silence.areas:
        area = ar.async_get(hass).async_get_area(area_id)
        data |= {"target": "area", "area_id": area_id, "name": area and area.name}
    for label_id in silence.labels:
        label = lr.async_get(hass).async_get_label(label_id)
        data |= {"target": "label", "label_id": label_id, "name": label and label.name}
    for uid in silence.subjects:
        agent_id, is_metric, _ = uid.partition("_")
        agent = board.agents.get(agent_id)
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, agent_id), entry.entry_id
        )
        data |= {"device_id": device and device.id, "host": agent and agent.name}
        data["entity_id"] = async_get_status_entity_id(hass, uid)
        if uid == entry.entry_id:
            data |= {"target": "account", "name": entry.title}
        elif is_metric:
            data |= {"target": "metric", "name": None}
            for metric in agent.metrics.values() if agent else ():
                if metric.uid == uid:
                    data["name"] = metric.name
                elif metric.service and metric.service_uid == uid:
                    # as its device is called
                    name = f"{metric.agent.name} {metric.service.name}"
                    data |= {"target": "service", "name": name}
        else:
            data |= {"target": "server", "name": agent and agent.name}
    return data
