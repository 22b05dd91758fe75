"""Tests of the quality scale's rules, as far as a program can check them.

The rules are those of https://developers.home-assistant.io/docs/core/integration-quality-scale.
"""

import ast
import importlib
import tomllib
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.bleemeo import PLATFORMS, config_flow
from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.entity import BleemeoEntity
from custom_components.bleemeo.flow import address_steps
from custom_components.bleemeo.hub import TROUBLES
from custom_components.bleemeo.on_demand import ON_DEMAND
from custom_components.bleemeo.texts import HOUSE, LANGUAGES
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.setup import async_setup_component

from . import a_day, setup_integration
from .conftest import Deliver
from .raised import outcomes, raised
from .source import (
    INTEGRATION,
    ROOT,
    all_documents,
    constants,
    headings,
    leaves,
    modules,
    placeholders,
    read_json,
    read_yaml,
    texts,
)

RULES = {
    "bronze": """
        action-setup appropriate-polling brands common-modules config-flow
        config-flow-test-coverage dependency-transparency docs-actions docs-conditions
        docs-high-level-description docs-installation-instructions
        docs-removal-instructions docs-triggers entity-event-setup entity-unique-id
        has-entity-name runtime-data test-before-configure test-before-setup
        unique-config-entry
    """,
    "silver": """
        action-exceptions config-entry-unloading docs-configuration-parameters
        docs-installation-parameters entity-unavailable integration-owner
        log-when-unavailable parallel-updates reauthentication-flow test-coverage
    """,
    "gold": """
        devices diagnostics discovery discovery-update-info docs-data-update
        docs-examples docs-known-limitations docs-supported-devices
        docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices
        entity-category entity-device-class entity-disabled-by-default
        entity-translations exception-translations icon-translations
        reconfiguration-flow repair-issues stale-devices
    """,
    "platinum": "async-dependency inject-websession strict-typing",
}

# the place of each kind of text, by the rule that requires it
SECTIONS = {
    "docs-actions": ("docs/actions.md", "Actions"),
    "docs-conditions": ("docs/conditions.md", "Conditions"),
    "docs-configuration-parameters": ("docs/options.md", "Options"),
    "docs-data-update": ("README.md", "How alerts get here"),
    "docs-examples": ("README.md", "Automations to copy"),
    "docs-high-level-description": ("README.md", "Bleemeo for Home Assistant"),
    "docs-installation-instructions": ("README.md", "Install"),
    "docs-installation-parameters": ("README.md", "First alert"),
    "docs-known-limitations": ("README.md", "Known limits"),
    "docs-removal-instructions": ("README.md", "Remove"),
    "docs-supported-functions": ("README.md", "What you get"),
    "docs-troubleshooting": ("docs/troubleshooting.md", "Troubleshooting"),
    "docs-triggers": ("docs/triggers.md", "Triggers"),
    "docs-use-cases": ("README.md", "What it is good for"),
}

DISCOVERY = {"bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf"}


@pytest.fixture(scope="module", name="rules")
def read_rules() -> dict[str, dict[str, str]]:
    """Return status and comment of each rule."""
    return {
        rule: {"status": value} if isinstance(value, str) else value
        for rule, value in read_yaml("quality_scale.yaml")["rules"].items()
    }


@pytest.fixture
async def registered(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    enabled_by_default: None,
    deliver: Deliver,
    entry: MockConfigEntry,
) -> list[er.RegistryEntry]:
    """Return all entities after a day of alerts."""
    for alert in a_day():
        await deliver(alert)
    return er.async_entries_for_config_entry(entity_registry, entry.entry_id)


def entities(hass: HomeAssistant) -> list[Entity]:
    """Return the objects behind our entities."""
    return [
        entity
        for component in hass.data[DATA_INSTANCES].values()
        for entity in component.entities
        if entity.platform.platform_name == DOMAIN
    ]


