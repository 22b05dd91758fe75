"""Tests of the tools for language models."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.core import AgentProfile
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, llm
from homeassistant.setup import async_setup_component
from tests import receive_alert, setup_integration

from .assistant import (
    ACCOUNT_PROBLEM,
    ASSISTANT,
    DB01,
    DISK,
    WEB01,
    WEB01_PROBLEM,
    about,
    expose,
)

CPU_STATUS = "sensor.web01_example_com_cpu"
TOOLS = {"bleemeo__get_open_alerts", "bleemeo__get_incidents", "bleemeo__acknowledge"}


class Model:
    """A language model that answers a user, with the tools that it is offered."""

    def __init__(self, hass: HomeAssistant, user_id: str | None = None) -> None:
        """Answer a user, or nobody in particular."""
        self.hass = hass
        self.context = llm.LLMContext(
            platform="test",
            context=Context(user_id=user_id),
            language="en",
            assistant=ASSISTANT,
            device_id=None,
        )

    async def api(self) -> llm.APIInstance:
        """Return what the assistant offers."""
        return await llm.async_get_api(self.hass, llm.LLM_API_ASSIST, self.context)

    async def tools(self) -> set[str]:
        """Return the names of our tools."""
        api = await self.api()
        return {tool.name for tool in api.tools if "bleemeo" in tool.name}

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call one of our tools, and return its answer."""
        api = await self.api()
        made = llm.ToolInput(f"bleemeo__{tool}", arguments)
        result = await api.async_call_tool(made)
        assert result.error is ("error" in result.data)
        return dict(result.data)


@pytest.fixture
async def model(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> Model:
    """Return a model, with two servers of which one has two open alerts."""
    freezer.move_to("2026-11-20T12:00:00Z")
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "llm", {})
    await setup_integration(hass, entry)
    await receive_alert(entry, about("web01.example.com", "CPU", 1, WEB01))
    await receive_alert(entry, about("web01.example.com", "Disk", 2, WEB01, DISK))
    await receive_alert(entry, about("db01.example.com", "PostgreSQL", 0, DB01))
    await hass.async_block_till_done()
    return Model(hass)


async def test_nothing_is_offered_while_nothing_is_exposed(
    hass: HomeAssistant, model: Model
) -> None:
    """Then there are three tools, each with its integration, and how to use them."""
    assert await model.tools() == set()
    expose(hass, ACCOUNT_PROBLEM)
    assert await model.tools() == TOOLS
    api = await model.api()
    assert "bleemeo__get_open_alerts" in api.api_prompt
    ours = [tool for tool in api.tools if tool.name in TOOLS]
    assert {tool.integration for tool in ours} == {"bleemeo"}
    assert {tool.name: tool.annotations.read_only for tool in ours} == {
        "bleemeo__get_open_alerts": True,
        "bleemeo__get_incidents": True,
        "bleemeo__acknowledge": False,
    }


async def test_a_server_that_bleemeo_only_lists_is_known(
    hass: HomeAssistant, entry: MockConfigEntry, model: Model
) -> None:
    """A model is not told that there is none of its name."""
    expose(hass, ACCOUNT_PROBLEM)
    profile = AgentProfile(name="app01.example.com")
    await entry.runtime_data.hub.listed.async_show_agents({DISK: profile})
    answer = await model.call("get_open_alerts", server="app01")
    assert (answer["servers"], answer["alerts"]) == (["app01"], [])


async def test_open_alerts_are_told_the_worst_first(
    hass: HomeAssistant, model: Model
) -> None:
    """With short names."""
    expose(hass, ACCOUNT_PROBLEM)
    answer = await model.call("get_open_alerts")
    alerts = answer.pop("alerts")
    assert answer == {
        "servers": ["db01", "web01"],
        "server_count": 2,
        "alert_count": 2,
        "complete": True,
    }
    disk, cpu = alerts
    assert disk == {
        "server": "web01",
        "metric": "Disk",
        "status": "critical",
        "since": "2026-11-20T11:00:00+00:00",
        "text": disk["text"],
        "needs_attention": True,
    }
    assert (cpu["metric"], cpu["status"]) == ("CPU", "warning")
    assert (await model.call("get_open_alerts", server="DB"))["alerts"] == []
    wrong = await model.call("get_open_alerts", server="nas")
    assert wrong == {
        "error": "No server is called so",
        "servers": ["db01", "web01"],
        "complete": True,
    }


async def test_a_test_is_told_as_one(hass: HomeAssistant, model: Model) -> None:
    """A sender may write what its text says, too."""
    expose(hass, ACCOUNT_PROBLEM)
    db01 = {"entity_id": "sensor.db01_example_com_postgresql", "status": "critical"}
    await hass.services.async_call(DOMAIN, "send_test_alert", db01, blocking=True)
    alerts = (await model.call("get_open_alerts"))["alerts"]
    tests = [each["server"] for each in alerts if each.get("is_test")]
    assert (len(alerts), tests) == (3, ["db01"])


