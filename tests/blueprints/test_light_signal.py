"""Tests of the light signal."""

from typing import Any, override
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from homeassistant.components.light import ColorMode, LightEntity
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests import state

from . import Automate, Change, Restart, device_of, settle

SIGNAL = [255, 0, 0]


class Lamp(LightEntity):
    """A simulated light, with or without color."""

    _attr_should_poll = False

    def __init__(self, name: str, *, has_color: bool = True) -> None:
        """Start turned off."""
        self._attr_name = self._attr_unique_id = name
        mode = ColorMode.HS if has_color else ColorMode.ONOFF
        self._attr_color_mode = mode
        self._attr_supported_color_modes = {mode}
        self._attr_is_on = False

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        self._attr_is_on = True
        self._attr_brightness = kwargs.get("brightness", self.brightness)
        self._attr_hs_color = kwargs.get("hs_color", self.hs_color)
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        self._attr_is_on = False
        self.async_write_ha_state()


@pytest.fixture
async def lamps(hass: HomeAssistant, blueprints: None, client: object) -> list[str]:
    """Return a light that is on, green and dim, one that is off, and one without color."""
    setup_test_component_platform(
        hass, "light", [Lamp("on"), Lamp("off"), Lamp("plain", has_color=False)]
    )
    assert await async_setup_component(hass, "light", {"light": {"platform": "test"}})
    assert await async_setup_component(hass, "scene", {})
    await settle(hass)
    await light(hass, "on", rgb_color=[0, 255, 0], brightness=50)
    return ["light.on", "light.off", "light.plain"]


async def light(hass: HomeAssistant, name: str, **data: Any) -> None:
    """Turn a light on."""
    await hass.services.async_call(
        "light", "turn_on", {"entity_id": f"light.{name}", **data}, blocking=True
    )


def shown(hass: HomeAssistant) -> list[Any]:
    """Return the color of each light, or its state if it has no color."""
    return [
        light.attributes.get("rgb_color") or light.state
        for light in (state(hass, f"light.{name}") for name in ("on", "off", "plain"))
    ]


BEFORE = [(0, 255, 0), "off", "off"]
WARNING = [(255, 120, 0), (255, 120, 0), "on"]
CRITICAL = [(255, 0, 0), (255, 0, 0), "on"]
UNKNOWN = [(120, 0, 255), (120, 0, 255), "on"]


async def test_lights_show_the_worst_alert_until_all_is_clear(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """Then they return to their former state, however many alerts there were."""
    await automate("light_signal", lights=lamps, severities=["critical", "warning"])
    steps = [
        ("warning", "CPU", WARNING),
        ("critical", "CPU", CRITICAL),
        ("warning", "Memory", CRITICAL),
        ("unknown", "Disk", CRITICAL),
        ("warning", "CPU", WARNING),
        ("ok", "CPU", WARNING),
        ("ok", "Memory", BEFORE),
        ("critical", "Memory", CRITICAL),
        ("ok", "Memory", BEFORE),
    ]
    for number, (status, metric_name, expected) in enumerate(steps):
        await change(status, metric_name=metric_name)
        assert shown(hass) == expected, number
    assert state(hass, "light.on").attributes["brightness"] == 50
    assert hass.states.async_entity_ids("scene") == []


async def test_lights_show_only_the_chosen_alerts(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """By severity and by server."""
    await change("ok")
    await automate(
        "light_signal",
        lights=lamps,
        severities=["unknown"],
        hosts=[device_of(hass, "sensor.web01_cpu_status")],
    )
    await change("critical", host="db01")
    await change("unknown", host="db01", metric_name="Disk")
    assert shown(hass) == BEFORE
    await change("unknown")
    assert shown(hass) == UNKNOWN
    await change("warning")
    assert shown(hass) == BEFORE


async def test_a_light_that_is_changed_by_hand_stays_so_at_a_repeat(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """The user no longer wants the signal."""
    await automate("light_signal", lights=lamps)
    await change("critical")
    await hass.services.async_call(
        "light", "turn_off", {"entity_id": lamps}, blocking=True
    )
    await change("critical")
    assert state(hass, "light.on").state == "off"


async def test_a_storm_of_alerts_ends_in_the_right_light(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """Even though runs are skipped."""
    await automate("light_signal", lights=lamps)
    with patch.object(hass, "async_block_till_done"):
        for number in range(20):
            await change("critical", metric_name=f"Metric {number}")
        for number in range(20):
            await change("ok", metric_name=f"Metric {number}")
    await settle(hass)
    assert shown(hass) == BEFORE


async def test_lights_go_back_for_a_restart_and_show_the_signal_again(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    restart: Restart,
    lamps: list[str],
) -> None:
    """So their former state is never lost."""
    await automate("light_signal", lights=lamps)
    await change("critical")
    between: list[Any] = []

    async def look() -> None:
        between.extend(shown(hass))

    await restart(meanwhile=look)
    assert between == BEFORE
    assert shown(hass) == CRITICAL
    await change("ok")
    assert shown(hass) == BEFORE


async def test_lights_stay_as_they_are_where_it_cleared_during_a_restart(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    restart: Restart,
    lamps: list[str],
) -> None:
    """The event follows once automations listen."""
    await automate("light_signal", lights=lamps)
    await change("critical")

    async def clear() -> None:
        with patch.object(hass, "async_block_till_done"):
            await change("ok")

    await restart(meanwhile=clear)
    assert shown(hass) == BEFORE
    assert hass.states.async_entity_ids("scene") == []


async def test_a_signal_that_outlived_a_crash_is_turned_off(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    restart: Restart,
    lamps: list[str],
) -> None:
    """The former state is lost, and the signal no longer means anything."""
    await automate("light_signal", lights=lamps)
    await change("critical")
    await restart(clean=False)
    assert shown(hass) == CRITICAL
    await change("warning")
    assert shown(hass) == WARNING
    await change("ok")
    assert shown(hass) == ["off", "off", "off"]


async def test_lights_that_do_not_show_a_signal_after_a_crash_are_remembered(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    restart: Restart,
    lamps: list[str],
) -> None:
    """Somebody changed them, or the alert is newer than the crash."""
    await automate("light_signal", lights=lamps)
    await change("critical")
    await light(hass, "on", rgb_color=[0, 0, 255])
    await light(hass, "off", rgb_color=[0, 255, 0])
    await restart(clean=False)
    assert shown(hass) == CRITICAL
    await change("ok")
    assert shown(hass) == [(0, 0, 255), (0, 255, 0), "on"]


async def test_lights_are_left_alone_at_a_start_without_alerts(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    restart: Restart,
    lamps: list[str],
) -> None:
    """Others may use red too."""
    await automate("light_signal", lights=lamps)
    await light(hass, "on", rgb_color=SIGNAL)
    await restart()
    assert shown(hass) == [(255, 0, 0), "off", "off"]
