"""A script that is told to end leaves neither a Home Assistant nor a folder behind."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import os
from pathlib import Path
import signal
import sys

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 120
SCRIPTS = {
    "demo": ("-m", "scripts.demo"),
    "screenshot": ("-m", "scripts.screenshot"),
    "benchmark": ("-m", "benchmarks", "--short"),
    # pytest itself, with the house of a test
    "test": ("-m", "pytest", "-q", "tests/e2e/test_main_job.py"),
}


def logs(folder: Path) -> list[Path]:
    """Return the logs of the Home Assistants that were started."""
    return list(folder.rglob("hass.log"))


def processes(folder: Path) -> list[str]:
    """Return the command lines of the processes that use the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


async def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(SECONDS):
        while not is_so():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        *((name, signal.SIGTERM) for name in SCRIPTS),
        ("demo", signal.SIGHUP),
        ("test", signal.SIGHUP),
    ],
)
async def test_nothing_is_left_behind(
    tmp_path: Path, name: str, told: signal.Signals
) -> None:
    """Nor is there a traceback; a second signal does not disturb the clean-up."""
    script = await asyncio.create_subprocess_exec(
        sys.executable,
        *SCRIPTS[name],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await until(lambda: any(path.stat().st_size for path in logs(tmp_path)))
        script.send_signal(told)
        with suppress(ProcessLookupError):
            script.send_signal(told)
        async with asyncio.timeout(SECONDS):
            output, errors = await script.communicate()
    finally:
        if script.returncode is None:
            script.kill()
    assert b"Traceback" not in errors, errors.decode()
    assert script.returncode is not None
    assert script.returncode >= 0
    assert processes(tmp_path) == []
    assert logs(tmp_path) == []
    assert list(tmp_path.glob("house-*")) == [], output.decode()
