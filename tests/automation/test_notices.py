"""Tests of what a trigger says in words, and of what a screen is to show."""

from collections.abc import AsyncGenerator
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests import give_names, payload, receive_alert, setup_integration
from tests.automation import CPU, House, settle

GATHER = {"together": {"seconds": 5}, "severity": ["critical", "warning"]}


@pytest.fixture
async def house(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[House]:
    """Return a house at eight in the morning."""
    freezer.move_to("2026-11-20T08:00:00Z")
    await hass.config.async_set_time_zone("UTC")
    await setup_integration(hass, entry)
    house = House(hass, entry, freezer)
    yield house
    await house.load([])


async def alert(house: House, status: int, name: str = "CPU", host: int = 1) -> None:
    """Let an alert of a metric of a server arrive."""
    await receive_alert(
        house.entry,
        payload(
            id=None,
            status=status,
            agent=f"951df56d-d5dd-58c3-ab9a-{host:012}",
            metric=f"4bec41e4-4efc-4bb8-b872-{sum(name.encode()):012}",
            title=f"web{host:02}.example.com - {name} is {status}",
            text="It burns",
            status_changed_at=house.clock().isoformat() + "Z",
        ),
    )
    await settle(house.hass)


async def gathered(house: House) -> list[dict[str, Any]]:
    """Let those who gather finish, and return what the runs were told since."""
    await house.wait(6, steps=1)
    runs = house.runs
    house.events.clear()
    return runs


def titles(run: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Return the titles of a run's notices, what became of each, and whether it is news."""
    return [(each["title"], each["state"], each["is_news"]) for each in run["notices"]]


async def test_notices_follow_from_what_is_open(house: House) -> None:
    """One for each alert, one for the server where there are many, and back."""
    await house.automate("reached", "alert_reached", each_severity=True, **GATHER)
    await house.automate("left", "alert_left", **GATHER)
    await alert(house, 1)
    [run] = await gathered(house)
    assert run["summary"] == "CPU on web01.example.com is warning."
    [notice] = run["notices"]
    assert notice["message"] == "Warning since 08:00: It burns"
    assert titles(run) == [("web01.example.com: CPU – Warning", "open", True)]

    await alert(house, 2)
    for name in ("RAID", "Disk", "Swap"):
        await alert(house, 1, name)
    [run] = await gathered(house)
    # each severity for itself, and yet one run
    assert run["count"] == 4
    assert run["summary"] == (
        "4 alerts: CPU on web01.example.com is critical, "
        "RAID on web01.example.com is warning, "
        "Disk on web01.example.com is warning, and 1 more."
    )
    assert titles(run) == [("web01.example.com: 4 alerts", "open", True)]
    assert run["notices"][0]["message"].splitlines()[0] == "Critical: CPU"
    assert run["notices"][0]["status"] == "critical"

    await alert(house, 0)
    [run] = await gathered(house)
    assert run["summary"] == "It is over: CPU on web01.example.com is OK."
    assert titles(run) == [
        ("web01.example.com: CPU – OK", "gone", False),
        ("web01.example.com", "gone", False),
        ("web01.example.com: RAID – Warning", "open", False),
        ("web01.example.com: Disk – Warning", "open", False),
        ("web01.example.com: Swap – Warning", "open", False),
    ]
    assert run["notices"][0]["tag"] == notice["tag"]


async def test_words_have_the_names_that_a_person_gave(
    house: House,
) -> None:
    """To the server and to the metric; what is no sentence is as in Bleemeo."""
    await alert(house, 0)
    give_names(house.hass, "sensor.web01_example_com_cpu", "The shop", "Load")
    await house.automate("reached", "alert_reached", **GATHER)
    await house.automate("left", "alert_left", **GATHER)
    await alert(house, 2)
    [run] = await gathered(house)
    assert run["summary"] == "Load on The shop is critical."
    assert titles(run) == [("The shop: Load – Critical", "open", True)]
    assert run["host"] == "web01.example.com"
    for name in ("RAID", "Disk", "Swap"):
        await alert(house, 1, name)
    [run] = await gathered(house)
    assert run["notices"][0]["title"] == "The shop: 4 alerts"
    assert run["notices"][0]["message"].splitlines()[0] == "Critical: Load"
    for name in ("CPU", "RAID", "Disk", "Swap"):
        await alert(house, 0, name)
    [run] = await gathered(house)
    assert "The shop" in [each["title"] for each in run["notices"]]


async def test_many_servers_are_one_notice(house: House) -> None:
    """There is nothing to press on it."""
    await house.automate("reached", "alert_reached", **GATHER)
    for host in range(6):
        await alert(house, 2, host=host)
    [run] = await gathered(house)
    [notice] = run["notices"]
    assert (notice["title"], notice["tag"]) == ("Bleemeo: 6 alerts", "bleemeo")
    assert notice["message"].splitlines()[-1] == "… + 1"
    assert (notice["target"], notice["buttons"]) == (None, [])


async def test_a_storm_that_goes_on_hides_nothing_that_was_told(house: House) -> None:
    """The notice for all takes the place of the one before, so it has all that is open."""
    await house.automate("reached", "alert_reached", **GATHER)
    for host in range(6):
        await alert(house, 2 if host == 5 else 1, host=host)
    await gathered(house)
    for host in range(6):
        await alert(house, 1, "Disk", host)
    [run] = await gathered(house)
    [notice] = run["notices"]
    assert notice["title"] == "Bleemeo: 12 alerts"
    assert notice["message"].splitlines()[0] == "Critical: web05.example.com: CPU"
    # but it is no louder than what is new
    assert notice["status"] == "warning"
    assert run["count"] == 6


async def test_the_notice_for_all_makes_room_once_few_servers_are_left(
    house: House,
) -> None:
    """What is still open on them has notices of its own again."""
    await house.automate("left", "alert_left", **GATHER)
    await house.automate("reached", "alert_reached", **GATHER)
    for host in range(7):
        await alert(house, 2, host=host)
    await alert(house, 1, "Disk", 1)
    await gathered(house)
    await alert(house, 0, host=0)
    [run] = await gathered(house)
    assert "bleemeo" not in {each["tag"] for each in run["notices"]}
    for host in (1, 2):
        await alert(house, 0, host=host)
    [run] = await gathered(house)
    assert [each for each in titles(run) if each[1] == "open"] == [
        ("web01.example.com: Disk – Warning", "open", False),
        *(
            (f"web0{host}.example.com: CPU – Critical", "open", False)
            for host in range(3, 7)
        ),
    ]
    assert run["notices"][-1]["tag"] == "bleemeo"
    assert run["notices"][-1]["state"] == "gone"


@pytest.mark.parametrize("left", [0, 6])
async def test_the_end_of_a_storm_is_one_notice(house: House, left: int) -> None:
    """Those of its alerts and servers go without a word, however many they are."""
    await house.automate("left", "alert_left", **GATHER)
    await house.automate("reached", "alert_reached", **GATHER)
    for host in range(6 + left):
        await alert(house, 2, host=host)
    await gathered(house)
    for host in range(6):
        await alert(house, 0, host=host)
    [run] = await gathered(house)
    *others, last = run["notices"]
    assert {each["state"] for each in others} == {"gone"}
    assert last["tag"] == "bleemeo"
    if left:
        assert (last["title"], last["state"]) == ("Bleemeo: 6 alerts", "open")
        assert not last["is_news"]
    else:
        assert (last["message"], last["state"]) == ("Over", "over")


async def test_what_has_only_eased_is_not_over(house: House) -> None:
    """Although it is no longer as severe as somebody wants to be told."""
    await house.automate("left", "alert_left", severity=["critical"])
    await alert(house, 2)
    await house.wait(60)
    await alert(house, 1)
    [run] = house.runs
    assert run["summary"] == "CPU on web01.example.com is warning."
    assert run["notices"][0]["state"] == "over"
    assert run["notices"][0]["message"] == "Warning since 08:00: It burns"


async def test_what_is_forgotten_is_not_called_over(house: House) -> None:
    """Nor is it listed among what is open."""
    await house.automate("left", "alert_left", severity=["critical"])
    for name in ("CPU", "RAID", "Disk", "Swap"):
        await alert(house, 2, name)
    await house.act("forget")
    [run] = house.runs
    assert run["summary"] == "web01.example.com: CPU was forgotten while critical."
    assert titles(run) == [
        ("web01.example.com: CPU – Critical", "gone", False),
        ("web01.example.com", "gone", False),
        ("web01.example.com: RAID – Critical", "open", False),
        ("web01.example.com: Disk – Critical", "open", False),
        ("web01.example.com: Swap – Critical", "open", False),
    ]


async def test_each_change_is_said_in_a_sentence(house: House) -> None:
    """In the language that was chosen."""
    await house.automate("changed", "alert_changed", language="de")
    await alert(house, 1)
    await house.wait(60)
    await alert(house, 2)
    await house.act("forget")
    assert [run["summary"] for run in house.runs] == [
        "web01.example.com: CPU ist jetzt im Warnzustand.",
        "web01.example.com: CPU hat sich verschlechtert und ist jetzt kritisch.",
        "web01.example.com: CPU wurde vergessen und war kritisch.",
    ]


@pytest.mark.parametrize("action", ["acknowledge", "silence"])
async def test_who_has_seen_alerts_is_said_once_for_all(
    house: House, anna: Context, action: str
) -> None:
    """In one run, also for what is silenced."""
    changes = ["acknowledged", "silenced"]
    await house.automate("seen", "alert_acknowledged", changes=changes, **GATHER)
    for name in ("CPU", "Disk"):
        await alert(house, 2, name)
    await alert(house, 3, "Odd")
    await alert(house, 2, host=2)
    cpu = er.async_get(house.hass).async_get(CPU)
    assert cpu is not None
    await house.hass.services.async_call(
        DOMAIN,
        action,
        {"device_id": cpu.device_id, "comment": "On it"},
        blocking=True,
        context=anna,
    )
    [run] = await gathered(house)
    word = "Acknowledged" if action == "acknowledge" else "Silenced"
    assert {each["metric_name"] for each in run["alerts"]} == {"CPU", "Disk"}
    assert run["by"] == "Anna"
    assert run["summary"].startswith(f"{word}: Anna: On it. 2 alerts: ")
    assert [each["state"] for each in run["notices"]] == ["seen", "seen", "gone"]
    assert {each["message"] for each in run["notices"]} == {f"{word}: Anna: On it"}


async def test_what_was_seen_and_is_over_by_then_is_not_told_as_seen(
    house: House,
) -> None:
    """It would come back to the screens after its end."""
    await house.automate("seen", "alert_acknowledged", **GATHER)
    await alert(house, 2)
    await house.act("acknowledge")
    await house.wait(1)
    await alert(house, 0)
    assert await gathered(house) == []


async def test_what_needs_attention_again_is_news(house: House) -> None:
    """Such as what somebody has seen, and takes back."""
    await house.automate("seen", "alert_acknowledged")
    await alert(house, 2)
    await house.act("acknowledge")
    await house.act("unacknowledge")
    taken_back = house.runs[1]
    assert taken_back["summary"] == (
        "web01.example.com: CPU is no longer acknowledged: it was taken back."
    )
    assert titles(taken_back) == [("web01.example.com: CPU – Critical", "open", True)]


async def test_a_language_may_be_chosen(house: House) -> None:
    """Other than that of the house."""
    await house.automate("reached", "alert_reached", language="fr")
    await alert(house, 2)
    [run] = house.runs
    assert run["summary"] == "CPU sur web01.example.com\u00a0: en état critique."
    [notice] = run["notices"]
    assert notice["title"] == "web01.example.com\u00a0: CPU – Critique"
    assert notice["message"] == "Critique depuis 08:00\u00a0: It burns"
    assert notice["buttons"][0]["title"] == "Acquitter"


async def test_what_is_told_stays_bounded(house: House) -> None:
    """However much is over at once."""
    await house.automate("reached", "alert_reached", **GATHER)
    await house.automate("left", "alert_left", **GATHER)
    for number in range(70):
        await receive_alert(house.entry, numbered(house, 2, number))
    await gathered(house)
    for number in range(70):
        await receive_alert(house.entry, numbered(house, 0, number))
    [run] = await gathered(house)
    assert run["count"] == 70
    # and the ends of the server's notice, and of that for all
    assert len(run["notices"]) == 52
    assert len(json.dumps(run["notices"])) < 50_000


def numbered(house: House, status: int, number: int) -> dict[str, Any]:
    """Return an alert of a metric that has only a number."""
    return payload(
        id=None,
        status=status,
        metric=f"4bec41e4-4efc-4bb8-b872-{number:012}",
        title=f"web01.example.com - Disk {number} is {status}",
        status_changed_at=house.clock().isoformat() + "Z",
    )
