"""Measure an agreement with Bleemeo: requests, bytes, time, and the longest block.

Run it as `python -m benchmarks.agreement` in the environment of the unit tests. The
server has its own process; Home Assistant runs in this one, without recorder and
frontend. Meanwhile alerts are posted to the webhook, one after the other.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import gc
from itertools import count
import logging
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
import socket
import sys
import tempfile
import time
from typing import Any

from aiohttp import ClientSession
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.bleemeo.api import client, reconcile
from custom_components.bleemeo.const import (
    CONF_ACCOUNT,
    CONF_CLOUDHOOK,
    CONF_REFRESH_TOKEN,
    DOMAIN,
)
from custom_components.bleemeo.models import BleemeoData
from homeassistant import loader
from homeassistant.const import CONF_URL, CONF_WEBHOOK_ID
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
from scripts import ending
from scripts.simulated_api import HOST, Account, SimulatedApi

from . import positive

ACCOUNT = "8f63c7da-700c-4fa6-a4d5-c15db2652d15"
METRICS_PER_AGENT = 100
MOST_SHOWN = 4000
BEAT_SECONDS = 0.001
POST_SECONDS = 0.02
WEBHOOK_ID = "a" * 64
# about a metric that no listing has
ALERT = {
    "account": ACCOUNT,
    "agent": "0d7c1f6e-3f0b-4c51-9d6b-0f6f3f4f8c11",
    "metric": "4bec41e4-4efc-4bb8-b872-186aa54779a6",
    "title": "posted - Metric is Warning",
}


@dataclass
class Blocks:
    """The longest time for which the event loop was blocked, in seconds.

    It counts what its thread worked meanwhile, and not what other processes took.
    `collecting` is the longest garbage collection, which takes longer the more there is
    in Home Assistant. `answered` is the longest that an alert waited for its answer.
    """

    longest: float = 0.0
    collecting: float = 0.0
    answered: float = 0.0
    _began: float = 0.0

    def time_collection(self, phase: str, _: dict[str, Any]) -> None:
        """Time a collection, as a callback of the garbage collector."""
        if phase == "start":
            self._began = time.thread_time()
        else:
            took = time.thread_time() - self._began
            self.collecting = max(self.collecting, took)

    async def watch(self) -> None:
        """Measure until cancelled."""
        while True:
            start = time.thread_time()
            await asyncio.sleep(BEAT_SECONDS)
            self.longest = max(self.longest, time.thread_time() - start)

    async def post(self, session: ClientSession, url: str) -> None:
        """Post one alert after the other until cancelled."""
        for number in count():
            changed_at = datetime.now(UTC).isoformat()
            alert = ALERT | {"status": number % 3, "status_changed_at": changed_at}
            start = time.perf_counter()
            async with session.post(url, json=alert) as answer:
                answer.raise_for_status()
            self.answered = max(self.answered, time.perf_counter() - start)
            await asyncio.sleep(POST_SECONDS)


@asynccontextmanager
async def watched(session: ClientSession, url: str) -> AsyncIterator[Blocks]:
    """Measure how long the loop is blocked inside the context, and alerts wait."""
    blocks = Blocks()
    tasks = [
        asyncio.create_task(blocks.watch()),
        asyncio.create_task(blocks.post(session, url)),
    ]
    gc.callbacks.append(blocks.time_collection)
    await asyncio.sleep(BEAT_SECONDS)
    try:
        yield blocks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
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
                number, status = command
                for uid in list(account.metrics)[:number]:
                    account.set_status(uid, status)
                pipe.send(None)

    asyncio.run(run())


async def measure(metrics: int, page_size: int) -> None:
    """Print a line for each case."""
    client.PAGE_SIZE = page_size
    # Home Assistant takes 10,000 entities of an integration, two for each metric
    shown = min(metrics, MOST_SHOWN)
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
                    CONF_WEBHOOK_ID: WEBHOOK_ID,
                    CONF_CLOUDHOOK: False,
                    CONF_URL: url,
                    CONF_ACCOUNT: ACCOUNT,
                    CONF_REFRESH_TOKEN: token,
                },
            )
            entry.add_to_hass(hass)
            with socket.socket() as probe:
                probe.bind((HOST, 0))
                port = probe.getsockname()[1]
            http = {"server_host": HOST, "server_port": port}
            assert await async_setup_component(hass, "http", {"http": http})
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.http.start()
            webhook = f"http://{HOST}:{port}/api/webhook/{WEBHOOK_ID}"
            session = async_get_clientsession(hass)
            data: BleemeoData = entry.runtime_data
            agreement = data.agreement
            assert agreement is not None
            while agreement.catalogue.agreed_at is None:
                await asyncio.sleep(0.01)

            async def agree(case: str, number: int = 0, status: str = "ok") -> None:
                # the server's clock ticks in whole seconds
                await asyncio.sleep(1.1)
                pipe.send((number, status))
                await asyncio.to_thread(pipe.recv)
                pipe.send("wire")
                await asyncio.to_thread(pipe.recv)
                before = agreement.catalogue.corrected
                async with watched(session, webhook) as blocks:
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
                    f" | {blocks.collecting * 1000:.0f} ms"
                    f" | {blocks.answered * 1000:.0f} ms |"
                )

            async with watched(session, webhook) as blocks:
                await asyncio.sleep(1)
            print(f"{metrics:,} metrics, pages of {page_size:,}; at rest the loop's")
            print(f"longest block is {blocks.longest * 1000:.0f} ms\n")
            print(
                "| case | corrected | requests | bytes | agreed | longest block"
                " | of it collecting | longest answer |"
            )
            print("|---|---|---|---|---|---|---|---|")
            # the second look at once
            reconcile.SECOND_LOOK_AFTER = timedelta()
            await agree("nothing has changed")
            await agree("1 % is at warning, first look", metrics // 100, "warning")
            await agree("1 % is at warning, second look", metrics // 100, "warning")
            await agree(f"{shown:,} are at warning, first look", shown, "warning")
            await agree(f"{shown:,} are at warning, second look", shown, "warning")
            await agree("nothing has changed since")
            await agree(f"{shown:,} are at critical", shown, "critical")
            await agree("all are fine again", shown, "ok")
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
