"""Tests of what is told of alerts, whatever interrupts those who tell: once each."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from . import WEBHOOK_PATH, payload
from .automation import House, settle

BEGIN = "2026-11-20T08:00:00Z"
STATUSES = ["ok", "warning", "critical", "unknown"]

type Deliver = Callable[..., Awaitable[None]]


@pytest.fixture
async def house(
    hass: HomeAssistant,
    client: TestClient[Any, Any],
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> AsyncGenerator[House]:
    """Return a house at eight in the morning."""
    freezer.move_to(BEGIN)
    house = House(hass, entry, freezer)
    yield house
    # triggers wait for times
    if house.automations:
        await house.load([])


@pytest.fixture
def deliver(house: House, client: TestClient[Any, Any]) -> Deliver:
    """Return a function that delivers an alert about a change of this moment."""

    async def _deliver(status: str, **fields: Any) -> None:
        changed_at = house.clock().isoformat() + "Z"
        number = STATUSES.index(status)
        alert = payload(id=None, status=number, status_changed_at=changed_at, **fields)
        response = await client.post(WEBHOOK_PATH, json=alert)
        assert response.status == 200
        await settle(house.hass)

    return _deliver


async def pair(house: House, **options: Any) -> None:
    """Add an automation for each way."""
    options = {"severity": "critical", **options}
    await house.automate("reached", "alert_reached", **options)
    await house.automate("left", "alert_left", **options)


ROADS: dict[str, list[str]] = {
    "ok w c w ok": ["ok", "warning", "critical", "warning", "ok"],
    "ok c unknown c ok": ["ok", "critical", "unknown", "critical", "ok"],
    "first seen": ["critical", "ok"],
    "flapping until ok": ["critical", "ok"] * 4,
    "flapping until critical": ["ok", "critical"] * 3,
}
REACHED, LEFT = "reached", "left"
# with 6 changes in an hour it flaps, and is told once it no longer does
EXPECTED = {road: [REACHED, LEFT] for road in ROADS} | {
    "flapping until ok": [REACHED, LEFT] * 3,
    "flapping until critical": [*[REACHED, LEFT] * 2, REACHED],
}


async def nothing(house: House) -> None:
    """Do not interrupt."""


async def restart(house: House) -> None:
    """Stop, and start a minute later."""
    await house.stop()
    house.clock.tick(60)
    await house.start()


async def kill(house: House) -> None:
    """Kill, and start a minute later."""
    await house.stop(is_killed=True)
    house.clock.tick(60)
    await house.start()


async def save(house: House) -> None:
    """Save the automations."""
    await house.save()


async def turn_off_and_on(house: House) -> None:
    """Turn the automations off, and on again."""
    await house.switch("turn_off")
    await house.switch("turn_on")


async def reload(house: House) -> None:
    """Reload the entry."""
    await house.reload()


async def boot_in_1970(house: House) -> None:
    """Start with a clock without a battery, that is set right a while later."""
    await house.stop()
    now = house.clock()
    house.clock.move_to("1970-01-01T00:00:10Z")
    await house.start()
    await house.wait(30)
    house.clock.move_to(now)
    await house.wait(90)


INTERRUPTIONS = [
    nothing, restart, kill, save, turn_off_and_on, reload, boot_in_1970
]  # fmt: skip


@pytest.mark.parametrize("interrupt", INTERRUPTIONS)
@pytest.mark.parametrize("road", ROADS)
async def test_each_way_of_a_road_is_told_once_whatever_interrupts_it(
    house: House,
    deliver: Deliver,
    road: str,
    interrupt: Callable[[House], Awaitable[None]],
) -> None:
    """After each of its steps."""
    await pair(house)
    for status in ROADS[road]:
        await deliver(status)
        await house.wait(60)
        await interrupt(house)
    await house.wait(4000, steps=4)
    assert [name for name, _ in house.told] == EXPECTED[road]
