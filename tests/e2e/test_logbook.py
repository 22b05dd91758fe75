"""The logbook of a real Home Assistant, after some alerts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re
from typing import Any

import pytest
import pytest_asyncio
from servers import Servers
import yaml

from scripts.house import House
from scripts.simulated_bleemeo import read_day

RECORDED_SECONDS = 30
COMMIT_SECONDS = 2
ROOT = Path(__file__).resolve().parents[2]
DAY = ROOT / "tests" / "fixtures" / "a_day.jsonl"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[Servers]:
    """Return servers of a house whose logbook leaves out what the documents say."""
    recorder = {"commit_interval": 1}
    configuration = {"recorder": recorder, "logbook": documented_filter()}
    async with House(configuration=configuration) as house:
        _, address = await house.add_bleemeo("Bleemeo")
        yield Servers(house, address)


async def sentences(house: House, start: datetime, target: dict[str, Any]) -> list[str]:
    """Return the logbook's messages about the target, once they are recorded."""
    async with asyncio.timeout(RECORDED_SECONDS):
        while True:
            entries = await house.command(
                "logbook/get_events", start_time=start.isoformat(), **target
            )
            found = [
                f"{entry['name']} {entry['message']}"
                for entry in entries
                if "message" in entry
            ]
            if found:
                return found
            await asyncio.sleep(0.5)


async def lines(house: House, start: datetime) -> list[str]:
    """Return what Activity has since then: sentences, and entities with their states.

    A line that has the state of another entity for its cause ends with that.
    """
    await asyncio.sleep(COMMIT_SECONDS)
    entries = await house.command("logbook/get_events", start_time=start.isoformat())
    return [
        (
            f"{entry['icon']} {entry['name']} {entry['message']}"
            if "message" in entry
            else f"{entry['entity_id']} {entry['state']}"
        )
        + (f" by {entry['context_entity_id']}" if "context_state" in entry else "")
        for entry in entries
    ]


async def test_an_alert_reads_as_a_sentence_on_its_entity_and_device(
    servers: Servers,
) -> None:
    """The logbook finds it by either of them."""
    start = datetime.now(UTC) - timedelta(minutes=1)
    house = servers.house
    for alert in read_day(DAY)[:4]:
        async with house.session.post(servers.address, json=alert) as reply:
            assert reply.status == 200
    [sensor] = [
        entity for entity in await house.entities() if entity["original_name"] == "CPU"
    ]
    for target in (
        {"entity_ids": [sensor["entity_id"]]},
        {"device_ids": [sensor["device_id"]]},
    ):
        assert await sentences(house, start, target) == [
            "web01.example.com CPU became warning: Current value: 85.00 %"
            " threshold (80.00 %) exceeded over last 5 minutes",
            "web01.example.com CPU worsened to critical: Current value: 95.00 %"
            " threshold (90.00 %) exceeded over last 5 minutes",
            "web01.example.com CPU eased to warning: Current value: 82.00 %"
            " threshold (80.00 %) exceeded over last 1 minute",
            "web01.example.com CPU is OK again: Current value: 12.00 %",
        ]


async def test_a_change_is_one_sentence_and_what_is_left_out_is_not_there(
    servers: Servers,
) -> None:
    """With the documented filter; a restart writes nothing."""
    house = servers.house
    for metric in ("CPU", "Memory"):
        await servers.report("web01", metric, "ok", ago=timedelta(hours=1))
    await lines(house, datetime.now(UTC))
    start = datetime.now(UTC)
    await servers.report("web01", "CPU", "critical", "95 %")
    assert await lines(house, start) == [
        "sensor.web01_cpu critical",
        "sensor.web01_status critical",
        "mdi:alert-octagon web01 CPU became critical: 95 %",
    ]
    start = datetime.now(UTC)
    await servers.report("web01", "Memory", "warning", "85 %")
    assert await lines(house, start) == [
        "sensor.web01_memory warning",
        "mdi:alert web01 Memory became warning: 85 %",
    ]
    start = datetime.now(UTC)
    target = {"entity_id": "sensor.web01_cpu", "comment": "on it"}
    await house.post("/api/services/bleemeo/acknowledge", target)
    assert await lines(house, start) == [
        "mdi:eye-check web01 CPU was acknowledged by demo: on it"
    ]
    start = datetime.now(UTC)
    await house.restart()
    assert [each for each in await lines(house, start) if "web01" in each] == []


def documented_filter() -> dict[str, Any]:
    """Return what the documents say to leave out."""
    text = (ROOT / "docs" / "entities.md").read_text("utf-8")
    [block] = re.findall(r"```yaml\n(logbook:\n.*?)```", text, re.DOTALL)
    found: dict[str, Any] = yaml.safe_load(block)["logbook"]
    return found
