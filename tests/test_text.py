"""Tests that text stays text in every window: the same hostile texts through each."""

from collections.abc import Callable, Mapping
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.const import CONF_MAX_AGENTS, DOMAIN, EVENT_ALERT
from custom_components.bleemeo.repairs import BoundsFlow, async_create_fix_flow
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.persistent_notification import (
    _async_get_or_create_notifications,
)
from homeassistant.components.script import DOMAIN as SCRIPT
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component

from . import payload, receive_alert, setup_integration
from .conftest import Deliver
from .hostile import HOSTILE, line, shown
from .source import leaves, texts
from .test_docs import AUTOMATIONS, DASHBOARDS, SCRIPTS, Example, flat

DATA: dict[str, Any] = {
    "change": "raised",
    "status": "critical",
    "previous_status": "ok",
    "entity_id": "sensor.web01",
    "device_id": None,
    "flapping": False,
    "value": 1.0,
    "unit": "%",
}


def notifies(example: Example) -> bool:
    """Return whether an example shows a notification in Home Assistant."""
    return "persistent_notification.create" in str(example.content)


def messages(hass: HomeAssistant) -> list[str]:
    """Return the notifications that are shown."""
    shown = _async_get_or_create_notifications(hass)
    return [each["message"] for each in shown.values()]


def filters(example: Example) -> dict[str, str]:
    """Return the event data that the trigger of an example wants."""
    [trigger] = example.content["triggers"]
    return dict(trigger.get("event_data", {}))


@pytest.mark.parametrize(
    "example", [each for each in AUTOMATIONS if notifies(each)], ids=str
)
async def test_a_notification_of_an_example_shows_text(
    hass: HomeAssistant, example: Example
) -> None:
    """Its message is Markdown to Home Assistant."""
    for domain in ("persistent_notification", "homeassistant"):
        assert await async_setup_component(hass, domain, {})
    assert await async_setup_component(
        hass,
        AUTOMATION,
        {AUTOMATION: [{**example.content, "mode": "parallel", "max": 50}]},
    )
    for text in HOSTILE:
        sent = dict.fromkeys(("host", "metric_name", "title", "text"), text)
        hass.bus.async_fire(EVENT_ALERT, DATA | sent | filters(example))
        await hass.async_block_till_done()
        message = messages(hass)[-1]
        assert line(text) in shown(message)
        assert_no_link(message)


@pytest.mark.parametrize(
    "example",
    [each for each in SCRIPTS if notifies(each) and "get_alerts" in str(each.content)],
    ids=str,
)
async def test_a_list_of_an_example_shows_text(
    hass: HomeAssistant, entry: MockConfigEntry, example: Example
) -> None:
    """Of all that is open."""
    for domain in ("persistent_notification", "homeassistant"):
        assert await async_setup_component(hass, domain, {})
    await setup_integration(hass, entry)
    for number, text in enumerate(HOSTILE):
        await receive_alert(entry, alert(number, text))
    assert await async_setup_component(
        hass, SCRIPT, {SCRIPT: {"example": example.content}}
    )
    await hass.services.async_call(SCRIPT, "example", blocking=True)
    await hass.async_block_till_done()
    [message] = messages(hass)
    read = shown(message)
    for metric in entry.runtime_data.hub.board.metrics.values():
        assert line(f"{metric.name} on {metric.agent.name}.") in read
    assert_no_link(message)


