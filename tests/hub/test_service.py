"""Tests of the devices of services and containers."""

from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo import async_remove_config_entry_device
from custom_components.bleemeo.condition import CONDITIONS
from custom_components.bleemeo.const import CONF_REFRESH_TOKEN, DOMAIN
from custom_components.bleemeo.models import async_end_access
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.condition import ConditionConfig
from scripts.simulated_api import Account, Fault, SimulatedApi
from tests import (
    AGENT,
    METRIC,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
    state,
)
from tests.services import call, get_alerts

POSTGRES = "5a1d4a8e-7b6a-4d0e-9b57-5b6f2c2b0001"


def children(hass: HomeAssistant, entry: MockConfigEntry) -> list[dr.ChildDeviceEntry]:
    """Return the devices of services."""
    return dr.async_child_entries_for_config_entry(dr.async_get(hass), entry.entry_id)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up the entry, and wait until the board agrees."""
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)


async def agree(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Ask Bleemeo again, also for what it tells once a day."""
    agreement = entry.runtime_data.agreement
    agreement.catalogue.described_at = None
    await agreement.async_check_now()
    await look_again(hass, entry)


def alert(**more: object) -> dict[str, object]:
    """Return an alert about the connections of a database."""
    title = "web01.example.com - PostgreSQL connections is Warning"
    return payload(agent=AGENT, metric=METRIC, title=title, **more)


@pytest.fixture
def database(account: Account) -> Account:
    """Return an account with a database, and a metric of it."""
    account.add_service(AGENT, "postgresql", id=POSTGRES)
    account.add_metric(AGENT, "postgresql_conn", "warning", METRIC, service=POSTGRES)
    return account


