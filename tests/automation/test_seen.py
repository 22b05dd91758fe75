"""Tests of telling that many alerts are silenced, while others have their turn."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.automation import Collection
from custom_components.bleemeo.const import DOMAIN, KEY_STATUS
from custom_components.bleemeo.core import RealName, Service, Silence
from custom_components.bleemeo.hub import turn
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from tests import payload, receive_alert, setup_integration
from tests.automation import House, settle

MANY = 20


@pytest.fixture
async def house(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[House]:
    """Return a house with many open alerts, that tells of what is silenced."""
    freezer.move_to("2026-11-20T08:00:00Z")
    await setup_integration(hass, entry)
    house = House(hass, entry, freezer)
    for number in range(MANY):
        await alert(house, number)
    await house.automate("seen", "alert_acknowledged", changes=["silenced"])
    house.automations[0] |= {"mode": "parallel", "max": MANY}
    await house.load(house.automations)
    monkeypatch.setattr(turn, "TURN_SECONDS", -1)
    yield house
    await house.load([])


async def alert(house: House, number: int, status: int = 2) -> None:
    """Let an alert of one of the metrics arrive."""
    title = f"web01 - Disk {number} is {status}"
    at = house.clock().isoformat() + "Z"
    about = {"metric": str(UUID(int=number + 1)), "title": title}
    await receive_alert(
        house.entry, payload(**about, status=status, id=None, status_changed_at=at)
    )


def silence(house: House) -> Silence:
    """Return a silence of the account."""
    uids = frozenset({house.entry.entry_id})
    return Silence(id="a", begins_at=datetime.now(UTC), subjects=uids)


async def nothing(house: House) -> None:
    """Let nothing happen."""


async def clear(house: House) -> None:
    """Let the last of the alerts be over."""
    house.clock.tick(1)
    await alert(house, MANY - 1, status=0)


async def raise_another(house: House) -> None:
    """Let one more alert be raised, which is quiet from its beginning on."""
    house.clock.tick(1)
    await alert(house, MANY)


async def turn_off(house: House) -> None:
    """Turn the automation off."""
    await house.switch("turn_off")


async def unsilence(house: House) -> None:
    """End the silence."""
    await house.entry.runtime_data.hub.silencer.async_remove([silence(house)])


async def forget(house: House) -> None:
    """Forget the last of the alerts."""
    hub = house.entry.runtime_data.hub
    await hub.async_forget([list(hub.board.metrics.values())[-1]])


@pytest.mark.parametrize(
    ("meanwhile", "least", "most"),
    [
        (nothing, MANY, MANY),
        (clear, MANY - 1, MANY - 1),
        (forget, MANY - 1, MANY - 1),
        (raise_another, MANY, MANY),
        (turn_off, 1, MANY - 1),
        (unsilence, 1, MANY - 1),
    ],
)
async def test_many_silenced_alerts_are_told_in_pieces_each_once(
    house: House,
    meanwhile: Callable[[House], Awaitable[None]],
    least: int,
    most: int,
) -> None:
    """What happens meanwhile has its effect."""
    hub = house.entry.runtime_data.hub
    adding = house.hass.async_create_task(hub.silencer.async_add([silence(house)]))
    for _ in range(10_000):
        if house.runs:
            break
        await asyncio.sleep(0)
    assert len(house.runs) < MANY / 2
    await meanwhile(house)
    await adding
    await settle(house.hass)
    names = [run["metric_name"] for run in house.runs]
    assert len(set(names)) == len(names)
    assert least <= len(names) <= most


async def test_an_automation_that_is_turned_off_meanwhile_collects_nothing_more(
    house: House,
) -> None:
    """A timer of it would be left."""
    together = {"together": {"minutes": 5}, "changes": ["silenced"]}
    await house.automate("together", "alert_acknowledged", **together)
    hub = house.entry.runtime_data.hub
    with patch.object(Collection, "add") as add:
        adding = house.hass.async_create_task(hub.silencer.async_add([silence(house)]))
        await house.switch("turn_off", "together")
        await adding
        await settle(house.hass)
    assert add.call_count < MANY


async def test_the_alerts_of_a_service_that_is_silenced_are_told(house: House) -> None:
    """The service has a device of its own, and stands for its metrics."""
    hub = house.entry.runtime_data.hub
    [first, *_] = hub.board.metrics.values()
    service = Service("postgresql", "PostgreSQL")
    names = {first.alert.metric_id: RealName("Connections", service=service)}
    await hub.listed.async_take_names(names)
    uids = frozenset({first.service_uid})
    await hub.silencer.async_add([replace(silence(house), subjects=uids)])
    await settle(house.hass)
    assert [run["metric_id"] for run in house.runs] == [first.alert.metric_id]


async def test_what_is_in_an_area_of_its_own_is_not_in_that_of_the_account(
    house: House,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """A silence of an area keeps quiet, and is told of, what is in it."""
    hub = house.entry.runtime_data.hub
    [first, *_] = hub.board.metrics.values()
    cellar, office = (area_registry.async_create(each).id for each in ("C", "O"))
    account = device_registry.async_get_device_by_identifier((DOMAIN, hub.uid), hub.uid)
    assert account is not None
    device_registry.async_update_device(account.id, area_id=office)
    uid = f"{first.uid}_{KEY_STATUS}"
    entity_id = entity_registry.async_get_entity_id("sensor", DOMAIN, uid)
    assert entity_id is not None
    entity_registry.async_update_entity(entity_id, area_id=cellar)
    areas, none = frozenset({cellar}), frozenset[str]()
    await hub.silencer.async_add([replace(silence(house), subjects=none, areas=areas)])
    await settle(house.hass)
    assert [run["metric_id"] for run in house.runs] == [first.alert.metric_id]


async def test_of_many_silences_only_the_metrics_of_each_are_looked_at(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of 1,000 that looked at all silences of all metrics took minutes."""
    board = house.entry.runtime_data.hub.board
    for number in range(MANY):
        server = {"agent": str(UUID(int=number + 1)), "title": f"web{number} - CPU"}
        at = house.clock().isoformat() + "Z"
        await receive_alert(
            house.entry, payload(**server, status=2, id=None, status_changed_at=at)
        )
    asked = []
    covers = Silence.covers

    def count(silence: Silence, *about: Any) -> bool:
        asked.append(silence)
        return covers(silence, *about)

    monkeypatch.setattr(Silence, "covers", count)
    own = [
        metric.uid for metric in board.metrics.values() if len(metric.agent.metrics) < 2
    ]
    await house.entry.runtime_data.hub.silencer.async_add(
        [
            Silence(id=uid, begins_at=datetime.now(UTC), subjects=frozenset({uid}))
            for uid in own
        ]
    )
    noted = len(own) * len(board.metrics)
    for _ in range(10):
        await settle(house.hass)
    assert len(house.runs) == len(own) == MANY
    assert len(asked) - noted <= len(own)
