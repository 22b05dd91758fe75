"""Describe alerts, and what people did about them, in the logbook."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from .const import (
    DOMAIN,
    EVENT_ACKNOWLEDGEMENT,
    EVENT_ALERT,
    EVENT_FLAPPING_ENDED,
    EVENT_SILENCE,
)
from .core import Change
from .texts import Texts

type Data = Mapping[str, Any]

# those of the status sensors: Home Assistant knows none of a line without a state
_STATUS_ICONS = {
    "ok": "mdi:check-circle-outline",
    "warning": "mdi:alert",
    "critical": "mdi:alert-octagon",
    "unknown": "mdi:help-circle-outline",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[Event[Data]], dict[str, Any]]], None
    ],
) -> None:
    """Register the functions that describe the events in Home Assistant's language."""

    def sentence(key: str, data: Data) -> str:
        texts = Texts(hass)
        return texts(
            f"logbook.{key}",
            status=texts(f"logbook_status.{data['status']}")
            if "status" in data
            else "",
            by=data.get("by"),
        )

    def joined(told: str, text: str | None) -> str:
        return Texts(hass)("told.said", told=told, text=text) if text else told

    def begun(key: str, data: Data) -> str:
        """Return who began something and until when, and their comment."""
        found = sentence(f"{key}_by" if data["by"] else key, data)
        if data["until"]:
            until = dt_util.as_local(
                dt_util.parse_datetime(data["until"], raise_on_error=True)
            )
            found += Texts(hass)("logbook.until", until=f"{until:%Y-%m-%d %H:%M}")
        return joined(found, data["comment"])

    @callback
    def describe_alert(event: Event[Data]) -> dict[str, Any]:
        """Return the metric, what it became and why, with an icon of how bad that is."""
        data = event.data
        change = data.get("change", "flapping_ended")
        if change == Change.CLEARED and data["previous_status"] is None:
            # nothing is over of what was never heard of
            change = Change.RAISED
        told = sentence(change, data)
        icon = _STATUS_ICONS[data["status"]]
        return _of_metric(data, joined(told, data["text"]), icon)

    @callback
    def describe_acknowledgement(event: Event[Data]) -> dict[str, Any]:
        """Return who has seen an alert, or why that is over."""
        data = event.data
        if data["end"] is None:
            return _of_metric(data, begun("acknowledged", data), "mdi:eye-check")
        told = sentence(f"acknowledgement_{data['end']}", data)
        return _of_metric(data, told, "mdi:eye-off")

    @callback
    def describe_silence(event: Event[Data]) -> dict[str, Any]:
        """Return who has silenced what, or that this is over."""
        data = event.data
        if data["by_hand"] is None:
            told, icon = begun("silenced", data), "mdi:bell-off"
        else:
            key = "silence_ended_by_hand" if data["by_hand"] else "silence_ended"
            told, icon = sentence(key, data), "mdi:bell-ring"
        if data["target"] == "metric":
            return _of_metric({**data, "metric_name": data["name"]}, told, icon)
        # what stands for a server or an account is called Status
        name = data["name"] or data["area_id"] or data["label_id"] or DOMAIN
        device = dr.async_get(hass).async_get(data["device_id"] or "")
        if device and device.name_by_user and data["host"]:
            # of a service, the name begins with that of its server
            name = name.replace(data["host"], device.name_by_user, 1)
        return _entry(name, told, icon)

    async_describe_event(DOMAIN, EVENT_ALERT, describe_alert)
    async_describe_event(DOMAIN, EVENT_FLAPPING_ENDED, describe_alert)
    async_describe_event(DOMAIN, EVENT_ACKNOWLEDGEMENT, describe_acknowledgement)
    async_describe_event(DOMAIN, EVENT_SILENCE, describe_silence)


def _of_metric(data: Data, message: str, icon: str) -> dict[str, Any]:
    """Return a line about a metric.

    Home Assistant shows it under the names that its entity and device have.
    """
    named = (data["host"] or DOMAIN, data["metric_name"])
    return {
        **_entry(" ".join(filter(None, named)), message, icon),
        LOGBOOK_ENTRY_ENTITY_ID: data["entity_id"],
    }


def _entry(name: str, message: str, icon: str) -> dict[str, Any]:
    return {
        LOGBOOK_ENTRY_NAME: name,
        LOGBOOK_ENTRY_MESSAGE: message,
        LOGBOOK_ENTRY_ICON: icon,
    }
