"""Tests of the entities and devices after a constructed day of alerts."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.bleemeo.const import CONF_FLAPPING_THRESHOLD, DOMAIN
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from . import (
    AGENT,
    METRIC,
    a_day,
    documented,
    give_names,
    payload,
    setup_integration,
    state,
    states,
)
from .conftest import Deliver

WEB01 = "2f177701-1ea1-5bff-8d00-f1059621d1f6"
CPU = f"{WEB01}_6bb724a0-b84e-5d80-9584-7ab051c4e873"


@pytest.fixture
async def day(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, deliver: Deliver
) -> None:
    """Deliver the documented alert and the constructed day."""
    for alert in (documented(), *a_day()):
        freezer.move_to(alert["modified_at"])
        freezer.tick(2)
        await deliver(alert)


@pytest.mark.usefixtures("enabled_by_default", "day")
@pytest.mark.parametrize(
    "platform",
    [
        Platform.BINARY_SENSOR,
        Platform.CALENDAR,
        Platform.EVENT,
        Platform.SENSOR,
        Platform.SWITCH,
        Platform.TODO,
    ],
)
async def test_entities(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    platform: Platform,
) -> None:
    """Every entity with its registry entry, state and attributes."""
    entries = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    for registered in entries:
        if registered.domain != platform:
            entity_registry.async_remove(registered.entity_id)
    # an event contains the device's id, which differs between runs; the second is not
    # in every version of Home Assistant
    stable = snapshot.with_defaults(exclude=props("device_id", "compat_name"))
    await snapshot_platform(hass, entity_registry, stable, entry.entry_id)


@pytest.mark.usefixtures("day")
async def test_devices(
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """The account's, and below it one for each agent."""
    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert sorted(devices, key=lambda device: device.name or "") == snapshot
    account = device_registry.async_get_device_by_identifier(
        (DOMAIN, entry.entry_id), entry.entry_id
    )
    assert account is not None
    assert {device.via_device_id for device in devices} == {None, account.id}


@pytest.mark.usefixtures("day")
async def test_entities_are_never_unavailable(hass: HomeAssistant) -> None:
    """Unknown always means that Bleemeo does not know."""
    assert "unavailable" not in states(hass).values()


ACCOUNT = {
    "binary_sensor.bleemeo_problem",
    "sensor.bleemeo_status",
    "sensor.bleemeo_critical",
    "sensor.bleemeo_warning",
    "sensor.bleemeo_status_unknown",
    "sensor.bleemeo_needs_attention",
}


