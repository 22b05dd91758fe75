"""Tests that docs/architecture.md is the map of the code that there is."""

import ast
import re

from .source import INTEGRATION, ROOT, modules

# it stands over all others, and in no table
OVER_ALL = "__init__"


def test_the_map_names_each_module() -> None:
    """None is left out of docs/architecture.md."""
    names = {path.stem for path in INTEGRATION.glob("*.py")} - {OVER_ALL}
    assert names - {room for row in rooms() for room in row} == set()


def test_rooms_import_only_what_is_above_them() -> None:
    """As docs/architecture.md says; what is imported for types alone does not count."""
    above: set[str] = {"const"}
    imports = {
        name.rpartition(".")[2]: imported(tree)
        for name, tree in modules().items()
        if name.count(".") == 2
    }
    for row in rooms():
        above.update(row)
        for room in row:
            assert imports.get(room, set()) - above == set(), room


def test_the_core_knows_nothing_of_home_assistant() -> None:
    """It runs with plain Python."""
    core = re.findall(
        r"`(\w+)\.py`", architecture().split("**The hub")[0].split("Rooms")[1]
    )
    core.remove(OVER_ALL)
    assert len(core) >= 5
    for room in core:
        source = (INTEGRATION / f"{room}.py").read_text("utf-8")
        assert "homeassistant" not in source.replace("bleemeo-home-assistant", ""), room


def test_each_module_says_what_it_is_for() -> None:
    """In its first line, which fits on one."""
    for name, tree in modules().items():
        first = (ast.get_docstring(tree) or "").partition("\n")[0]
        assert first.endswith("."), name
        assert len(first) <= 88, name


def architecture() -> str:
    """Return the document with the map."""
    return (ROOT / "docs" / "architecture.md").read_text("utf-8")


def rooms() -> list[list[str]]:
    """Return the rooms of the map, row by row."""
    section = architecture().partition("## Rooms")[2].partition("\n## ")[0]
    return [
        re.findall(r"`(\w+)\.py`", row.split("|")[1])
        for row in section.splitlines()
        if row.startswith("| `")
    ]


def imported(tree: ast.Module) -> set[str]:
    """Return the modules of ours that one needs when it runs."""
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    return {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for name in (
            [node.module] if node.module else [alias.name for alias in node.names]
        )
        if name != OVER_ALL
    }