def test_each_rule_is_done_or_exempt(rules: dict[str, dict[str, str]]) -> None:
    """Each is kept, or it is said why it cannot be."""
    assert sorted(rules) == sorted(" ".join(RULES.values()).split())
    assert len(rules) == 54
    for rule, value in rules.items():
        assert value.keys() <= {"status", "comment"}, rule
        assert value["status"] in {"done", "exempt"}, rule
        if value["status"] != "done":
            assert value["comment"], rule
        assert "\n" not in value.get("comment", ""), rule


def test_rules_are_in_the_order_of_their_tiers(
    rules: dict[str, dict[str, str]],
) -> None:
    """In core's order, so that they are easy to find."""
    tiers = [
        tier for rule in rules for tier, names in RULES.items() if rule in names.split()
    ]
    assert tiers == sorted(tiers, key=list(RULES).index)


async def test_actions_are_there_without_an_entry(hass: HomeAssistant) -> None:
    """An automation that uses one is valid even while the entry is not loaded."""
    assert await async_setup_component(hass, DOMAIN, {})
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert registered.keys() == read_yaml("services.yaml").keys()


def test_who_logs_in_can_log_in_again() -> None:
    """Access to the API can be renewed."""
    has_login = (INTEGRATION / "api").exists()
    flow = config_flow.BleemeoConfigFlow
    assert (hasattr(flow, "async_step_reauth"), has_login) in {
        (True, True),
        (False, False),
    }
    assert hasattr(flow, "async_step_reconfigure")


def test_each_field_of_a_form_is_explained() -> None:
    """Each has a name and a description, and there are none for missing fields."""
    steps = [
        step
        for flow in ("config", "options")
        for step in texts()[flow]["step"].values()
    ]
    parts = [*steps, *(s for step in steps for s in step.get("sections", {}).values())]
    for part in parts:
        assert part.get("data", {}).keys() == part.get("data_description", {}).keys()
    explained = {name for part in parts for name in part.get("data", {})}
    sections = {name for step in steps for name in step.get("sections", {})}
    asked = {
        str(marker.schema)
        for module in (config_flow, address_steps)
        for schema in vars(module).values()
        if isinstance(schema, vol.Schema) and isinstance(schema.schema, dict)
        for marker in schema.schema
    }
    assert asked
    assert asked - explained - sections == set()


def test_nothing_is_installed_along() -> None:
    """What the integration needs is Home Assistant's own."""
    assert "requirements" not in read_json("manifest.json")


def test_nothing_is_discovered() -> None:
    """So the rules about discovery do not apply."""
    assert not DISCOVERY & read_json("manifest.json").keys()


def test_each_platform_says_how_many_updates_may_run_at_once() -> None:
    """Zero, because no entity fetches anything."""
    for platform in (*PLATFORMS, *ON_DEMAND):
        module = importlib.import_module(f"custom_components.bleemeo.{platform}")
        assert module.PARALLEL_UPDATES == 0


def test_data_of_an_entry_is_in_its_runtime_data() -> None:
    """Everything else in `hass.data` has a typed key."""
    for path in INTEGRATION.rglob("*.py"):
        assert "hass.data[DOMAIN]" not in path.read_text("utf-8"), path.name


async def test_entities_have_ids_names_and_devices(
    hass: HomeAssistant, registered: list[er.RegistryEntry]
) -> None:
    """All use the base entity, never poll, and no id is made from a name."""
    assert {row.domain for row in registered} <= {*PLATFORMS, *ON_DEMAND}
    ours = entities(hass)
    assert len(ours) == len(registered)
    for entity in ours:
        assert isinstance(entity, BleemeoEntity)
        assert not entity.should_poll
        assert entity.has_entity_name
        assert entity.device_entry is not None
    hosts = {alert["title"].split(" - ")[0].split(".")[0] for alert in a_day()}
    for row in registered:
        assert not any(host in row.unique_id for host in hosts)


async def test_entities_stop_listening_when_they_go(
    hass: HomeAssistant, registered: list[er.RegistryEntry], entry: MockConfigEntry
) -> None:
    """An unloaded entry leaves no callback behind."""
    announcer = entry.runtime_data.hub.announcer
    assert any(announcer._listeners.values())
    assert any(announcer._alert_listeners.values())
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not any(announcer._listeners.values())
    assert not any(announcer._alert_listeners.values())


