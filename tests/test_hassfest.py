"""Test what Home Assistant's own checker requires of a custom integration.

The rules follow `script/hassfest` of home-assistant/core, which runs in the workflow
"Validate" and needs a copy of core. Where it only warns, or requires of core alone what
helps users (names, descriptions, icons), these tests fail too.
"""

import ast
from collections.abc import Callable
from pathlib import Path
import re
from typing import Any

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
import pytest
import voluptuous as vol
from yarl import URL

from homeassistant import components
from homeassistant.const import Platform
from homeassistant.helpers import config_validation as cv, selector

from .source import (
    INTEGRATION,
    leaves,
    modules,
    placeholders,
    read_json,
    read_yaml,
    texts,
)

KEY = re.compile(r"(?!.+[_-]{2})[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
ADDRESS = re.compile(
    r"(?:\b(?:https?|ftps?|mqtts?|socket|scp)://|\bwww\.)[a-z0-9]", re.IGNORECASE
)
HTML = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)

# integrations that may be imported without being a dependency
ALWAYS_THERE = {
    *(platform.value for platform in Platform),
    *("automation", "conversation", "device_automation", "frontend", "group"),
    *("homeassistant", "media_source", "onboarding", "panel_custom"),
    *("persistent_notification", "person", "script", "sun", "system_health"),
    *("system_log", "webhook", "websocket_api", "zone"),
}


def key(value: object) -> str:
    """Accept a translation key."""
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise vol.Invalid(f"{value} is no translation key")
    return value


def text(value: object) -> str:
    """Accept a text that translators and the frontend can handle."""
    if not isinstance(value, str) or not value or value != value.strip():
        raise vol.Invalid("expected a text without spaces around it")
    if HTML.search(value):
        raise vol.Invalid("HTML is not allowed")
    if ADDRESS.search(value):
        raise vol.Invalid("an address belongs into a placeholder")
    if "[%" in value or "%]" in value:
        raise vol.Invalid("references are for core only")
    if re.search(r"'{\w+}'", value):
        raise vol.Invalid("a placeholder must not be in single quotes")
    if not all(name.isidentifier() for name in placeholders(value)):
        raise vol.Invalid("a placeholder must be an identifier")
    return value


def plain(value: object) -> str:
    """Accept a text without placeholders."""
    if placeholders(text(value)):
        raise vol.Invalid("placeholders are not filled in here")
    return str(value)


def icon(value: object) -> str:
    """Accept a Material Design icon."""
    if not isinstance(value, str) or not re.fullmatch(r"mdi:[a-z0-9-]+", value):
        raise vol.Invalid("expected mdi: and a name")
    return value


def keyed(value: Any, keys: Callable[[Any], Any] = key) -> dict[Any, Any]:
    """Return the schema of a mapping with translation keys."""
    return {keys: value}


FIELDS = keyed({vol.Required("name"): text, vol.Required("description"): text})
NAMED = {vol.Required("name"): text, vol.Required("description"): text}
STEP = {
    vol.Optional("title"): text,
    vol.Optional("description"): text,
    vol.Optional("submit"): text,
    **{
        vol.Optional(name): keyed(text)
        for name in (
            "data",
            "data_description",
            "menu_options",
            "menu_option_descriptions",
        )
    },
    vol.Optional("sections"): keyed(
        {
            vol.Optional("name"): text,
            vol.Optional("description"): text,
            vol.Optional("data"): keyed(text),
            vol.Optional("data_description"): keyed(text),
        }
    ),
}
FLOW = {
    vol.Optional("flow_title"): text,
    vol.Required("step"): keyed(STEP),
    **{
        vol.Optional(name): keyed(text)
        for name in ("error", "abort", "progress", "create_entry")
    },
    vol.Optional("initiate_flow"): {vol.Required("user"): text},
}
ENTITY = {
    vol.Optional("name"): text,
    vol.Optional("state"): keyed(plain),
    vol.Optional("state_attributes"): keyed(
        {vol.Optional("name"): plain, vol.Optional("state"): keyed(plain)}
    ),
    vol.Optional("unit_of_measurement"): plain,
}
TEXTS = vol.Schema(
    {
        vol.Optional("title"): text,
        vol.Optional("common"): keyed(text, cv.slug),
        vol.Optional("config"): FLOW,
        vol.Optional("config_panel"): dict,
        vol.Optional("options"): FLOW,
        vol.Optional("device"): keyed({vol.Optional("name"): text}),
        vol.Optional("entity"): keyed(keyed(ENTITY), cv.slug),
        vol.Optional("exceptions"): keyed({vol.Required("message"): text}, cv.slug),
        vol.Optional("issues"): keyed(
            vol.Any(
                {vol.Required("title"): text, vol.Required("description"): text},
                {vol.Required("title"): text, vol.Required("fix_flow"): FLOW},
            )
        ),
        vol.Optional("selector"): keyed(
            {
                vol.Optional("choices"): keyed(text),
                vol.Optional("options"): keyed(text),
                vol.Optional("unit_of_measurement"): keyed(text),
                vol.Optional("fields"): FIELDS,
            },
            cv.slug,
        ),
        vol.Optional("services"): keyed(
            {
                **NAMED,
                vol.Optional("fields"): FIELDS,
                vol.Optional("sections"): keyed(
                    {vol.Required("name"): text, vol.Optional("description"): text}
                ),
            }
        ),
        vol.Optional("system_health"): {vol.Optional("info"): keyed(text)},
        **{
            vol.Optional(kind): keyed(
                {**NAMED, vol.Optional("fields"): FIELDS}, cv.underscore_slug
            )
            for kind in ("conditions", "triggers")
        },
    }
)

