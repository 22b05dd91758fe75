"""Tests of test alerts."""

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
import voluptuous as vol

from custom_components.bleemeo.const import EVENT_ALERT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from tests import ACCOUNT, payload, setup_integration, state
from tests.conftest import Deliver

from . import call, get_deliveries


async def test_a_test_alert_takes_the_way_of_all_alerts(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It does not pin the account, and survives a restart."""
    await setup_integration(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)
    text = "Current value: 95.00 %"
    await call(hass, "send_test_alert", status="critical", text=text)
    assert state(hass, "sensor.test_test_status").state == "critical"
    assert state(hass, "sensor.test_test_status").attributes["value"] == 95.0
    await call(hass, "send_test_alert", status="ok")
    await call(hass, "send_test_alert", status="unknown", host="db", metric="Disk")
    assert [
        (event.data["source"], event.data["change"], event.data["host"])
        for event in events
    ] == [
        ("test", "raised", "Test"),
        ("test", "cleared", "Test"),
        ("test", "raised", "db"),
    ]
    assert not any(event.data["unseen_change"] for event in events)
    assert entry.unique_id is None
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.unique_id is None
    assert state(hass, "sensor.test_test_status").state == "ok"
    [delivery, *_] = await get_deliveries(hass, entry)
    assert delivery["source"] == "test"
    assert delivery["body"]["title"] == "db - Disk is unknown"


async def test_a_test_alert_is_of_the_account_that_is_there(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """So that automations see no difference."""
    await deliver(payload())
    events = async_capture_events(hass, EVENT_ALERT)
    await call(hass, "send_test_alert", status="warning")
    assert events[0].data["account_id"] == ACCOUNT


async def test_an_impossible_test_alert_says_what_is_possible(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """For statuses, names and entries."""
    await setup_integration(hass, entry)
    with pytest.raises(vol.Invalid, match="critical.*ok|ok.*critical"):
        await call(hass, "send_test_alert", status="terrible")
    for wrong in ({"host": " "}, {"metric": ""}):
        with pytest.raises(vol.Invalid):
            await call(hass, "send_test_alert", status="ok", **wrong)
    with pytest.raises(ServiceValidationError, match="nothing"):
        await call(hass, "send_test_alert", status="ok", config_entry_id="nothing")
