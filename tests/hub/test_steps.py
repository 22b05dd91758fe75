"""Tests of steps: how what is told of many leaves others their turn, and loses nothing."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest.mock import patch
from uuid import UUID

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import (
    EVENT_ACKNOWLEDGEMENT,
    EVENT_ALERT,
    EVENT_FLAPPING_ENDED,
    EVENT_SILENCE,
)
from custom_components.bleemeo.core import Acknowledgement, Metric, Silence
from custom_components.bleemeo.hub import BleemeoHub, News, turn
from custom_components.bleemeo.hub.steps import Steps
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.core import HomeAssistant
from tests import (
    capture_news,
    journal_rows,
    payload,
    receive_alert,
    setup_integration,
    state,
)

MANY = 20
SILENCES = "SELECT count(*) FROM silence"


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let others run after each step."""
    monkeypatch.setattr(turn, "TURN_SECONDS", -1)


@pytest.fixture
async def hub(
    hass: HomeAssistant, entry: MockConfigEntry, short_turns: None
) -> BleemeoHub:
    """Return a hub with many open alerts."""
    await setup_integration(hass, entry)
    for number in range(MANY):
        await receive_alert(entry, warning(number))
    await hass.async_block_till_done()
    hub = entry.runtime_data.hub
    assert isinstance(hub, BleemeoHub)
    return hub


@pytest.fixture
def heard(hass: HomeAssistant) -> list[News]:
    """Return a list to which the news come."""
    return capture_news(hass)


def now() -> datetime:
    """Return the time on the wall."""
    return datetime.now(UTC)


def warning(number: int, **fields: object) -> dict[str, object]:
    """Return a warning about one of many metrics, which changed now."""
    changed = {"metric": str(UUID(int=number + 1)), "status_changed_at": f"{now()}"}
    return payload(**changed | {"title": f"web01 - Disk {number} is Warning"} | fields)


def silence(hub: BleemeoHub) -> Silence:
    """Return a silence of the whole account from now on, for an hour."""
    at, uids = now(), frozenset({hub.uid})
    return Silence(id="a", begins_at=at, ends_at=at + timedelta(hours=1), subjects=uids)


def the_metrics(hub: BleemeoHub) -> list[Metric]:
    """Return all metrics, the first one first."""
    return list(hub.board.metrics.values())


def times_told(news: list[News]) -> Counter[str]:
    """Return how often it was told of each metric that its quiet is another."""
    return Counter(each.metric.uid for each in news if each.data is None)


async def until(reached: Callable[[], object]) -> None:
    """Let others run until something is so."""
    for _ in range(10_000):
        if reached():
            return
        await asyncio.sleep(0)
    pytest.fail("it is not so")


async def test_steps_are_done_in_order_and_others_run_in_between(
    hass: HomeAssistant, short_turns: None
) -> None:
    """Those that come meanwhile are done after the others."""
    steps, done = Steps(hass), list[int]()
    steps.async_add((str(each), partial(done.append, each)) for each in range(3))
    assert done == [0]
    steps.async_add([("3", partial(done.append, 3))])
    assert done == [0]
    finished = hass.async_create_task(steps.async_finish())
    steps.async_add([("4", partial(done.append, 4))])
    await finished
    assert done[:4] == [0, 1, 2, 3]
    await hass.async_block_till_done()
    assert done == [0, 1, 2, 3, 4]


async def test_what_is_left_of_a_subject_can_be_done_first(
    hass: HomeAssistant, short_turns: None
) -> None:
    """It is done once, in order."""
    steps, done = Steps(hass), list[str]()
    wanted = ["other", "mine 1", "other", "mine 2", "other"]
    steps.async_add((each[:4], partial(done.append, each)) for each in wanted)
    steps.async_hurry("mine")
    assert done == ["other", "mine 1", "mine 2"]
    steps.async_hurry("mine")
    await steps.async_finish()
    assert done == ["other", "mine 1", "mine 2", "other", "other"]


async def test_whoever_waits_no_more_holds_up_nothing(
    hass: HomeAssistant, short_turns: None, caplog: pytest.LogCaptureFixture
) -> None:
    """What is left is done as before."""
    steps, done = Steps(hass), list[int]()
    steps.async_add((str(each), partial(done.append, each)) for each in range(3))
    waiting = hass.async_create_task(steps.async_finish())
    waiting.cancel()
    await hass.async_block_till_done()
    assert done == [0, 1, 2]
    assert "could not be told" not in caplog.text


