"""Apply the checks that Home Assistant makes of an integration in its own tree.

They follow `script/hassfest/quality_scale_validation` of home-assistant/core. Its action
does not make them of a custom integration; here they are made of each rule that
quality_scale.yaml calls done.
"""

import ast
from collections.abc import Callable
import re
from typing import Any

import pytest

from homeassistant.const import Platform

from .source import modules, read_json, read_yaml

MODULES = modules()
PACKAGE = "custom_components.bleemeo"
TYPED_ENTRY = re.compile("[A-Za-z]+ConfigEntry")
NOT_SET_UP = {"ConfigEntryAuthFailed", "ConfigEntryError", "ConfigEntryNotReady"}
# where an entry is passed to a function of a module, and as which argument
TAKES_ENTRY: dict[str, dict[str, int]] = {
    "": {
        "async_migrate_entry": 1,
        "async_remove_config_entry_device": 1,
        "async_remove_entry": 1,
        "async_setup_entry": 1,
        "async_unload_entry": 1,
    },
    "diagnostics": {
        "async_get_config_entry_diagnostics": 1,
        "async_get_device_diagnostics": 1,
    },
    **{platform: {"async_setup_entry": 1} for platform in Platform},
}

type Function = ast.FunctionDef | ast.AsyncFunctionDef


def done(rule: str) -> bool:
    """Whether a rule is called done."""
    value = read_yaml("quality_scale.yaml")["rules"][rule]
    return (value if isinstance(value, str) else value["status"]) == "done"


def module(name: str) -> ast.Module | None:
    """Return a module of the integration, or None."""
    return MODULES.get(f"{PACKAGE}.{name}" if name else PACKAGE)


def functions(tree: ast.Module | ast.ClassDef) -> dict[str, Function]:
    """Return the functions at the top of a module or a class, by name."""
    return {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def called(tree: ast.AST) -> set[str]:
    """Return the names of the methods that are called."""
    return {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def config_flow() -> tuple[ast.Module, list[dict[str, Function]]]:
    """Return the module of the config flow, and the methods of its classes."""
    tree = module("config_flow")
    assert tree is not None
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return tree, [functions(each) for each in classes]


def action_setup() -> bool:
    """No entry registers actions."""
    return not any(
        re.search(
            r"\basync_register_entity_service\(|\bhass\.services\.(?:async_)?register\(",
            ast.unparse(functions(tree)["async_setup_entry"]),
        )
        for name in ("", *Platform)
        if (tree := module(name)) and "async_setup_entry" in functions(tree)
    )


def config_entry_unloading() -> bool:
    """The integration can be unloaded."""
    tree = module("")
    return tree is not None and "async_unload_entry" in functions(tree)


def has_config_flow() -> bool:
    """The manifest names the flow that there is."""
    return bool(read_json("manifest.json")["config_flow"]) and bool(config_flow())


def diagnostics() -> bool:
    """There are some, of the entry or of a device."""
    tree = module("diagnostics")
    return tree is not None and bool(
        functions(tree).keys()
        & {"async_get_config_entry_diagnostics", "async_get_device_diagnostics"}
    )


def parallel_updates() -> bool:
    """Each platform says it."""
    return all(
        any(
            ast.unparse(node).startswith("PARALLEL_UPDATES")
            and "=" in ast.unparse(node)
            for node in tree.body
        )
        for platform in Platform
        if (tree := module(platform))
    )


def has_step(name: str) -> Callable[[], bool]:
    """Return a check that the config flow has a step."""
    return lambda: any(name in methods for methods in config_flow()[1])


def runtime_data() -> bool:
    """Set-up of an entry stores it there."""
    tree = module("")
    assert tree is not None
    set_up = functions(tree)["async_setup_entry"]
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node) == f"{set_up.args.args[1].arg}.runtime_data"
        for node in ast.walk(set_up)
    )


def strict_typing() -> bool:
    """Each function that gets an entry says of what type its runtime data is."""
    taking = [
        (functions(tree)[name], position)
        for file, names in TAKES_ENTRY.items()
        if (tree := module(file))
        for name, position in names.items()
        if name in functions(tree)
    ]
    taking += [
        (methods["async_get_options_flow"], 0)
        for methods in config_flow()[1]
        if "async_get_options_flow" in methods
    ]
    return all(
        isinstance(annotation := function.args.args[position].annotation, ast.Name)
        and TYPED_ENTRY.fullmatch(annotation.id)
        for function, position in taking
    )


def set_up_can_fail() -> bool:
    """Set-up can say that it is not possible now."""
    return any(
        NOT_SET_UP & {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
    )


def unique_config_entry() -> bool:
    """The config flow ends where there is an entry of the same."""
    calls = called(config_flow()[0])
    return (
        bool(read_json("manifest.json").get("single_config_entry"))
        or "_async_abort_entries_match" in calls
        or {"async_set_unique_id", "_abort_if_unique_id_configured"} <= calls
    )


CHECKS: dict[str, Callable[[], Any]] = {
    "action-setup": action_setup,
    "config-entry-unloading": config_entry_unloading,
    "config-flow": has_config_flow,
    "diagnostics": diagnostics,
    "parallel-updates": parallel_updates,
    "reauthentication-flow": has_step("async_step_reauth"),
    "reconfiguration-flow": has_step("async_step_reconfigure"),
    "runtime-data": runtime_data,
    "strict-typing": strict_typing,
    "test-before-setup": set_up_can_fail,
    "unique-config-entry": unique_config_entry,
}


@pytest.mark.parametrize("rule", CHECKS)
def test_a_rule_that_is_done_passes_the_check(rule: str) -> None:
    """And one that is not passes none: it would be done."""
    assert bool(CHECKS[rule]()) is done(rule), rule