async def test_nothing_is_calm_before_anything_is_known(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """An account's entities exist from the start, and say that nothing is known."""
    assert states(hass) == {
        **dict.fromkeys(ACCOUNT, "unknown"),
        "binary_sensor.bleemeo_alerts_not_arriving": "unknown",
        "button.bleemeo_check_the_address": "unknown",
        "sensor.bleemeo_rejected_alerts": "0",
        "sensor.bleemeo_missed_changes": "0",
    }
    assert "open" not in state(hass, "sensor.bleemeo_status").attributes


async def test_a_test_alert_makes_nothing_known(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """The first real one does, and it counts."""
    await hass.services.async_call(
        DOMAIN, "send_test_alert", {"status": "critical"}, blocking=True
    )
    await hass.async_block_till_done()
    assert {state(hass, entity_id).state for entity_id in ACCOUNT} == {"unknown"}
    await deliver(payload(status=0))
    assert {entity_id: state(hass, entity_id).state for entity_id in ACCOUNT} == {
        **dict.fromkeys(ACCOUNT, "0"),
        "binary_sensor.bleemeo_problem": "off",
        "sensor.bleemeo_status": "ok",
    }


async def test_one_open_alert_is_one_problem_for_home_assistant(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """Its own pages count every entity of the class, whatever its category."""
    await deliver(payload())
    problems = {
        each.entity_id
        for each in hass.states.async_all("binary_sensor")
        if each.state == "on"
    }
    assert len(problems) == 3
    counted = {
        entity_id
        for entity_id in problems
        if state(hass, entity_id).attributes.get("device_class") == "problem"
    }
    assert counted == {"binary_sensor.web01_example_com_problem"}


async def test_a_count_has_no_unit(hass: HomeAssistant, deliver: Deliver) -> None:
    """One alert is not '1 alerts', in no language."""
    await deliver(payload())
    units = {
        each.entity_id
        for each in hass.states.async_all("sensor")
        if "unit_of_measurement" in each.attributes
    }
    assert units == set()


async def test_what_a_person_decided_about_an_entity_stands(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """At each start, whatever its like are at first."""
    await deliver(payload())
    problem = entity_registry.async_update_entity(
        "binary_sensor.web01_example_com_cpu_problem",
        name="Busy",
        hidden_by=er.RegistryEntryHider.USER,
        device_class="problem",
    )
    status = entity_registry.async_update_entity(
        "sensor.web01_example_com_cpu", disabled_by=er.RegistryEntryDisabler.USER
    )
    alert = entity_registry.async_update_entity(
        "event.web01_example_com_alert", disabled_by=None
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    for decided in (problem, status, alert):
        found = entity_registry.entities[decided.entity_id]
        assert (found.name, found.hidden_by, found.disabled_by, found.device_class) == (
            decided.name,
            decided.hidden_by,
            decided.disabled_by,
            decided.device_class,
        )
    assert state(hass, alert.entity_id).attributes["event_types"]
    assert state(hass, problem.entity_id).attributes["device_class"] == "problem"


@pytest.mark.parametrize(
    ("status", "problem", "word"),
    [
        (0, "off", "ok"),
        (1, "on", "warning"),
        (2, "on", "critical"),
        (3, "unknown", "unknown"),
    ],
)
async def test_a_status_is_shown_everywhere(
    hass: HomeAssistant, deliver: Deliver, status: int, problem: str, word: str
) -> None:
    """On the metric, its agent and the account."""
    await deliver(payload(status=status))
    shown = states(hass)
    for name in ("web01_example_com", "bleemeo"):
        assert shown[f"binary_sensor.{name}_problem"] == problem
        assert shown[f"sensor.{name}_status"] == word
    assert shown["binary_sensor.web01_example_com_cpu_problem"] == problem
    assert shown["sensor.web01_example_com_cpu"] == word


async def test_a_repeat_writes_no_state(hass: HomeAssistant, deliver: Deliver) -> None:
    """A repeated delivery counts once, in the history too."""
    await deliver(payload())
    changes = async_capture_events(hass, "state_changed")
    await deliver(payload())
    assert changes == []


async def test_an_alert_is_the_cause_of_the_states(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """By the contexts. Each state has its own, so that none is the cause of another."""
    await deliver(payload())
    changes = async_capture_events(hass, "state_changed")
    alerts = async_capture_events(hass, "bleemeo_alert")
    await deliver(payload(status=2, id=None, status_changed_at="2026-11-21T08:00:00Z"))
    assert len(changes) == 5
    contexts = {event.context.id for event in [*changes, *alerts]}
    assert len(contexts) == 6
    parents = {event.context.parent_id for event in changes}
    assert parents == {alerts[0].context.id}
    assert alerts[0].context.parent_id is None


@pytest.mark.usefixtures("enabled_by_default")
async def test_an_alert_is_the_cause_of_the_states_of_the_event_entities(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """And they are not that of the alert, whose sentence would say so in Activity."""
    await deliver(payload())
    changes = async_capture_events(hass, "state_changed")
    alerts = async_capture_events(hass, "bleemeo_alert")
    await deliver(payload(status=2, id=None, status_changed_at="2026-11-21T08:00:00Z"))
    [alert] = alerts
    caused = [
        event.context
        for event in changes
        if event.data["entity_id"].startswith("event.")
    ]
    assert len({context.id for context in [*caused, alert.context]}) == 3
    assert {context.parent_id for context in caused} == {alert.context.id}


async def test_what_the_account_knows_is_no_cause_of_its_status(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """The first alert makes it known, before the alert itself is told."""
    changes = async_capture_events(hass, "state_changed")
    await deliver(payload(status=0))
    await hass.async_block_till_done()
    contexts = [
        event.context.id
        for event in changes
        if event.data["entity_id"].startswith(
            ("binary_sensor.bleemeo_problem", "sensor.bleemeo_status")
        )
    ]
    assert len(set(contexts)) == len(contexts) >= 2


async def test_a_rename_in_bleemeo_renames_here(
    hass: HomeAssistant,
    deliver: Deliver,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Names change, ids stay."""
    await deliver(payload())
    await deliver(
        payload(
            title="www.example.com - Processor is Critical",
            status=2,
            status_changed_at="2026-11-21T08:00:00Z",
        )
    )
    status = state(hass, "sensor.web01_example_com_cpu")
    assert status.name == "www.example.com Processor"
    registered = entity_registry.entities[status.entity_id]
    assert registered.original_name == "Processor"
    device = device_registry.async_get(registered.device_id or "")
    assert device is not None
    assert device.name == "www.example.com"
    problem = state(hass, "binary_sensor.web01_example_com_cpu_problem")
    assert problem.name == "www.example.com Processor problem"


async def test_a_name_given_by_the_user_stands(
    hass: HomeAssistant,
    deliver: Deliver,
) -> None:
    """Even after a rename in Bleemeo."""
    await deliver(payload())
    give_names(hass, "sensor.web01_example_com_cpu", "Shop", "Busy")
    await deliver(
        payload(
            title="www.example.com - Processor is Warning",
            status_changed_at="2026-11-21T08:00:00Z",
        )
    )
    # since 2026.11, Home Assistant itself prefixes the device's name
    name = state(hass, "sensor.web01_example_com_cpu").name
    assert name in {"Busy", "Shop Busy"}
    problem = state(hass, "binary_sensor.web01_example_com_problem")
    assert problem.name == "Shop Problem"


async def test_unique_ids_are_made_of_uuids(
    hass: HomeAssistant, deliver: Deliver, entity_registry: er.EntityRegistry
) -> None:
    """They do not depend on names in Bleemeo."""
    await deliver(payload())
    await deliver(documented())
    await deliver(documented() | {"metric": None})
    found = {
        (domain, uid): entity_registry.async_get_entity_id(domain, DOMAIN, uid)
        for domain, uid in (
            ("sensor", f"{CPU}_status"),
            ("binary_sensor", f"{CPU}_problem"),
            ("sensor", f"{AGENT}_{METRIC}_status"),
            ("sensor", f"{AGENT}_agent_status"),
            ("sensor", f"{AGENT}_status"),
            ("event", f"{WEB01}_alert"),
        )
    }
    assert None not in found.values()
    assert len(set(found.values())) == len(found)


async def test_flapping_goes_by_the_option(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """From this number of changes per hour."""
    freezer.move_to("2026-11-20T08:01:00Z")
    await deliver(payload(number_status_change_last_hour=5))
    entity_id = "sensor.web01_example_com_cpu"
    assert state(hass, entity_id).attributes["flapping"] is False
    hass.config_entries.async_update_entry(entry, options={CONF_FLAPPING_THRESHOLD: 5})
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, entity_id).attributes["flapping"] is True


async def test_html_and_templates_in_a_title_are_text(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """They are neither rendered nor evaluated."""
    title = "<b>web</b> {{ 1 + 1 }} {metric} - {x} CPU %s is OK"
    await deliver(payload(title=title))
    [status] = [
        sensor
        for sensor in hass.states.async_all("sensor")
        if sensor.attributes.get("title") == title
    ]
    assert status.name == "<b>web</b> {{ 1 + 1 }} {metric} {x} CPU %s"


async def test_a_modified_text_is_shown_without_an_event(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """The event was already announced."""
    await deliver(payload())
    events = async_capture_events(hass, "bleemeo_alert")
    response = await deliver(
        payload(text="Current value: 99.00 %", modified_at="2026-11-21T08:00:00Z")
    )
    assert await response.json() == {"result": "repeat"}
    status = state(hass, "sensor.web01_example_com_cpu")
    assert status.attributes["value"] == 99.0
    assert events == []


async def test_the_accounts_device_is_called_as_its_entry(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Also when a person renames the entry, so that two accounts are told apart."""
    await setup_integration(hass, entry)
    hass.config_entries.async_update_entry(entry, title="Acme")
    await hass.async_block_till_done()
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert device.name == "Acme"
    assert state(hass, "sensor.bleemeo_status").name == "Acme Status"
