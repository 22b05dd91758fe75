"""A Chromium is taken that works, and where there is none, one is told what to do."""

from pathlib import Path

import pytest

from scripts import chromium
from scripts.chromium import NoChromium, choose, works


def program(path: Path, *lines: str) -> Path:
    """Write a shell script that can be run."""
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return path


async def test_a_program_that_only_starts_does_not_work(tmp_path: Path) -> None:
    """As one does that lacks a library, or that only names a snap."""
    assert not await works(str(program(tmp_path / "chromium", "exit 0")))


async def test_the_first_that_works_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One on `PATH` that does not work is passed over."""
    program(tmp_path / "chromium", "exit 1")
    working = f'exec "{chromium.CHOICE.read_text()}" "$@"'
    chrome = program(tmp_path / "google-chrome", working)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(chromium, "NAMES", ("chromium", "google-chrome"))
    assert await choose() == str(chrome)


async def test_a_machine_that_can_have_none_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing on `PATH`, no download, no packages."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr(chromium, "DOWNLOADS", tmp_path / "downloads")
    with pytest.raises(NoChromium, match="Install Chromium or Google Chrome"):
        await choose()
