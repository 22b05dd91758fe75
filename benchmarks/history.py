"""The history: a month of many servers, out of a journal that is full.

Run it with `python -m benchmarks.history`.
"""

import argparse
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
from random import Random
from statistics import median
import sys
import tempfile
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.bleemeo.const import CONF_CLOUDHOOK, DOMAIN
from custom_components.bleemeo.core import Alert, Incident, Status, Step
from custom_components.bleemeo.hub import BleemeoHub
from custom_components.bleemeo.journal import MetricRecord
from custom_components.bleemeo.overview.feed import Feed, Scope
from homeassistant import loader
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.helpers.json import json_bytes
from scripts import ending

from . import positive

ACCOUNT = "8f63c7da-700c-4fa6-a4d5-c15db2652d15"
METRICS_PER_SERVER = 5
MONTH = timedelta(days=30)


async def measure(servers: int, incidents: int, rounds: int) -> None:
    """Print a line for each case."""
    print("| case | incidents sent | servers | ms | CPU ms | JSON |")
    print("|---|---:|---:|---:|---:|---:|")
    for span, days in (("spread over 400 days", 400), ("all of this month", 30)):
        with tempfile.TemporaryDirectory() as folder:
            async with async_test_home_assistant(config_dir=folder) as hass:
                hass.data.pop(loader.DATA_CUSTOM_COMPONENTS, None)
                (Path(folder) / ".storage").mkdir()
                entry = MockConfigEntry(
                    domain=DOMAIN,
                    title="Bleemeo",
                    unique_id=ACCOUNT,
                    data={CONF_WEBHOOK_ID: "a" * 64, CONF_CLOUDHOOK: False},
                )
                entry.add_to_hass(hass)
                assert await hass.config_entries.async_setup(entry.entry_id)
                hub: BleemeoHub = entry.runtime_data.hub
                await fill(hub, servers, incidents, timedelta(days=days))

                async def look() -> list[dict[str, Any]]:
                    sent: list[dict[str, Any]] = []
                    scope = Scope(
                        since=datetime.now(UTC) - MONTH,
                        may_read=lambda: lambda *_: True,
                        may_control=lambda: lambda *_: True,
                    )
                    feed = Feed(hass, scope, sent.append)
                    await feed.async_begin()
                    return sent

                [event] = await look()
                took, cpu = await timed(look, rounds)
                print(
                    f"| {incidents:,} incidents, {span} | {len(event['incidents']):,}"
                    f" | {len(event['servers'])} | {took * 1e3:.0f}"
                    f" | {cpu * 1e3:.0f}"
                    f" | {len(json_bytes(event)) / 1024:,.0f} KiB |"
                )
                await hass.config_entries.async_unload(entry.entry_id)
                await hass.async_stop(force=True)


async def timed(
    action: Callable[[], Awaitable[object]], rounds: int
) -> tuple[float, float]:
    """Return the medians of the seconds that an action takes, and of its CPU time."""
    took, cpu = [], []
    for _ in range(rounds):
        start, before = perf_counter(), process_time()
        await action()
        took.append(perf_counter() - start)
        cpu.append(process_time() - before)
    return median(took), median(cpu)


async def fill(hub: BleemeoHub, servers: int, incidents: int, span: timedelta) -> None:
    """Let servers have metrics that are OK now, and had incidents."""
    now, random = datetime.now(UTC).replace(microsecond=0), Random(2026)
    each = incidents // (servers * METRICS_PER_SERVER)
    records = []
    for server in range(servers):
        for metric in range(METRICS_PER_SERVER):
            payload = {
                "account": ACCOUNT,
                "agent": str(UUID(int=server + 1)),
                "metric": str(UUID(int=1000 * server + metric + 1)),
                "status": 0,
                "title": f"server{server:03}.example.com - Disk {metric} is OK",
                "status_changed_at": (now - span).isoformat(),
            }
            alert = Alert.from_payload(payload)
            await hub.async_receive(alert, "")
            record = MetricRecord(
                alert,
                now,
                incidents=tuple(
                    incident(now, span, each, number, random) for number in range(each)
                ),
                incidents_from=now - span,
                host=f"server{server:03}.example.com",
                name=f"Disk {metric}",
            )
            records.append(record)
    await hub.store.journal.keep(*records)


def incident(
    now: datetime, span: timedelta, count: int, number: int, random: Random
) -> Incident:
    """Return one of the incidents of a metric, which do not overlap."""
    began = now - span + span * number / count
    statuses = random.choice(
        [
            [Status.WARNING],
            [Status.CRITICAL],
            [Status.WARNING, Status.CRITICAL],
            [Status.WARNING, Status.CRITICAL, Status.WARNING],
        ]
    )
    part = span / count / 8
    steps = (
        Step(began + part * index, status, (began, began))
        for index, status in enumerate(statuses)
    )
    return Incident(tuple(steps), began + part * len(statuses))


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=positive, default=200)
    parser.add_argument("--incidents", type=positive, default=50_000)
    parser.add_argument("--rounds", type=positive, default=7)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    try:
        ending.run(measure(arguments.servers, arguments.incidents, arguments.rounds))
    except KeyboardInterrupt:
        sys.exit("benchmarks.history: ended before all was measured")


if __name__ == "__main__":
    main()
