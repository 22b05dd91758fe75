"""What a real Home Assistant's assistants are told, through its conversation API."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from scripts.house import House
from scripts.simulated_bleemeo import read_day

PATIENCE_SECONDS = 30
DAY = Path(__file__).resolve().parents[1] / "fixtures" / "a_day.jsonl"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(house: House, text: str, language: str = "en") -> str:
    """Return what the built-in assistant answers."""
    answer = await house.command("conversation/process", text=text, language=language)
    return str(answer["response"]["speech"]["plain"]["speech"])


async def answered(house: House, text: str, beginning: str) -> str:
    """Return an answer that begins so, once names and exposure have been heard of."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (answer := await ask(house, text)).startswith(beginning):
            await asyncio.sleep(0.5)
    return answer


async def test_what_is_wrong_can_be_asked_for_once_it_is_exposed() -> None:
    """All of it, of one server, and in another language."""
    async with House(configuration={"conversation": {}}) as house:
        _, address = await house.add_bleemeo("Bleemeo")
        alerts: list[dict[str, Any]] = read_day(DAY)
        for alert in alerts:
            async with house.session.post(address, json=alert) as reply:
                assert reply.status == 200
        await answered(house, "What is wrong with db01?", "Sorry")
        [problem] = [
            entity["entity_id"]
            for entity in await house.entities()
            if entity["entity_id"] == "binary_sensor.bleemeo_problem"
        ]
        await house.command(
            "homeassistant/expose_entity",
            assistants=["conversation"],
            entity_ids=[problem],
            should_expose=True,
        )
        assert await answered(house, "What is wrong with web01?", "web01") == (
            "web01: Disk used (/home) is at warning level."
        )
        assert await ask(house, "Is web01 OK?") == (
            "web01: Disk used (/home) is at warning level."
        )
        assert "nas: " in await ask(house, "Are all servers OK?")
        assert "nas: " in await ask(house, "¿Están bien todos los servidores?", "es")
        assert (await ask(house, "Are all lights OK?")).startswith("Sorry")
