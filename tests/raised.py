"""Find the exceptions with texts for users in the integration's source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
import importlib
from types import ModuleType
from typing import Any

from custom_components.bleemeo.const import DOMAIN
from homeassistant.exceptions import HomeAssistantError, Unauthorized

from .source import modules

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Raised:
    """An exception that a user may read.

    `key` is its translation key, or None. `is_shared` is set if several keys share the
    same placeholders.
    """

    where: str
    key: str | None
    placeholders: frozenset[str] = frozenset()
    is_shared: bool = False


def raised() -> Iterator[Raised]:
    """Yield all Home Assistant exceptions that the integration creates."""
    for name, tree in modules().items():
        module = importlib.import_module(name)
        functions: dict[ast.AST, Function] = {
            child: function
            for function in ast.walk(tree)
            if isinstance(function, Function)
            for child in ast.walk(function)
        }
        for node in ast.walk(tree):
            where = f"{name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Raise) and _is_for_people(node.exc, module):
                yield Raised(where, None)
            if isinstance(node, ast.Call) and _is_for_people(node.func, module):
                yield from _read(node, where, module, tree, functions.get(node))


def outcomes(node: ast.expr) -> list[ast.Constant]:
    """Return the texts that an expression may evaluate to."""
    if isinstance(node, ast.IfExp):
        return [*outcomes(node.body), *outcomes(node.orelse)]
    return [node] if isinstance(node, ast.Constant) and type(node.value) is str else []


def _read(
    call: ast.Call,
    where: str,
    module: ModuleType,
    tree: ast.Module,
    function: Function | None,
) -> Iterator[Raised]:
    """Yield the exceptions of one call: one per key that it may be given."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    domain = _resolved(given.get("translation_domain"), module)
    keys: list[ast.Constant] = []
    match given.get("translation_key"):
        case ast.Name(id=name) if function is not None:
            keys = [
                key
                for value in _values(tree, function, name)
                for key in outcomes(value)
            ]
        case ast.expr() as value:
            keys = outcomes(value)
    if domain != DOMAIN or not keys:
        yield Raised(where, None)
        return
    filled = given.get("translation_placeholders")
    is_shared = isinstance(filled, ast.Name)
    if isinstance(filled, ast.Name) and function is not None:
        names = _names_filled(function, filled.id)
    else:
        names = _names(filled)
    for key in keys:
        yield Raised(where, str(key.value), frozenset(names), is_shared)


def _values(tree: ast.Module, function: Function, name: str) -> list[ast.expr]:
    """Return the values that a name in a function may have: assigned or passed."""
    parameters = [argument.arg for argument in function.args.args]
    if name not in parameters:
        return [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
        ]
    return [
        call.args[parameters.index(name)]
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == function.name
    ]


def _names(filled: ast.expr | None) -> set[str]:
    keys: list[Any] = filled.keys if isinstance(filled, ast.Dict) else []
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def _names_filled(function: Function, name: str) -> set[str]:
    """Return all keys that a function sets in a mapping of the given name."""
    names: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            match node.targets[0]:
                case ast.Name(id=target) if target == name:
                    names |= _names(node.value)
                case ast.Subscript(
                    value=ast.Name(id=target), slice=ast.Constant(value=str() as key)
                ) if target == name:
                    names.add(key)
    return names


def _is_for_people(node: ast.expr | None, module: ModuleType) -> bool:
    found = _resolved(node, module)
    # what a user may not do, Home Assistant itself tells
    return (
        isinstance(found, type)
        and issubclass(found, HomeAssistantError)
        and not issubclass(found, Unauthorized)
    )


def _resolved(node: ast.expr | None, module: ModuleType) -> object:
    """Return the object that a name or a chain of attributes refers to in a module."""
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    if isinstance(node, ast.Attribute):
        return getattr(_resolved(node.value, module), node.attr, None)
    return None