STATES = keyed(icon)
STEP_ICONS = {"step": {str: {"sections": {str: icon}}}}
ICONS = vol.Schema(
    {
        vol.Optional("config"): STEP_ICONS,
        vol.Optional("options"): STEP_ICONS,
        vol.Optional("issues"): {str: {"fix_flow": STEP_ICONS}},
        vol.Optional("conditions"): keyed({"condition": icon}, cv.underscore_slug),
        vol.Optional("triggers"): keyed({"trigger": icon}, cv.underscore_slug),
        vol.Optional("services"): keyed(
            {vol.Optional("service"): icon, vol.Optional("sections"): STATES}
        ),
        vol.Optional("entity"): keyed(
            keyed(
                {
                    vol.Optional("default"): icon,
                    vol.Optional("range"): {str: icon},
                    vol.Optional("state"): STATES,
                    vol.Optional("state_attributes"): keyed(
                        {vol.Optional("default"): icon, vol.Optional("state"): STATES}
                    ),
                }
            ),
            cv.slug,
        ),
    }
)

FIELD = {
    vol.Optional("example"): vol.Any(str, int, float, bool, list, dict),
    vol.Optional("default"): vol.Any(str, int, float, bool, list, dict),
    vol.Optional("required"): bool,
    vol.Required("selector"): selector.validate_selector,
}
TARGET = selector.TargetSelector.CONFIG_SCHEMA
FIELDED = {
    vol.Optional("target"): vol.Any(TARGET, None),
    vol.Optional("fields"): keyed(
        vol.Any(
            FIELD,
            {
                vol.Optional("collapsed"): bool,
                vol.Required("fields"): keyed(FIELD),
            },
        )
    ),
}

MANIFEST = vol.Schema(
    {
        vol.Required("domain"): cv.slug,
        vol.Required("name"): str,
        vol.Optional("after_dependencies"): [str],
        vol.Required("codeowners"): [vol.All(str, vol.Match("^@"))],
        vol.Optional("config_flow"): bool,
        vol.Optional("dependencies"): [str],
        vol.Required("documentation"): vol.Url(),
        vol.Required("integration_type"): vol.In(
            ["device", "entity", "hardware", "helper", "hub", "service", "system"]
        ),
        vol.Required("iot_class"): vol.In(
            [
                "assumed_state",
                "calculated",
                "cloud_polling",
                "cloud_push",
                "local_polling",
                "local_push",
            ]
        ),
        vol.Required("issue_tracker"): vol.Url(),
        vol.Optional("loggers"): [str],
        vol.Optional("requirements"): [str],
        vol.Optional("single_config_entry"): bool,
        vol.Required("version"): str,
    }
)


def test_manifest() -> None:
    """It has only known keys, in order, with valid values."""
    manifest = read_json("manifest.json")
    MANIFEST(manifest)
    rest = [name for name in manifest if name not in {"domain", "name"}]
    assert list(manifest) == ["domain", "name", *sorted(rest)]
    assert manifest["domain"] == INTEGRATION.name
    documentation = URL(manifest["documentation"])
    assert documentation.scheme == "https"
    # core's own integrations are documented there
    assert documentation.host != "www.home-assistant.io"
    AwesomeVersion(
        manifest["version"],
        ensure_strategy=[
            AwesomeVersionStrategy.CALVER,
            AwesomeVersionStrategy.SEMVER,
            AwesomeVersionStrategy.SIMPLEVER,
            AwesomeVersionStrategy.BUILDVER,
            AwesomeVersionStrategy.PEP440,
        ],
    )
    assert manifest["config_flow"] == (INTEGRATION / "config_flow.py").exists()


def test_domain_is_free() -> None:
    """A custom integration of the same name would replace core's."""
    assert not any(
        (path / "bleemeo").exists() for path in map(Path, components.__path__)
    )


def test_dependencies_are_named() -> None:
    """Imported integrations are loaded before this one."""
    manifest = read_json("manifest.json")
    named = {*manifest.get("dependencies", [])}
    named_after = {*manifest.get("after_dependencies", [])}
    assert not named & named_after
    there = {path.name for root in components.__path__ for path in Path(root).iterdir()}
    assert named | named_after <= there
    imported = {
        name
        for module in modules().values()
        for node in ast.walk(module)
        for name in _components(node)
    }
    platforms = {path.stem for path in INTEGRATION.iterdir()}
    assert imported - named - named_after - ALWAYS_THERE - platforms == set()


@pytest.mark.parametrize(
    "name", sorted(str(p.relative_to(INTEGRATION)) for p in INTEGRATION.rglob("*.json"))
)
def test_json_can_be_read(name: str) -> None:
    """Every JSON file."""
    assert read_json(name)


