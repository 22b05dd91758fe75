"""Tests of what is told of alerts, whatever interrupts those who tell: once each."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.core import Silence, Verdict
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from tests import WEBHOOK_PATH, journal_rows, payload, receive_alert
from tests.automation import House, kill, restart, settle, telling, turn_off_and_on

BEGIN = "2026-11-20T08:00:00Z"
OPEN_INCIDENTS = "SELECT count(*) FROM incident WHERE ended_at IS NULL"
STATUSES = ["ok", "warning", "critical", "unknown"]

type Deliver = Callable[..., Awaitable[None]]


@pytest.fixture
async def house(
    hass: HomeAssistant,
    client: TestClient[Any, Any],
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> AsyncGenerator[House]:
    """Return a house at eight in the morning."""
    freezer.move_to(BEGIN)
    house = House(hass, entry, freezer)
    yield house
    # triggers wait for times
    if house.automations:
        await house.load([])


@pytest.fixture
def deliver(house: House, client: TestClient[Any, Any]) -> Deliver:
    """Return a function that delivers an alert about a change of this moment."""

    async def _deliver(status: str, **fields: Any) -> None:
        changed_at = house.clock().isoformat() + "Z"
        number = STATUSES.index(status)
        alert = payload(id=None, status=number, status_changed_at=changed_at, **fields)
        response = await client.post(WEBHOOK_PATH, json=alert)
        assert response.status == 200
        await settle(house.hass)

    return _deliver


async def pair(house: House, **options: Any) -> None:
    """Add an automation for each way."""
    options = {"severity": "critical", **options}
    await house.automate("reached", "alert_reached", **options)
    await house.automate("left", "alert_left", **options)


ROADS: dict[str, list[str]] = {
    "ok w c w ok": ["ok", "warning", "critical", "warning", "ok"],
    "ok c unknown c ok": ["ok", "critical", "unknown", "critical", "ok"],
    "first seen": ["critical", "ok"],
    "flapping until ok": ["critical", "ok"] * 4,
    "flapping until critical": ["ok", "critical"] * 3,
}
REACHED, LEFT = "reached", "left"
# with 6 changes in an hour it flaps, and is told once it no longer does
EXPECTED = {road: [REACHED, LEFT] for road in ROADS} | {
    "flapping until ok": [REACHED, LEFT] * 3,
    "flapping until critical": [*[REACHED, LEFT] * 2, REACHED],
}


async def nothing(house: House) -> None:
    """Do not interrupt."""


async def boot_in_1970(house: House) -> None:
    """Start with a clock without a battery, that is set right a while later."""
    await house.stop()
    now = house.clock()
    house.clock.move_to("1970-01-01T00:00:10Z")
    await house.start()
    await house.wait(30)
    house.clock.move_to(now)
    await house.wait(90)


INTERRUPTIONS = [
    nothing, restart, kill, House.save, turn_off_and_on, House.reload, boot_in_1970
]  # fmt: skip


@pytest.mark.parametrize("interrupt", INTERRUPTIONS)
async def test_each_way_of_a_road_is_told_once_whatever_interrupts_it(
    house: House,
    deliver: Deliver,
    interrupt: Callable[[House], Awaitable[None]],
) -> None:
    """After each of its steps; all roads are gone at once, each by a metric."""
    await pair(house)
    for statuses in zip_longest(*ROADS.values()):
        for number, (road, status) in enumerate(zip(ROADS, statuses, strict=True)):
            if status is not None:
                metric = f"4bec41e4-4efc-4bb8-b872-{number:012}"
                title = f"web01.example.com - {road} is {status}"
                await deliver(status, metric=metric, title=title)
        await house.wait(60)
        await interrupt(house)
    await house.wait(4000, steps=4)
    told: dict[str, list[str]] = {road: [] for road in ROADS}
    for event in house.events:
        told[event.data["trigger"]["metric_name"]].append(event.data["name"])
    assert told == EXPECTED


async def skip(house: House) -> None:
    """Let the time pass in which it comes due."""
    await house.wait(360)


async def over_a_restart(house: House) -> None:
    """It comes due while Home Assistant is off."""
    await house.stop()
    house.clock.tick(600)
    await house.start()


async def over_a_crash(house: House) -> None:
    """It comes due while Home Assistant is off, and nothing was written at the end."""
    await house.stop(is_killed=True)
    house.clock.tick(600)
    await house.start()


async def before_a_crash(house: House) -> None:
    """It came due ten seconds before the end, after the last beat."""
    await house.wait(260)
    assert house.told == []
    await house.wait(20, steps=1)
    await house.stop(is_killed=True)
    house.clock.tick(600)
    await house.start()


async def over_a_reload(house: House) -> None:
    """It comes due while the entry is not loaded."""
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    house.clock.tick(600)
    async_fire_time_changed(house.hass)
    await settle(house.hass)
    await house.hass.config_entries.async_setup(house.entry.entry_id)


async def over_a_save(house: House) -> None:
    """It comes due just while the automation is saved."""
    await house.wait(265)
    await house.load([])
    house.clock.tick(8)
    async_fire_time_changed(house.hass)
    await house.load(house.automations)


async def with_a_clock_of_1970(house: House) -> None:
    """It comes due while Home Assistant is off, and it takes a while to know the time."""
    await house.stop()
    house.clock.tick(600)
    now = house.clock()
    house.clock.move_to("1970-01-01T00:00:10Z")
    await house.start()
    assert house.told == []
    house.clock.move_to(now)
    await house.wait(90)


@pytest.mark.parametrize(
    "pass_by",
    [
        skip,
        over_a_restart,
        over_a_crash,
        before_a_crash,
        over_a_reload,
        over_a_save,
        with_a_clock_of_1970,
    ],
)
async def test_what_has_lasted_is_told_once_whenever_it_comes_due(
    house: House, deliver: Deliver, pass_by: Callable[[House], Awaitable[None]]
) -> None:
    """Counted from when it became critical, which is not its last change."""
    await pair(house, **{"for": {"minutes": 5}})
    await deliver("warning")
    await house.wait(240)
    await deliver("critical")
    await house.wait(30)
    await house.save()
    assert house.told == []
    await pass_by(house)
    await house.wait(600)
    assert house.told == [(REACHED, "critical")]
    for interrupt in (House.save, kill, House.reload, restart):
        await interrupt(house)
        await house.wait(60)
    assert house.told == [(REACHED, "critical")]
    await deliver("ok")
    assert house.told == [(REACHED, "critical"), (LEFT, "ok")]


async def test_what_came_due_before_an_automation_was_there_is_not_told(
    house: House, deliver: Deliver
) -> None:
    """But its end is, and what comes due later."""
    options: dict[str, Any] = {"for": {"minutes": 5}}
    await house.automate("first", "alert_reached")
    await deliver("ok")
    await restart(house)
    await deliver("critical")
    await house.switch("turn_off")
    await house.wait(30)
    # what was turned off for long is another's place no more
    house.hass.data.pop("bleemeo_memories")
    await house.switch("turn_on")
    await pair(house, severity="critical")
    await house.automate("late", "alert_reached", **options)
    assert house.told == [("first", "critical")]
    await house.wait(600)
    await deliver("ok")
    assert [name for name, _ in house.told] == ["first", "late", LEFT]


@pytest.mark.parametrize(("seconds", "is_told"), [(9, True), (11, False)])
async def test_what_came_while_an_automation_was_off_is_told_only_if_that_was_a_moment(
    house: House,
    deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    is_told: bool,
) -> None:
    """It may just as well have been saved."""
    await house.automate(REACHED, "alert_reached")
    await deliver("ok")
    await house.switch("turn_off")
    await deliver("critical")
    then = house.hass.loop.time() + seconds
    with monkeypatch.context() as later:
        later.setattr(house.hass.loop, "time", lambda: then)
        await house.hass.services.async_call(
            "automation", "turn_on", {"entity_id": "all"}, blocking=True
        )
    await settle(house.hass)
    assert house.told == ([(REACHED, "critical")] if is_told else [])


async def test_what_changes_while_home_assistant_starts_is_told_once_each_way(
    house: House, deliver: Deliver
) -> None:
    """As it was at each change."""
    await pair(house)
    await house.automate("lasting", "alert_reached", **{"for": {"minutes": 2}})
    await deliver("critical")
    await deliver("ok", metric=None)
    await house.wait(30)

    async def meanwhile() -> None:
        for status in ("ok", "critical", "ok", "critical"):
            house.clock.tick(1)
            await deliver(status)
        house.clock.tick(1)
        await deliver("critical", metric=None)
        house.clock.tick(1)
        await deliver("ok", metric=None)

    await house.stop(is_killed=True)
    house.clock.tick(60)
    await house.start(meanwhile)
    await house.wait(30)
    critical, ok = (REACHED, "critical"), (LEFT, "ok")
    assert house.told == [critical, ok, critical, ok, critical, critical, ok]
    await house.wait(150)
    assert house.told[7:] == [("lasting", "critical")]


@pytest.mark.parametrize("is_entry_late", [False, True])
async def test_what_is_dated_before_the_end_and_came_while_starting_is_told(
    house: House, deliver: Deliver, is_entry_late: bool
) -> None:
    """Bleemeo's times are about a minute old when they arrive."""
    await pair(house)
    await deliver("critical")
    await house.wait(60)

    async def meanwhile() -> None:
        end = house.clock()
        house.clock.move_to(end - timedelta(seconds=30))
        await deliver("ok")
        house.clock.move_to(end)

    await house.stop()
    house.clock.tick(1)
    await house.start(meanwhile, is_entry_late=is_entry_late)
    assert house.told == [(REACHED, "critical"), (LEFT, "ok")]


