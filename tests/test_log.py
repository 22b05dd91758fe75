"""Tests of what a normal run logs."""

from datetime import timedelta
import logging

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import HomeAssistant

from . import a_day
from .conftest import Deliver

# logged by Home Assistant for every custom integration
OF_ALL = "We found a custom integration bleemeo which has not been tested"


async def test_a_normal_run_gives_nobody_cause_to_look_at_the_log(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A day of alerts, each action, a reload, and the removal of the entry."""
    for alert in a_day():
        freezer.tick(timedelta(minutes=30))
        async_fire_time_changed(hass)
        await deliver(alert)
    everything = {"entity_id": "sensor.bleemeo_status"}
    of_a_server = {"entity_id": "sensor.web01_example_com_status"}
    for action, data in (
        ("acknowledge", {**everything, "comment": "on it", "duration": "01:00:00"}),
        ("unacknowledge", everything),
        ("send_test_alert", {"status": "critical"}),
        ("get_alerts", {"severity": ["critical"]}),
        ("get_deliveries", {"config_entry_id": entry.entry_id}),
        ("forget", of_a_server),
    ):
        await hass.services.async_call(
            DOMAIN,
            action,
            data,
            blocking=True,
            return_response=action.startswith("get_"),
        )
    await hass.async_block_till_done()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_remove(entry.entry_id)
    complaints = [
        record.getMessage()
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.levelno >= logging.WARNING
        and ("bleemeo" in record.name or "bleemeo" in record.getMessage())
        # a busy machine is no cause
        and not (record.name == "asyncio" and "took" in record.getMessage())
    ]
    assert [text for text in complaints if OF_ALL not in text] == []
