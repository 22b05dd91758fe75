"""Tests of what may be asked for by name, through a conversation."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.assist.names import MAX_NAMES
from custom_components.bleemeo.core import AgentProfile
from custom_components.bleemeo.core.profile import WEBSITE
from homeassistant.core import HomeAssistant
from tests import receive_alert, setup_integration
from tests.assistant import DB01, DISK, about, expose

from . import UNHANDLED, Ask, fail


@pytest.mark.parametrize(
    ("host", "typed"),
    [
        ("db02 (old)", "What is wrong with db02 (old)?"),
        ("db02 (old)", "what is wrong with db02 old"),
        ("L'été & fils", "what is wrong with l'été & fils?"),
        ("switch #4", "what is wrong with switch #4?"),
        ("app 07", "what is wrong with app-07?"),
        ("a&-b '(c)", "what is wrong with a&-b '(c)?"),
        ("eu/west (/srv)", "what is wrong with eu/west (/srv)?"),
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


@pytest.mark.parametrize(
    ("host", "said", "typed"),
    [
        ("https://www.shop.fr/", "shop.fr", "www.shop.fr"),
        ("https://me:it@api.shop.fr:8443/health?x=1", "api.shop.fr", "api.shop.fr"),
        ("www.shop.fr", "shop.fr", "www.shop.fr"),
        ("shop.fr", "shop.fr", "shop.fr"),
        ("Shop: checkout", "Shop: checkout", "shop checkout"),
    ],
)
async def test_a_website_is_called_by_its_domain(
    entry: MockConfigEntry, ask: Ask, host: str, said: str, typed: str
) -> None:
    """Not by the first part of that, which says nothing."""
    await fail(entry, about(host, "Website", 2, DISK))
    profile = AgentProfile(name=host, kind=WEBSITE)
    entry.runtime_data.hub.board.agents[DISK].profile = profile
    answer = f"{said}: Website is critical."
    assert await ask(f"What is wrong with {said}?") == answer
    assert await ask(f"What is wrong with {typed}?") == answer


async def test_two_websites_of_one_domain_are_called_by_their_whole_addresses(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """Also where nobody has told that they are websites."""
    addresses = ("https://shop.fr/checkout", "https://shop.fr/search")
    await fail(
        entry,
        *(
            about(each, "Website", 2, f"{DISK[:-1]}{number}")
            for number, each in enumerate(addresses)
        ),
    )
    answer = await ask("Are all servers OK?")
    assert all(f"{each}: Website is critical." in answer for each in addresses)


async def test_by_the_domain_of_two_websites_each_is_asked_after(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """And by its whole address one alone, also by that which the other begins with."""
    start, shop = "https://shop.fr/", "https://shop.fr/pay-in"
    await fail(
        entry,
        about(start, "Website", 0, DISK),
        about(shop, "Website", 0, DISK[:-1] + "2"),
    )
    answer = f"{start} is OK. {shop} is OK."
    assert await ask("How is shop.fr?") == answer
    await fail(entry, about(shop, "Certificate", 1, DISK[:-1] + "2", DISK))
    wrong = f"{shop}: Certificate is at warning level."
    for name in ("shop.fr", "shop.fr/", shop, "shop.fr/pay-in"):
        assert await ask(f"How is {name}?") == wrong, name
    assert await ask(f"How is {start}?") == f"{start} is OK."


async def test_what_is_called_so_as_a_whole_is_meant_before_what_is_so_for_short(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """The others are asked after by their whole names."""
    await fail(
        entry,
        about("shop", "CPU", 0, DISK),
        about("shop.example.com", "CPU", 1, DISK[:-1] + "2"),
    )
    assert await ask("Is shop OK?") == "shop is OK."
    whole = "shop.example.com: CPU is at warning level."
    assert await ask("Is shop.example.com OK?") == whole


async def test_a_server_may_be_called_as_what_it_is(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """The name of the one that is asked for comes last."""
    await fail(entry, about("server", "CPU", 1, DISK))
    assert await ask("Is the server db01 OK?") == "db01 is OK."
    assert await ask("Is server OK?") == "server: CPU is at warning level."


async def test_what_is_called_as_a_word_of_the_sentence_is_not_meant_by_it(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """It is what runs there only before its server."""
    await fail(
        entry,
        about("db01.example.com", "Problem", 0, DB01, DISK),
        about("db01.example.com", "Server", 0, DB01, DISK[:-1] + "2"),
        about("db01.example.com", "PostgreSQL", 2, DB01),
    )
    wrong = "db01: PostgreSQL is critical."
    assert await ask("Is there a problem with db01?") == wrong
    assert await ask("Is the server db01 OK?") == wrong
    assert await ask("Is the server on db01 OK?") == "db01: Server is OK."


@pytest.mark.parametrize(
    ("host", "typed"),
    [
        ("Café", "cafe"),
        ("Cafe\u0301", "cafe"),
        ("Cafe\u0301", "café"),
        ("München", "Munchen"),
        ("München", "muenchen"),
        ("Århus", "Arhus"),
        ("Łódź", "Lodz"),
        ("Straße", "strasse"),
        ("serveur-été", "serveur-ete"),
    ],
)
async def test_a_name_may_be_typed_without_its_accents(
    entry: MockConfigEntry, ask: Ask, host: str, typed: str
) -> None:
    """And is said back with them."""
    await fail(entry, about(host, "CPU", 1, DISK))
    answer = await ask(f"What is wrong with {typed}?")
    assert answer == f"{host}: CPU is at warning level."


async def test_a_name_without_accents_is_first_that_of_who_has_it(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """Two servers may differ in nothing else."""
    await fail(
        entry, about("Café", "CPU", 1, DISK), about("cafe", "CPU", 2, DISK[:-1] + "2")
    )
    assert await ask("What is wrong with cafe?") == "cafe: CPU is critical."
    assert await ask("What is wrong with café?") == "Café: CPU is at warning level."


async def test_an_account_is_asked_after_by_its_name(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask
) -> None:
    """It is answered of its own servers, and only where the account is exposed."""
    other = MockConfigEntry(
        domain="bleemeo", title="Kunde Süd", data=entry.data | {"webhook_id": "other"}
    )
    await setup_integration(hass, other)
    await receive_alert(other, about("web09.example.com", "CPU", 2, DISK))
    await hass.async_block_till_done()
    expose(hass, "binary_sensor.web09_example_com_problem")
    assert UNHANDLED in await ask("Is everything OK with Kunde Süd?")
    expose(hass, "binary_sensor.kunde_sud_problem")
    question = "Is everything OK with Kunde Sud?"
    assert await ask(question) == "web09: CPU is critical."
    assert await ask("Is everything OK with Bleemeo?") == "Bleemeo is OK."
    await hass.config_entries.async_unload(other.entry_id)
    assert await ask(question) == "Not everything is known about Kunde Süd."


async def test_an_account_is_known_beside_very_many_servers_that_are_only_listed(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """So are those that alerts have told of."""
    profiles = {
        f"00000000-0000-4000-8000-0000000{number:05}": AgentProfile(
            name=f"app{number}.example.com"
        )
        for number in range(MAX_NAMES)
    }
    await entry.runtime_data.hub.listed.async_show_agents(profiles)
    assert await ask("Is everything OK with Bleemeo?") == "Bleemeo is OK."
    assert await ask("Is db01 OK?") == "db01 is OK."
    assert await ask("Is app0 OK?") == "app0 is OK."
