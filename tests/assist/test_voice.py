"""Tests of when the built-in voice assistant answers, through a conversation."""

import asyncio
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_fire_time_changed,
)

from custom_components.bleemeo.assist import voice
from custom_components.bleemeo.core import AgentProfile
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.trigger import async_initialize_triggers
from homeassistant.setup import async_setup_component
from tests import receive_alert, setup_integration
from tests.assistant import (
    ACCOUNT_PROBLEM,
    DB01,
    DISK,
    WEB01,
    WEB01_PROBLEM,
    about,
    expose,
)

from . import ALL_OK, UNHANDLED, Ask, fail
from .test_sentences import QUESTIONS


@pytest.mark.parametrize(
    "text",
    [
        "Are all servers OK?",
        "are all my servers fine",
        "How are the servers?",
        "Are there any problems?",
        "is there a problem with my servers",
    ],
)
async def test_all_servers_are_ok(ask: Ask, text: str) -> None:
    """It is said shortly."""
    assert await ask(text) == ALL_OK


async def test_a_server_that_bleemeo_only_lists_is_ok(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """No alert told of it; nothing is known of what runs there, nor while it is doubted."""
    board = entry.runtime_data.hub.board
    profiles = {
        DISK: AgentProfile(name="app01.example.com"),
        DISK[:-1] + "2": AgentProfile(name="new.example.com", is_doubted=True),
    }
    await entry.runtime_data.hub.listed.async_show_agents(profiles)
    assert await ask("Is app01 OK?") == "app01 is OK."
    assert await ask("Is PostgreSQL on app01 OK?") == "Nothing is known about that yet."
    assert UNHANDLED in await ask("Is new OK?")
    assert await ask("Are all servers OK?") == "Not everything is known about Bleemeo."
    board.take_profiles({DISK: profiles[DISK]})
    assert await ask("Are all servers OK?") == ALL_OK


async def test_the_status_of_the_account_can_be_asked_for(
    hass: HomeAssistant, ask: Ask, entry: MockConfigEntry
) -> None:
    """By its name, of which Home Assistant itself tells."""
    expose(hass, "sensor.bleemeo_status")
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    assert await ask("What is the Bleemeo status?") == "Bleemeo status is critical"


async def test_what_is_wrong_is_said_with_short_names(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """The worst first."""
    await fail(
        entry,
        about("web01.example.com", "CPU", 1, WEB01),
        about("web01.example.com", "Disk", 2, WEB01, DISK),
        about("db01.example.com", "PostgreSQL", 3, DB01),
    )
    web01 = "web01: Disk is critical, CPU is at warning level."
    assert (
        await ask("Are all servers OK?")
        == f"{web01} db01: PostgreSQL is in an unknown state."
    )
    assert await ask("What is wrong with web01?") == web01
    assert await ask("What's wrong with Web 01") == web01
    assert await ask("what is wrong with web01.example.com") == web01


async def test_a_server_that_is_ok_is_said_to_be(hass: HomeAssistant, ask: Ask) -> None:
    """By the name that a person gave to its device."""
    assert await ask("What is wrong with db01?") == "db01 is OK."
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier(
        ("bleemeo", DB01), "01JBLEEMEO0000000000000000"
    )
    assert device is not None
    devices.async_update_device(device.id, name_by_user="The (old) database!")
    assert await ask("is the old database ok") == "The (old) database! is OK."


async def test_only_what_is_exposed_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask
) -> None:
    """A server's entity stands for its metrics; with nothing exposed, nothing is heard."""
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    assert (await ask("are all servers ok")).startswith("db01")
    expose(hass, ACCOUNT_PROBLEM, False)
    expose(hass, WEB01_PROBLEM)
    assert await ask("are all servers ok") == ALL_OK
    assert UNHANDLED in await ask("what is wrong with db01")
    assert await ask("what is wrong with web01") == "web01 is OK."
    expose(hass, WEB01_PROBLEM, False)
    assert UNHANDLED in await ask("are all servers ok")
    assert UNHANDLED in await ask("what is wrong with web01")


async def test_only_what_the_user_may_read_is_told(
    entry: MockConfigEntry, ask: Ask, hass_read_only_user: MockUser
) -> None:
    """Whoever speaks to the assistant."""
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    hass_read_only_user.groups = []
    status = "sensor.web01_example_com_cpu"
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {status: True}}})
    context = Context(user_id=hass_read_only_user.id)
    assert await ask("are all servers ok", context=context) == ALL_OK
    answer = await ask("what is wrong with db01", context=context)
    assert answer == "Nothing is known about that yet."


