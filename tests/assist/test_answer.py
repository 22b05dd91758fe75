"""Tests of what is said, through a conversation."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.core import RealName, Service
from homeassistant.core import HomeAssistant
from tests import receive_alert
from tests.assistant import DB01, DISK, WEB01, about

from . import ALL_OK, LAST, LATER, UNHANDLED, Ask, fail


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
        f"{whole} web01.example.com: CPU is at warning level."
    )
    await receive_alert(entry, about("web01.example.com", "CPU", 0, WEB01) | LAST)
    await receive_alert(entry, about("web01.example.com", "Swap", 0, anew, DISK) | LAST)
    answer = await ask("Is web01.example.com OK?")
    assert answer == "web01.example.com is OK."


async def test_of_many_servers_of_one_name_nobody_hears_more_than_a_few(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """The worst first; and of what is measured of them, too."""
    ids = [f"00000000-0000-4000-8000-0000000000{number:02}" for number in range(10, 15)]
    hosts = [f"app.site{number}.org" for number in range(5)]
    await fail(
        entry,
        *(about(host, "CPU", 0, uid) for host, uid in zip(hosts, ids, strict=True)),
    )
    names = " ".join(f"{host} is OK." for host in hosts[:3])
    assert await ask("Is app OK?") == f"{names} Other servers that are OK: 2."
    names = " ".join(f"{host}: CPU is OK." for host in hosts[:3])
    answer = await ask("Is the CPU of app OK?")
    assert answer == f"{names} Other servers that are OK: 2."
    for number, status in enumerate((1, 1, 0, 1, 2)):
        alert = about(hosts[number], "CPU", status, ids[number]) | LATER
        await receive_alert(entry, alert)
    assert await ask("Is app OK?") == (
        "app.site4.org: CPU is critical. app.site0.org: CPU is at warning level. "
        "app.site1.org: CPU is at warning level. Other servers with problems: 1."
    )


async def test_a_service_that_is_ok_is_said_to_be(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """Although another of its server is not; one that is not there is not known."""
    await fail(entry, about("db01.example.com", "CPU", 2, DB01, DISK))
    assert await ask("Is PostgreSQL on db01 OK?") == "db01: PostgreSQL is OK."
    assert await ask("Is the CPU of db01 OK?") == "db01: CPU is critical."
    answer = await ask("Is PostgreSQL on web01 OK?")
    assert answer == "Nothing is known about that yet."
    assert UNHANDLED in await ask("Is everything OK with Redis on db01?")


async def test_a_service_of_bleemeo_is_all_of_its_metrics(
    entry: MockConfigEntry, ask: Ask
) -> None:
    """By the name that Bleemeo has for it."""
    redis = Service("2", "Redis")
    await fail(
        entry,
        about("db01.example.com", "Memory used", 2, DB01, DISK),
        about("db01.example.com", "Keys", 0, DB01, DISK[:-1] + "2"),
    )
    names = {DISK: "Memory used", DISK[:-1] + "2": "Keys"}
    entry.runtime_data.hub.board.take_names(
        {uid: RealName(name, service=redis) for uid, name in names.items()}
    )
    await receive_alert(entry, about("web02.example.com", "CPU", 0, DISK))
    assert await ask("Is Redis on db01 OK?") == "db01: Memory used is critical."


async def test_a_test_is_told_as_one(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask
) -> None:
    """And of its server alone: as for the account's status, all servers are OK."""
    web01 = {"entity_id": "sensor.web01_example_com_cpu", "status": "critical"}
    await hass.services.async_call(DOMAIN, "send_test_alert", web01, blocking=True)
    assert await ask("are all servers ok") == ALL_OK
    assert await ask("Is everything OK with Bleemeo?") == "Bleemeo is OK."
    answer = "web01: CPU is critical (only a test)."
    assert await ask("What is wrong with web01?") == answer
    assert await ask("Is the CPU of web01 OK?") == answer
    await fail(entry, about("web01.example.com", "Disk", 1, WEB01, DISK))
    disk = "web01: Disk is at warning level"
    assert await ask("are all servers ok") == f"{disk}."
    answer = await ask("What is wrong with web01?")
    assert answer == f"{disk}, CPU is critical (only a test)."


async def test_what_needs_somebody_is_told_before_what_somebody_has_seen(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask
) -> None:
    """However bad that is; of what is as urgent, by name."""
    await fail(
        entry,
        about("web01.example.com", "CPU", 2, WEB01),
        about("web01.example.com", "Disk", 1, WEB01, DISK),
        about("db01.example.com", "PostgreSQL", 2, DB01),
        *(
            about(f"{name}.example.com", "CPU", 1, DISK[:-1] + digit)
            for name, digit in (("app02", "3"), ("app01", "4"))
        ),
    )
    for action, entity_id in (
        ("acknowledge", "sensor.web01_example_com_cpu"),
        ("silence", "sensor.db01_example_com_postgresql"),
    ):
        target = {"entity_id": entity_id}
        await hass.services.async_call(DOMAIN, action, target, blocking=True)
    assert await ask("are all servers ok") == (
        "app01: CPU is at warning level. app02: CPU is at warning level. "
        "web01: Disk is at warning level, CPU is critical (acknowledged). "
        "Other servers with problems: 1."
    )
    answer = await ask("What is wrong with db01?")
    assert answer == "db01: PostgreSQL is critical (silenced)."
