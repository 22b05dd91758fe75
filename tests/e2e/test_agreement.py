"""What Bleemeo saw while Home Assistant was down is shown seconds after its start."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
import time
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from scripts.house import House
from scripts.simulated_api import STATUS_NUMBERS, Account, Fault, SimulatedApi

_LOGGER = logging.getLogger(__name__)

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNT_ID = "8f63c7da-700c-4fa6-a4d5-c15db2652d15"
METRICS = 8
AGREED_SECONDS = 10
STOP_SECONDS = 5

# counts events that an automation can tell from delivered alerts
CONFIGURATION = {
    "counter": {"offline": {}},
    "automation": [
        {
            "triggers": {
                "trigger": "event",
                "event_type": "bleemeo_alert",
                "event_data": {"while_offline": True, "source": "api"},
            },
            "actions": {
                "action": "counter.increment",
                "target": {"entity_id": "counter.offline"},
            },
            "mode": "queued",
            "max": 100,
        }
    ],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bleemeo() -> AsyncIterator[SimulatedApi]:
    """Return a server that stands in for Bleemeo's API."""
    server = SimulatedApi()
    account = server.accounts[ACCOUNT_ID] = Account("Servers")
    agent = account.add_agent("web01")
    for number in range(METRICS):
        account.add_metric(agent, f"metric_{number}")
    async with server.running():
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    """Return a house with an automation for what happened while it was down."""
    async with House(configuration=CONFIGURATION) as house:
        yield house


async def test_all_agrees_within_seconds_of_a_start(
    house: House, bleemeo: SimulatedApi
) -> None:
    """Alerts that never arrived are replaced, and each one is announced."""
    entry_id, url = await house.add_bleemeo("Servers")
    account = bleemeo.accounts[ACCOUNT_ID]
    # what was never seen would be raised at a second look, minutes later
    for uid in account.metrics:
        await deliver(house, url, account, uid, "warning")
    answer = await house.set_options(
        entry_id,
        "access",
        {
            "username": bleemeo.username,
            "password": bleemeo.password,
            "developers": {"url": bleemeo.url},
        },
    )
    assert answer["reason"] == "access_given"
    await agreed(house, account)

    await house.stop()
    words = list(STATUS_NUMBERS)
    for number, uid in enumerate(account.metrics):
        account.set_status(uid, words[number % 4])
    await house.start()
    start = time.monotonic()
    await agreed(house, account)
    _LOGGER.info("all agreed %.1f s after the start", time.monotonic() - start)

    changed = sum(words[number % 4] != "warning" for number in range(METRICS))
    async with asyncio.timeout(AGREED_SECONDS):
        while (await house.states())["counter.offline"]["state"] != str(changed):
            await asyncio.sleep(0.1)
    log = house.log()
    assert bleemeo.password not in log
    # none of our code is in a traceback
    assert "custom_components/bleemeo" not in log
    assert not any(token in log for token in bleemeo.refresh_tokens)
    # the token that was issued last is on disk, and nobody else can read it
    assert {kept_token(house, entry_id)} == bleemeo.refresh_tokens
    entry = await stored_entry(house, entry_id)
    assert bleemeo.password not in str(entry)


async def test_a_token_outlives_a_kill(house: House, bleemeo: SimulatedApi) -> None:
    """Each is good for one time, and is on disk before anything is asked with it."""
    [entry_id] = [each.name.split(".")[1] for each in token_files(house)]
    account = bleemeo.accounts[ACCOUNT_ID]
    for _ in range(2):
        bleemeo.expire()
        asked = bleemeo.asked("/v1/agent/")
        press = asyncio.create_task(press_check_now(house))
        async with asyncio.timeout(AGREED_SECONDS):
            while bleemeo.asked("/v1/agent/") < asked + 2:
                await asyncio.sleep(0)
        await house.kill()
        press.cancel()
        assert {kept_token(house, entry_id)} == bleemeo.refresh_tokens
        await house.start()
        await agreed(house, account)


async def press_check_now(house: House) -> None:
    """Press the button, whatever comes of it."""
    with suppress(Exception):
        await house.post(
            "/api/services/button/press", {"entity_id": "button.servers_check_now"}
        )


def token_files(house: House) -> list[Path]:
    """Return the files with the newest tokens."""
    return list((house.path / ".storage").glob("bleemeo.*.token"))


def kept_token(house: House, entry_id: str) -> str:
    """Return the newest token of an entry, which is nobody else's to read."""
    [path] = token_files(house)
    assert path.name == f"bleemeo.{entry_id}.token"
    assert path.stat().st_mode & 0o077 == 0
    token: str = json.loads(path.read_text())["token"]
    return token


async def test_home_assistant_stops_in_time_while_bleemeo_stalls(
    house: House, bleemeo: SimulatedApi
) -> None:
    """It also starts, and takes alerts."""
    start = time.monotonic()
    await house.stop()
    usual = time.monotonic() - start
    bleemeo.faults["/v1/metric/"] = fault = Fault(stalls=True)
    await house.start()
    async with asyncio.timeout(AGREED_SECONDS):
        while fault.times:
            await asyncio.sleep(0.1)
    (webhook,) = [
        each for each in await house.webhooks() if each["domain"] == "bleemeo"
    ]
    url = f"{house.url}/api/webhook/{webhook['webhook_id']}"
    account = bleemeo.accounts[ACCOUNT_ID]
    await deliver(house, url, account, next(iter(account.metrics)), "critical")
    start = time.monotonic()
    assert await house.stop() == 0
    took = time.monotonic() - start
    _LOGGER.info("stopped in %.1f s, and in %.1f s while Bleemeo stalled", usual, took)
    assert took - usual < STOP_SECONDS
    await house.start()
    await agreed(house, account)


async def deliver(
    house: House, url: str, account: Account, uid: str, status: str
) -> None:
    """Change a metric's status, and post the alert about it."""
    account.set_status(uid, status)
    metric = account.metrics[uid]
    name = f"Metric {metric['label'].rpartition('_')[2]}"
    changed_at = (datetime.now(UTC) - timedelta(seconds=2)).isoformat()
    alert = {
        "id": str(uuid4()),
        "account": ACCOUNT_ID,
        "agent": metric["agent"],
        "metric": uid,
        "status": STATUS_NUMBERS[status],
        "title": f"web01 - {name} is {status.capitalize()}",
        "status_changed_at": changed_at,
    }
    async with house.session.post(url, json=alert) as answer:
        assert answer.status == 200


async def agreed(house: House, account: Account) -> None:
    """Wait until the statuses shown are Bleemeo's."""
    words = list(STATUS_NUMBERS)
    async with asyncio.timeout(AGREED_SECONDS):
        while True:
            shown = {
                state["attributes"]["metric_id"]: state["state"]
                for state in (await house.states()).values()
                if "metric_id" in state["attributes"]
                and state["entity_id"].startswith("sensor.")
            }
            if shown and all(
                shown.get(uid, "ok") == words[row["current_status"]]
                for uid, row in account.metrics.items()
            ):
                return
            await asyncio.sleep(0.1)


async def stored_entry(house: House, entry_id: str) -> dict[str, Any]:
    """Return an entry as stored on disk, once a change has been written."""
    await asyncio.sleep(2)
    path = house.path / ".storage" / "core.config_entries"
    entries = json.loads(await asyncio.to_thread(path.read_text))["data"]["entries"]
    return next(entry for entry in entries if entry["entry_id"] == entry_id)
