"""Tests that the code is laid out as docs/architecture.md says, without cycles."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
import importlib
import re
import sys

import pytest

from .source import INTEGRATION, ROOT, modules

PACKAGE = "custom_components.bleemeo"
PACKAGES = sorted(path.parent.name for path in INTEGRATION.glob("*/__init__.py"))
PURE = ("core", "journal")
MODULES = modules()


def test_the_table_has_each_room_once() -> None:
    """No module or package is missing."""
    rooms = [room for floor in floors() for room in floor]
    there = {path.stem for path in INTEGRATION.glob("*.py")} | set(PACKAGES)
    assert sorted(rooms) == sorted(there)


@pytest.mark.parametrize("package", [each for each in PACKAGES if each != "frontend"])
def test_the_tree_names_each_module_of_a_package(package: str) -> None:
    """And no module that is gone."""
    [line] = re.findall(rf"^  {package}/ +(.+)$", architecture(), flags=re.MULTILINE)
    modules = {path.stem for path in (INTEGRATION / package).glob("*.py")}
    named = {name for name in line.split() if name.isidentifier()}
    assert named == modules - {"__init__"}


def test_rooms_import_only_what_is_below_them() -> None:
    """Including imports for types only, and imports inside a function."""
    below: set[str] = set()
    upward = []
    for floor in reversed(floors()):
        upward += [
            f"{importer} -> {name}"
            for importer, name in arrows()
            if room(importer) in floor
            and room(name) not in below
            and room(name) != room(importer)
        ]
        below.update(floor)
    assert upward == []


def test_an_upward_import_is_found_wherever_it_stands() -> None:
    """Otherwise the test above would pass for the wrong reason."""
    source = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from ..api import Agreement

def late():
    from .. import webhook
    from custom_components.bleemeo.services import x
"""
    found = set(imported(f"{PACKAGE}.hub.store", ast.parse(source)))
    assert {room(name) for name in found} == {"api", "webhook", "services"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_modules_of_a_package_import_each_other_in_one_direction(
    package: str,
) -> None:
    """There is no cycle, not even for types."""
    inside: dict[str, set[str]] = {}
    for importer, name in arrows():
        if room(importer) == room(name) == package and name != importer:
            inside.setdefault(importer, set()).add(name)
    TopologicalSorter(inside).prepare()


def test_a_package_is_entered_by_its_door() -> None:
    """Others import only what it exports."""
    passed_by = []
    for importer, tree in MODULES.items():
        for node, base in import_nodes(importer, tree):
            package = room(base)
            if package not in PACKAGES or room(importer) == package:
                continue
            exported = importlib.import_module(f"{PACKAGE}.{package}").__all__
            passed_by += [
                f"{importer}: {base}.{alias.name}"
                for alias in node.names
                if base != f"{PACKAGE}.{package}" or alias.name not in exported
            ]
    assert passed_by == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_exports_only_what_others_use(package: str) -> None:
    """It has no unused exports."""
    used = {
        alias.name
        for importer, tree in MODULES.items()
        if room(importer) != package
        for node, base in import_nodes(importer, tree)
        if base == f"{PACKAGE}.{package}"
        for alias in node.names
    }
    assert set(importlib.import_module(f"{PACKAGE}.{package}").__all__) == used


def test_our_code_imports_itself_by_relative_names() -> None:
    """The other forms would not be seen by the tests above."""
    assert [
        f"{importer}: {name}"
        for importer, tree in MODULES.items()
        for name in absolute_imports(tree)
        if name.split(".")[0] in {"custom_components", "importlib"}
    ] == []


@pytest.mark.parametrize("package", PURE)
def test_the_core_and_the_journal_need_plain_python_only(package: str) -> None:
    """They know nothing of Home Assistant, nor of any other package."""
    assert [
        f"{importer}: {name}"
        for importer, tree in MODULES.items()
        if room(importer) == package
        for name in absolute_imports(tree)
        if name.split(".")[0] not in sys.stdlib_module_names
    ] == []


def test_each_module_says_what_it_is_for() -> None:
    """In one sentence, on its first line."""
    for name, tree in MODULES.items():
        first = (ast.get_docstring(tree) or "").partition("\n")[0]
        assert first.endswith("."), name
        assert len(first) <= 88, name


def architecture() -> str:
    """Return the document with the map."""
    return (ROOT / "docs" / "architecture.md").read_text("utf-8")


def floors() -> list[list[str]]:
    """Return the rooms of the table in docs/architecture.md, from the top down."""
    section = architecture().partition("## Rooms")[2].partition("\n## ")[0]
    return [
        re.findall(r"`(\w+)/?`", row.split("|")[1])
        for row in section.splitlines()
        if row.startswith("| `")
    ]


def room(name: str) -> str:
    """Return the package or top module that a module belongs to."""
    parts = name.removeprefix(PACKAGE).lstrip(".").split(".")
    return parts[0] or "__init__"


def arrows() -> Iterator[tuple[str, str]]:
    """Yield each module with one that it imports, both by full name."""
    for importer, tree in MODULES.items():
        for name in imported(importer, tree):
            yield importer, name


def imported(importer: str, tree: ast.Module) -> Iterator[str]:
    """Yield our own modules and packages that a module imports."""
    for node, base in import_nodes(importer, tree):
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in MODULES else base


def absolute_imports(tree: ast.Module) -> Iterator[str]:
    """Yield the whole name of each module that is not imported relatively."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def import_nodes(
    importer: str, tree: ast.Module
) -> Iterator[tuple[ast.ImportFrom, str]]:
    """Yield each import from our code, wherever it is, with the imported module."""
    path = importer.split(".")
    is_package = importer in {PACKAGE, *(f"{PACKAGE}.{each}" for each in PACKAGES)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        up = node.level - is_package
        start = path[: len(path) - up] if node.level else []
        base = ".".join([*start, *(node.module or "").split(".")]).rstrip(".")
        if base == PACKAGE or base.startswith(f"{PACKAGE}."):
            yield node, base
