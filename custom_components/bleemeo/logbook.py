"""Describe alerts in the logbook, in Home Assistant's language."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN, EVENT_ALERT, EVENT_FLAPPING_ENDED


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[Event[Mapping[str, Any]]], dict[str, str]]], None
    ],
) -> None:
    """Register the function that describes the events."""

    @callback
    def describe(event: Event[Mapping[str, Any]]) -> dict[str, str]:
        """Return the host, the sentence, and the entity that it belongs to."""
        data = event.data
        texts = async_get_cached_translations(
            hass, hass.config.language, "selector", DOMAIN
        )
        prefix = f"component.{DOMAIN}.selector"
        sentence = texts[
            f"{prefix}.logbook.options.{data.get('change', 'flapping_ended')}"
        ].format(
            metric=data["metric_name"],
            status=texts[f"{prefix}.logbook_status.options.{data['status']}"],
        )
        return {
            LOGBOOK_ENTRY_NAME: f"{data['host']}:",
            LOGBOOK_ENTRY_MESSAGE: f"{sentence}: {data['text']}"
            if data["text"]
            else sentence,
            LOGBOOK_ENTRY_ENTITY_ID: data["entity_id"],
        }

    async_describe_event(DOMAIN, EVENT_ALERT, describe)
    async_describe_event(DOMAIN, EVENT_FLAPPING_ENDED, describe)
