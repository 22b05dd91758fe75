"""Tests of servers that were set up anew, and of the offer to forget the old agent."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
from tests import AGENT, METRIC, journal_rows, payload, receive_alert, setup_integration
from tests.source import texts

OLD = payload()["agent"]
NEW = AGENT
OTHER_METRIC = payload()["metric"]


@pytest.fixture
async def loaded(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Return the loaded entry, a while after the old agent's last alert, a critical one."""
    freezer.move_to("2026-05-01T08:01:00Z")
    await hass.config.async_set_time_zone("Europe/Paris")
    await setup_integration(hass, entry)
    await send(hass, entry, OLD, "2026-05-01T08:00:00Z", status=2)
    freezer.move_to("2026-11-17T08:01:00Z")
    return entry


async def send(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    agent: str,
    time: str = "2026-11-17T08:00:00Z",
    **fields: Any,
) -> None:
    """Let an agent send an alert about its CPU."""
    fields = {"agent": agent, "id": None, "status_changed_at": time} | fields
    if agent == NEW:
        fields = {"metric": METRIC} | fields
    await receive_alert(entry, payload(**fields))
    await hass.async_block_till_done()


def offer(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the offer to forget the old agent."""
    issue_id = f"agent_replaced_{entry.entry_id}_{OLD}"
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id)


async def test_it_says_which_server_and_since_when_and_what_goes(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """With the time where Home Assistant is."""
    assert offer(hass, loaded) is None
    await send(hass, loaded, NEW, status=0)
    issue = offer(hass, loaded)
    assert issue is not None
    assert issue.is_fixable
    assert issue.translation_placeholders == {
        "entry": "Bleemeo",
        "host": "web01.example.com",
        "named": "web01.example.com",
        "since": "2026-05-01 10:01",
        "metrics": "CPU",
    }


async def test_its_title_has_the_name_as_it_is(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Home Assistant renders the description only; that of an earlier version is renewed."""
    await setup_integration(hass, entry)
    title = "https://shop.example.com/ - HTTP is Critical"
    await send(hass, entry, OLD, "2026-05-01T08:00:00Z", status=2, title=title)
    await send(hass, entry, NEW, status=0, title=title)
    of_issue = texts()["issues"]["agent_replaced"]
    of_step = of_issue["fix_flow"]["step"]["confirm"]

    def titles() -> set[str]:
        issue = offer(hass, entry)
        assert issue is not None
        told = issue.translation_placeholders or {}
        assert "{named}" not in of_step["description"]
        return {each["title"].format(**told) for each in (of_issue, of_step)}

    wanted = {"https://shop.example.com/ seems to have been reinstalled"}
    assert titles() == wanted
    issue = offer(hass, entry)
    assert issue is not None
    issue = replace(issue, translation_placeholders={"host": "as before"})
    ir.async_get(hass).issues[DOMAIN, issue.issue_id] = issue
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert titles() == wanted


async def test_one_click_forgets_the_old_agent_and_only_that(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Its device, its metrics, and what was stored."""
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    await send(hass, loaded, NEW, status=1)
    issue = offer(hass, loaded)
    assert issue is not None
    form = await start(client, issue)
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == issue.translation_placeholders
    url = f"/api/repairs/issues/fix/{form['flow_id']}"
    answer = await client.post(url, json={})
    assert (await answer.json())["type"] == "create_entry"
    await hass.async_block_till_done()

    assert offer(hass, loaded) is None
    assert set(loaded.runtime_data.hub.board.agents) == {NEW}
    agents = {
        value for each in device_registry.devices for _, value in each.identifiers
    }
    assert OLD not in agents
    assert NEW in agents
    for table in ("metric", "delivery"):
        query = f"SELECT DISTINCT agent_id FROM {table}"  # noqa: S608
        assert journal_rows(hass, loaded, query) == [(NEW,)]
    assert hass.states.get("sensor.bleemeo_critical").state == "0"  # type: ignore[union-attr]
    assert hass.states.get("sensor.bleemeo_warning").state == "1"  # type: ignore[union-attr]


async def start(client: TestClient[Any, Any], issue: ir.IssueEntry) -> dict[str, Any]:
    """Start the repair flow of an issue, and return its form."""
    answer = await client.post(
        "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue.issue_id}
    )
    assert answer.status == HTTPStatus.OK
    form: dict[str, Any] = await answer.json()
    return form


async def test_an_entry_that_is_not_loaded_forgets_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """The flow says so, and the offer stays."""
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    await send(hass, loaded, NEW)
    issue = offer(hass, loaded)
    assert issue is not None
    form = await start(client, issue)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    answer = await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
    result = await answer.json()
    assert (result["type"], result["reason"]) == ("abort", "entry_not_loaded")
    assert offer(hass, loaded) is not None


async def test_it_is_withdrawn_when_the_old_one_is_heard_of(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Then these are two servers of one name, and it is not offered again."""
    await send(hass, loaded, NEW)
    assert offer(hass, loaded) is not None
    # delivered again, and late: neither was sent now
    await send(hass, loaded, OLD, "2026-05-01T08:00:00Z", status=2)
    await send(hass, loaded, OLD, "2026-05-01T07:00:00Z", status=1)
    assert offer(hass, loaded) is not None
    await send(hass, loaded, OLD, "2026-11-17T08:01:00Z", status=1)
    assert offer(hass, loaded) is None
    await send(hass, loaded, NEW, "2026-11-17T08:02:00Z", status=2)
    assert offer(hass, loaded) is None


@pytest.mark.parametrize("agent", [OLD, NEW])
async def test_it_is_withdrawn_when_either_is_forgotten(
    hass: HomeAssistant, loaded: MockConfigEntry, agent: str
) -> None:
    """By hand, before the repair was seen."""
    await send(hass, loaded, NEW)
    hub = loaded.runtime_data.hub
    metrics = hub.board.metrics.values()
    await hub.async_forget([each for each in metrics if each.agent.id == agent])
    assert offer(hass, loaded) is None


async def test_it_outlives_a_restart_while_it_is_true(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """And is withdrawn after one as it is before."""
    await send(hass, loaded, NEW)
    await hass.config_entries.async_reload(loaded.entry_id)
    assert offer(hass, loaded) is not None
    await send(hass, loaded, OLD, "2026-11-17T08:01:00Z", status=0)
    assert offer(hass, loaded) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param({"status": 0}, {}, id="nothing of the old one is open"),
        pytest.param({}, {"title": "web02 - CPU is Critical"}, id="another host"),
        pytest.param({}, {"title": "CPU"}, id="no host"),
    ],
)
async def test_it_is_offered_only_for_open_alerts_of_the_same_host(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    """Anything else is not in the way, or another server."""
    await send(hass, loaded, OLD, "2026-05-01T08:01:00Z", **{"status": 2} | old)
    await send(hass, loaded, NEW, **new)
    assert offer(hass, loaded) is None


async def test_bleemeo_s_word_that_an_agent_is_gone_is_not_its_own(
    hass: HomeAssistant, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """It comes after the new agent, and is just what would stay for ever."""
    await send(hass, loaded, OLD, "2026-11-17T08:00:00Z", status=0)
    freezer.tick(timedelta(hours=1))
    await send(hass, loaded, NEW, "2026-11-17T09:00:00Z")
    assert offer(hass, loaded) is None
    await send(hass, loaded, OLD, "2026-11-17T09:01:00Z", status=2, metric=None)
    issue = offer(hass, loaded)
    assert issue is not None
    assert (issue.translation_placeholders or {})["since"] == "2026-11-17 09:01"
    await send(hass, loaded, OLD, "2026-11-17T09:09:00Z", status=0, metric=None)
    assert offer(hass, loaded) is None


async def test_a_test_alert_replaces_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """It can be sent with the name of a server."""
    await hass.services.async_call(
        DOMAIN,
        "send_test_alert",
        {"status": "critical", "host": "web01.example.com"},
        blocking=True,
    )
    await hass.async_block_till_done()
    assert offer(hass, loaded) is None


async def test_nothing_is_left_of_it_after_the_entry(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Disabling keeps it, for the old agent is still there then."""
    await send(hass, loaded, NEW)
    await hass.config_entries.async_set_disabled_by(
        loaded.entry_id, ConfigEntryDisabler.USER
    )
    assert offer(hass, loaded) is not None
    await hass.config_entries.async_remove(loaded.entry_id)
    assert offer(hass, loaded) is None


async def test_an_agent_that_is_heard_of_while_the_form_is_open_is_not_forgotten(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """It is alive, and what it sent now is not what the form showed."""
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    await send(hass, loaded, NEW)
    issue = offer(hass, loaded)
    assert issue is not None
    form = await start(client, issue)
    await send(hass, loaded, OLD, "2026-11-17T08:01:00Z", status=2)
    answer = await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
    result = await answer.json()
    assert (result["type"], result["reason"]) == ("abort", "agent_is_back")
    assert OLD in loaded.runtime_data.hub.board.agents