async def test_only_what_is_exposed_is_told(hass: HomeAssistant, model: Model) -> None:
    """A metric by its own entity, a server by its own."""
    expose(hass, CPU_STATUS)
    answer = await model.call("get_open_alerts")
    assert answer["servers"] == ["web01"]
    assert [each["metric"] for each in answer["alerts"]] == ["CPU"]
    answer = await model.call("get_incidents")
    assert [each["metric"] for each in answer["incidents"]] == ["CPU"]
    assert [each["server"] for each in answer["uptime"]] == ["web01"]
    answer = await model.call("acknowledge", server="web01", metric="Disk")
    assert answer["error"] == "There is no such open alert"

    expose(hass, WEB01_PROBLEM)
    answer = await model.call("get_open_alerts")
    assert [each["metric"] for each in answer["alerts"]] == ["Disk", "CPU"]
    assert answer["servers"] == ["web01"]


async def test_incidents_and_uptime_of_a_time_are_told(
    hass: HomeAssistant, model: Model
) -> None:
    """In hours until now."""
    expose(hass, ACCOUNT_PROBLEM)
    answer = await model.call("get_incidents", hours=2, server="web01")
    assert answer["since"] == "2026-11-20T10:00:00+00:00"
    assert sorted(each["metric"] for each in answer["incidents"]) == ["CPU", "Disk"]
    assert answer["incidents"][0]["ended_at"] is None
    assert answer["uptime"] == [{"server": "web01", "uptime": 0}]
    wrong = await model.call("get_incidents", hours=1e9)
    assert "hours" in wrong["error"]


async def test_alerts_are_acknowledged_in_the_user_s_name(
    hass: HomeAssistant, model: Model, hass_admin_user: MockUser
) -> None:
    """By its server and metric; the user's comment is kept."""
    expose(hass, ACCOUNT_PROBLEM)
    hass.states.async_set("person.ada", "home", {"user_id": hass_admin_user.id})
    ada = Model(hass, hass_admin_user.id)
    made = {"server": "web01", "metric": "cpu", "comment": "On it", "minutes": 30}
    answer = await ada.call("acknowledge", **made)
    assert answer == {"server": "web01", "acknowledged": ["CPU"]}
    disk, cpu = (await ada.call("get_open_alerts"))["alerts"]
    assert (cpu["acknowledged_by"], cpu["comment"]) == ("ada", "On it")
    assert (cpu["needs_attention"], disk["needs_attention"]) == (False, True)
    assert "acknowledged_by" not in disk

    answer = await ada.call("acknowledge", server="web01")
    assert answer["acknowledged"] == ["Disk", "CPU"]
    answer = await ada.call("acknowledge", server="db01")
    assert answer == {"error": "There is no such open alert", "server": "db01"}


async def test_one_server_is_meant_and_no_other(
    hass: HomeAssistant, entry: MockConfigEntry, model: Model
) -> None:
    """A whole name is that of one, a part may be that of several."""
    other = "00000000-0000-4000-8000-0000000000f0"
    await receive_alert(entry, about("web012.example.com", "CPU", 2, other))
    expose(hass, ACCOUNT_PROBLEM)
    answer = await model.call("acknowledge", server="web")
    assert answer["servers"] == ["web01", "web012"]
    answer = await model.call("acknowledge", server="web01")
    assert answer["server"] == "web01"
    alerts = (await model.call("get_open_alerts", server="web012"))["alerts"]
    assert [each["needs_attention"] for each in alerts] == [True]


async def test_a_person_s_name_of_the_device_is_used(
    hass: HomeAssistant, model: Model
) -> None:
    """And understood."""
    expose(hass, ACCOUNT_PROBLEM)
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier(
        ("bleemeo", WEB01), "01JBLEEMEO0000000000000000"
    )
    assert device is not None
    devices.async_update_device(device.id, name_by_user="Shop")
    answer = await model.call("get_open_alerts", server="shop")
    assert answer["servers"] == ["Shop"]


async def test_a_user_is_told_what_may_be_read_and_does_what_may_be_done(
    hass: HomeAssistant, model: Model, hass_read_only_user: MockUser
) -> None:
    """Whatever is exposed."""
    expose(hass, ACCOUNT_PROBLEM)
    hass_read_only_user.groups = []
    hass_read_only_user.mock_policy(
        {"entities": {"entity_ids": {CPU_STATUS: {"read": True}}}}
    )
    reader = Model(hass, hass_read_only_user.id)
    answer = await reader.call("get_open_alerts")
    assert [each["metric"] for each in answer["alerts"]] == ["CPU"]
    assert answer["servers"] == ["web01"]
    answer = await reader.call("acknowledge", server="web01")
    assert "error" in answer
    assert [
        each["needs_attention"]
        for each in (await model.call("get_open_alerts"))["alerts"]
    ] == [True, True]


