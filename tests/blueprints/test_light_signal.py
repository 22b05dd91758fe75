"""Tests of the light signal."""

import asyncio
from pathlib import Path
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    setup_test_component_platform,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.components.light import ColorMode, LightEntity
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import script
from homeassistant.setup import async_setup_component
from tests import state

from . import Automate, Change, Restart, Storm, Wait, alert, device_of, settle

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
        target={"device_id": device_of(hass, "sensor.web01_cpu")},
    )
    await change("critical", host="db01")
    await change("unknown", host="db01", metric_name="Disk")
    assert shown(hass) == BEFORE
    await change("unknown")
    assert shown(hass) == UNKNOWN
    await change("warning")
    assert shown(hass) == BEFORE


async def test_a_light_that_somebody_switched_stays_so(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """Whatever comes, and when all is clear."""
    await automate("light_signal", lights=lamps)
    await change("warning")
    await hass.services.async_call(
        "light", "turn_off", {"entity_id": "light.on"}, blocking=True
    )
    await light(hass, "off", rgb_color=[0, 0, 255])
    by_hand = ["off", (0, 0, 255)]
    for status in ("warning", "critical", "ok"):
        await change(status)
        assert [state(hass, "light.on").state, shown(hass)[1]] == by_hand, status
    assert state(hass, "light.plain").state == "off"


async def test_a_scene_reload_forgets_nothing(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """The memory is in no scene."""
    await automate("light_signal", lights=lamps)
    await change("critical")
    Path(hass.config.path("configuration.yaml")).write_text("scene: []\n")
    await hass.services.async_call("scene", "reload", blocking=True)
    await change("ok")
    assert shown(hass) == BEFORE


@pytest.mark.parametrize("action", ["acknowledge", "silence"])
async def test_what_somebody_has_seen_is_not_shown(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    lamps: list[str],
    action: str,
) -> None:
    """Until that ends."""
    await automate("light_signal", lights=lamps)
    await change("critical")
    target = {"entity_id": "sensor.web01_cpu"}
    await hass.services.async_call(DOMAIN, action, target, blocking=True)
    await settle(hass)
    assert shown(hass) == BEFORE
    await hass.services.async_call(DOMAIN, f"un{action}", target, blocking=True)
    await settle(hass)
    assert shown(hass) == CRITICAL


async def test_what_somebody_has_seen_is_shown_where_that_is_wanted(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """Then only the end of the alert ends it."""
    await automate("light_signal", lights=lamps, needs_attention=False)
    await change("critical")
    target = {"entity_id": "sensor.web01_cpu"}
    await hass.services.async_call(DOMAIN, "acknowledge", target, blocking=True)
    await settle(hass)
    assert shown(hass) == CRITICAL
    await change("ok")
    assert shown(hass) == BEFORE


async def test_it_acts_when_it_is_saved(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """Not only at the next alert."""
    await change("critical")
    await automate("light_signal", lights=lamps)
    assert shown(hass) == CRITICAL
    await change("ok")
    assert shown(hass) == BEFORE


async def test_lights_that_showed_the_signal_when_it_was_saved_are_turned_off_in_the_end(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    save: Change,
    lamps: list[str],
) -> None:
    """It is not known any more how they were."""
    await automate("light_signal", lights=lamps[:2])
    await change("critical")
    await light(hass, "off", rgb_color=[0, 255, 0])
    await save()
    assert shown(hass)[0] == (255, 0, 0)
    await change("ok")
    assert shown(hass)[:2] == ["off", (0, 255, 0)]


async def test_a_light_that_had_no_state_is_lit_once_it_has_one(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """And goes back to how it was then, unless somebody switched it meanwhile."""
    late = dict(state(hass, "light.on").attributes)
    hass.states.async_set("light.on", "unavailable")
    hass.states.async_set("light.off", "unavailable")
    await automate("light_signal", lights=lamps)
    await change("critical")
    assert shown(hass)[2] == "on"
    hass.states.async_set("light.on", "on", late)
    hass.states.async_set("light.off", "off")
    await settle(hass)
    await settle(hass)
    assert shown(hass) == CRITICAL
    await hass.services.async_call(
        "light", "turn_off", {"entity_id": "light.off"}, blocking=True
    )
    await change("ok")
    assert shown(hass) == BEFORE


async def test_a_storm_of_alerts_ends_in_the_right_light(
    hass: HomeAssistant, automate: Automate, storm: Storm, lamps: list[str]
) -> None:
    """Even though runs are skipped."""
    await automate("light_signal", lights=lamps)
    names = [f"Disk {number}" for number in range(60)]
    await storm([alert("critical", metric_name=name) for name in names])
    assert shown(hass) == CRITICAL
    await storm([alert("ok", metric_name=name) for name in names])
    assert shown(hass) == BEFORE


async def test_a_signal_lasts_as_long_as_the_alert(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    lamps: list[str],
) -> None:
    """For longer than Home Assistant lets a script loop, which was a week of minutes."""
    monkeypatch.setattr(script, "REPEAT_WARN_ITERATIONS", 120)
    monkeypatch.setattr(script, "REPEAT_TERMINATE_ITERATIONS", 150)
    await automate("light_signal", lights=lamps)
    await change("warning")
    for _ in range(160):
        freezer.tick(61)
        async_fire_time_changed(hass)
        for _ in range(20):
            await asyncio.sleep(0)
    await change("critical")
    assert shown(hass) == CRITICAL
    await change("ok")
    assert shown(hass) == BEFORE


async def test_an_entry_that_is_disabled_is_no_all_clear(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    wait: Wait,
    lamps: list[str],
) -> None:
    """It is looked at again once it is enabled."""
    await automate("light_signal", lights=lamps)
    await change("critical")
    [entry] = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await wait(2)
    assert shown(hass) == CRITICAL
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await change("ok")
    await wait(2)
    assert shown(hass) == BEFORE


async def test_an_account_that_has_nothing_to_do_with_it_keeps_no_light_red(
    hass: HomeAssistant, automate: Automate, change: Change, lamps: list[str]
) -> None:
    """Such as one that was disabled long ago."""
    MockConfigEntry(
        domain=DOMAIN, title="Old", disabled_by=ConfigEntryDisabler.USER
    ).add_to_hass(hass)
    await automate("light_signal", lights=lamps)
    await change("critical")
    assert shown(hass) == CRITICAL
    await change("ok")
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
    await restart(stopped=lambda: between.extend(shown(hass)))
    assert between == BEFORE
    assert shown(hass) == CRITICAL
    await change("ok")
    assert shown(hass) == BEFORE


async def test_a_signal_that_outlived_a_crash_is_turned_off(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    restart: Restart,
    lamps: list[str],
) -> None:
    """Their former state is lost, except of those that show it no more."""
    await automate("light_signal", lights=lamps[:2])
    await change("critical")
    await light(hass, "off", rgb_color=[0, 255, 0])
    await restart(is_killed=True)
    assert shown(hass)[:2] == CRITICAL[:2]
    await change("warning")
    assert shown(hass)[:2] == WARNING[:2]
    await change("ok")
    assert shown(hass)[:2] == ["off", (0, 255, 0)]


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
