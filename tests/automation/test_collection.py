"""Tests of alerts that are told together."""

from collections.abc import AsyncGenerator, Awaitable, Callable
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.core import Alert
from custom_components.bleemeo.hub import SIGNAL_READY
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from tests import payload, receive_alert, setup_integration
from tests.automation import CPU, House, kill, restart, settle, turn_off_and_on

BEGIN = "2026-11-20T08:00:00Z"
type Interrupt = Callable[[House], Awaitable[None]]

HALF_A_MINUTE = {"together": {"seconds": 30}}


@pytest.fixture
async def house(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[House]:
    """Return a house at eight in the morning."""
    freezer.move_to(BEGIN)
    await setup_integration(hass, entry)
    house = House(hass, entry, freezer)
    yield house
    await house.load([])


async def alert(house: House, status: int, number: int = 0, **fields: Any) -> None:
    """Let an alert arrive that is as old as its number in seconds."""
    changed_at = house.clock().isoformat() + "Z"
    host = f"web{number:02}.example.com"
    fields = {
        "id": None,
        "status": status,
        "agent": f"951df56d-d5dd-58c3-ab9a-{number:012}",
        "metric": f"4bec41e4-4efc-4bb8-b872-{number:012}",
        "title": f"{host} - CPU is {status}",
        "status_changed_at": changed_at,
        **fields,
    }
    await receive_alert(house.entry, payload(**fields))
    await settle(house.hass)


async def test_what_comes_within_the_time_of_the_first_is_one_run(house: House) -> None:
    """The worst first, and of those the longest open."""
    await house.automate("storm", "alert_reached", **HALF_A_MINUTE)
    for number, status in enumerate((1, 3, 2, 2)):
        await alert(house, status, number)
        await house.wait(5, steps=1)
    assert house.told == []
    await house.wait(11, steps=1)
    [run] = house.runs
    assert [each["host"][:5] for each in run["alerts"]] == [
        "web02",
        "web03",
        "web00",
        "web01",
    ]
    assert (run["count"], run["worst"], run["host"]) == (
        4,
        "critical",
        "web02.example.com",
    )
    assert run["hosts"][0] == "web02.example.com"
    assert run["severities"] == {"ok": 0, "warning": 1, "critical": 2, "unknown": 1}
    assert {each["change"] for each in run["alerts"]} == {"raised"}
    await alert(house, 2, 7)
    assert len(house.runs) == 1
    await house.wait(31, steps=1)
    assert [run["count"] for run in house.runs] == [4, 1]


async def test_what_is_over_or_seen_before_it_is_told_is_left_out(house: House) -> None:
    """And if nothing is left, there is no run."""
    await house.automate("storm", "alert_reached", **HALF_A_MINUTE)
    for number in range(4):
        await alert(house, 1, number)
    house.clock.tick(1)
    await alert(house, 0, 1)
    await alert(house, 2, 2)
    hub = house.entry.runtime_data.hub
    [metric] = hub.board.metrics_of(f"951df56d-d5dd-58c3-ab9a-{3:012}")
    await hub.async_forget([metric])
    await house.hass.services.async_call(
        "bleemeo",
        "acknowledge",
        {"entity_id": CPU.replace("web01", "web00")},
        blocking=True,
    )
    await house.wait(31, steps=1)
    [run] = house.runs
    assert [(each["host"][:5], each["status"]) for each in run["alerts"]] == [
        ("web02", "critical")
    ]
    assert run["change"] == "worsened"
    await alert(house, 1, 5)
    house.clock.tick(1)
    await alert(house, 0, 5)
    await house.wait(31, steps=1)
    assert len(house.runs) == 1


async def test_what_was_forgotten_and_is_back_is_told_as_it_is_now(
    house: House,
) -> None:
    """And what it was before that is over."""
    await house.automate("each", "alert_reached", each_severity=True, **HALF_A_MINUTE)
    await alert(house, 1)
    await forget(house)
    house.clock.tick(1)
    await alert(house, 2)
    await house.wait(31, steps=1)
    assert house.told == [("each", "critical")]
    assert house.runs[0]["count"] == 1


async def worsen(house: House) -> None:
    """Let the alert become worse, which ends its acknowledgement."""
    await alert(house, 2, 1)


async def unsilence(house: House) -> None:
    """End the silence of the alert."""
    await house.act("unsilence")


async def forget(house: House) -> None:
    """Forget the alert."""
    hub = house.entry.runtime_data.hub
    await hub.async_forget(list(hub.board.metrics.values()))


@pytest.mark.parametrize(
    ("action", "meanwhile"),
    [("acknowledge", worsen), ("acknowledge", forget), ("silence", unsilence)],
)
async def test_what_is_not_seen_any_more_is_not_told_as_seen(
    house: House, action: str, meanwhile: Callable[[House], Awaitable[None]]
) -> None:
    """A phone would take its notice away."""
    options = {"changes": ["acknowledged", "silenced"], **HALF_A_MINUTE}
    await house.automate("seen", "alert_acknowledged", **options)
    await alert(house, 1, 1)
    for _ in range(2):
        await house.act(action)
        house.clock.tick(1)
        await meanwhile(house)
        await house.wait(31, steps=1)
        assert not house.runs
        await alert(house, 1, 1)
    await house.act(action)
    await house.wait(31, steps=1)
    assert len(house.runs) == 1


async def test_ends_are_told_together_too(house: House) -> None:
    """What has come back meanwhile has not ended."""
    await house.automate("all clear", "alert_left", **HALF_A_MINUTE)
    for status in (2, 0):
        for number in range(4):
            await alert(house, status, number)
        house.clock.tick(5)
    await alert(house, 2, 0)
    hub = house.entry.runtime_data.hub
    await alert(house, 2, 9)
    [metric] = hub.board.metrics_of(f"951df56d-d5dd-58c3-ab9a-{9:012}")
    await hub.async_forget([metric])
    await house.wait(31, steps=1)
    [run] = house.runs
    assert run["count"] == 4
    assert run["change"] == "forgotten"
    assert run["severities"]["ok"] == 3


@pytest.mark.parametrize(
    "interrupt", [restart, kill, House.save, House.reload, turn_off_and_on]
)
async def test_what_waits_to_be_told_outlives_whatever_comes_between(
    house: House, interrupt: Interrupt
) -> None:
    """It is collected again, for it counts as told only once it was."""
    await house.automate("storm", "alert_reached", **HALF_A_MINUTE)
    for number in range(3):
        await alert(house, 2, number)
    await house.wait(10, steps=1)
    await interrupt(house)
    assert house.runs == []
    await house.wait(31, steps=1)
    await house.wait(31, steps=1)
    assert [run["count"] for run in house.runs] == [3]
    for again in (House.save, House.reload, kill):
        await again(house)
        await house.wait(40, steps=1)
    assert len(house.runs) == 1


@pytest.mark.parametrize("interrupt", [restart, kill, House.save, House.reload])
@pytest.mark.parametrize("key", ["alert_reached", "alert_unattended"])
async def test_what_joined_a_run_late_is_told_once_and_what_came_after_it_too(
    house: House, interrupt: Interrupt, key: str
) -> None:
    """However soon after the run all ends: the run itself is on record."""
    await house.automate("storm", key, **HALF_A_MINUTE | {"for": {"seconds": 0}})
    await alert(house, 2, 0)
    await house.wait(20, steps=1)
    await alert(house, 2, 1)
    await house.wait(11, steps=1)
    assert [run["count"] for run in house.runs] == [2]
    await alert(house, 2, 2)
    await house.wait(3, steps=1)
    await interrupt(house)
    await house.wait(60, steps=6)
    assert [run["hosts"] for run in house.runs] == [
        ["web00.example.com", "web01.example.com"],
        ["web02.example.com"],
    ]


async def test_a_run_of_one_automation_is_none_of_another_with_the_same_trigger(
    house: House,
) -> None:
    """What the other still collects is not lost if Home Assistant is killed."""
    for name in ("one", "two"):
        await house.automate(name, "alert_reached", **HALF_A_MINUTE)
    await alert(house, 2)
    await house.wait(20, steps=1)
    await house.switch("turn_off", "one")
    await house.switch("turn_on", "one")
    await house.wait(11, steps=1)
    assert house.told == [("two", "critical")]
    await house.wait(3, steps=1)
    await house.stop(is_killed=True)
    await house.start()
    await house.wait(60, steps=6)
    assert house.count["one"] == 1


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize("key", ["alert_reached", "alert_unattended"])
async def test_what_waits_outlives_several_restarts(
    house: House, key: str, is_killed: bool
) -> None:
    """Together, they may be longer than it could have waited."""
    await house.automate("storm", key, **HALF_A_MINUTE | {"for": {"seconds": 0}})
    await alert(house, 2, 0)
    await house.wait(31, steps=1)
    await alert(house, 2, 1)
    await house.wait(10, steps=1)
    for _ in range(3):
        await house.stop(is_killed=is_killed)
        await house.start()
        await house.wait(25, steps=1)
    assert len(house.runs) == 1
    await house.wait(60, steps=6)
    assert [run["hosts"] for run in house.runs] == [
        ["web00.example.com"],
        ["web01.example.com"],
    ]


async def test_what_waited_anew_and_was_over_then_leaves_nothing_behind(
    house: House,
) -> None:
    """An end that comes while Home Assistant is off is told, days later."""
    await house.automate("reached", "alert_reached", **HALF_A_MINUTE)
    await house.automate("left", "alert_left", **HALF_A_MINUTE)
    for status in (2, 0):
        await alert(house, status, 0)
        await house.wait(32, steps=1)
    await alert(house, 2, 1)
    await house.wait(32, steps=1)
    await alert(house, 0, 1)
    await house.wait(5, steps=1)
    await house.stop()
    await house.start()
    await house.wait(5, steps=1)
    await alert(house, 2, 1)
    await house.wait(86_400)
    await alert(house, 2, 2)
    await house.wait(86_400)
    told = [(name, run) for (name, _), run in zip(house.told, house.runs, strict=True)]
    assert [(name, run["hosts"][0][:5]) for name, run in told] == [
        ("reached", "web00"),
        ("left", "web00"),
        ("reached", "web01"),
        ("reached", "web01"),
        ("reached", "web02"),
    ]
    await house.stop()
    await house.start(lambda: alert(house, 0, 2))
    await house.wait(60, steps=4)
    assert house.told[5:] == [("left", "ok")]
    await house.stop()
    await house.start()
    await house.wait(60, steps=4)
    assert len(house.told) == 6


async def test_an_end_that_comes_during_a_start_is_told(house: House) -> None:
    """When it came says nothing of when its beginning did."""
    await house.automate("left", "alert_left", **HALF_A_MINUTE)
    await alert(house, 2)
    await house.wait(3600)
    await house.stop()
    await house.start(lambda: alert(house, 0))
    await house.wait(60, steps=4)
    assert house.told == [("left", "ok")]


async def test_an_automation_is_not_told_what_one_before_it_was_to_tell(
    house: House,
) -> None:
    """It was removed while something waited anew, and made again much later."""
    await house.automate("storm", "alert_reached", **HALF_A_MINUTE)
    await alert(house, 2, 0)
    await house.wait(10, steps=1)
    await house.stop(is_killed=True)
    await house.start()
    await house.wait(10, steps=1)
    await house.load([])
    await house.wait(3600, steps=6)
    await house.load(house.automations)
    await house.wait(60, steps=6)
    assert house.runs == []


async def test_5000_alerts_are_one_run_with_bounded_data(house: House) -> None:
    """And any template over them works."""
    await house.automate("storm", "alert_reached", **HALF_A_MINUTE)
    hub = house.entry.runtime_data.hub
    long_text = "x" * 5000
    for number in range(5000):
        fields = {
            "status": 1 + number % 3,
            "text": long_text,
            "metric": f"4bec41e4-4efc-4bb8-b872-{number:012}",
            "agent": f"951df56d-d5dd-58c3-ab9a-{number % 100:012}",
            "title": f"web{number % 100:02}.example.com - Metric {number} is bad",
            "status_changed_at": BEGIN,
        }
        hub.board.judge(Alert.from_payload(payload(**fields)), hub.now())
    async_dispatcher_send(house.hass, SIGNAL_READY, house.entry.entry_id)
    await settle(house.hass)
    house.clock.tick(31)
    async_fire_time_changed(house.hass)
    await settle(house.hass)
    [run] = house.runs
    assert run["count"] == 5000
    assert (len(run["alerts"]), len(run["hosts"])) == (50, 50)
    assert {each["status"] for each in run["alerts"]} == {"critical"}
    assert run["severities"] == {
        "ok": 0,
        "warning": 1667,
        "critical": 1667,
        "unknown": 1666,
    }
    assert [each["title"] for each in run["notices"]] == ["Bleemeo: 5000 alerts"]
    assert len(json.dumps(run)) < 150_000
