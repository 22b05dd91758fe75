"""Tests of the conditions, in automations that use them."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from . import a_day, documented
from .conftest import Deliver

RAISED, WORSENED, _, CLEARED = a_day()[:4]
CPU = "sensor.web01_example_com_cpu_status"
WEB01 = "binary_sensor.web01_example_com_problem"
VOIP01 = "binary_sensor.voip01_example_com_problem"
ACCOUNT = "sensor.bleemeo_status"


async def passes(
    hass: HomeAssistant, key: str, entity_id: str | None = None, **options: Any
) -> bool:
    """Return whether an automation with the condition continues."""
    condition: dict[str, Any] = {"condition": f"bleemeo.{key}", "options": options}
    if entity_id is not None:
        condition["target"] = {"entity_id": entity_id}
    assert await async_setup_component(
        hass,
        AUTOMATION,
        {
            AUTOMATION: {
                "alias": "Ask",
                "triggers": {"trigger": "event", "event_type": "ask"},
                "conditions": condition,
                "actions": {"event": "passed"},
            }
        },
    )
    await hass.async_block_till_done()
    passed = async_capture_events(hass, "passed")
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    return bool(passed)


@pytest.mark.parametrize(
    ("entity_id", "options", "expected"),
    [
        (None, {}, True),
        (CPU, {}, True),
        (WEB01, {"severity": ["critical", "warning"]}, True),
        (ACCOUNT, {"severity": "warning"}, True),
        (WEB01, {"severity": "critical"}, False),
        (VOIP01, {"severity": "warning"}, False),
        ("sensor.gone", {}, False),
    ],
)
async def test_is_problem_asks_for_open_alerts_of_the_target_and_severity(
    hass: HomeAssistant,
    deliver: Deliver,
    entity_id: str | None,
    options: dict[str, Any],
    expected: bool,
) -> None:
    """Without a target, all accounts count."""
    await deliver(documented() | {"status": 0})
    await deliver(RAISED)
    assert await passes(hass, "is_problem", entity_id, **options) is expected


@pytest.mark.parametrize(
    ("alert", "entity_id", "expected"),
    [
        (RAISED, None, False),
        (RAISED, WEB01, False),
        (RAISED | {"status": 3}, CPU, False),
        (CLEARED, None, True),
        (CLEARED, CPU, True),
        (CLEARED, ACCOUNT, True),
        (RAISED, VOIP01, True),
        (CLEARED, "sensor.gone", False),
    ],
)
async def test_is_ok_asks_that_all_of_the_target_is_known_to_be_ok(
    hass: HomeAssistant,
    deliver: Deliver,
    alert: dict[str, Any],
    entity_id: str | None,
    expected: bool,
) -> None:
    """Neither Bleemeo's Unknown nor a removed metric is OK."""
    await deliver(documented() | {"status": 0})
    await deliver(alert)
    assert await passes(hass, "is_ok", entity_id) is expected


@pytest.mark.parametrize("entity_id", [None, CPU])
@pytest.mark.parametrize("key", ["is_ok", "is_problem"])
async def test_an_entry_that_is_not_loaded_is_neither_ok_nor_a_problem(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    key: str,
    entity_id: str | None,
) -> None:
    """Its statuses are not known."""
    await deliver(CLEARED if key == "is_ok" else RAISED)
    await hass.config_entries.async_unload(entry.entry_id)
    assert not await passes(hass, key, entity_id)


async def test_without_any_account_nothing_is_ok(hass: HomeAssistant) -> None:
    """There is nothing to check."""
    assert await async_setup_component(hass, "bleemeo", {})
    assert not await passes(hass, "is_ok")
