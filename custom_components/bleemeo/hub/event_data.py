"""The data of the bus event `bleemeo_alert`; its keys are a contract with users."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant

from ..core import Change, Judgement, Metric, Reason
from .device import async_get_agent_device, async_get_status_entity_id


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change as the bus event and the event entities announce it."""

    data: dict[str, Any]
    context: Context
    metric: Metric
    at: datetime | None = None


def place_data(
    hass: HomeAssistant, entry: ConfigEntry, metric: Metric
) -> dict[str, Any]:
    """Return where a metric belongs in Home Assistant.

    `entity_id` is the metric's status sensor, `device_id` its agent's device; they are
    None beyond Home Assistant's cap of entities.
    """
    device = async_get_agent_device(hass, entry, metric.agent)
    return {
        "entry_id": entry.entry_id,
        "device_id": device.id if device else None,
        "entity_id": async_get_status_entity_id(hass, metric.uid),
    }


def alert_data(
    hass: HomeAssistant, entry: ConfigEntry, metric: Metric
) -> dict[str, Any]:
    """Return what a metric's last alert says and what became of it, with its place."""
    return {
        **place_data(hass, entry, metric),
        "status": metric.alert.status.word,
        "host": metric.agent.name,
        "metric_name": metric.name,
        "account_id": metric.alert.account_id,
        **metric.details,
        **attention_data(metric),
        "incident": incident_data(metric),
        "is_test": metric.is_test,
    }


def attention_data(metric: Metric) -> dict[str, bool]:
    """Return whether an alert needs attention, and what keeps it quiet."""
    reasons = metric.quiet_reasons
    return {
        "flapping": Reason.FLAPPING in reasons,
        "acknowledged": metric.is_acknowledged,
        "silenced": Reason.SILENCED in reasons,
        "dependent": Reason.DEPENDENT in reasons,
        "needs_attention": metric.needs_attention,
    }


def incident_data(metric: Metric) -> dict[str, str | bool] | None:
    """Return when the present or last incident began, and its worst status.

    It may have begun earlier if it was found when it was open already.
    """
    if (last := metric.timeline.last) is None:
        return None
    return {
        "began_at": last.began_at.isoformat(),
        "began_earlier": metric.began_earlier,
        "worst": last.worst.word,
    }


def change_data(
    hass: HomeAssistant,
    entry: ConfigEntry,
    judgement: Judgement,
    while_offline: bool = False,
) -> dict[str, Any]:
    """Return the data of the event that announces a change.

    `while_offline` is set if it happened while Home Assistant was not running, as far as
    Bleemeo's API tells.
    """
    change, previous = judgement.change, judgement.previous_status
    data = alert_data(hass, entry, judgement.metric)
    if change is Change.FORGOTTEN:
        # there is nothing left to attend to
        data["needs_attention"] = False
    return {
        **data,
        "change": change.value if change else None,
        "previous_status": None if previous is None else previous.word,
        "unseen_change": judgement.unseen_change,
        "while_offline": while_offline,
        "source": judgement.metric.alert.source.value,
    }