@pytest.mark.parametrize("is_entry_late", [False, True])
async def test_what_was_quiet_only_while_home_assistant_started_is_told(
    house: House, deliver: Deliver, is_entry_late: bool
) -> None:
    """The server was out of reach when it broke, and is back."""
    await deliver("ok")
    await pair(house, target=CPU)
    title = "web01.example.com - Agent is "

    async def meanwhile() -> None:
        for status, fields in (
            ("critical", {"metric": None, "title": f"{title}Critical"}),
            ("critical", {}),
            ("ok", {"metric": None, "title": f"{title}Ok"}),
        ):
            house.clock.tick(1)
            await deliver(status, **fields)

    await house.stop()
    house.clock.tick(60)
    await house.start(meanwhile, is_entry_late=is_entry_late)
    await house.wait(2)
    assert house.told == [(REACHED, "critical")]


CPU = {"entity_id": "sensor.web01_example_com_cpu"}


async def acknowledge(house: House, deliver: Deliver) -> None:
    """Acknowledge for five minutes."""
    await house.act("acknowledge", duration={"minutes": 5})


async def silence(house: House, deliver: Deliver) -> None:
    """Silence the account."""
    hub = house.entry.runtime_data.hub
    now = hub.now()
    silence = Silence(
        id="it",
        begins_at=now,
        ends_at=now + timedelta(minutes=5),
        subjects=frozenset({house.entry.entry_id}),
    )
    await hub.silencer.async_add([silence])


