"""Read the integration's own files as data, for tests of rules and documents."""

import ast
from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
from scripts.repository import present_address

ROOT = Path(__file__).resolve().parent.parent
INTEGRATION = ROOT / "custom_components" / "bleemeo"
REPOSITORY = f"https://github.com/{present_address(ROOT)}"


def read_json(name: str) -> dict[str, Any]:
    """Return the contents of a JSON file of the integration."""
    content: dict[str, Any] = json.loads((INTEGRATION / name).read_text("utf-8"))
    return content


def read_yaml(name: str) -> dict[str, Any]:
    """Return the contents of a YAML file of the integration, empty if it is missing."""
    path = INTEGRATION / name
    return load_yaml_dict(str(path)) if path.exists() else {}


def texts() -> dict[str, Any]:
    """Return the English texts."""
    return read_json("translations/en.json")


@cache
def modules() -> dict[str, ast.Module]:
    """Return the integration's modules, parsed, by import name."""
    return {
        _module_name(path): ast.parse(path.read_text("utf-8"), str(path))
        for path in sorted(INTEGRATION.rglob("*.py"))
    }


def constants(name: str) -> set[str]:
    """Return all texts in the source of a module."""
    return {
        node.value
        for node in ast.walk(modules()[name])
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def documents() -> list[Path]:
    """Return the documents for users, the README first."""
    return [
        ROOT / "README.md",
        *sorted(path for path in ROOT.glob("*.md") if path.name != "README.md"),
        *sorted((ROOT / "docs").rglob("*.md")),
    ]


def all_documents() -> str:
    """Return the text of all documents."""
    return "\n".join(path.read_text("utf-8") for path in documents())


def placeholders(text: str) -> set[str]:
    """Return the names of a text's placeholders."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def leaves(tree: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each value that is not a mapping, with the keys that lead to it."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, *path, key)
    else:
        yield path, tree


def without_code(document: str) -> str:
    """Return a Markdown document without its code blocks."""
    return re.sub(r"^( *)```.*?^\1```", "", document, flags=re.DOTALL | re.MULTILINE)


def headings(document: str) -> list[str]:
    """Return the headings of a Markdown document."""
    return re.findall(r"^#+ +(.+?) *$", without_code(document), flags=re.MULTILINE)


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
