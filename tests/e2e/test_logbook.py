"""The logbook of a real Home Assistant, after some alerts."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.house import House
from scripts.simulated_bleemeo import read_day

RECORDED_SECONDS = 30
DAY = Path(__file__).resolve().parents[1] / "fixtures" / "a_day.jsonl"

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


async def test_an_alert_reads_as_a_sentence_on_its_entity_and_device() -> None:
    """The logbook finds it by either of them."""
    start = datetime.now(UTC) - timedelta(minutes=1)
    async with House(configuration={"recorder": {}, "logbook": {}}) as house:
        _, address = await house.add_bleemeo("Bleemeo")
        for alert in read_day(DAY)[:4]:
            async with house.session.post(address, json=alert) as reply:
                assert reply.status == 200
        [sensor] = [
            entity
            for entity in await house.entities()
            if entity["original_name"] == "CPU" and entity["entity_id"].startswith("sensor.")
        ]
        for target in (
            {"entity_ids": [sensor["entity_id"]]},
            {"device_ids": [sensor["device_id"]]},
        ):
            assert await sentences(house, start, target) == [
                "web01.example.com: CPU became warning: Current value: 85.00 %"
                " threshold (80.00 %) exceeded over last 5 minutes",
                "web01.example.com: CPU worsened to critical: Current value: 95.00 %"
                " threshold (90.00 %) exceeded over last 5 minutes",
                "web01.example.com: CPU eased to warning: Current value: 82.00 %"
                " threshold (80.00 %) exceeded over last 1 minute",
                "web01.example.com: CPU is OK again: Current value: 12.00 %",
            ]
