"""Tests of what all blueprints share, and of their documentation."""

import json
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import yaml

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.texts import HOUSE, LANGUAGES
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.blueprint.models import Blueprint, DomainBlueprints
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from tests.source import REPOSITORY

from . import FOLDER, NAMES, ROOT, Automate, Change, settle

RELEASED: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "released_inputs.json").read_text("utf-8")
)


@pytest.mark.parametrize("name", NAMES)
async def test_each_file_is_a_blueprint_that_says_where_it_comes_from(
    hass: HomeAssistant, blueprints: None, name: str
) -> None:
    """Home Assistant loads it, and finds updates at its address."""
    assert await async_setup_component(hass, AUTOMATION, {})
    loader: DomainBlueprints = hass.data["blueprint"][AUTOMATION]
    blueprint = await loader.async_get_blueprint(f"{DOMAIN}/{name}.yaml")
    assert isinstance(blueprint, Blueprint)
    assert blueprint.validate() is None
    metadata = blueprint.metadata
    path = (FOLDER / f"{name}.yaml").relative_to(ROOT)
    assert metadata["source_url"] == f"{REPOSITORY}/blob/main/{path}"
    assert metadata["homeassistant"]["min_version"] == "2026.10.0"
    assert metadata["name"].startswith("Bleemeo: ")
    assert len(metadata["description"]) > 40
    for key, described in blueprint.inputs.items():
        assert described["name"], key
        assert described["selector"], key


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("announce", {"voice": "tts.voice", "speakers": ["media_player.one"]}, 0),
        ("daily_digest", {"receivers": ["notify.somebody"]}, 1),
        ("escalation", {"people": ["person.anna"]}, 0),
        ("light_signal", {"lights": ["light.one"]}, 0),
        ("notify_phone", {"receivers": ["notify.somebody"]}, 0),
    ],
)
async def test_each_may_be_run_by_hand(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    name: str,
    inputs: dict[str, Any],
    expected: int,
) -> None:
    """People press *Run*: it fails at nothing, and only the digest has something to say."""
    texts = async_mock_service(hass, "notify", "send_message")
    spoken = async_mock_service(hass, "tts", "speak")
    await automate(name, **inputs)
    await change("warning")
    texts.clear()
    # one run lasts as long as its signal
    await hass.services.async_call(
        AUTOMATION, "trigger", {"entity_id": f"automation.{name}"}
    )
    for _ in range(3):
        await settle(hass)
    assert len(texts) + len(spoken) == expected


@pytest.mark.parametrize("name", NAMES)
async def test_each_offers_every_language(
    hass: HomeAssistant, blueprints: None, name: str
) -> None:
    """The digest, which has words of its own, has each of them in every language."""
    assert await async_setup_component(hass, AUTOMATION, {})
    loader: DomainBlueprints = hass.data["blueprint"][AUTOMATION]
    blueprint = await loader.async_get_blueprint(f"{DOMAIN}/{name}.yaml")
    if "language" not in blueprint.inputs:
        return
    options = blueprint.inputs["language"]["selector"]["select"]["options"]
    offered = {option["value"] for option in options} | {HOUSE}
    assert offered == set(LANGUAGES)
    if words := blueprint.data["variables"].get("words"):
        for language in offered - {HOUSE}:
            found = Template(words, hass).async_render({"language": language})
            assert len(found) == 14, language
            assert all(found), language


@pytest.mark.parametrize("name", NAMES)
def test_no_file_names_an_entity(name: str) -> None:
    """Entity ids differ between homes."""
    text = (FOLDER / f"{name}.yaml").read_text()
    domains = "automation|binary_sensor|counter|device_tracker|event|input_[a-z]+|light"
    domains += "|media_player|notify|person|scene|script|sensor|switch|tts|zone"
    named = set(re.findall(rf"(?<![.\w])(?:{domains})\.[a-z0-9_]+(?![\w{{])", text))
    actions = set(re.findall(r'\baction: "?([a-z_]+\.[a-z_]+)', text))
    assert named <= actions


@pytest.mark.parametrize("name", NAMES)
async def test_an_update_breaks_no_automation(
    hass: HomeAssistant, blueprints: None, name: str
) -> None:
    """Each input of the last release is there, of the same kind; a new one has a default.

    Whoever releases records the inputs in `released_inputs.json`.
    """
    assert await async_setup_component(hass, AUTOMATION, {})
    loader: DomainBlueprints = hass.data["blueprint"][AUTOMATION]
    blueprint = await loader.async_get_blueprint(f"{DOMAIN}/{name}.yaml")
    inputs = {
        key: next(iter(described["selector"]))
        for key, described in blueprint.inputs.items()
    }
    released = RELEASED[name]
    assert inputs | released == inputs
    for key in inputs.keys() - released.keys():
        assert "default" in blueprint.inputs[key], key


def test_all_blueprints_are_recorded() -> None:
    """A name that changes would leave automations without updates."""
    assert RELEASED.keys() <= set(NAMES)


def test_there_are_the_six_that_the_documentation_offers() -> None:
    """Each with a button that imports it."""
    page = (ROOT / "docs" / "automations.md").read_text()
    found = re.findall(
        r"blueprint_import/\?blueprint_url=https%3A%2F%2Fgithub.com%2F\S+%2F(\w+)\.yaml\)",
        page,
    )
    assert sorted(found) == NAMES
    assert len(NAMES) == 6


def test_the_automations_in_the_documentation_are_valid_yaml() -> None:
    """Users copy them."""
    page = (ROOT / "docs" / "automations.md").read_text()
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(examples) >= 3
    for example in examples:
        assert set(yaml.safe_load(example)) >= {"alias", "triggers", "actions"}