async def test_without_access_there_are_none(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """An alert says nothing of services."""
    await setup_integration(hass, entry)
    await receive_alert(entry, alert())
    await hass.async_block_till_done()
    assert children(hass, entry) == []


async def test_a_service_is_a_part_of_its_server(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, database: Account
) -> None:
    """Its metrics are there, and do not repeat its name."""
    await set_up(hass, entry_with_access)
    await receive_alert(entry_with_access, alert())
    await hass.async_block_till_done()
    [child] = children(hass, entry_with_access)
    assert child.name == "PostgreSQL"
    server = dr.async_get(hass).async_get(child.parent_device_id)
    assert server is not None
    assert server.identifiers == {(DOMAIN, AGENT)}
    entities = er.async_entries_for_device(er.async_get(hass), child.id)
    assert {each.domain for each in entities} == {"binary_sensor", "sensor"}
    names = {f"{each.original_name}" for each in entities}
    assert not [name for name in names if "PostgreSQL" in name]


async def test_whether_a_service_is_ok_can_be_asked(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, database: Account
) -> None:
    """Its device stands for its metrics, here too."""
    await set_up(hass, entry_with_access)
    for status in (1, 0):
        time = f"2026-11-20T0{9 - status}:00:00Z"
        again = alert(id=None, status=status, status_changed_at=time)
        await receive_alert(entry_with_access, dict(again))
        await hass.async_block_till_done()
        [child] = children(hass, entry_with_access)
        config = ConditionConfig(options={}, target={"device_id": [child.id]})
        assert CONDITIONS["all_ok"](hass, config)._async_check() is (status == 0)


async def test_a_metric_that_is_called_as_its_service_is_its_status(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, database: Account
) -> None:
    """Nothing is called "PostgreSQL PostgreSQL"."""
    await set_up(hass, entry_with_access)
    title = "web01.example.com - PostgreSQL is Warning"
    await receive_alert(entry_with_access, alert() | {"title": title})
    await hass.async_block_till_done()
    [child] = children(hass, entry_with_access)
    entities = er.async_entries_for_device(er.async_get(hass), child.id)
    shown = {state(hass, each.entity_id).name for each in entities}
    assert shown == {
        "PostgreSQL Status",
        "PostgreSQL Status problem",
    }


@pytest.mark.parametrize(
    "fault",
    [
        Fault(body='{"count": 2, "results": []}'),
        Fault(status=403, body='{"detail": "not now"}'),
    ],
)
async def test_a_service_that_bleemeo_once_does_not_tell_of_keeps_its_device(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    database: Account,
    bleemeo: SimulatedApi,
    fault: Fault,
) -> None:
    """A list can lack what moved while it was read."""
    entry = entry_with_access
    database.add_container("cache")
    await set_up(hass, entry)
    await receive_alert(entry, dict(alert()))
    await hass.async_block_till_done()
    [child] = children(hass, entry)
    for _ in range(2):
        bleemeo.faults["/v1/service/"] = replace(fault)
        await agree(hass, entry)
        assert children(hass, entry) == [child]
    await hass.config_entries.async_reload(entry.entry_id)
    await settle_agreement(hass, entry)
    assert children(hass, entry) == [child]


async def test_a_metric_that_moves_keeps_its_ids(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
) -> None:
    """Bleemeo may tell of the service long after the first alert; and back."""
    entry = entry_with_access
    account.add_metric(AGENT, "postgresql_conn", "warning", METRIC)
    await set_up(hass, entry)
    await receive_alert(entry, alert())
    await hass.async_block_till_done()
    entities = er.async_get(hass)
    before = {
        each: entities.entities[each].device_id for each in list(entities.entities)
    }
    assert children(hass, entry) == []
    account.add_service(AGENT, "postgresql", id=POSTGRES)
    account.metrics[METRIC]["service"] = POSTGRES
    await agree(hass, entry)
    [child] = children(hass, entry)
    moved = {
        each
        for each, device_id in before.items()
        if entities.entities[each].device_id != device_id
    }
    assert len(moved) == 2
    assert {entities.entities[each].device_id for each in moved} == {child.id}
    for each in moved:
        assert state(hass, each).state in ("on", "warning")
    assert list(entities.entities) == list(before)

    account.metrics[METRIC]["service"] = None
    await agree(hass, entry)
    assert children(hass, entry) == []
    assert {
        each: entities.entities[each].device_id for each in list(entities.entities)
    } == before


async def test_it_outlives_a_restart_without_bleemeo(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, database: Account
) -> None:
    """Without access it goes, and its metrics are on the server again."""
    entry = entry_with_access
    await set_up(hass, entry)
    await receive_alert(entry, alert())
    await hass.async_block_till_done()
    [child] = children(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle_agreement(hass, entry)
    assert [each.id for each in children(hass, entry)] == [child.id]
    await async_end_access(hass, entry)
    await hass.async_block_till_done()
    assert CONF_REFRESH_TOKEN not in entry.data
    assert children(hass, entry) == []
    server = dr.async_get(hass).async_get(child.parent_device_id)
    assert server is not None
    on_server = er.async_entries_for_device(er.async_get(hass), server.id)
    assert len([each for each in on_server if METRIC in each.unique_id]) == 2


async def test_it_goes_with_its_last_metric(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, database: Account
) -> None:
    """As when a person deletes its device; the server stays."""
    entry = entry_with_access
    await set_up(hass, entry)
    await receive_alert(entry, alert())
    await hass.async_block_till_done()
    [child] = children(hass, entry)
    assert await async_remove_config_entry_device(hass, entry, child)
    await hass.async_block_till_done()
    assert children(hass, entry) == []
    assert AGENT in entry.runtime_data.hub.board.agents
    assert not entry.runtime_data.hub.board.metrics


async def test_a_container_is_one_too_and_a_website_has_none(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """The service of a website monitor is the website."""
    container = account.add_container("shop-db-1")
    account.add_metric(AGENT, "container_cpu", "warning", METRIC, container=container)
    shop = account.add_agent("shop", kind="connection_check")
    check = account.add_service(shop, "https")
    account.add_metric(shop, "http_status", "warning", service=check)
    await set_up(hass, entry_with_access)
    await look_again(hass, entry_with_access)
    assert [each.name for each in children(hass, entry_with_access)] == ["shop-db-1"]


async def test_it_is_a_target(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, database: Account
) -> None:
    """It stands for its metrics alone, and the server stands for these too."""
    entry = entry_with_access
    await set_up(hass, entry)
    await receive_alert(entry, alert())
    cpu = "6bb724a0-b84e-5d80-9584-7ab051c4e873"
    await receive_alert(entry, payload(agent=AGENT, metric=cpu))
    await hass.async_block_till_done()
    [child] = children(hass, entry)
    metrics = {
        each.alert.metric_id: each
        for each in entry.runtime_data.hub.board.metrics.values()
    }
    await call(hass, "acknowledge", device_id=child.id)
    assert metrics[METRIC].is_acknowledged
    assert not metrics[cpu].is_acknowledged
    await call(hass, "unacknowledge", device_id=child.parent_device_id)
    await call(hass, "acknowledge", device_id=child.parent_device_id)
    assert metrics[METRIC].is_acknowledged
    assert metrics[cpu].is_acknowledged
    await call(hass, "unacknowledge", device_id=child.parent_device_id)

    await call(hass, "silence", device_id=child.id)
    assert not metrics[METRIC].needs_attention
    assert metrics[cpu].needs_attention
    [told] = await get_alerts(hass, device_id=child.id)
    assert told["silence"]["target"] == "service"
    assert told["silence"]["name"] == "web01 PostgreSQL"
    # the silence of a part ends with that of the whole
    await call(hass, "unsilence", device_id=child.parent_device_id)
    assert metrics[METRIC].needs_attention
    await call(hass, "silence", device_id=child.parent_device_id)
    [silence] = entry.runtime_data.hub.board.silences.values()
    assert silence.subjects == {AGENT}
