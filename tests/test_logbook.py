"""Tests of what the logbook says about an alert."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import EVENT_ALERT, EVENT_FLAPPING_ENDED
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


async def test_the_end_of_flapping_reads_as_a_sentence(
    hass: HomeAssistant,
    deliver: Deliver,
    describe: Describe,
    freezer: FrozenDateTimeFactory,
) -> None:
    """With what the metric is now."""
    freezer.move_to("2026-11-20T08:01:00Z")
    events = async_capture_events(hass, EVENT_FLAPPING_ENDED)
    await deliver(payload(number_status_change_last_hour=6, status=2, text=""))
    freezer.tick(timedelta(hours=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    [entry] = map(describe, events)
    assert entry["message"] == "CPU no longer changes often and is critical"
    assert entry["entity_id"] == "sensor.web01_example_com_cpu_status"
