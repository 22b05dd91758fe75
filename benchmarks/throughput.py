"""Alerts per second: this integration beside the host's limit and the handwritten."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any

from yarl import URL

from scripts.house import House

from . import handwritten
from .alerts import Account, requests
from .process import cpu_seconds, quiet
from .sender import Answers, send

NOOP = Path(__file__).parent / "noop"
METRICS = 50
# more than the recorder waits by itself
COMMIT_SECONDS = 5.5


@dataclass
class Contender:
    """A receiver of alerts, which alerts it gets, and its figures of each round."""

    name: str
    path: str
    bodies: Callable[[int], list[bytes]]
    count: int
    answer: tuple[int, str]
    is_recorded: bool
    rates: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    async def go(self, house: House, *, is_counted: bool = True) -> Answers:
        """Run a round; raise if any answer is not the expected one."""
        messages = requests(self.path, self.bodies(self.count))
        cpu = cpu_seconds(house.pid)
        answers = await send(house.port, messages)
        # count the remaining work too, the recorder's when its interval is over
        await asyncio.sleep(COMMIT_SECONDS if self.is_recorded else 0)
        await quiet(house.pid)
        cpu = cpu_seconds(house.pid) - cpu
        wrong = {
            answer: count
            for answer, count in answers.counts.items()
            if answer[0] != self.answer[0] or not answer[1].startswith(self.answer[1])
        }
        if wrong:
            raise RuntimeError(f"{self.name}: {wrong}")
        if is_counted:
            self.rates.append(answers.rate)
            self.p99s.append(answers.wait_of(0.99))
            self.cpus.append(cpu / self.count)
        return answers


@dataclass(frozen=True)
class Row:
    """Medians of a contender: alerts per second, seconds, and CPU seconds."""

    name: str
    rate: float
    p99: float
    cpu: float


@asynccontextmanager
async def furnished(
    account: Account, configuration: dict[str, Any] | None = None
) -> AsyncIterator[tuple[House, str]]:
    """Start a house for all contenders; yield it and the path of Bleemeo's webhook."""
    sections = {
        "noop": {},
        **handwritten.configuration(account),
        **(configuration or {}),
    }
    async with House(configuration=sections, components=[NOOP]) as house:
        _, url = await house.add_bleemeo("Benchmark")
        yield house, URL(url).path


def contenders(
    account: Account, path: str, scale: float, *, is_recorded: bool = False
) -> list[Contender]:
    """Return all contenders, with rounds of half a second for a scale of 1.

    Eight alerts share a commit, since eight wait at any time: a hundredth of the alerts
    must be more than one or two of these groups. With the recorder, the two that are
    compared get as many: its commit would fall into the longer of two rounds more often.
    """
    yaml_alerts, our_alerts = (2400, 2400) if is_recorded else (1800, 3000)

    def count(alerts: int) -> int:
        return max(int(alerts * scale), 2 * account.metrics)

    ok = HTTPStatus.OK
    changed, repeat = (ok, '{"result":"changed"}'), (ok, '{"result":"repeat"}')
    return [
        Contender(
            "no-op",
            "/api/webhook/noop",
            account.repeats,
            count(9000),
            (ok, '{"result"'),
            is_recorded,
        ),
        Contender(
            "handwritten YAML",
            f"/api/webhook/{handwritten.WEBHOOK_ID}",
            account.repeats,
            count(yaml_alerts),
            (ok, ""),
            is_recorded,
        ),
        Contender(
            "changing", path, account.changes, count(our_alerts), changed, is_recorded
        ),
        Contender("repeats", path, account.repeats, count(4500), repeat, is_recorded),
    ]


async def measure(rounds: int, scale: float, *, is_recorded: bool) -> list[Row]:
    """Let the contenders take turns, and return the medians of each."""
    account = Account("throughput", METRICS)
    configuration: dict[str, Any] = {"recorder": {}} if is_recorded else {}
    async with furnished(account, configuration) as (house, path):
        # the handwritten one must get new alerts each time
        taking_part = contenders(account, path, scale, is_recorded=is_recorded)
        taking_part[1].bodies = Account("throughput", METRICS).changes
        await quiet(house.pid)
        for number in range(rounds + 1):
            # the first round discovers the metrics and warms everything up
            for contender in taking_part:
                if number == 0 and contender.name == "no-op":
                    continue
                await contender.go(house, is_counted=number > 0)
    return [
        Row(
            contender.name,
            median(contender.rates),
            median(contender.p99s),
            median(contender.cpus),
        )
        for contender in taking_part
    ]
