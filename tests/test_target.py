"""Tests of what a target stands for."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from tests import state

from .services import CPU, NAS, NEEDS_ATTENTION, call


@pytest.mark.usefixtures("day")
async def test_a_target_stands_for_all_its_metrics(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    area_registry: ar.AreaRegistry,
    label_registry: lr.LabelRegistry,
) -> None:
    """An agent's entity or device, an area, a label, the account."""
    nas = entity_registry.entities[NAS].device_id
    account = entity_registry.entities[NEEDS_ATTENTION].device_id
    assert nas
    assert account
    area = area_registry.async_create("Cellar")
    label = label_registry.async_create("Important")
    device_registry.async_update_device(nas, area_id=area.id)
    entity_registry.async_update_entity(NAS, labels={label.label_id})
    for target, rest in (
        ({"entity_id": NAS}, 3),
        ({"entity_id": "binary_sensor.nas_example_com_ups"}, 4),
        ({"device_id": nas}, 3),
        ({"area_id": area.id}, 3),
        ({"label_id": label.label_id}, 3),
        ({"entity_id": NEEDS_ATTENTION}, 0),
        ({"device_id": account}, 0),
    ):
        await call(hass, "acknowledge", **target)
        assert state(hass, NEEDS_ATTENTION).state == str(rest), target
        await call(hass, "unacknowledge", **target)
        assert state(hass, NEEDS_ATTENTION).state == "5"


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("action", ["acknowledge", "unacknowledge", "forget"])
async def test_a_target_that_is_not_ours_is_named(
    hass: HomeAssistant, action: str
) -> None:
    """So is one that matches nothing."""
    with pytest.raises(ServiceValidationError, match="sun.sun is no entity"):
        await call(hass, action, entity_id=["sun.sun", CPU])
    with pytest.raises(ServiceValidationError, match="nothing is no entity"):
        await call(hass, action, device_id="nothing")
    with pytest.raises(ServiceValidationError, match="has no metric"):
        await call(hass, action, area_id="nowhere")
    with pytest.raises(vol.Invalid):
        await call(hass, action)