async def test_all_that_is_left_is_done_where_others_get_no_more_turns(
    hass: HomeAssistant, short_turns: None
) -> None:
    """Home Assistant ends its tasks when it stops."""
    steps, done = Steps(hass), list[int]()
    steps.async_add((str(each), partial(done.append, each)) for each in range(3))
    finished = hass.async_create_task(steps.async_finish())
    [run] = [each for each in asyncio.all_tasks() if each.get_name() == "bleemeo steps"]
    run.cancel()
    async with asyncio.timeout(5):
        await finished
    assert done == [0, 1, 2]


async def test_what_is_done_within_a_turn_is_done_at_once(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of few, nobody has to wait; and to finish nothing takes no time."""
    monkeypatch.setattr(turn, "TURN_SECONDS", 3600)
    steps, done = Steps(hass), list[int]()
    steps.async_add([("", partial(done.append, 1)), ("", partial(done.append, 2))])
    assert done == [1, 2]
    finishing = steps.async_finish()
    with pytest.raises(StopIteration):
        finishing.send(None)


async def test_a_step_that_fails_does_not_affect_the_others(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged."""
    steps, done = Steps(hass), list[int]()

    def fail() -> None:
        raise ValueError("a bug")

    steps.async_add([("", fail), ("", partial(done.append, 1))])
    await steps.async_finish()
    assert done == [1]
    assert "a bug" in caplog.text


async def test_of_many_each_is_told_once_and_is_on_disk_when_all_are_told(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub, heard: list[News]
) -> None:
    """The board knows at once; others run in between, and the answer comes last."""
    adding = hass.async_create_task(hub.silencer.async_add([silence(hub)]))
    assert hub.board.account.needs_attention == 0
    turns = 0
    while len(heard) < MANY:
        assert journal_rows(hass, entry, SILENCES) == [(0,)]
        assert not adding.done()
        await asyncio.sleep(0)
        turns += 1
    assert turns >= MANY
    await adding
    assert journal_rows(hass, entry, SILENCES) == [(1,)]
    assert times_told(heard) == {each.uid: 1 for each in the_metrics(hub)}


async def test_an_alert_that_arrives_meanwhile_comes_after_what_was_before(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub, heard: list[News]
) -> None:
    """What is left of its metric is told first, and it is confirmed when all is told."""
    last = the_metrics(hub)[-1]
    told = async_capture_events(hass, EVENT_ALERT)
    adding = hass.async_create_task(hub.silencer.async_add([silence(hub)]))
    assert await receive_alert(entry, warning(MANY - 1, status=2)) == "changed"
    assert [each.data is None for each in heard if each.metric is last] == [True, False]
    assert [each.data["silenced"] for each in told] == [True]
    assert set(times_told(heard)) == {each.uid for each in the_metrics(hub)}
    await adding
    assert set(times_told(heard).values()) == {1}
    await hass.config_entries.async_reload(entry.entry_id)
    metric = entry.runtime_data.hub.board.metrics[last.alert.key]
    assert metric.alert.status.word == "critical"
    assert [each.reason.value for each in metric.quiets] == ["silenced"]


@pytest.mark.parametrize("end", ["worsened", "forgotten"])
async def test_an_acknowledgement_is_told_before_what_ends_it(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub, end: str
) -> None:
    """Also if that comes while many are being acknowledged."""
    last = the_metrics(hub)[-1]
    told = async_capture_events(hass, EVENT_ACKNOWLEDGEMENT)
    acknowledging = hass.async_create_task(
        hub.acknowledger.async_acknowledge(the_metrics(hub), Acknowledgement(now()))
    )
    if end == "worsened":
        await receive_alert(entry, warning(MANY - 1, status=2))
    else:
        await hub.async_forget([last])
    assert len(await acknowledging) == MANY
    of_last = [
        each.data for each in told if each.data["metric_id"] == str(UUID(int=MANY))
    ]
    assert [(each["change"], each["end"]) for each in of_last] == [
        ("acknowledged", None),
        ("ended", end),
    ]
    assert len(told) == MANY + 1
    assert not last.is_acknowledged
    assert len(await hub.acknowledger.async_end(the_metrics(hub))) == MANY - 1
    assert len(told) == 2 * MANY


async def test_a_silence_that_ends_while_its_beginning_is_told_leaves_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub, heard: list[News]
) -> None:
    """Each is told of both, and a restart finds no silence."""
    made, told = silence(hub), async_capture_events(hass, EVENT_SILENCE)
    adding = hass.async_create_task(hub.silencer.async_add([made]))
    await until(lambda: heard)
    await hub.silencer.async_remove([made])
    assert adding.done()
    await hub.silencer.async_remove([made])
    assert [each.data["change"] for each in told] == ["began", "ended"]
    assert times_told(heard) == {each.uid: 2 for each in the_metrics(hub)}
    await hass.config_entries.async_reload(entry.entry_id)
    board = entry.runtime_data.hub.board
    assert not board.silences
    assert board.account.needs_attention == MANY