async def test_some_entities_are_off_at_first(
    entity_registry: er.EntityRegistry, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Those that few users need: about deliveries, and what Activity says anyway."""
    rows = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    disabled = {row.entity_id: row for row in rows if row.disabled_by}
    assert disabled.keys() == {
        "calendar.bleemeo_incidents",
        "event.bleemeo_alert",
        "sensor.bleemeo_delivery_delay",
        "todo.bleemeo_open_alerts",
    }
    assert disabled["sensor.bleemeo_delivery_delay"].entity_category


async def test_entities_are_of_a_class(
    hass: HomeAssistant, registered: list[er.RegistryEntry]
) -> None:
    """A sensor without a class is a count; a binary one says in words what it means."""
    names = texts()["entity"]
    for row in registered:
        if row.original_device_class is not None:
            continue
        if row.domain == "sensor":
            assert row.capabilities is not None
            assert row.capabilities["state_class"], row.entity_id
        elif row.domain == "binary_sensor":
            translated = names[row.domain][row.translation_key or ""]
            assert translated["state"].keys() == {"on", "off"}, row.entity_id


async def test_entities_are_translated(registered: list[er.RegistryEntry]) -> None:
    """Each has a name and texts for its states; no text is unused."""
    names = texts()["entity"]
    for domain, translated in names.items():
        assert domain in {*PLATFORMS, *ON_DEMAND}
        assert translated.keys() <= constants(f"custom_components.bleemeo.{domain}")
    for row in registered:
        translated = names[row.domain][row.translation_key or ""]
        assert translated["name"], row.entity_id
        capabilities = row.capabilities or {}
        if options := capabilities.get("options"):
            assert translated["state"].keys() == set(options), row.entity_id
        if types := capabilities.get("event_types"):
            words = translated["state_attributes"]["event_type"]["state"]
            assert words.keys() == set(types), row.entity_id


OF_A_SERVER = {"kind", "services", "tags"}


async def test_attributes_are_translated(
    hass: HomeAssistant, registered: list[er.RegistryEntry]
) -> None:
    """Each attribute of a sensor has a name; a server has its own with access only."""
    names = texts()["entity"]
    for entity in entities(hass):
        attributes = dict(entity.extra_state_attributes or {})
        # the frontend never lists it
        attributes.pop("custom_ui_state_card", None)
        domain = entity.platform.domain
        if attributes and domain in ("sensor", "binary_sensor"):
            translated = names[domain][entity.translation_key or ""]
            texts_of_all = translated.get("state_attributes", {})
            if entity.translation_key == "status":
                assert texts_of_all.keys() == attributes.keys() | OF_A_SERVER
            else:
                assert texts_of_all.keys() == attributes.keys()


def test_all_that_is_named_has_an_icon() -> None:
    """Entities and their states, actions, triggers and conditions."""
    icons, names = read_json("icons.json"), texts()
    assert icons["services"].keys() == names["services"].keys()
    assert icons["triggers"].keys() == names["triggers"].keys()
    assert icons["conditions"].keys() == names["conditions"].keys()
    assert icons["entity"].keys() == names["entity"].keys()
    for domain, of_domain in names["entity"].items():
        assert icons["entity"][domain].keys() == of_domain.keys()
        for key, translated in of_domain.items():
            icon = icons["entity"][domain][key]
            assert icon["default"]
            if states := translated.get("state"):
                assert icon["state"].keys() == states.keys(), key
            for name, attribute in translated.get("state_attributes", {}).items():
                if states := attribute.get("state"):
                    shown = icon["state_attributes"][name]["state"]
                    assert shown.keys() == states.keys(), key


def test_each_exception_that_a_person_reads_is_translated() -> None:
    """With all of its text's placeholders, and no text is unused."""
    messages = texts()["exceptions"]
    found = list(raised())
    assert [each.where for each in found if each.key not in messages] == []
    for each in found:
        wanted = placeholders(messages[each.key or ""]["message"])
        assert wanted <= each.placeholders, each.where
        assert each.is_shared or wanted == each.placeholders, each.where
    assert {each.key for each in found} == messages.keys()


def test_each_trouble_is_told_in_words() -> None:
    """Each repair has a text, and each text a repair."""
    named = {constant for name in modules() for constant in constants(name)}
    assert texts()["issues"].keys() <= named
    assert {trouble.key for trouble in TROUBLES} <= texts()["issues"].keys()


def test_each_text_that_is_chosen_by_a_program_is_there() -> None:
    """A selector's options have texts."""
    files = [
        read_yaml(f"{name}.yaml") for name in ("services", "triggers", "conditions")
    ]
    asked: dict[str, set[str]] = {}
    for file in files:
        for path, _ in leaves(file):
            if path[-2:-1] == ("select",) and path[-1] == "translation_key":
                select: Any = file
                for step in path[:-1]:
                    select = select[step]
                asked.setdefault(select["translation_key"], set()).update(
                    option if isinstance(option, str) else option["value"]
                    for option in select["options"]
                )
    assert asked
    # whoever looks for a language looks for its own name, so only this has a text
    assert asked["language"] == set(LANGUAGES)
    asked["language"] = {HOUSE}
    selectors = texts()["selector"]
    for key, options in asked.items():
        assert selectors[key]["options"].keys() == options, key


def test_each_reason_to_end_a_flow_is_told_in_words() -> None:
    """No reason is shown as a key."""
    reasons = {
        constant.value
        for tree in modules().values()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("async_abort")
        for keyword in call.keywords
        if keyword.arg == "reason"
        for constant in outcomes(keyword.value)
    }
    aborts = {
        key
        for flow in (
            texts()["config"],
            texts()["options"],
            *(issue.get("fix_flow", {}) for issue in texts()["issues"].values()),
        )
        for key in flow.get("abort", {})
    }
    aborts |= {
        key
        for issue in texts()["issues"].values()
        for key in issue.get("fix_flow", {}).get("abort", {})
    }
    assert reasons
    assert reasons <= aborts


@pytest.mark.parametrize("rule", SECTIONS)
def test_documents_have_their_sections(
    rule: str, rules: dict[str, dict[str, str]]
) -> None:
    """If a rule about them is done."""
    path, heading = SECTIONS[rule]
    assert rules[rule]["status"] == "done"
    assert heading in headings((ROOT / path).read_text("utf-8"))


def test_each_rule_about_documents_has_its_section(
    rules: dict[str, dict[str, str]],
) -> None:
    """No such rule is done without one."""
    done = {
        rule
        for rule, value in rules.items()
        if rule.startswith("docs-") and value["status"] == "done"
    }
    assert done == SECTIONS.keys()


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_documents_name_all_that_automations_use(kind: str) -> None:
    """Each action, trigger and condition, with each of its fields."""
    text = all_documents()
    for key, description in read_yaml(f"{kind}.yaml").items():
        if key.startswith("."):
            continue
        assert f"`{DOMAIN}.{key}`" in text
        for field in (description or {}).get("fields", {}):
            assert f"`{field}`" in text, f"{key}: {field}"


def test_documents_name_all_options() -> None:
    """By their names in the form."""
    text = all_documents().casefold()
    for step in texts()["options"]["step"].values():
        for name in step.get("data", {}).values():
            assert name.casefold() in text


def test_coverage_and_types_are_as_strict_as_the_rules_ask() -> None:
    """The checks themselves are part of scripts/test."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["coverage"]["report"]["fail_under"] >= 95
    assert project["tool"]["mypy"]["strict"]
    checks = (ROOT / "scripts" / "test").read_text("utf-8")
    assert 'for flow in config_flow options_flow "flow/*"; do' in checks
    assert '--include="*/$flow.py" --fail-under=100' in checks


async def test_an_owner_is_named(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Somebody is responsible for the integration, which sets up and unloads."""
    assert all(
        name.startswith("@") for name in read_json("manifest.json")["codeowners"]
    )
    await setup_integration(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
