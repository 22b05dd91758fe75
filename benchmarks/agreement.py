"""Measure an agreement with Bleemeo: requests, bytes, time, and the longest block.

Run it as `python -m benchmarks.agreement` in the environment of the unit tests. The
server has its own process; Home Assistant runs in this one, without recorder and
frontend, and the client is Bleemeo's own.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import gc
import logging
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
import sys
import tempfile
import time
from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.bleemeo.api import client
from custom_components.bleemeo.const import (
    CONF_ACCOUNT,
    CONF_CLOUDHOOK,
    CONF_REFRESH_TOKEN,
    DOMAIN,
)
from custom_components.bleemeo.models import BleemeoData
from homeassistant import loader
from homeassistant.const import CONF_URL, CONF_WEBHOOK_ID
from scripts import ending
from scripts.simulated_api import Account, SimulatedApi

from . import positive

ACCOUNT = "8f63c7da-700c-4fa6-a4d5-c15db2652d15"
METRICS_PER_AGENT = 100
BEAT_SECONDS = 0.001


@dataclass
class Blocks:
    """The longest time for which the event loop was blocked, in seconds.

    `collecting` is the longest garbage collection, which takes longer the more there is
    in Home Assistant.
    """

    longest: float = 0.0
    collecting: float = 0.0
    _began: float = 0.0

    def time_collection(self, phase: str, _: dict[str, Any]) -> None:
        """Time a collection, as a callback of the garbage collector."""
        if phase == "start":
            self._began = time.perf_counter()
        else:
            took = time.perf_counter() - self._began
            self.collecting = max(self.collecting, took)

    async def watch(self) -> None:
        """Measure until cancelled."""
        while True:
            start = time.perf_counter()
            await asyncio.sleep(BEAT_SECONDS)
            late = time.perf_counter() - start - BEAT_SECONDS
            self.longest = max(self.longest, late)


@asynccontextmanager
async def watched() -> AsyncIterator[Blocks]:
    """Measure how long the loop is blocked inside the context."""
    blocks = Blocks()
    task = asyncio.create_task(blocks.watch())
    gc.callbacks.append(blocks.time_collection)
    await asyncio.sleep(BEAT_SECONDS)
    try:
        yield blocks
    finally:
        task.cancel()
        gc.callbacks.remove(blocks.time_collection)


def serve(pipe: Connection, metrics: int) -> None:
    """Run the server; obey commands to set statuses, or to report the traffic."""

    async def run() -> None:
        server = SimulatedApi()
        account = server.accounts[ACCOUNT] = Account("Servers")
        agent = ""
        for number in range(metrics):
            if number % METRICS_PER_AGENT == 0:
                agent = account.add_agent(f"server{number // METRICS_PER_AGENT:03}")
            account.add_metric(
                agent,
                f"disk_used_perc_{number % METRICS_PER_AGENT}",
                item="/var/lib",
                unit_text="%",
                status_descriptions=["Current value: 42.00 %"],
            )
        async with server.running():
            pipe.send((server.url, server.log_in()))
            while command := await asyncio.to_thread(pipe.recv):
                if command == "wire":
                    pipe.send((len(server.requests), server.bytes_sent))
                    server.requests.clear()
                    server.bytes_sent = 0
                    continue
                count, status = command
                for uid in list(account.metrics)[:count]:
                    account.set_status(uid, status)
                pipe.send(None)

    asyncio.run(run())


async def measure(metrics: int, page_size: int) -> None:
    """Print a line for each case."""
    client.PAGE_SIZE = page_size
    context = get_context("spawn")
    pipe, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, metrics), daemon=True)
    server.start()
    url, token = await asyncio.to_thread(pipe.recv)
    with tempfile.TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS, None)
            (Path(folder) / ".storage").mkdir()
            entry = MockConfigEntry(
                domain=DOMAIN,
                title="Bleemeo",
                unique_id=ACCOUNT,
                data={
                    CONF_WEBHOOK_ID: "a" * 64,
                    CONF_CLOUDHOOK: False,
                    CONF_URL: url,
                    CONF_ACCOUNT: ACCOUNT,
                    CONF_REFRESH_TOKEN: token,
                },
            )
            entry.add_to_hass(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
            data: BleemeoData = entry.runtime_data
            agreement = data.agreement
            assert agreement is not None
            while agreement.catalogue.agreed_at is None:
                await asyncio.sleep(0.01)

            async def agree(case: str, count: int = 0, status: str = "ok") -> None:
                # the server's clock ticks in whole seconds
                await asyncio.sleep(1.1)
                pipe.send((count, status))
                await asyncio.to_thread(pipe.recv)
                pipe.send("wire")
                await asyncio.to_thread(pipe.recv)
                before = agreement.catalogue.corrected
                async with watched() as blocks:
                    start = time.perf_counter()
                    await agreement.async_check_now()
                    took = time.perf_counter() - start
                    await hass.async_block_till_done()
                pipe.send("wire")
                requests, sent = await asyncio.to_thread(pipe.recv)
                corrected = agreement.catalogue.corrected - before
                print(
                    f"| {case} | {corrected:,} | {requests} | {sent / 1024:,.0f} KiB"
                    f" | {took:.2f} s | {blocks.longest * 1000:.0f} ms"
                    f" | {blocks.collecting * 1000:.0f} ms |"
                )

            async with watched() as blocks:
                await asyncio.sleep(1)
            print(f"{metrics:,} metrics, pages of {page_size:,}; at rest the loop's")
            print(f"longest block is {blocks.longest * 1000:.0f} ms\n")
            print(
                "| case | corrected | requests | bytes | agreed | longest block | of it collecting |"
            )
            print("|---|---|---|---|---|---|---|")
            await agree("nothing has changed")
            await agree(
                "1 % is at warning, never seen before", metrics // 100, "warning"
            )
            await agree("all are at warning", metrics, "warning")
            await agree("nothing has changed since")
            await agree("all are at critical", metrics, "critical")
            await agree("all are fine again", metrics, "ok")
            await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_stop(force=True)
    pipe.send(None)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metrics", type=positive, default=5000)
    parser.add_argument("--page-size", type=positive, default=client.PAGE_SIZE)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    try:
        ending.run(measure(arguments.metrics, arguments.page_size))
    except KeyboardInterrupt:
        sys.exit("benchmarks.agreement: ended before all was measured")


if __name__ == "__main__":
    main()
