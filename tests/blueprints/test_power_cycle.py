"""Tests of the power cycle."""

import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from tests import state

from . import Automate, Change, Restart, Wait, device_of, sent


@pytest.fixture
async def plug(hass: HomeAssistant, blueprints: None, client: object) -> list[str]:
    """Return a list of the calls to a plug, which is on, and set up the memory."""
    done: list[str] = []

    async def turn(call: ServiceCall) -> None:
        assert call.data["entity_id"] == ["switch.plug"]
        done.append(call.service)
        hass.states.async_set("switch.plug", call.service.removeprefix("turn_"))

    hass.services.async_register("switch", "turn_on", turn)
    hass.services.async_register("switch", "turn_off", turn)
    hass.states.async_set("switch.plug", "on")
    assert await async_setup_component(
        hass, "input_text", {"input_text": {"memory": {}}}
    )
    return done


CYCLE = ["turn_off", "turn_on"]
LOST = {"host": "nas", "metric_name": "Agent connection"}


@pytest.fixture
async def power_cycle(
    hass: HomeAssistant, automate: Automate, change: Change, plug: list[str]
) -> Automate:
    """Return a function that makes the automation for a known server."""
    await change("ok", **LOST)

    async def _power_cycle(**inputs: Any) -> None:
        await automate(
            "power_cycle",
            host=device_of(hass, "sensor.nas_agent_connection_status"),
            plug="switch.plug",
            memory="input_text.memory",
            **inputs,
        )

    return _power_cycle


async def test_a_server_that_stays_disconnected_is_power_cycled_once(
    power_cycle: Automate, change: Change, plug: list[str], wait: Wait
) -> None:
    """Only after a delay, with a pause while off, and not again on a repeat."""
    await power_cycle()
    await change("critical", **LOST)
    await wait(5)
    await change("critical", **LOST)
    assert plug == []
    await wait(5)
    assert plug == ["turn_off"]
    await change("ok", host="nas", metric_name="Other")
    await change("critical", **LOST)
    assert plug == ["turn_off"]
    await wait(0.25)
    assert plug == CYCLE
    await change("critical", **LOST)
    await wait(300)
    assert plug == CYCLE


@pytest.mark.parametrize("status", ["ok", "warning", "unknown"])
async def test_a_server_that_comes_back_in_time_is_left_alone(
    power_cycle: Automate, change: Change, plug: list[str], wait: Wait, status: str
) -> None:
    """The wait starts over when it disconnects again."""
    await power_cycle()
    await change("critical", **LOST)
    await wait(9)
    await change(status, **LOST)
    await wait(2)
    assert plug == []
    await change("critical", **LOST)
    await wait(9)
    assert plug == []
    await wait(2)
    await wait(1)
    assert plug == CYCLE


async def test_other_metrics_and_servers_do_not_power_cycle(
    power_cycle: Automate, change: Change, plug: list[str], wait: Wait
) -> None:
    """Nor does an agent status of another severity."""
    await power_cycle()
    await change("critical", host="nas", metric_name="CPU of the agent connection")
    await change("critical", host="web01", metric_name="Agent connection")
    await change("warning", **LOST)
    await wait(30)
    assert plug == []
    await change("critical", host="nas", metric_name="agent_status", metric=None)
    await wait(11)
    await wait(1)
    assert plug == CYCLE


async def test_a_plug_that_is_off_stays_off(
    hass: HomeAssistant,
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
) -> None:
    """Somebody turned it off on purpose."""
    await power_cycle()
    hass.states.async_set("switch.plug", "off")
    await change("critical", **LOST)
    await wait(11)
    await wait(1)
    assert plug == []


async def test_a_cool_down_is_waited_for(
    power_cycle: Automate, change: Change, plug: list[str], wait: Wait, restart: Restart
) -> None:
    """Even across a restart."""
    await power_cycle(cool_down_minutes=60)
    await change("critical", **LOST)
    await wait(11)
    await wait(1)
    await change("ok", **LOST)
    await change("critical", **LOST)
    await wait(20)
    await restart()
    await wait(20)
    assert plug == CYCLE
    await wait(20)
    await wait(1)
    assert plug == CYCLE * 2


async def test_a_day_has_a_limit(
    hass: HomeAssistant,
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
    restart: Restart,
) -> None:
    """Even across restarts; the user is notified, and the next day it starts over."""
    after = async_mock_service(hass, "notify", "after")
    limit = async_mock_service(hass, "notify", "limit")
    message = {"message": "Now: {{ alert.host }}"}
    await power_cycle(
        cool_down_minutes=0,
        per_day=2,
        after_actions=[{"action": "notify.after", "data": message}],
        limit_actions=[{"action": "notify.limit", "data": message}],
    )
    for _ in range(4):
        await change("critical", **LOST)
        await wait(11)
        await wait(1)
        await change("ok", **LOST)
        await restart()
    assert plug == CYCLE * 2
    assert sent(after) == sent(limit) == ["Now: nas"] * 2
    await wait(24 * 60)
    for _ in range(3):
        await change("critical", **LOST)
        await wait(11)
        await wait(1)
        await change("ok", **LOST)
    assert plug == CYCLE * 4


async def test_a_restart_while_it_waits_begins_the_wait_anew(
    power_cycle: Automate, change: Change, plug: list[str], wait: Wait, restart: Restart
) -> None:
    """And nothing happens if it cleared meanwhile."""
    await power_cycle()
    await change("critical", **LOST)
    await wait(9)
    await restart()
    await wait(9)
    assert plug == []
    await wait(2)
    await wait(1)
    assert plug == CYCLE
    await change("ok", **LOST)
    await restart()
    await wait(60)
    assert plug == CYCLE


async def test_a_plug_that_a_restart_left_off_is_turned_on(
    hass: HomeAssistant,
    power_cycle: Automate,
    change: Change,
    plug: list[str],
    wait: Wait,
    restart: Restart,
) -> None:
    """Immediately, and only once."""
    await power_cycle()
    await change("critical", **LOST)
    await wait(11)
    assert plug == ["turn_off"]
    await restart()
    assert plug == CYCLE
    assert re.fullmatch(r"\d{10}", state(hass, "input_text.memory").state)
    await restart()
    assert plug == CYCLE
