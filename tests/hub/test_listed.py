"""Tests of what Bleemeo's API lists: how agents come to be shown."""

import asyncio
from unittest.mock import patch
from uuid import UUID

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.core import WEBSITE, AgentProfile, RealName, Service
from custom_components.bleemeo.hub import turn
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests import payload, receive_alert, setup_integration, state

MANY = 20


async def test_many_servers_are_shown_in_pieces_and_one_forgotten_meanwhile_is_not(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Alerts are answered in between."""
    await setup_integration(hass, entry)
    hub, registry = entry.runtime_data.hub, dr.async_get(hass)
    ids = [str(UUID(int=number + 1)) for number in range(MANY)]
    profiles = {uid: AgentProfile(name=f"server{uid[-2:]}") for uid in ids}

    def shown() -> list[str]:
        return [
            uid
            for uid in ids
            if registry.async_get_device_by_identifier((DOMAIN, uid), entry.entry_id)
        ]

    with patch.object(turn, "TURN_SECONDS", -1):
        showing = hass.async_create_task(hub.listed.async_show_agents(profiles))
        while not shown():
            await asyncio.sleep(0)
        assert len(shown()) < MANY
        await hub.async_forget((), [hub.board.agents[ids[-1]]])
        await showing
    await hass.async_block_till_done()
    assert shown() == ids[:-1]
    states = {each.entity_id for each in hass.states.async_all("sensor")}
    assert f"sensor.server{ids[0][-2:]}_status" in states
    assert f"sensor.server{ids[-1][-2:]}_status" not in states


async def test_many_metrics_move_to_their_services_in_pieces_but_for_one_that_went(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Bleemeo tells of all services at once when access is given."""
    await setup_integration(hass, entry)
    hub, entities = entry.runtime_data.hub, er.async_get(hass)
    ids = [str(UUID(int=number + 1)) for number in range(MANY)]
    for uid in ids:
        await receive_alert(
            entry, payload(metric=uid, title=f"web01 - {uid} is Warning")
        )
    await hass.async_block_till_done()
    service = Service(str(UUID(int=MANY + 1)), "nginx")
    names = {uid: RealName(uid, service=service) for uid in ids}

    def moved() -> list[str]:
        device = dr.async_get(hass).async_get_child_device_by_identifier(
            (DOMAIN, f"{payload()['agent']}_{service.id}"), entry.entry_id
        )
        found = er.async_entries_for_device(entities, device.id) if device else []
        return [each.entity_id for each in found if each.domain == "sensor"]

    with patch.object(turn, "TURN_SECONDS", -1):
        moving = hass.async_create_task(hub.listed.async_take_names(names))
        while not moved():
            await asyncio.sleep(0)
        assert len(moved()) < MANY
        await hub.async_forget([list(hub.board.metrics.values())[-1]])
        await moving
    await hass.async_block_till_done()
    assert len(moved()) == MANY - 1


async def test_a_website_is_known_to_be_down_once_its_metric_is_known_by_name(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Its alert may be older than the access to Bleemeo's API."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(title="shop - Website is Critical", status=2))
    agent_id, metric_id = payload()["agent"], payload()["metric"]
    listed = entry.runtime_data.hub.listed
    await listed.async_show_agents({agent_id: AgentProfile(name="shop", kind=WEBSITE)})
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor.shop_connectivity").state == "unknown"
    reached = RealName("Website reachable", label="probe_success")
    await listed.async_take_names({metric_id: reached})
    assert state(hass, "binary_sensor.shop_connectivity").state == "off"
