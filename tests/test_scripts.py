"""Tests of what the scripts say, and leave undone, when they are used wrongly."""

import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from .source import ROOT

SCRIPTS = sorted(
    path.name
    for path in (ROOT / "scripts").iterdir()
    if not path.suffix and os.access(path, os.X_OK) and path.is_file()
)


@pytest.fixture(name="folder")
def copy_scripts(tmp_path: Path) -> Path:
    """Return a checkout in which nothing is set up."""
    shutil.copytree(
        ROOT / "scripts",
        tmp_path / "scripts",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_prints_the_usage_and_does_nothing(
    folder: Path, name: str, option: str
) -> None:
    """Not even the set-up, which takes minutes."""
    before = sorted(folder.rglob("*"))
    result = run(folder, f"scripts/{name}", option)
    assert (result.returncode, result.stderr) == (0, "")
    assert f"Usage: scripts/{name}" in result.stdout
    assert "#" not in result.stdout
    assert "set -" not in result.stdout
    assert sorted(folder.rglob("*")) == before


def test_each_script_is_tried() -> None:
    """There is no other kind of script."""
    assert {"benchmark", "demo", "lock", "setup", "test", "uv"} <= set(SCRIPTS)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("test", "lint", "extra"), "lint takes no arguments"),
        (("test", ""), "Use lint, unit, newest or e2e"),
        (("test", "units"), "Use lint, unit, newest or e2e"),
        (("setup", "units"), "Use unit, newest, hass or e2e"),
        (("setup", ""), "Use unit, newest, hass or e2e"),
        (("lock", "--chek"), "Use --check, --upgrade or nothing"),
        (("lock", "--check", "--upgrade"), "Use --check, --upgrade or nothing"),
        (("lock", ""), "Use --check, --upgrade or nothing"),
        (("nightly",), "Use newest or beta"),
        (("nightly", "stable"), "Use newest or beta"),
        (("system-packages",), "PACKAGE"),
        (("python314-debian",), "FOLDER"),
        (("python314-debian", ""), "FOLDER"),
    ],
)
def test_wrong_usage_ends_in_a_line(
    folder: Path, command: tuple[str, ...], says: str
) -> None:
    """It says what is possible; nothing is done."""
    before = sorted(folder.rglob("*"))
    result = run(folder, f"scripts/{command[0]}", *command[1:])
    assert result.returncode in {1, 2}
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith(f"scripts/{command[0]}: ")
    assert says in line
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pyproject.toml", '"ruff==', '"ruff==9'),
        ("pyproject.toml", '  "ruff==', '  "homeassistant==2026.10.4", "ruff=='),
        ("pyproject.toml", ">=3.14.2,", ">=3.14.1,"),
        ("requirements/newest.txt", "(pins ", "(pins 9"),
    ],
)
def test_nothing_is_filled_from_a_stale_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str
) -> None:
    """Tests would run on other packages than pyproject.toml says."""
    path = folder / file
    assert run(folder, "scripts/lock", "--check").returncode == 0
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    programs = [Path(prefix) / "bin" for prefix in (sys.prefix, sys.base_prefix)]
    monkeypatch.setenv(
        "PATH", os.pathsep.join(map(str, [*programs, os.environ["PATH"]]))
    )
    result = run(folder, "scripts/setup", "unit")
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("scripts/lock: requirements/")
    assert "Run scripts/lock" in line
    assert not (folder / ".venv").exists()


def test_a_comment_on_a_pin_makes_no_lock_stale(folder: Path) -> None:
    """Nor does a setting of a linter."""
    pyproject = folder / "pyproject.toml"
    text = pyproject.read_text("utf-8").replace('",\n', '", # why\n', 3)
    pyproject.write_text(f"{text}\n[tool.other]\n", "utf-8")
    assert run(folder, "scripts/lock", "--check").returncode == 0


@pytest.mark.parametrize(
    ("module", "arguments", "says"),
    [
        ("scripts.demo", "--port 99999999", '"99999999" is none from 1 to 65535'),
        ("scripts.demo", "--port http", '"http" is none from 1 to 65535'),
        ("scripts.demo", "twice", "unrecognized arguments: twice"),
        ("benchmarks", "--rounds 0", '"0" is no whole number from 1 on'),
        ("scripts.release", "1.2.3", '"1.2.3" is no tag of the form v1.2.3'),
        ("scripts.release", "--notes --prepare v1.2.3", "not allowed with"),
        ("scripts.repository", "name", "give OWNER/NAME"),
    ],
)
def test_wrong_arguments_end_in_a_line(module: str, arguments: str, says: str) -> None:
    """After the usage, without a traceback."""
    result = run(ROOT, sys.executable, "-m", module, *arguments.split())
    assert result.returncode == 2
    assert result.stdout == ""
    usage, *_, line = result.stderr.splitlines()
    assert usage.startswith("usage: scripts/")
    assert "error: " in line
    assert says in line
