"""Tests of what the logbook says about an alert."""

from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.bleemeo.const import EVENT_ALERT
from homeassistant.core import HomeAssistant

from . import a_day, payload
from .conftest import Deliver, Describe


async def test_each_change_reads_as_a_sentence(
    hass: HomeAssistant, deliver: Deliver, describe: Describe
) -> None:
    """Host, metric, status and text, on the metric's status sensor."""
    events = async_capture_events(hass, EVENT_ALERT)
    again = a_day()[3] | {"id": None, "status_changed_at": "2026-11-20T08:50:00Z"}
    for alert in [*a_day()[:4], again, payload(metric=None, text="")]:
        await deliver(alert)
    entries = [describe(event) for event in events]
    assert [f"{entry['name']} {entry['message']}" for entry in entries] == [
        "web01.example.com: CPU became warning: Current value: 85.00 % threshold"
        " (80.00 %) exceeded over last 5 minutes",
        "web01.example.com: CPU worsened to critical: Current value: 95.00 % threshold"
        " (90.00 %) exceeded over last 5 minutes",
        "web01.example.com: CPU eased to warning: Current value: 82.00 % threshold"
        " (80.00 %) exceeded over last 1 minute",
        "web01.example.com: CPU is OK again: Current value: 12.00 %",
        "web01.example.com: CPU is still OK: Current value: 12.00 %",
        "web01.example.com: CPU became warning",
    ]
    assert entries[0]["entity_id"] == "sensor.web01_example_com_cpu_status"
