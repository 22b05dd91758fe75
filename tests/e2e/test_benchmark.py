"""The benchmarks run; their figures depend on the machine, and are not checked here."""

import asyncio
from pathlib import Path
import sys

ROOT = Path(__file__).resolve().parents[2]


async def test_a_short_benchmark_tells_every_figure() -> None:
    """It also fails if an alert gets an unexpected answer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks", "--short"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    lines = output.decode().splitlines()
    for figure in ("no-op", "changing", "repeats", "Bleemeo"):
        assert any(line.startswith(figure) for line in lines), figure