async def test_the_markdown_card_of_the_dashboards_shows_text(
    hass: HomeAssistant,
) -> None:
    """An image in a text would be fetched by the browser."""
    [content] = [
        value
        for example in DASHBOARDS
        for path, value in leaves(flat(example.content))
        if path[-1] == "content"
    ]
    alerts = [
        {**DATA, **dict.fromkeys(("host", "metric_name", "text"), text)}
        for text in HOSTILE
    ]
    hass.states.async_set("sensor.bleemeo_open_alerts", "40", {"alerts": alerts})
    rendered = Template(content, hass).async_render(parse_result=False)
    read = line(shown(rendered))
    for text in HOSTILE:
        plain = line(text)
        assert line(f"{plain}: {plain} is critical. {plain}") in read
    assert_no_link(rendered)


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_repair_shows_text(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
    text: str,
) -> None:
    """Whatever the servers are called that it is about."""
    await setup_integration(hass, entry)
    hub = entry.runtime_data.hub
    await receive_alert(entry, alert(1, text))
    freezer.tick(60)
    await receive_alert(entry, alert(2, text))
    for minute, host in enumerate(["one", text, "one", text]):
        at = f"2026-11-20T09:{minute:02}:00Z"
        await receive_alert(entry, alert(3, host, status_changed_at=at, happened_at=at))
    hub.bounds.max_agents = 3
    await receive_alert(entry, alert(4, text))

    for issue in issue_registry.issues.values():
        assert issue.domain == DOMAIN
        told = issue.translation_placeholders or {}
        of_issue = texts()["issues"][issue.translation_key]
        if "description" in of_issue:
            assert_text(of_issue["description"], told)
        for step in of_issue.get("fix_flow", {}).get("step", {}).values():
            description = step.get("description", "")
            if set(re.findall(r"{(\w+)}", description)) <= told.keys():
                assert_text(description, told)
    keys = {issue.translation_key for issue in issue_registry.issues.values()}
    assert {"agent_replaced", "bounds_reached"} <= keys
    # a title that begins with this names no host that could be another one
    assert "agent_duplicated" in keys or text.startswith("[click]:")

    issue_id = f"bounds_reached_{entry.entry_id}"
    issue = issue_registry.issues[DOMAIN, issue_id]
    flow = await async_create_fix_flow(hass, issue_id, issue.data)
    assert isinstance(flow, BoundsFlow)
    flow.hass, flow.data = hass, issue.data
    step = await flow.async_step_since({"since": "2020-01-01 00:00:00"})
    preview = step["description_placeholders"]
    assert preview is not None
    of_step = texts()["issues"]["bounds_reached"]["fix_flow"]["step"]
    assert_text(of_step["confirm_since"]["description"], preview)
    assert line(hub.board.agents[alert(1, text)["agent"]].name) in shown(
        preview["names"]
    )


async def test_activity_shows_text(
    hass: HomeAssistant, entry: MockConfigEntry, describe: Callable[[Event[Any]], Any]
) -> None:
    """Home Assistant renders nothing there, so nothing is escaped either."""
    await setup_integration(hass, entry)
    for text in HOSTILE:
        sent = dict.fromkeys(("host", "metric_name", "text"), text)
        described = describe(Event(EVENT_ALERT, DATA | sent))
        assert described["name"] == f"{text} {text}"
        assert described["message"] == f"became critical: {text}"


async def test_a_text_is_neither_a_template_nor_another_type_in_a_state(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """States and attributes have it as it came."""
    hass.config_entries.async_update_entry(entry, options={CONF_MAX_AGENTS: 100})
    for number, text in enumerate(HOSTILE):
        await deliver(alert(number, text))
    found = {
        state.attributes["text"]
        for state in hass.states.async_all("sensor")
        if "text" in state.attributes
    }
    assert found == set(HOSTILE)


def alert(number: int, text: str, **fields: Any) -> dict[str, Any]:
    """Return an alert about a server that is called so, and says so."""
    return payload(
        agent=f"00000000-0000-4000-8000-{number:012}",
        id=None,
        status=2,
        title=f"{text} - {text} is Critical",
        text=text,
        **fields,
    )


def assert_text(description: str, told: Mapping[str, str]) -> None:
    """Check that a description with what is told in it has no markup but lists."""
    filled = description.format(**told)
    shown(filled)
    assert_no_link(filled)


def assert_no_link(markdown: str) -> None:
    """Check that there is no address that Home Assistant would make a link of."""
    assert not re.search(r"://|www\.|(?<!\\)@", markdown)
