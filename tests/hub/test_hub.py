"""Tests of what an alert causes: the bus event, the counters, the log."""

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
import logging
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from custom_components.bleemeo.core.alert import Alert
from custom_components.bleemeo.hub import BleemeoHub
from custom_components.bleemeo.hub.store import PRUNE_INTERVAL
from custom_components.bleemeo.journal.file import JournalFile
from custom_components.bleemeo.journal.handle import Handle
from custom_components.bleemeo.journal.journal import LATER_SECONDS, Journal
from custom_components.bleemeo.journal.record import Record
from custom_components.bleemeo.journal.thread import JournalError
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from tests import AGENT, a_day, journal_rows, payload, state
from tests.conftest import Deliver

LATER = {"id": None, "status_changed_at": "2026-11-20T09:00:00Z"}


async def test_each_alert_is_one_event_however_often_it_comes(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Even if it is repeated, late, or delivered after a reload."""
    events = async_capture_events(hass, EVENT_ALERT)
    for alert in [*a_day(), *a_day()]:
        await deliver(alert)
    await hass.config_entries.async_reload(entry.entry_id)
    for alert in a_day():
        await deliver(alert)
    assert [event.data["event_id"] for event in events] == [
        alert["id"] for alert in a_day()
    ]


async def test_the_changes_of_the_day_have_their_names(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """Raised, worsened, eased, cleared."""
    events = async_capture_events(hass, EVENT_ALERT)
    for alert in a_day()[:4]:
        await deliver(alert)
    assert [
        (event.data["change"], event.data["previous_status"], event.data["status"])
        for event in events
    ] == [
        ("raised", None, "warning"),
        ("worsened", "warning", "critical"),
        ("eased", "critical", "warning"),
        ("cleared", "warning", "ok"),
    ]


async def test_a_repeat_waits_for_the_disk_only_while_its_alert_is_not_there(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """A 200 to either means that the alert is on disk, even while the first waits."""
    count = "SELECT count(*) FROM delivery"
    hub: BleemeoHub = entry.runtime_data.hub
    alert = Alert.from_payload(payload())
    async with asyncio.TaskGroup() as together:
        first = together.create_task(hub.async_receive(alert, ""))
        again = together.create_task(hub.async_receive(alert, ""))
        await asyncio.sleep(0)
        assert not first.done()
        assert not again.done()
    assert (first.result(), again.result()) == ("changed", "repeat")
    assert journal_rows(hass, entry, count) == [(2,)]

    commits = 0
    write = JournalFile.write

    def count_commits(file: JournalFile, records: list[Record]) -> None:
        nonlocal commits
        commits += 1
        write(file, records)

    with patch.object(JournalFile, "write", count_commits):
        for _ in range(3):
            assert await hub.async_receive(alert, "") == "repeat"
        assert commits == 0
        # the same event with another text is not on disk
        other = Alert.from_payload(payload(text="Something else", modified_at=None))
        assert await hub.async_receive(other, "") == "repeat"
        assert commits == 1
    assert await hub.async_receive(alert, "") == "repeat"
    await hass.config_entries.async_unload(entry.entry_id)
    assert journal_rows(hass, entry, count) == [(7,)]


async def test_what_cannot_be_written_later_is_told(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Nobody waits for a repeat, but the user must still know."""
    await deliver(payload())
    with patch.object(Handle, "connect", side_effect=OSError("no room")):
        response = await deliver(payload())
        await asyncio.sleep(LATER_SECONDS + 0.2)
        await hass.async_block_till_done()
    assert response.status == HTTPStatus.OK
    issue = f"journal_not_written_{entry.entry_id}"
    assert issue_registry.async_get_issue(DOMAIN, issue)


async def test_an_unseen_change_is_told_counted_and_logged(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The count survives a restart."""
    caplog.set_level(logging.INFO)
    events = async_capture_events(hass, EVENT_ALERT)
    await deliver(payload())
    await deliver(payload(**LATER, previous_status_changed_at="2026-11-20T08:30:00Z"))
    assert [event.data["unseen_change"] for event in events] == [False, True]
    assert "a change of CPU on web01.example.com that never arrived" in caplog.text
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, "sensor.bleemeo_missed_changes").state == "1"


async def test_an_unseen_change_that_was_only_overtaken_is_taken_back(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """In the count and in the journal."""
    await deliver(payload())
    await deliver(payload(**LATER, previous_status_changed_at="2026-11-20T08:30:00Z"))
    assert state(hass, "sensor.bleemeo_missed_changes").state == "1"
    overtaken = {"id": None, "status_changed_at": "2026-11-20T08:30:00Z"}
    answer = await deliver(payload(**overtaken, status=0))
    assert (await answer.json())["result"] == "late"
    assert state(hass, "sensor.bleemeo_missed_changes").state == "0"
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, "sensor.bleemeo_missed_changes").state == "0"


async def test_the_first_alert_of_an_agent_gives_doubt_and_no_other_of_it(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Nor does a test, or a restart; what was forgotten comes for the first time again."""
    doubts: list[str] = []

    def follow() -> None:
        entry.runtime_data.hub.on_doubt(lambda: doubts.append("doubt"))

    follow()
    for alert in (payload(), payload(**LATER), payload(metric=AGENT)):
        await deliver(alert)
        assert len(doubts) == 1
    test = {"status": "critical", "host": "web09"}
    await hass.services.async_call(DOMAIN, "send_test_alert", test, blocking=True)
    await hass.config_entries.async_reload(entry.entry_id)
    follow()
    await deliver(payload(**LATER, status=2))
    assert len(doubts) == 1
    hub = entry.runtime_data.hub
    await hub.async_forget(hub.board.metrics_of(payload()["agent"]))
    await deliver(payload())
    assert len(doubts) == 2


@pytest.mark.usefixtures("enabled_by_default")
async def test_the_delay_is_that_from_bleemeo_to_us(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """From the event's last modification to its arrival here, never negative."""
    freezer.move_to("2026-11-20T09:00:05Z")
    await deliver(payload(modified_at="2026-11-20T09:00:00Z"))
    assert state(hass, "sensor.bleemeo_delivery_delay").state == "5.0"
    await deliver(payload(**LATER, modified_at="2026-11-20T09:00:30Z"))
    assert state(hass, "sensor.bleemeo_delivery_delay").state == "0.0"


async def test_the_journal_is_pruned_every_hour(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Deliveries that are too old are removed."""
    await deliver(payload())
    freezer.tick(timedelta(days=91) + PRUNE_INTERVAL)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert journal_rows(hass, entry, "SELECT count(*) FROM delivery") == [(0,)]
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(1,)]


@pytest.mark.parametrize("is_at_start", [False, True])
async def test_a_clock_that_is_ahead_for_an_hour_removes_nothing(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    is_at_start: bool,
) -> None:
    """Whether it jumps, or is wrong from the start; not even when an alert arrives."""
    freezer.move_to("2026-11-20T08:01:00Z")
    await deliver(payload())
    ahead = dt_util.utcnow() + timedelta(days=200)
    if is_at_start:
        assert await hass.config_entries.async_unload(entry.entry_id)
    with patch("homeassistant.util.dt.utcnow", return_value=ahead):
        if is_at_start:
            assert await hass.config_entries.async_setup(entry.entry_id)
        await deliver(payload(id=None, status_changed_at="2026-11-20T08:01:00Z"))
        freezer.tick(PRUNE_INTERVAL)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert journal_rows(hass, entry, "SELECT count(*) FROM delivery") == [(2,)]


async def test_pruning_that_fails_is_logged(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The log says what happens next."""

    async def fail(self: Journal, now: datetime) -> None:
        raise JournalError("stuck")

    monkeypatch.setattr(Journal, "prune", fail)
    freezer.tick(PRUNE_INTERVAL)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "stuck; the next try is in an hour" in caplog.text


async def test_what_is_not_understood_is_logged(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log says what was lost and when it comes back."""
    await deliver(payload())
    journal_rows(hass, entry, "UPDATE metric SET payload = '{}'")
    await hass.config_entries.async_reload(entry.entry_id)
    assert "1 metrics were kept in a form" in caplog.text
