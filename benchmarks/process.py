"""The resources that the `hass` process uses, as counted by Linux."""

import asyncio
import os
from pathlib import Path

QUIET_SECONDS = 0.3
QUIET_SHARE = 0.05
PATIENCE_SECONDS = 60

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that all threads of a process have used so far."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    # the name before the last parenthesis may contain spaces
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS_PER_SECOND


def memory(pid: int) -> int:
    """Return the private memory of a process in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines["RssAnon"].split()[0]) * 1024


async def quiet(pid: int, seconds: float = QUIET_SECONDS) -> None:
    """Wait until a process has been nearly idle for the given time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            before = cpu_seconds(pid)
            await asyncio.sleep(seconds)
            if cpu_seconds(pid) - before <= QUIET_SHARE * seconds:
                return
