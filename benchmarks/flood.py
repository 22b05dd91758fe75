"""A flood by somebody who has nothing but the address: with the bounds, and without.

Run it by itself: `.venv-e2e/bin/python -m benchmarks.flood`.
"""

import argparse
import asyncio
from collections.abc import Awaitable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
from statistics import median
import sys
from time import perf_counter

from yarl import URL

from custom_components.bleemeo.const import DEFAULT_MAX_DELIVERIES
from scripts import ending
from scripts.house import START_SECONDS, House, HouseError

from . import positive
from .alerts import Account, requests
from .process import cpu_seconds, memory, quiet
from .sender import send

TRUE_METRICS = 50
TRUE_EVERY_SECONDS = 0.02
CALM_ALERTS = 250
AT_ONCE = 500
UNBOUNDED = {"max_metrics": 100_000, "max_agents": 100_000, "expire_days": 0}
BOUNDED = {"max_metrics": 5000, "max_agents": 1000, "expire_days": 180}


@dataclass(frozen=True)
class Waits:
    """Milliseconds until a true alert is answered: half of them, and 99 of 100."""

    count: int
    half: float
    most: float

    @classmethod
    def of(cls, seconds: list[float]) -> Waits:
        """Summarize what was measured."""
        ranked = sorted(seconds)
        most = ranked[int(len(ranked) * 0.99)]
        return cls(len(ranked), median(ranked) * 1e3, most * 1e3)


@dataclass(frozen=True)
class Left:
    """What a flood costs and leaves, and what the next start takes; CPU of all threads."""

    cpu: float
    calm: Waits
    meanwhile: Waits
    entities: int
    devices: int
    registry: int
    start: float
    memory: int


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks.flood", description=__doc__)
    parser.add_argument("--posts", type=positive, default=15_000)
    parser.add_argument("--refusals", type=positive, default=100_000)
    options = parser.parse_args()
    try:
        ending.run(measure(options.posts, options.refusals))
    except KeyboardInterrupt:
        sys.exit("benchmarks.flood: ended before all was measured")
    except HouseError as error:
        sys.exit(f"benchmarks.flood: {error}")


async def measure(posts: int, refusals: int) -> None:
    """Flood a house with the bounds and one without, then with what is refused."""
    print(f"{posts} POSTs, each about a server that there is not")
    print(
        f"{'':10}   CPU s  entities  devices  registry KiB  start, CPU s  memory MiB"
        "  true alerts ms: calm 50 %, 99 %  meanwhile 50 %, 99 %"
    )
    for name, limits in (("unbounded", UNBOUNDED), ("bounded", BOUNDED)):
        async with House() as house:
            left = await _flood(house, posts, limits)
            calm, meanwhile = left.calm, left.meanwhile
            print(
                f"{name:10} {left.cpu:7.1f} {left.entities:9} {left.devices:8}"
                f" {left.registry / 1024:13.0f} {left.start:13.1f}"
                f" {left.memory / 2**20:11.0f}"
                f" {calm.half:22.1f} {calm.most:6.1f}"
                f" {meanwhile.half:16.1f} {meanwhile.most:6.1f}"
            )
            if limits is BOUNDED:
                await _way_back(house)
    await _refuse(refusals)


async def _flood(house: House, posts: int, limits: dict[str, int]) -> Left:
    entry_id, url = await house.add_bleemeo("Servers")
    await house.set_options(entry_id, "limits", limits)
    path = URL(url).path
    true = Account("true", TRUE_METRICS)
    made_up = Account("made up", posts, metrics_per_agent=1)
    made_up.id = true.id
    await send(house.port, requests(path, true.changes(TRUE_METRICS)))
    await quiet(house.pid)
    calm = await _true_alerts(house, url, true, CALM_ALERTS)
    messages = requests(path, made_up.changes(posts))
    before = cpu_seconds(house.pid)
    meanwhile = await _meanwhile(house, url, true, _send(house, messages))
    cpu = cpu_seconds(house.pid) - before
    entities = [
        each for each in await house.entities() if each["platform"] == "bleemeo"
    ]
    devices = [
        each
        for each in await house.devices()
        if any(domain == "bleemeo" for domain, *_ in each["identifiers"])
    ]
    await house.stop()
    registry = _registry_size(house)
    await house.start()
    await quiet(house.pid)
    return Left(
        cpu=cpu,
        calm=calm,
        meanwhile=meanwhile,
        entities=len(entities),
        devices=len(devices),
        registry=registry,
        start=cpu_seconds(house.pid),
        memory=memory(house.pid),
    )


