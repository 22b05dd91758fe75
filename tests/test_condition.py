"""Tests of the conditions, in automations that use them."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.core import AgentProfile
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from . import a_day, documented, payload, setup_integration
from .conftest import Deliver

RAISED, WORSENED, _, CLEARED = a_day()[:4]
CPU = "sensor.web01_example_com_cpu"
WEB01 = "binary_sensor.web01_example_com_problem"
VOIP01 = "binary_sensor.voip01_example_com_problem"
ACCOUNT = "sensor.bleemeo_status"
APP01 = "951df56d-d5dd-58c3-ab9a-000000000002"


async def passes(
    hass: HomeAssistant,
    key: str,
    entity_id: str | list[str] | None = None,
    **options: Any,
) -> bool:
    """Return whether an automation with the condition continues."""
    condition: dict[str, Any] = {"condition": f"bleemeo.{key}", "options": options}
    if entity_id is not None:
        condition["target"] = {"entity_id": entity_id}
    assert await async_setup_component(
        hass,
        AUTOMATION,
        {
            AUTOMATION: {
                "alias": "Ask",
                "triggers": {"trigger": "event", "event_type": "ask"},
                "conditions": condition,
                "actions": {"event": "passed"},
            }
        },
    )
    await hass.async_block_till_done()
    passed = async_capture_events(hass, "passed")
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    return bool(passed)


@pytest.mark.parametrize(
    ("entity_id", "options", "expected"),
    [
        (None, {}, True),
        (CPU, {}, True),
        (WEB01, {"severity": ["critical", "warning"]}, True),
        (ACCOUNT, {"severity": "warning"}, True),
        (WEB01, {"severity": "critical"}, False),
        (VOIP01, {"severity": "warning"}, False),
        ("sensor.gone", {}, False),
        (None, {"for": {"minutes": 5}}, True),
        (None, {"for": {"minutes": 7}}, False),
    ],
)
async def test_an_alert_is_open_if_one_of_the_target_is_wanted(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    entity_id: str | None,
    options: dict[str, Any],
    expected: bool,
) -> None:
    """Without a target, all accounts count."""
    freezer.move_to("2026-11-20T08:06:00Z")
    await deliver(documented() | {"status": 0})
    await deliver(RAISED)
    assert await passes(hass, "alert_is_open", entity_id, **options) is expected


async def test_an_alert_lasts_from_when_it_entered_the_severities(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """To be unknown is no end."""
    freezer.move_to("2026-11-20T08:21:00Z")
    await deliver(RAISED)
    await deliver(WORSENED | {"status_changed_at": "2026-11-20T08:10:00Z"})
    await deliver(payload(id=None, status=3, status_changed_at="2026-11-20T08:20:00Z"))
    lasting: dict[str, Any] = {"for": {"minutes": 10}}
    assert await passes(hass, "alert_is_open", severity="critical", **lasting)


@pytest.mark.parametrize(
    ("action", "option"),
    [("acknowledge", "include_acknowledged"), ("silence", "include_silenced")],
)
@pytest.mark.parametrize("include", [True, False])
async def test_what_is_kept_quiet_is_not_open_unless_it_is_included(
    hass: HomeAssistant, deliver: Deliver, action: str, option: str, include: bool
) -> None:
    """But all is not OK either way."""
    await deliver(RAISED)
    await hass.services.async_call(DOMAIN, action, {"entity_id": CPU}, blocking=True)
    options: dict[str, Any] = {option: include}
    assert await passes(hass, "alert_is_open", **options) is include


@pytest.mark.parametrize(
    ("alert", "entity_id", "expected"),
    [
        (RAISED, None, False),
        (RAISED, WEB01, False),
        (RAISED | {"status": 3}, CPU, False),
        (CLEARED, None, True),
        (CLEARED, CPU, True),
        (CLEARED, ACCOUNT, True),
        (RAISED, VOIP01, True),
        (CLEARED, "sensor.gone", False),
    ],
)
async def test_all_ok_asks_that_all_of_the_target_is_known_to_be_ok(
    hass: HomeAssistant,
    deliver: Deliver,
    alert: dict[str, Any],
    entity_id: str | None,
    expected: bool,
) -> None:
    """Neither Bleemeo's Unknown nor a removed metric is OK."""
    await deliver(documented() | {"status": 0})
    await deliver(alert)
    assert await passes(hass, "all_ok", entity_id) is expected