async def test_what_is_not_known_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, model: Model
) -> None:
    """Otherwise a model would call it OK."""
    expose(hass, ACCOUNT_PROBLEM)
    await hass.config_entries.async_unload(entry.entry_id)
    for arguments in ({}, {"server": "web01"}):
        answer = await model.call("get_open_alerts", **arguments)
        assert (answer["complete"], answer["not_known"]) == (False, ["Bleemeo"])
    await hass.config_entries.async_setup(entry.entry_id)
    listed = entry.runtime_data.hub.listed
    doubted = AgentProfile(name="app01.example.com", is_doubted=True)
    await listed.async_show_agents({DISK: doubted})
    for tool in ("get_open_alerts", "get_incidents"):
        answer = await model.call(tool)
        assert (answer["complete"], answer["not_known"]) == (False, ["Bleemeo"]), tool


async def test_what_is_not_exposed_makes_no_answer_doubtful(
    hass: HomeAssistant, entry: MockConfigEntry, model: Model
) -> None:
    """Nor does an account that a person has disabled; neither is named."""
    expose(hass, ACCOUNT_PROBLEM)
    other = MockConfigEntry(
        domain="bleemeo", title="Customer", data=entry.data | {"webhook_id": "other"}
    )
    await setup_integration(hass, other)
    for tool in ("get_open_alerts", "get_incidents"):
        answer = await model.call(tool)
        assert answer["complete"], tool
        assert "Customer" not in str(answer), tool
    expose(hass, "binary_sensor.customer_problem")
    answer = await model.call("get_open_alerts")
    assert (answer["complete"], answer["not_known"]) == (False, ["Customer"])
    await hass.config_entries.async_set_disabled_by(
        other.entry_id, ConfigEntryDisabler.USER
    )
    assert (await model.call("get_open_alerts"))["complete"]


async def test_a_whole_name_of_a_metric_is_that_of_no_other(
    hass: HomeAssistant, entry: MockConfigEntry, model: Model
) -> None:
    """A part of it may be that of several."""
    expose(hass, ACCOUNT_PROBLEM)
    for number, name in enumerate(("Disk used", "Disk used (/home)"), 100):
        metric = f"00000000-0000-4000-8000-000000000{number}"
        await receive_alert(entry, about("web01.example.com", name, 2, WEB01, metric))
    for metric, acknowledged in (
        ("disk", ["Disk"]),
        ("disk used", ["Disk used"]),
        ("used", ["Disk used", "Disk used (/home)"]),
    ):
        answer = await model.call("acknowledge", server="web01", metric=metric)
        assert sorted(answer["acknowledged"]) == acknowledged


async def test_what_a_model_fills_in_for_nothing_is_nothing(
    hass: HomeAssistant, model: Model
) -> None:
    """Some write null or a blank for each argument that they leave out."""
    expose(hass, WEB01_PROBLEM)
    answer = await model.call("get_open_alerts", server=None)
    assert answer["alert_count"] == 2
    answer = await model.call("get_incidents", server=" ", hours=None)
    assert answer["incident_count"] == 2
    answer = await model.call("acknowledge", server=" ")
    assert "server" in answer["error"]
    answer = await model.call("acknowledge", server="web01", metric=None, minutes=None)
    assert answer["acknowledged"] == ["Disk", "CPU"]


async def test_what_a_sender_wrote_is_bounded(
    hass: HomeAssistant, entry: MockConfigEntry, model: Model
) -> None:
    """A model pays for each word."""
    expose(hass, ACCOUNT_PROBLEM)
    long = about("web01.example.com", "Disk", 2, WEB01, DISK) | {"text": "x" * 5000}
    later = dict.fromkeys(("created_at", "modified_at"), "2026-11-20T11:30:00Z")
    await receive_alert(entry, long | later)
    for number in range(100, 160):
        metric_id = f"00000000-0000-4000-8000-000000000{number}"
        await receive_alert(entry, about("db01.example.com", "M", 2, DB01, metric_id))
    answer = await model.call("get_open_alerts")
    assert max(len(each["text"]) for each in answer["alerts"]) == 300
    assert (len(answer["alerts"]), answer["alert_count"]) == (50, 62)
    profiles = {
        f"00000000-0000-4000-9000-000000000{number}": AgentProfile(name=f"app{number}")
        for number in range(100, 160)
    }
    await entry.runtime_data.hub.listed.async_show_agents(profiles)
    for answer in (
        await model.call("get_open_alerts"),
        await model.call("get_open_alerts", server="gone"),
        await model.call("acknowledge", server="app"),
    ):
        assert len(answer["servers"]) == 50