async def _way_back(house: House) -> None:
    """Forget all that came within the last hour, as a person does in the repair."""
    flow = "/api/repairs/issues/fix"
    issue_id = await _reported(house)
    step = await house.post(flow, {"handler": "bleemeo", "issue_id": issue_id})
    path = f"{flow}/{step['flow_id']}"
    await house.post(path, {"next_step_id": "since"})
    since = datetime.now(UTC) - timedelta(hours=24)
    preview = await house.post(path, {"since": since.strftime("%Y-%m-%d %H:%M:%S")})
    shown = preview["description_placeholders"]
    began_at = perf_counter()
    await house.post(path, {})
    seconds = perf_counter() - began_at
    devices = len(await house.devices())
    await house.stop()
    print(
        f"{'':10} the repair forgot {shown['metrics']} metrics of {shown['agents']}"
        f" servers in {seconds:.1f} s; {devices} devices and"
        f" {_registry_size(house) / 1024:.0f} KiB are left"
    )


async def _reported(house: House) -> str:
    """Return the id of the repair, as soon as there is one."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            listed = await house.command("repairs/list_issues")
            for issue in listed["issues"]:
                if issue["translation_key"] == "bounds_reached":
                    return str(issue["issue_id"])
            await asyncio.sleep(0.1)


async def _refuse(refusals: int) -> None:
    """Send what is refused and what is beyond the bounds, beside true alerts."""
    async with House(configuration={"recorder": {}}) as house:
        entry_id, url = await house.add_bleemeo("Servers")
        await house.set_options(entry_id, "limits", BOUNDED | {"max_agents": 3})
        path = URL(url).path
        true = Account("true", TRUE_METRICS)
        made_up = Account("made up", refusals // 2, metrics_per_agent=1)
        made_up.id = true.id
        await send(house.port, requests(path, true.changes(TRUE_METRICS)))
        await quiet(house.pid)
        calm = await _true_alerts(house, url, true, CALM_ALERTS)
        beyond = requests(path, made_up.changes(refusals // 2))
        wrong = requests(path, true.refusals(refusals - len(beyond)))
        mixed = [each for pair in zip(beyond, wrong, strict=False) for each in pair]
        began_at, count = perf_counter(), len(mixed)
        meanwhile = await _meanwhile(house, url, true, _send(house, mixed))
        seconds = perf_counter() - began_at
        await house.stop()
        journal = house.path / ".storage" / f"bleemeo.{entry_id}.db"
        states = _count(
            house.path / "home-assistant_v2.db",
            "SELECT count(*) FROM states JOIN states_meta USING (metadata_id)"
            " WHERE states_meta.entity_id = 'sensor.servers_rejected_alerts'",
        )
        kept = _count(journal, "SELECT count(*) FROM delivery WHERE id > 0")
        # the list has a bound of its own
        sent = min(TRUE_METRICS + calm.count + meanwhile.count, DEFAULT_MAX_DELIVERIES)
        print(
            f"\n{count} POSTs that are refused or beyond the bounds, in {seconds:.1f} s\n"
            f"true alerts kept {kept} of {sent},"
            f" journal {journal.stat().st_size / 1024:.0f} KiB,"
            f" states recorded of their count {states}\n"
            f"true alerts ms: calm 50 % {calm.half:.1f}, 99 % {calm.most:.1f};"
            f" meanwhile {meanwhile.half:.1f} ({meanwhile.half / calm.half:.2f} x),"
            f" {meanwhile.most:.1f} ({meanwhile.most / calm.most:.2f} x)"
        )


async def _meanwhile(
    house: House, url: str, true: Account, flood: Awaitable[None]
) -> Waits:
    """Send true alerts until a flood is over."""
    sending = asyncio.ensure_future(flood)
    waits: list[float] = []
    while not sending.done():
        waits += await _waits(house, url, true, 1)
    await sending
    return Waits.of(waits)


async def _true_alerts(house: House, url: str, true: Account, count: int) -> Waits:
    return Waits.of(await _waits(house, url, true, count))


async def _waits(house: House, url: str, true: Account, count: int) -> list[float]:
    """Send true alerts at a steady pace, and return how long each answer took."""
    waits = []
    for body in true.changes(count):
        await asyncio.sleep(TRUE_EVERY_SECONDS)
        began_at = perf_counter()
        async with house.session.post(url, data=body) as reply:
            answer = await reply.json()
        waits.append(perf_counter() - began_at)
        if answer != {"result": "changed"}:
            raise HouseError(f"A true alert was not taken: {answer}")
    return waits


async def _send(house: House, messages: list[bytes]) -> None:
    for first in range(0, len(messages), AT_ONCE):
        await send(house.port, messages[first : first + AT_ONCE])


def _registry_size(house: House) -> int:
    storage = house.path / ".storage"
    names = ("core.entity_registry", "core.device_registry")
    return sum((storage / name).stat().st_size for name in names)


def _count(path: Path, query: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute(query).fetchone()[0]
    return found


if __name__ == "__main__":
    main()
