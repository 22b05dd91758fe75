"""Tests of listing open alerts."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from tests import setup_integration

from . import NAS, call, get_alerts


@pytest.mark.usefixtures("day")
async def test_open_alerts_are_returned_worst_first(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Then longest open first."""
    await call(hass, "acknowledge", entity_id=NAS)
    alerts = await get_alerts(hass)
    assert [(alert["status"], alert["metric_name"]) for alert in alerts] == [
        ("critical", "SMART status"),
        ("critical", "UPS"),
        ("warning", "Disk used (/home)"),
        ("warning", "https://shop.example.com/ - checkout is slow"),
        ("unknown", "Certificate"),
    ]
    assert [alert["acknowledged"] for alert in alerts] == [True, True] + [False] * 3
    disk = alerts[2]
    assert disk["device_id"]
    assert {key: disk[key] for key in disk if not key.endswith("_id")} == {
        "host": "web01.example.com",
        "metric_name": "Disk used (/home)",
        "status": "warning",
        "title": "web01.example.com - Disk used (/home) is Warning",
        "text": "Current value: 88.00 % threshold (80.00 %) exceeded over last"
        " 5 minutes",
        "value": 88.0,
        "unit": "%",
        "threshold": 80.0,
        "status_changed_at": "2026-11-20T09:00:00+00:00",
        "happened_at": "2026-11-20T09:00:00+00:00",
        "changes_last_hour": 1,
        "flapping": False,
        "acknowledged": False,
    }
    assert disk["entity_id"] == "sensor.web01_example_com_disk_used_home_status"
    assert disk["entry_id"] == entry.entry_id


@pytest.mark.usefixtures("day")
async def test_open_alerts_are_filtered(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """By severity, host, target and account."""
    other = MockConfigEntry(domain=DOMAIN, data={"webhook_id": "other"})
    await setup_integration(hass, other)
    for wanted, count in (
        ({}, 5),
        ({"severity": "critical"}, 2),
        ({"severity": ["warning", "unknown"]}, 3),
        ({"host": "nas.example.com"}, 2),
        ({"entity_id": NAS}, 2),
        ({"entity_id": NAS, "severity": "warning"}, 0),
        ({"config_entry_id": entry.entry_id}, 5),
        ({"config_entry_id": other.entry_id}, 0),
        ({"entity_id": NAS, "config_entry_id": other.entry_id}, 0),
    ):
        assert len(await get_alerts(hass, **wanted)) == count, wanted
    with pytest.raises(vol.Invalid):
        await get_alerts(hass, severity="ok")
    with pytest.raises(ServiceValidationError):
        await get_alerts(hass, config_entry_id="nothing")