async def disconnect(house: House, deliver: Deliver) -> None:
    """Let the server be out of reach."""
    await deliver(
        "critical", metric=None, title="web01.example.com - Agent is Critical"
    )


@pytest.mark.parametrize(
    "interrupt", [nothing, restart, kill, House.reload, House.save]
)
@pytest.mark.parametrize("quiet", [acknowledge, silence, disconnect])
async def test_what_was_kept_quiet_and_is_still_open_is_told_once_when_that_ends(
    house: House,
    deliver: Deliver,
    quiet: Callable[[House, Deliver], Awaitable[None]],
    interrupt: Callable[[House], Awaitable[None]],
) -> None:
    """An acknowledgement, a silence, or the server's being out of reach."""
    await deliver("ok")
    await pair(house, target=CPU, **{"for": {"minutes": 2}})
    await deliver("critical")
    await quiet(house, deliver)
    await house.wait(180)
    assert house.told == []
    await interrupt(house)
    assert house.told == []
    await house.wait(200)
    if quiet is disconnect:
        await deliver("ok", metric=None, title="web01.example.com - Agent is Ok")
    assert house.told == [(REACHED, "critical")]
    await interrupt(house)
    await house.wait(60)
    await deliver("ok")
    assert house.told == [(REACHED, "critical"), (LEFT, "ok")]


