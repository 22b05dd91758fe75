"""Tests of the power cycle."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_mock_service,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import HomeAssistant, ServiceCall

from . import Automate, Change, Restart, Wait, device_of, sent

CYCLE = ["turn_off", "turn_on"]
LOST = {"host": "nas", "metric_name": "Agent connection", "text": "Agent disconnected"}
STATUS = {"entity_id": "sensor.nas_agent_connection"}


@pytest.fixture
def plug(hass: HomeAssistant, blueprints: None, client: object) -> list[str]:
    """Return a list of the calls to a plug, which is on."""
    done: list[str] = []

    async def turn(call: ServiceCall) -> None:
        assert call.data["entity_id"] == ["switch.plug"]
        done.append(call.service)
        hass.states.async_set("switch.plug", call.service.removeprefix("turn_"))

    hass.services.async_register("switch", "turn_on", turn)
    hass.services.async_register("switch", "turn_off", turn)
    hass.states.async_set("switch.plug", "on")
    return done


@pytest.fixture
async def power_cycle(
    hass: HomeAssistant, automate: Automate, change: Change, plug: list[str]
) -> Automate:
    """Return a function that makes the automation for a known server."""
    await change("ok", **LOST)

    async def _power_cycle(**inputs: Any) -> None:
        host = device_of(hass, STATUS["entity_id"])
        await automate("power_cycle", host=host, plug="switch.plug", **inputs)

    return _power_cycle


async def test_a_server_that_stays_disconnected_is_power_cycled(
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
    interrupt: Change,
) -> None:
    """Only after a wait, whatever happens in it, with a pause while off."""
    await power_cycle()
    await change("critical", **LOST)
    await wait(5)
    await change("critical", **LOST)
    await interrupt()
    assert plug == []
    await wait(5)
    assert plug == ["turn_off"]
    await change("ok", host="nas", metric_name="Other", after=1)
    assert plug == ["turn_off"]
    await wait(0.25)
    assert plug == CYCLE
    await change("ok", **LOST)
    await wait(300)
    assert plug == CYCLE


@pytest.mark.parametrize("status", ["ok", "warning"])
async def test_a_server_that_comes_back_in_time_is_left_alone(
    power_cycle: Automate, change: Change, plug: list[str], wait: Wait, status: str
) -> None:
    """The wait starts over when it disconnects again."""
    await power_cycle()
    await change("critical", **LOST)
    await wait(9)
    await change(status, **LOST)
    await wait(2)
    await change("critical", **LOST)
    await wait(9)
    assert plug == []
    await wait(1)
    await wait(1)
    assert plug == CYCLE


@pytest.mark.parametrize("action", ["acknowledge", "silence"])
async def test_a_server_that_somebody_looks_after_is_left_alone(
    hass: HomeAssistant,
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
    action: str,
) -> None:
    """Until that ends; the wait begins then."""
    await power_cycle()
    await change("critical", **LOST)
    await hass.services.async_call(
        DOMAIN, action, {**STATUS, "duration": "00:20:00"}, blocking=True
    )
    await wait(15)
    await wait(11)
    assert plug == []
    await wait(5)
    await wait(1)
    assert plug == CYCLE


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Agent local time too different from actual time"},
        {
            "text": "Agent can't access Bleemeo MQTT on port 8883, "
            "is the port blocked by a firewall?"
        },
        {"metric_name": "Disk"},
        {"host": "web01"},
    ],
)
async def test_what_is_no_sign_of_a_dead_server_cuts_no_power(
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
    fields: dict[str, Any],
) -> None:
    """A clock that drifts, a port that is blocked, another metric, another server."""
    await power_cycle()
    await change("critical", **LOST | fields)
    await wait(11)
    await wait(1)
    assert plug == []


async def test_a_test_cuts_no_power(
    hass: HomeAssistant, power_cycle: Automate, plug: list[str], wait: Wait
) -> None:
    """It would be too true."""
    await power_cycle()
    await hass.services.async_call(
        DOMAIN,
        "send_test_alert",
        {**STATUS, "status": "critical", "clear_after": "01:00:00"},
        blocking=True,
    )
    await wait(11)
    await wait(1)
    assert plug == []


async def test_a_plug_that_is_off_stays_off(
    hass: HomeAssistant,
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
    restart: Restart,
) -> None:
    """Somebody turned it off on purpose."""
    await power_cycle()
    hass.states.async_set("switch.plug", "off")
    await change("critical", **LOST)
    await wait(11)
    await restart()
    await wait(1)
    assert plug == []


async def test_it_tries_again_after_the_cool_down_but_not_for_ever(
    power_cycle: Automate, change: Change, plug: list[str], wait: Wait, restart: Restart
) -> None:
    """Even across a restart."""
    await power_cycle(cool_down_minutes=60, attempts=2)
    await change("critical", **LOST)
    await wait(11)
    await wait(1)
    await restart()
    await wait(40)
    assert plug == CYCLE
    await wait(20)
    await wait(1)
    assert plug == CYCLE * 2
    for _ in range(4):
        await wait(60)
    assert plug == CYCLE * 2


async def test_a_new_alert_waits_for_the_cool_down_too(
    power_cycle: Automate, change: Change, plug: list[str], wait: Wait
) -> None:
    """A server that dies over and over is not power-cycled over and over."""
    await power_cycle(cool_down_minutes=60)
    await change("critical", **LOST)
    await wait(11)
    await wait(1)
    await change("ok", **LOST)
    await change("critical", **LOST)
    await wait(30)
    assert plug == CYCLE
    await wait(40)
    await wait(1)
    assert plug == CYCLE * 2


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_plug_that_a_restart_left_off_is_turned_on(
    hass: HomeAssistant,
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
    restart: Restart,
    is_killed: bool,
) -> None:
    """Once; that it was turned off was saved before."""
    calls = async_capture_events(hass, EVENT_CALL_SERVICE)
    await power_cycle()
    await change("critical", **LOST)
    await wait(10)
    assert plug == ["turn_off"]
    order = [call.data["service"] for call in calls]
    assert order.index("save_persistent_states") < order.index("turn_off")
    await restart(is_killed=is_killed)
    assert plug == CYCLE
    await restart(is_killed=is_killed)
    assert plug == CYCLE


async def test_an_entry_that_is_disabled_cuts_no_power(
    hass: HomeAssistant,
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
) -> None:
    """Nobody knows how the server is."""
    await power_cycle()
    await change("critical", **LOST)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await wait(11)
    await wait(1)
    assert plug == []


async def test_more_can_be_done_after_it(
    hass: HomeAssistant,
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
) -> None:
    """With the data of the alert."""
    after = async_mock_service(hass, "notify", "after")
    say = {"action": "notify.after", "data": {"message": "Now: {{ alert.host }}"}}
    await power_cycle(after_actions=[say])
    await change("critical", **LOST)
    await wait(11)
    await wait(1)
    assert sent(after) == ["Now: nas"]