async def test_nothing_is_ok_that_is_not_known(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask
) -> None:
    """An account that is not loaded is named, unless nothing of it is exposed."""
    other = MockConfigEntry(
        domain="bleemeo", title="Customer", data=entry.data | {"webhook_id": "other"}
    )
    await setup_integration(hass, other)
    assert await ask("are all servers ok") == ALL_OK
    expose(hass, "binary_sensor.customer_problem")
    assert await ask("are all servers ok") == "Not everything is known about Customer."
    await hass.config_entries.async_set_disabled_by(
        other.entry_id, ConfigEntryDisabler.USER
    )
    assert await ask("are all servers ok") == ALL_OK


async def test_what_is_said_to_others_is_left_to_them(ask: Ask) -> None:
    """Whatever it is that is not a server."""
    assert UNHANDLED in await ask("what is wrong with the washing machine")
    assert UNHANDLED in await ask("are all lights ok")


async def test_a_metric_that_is_new_can_be_asked_for(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """Of a server that was there before."""
    assert UNHANDLED in await ask("Is the swap of db01 OK?")
    await fail(entry, about("db01.example.com", "Swap", 1, DB01, DISK))
    assert await ask("Is the swap of db01 OK?") == "db01: Swap is at warning level."


async def test_what_names_nothing_is_left_to_a_language_model(
    hass: HomeAssistant, ask: Ask
) -> None:
    """It knows the whole house, and what is exposed of Bleemeo too."""
    assert await ask("Is everything OK?") == ALL_OK
    hass.states.async_set("conversation.model", "unknown")
    for question in ("Is everything OK?", "Are there any problems?"):
        assert UNHANDLED in await ask(question)
    assert await ask("Is everything OK with my servers?") == ALL_OK
    hass.states.async_remove("conversation.model")
    assert await ask("Is everything OK?") == ALL_OK


async def test_a_question_about_the_house_is_left_to_home_assistant(
    hass: HomeAssistant, ask: Ask
) -> None:
    """Whatever is asked after by name, and all of it where nothing is exposed."""
    for question in (
        "Is everything OK in the kitchen?",
        "Is everything OK with the washing machine?",
        "Is everything off?",
        "Is PostgreSQL OK in the kitchen?",
    ):
        assert UNHANDLED in await ask(question), question
    expose(hass, ACCOUNT_PROBLEM, False)
    for language, questions in QUESTIONS.items():
        texts = await async_get_translations(
            hass, language, "config_panel", {"bleemeo"}
        )
        own = [
            texts[f"component.bleemeo.config_panel.voice.{key}"].format(
                server="Bleemeo"
            )
            for key in ("all_ok", "server_ok")
        ]
        for question in questions:
            assert await ask(question, language) not in own, question


async def test_a_test_alert_is_no_server_and_takes_no_name(
    hass: HomeAssistant, ask: Ask
) -> None:
    """Nobody is told at night of what was only tried."""
    data = {"status": "critical", "host": "web01.example.com"}
    await hass.services.async_call("bleemeo", "send_test_alert", data, blocking=True)
    await hass.async_block_till_done()
    assert await ask("Are all servers OK?") == ALL_OK
    assert await ask("What is wrong with web01?") == "web01 is OK."


async def test_what_changes_before_it_listens_for_the_first_time_leaves_nothing_behind(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A small machine may take seconds for that while it starts."""
    may_begin, listening = asyncio.Event(), []

    async def listen(*args: Any) -> CALLBACK_TYPE:
        await may_begin.wait()
        stop = await async_initialize_triggers(*args)
        assert stop is not None
        listening.append(stop)

        def end() -> None:
            listening.remove(stop)
            stop()

        return end

    async def settle() -> None:
        for _ in range(3):
            freezer.tick(5)
            async_fire_time_changed(hass)
            for _ in range(1000):
                await asyncio.sleep(0)

    assert await async_setup_component(hass, "homeassistant", {})
    await setup_integration(hass, entry)
    await receive_alert(entry, about("web01.example.com", "CPU", 0, WEB01))
    await hass.async_block_till_done()
    expose(hass, ACCOUNT_PROBLEM)
    with patch.object(voice, "async_initialize_triggers", listen):
        starting = hass.async_create_task(
            async_setup_component(hass, "conversation", {})
        )
        await settle()
        await receive_alert(entry, about("db01.example.com", "CPU", 0, DB01))
        await settle()
        may_begin.set()
        assert await starting
        await settle()
        assert len(listening) == 1
        expose(hass, ACCOUNT_PROBLEM, False)
        await settle()
    assert listening == []
