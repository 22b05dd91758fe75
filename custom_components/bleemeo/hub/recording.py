"""What the recorder keeps of alerts: their texts can hold what is nobody's business.

The text of an event cannot be left out alone, so without texts its events are left out.
"""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util.hass_dict import HassKey

from ..const import (
    CONF_KEEP_TEXTS,
    DOMAIN,
    EVENT_ACKNOWLEDGEMENT,
    EVENT_ALERT,
    EVENT_FLAPPING_ENDED,
)

# each has the text of an alert
_EVENTS = frozenset({EVENT_ACKNOWLEDGEMENT, EVENT_ALERT, EVENT_FLAPPING_ENDED})
# what was left out by us, and not by the person's own configuration
_LEFT_OUT: HassKey[set[str]] = HassKey(f"{DOMAIN}_events_left_out")


def keeps_texts(entry: ConfigEntry) -> bool:
    """Return whether the recorder may have the texts of an entry's alerts."""
    keeps: bool = entry.options.get(CONF_KEEP_TEXTS, True)
    return keeps


@callback
def async_apply(hass: HomeAssistant) -> None:
    """Have the recorder leave out our events, if it is not to have any entry's texts."""
    if (recorder := hass.data.get(DATA_INSTANCE)) is None:
        return
    left_out = hass.data.setdefault(_LEFT_OUT, set())
    entries = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    if all(map(keeps_texts, entries)):
        recorder.exclude_event_types.difference_update(left_out)
        left_out.clear()
    else:
        ours = _EVENTS - recorder.exclude_event_types
        recorder.exclude_event_types.update(ours)
        left_out.update(ours)
