"""Tests of forgetting metrics and servers."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from scripts.simulated_api import SimulatedApi
from tests import (
    AGENT,
    a_day,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
    state,
    states,
)
from tests.conftest import Deliver

from . import ACCOUNT_STATUS, NAS, NEEDS_ATTENTION, call, get_deliveries


@pytest.mark.usefixtures("day")
async def test_a_forgotten_metric_is_gone_until_its_next_alert(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """From the entities, roll-ups and journal; the agent's other metrics stay."""
    await call(hass, "acknowledge", entity_id="sensor.nas_example_com_ups")
    await call(hass, "forget", entity_id="sensor.nas_example_com_ups")
    await hass.async_block_till_done()
    assert hass.states.get("sensor.nas_example_com_ups") is None
    assert hass.states.get("binary_sensor.nas_example_com_ups_problem") is None
    assert state(hass, NAS).state == "critical"
    assert state(hass, "sensor.bleemeo_critical").state == "1"
    assert state(hass, NEEDS_ATTENTION).state == "4"
    titles = [delivery["title"] for delivery in await get_deliveries(hass, entry)]
    assert "nas.example.com - SMART status is Critical" in titles
    assert "nas.example.com - UPS is Critical" not in titles
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.states.get("sensor.nas_example_com_ups") is None

    await deliver(a_day()[10])
    assert state(hass, "sensor.nas_example_com_ups").state == "critical"


@pytest.mark.usefixtures("day")
async def test_a_forgotten_agent_takes_its_device_along(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """An alert brings both back."""
    await call(hass, "forget", entity_id=NAS)
    await hass.async_block_till_done()
    assert not any("nas_example" in entity_id for entity_id in states(hass))
    names = {
        device.name
        for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    }
    assert "nas.example.com" not in names
    assert len(names) == 5
    await deliver(a_day()[10])
    assert state(hass, NAS).state == "critical"


@pytest.mark.parametrize("has_alert", [True, False])
async def test_a_server_that_bleemeo_lists_is_forgotten_too(
    hass: HomeAssistant,
    bleemeo: SimulatedApi,
    entry_with_access: MockConfigEntry,
    has_alert: bool,
) -> None:
    """With or without alerts; the next comparison does not bring it back."""
    entry, status = entry_with_access, "sensor.web01_status"
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    if has_alert:
        await receive_alert(entry, payload(agent=AGENT, status=2))
        await hass.async_block_till_done()
    assert state(hass, status).state == ("critical" if has_alert else "ok")
    await call(hass, "forget", entity_id=status)
    await hass.async_block_till_done()
    await entry.runtime_data.agreement.async_check_now()
    await hass.async_block_till_done()
    assert hass.states.get(status) is None
    assert not entry.runtime_data.hub.board.agents


@pytest.mark.usefixtures("day")
async def test_the_account_is_not_forgotten(
    hass: HomeAssistant,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Nor what is in its area only because it is; to forget it, remove the entry."""
    office = area_registry.async_create("Office").id
    account = entity_registry.entities[ACCOUNT_STATUS].device_id
    assert account
    device_registry.async_update_device(account, area_id=office)
    for target in (
        {"entity_id": ACCOUNT_STATUS},
        {"device_id": account},
        {"area_id": office},
    ):
        with pytest.raises(ServiceValidationError, match="has no metric"):
            await call(hass, "forget", **target)
    assert state(hass, NEEDS_ATTENTION).state == "5"