async def test_an_alert_that_is_forgotten_has_left_if_it_was_told(
    house: House, deliver: Deliver
) -> None:
    """And it is told again if it comes again."""
    await pair(house)
    await house.automate("lasting", "alert_left", **{"for": {"minutes": 2}})
    await deliver("critical")
    await house.act("forget")
    assert house.told == [(REACHED, "critical"), (LEFT, "critical")]
    assert house.runs[1]["change"] == "forgotten"
    await house.wait(60)
    await deliver("critical")
    assert house.told[2:] == [(REACHED, "critical")]


async def test_somebody_is_reminded_until_somebody_attends(
    house: House, deliver: Deliver
) -> None:
    """Once for what passed while Home Assistant was off."""
    options = {"for": {"minutes": 5}, "every": {"minutes": 10}, "at_most": 4}
    await house.automate("unattended", "alert_unattended", **options)
    await deliver("critical")
    await house.wait(310, steps=4)
    assert house.count == {"unattended": 1}
    for interrupt in (House.save, kill, House.reload, restart):
        await interrupt(house)
        await house.wait(1)
    assert house.count == {"unattended": 1}
    await house.stop(is_killed=True)
    house.clock.tick(25 * 60)
    await house.start()
    await house.wait(1)
    assert house.count == {"unattended": 2}
    await house.wait(3600, steps=12)
    assert house.count == {"unattended": 3}
    await house.act("acknowledge")
    await house.wait(1)
    await house.act("unacknowledge")
    await house.wait(310)
    assert house.count == {"unattended": 4}
    # two were due while Home Assistant was off
    reminders = [run["reminder"] for run in house.runs]
    assert reminders == [1, 3, 4, 1]
    assert [run["alerts"][0]["reminder"] for run in house.runs] == reminders


async def test_reminders_that_came_due_while_home_assistant_was_off_are_one(
    house: House, deliver: Deliver
) -> None:
    """Also the first, the second and the next of those that follow."""
    options = {"for": {"minutes": 15}, "again": {"hours": 1}, "every": {"hours": 4}}
    await house.automate("unattended", "alert_unattended", **options)
    await deliver("critical")
    await house.stop()
    house.clock.tick(5.5 * 3600)
    await house.start()
    await house.wait(60)
    assert [run["reminder"] for run in house.runs] == [3]
    await house.wait(4 * 3600)
    assert [run["reminder"] for run in house.runs] == [3, 4]


@pytest.mark.parametrize("together", [0, 10])
async def test_that_it_was_told_is_on_disk_at_once(
    house: House, deliver: Deliver, together: int
) -> None:
    """Not with what comes next: a crash within a second would tell it again."""
    await pair(house, **{"for": {"minutes": 5}, "together": together})
    await deliver("critical")
    await house.wait(295)
    for _ in range(2):
        house.clock.tick(10)
        async_fire_time_changed(house.hass)
        await settle(house.hass)
    assert house.told == [(REACHED, "critical")]
    journal = house.entry.runtime_data.hub.store.journal
    assert journal._later is None
    if journal._writer is not None:
        await journal._writer
    [(alive_at,)] = journal_rows(house.hass, house.entry, "SELECT alive_at FROM run")
    told_at = house.clock() - timedelta(seconds=0 if together else 10)
    assert datetime.fromisoformat(alive_at) == told_at.replace(tzinfo=UTC)


