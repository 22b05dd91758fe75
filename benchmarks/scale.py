"""Thousands of metrics: adding them, the cost of an alert, start-up and memory."""

from dataclasses import dataclass, fields
from http import HTTPStatus
from pathlib import Path
from statistics import median
from time import perf_counter

from yarl import URL

from scripts.house import House

from .alerts import Account, requests
from .process import cpu_seconds, memory, quiet
from .sender import send
from .throughput import METRICS, NOOP

BARE = Path(__file__).parent / "bare"
IDLE_SECONDS = 2


@dataclass(frozen=True)
class Burst:
    """Seconds until all entities exist, and the longest block of the event loop."""

    seconds: float
    blocked: float


@dataclass(frozen=True)
class Start:
    """CPU seconds from launch to an idle house, and bytes of memory per metric."""

    seconds: float
    memory: float


@dataclass(frozen=True)
class Round:
    """A round: bare entities, all at once and one POST per metric, then ours."""

    bare_burst: Burst
    bare_posts: Burst
    burst: Burst
    bare_start: Start
    start: Start
    cpu_with_few: float
    cpu_with_many: float
    journal: float
    idle: float


async def measure(rounds: int, metrics: int, alerts: int) -> Round:
    """Return the medians of some rounds, each with this many metrics and alerts."""
    taken = [await _go(metrics, alerts) for _ in range(rounds)]
    return Round(
        **{
            field.name: _median([getattr(one, field.name) for one in taken])
            for field in fields(Round)
        }
    )


def _median[T](values: list[T]) -> T:
    """Return the median; for records, the median of each field."""
    first = values[0]
    if isinstance(first, float):
        return median(values)  # type: ignore[type-var]
    return type(first)(
        **{
            field.name: _median([getattr(value, field.name) for value in values])
            for field in fields(first)  # type: ignore[arg-type]
        }
    )


async def _go(metrics: int, alerts: int) -> Round:
    async with House(configuration={"noop": {}}, components=[NOOP, BARE]) as house:
        await house.post("/api/config/config_entries/flow", {"handler": "bare"})
        bodies = [f"{n} {n + 1}".encode() for n in range(metrics)]
        bare_posts = await _burst(house, requests("/api/webhook/bare", bodies))

    async with House(configuration={"noop": {}}, components=[NOOP, BARE]) as house:
        await house.post("/api/config/config_entries/flow", {"handler": "bare"})
        empty = await _settled_memory(house)
        add = requests("/api/webhook/bare", [f"0 {metrics}".encode()])
        bare_burst = await _burst(house, add)
        bare_start = await _start(house, empty, metrics)

    few, many = Account("few", METRICS), Account("many", metrics)
    async with House(configuration={"noop": {}}, components=[NOOP, BARE]) as house:
        few_path = URL((await house.add_bleemeo("Few"))[1]).path
        entry_id, url = await house.add_bleemeo("Many")
        many_path = URL(url).path
        empty = await _settled_memory(house)
        await _change(house, few_path, few, METRICS)
        cpu_with_few = await _change(house, few_path, few, alerts)
        found = requests(many_path, many.changes(metrics))
        burst = await _burst(house, found)
        await _change(house, many_path, many, metrics)
        # Home Assistant writes the registries once meanwhile, ten seconds after a change
        cpu_with_many = median(
            [await _change(house, many_path, many, alerts) for _ in range(3)]
        )
        journal = house.path / ".storage" / f"bleemeo.{entry_id}.db"
        before = cpu_seconds(house.pid)
        await quiet(house.pid, IDLE_SECONDS)
        idle = (cpu_seconds(house.pid) - before) / IDLE_SECONDS
        start = await _start(house, empty, metrics)
        size = float(journal.stat().st_size)
    return Round(
        bare_burst=bare_burst,
        bare_posts=bare_posts,
        burst=burst,
        bare_start=bare_start,
        start=start,
        cpu_with_few=cpu_with_few,
        cpu_with_many=cpu_with_many,
        journal=size / metrics,
        idle=idle,
    )


async def _settled_memory(house: House) -> int:
    await quiet(house.pid)
    return memory(house.pid)


async def _burst(house: House, messages: list[bytes]) -> Burst:
    """Let entities be added while watching the event loop."""
    await quiet(house.pid)
    await house.session.post(f"{house.url}/api/webhook/noop_loop")
    began_at = perf_counter()
    answers = await send(house.port, messages)
    seconds = perf_counter() - began_at
    async with house.session.post(f"{house.url}/api/webhook/noop_loop") as reply:
        blocked = (await reply.json())["blocked"]
    if any(status != HTTPStatus.OK for status, _ in answers.counts):
        raise RuntimeError(f"Not added: {answers.counts}")
    return Burst(seconds, blocked)


async def _start(house: House, empty: int, metrics: int) -> Start:
    """Restart with all that has been added."""
    await house.restart()
    taken = await _settled_memory(house) - empty
    return Start(cpu_seconds(house.pid), taken / metrics)


async def _change(house: House, path: str, account: Account, alerts: int) -> float:
    """Send alerts and return the CPU seconds per alert."""
    messages = requests(path, account.changes(alerts))
    await quiet(house.pid)
    before = cpu_seconds(house.pid)
    answers = await send(house.port, messages)
    await quiet(house.pid)
    if any(status != HTTPStatus.OK for status, _ in answers.counts):
        raise RuntimeError(f"Not taken: {answers.counts}")
    return (cpu_seconds(house.pid) - before) / alerts
