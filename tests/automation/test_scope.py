"""Tests of a trigger's target while what it stands for changes."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.automation.scope import Scope
from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from tests import payload
from tests.conftest import Deliver

ALERT = payload()
KEY = ALERT["agent"], ALERT["metric"]
CPU = "sensor.web01_example_com_cpu"


@pytest.fixture
async def devices(
    device_registry: dr.DeviceRegistry, deliver: Deliver
) -> dr.DeviceRegistry:
    """Return the devices, of which one has a metric."""
    await deliver(ALERT)
    return device_registry


async def test_what_is_moved_is_followed_at_once(
    hass: HomeAssistant,
    devices: dr.DeviceRegistry,
    entry: MockConfigEntry,
    area_registry: ar.AreaRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """A server, or one of its metrics, and even in the same moment."""
    rack, desk = (area_registry.async_create(name).id for name in ("Rack", "Desk"))
    scope = Scope(hass, {"area_id": rack})
    stop = scope.async_start()
    assert not scope.covers(entry.entry_id, KEY)
    web01 = devices.async_get_device_by_identifier((DOMAIN, KEY[0]), entry.entry_id)
    assert web01 is not None
    devices.async_update_device(web01.id, area_id=rack)
    assert scope.covers(entry.entry_id, KEY)
    for entity in er.async_entries_for_device(entity_registry, web01.id):
        entity_registry.async_update_entity(entity.entity_id, area_id=desk)
    assert not scope.covers(entry.entry_id, KEY)
    stop()


async def test_what_a_group_holds_is_asked_again(
    hass: HomeAssistant, devices: dr.DeviceRegistry, entry: MockConfigEntry
) -> None:
    """It is in no registry."""
    scope = Scope(hass, {"entity_id": "group.servers"})
    stop = scope.async_start()
    for members, is_covered in (([], False), ([CPU], True)):
        hass.states.async_set("group.servers", "on", {"entity_id": members})
        await hass.async_block_till_done()
        assert scope.covers(entry.entry_id, KEY) is is_covered
    stop()


async def test_the_registries_are_not_asked_for_each_alert(
    hass: HomeAssistant,
    devices: dr.DeviceRegistry,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When a silence of 5,000 metrics ends, that would take minutes."""
    asked = []
    ask = er.EntityRegistry.async_get

    def count(registry: er.EntityRegistry, entity_id: str) -> er.RegistryEntry | None:
        asked.append(entity_id)
        return ask(registry, entity_id)

    monkeypatch.setattr(er.EntityRegistry, "async_get", count)
    scope = Scope(hass, {"entity_id": CPU})
    for _ in range(100):
        assert scope.covers(entry.entry_id, KEY)
    assert 0 < len(asked) < 10
