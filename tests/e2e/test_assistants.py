"""What a real Home Assistant's assistants are told, through its conversation API."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from scripts.house import House
from scripts.simulated_bleemeo import read_day

PATIENCE_SECONDS = 30
DAY = Path(__file__).resolve().parents[1] / "fixtures" / "a_day.jsonl"

QUESTIONS = {
    ("en", "nas: "): [
        "Is everything OK?",
        "Is everything all right?",
        "Is everything OK with Bleemeo?",
    ],
    ("en", "db01 is OK."): ["Is everything OK with db01?", "How is db01?"],
    ("en", "db01: PostgreSQL is OK."): [
        "Is everything all right with PostgreSQL on db01?"
    ],
    ("en", "Café: "): ["What is wrong with cafe?", "Is everything okay with Café?"],
    ("en", "Sorry"): [
        "Is everything OK in the kitchen?",
        "Is everything OK with Redis?",
    ],
    ("de", "nas: "): ["Ist alles in Ordnung?", "Läuft noch alles?"],
    ("de", "web01: "): [
        "Was stimmt nicht mit web01?",
        "Ist bei web01 alles in Ordnung?",
    ],
    ("de", "db01: PostgreSQL ist in Ordnung."): ["Läuft PostgreSQL auf db01 noch?"],
    ("de", "München: "): ["Was stimmt nicht mit Munchen?", "Was ist mit muenchen los?"],
    ("fr", "nas : "): ["Est-ce que tout va bien ?", "Y a-t-il des problèmes ?"],
    ("fr", "web01 : "): ["Est-ce que tout va bien avec web01 ?", "Comment va web01 ?"],
    ("fr", "db01 : PostgreSQL est OK."): [
        "Est-ce que PostgreSQL sur db01 fonctionne ?"
    ],
    ("fr", "Café : "): ["Quel est le problème avec cafe ?"],
}

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
        alerts += [
            alerts[0] | {"agent": str(uuid4()), "metric": str(uuid4()), "title": title}
            for title in ("Café - CPU is Warning", "München - CPU is Warning")
        ]
        for alert in alerts:
            async with house.session.post(address, json=alert) as reply:
                assert reply.status == 200
        await answered(house, "What is wrong with db01?", "Sorry")
        assert (await ask(house, "Is everything OK?")).startswith("Sorry")
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
        for (language, beginning), questions in QUESTIONS.items():
            for question in questions:
                answer = await ask(house, question, language)
                # French has a space before a colon that breaks no line
                said = answer.replace("\N{NO-BREAK SPACE}", " ")
                assert said.startswith(beginning), (question, said)
