"""Tests of what the built-in voice assistant is told, through a conversation."""

from collections.abc import Awaitable, Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_fire_time_changed,
)

from custom_components.bleemeo.assist import sentences
from homeassistant.components.conversation import async_converse
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
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

ALL_OK = "All servers are OK."
# what Home Assistant itself says to what nobody answers
UNHANDLED = "Sorry, I"

LATER, LAST = (
    dict.fromkeys(("status_changed_at", "created_at", "modified_at"), time)
    for time in ("2026-11-20T11:40:00Z", "2026-11-20T11:50:00Z")
)

type Ask = Callable[..., Awaitable[str]]


@pytest.fixture
async def ask(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> Ask:
    """Return what asks the assistant, with two servers that are OK and exposed."""
    freezer.move_to("2026-11-20T12:00:00Z")
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    await setup_integration(hass, entry)
    await receive_alert(entry, about("web01.example.com", "CPU", 0, WEB01))
    await receive_alert(entry, about("db01.example.com", "PostgreSQL", 0, DB01))
    await hass.async_block_till_done()
    expose(hass, ACCOUNT_PROBLEM)

    async def ask(
        text: str, language: str = "en", context: Context | None = None
    ) -> str:
        freezer.tick(5)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        answer = await async_converse(hass, text, None, context or Context(), language)
        return str(answer.response.speech["plain"]["speech"])

    return ask


async def fail(entry: MockConfigEntry, *alerts: dict[str, Any]) -> None:
    """Let alerts arrive, later than the first ones."""
    for each in alerts:
        time = "2026-11-20T11:30:00Z"
        times = dict.fromkeys(("status_changed_at", "created_at", "modified_at"), time)
        await receive_alert(entry, each | times)


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


async def test_problems_are_asked_for_as_people_do(
    ask: Ask, entry: MockConfigEntry
) -> None:
    """In each language; Home Assistant itself knows no such sentence."""
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    for language, question in {
        "en": "Are there any problems?",
        "de": "Gibt es Probleme?",
        "es": "¿Hay algún problema?",
        "fr": "Y a-t-il des problèmes ?",
        "it": "Ci sono problemi?",
        "nl": "Zijn er problemen?",
        "cs": "Jsou nějaké problémy se servery?",
        "da": "Er der nogen problemer?",
        "pl": "Czy są jakieś problemy?",
        "pt": "Há algum problema?",
        "pt-BR": "Tem algum problema com os meus servidores?",
        "sv": "Finns det några problem?",
    }.items():
        answer = await ask(question, language)
        assert answer.startswith("db01") and "PostgreSQL" in answer, language


async def test_whether_everything_is_fine_is_asked_for_as_people_do(
    ask: Ask, entry: MockConfigEntry
) -> None:
    """In each language, of all servers."""
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    for language, question in {
        "en": "Is everything fine with my servers?",
        "de": "Ist bei meinen Servern alles in Ordnung?",
        "es": "¿Va todo bien con mis servidores?",
        "fr": "Est-ce que tout va bien avec mes serveurs ?",
        "it": "È tutto a posto con i miei server?",
        "nl": "Is alles goed met de servers?",
        "cs": "Je se servery všechno v pořádku?",
        "da": "Er alt i orden med serverne?",
        "pl": "Czy wszystko w porządku z serwerami?",
        "pt": "Está tudo bem com os servidores?",
        "pt-BR": "Tá tudo certo com os meus servidores?",
        "sv": "Är allt bra med servrarna?",
    }.items():
        answer = await ask(question, language)
        assert answer.startswith("db01") and "PostgreSQL" in answer, language


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


async def test_nobody_hears_more_than_a_few(entry: MockConfigEntry, ask: Ask) -> None:
    """Of servers, and of alerts of each."""
    ids = [f"00000000-0000-4000-8000-0000000000{number:02}" for number in range(10, 16)]
    await fail(
        entry,
        *(about("db01.example.com", f"Disk {each[-1]}", 2, DB01, each) for each in ids),
        *(about(f"app{each[-1]}.example.com", "CPU", 1, each) for each in ids),
    )
    assert await ask("are all servers ok") == (
        "db01: Disk 0 is critical, Disk 1 is critical, Disk 2 is critical, and 3 more. "
        "app0: CPU is at warning level. app1: CPU is at warning level. "
        "Other servers with problems: 4."
    )


async def test_servers_of_one_name_are_all_told_of(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """One that was set up anew may be OK, while the old one is not."""
    anew = "00000000-0000-4000-8000-0000000000ff"
    for status in (0, 2):
        await fail(entry, about("web01.example.com", "Swap", status, anew, DISK))
    whole = "web01.example.com: Swap is critical."
    assert await ask("What is wrong with web01.example.com?") == whole
    assert await ask("Is web01.example.com OK?") == whole
    await receive_alert(entry, about("web01.example.com", "CPU", 1, WEB01) | LATER)
    assert await ask("Is web01.example.com OK?") == (
        f"web01.example.com: CPU is at warning level. {whole}"
    )
    await receive_alert(entry, about("web01.example.com", "CPU", 0, WEB01) | LAST)
    await receive_alert(entry, about("web01.example.com", "Swap", 0, anew, DISK) | LAST)
    answer = await ask("Is web01.example.com OK?")
    assert answer == "web01.example.com is OK."


@pytest.mark.parametrize(
    ("host", "typed"),
    [
        ("db02 (old)", "What is wrong with db02 (old)?"),
        ("db02 (old)", "what is wrong with db02 old"),
        ("L'été & fils", "what is wrong with l'été & fils?"),
        ("switch #4", "what is wrong with switch #4?"),
        ("a&-b '(c)", "what is wrong with a&-b '(c)?"),
        ("{x|y} [z] <é>", "what is wrong with x y z é"),
    ],
)
async def test_a_name_is_understood_as_it_is_typed(
    entry: MockConfigEntry, ask: Ask, host: str, typed: str
) -> None:
    """With what nobody says aloud, and nothing of it is a template."""
    await fail(
        entry,
        about("db01.example.com", "PostgreSQL", 2, DB01),
        about(host, "CPU", 1, DISK),
    )
    assert await ask(typed) == f"{host}: CPU is at warning level."
    assert host in await ask("Are all servers OK?")


async def test_a_server_may_be_called_as_what_it_is(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """The name of the one that is asked for comes last."""
    await fail(entry, about("server", "CPU", 1, DISK))
    assert await ask("Is the server db01 OK?") == "db01 is OK."
    assert await ask("Is server OK?") == "server: CPU is at warning level."


@pytest.mark.parametrize(
    ("language", "question", "all_ok", "wrong"),
    [
        (
            "cs",
            "Jsou všechny servery v pořádku?",
            "Všechny servery jsou v pořádku.",
            "kritický",
        ),
        ("da", "Er alle servere OK?", "Alle servere er i orden.", "kritisk"),
        (
            "de",
            "Sind alle Server in Ordnung?",
            "Alle Server sind in Ordnung.",
            "kritisch",
        ),
        (
            "es",
            "¿Están bien todos los servidores?",
            "Todos los servidores están bien.",
            "crítico",
        ),
        (
            "fr",
            "Est-ce que tous les serveurs vont bien ?",
            "Tous les serveurs vont bien.",
            "critique",
        ),
        ("it", "Stanno bene tutti i server?", "Tutti i server stanno bene.", "critico"),
        ("nl", "Zijn alle servers in orde?", "Alle servers zijn in orde.", "kritiek"),
        (
            "pl",
            "Czy wszystkie serwery działają prawidłowo?",
            "Wszystkie serwery działają prawidłowo.",
            "krytyczny",
        ),
        (
            "pt",
            "Os meus servidores estão todos bem?",
            "Todos os servidores estão OK.",
            "em estado crítico",
        ),
        (
            "pt-BR",
            "Está tudo certo com os meus servidores?",
            "Todos os servidores estão OK.",
            "em estado crítico",
        ),
        ("sv", "Är alla servrar OK?", "Alla servrar är i ordning.", "kritisk"),
    ],
)
async def test_each_language_is_understood_and_spoken(
    entry: MockConfigEntry,
    ask: Ask,
    language: str,
    question: str,
    all_ok: str,
    wrong: str,
) -> None:
    """By whoever speaks it."""
    assert await ask(question, language) == all_ok
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    assert wrong in await ask(question, language)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("cs", "Co je s web01?"),
        ("da", "Hvad er der galt med web01?"),
        ("de", "Was ist mit web01 los?"),
        ("es", "¿Qué le pasa a web01?"),
        ("fr", "Quel est le problème avec web01 ?"),
        ("it", "Che cosa non va con web01?"),
        ("nl", "Wat is er mis met web01?"),
        ("pl", "Co jest nie tak z web01?"),
        ("pl", "Czy serwer web01 działa poprawnie?"),
        ("pt", "O que se passa com o web01?"),
        ("pt", "Está tudo bem com o servidor web01?"),
        ("pt-BR", "O que há de errado com web01?"),
        ("pt-BR", "O servidor web01 está OK?"),
        ("sv", "Vad är det för fel på web01?"),
    ],
)
async def test_a_server_is_asked_for_in_each_language(
    ask: Ask, language: str, question: str
) -> None:
    """Its name is the same in all."""
    assert (await ask(question, language)).startswith("web01")


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


def test_each_sentence_is_of_a_language_and_names_servers_where_it_must() -> None:
    """Otherwise it would take what is meant for others."""
    assert all("{servers}" in each for each in sentences.ONE_SERVER)
    assert not any("{" in each for each in sentences.ALL_SERVERS)


async def test_a_test_alert_is_no_server_and_takes_no_name(
    hass: HomeAssistant, ask: Ask
) -> None:
    """Nobody is told at night of what was only tried."""
    data = {"status": "critical", "host": "web01.example.com"}
    await hass.services.async_call("bleemeo", "send_test_alert", data, blocking=True)
    await hass.async_block_till_done()
    assert await ask("Are all servers OK?") == ALL_OK
    assert await ask("What is wrong with web01?") == "web01 is OK."