async def test_a_saved_automation_takes_over_no_memory_but_its_own(
    house: House, deliver: Deliver
) -> None:
    """Of two with the same trigger, the other may have been turned off just before."""
    for name in ("one", "two"):
        await house.automate(name, "alert_reached")
    await deliver("ok")
    await restart(house)
    await house.wait(60)
    await house.switch("turn_off", "one")
    house.clock.tick(5)
    await deliver("critical")
    await house.switch("turn_off", "two")
    await house.switch("turn_on", "two")
    await house.wait(60)
    assert house.told == [("two", "critical")]


async def test_that_an_alert_is_silenced_is_told_once_though_all_ends_there(
    house: House, deliver: Deliver
) -> None:
    """The beginning of the silence was told already."""
    await house.automate("silenced", "alert_acknowledged", changes="silenced")
    # until then, the clock was ahead
    await restart(house)
    await deliver("critical")
    await house.wait(1)
    await house.act("silence")
    await kill(house)
    await house.wait(1)
    assert house.count == {"silenced": 1}


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(-10, Verdict.CHANGED), (10, Verdict.LATE)]
)
async def test_the_end_of_an_acknowledgement_is_told_once_home_assistant_has_started(
    house: House, deliver: Deliver, seconds: int, verdict: Verdict
) -> None:
    """An alert from before it ends it too, and so does one that a newer one overtook."""
    await house.automate("worsened", "alert_acknowledged", changes="worsened")
    await deliver("warning")
    house.clock.tick(100)
    await house.act("acknowledge")
    at = (house.clock() + timedelta(seconds=seconds)).isoformat() + "Z"
    if verdict is Verdict.LATE:
        house.clock.tick(20)
        await deliver("warning")
    critical = payload(id=None, status=2, status_changed_at=at)

    async def worsen() -> None:
        assert await receive_alert(house.entry, critical) == verdict
        await settle(house.hass)
        assert not house.runs

    await house.stop()
    house.clock.tick(60)
    await house.start(worsen)
    await house.wait(1)
    assert house.count == {"worsened": 1}


async def test_what_is_forgotten_while_home_assistant_starts_is_told_when_it_has(
    house: House, deliver: Deliver
) -> None:
    """Bleemeo may no longer have a server when it is asked at the start."""
    await house.automate("left", "alert_left")
    await house.automate("changed", "alert_changed")
    await deliver("critical")
    await house.stop()
    house.clock.tick(60)

    async def forget() -> None:
        await deliver("warning")
        hub = house.entry.runtime_data.hub
        await hub.async_forget(list(hub.board.metrics.values()))
        assert [run["change"] for run in house.runs] == ["raised"]

    await house.start(forget)
    changes = [run["change"] for run in house.runs]
    assert sorted(changes[1:]) == ["eased", "forgotten", "forgotten"]
    await restart(house)
    assert len(house.runs) == len(changes)
    assert house.entry.runtime_data.hub.board.metrics == {}


@pytest.mark.parametrize("is_killed", [True, False, None])
async def test_what_was_untold_of_an_alert_that_came_back_is_told_before_its_return(
    house: House, deliver: Deliver, is_killed: bool | None
) -> None:
    """Whether the start during which it was forgotten ends or not."""
    await house.automate("changed", "alert_changed")
    await house.stop()

    async def come_back() -> None:
        hub = house.entry.runtime_data.hub
        await receive_alert(house.entry, payload())
        await hub.async_forget(list(hub.board.metrics.values()))
        await receive_alert(house.entry, payload(status=2, id=None))
        if is_killed is not None:
            await house.stop(is_killed=is_killed)

    await house.start(come_back)
    if is_killed is not None:
        await house.start()
    assert [run["change"] for run in house.runs] == ["raised", "forgotten", "raised"]
    await restart(house)
    assert len(house.runs) == 3
    assert len(house.entry.runtime_data.hub.board.metrics) == 1