@pytest.mark.parametrize(
    ("entity_id", "expected"),
    [(None, False), (ACCOUNT, False), ("sensor.app01_status", False), (WEB01, True)],
)
async def test_a_server_of_which_nothing_is_known_yet_is_not_ok(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    entity_id: str | None,
    expected: bool,
) -> None:
    """Nor is its account: Bleemeo lists something open on it, until the second look."""
    await deliver(CLEARED)
    doubted = AgentProfile(name="app01", is_doubted=True)
    await entry.runtime_data.hub.listed.async_show_agents({APP01: doubted})
    await hass.async_block_till_done()
    assert await passes(hass, "all_ok", entity_id) is expected


async def test_a_target_of_which_something_is_gone_is_not_ok(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """A server that was forgotten may be down; what is open of the rest still is."""
    await deliver(CLEARED)
    assert not await passes(hass, "all_ok", [CPU, "sensor.gone"])


async def test_what_is_not_ours_in_a_target_is_not_asked(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """As in a group of all that matters in the house."""
    await deliver(CLEARED)
    hass.states.async_set("binary_sensor.door", "on")
    members = {"entity_id": [CPU, "binary_sensor.door"]}
    hass.states.async_set("group.all_that_matters", "on", members)
    assert await passes(hass, "all_ok", "group.all_that_matters")


async def test_what_of_a_target_is_gone_hides_nothing_that_is_open(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """One open alert is enough."""
    await deliver(RAISED)
    assert await passes(hass, "alert_is_open", [CPU, "sensor.gone"])


@pytest.mark.parametrize("entity_id", [None, CPU])
@pytest.mark.parametrize("key", ["all_ok", "alert_is_open"])
async def test_an_entry_that_is_not_loaded_is_neither_ok_nor_a_problem(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    key: str,
    entity_id: str | None,
) -> None:
    """Its statuses are not known."""
    await deliver(CLEARED if key == "all_ok" else RAISED)
    await hass.config_entries.async_unload(entry.entry_id)
    assert not await passes(hass, key, entity_id)


async def test_an_account_that_was_never_heard_of_is_not_ok(
    hass: HomeAssistant, client: object
) -> None:
    """Nor is anything of it."""
    for entity_id in (None, ACCOUNT):
        assert not await passes(hass, "all_ok", entity_id)


async def test_what_is_silenced_is_not_ok(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """It is only not told."""
    await deliver(RAISED)
    await hass.services.async_call(DOMAIN, "silence", {"entity_id": CPU}, blocking=True)
    assert not await passes(hass, "all_ok")


async def test_without_any_account_nothing_is_ok(hass: HomeAssistant) -> None:
    """There is nothing to check."""
    assert await async_setup_component(hass, "bleemeo", {})
    assert not await passes(hass, "all_ok")


async def test_a_test_alert_that_is_over_makes_nothing_known(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Only Bleemeo can say that all is OK."""
    await setup_integration(hass, entry)
    data = {"status": "ok"}
    await hass.services.async_call(DOMAIN, "send_test_alert", data, blocking=True)
    assert not await passes(hass, "all_ok")


@pytest.mark.parametrize(("entity_id", "expected"), [(None, False), (ACCOUNT, True)])
async def test_of_a_disabled_entry_nothing_is_known(
    hass: HomeAssistant, deliver: Deliver, entity_id: str | None, expected: bool
) -> None:
    """The other account alone can be asked for by its target."""
    await deliver(CLEARED)
    MockConfigEntry(
        domain=DOMAIN, title="Old", disabled_by=ConfigEntryDisabler.USER
    ).add_to_hass(hass)
    assert await passes(hass, "all_ok", entity_id) is expected
