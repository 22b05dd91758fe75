"""Tests of what the dashboard shows of what only Bleemeo's API has told."""

from datetime import timedelta

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.overview.summary import Overview
from custom_components.bleemeo.overview.window import IncidentWindow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from scripts.simulated_api import Account
from tests import (
    AGENT,
    METRIC,
    find_open,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
)
from tests.services import call


async def look(hass: HomeAssistant, entry: MockConfigEntry) -> Overview:
    """Look at the last day of an entry."""
    now = dt_util.utcnow()
    window = IncidentWindow(entry.runtime_data, now - timedelta(days=1))
    await window.async_load(now)
    return Overview(hass, entry, window, lambda *_: True, now)


async def test_a_server_that_never_had_an_alert_is_shown(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """It is OK since Bleemeo lists it, and nothing is known of any time before."""
    await setup_integration(hass, entry_with_access)
    await settle_agreement(hass, entry_with_access)
    overview = await look(hass, entry_with_access)
    assert overview.account()["known"]
    assert overview.account()["status"] == "ok"
    [server] = map(overview.server, overview.agents())
    assert (server["name"], server["status"], server["metrics"]) == ("web01", "ok", 0)
    assert server["status_since"] is None
    agreement = entry_with_access.runtime_data.agreement
    since = agreement.catalogue.listed_since[server["agent_id"]]
    assert (server["known_since"], server["uptime"]) == (since.isoformat(), None)
    assert server["status_entity_id"] == "sensor.web01_status"


async def test_what_the_api_found_under_way_began_earlier_than_is_known(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Until its alert says when."""
    entry = entry_with_access
    await find_open(hass, entry, account)
    agent = entry.runtime_data.hub.board.agents[AGENT]
    overview = await look(hass, entry)
    [found] = map(overview.incident, overview.incidents(agent).values())
    assert found["began_earlier"]
    at = (dt_util.utcnow() - timedelta(hours=1)).isoformat()
    told = payload(agent=AGENT, metric=METRIC, status=2, status_changed_at=at)
    await receive_alert(entry, told)
    overview = await look(hass, entry)
    [found] = map(overview.incident, overview.incidents(agent).values())
    assert not found["began_earlier"]
    assert found["began_at"] == at


async def test_a_service_is_a_part_of_its_server(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """An incident tells the device of both; a silence of it is one of its metrics."""
    service = account.add_service(AGENT, "postgresql")
    account.add_metric(AGENT, "postgresql_conn", "warning", METRIC, service=service)
    await setup_integration(hass, entry_with_access)
    await settle_agreement(hass, entry_with_access)
    title = "web01.example.com - PostgreSQL connections is Warning"
    await receive_alert(
        entry_with_access, payload(agent=AGENT, metric=METRIC, title=title)
    )
    await hass.async_block_till_done()
    overview = await look(hass, entry_with_access)
    [agent] = overview.agents()
    [found] = map(overview.incident, overview.incidents(agent).values())
    registry = dr.async_get(hass)
    [child] = dr.async_child_entries_for_config_entry(
        registry, entry_with_access.entry_id
    )
    assert found["service_device_id"] == child.id
    assert found["device_id"] == child.parent_device_id

    await call(hass, "silence", device_id=child.id, duration={"hours": 1})
    overview = await look(hass, entry_with_access)
    [server] = map(overview.server, overview.agents())
    assert server["silenced"] is None
    assert [each["metric_id"] for each in server["silences"]] == [METRIC]