@pytest.mark.parametrize("is_off_meanwhile", [False, True])
async def test_variables_that_fail_for_one_alert_keep_no_other_from_being_told(
    house: House,
    deliver: Deliver,
    is_off_meanwhile: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All are due at once; the log says what is wrong, in a line."""
    trigger: dict[str, Any] = {
        "trigger": "bleemeo.alert_reached",
        "options": {"for": "00:05:00"},
        "variables": {"value": "{{ trigger.value | float }}"},
    }
    await house.add(telling("reached", trigger))
    for number, text in enumerate(("No number", "1.0 %", "2.0 %")):
        await deliver(
            "critical",
            metric=f"4bec41e4-4efc-4bb8-b872-{number:012}",
            text=f"Current value: {text}",
        )
    if is_off_meanwhile:
        await house.stop()
        house.clock.tick(400)
        await house.start()
    else:
        await house.wait(400)
    assert [run["value"] for run in house.runs] == [1.0, 2.0]
    [error] = [each for each in caplog.records if "float got invalid" in each.message]
    assert (error.levelname, error.exc_info) == ("ERROR", None)


async def by_label(house: House, deliver: Deliver) -> Callable[[bool], None]:
    """Add automations for what has a label; return what puts it on the server, or takes it off."""
    await deliver("ok")
    label = lr.async_get(house.hass).async_create("Mine").label_id
    await pair(house, target={"label_id": label})
    reminder: dict[str, Any] = {"for": "00:15:00", "every": "00:30:00"}
    await house.automate(
        "unattended", "alert_unattended", target={"label_id": label}, **reminder
    )
    device_id = er.async_get(house.hass).entities[CPU["entity_id"]].device_id
    assert device_id is not None

    def put(is_on: bool) -> None:
        labels = {label} if is_on else set()
        dr.async_get(house.hass).async_update_device(device_id, labels=labels)

    return put


async def test_what_comes_into_the_target_is_followed_from_then_on(
    house: House, deliver: Deliver
) -> None:
    """That it was reached before is no news; a reminder is, and that it is over."""
    put = await by_label(house, deliver)
    await house.wait(60)
    await deliver("critical")
    await house.wait(600)
    put(True)
    await house.wait(60)
    assert house.told == []
    await house.wait(300)
    await deliver("ok")
    assert house.told == [("unattended", "critical"), ("left", "ok")]


@pytest.mark.parametrize("interrupt", [nothing, restart])
async def test_what_goes_out_of_the_target_is_told_no_more(
    house: House, deliver: Deliver, interrupt: Callable[[House], Awaitable[None]]
) -> None:
    """Who took it out knows; neither that it is over nor a reminder that was due."""
    put = await by_label(house, deliver)
    put(True)
    await house.wait(60)
    await deliver("critical")
    assert house.told == [("reached", "critical")]
    await house.wait(600)
    put(False)
    await interrupt(house)
    await house.wait(1000)
    await deliver("ok")
    assert house.told == [("reached", "critical")]


@pytest.mark.parametrize("is_killed", [True, False])
async def test_what_is_forgotten_during_a_start_that_does_not_end_is_told_after_the_next(
    house: House, deliver: Deliver, is_killed: bool
) -> None:
    """And once, also of what was OK again by then; nothing of it is shown."""
    await house.automate("left", "alert_left")
    await house.automate("changed", "alert_changed")
    await deliver("critical")
    await house.stop()
    other = payload(metric=str(UUID(int=1)), id=None)
    cleared = other | {"status": 0, "status_changed_at": "2026-11-20T08:30:00Z"}

    async def forget() -> None:
        for alert in (other, cleared):
            await receive_alert(house.entry, alert)
        hub = house.entry.runtime_data.hub
        await hub.async_forget(list(hub.board.metrics.values()))
        await house.stop(is_killed=is_killed)

    house.clock.tick(60)
    await house.start(forget)
    for changes in (["raised", "cleared", "forgotten"], []):
        house.events.clear()
        await house.start()
        assert house.entry.runtime_data.hub.board.metrics == {}
        assert journal_rows(house.hass, house.entry, OPEN_INCIDENTS) == [(0,)]
        assert [
            event.data["trigger"]["change"]
            for event in house.events
            if event.data["name"] == "changed"
        ] == changes
        # that which was critical, and the other warning
        assert house.count["left"] == (2 if changes else 0)
        await house.stop()
    assert journal_rows(house.hass, house.entry, "SELECT * FROM metric") == []