@pytest.mark.parametrize(
    "language", sorted(path.stem for path in INTEGRATION.glob("translations/*.json"))
)
def test_texts(language: str) -> None:
    """Each is where Home Assistant looks for it, and can be displayed."""
    content = read_json(f"translations/{language}.json")
    TEXTS(content)
    for flow in _flows(content):
        for step in flow["step"].values():
            assert (
                step.get("data_description", {}).keys() <= step.get("data", {}).keys()
            )


def test_texts_of_core_are_not_referred_to() -> None:
    """A custom integration has its texts only in `translations`."""
    assert not (INTEGRATION / "strings.json").exists()
    assert not (INTEGRATION / ".translations").exists()
    assert (INTEGRATION / "translations" / "en.json").exists()


def test_icons() -> None:
    """Each is where Home Assistant looks for it, and differs from the default."""
    icons = read_json("icons.json")
    ICONS(icons)
    for domain in icons["entity"].values():
        for name, entity in domain.items():
            parts = [entity, *entity.get("state_attributes", {}).values()]
            for part in parts:
                assert part.get("default") not in part.get("state", {}).values(), name


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("services", vol.Schema(keyed(vol.Any(FIELDED, None), cv.slug))),
        ("triggers", vol.Schema(keyed(vol.Any(FIELDED, None), cv.underscore_slug))),
        ("conditions", vol.Schema(keyed(vol.Any(FIELDED, None), cv.underscore_slug))),
    ],
)
def test_what_automations_use(kind: str, schema: vol.Schema) -> None:
    """Actions, triggers and conditions match the schema, and have names and icons."""
    described = {
        name: value
        for name, value in read_yaml(f"{kind}.yaml").items()
        # not allowed for services
        if kind == "services" or not name.startswith(".")
    }
    schema(described)
    names, icons = texts()[kind], read_json("icons.json")[kind]
    assert described.keys() == names.keys() == icons.keys()
    for name, value in described.items():
        fields = _fields(value or {})
        assert fields.keys() == names[name].get("fields", {}).keys(), name
        for field in fields.values():
            if translated := (field["selector"].get("select") or {}).get(
                "translation_key"
            ):
                assert translated in texts()["selector"]


@pytest.mark.parametrize(
    ("module", "function", "file"),
    [
        ("services/__init__", "async_register", "services.yaml"),
        ("trigger", "async_get_triggers", "triggers.yaml"),
        ("condition", "async_get_conditions", "conditions.yaml"),
    ],
)
def test_what_is_registered_is_described(module: str, function: str, file: str) -> None:
    """The files for it exist if there is code for it."""
    assert function in (INTEGRATION / f"{module}.py").read_text("utf-8")
    assert (INTEGRATION / file).exists()


def test_yaml_is_refused() -> None:
    """The schema says that it is set up in the user interface only."""
    names = {
        name.id
        for node in modules()["custom_components.bleemeo"].body
        if isinstance(node, ast.Assign)
        for name in node.targets
        if isinstance(name, ast.Name)
    }
    assert "CONFIG_SCHEMA" in names


def test_texts_are_refused_that_do_not_fit() -> None:
    """The schema can fail: the checker has complained about each of these."""
    wrongs: list[dict[str, Any]] = [
        {"configuration": {}},
        {"title": " x"},
        {"title": "see https://example.com"},
        {"title": "<b>bold</b>"},
        {"title": "[%key:common::ok%]"},
        {"title": "it's '{name}'"},
        {"title": "{0}"},
        {"entity": {"sensor": {"Status": {"name": "Status"}}}},
        {"entity": {"sensor": {"status": {"state": {"ok": "{count}"}}}}},
        {"issues": {"full": {"title": "Full"}}},
        {"exceptions": {"full": "Full"}},
    ]
    for wrong in wrongs:
        with pytest.raises(vol.Invalid):
            TEXTS(wrong)


def test_no_text_is_empty() -> None:
    """Not in any file with texts for users."""
    assert all(value for _, value in leaves(texts()))


def _components(node: ast.AST) -> list[str]:
    """Return the Home Assistant integrations that an import names."""
    match node:
        case ast.ImportFrom(module="homeassistant.components", level=0):
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str() as module, level=0):
            names = [module]
        case ast.Import():
            names = [alias.name for alias in node.names]
        case _:
            return []
    start = "homeassistant.components."
    return [name.split(".")[2] for name in names if name.startswith(start)]


def _flows(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all flows, including those of repairs."""
    return [
        *(content[name] for name in ("config", "options") if name in content),
        *(
            issue["fix_flow"]
            for issue in content.get("issues", {}).values()
            if "fix_flow" in issue
        ),
    ]


def _fields(description: dict[str, Any]) -> dict[str, Any]:
    """Return the fields, including those in sections, and check for duplicate names."""
    fields: dict[str, Any] = {}
    for name, field in description.get("fields", {}).items():
        inner = field.get("fields", {name: field})
        assert not fields.keys() & inner.keys()
        fields |= inner
    return fields
