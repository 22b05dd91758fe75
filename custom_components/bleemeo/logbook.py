"""Describe alerts, and what people did about them, in the logbook."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import (
    DOMAIN,
    EVENT_ACKNOWLEDGEMENT,
    EVENT_ALERT,
    EVENT_FLAPPING_ENDED,
    EVENT_SILENCE,
)
from .texts import Texts

type Data = Mapping[str, Any]


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[Event[Data]], dict[str, str]]], None
    ],
) -> None:
    """Register the functions that describe the events in Home Assistant's language."""

    def sentence(key: str, data: Data) -> str:
        texts = Texts(hass)
        return texts(
            f"logbook.{key}",
            metric=data.get("metric_name"),
            status=texts(f"logbook_status.{data['status']}")
            if "status" in data
            else "",
            by=data.get("by"),
        )

    def begun(key: str, data: Data) -> str:
        """Return who began something and until when, and their comment."""
        found = sentence(f"{key}_by" if data["by"] else key, data)
        if data["until"]:
            until = dt_util.as_local(
                dt_util.parse_datetime(data["until"], raise_on_error=True)
            )
            found += Texts(hass)("logbook.until", until=f"{until:%Y-%m-%d %H:%M}")
        return _joined(found, data["comment"])

    @callback
    def describe_alert(event: Event[Data]) -> dict[str, str]:
        """Return the host, the sentence, and the entity that it belongs to."""
        data = event.data
        told = sentence(data.get("change", "flapping_ended"), data)
        return _entry(data["host"], _joined(told, data["text"]), data)

    @callback
    def describe_acknowledgement(event: Event[Data]) -> dict[str, str]:
        """Return who has seen an alert, or why that is over."""
        data = event.data
        told = (
            begun("acknowledged", data)
            if data["end"] is None
            else sentence(f"acknowledgement_{data['end']}", data)
        )
        return _entry(data["host"], told, data)

    @callback
    def describe_silence(event: Event[Data]) -> dict[str, str]:
        """Return who has silenced what, or that this is over."""
        data = event.data
        told = (
            begun("silenced", data)
            if data["by_hand"] is None
            else sentence("silence_ended_by_hand", data)
            if data["by_hand"]
            else sentence("silence_ended", data)
        )
        name = data["name"] or data["area_id"] or data["label_id"] or DOMAIN
        if data["target"] == "metric":
            return _entry(data["host"] or DOMAIN, f"{name}: {told}", data)
        return _entry(name, told, data)

    async_describe_event(DOMAIN, EVENT_ALERT, describe_alert)
    async_describe_event(DOMAIN, EVENT_FLAPPING_ENDED, describe_alert)
    async_describe_event(DOMAIN, EVENT_ACKNOWLEDGEMENT, describe_acknowledgement)
    async_describe_event(DOMAIN, EVENT_SILENCE, describe_silence)


def _joined(sentence: str, text: str | None) -> str:
    return f"{sentence}: {text}" if text else sentence


def _entry(name: str, message: str, data: Data) -> dict[str, str]:
    return {
        LOGBOOK_ENTRY_NAME: f"{name}:",
        LOGBOOK_ENTRY_MESSAGE: message,
        LOGBOOK_ENTRY_ENTITY_ID: data["entity_id"],
    }