async def test_an_action_that_is_broken_off_is_done_nevertheless(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub, heard: list[News]
) -> None:
    """A script that is started again gives up what it waits for."""
    adding = hass.async_create_task(hub.silencer.async_add([silence(hub)]))
    await until(lambda: heard)
    adding.cancel()
    await hass.async_block_till_done()
    assert times_told(heard) == {each.uid: 1 for each in the_metrics(hub)}
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.hub.board.silences


async def test_what_is_being_told_is_told_before_the_entities_go(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub, heard: list[News]
) -> None:
    """It is on disk when the entry is unloaded."""
    adding = hass.async_create_task(hub.silencer.async_add([silence(hub)]))
    unload, shown = hass.config_entries.async_unload_platforms, list[int]()

    async def note(*args: object) -> bool:
        shown.append(len(heard))
        return await unload(*args)  # type: ignore[arg-type]

    with patch.object(hass.config_entries, "async_unload_platforms", note):
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert shown == [MANY]
    await adding
    assert journal_rows(hass, entry, SILENCES) == [(1,)]


async def test_a_server_that_is_out_of_reach_has_its_metrics_told_in_pieces(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub, heard: list[News]
) -> None:
    """Its own alert is told at once; what is confirmed is all told."""
    lost = payload(
        metric=None,
        status=2,
        title="web01 - Agent is Critical",
        status_changed_at=f"{now()}",
    )
    receiving = hass.async_create_task(receive_alert(entry, lost))
    await until(lambda: heard)
    assert heard[0].metric is hub.board.metrics[payload()["agent"], None]
    assert len(heard) < MANY
    await receiving
    assert len(heard) == MANY + 1
    assert set(times_told(heard).values()) == {1}


async def test_many_ends_of_flapping_are_told_in_pieces(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hub: BleemeoHub,
    heard: list[News],
    freezer: FrozenDateTimeFactory,
) -> None:
    """The counts know of each."""
    for number in range(MANY):
        restless = {"status": 2, "number_status_change_last_hour": 6}
        await receive_alert(entry, warning(number, **restless))
    freezer.tick(2)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, "sensor.bleemeo_needs_attention").state == "0"
    told = async_capture_events(hass, EVENT_FLAPPING_ENDED)
    heard.clear()
    for _ in range(2):
        freezer.tick(timedelta(hours=1))
        async_fire_time_changed(hass)
        await until(lambda: heard)
    assert len(heard) < MANY
    await hass.async_block_till_done(wait_background_tasks=True)
    assert times_told(heard) == {each.uid: 1 for each in the_metrics(hub)}
    assert len(told) == MANY
    counted = state(hass, "sensor.bleemeo_needs_attention")
    assert counted.state == str(MANY)
    # Activity takes the first line of a context for the cause of the others
    assert counted.context.id not in {each.context.id for each in told}


async def test_a_silence_ends_also_if_its_beginning_could_not_be_kept(
    hass: HomeAssistant, hub: BleemeoHub, freezer: FrozenDateTimeFactory
) -> None:
    """A full disk makes no silence last."""
    at, uids = now() + timedelta(hours=1), frozenset({hub.uid})
    made = Silence(id="a", begins_at=at, ends_at=at + timedelta(hours=1), subjects=uids)
    await hub.silencer.async_add([made])
    needs = []
    for _ in range(2):
        with patch.object(JournalFile, "write", side_effect=OSError("disk full")):
            freezer.tick(timedelta(hours=1))
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)
        needs.append(hub.board.account.needs_attention)
    assert needs == [0, MANY]
