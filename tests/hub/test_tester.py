"""Tests of how test alerts end, whatever comes between."""

import asyncio
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import EVENT_ALERT
from custom_components.bleemeo.core import Metric, Status
from custom_components.bleemeo.hub import BleemeoHub
from custom_components.bleemeo.journal import Record
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from tests import journal_rows, payload, receive_alert, setup_integration

OPEN_INCIDENTS = "SELECT count(*) FROM incident WHERE ended_at IS NULL"


async def wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Let time pass."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def start(
    hass: HomeAssistant, entry: MockConfigEntry, status: int
) -> tuple[BleemeoHub, Metric]:
    """Set the entry up with a metric of a status, and let a test make it critical."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(status=status))
    hub: BleemeoHub = entry.runtime_data.hub
    [metric] = hub.board.metrics.values()
    clear_at = hub.now() + timedelta(minutes=1)
    await hub.tester.async_send_about(metric, Status.CRITICAL, "", clear_at)
    assert metric.alert.status is Status.CRITICAL
    return hub, metric


async def test_no_trace_of_a_test_is_left_in_the_incidents(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What was OK all the time had no incident."""
    _, metric = await start(hass, entry, 0)
    assert metric.timeline.present is not None
    assert journal_rows(hass, entry, OPEN_INCIDENTS) == [(1,)]
    await wait(hass, freezer, 61)
    assert metric.alert.status is Status.OK
    assert metric.timeline.incidents() == []
    assert journal_rows(hass, entry, "SELECT count(*) FROM incident") == [(0,)]


async def test_a_test_ends_although_that_cannot_be_kept(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A full disk must not leave a false alarm."""
    _, metric = await start(hass, entry, 0)
    with patch.object(JournalFile, "write", side_effect=OSError("no room")):
        await wait(hass, freezer, 61)
    assert metric.alert.status is Status.OK


async def test_a_test_that_was_due_while_the_entry_was_away_ends_then(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """And what was really told meanwhile stays."""
    await start(hass, entry, 0)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await wait(hass, freezer, 3600)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await wait(hass, freezer, 1)
    [metric] = entry.runtime_data.hub.board.metrics.values()
    assert metric.alert.status is Status.OK
    assert not metric.is_test


UNDATED = dict.fromkeys(("created_at", "modified_at", "happened_at"))


@pytest.mark.parametrize(
    ("ahead", "clock"),
    [
        (timedelta(minutes=5), timedelta()),
        (timedelta(days=9999), timedelta()),
        (timedelta(), -timedelta(hours=2)),
    ],
    ids=["a little ahead", "far ahead", "the clock here is set back"],
)
async def test_what_is_dated_ahead_can_be_tested_and_is_as_before_afterwards(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    ahead: timedelta,
    clock: timedelta,
) -> None:
    """Of the test nothing is left, and nobody has heard of the metric since."""
    await setup_integration(hass, entry)
    hub: BleemeoHub = entry.runtime_data.hub
    changed_at = (hub.now() + ahead).isoformat()
    real = payload(status=0, status_changed_at=changed_at) | UNDATED
    await receive_alert(entry, real)
    [metric] = hub.board.metrics.values()
    before = metric.alert, metric.received_at, metric.timeline, metric.history
    events = async_capture_events(hass, EVENT_ALERT)
    freezer.tick(clock + timedelta(seconds=10))
    clear_at = hub.now() + timedelta(minutes=1)
    for status in (Status.CRITICAL, Status.WARNING):
        await hub.tester.async_send_about(metric, status, "", clear_at)
    assert (metric.is_test, metric.alert.status) == (True, Status.WARNING)
    await hass.config_entries.async_reload(entry.entry_id)
    await wait(hass, freezer, 61)
    [metric] = entry.runtime_data.hub.board.metrics.values()
    assert before == (
        metric.alert,
        metric.received_at,
        metric.timeline,
        metric.history,
    )
    assert [each.data["change"] for each in events] == ["raised", "eased", "cleared"]


async def test_the_end_of_a_test_is_no_sign_of_life(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The real alert arrived when it did, also if the test changed nothing."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(status=0))
    hub: BleemeoHub = entry.runtime_data.hub
    [metric] = hub.board.metrics.values()
    received_at = metric.received_at
    for status in (Status.OK, Status.CRITICAL):
        freezer.tick(60)
        clear_at = hub.now() + timedelta(minutes=1)
        await hub.tester.async_send_about(metric, status, "", clear_at)
        await wait(hass, freezer, 61)
        assert not metric.is_test
        assert metric.received_at == received_at
    kept = journal_rows(hass, entry, "SELECT received_at FROM metric")
    assert [datetime.fromisoformat(at) for (at,) in kept] == [received_at]


@pytest.mark.parametrize("lacks", ["the offset", "the time"])
async def test_a_test_ends_though_the_journal_lost_a_part_of_its_note(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    lacks: str,
) -> None:
    """A damaged note must neither keep the entry from being set up, nor a false alarm."""
    await start(hass, entry, 0)
    assert await hass.config_entries.async_unload(entry.entry_id)
    if lacks == "the offset":
        damage = "UPDATE note SET value = replace(value, '+00:00', '')"
    else:
        damage = "UPDATE note SET value = json_remove(value, '$[0].received_at')"
    journal_rows(hass, entry, f"{damage} WHERE name = 'tests'")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await wait(hass, freezer, 61)
    [metric] = entry.runtime_data.hub.board.metrics.values()
    assert metric.alert.status is Status.OK
    assert not metric.is_test


async def test_a_real_alert_that_is_older_than_the_test_is_not_late(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """It happened after the last real one, and would otherwise be lost."""
    hub, metric = await start(hass, entry, 0)
    at = (hub.now() - timedelta(minutes=2)).isoformat()
    verdict = await receive_alert(entry, payload(id=None, status_changed_at=at))
    assert verdict == "changed"
    assert metric.alert.status is Status.WARNING
    await wait(hass, freezer, 61)
    assert metric.alert.status is Status.WARNING


async def test_an_alert_that_is_older_than_the_real_one_stays_late(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A test lets nothing old come back."""
    _, metric = await start(hass, entry, 0)
    at = "2020-11-20T08:00:00Z"
    assert await receive_alert(entry, payload(id=None, status_changed_at=at)) == "late"
    assert metric.is_test
    await wait(hass, freezer, 61)
    assert metric.alert.status is Status.OK


async def test_a_metric_that_was_forgotten_does_not_come_back(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Nor does a test of its own."""
    hub, metric = await start(hass, entry, 0)
    clear_at = hub.now() + timedelta(minutes=1)
    await hub.tester.async_send("db", "Disk", Status.CRITICAL, "", clear_at)
    assert len(hub.board.metrics) == 2
    await hub.async_forget([*hub.board.metrics.values()])
    await wait(hass, freezer, 61)
    assert not hub.board.metrics
    assert not hub.board.tested
    assert metric.uid not in {each.uid for each in hub.board.metrics.values()}


async def test_the_journal_is_not_asked_to_restore_what_is_over(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The note of the tests is empty again."""
    await start(hass, entry, 0)
    await wait(hass, freezer, 61)
    notes = journal_rows(hass, entry, "SELECT value FROM note WHERE name = 'tests'")
    assert notes == [("[]",)]


async def test_a_real_alert_of_the_status_that_is_tested_is_told_as_ever(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """First the test is over; the incident is the real one's, and ends at no time."""
    events = async_capture_events(hass, EVENT_ALERT)
    hub, metric = await start(hass, entry, 0)
    at = (hub.now() + timedelta(seconds=30)).isoformat()
    freezer.tick(30)
    assert await receive_alert(entry, payload(status=2, id=None, status_changed_at=at))
    await wait(hass, freezer, 61)
    assert [
        (each.data["change"], each.data["status"], each.data["is_test"])
        for each in events
    ] == [
        ("cleared", "ok", False),
        ("raised", "critical", True),
        ("cleared", "ok", False),
        ("raised", "critical", False),
    ]
    [incident] = metric.timeline.incidents()
    assert incident.began_at.isoformat() == at
    begun = "SELECT began_at / 1000000, ended_at FROM incident"
    assert journal_rows(hass, entry, begun) == [
        (int(incident.began_at.timestamp()), None)
    ]
    assert hub.board.account.counts[Status.CRITICAL] == 1


async def test_the_end_of_a_test_of_what_it_is_anyway_is_no_news(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Nor is it a delivery, or a sign that Bleemeo's alerts arrive."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(status=0))
    hub: BleemeoHub = entry.runtime_data.hub
    [metric] = hub.board.metrics.values()
    events = async_capture_events(hass, EVENT_ALERT)
    clear_at = hub.now() + timedelta(minutes=1)
    await hub.tester.async_send_about(metric, Status.OK, "", clear_at)
    heard = hub.watchdog._heard_at, hub.statistics.delivery_delay
    await wait(hass, freezer, 61)
    assert not metric.is_test
    assert [event.data["source"] for event in events] == ["test"]
    assert (hub.watchdog._heard_at, hub.statistics.delivery_delay) == heard
    assert journal_rows(hass, entry, "SELECT source FROM delivery ORDER BY id") == [
        ("webhook",),
        ("test",),
    ]
    assert journal_rows(hass, entry, "SELECT source FROM metric") == [("webhook",)]


async def test_tests_make_no_metric_flap(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The first real alert after many of them would be kept quiet."""
    await start(hass, entry, 0)
    hub: BleemeoHub = entry.runtime_data.hub
    [metric] = hub.board.metrics.values()
    for _ in range(6):
        await wait(hass, freezer, 61)
        clear_at = hub.now() + timedelta(minutes=1)
        await hub.tester.async_send_about(metric, Status.CRITICAL, "", clear_at)
    at = hub.now().isoformat()
    await receive_alert(entry, payload(status=2, id=None, status_changed_at=at))
    assert metric.needs_attention
    assert hub.board.account.needs_attention == 1


async def test_what_is_really_open_is_not_tested(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The test would hide it, and at its end it would be told a second time."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(status=2))
    hub: BleemeoHub = entry.runtime_data.hub
    [metric] = hub.board.metrics.values()
    for status in Status:
        with pytest.raises(
            ServiceValidationError, match=r"^CPU \(web01\.example\.com\) has"
        ):
            await hub.tester.async_send_about(metric, status, "", hub.now())
    assert not metric.is_test


async def test_a_real_alert_that_comes_first_after_all_is_not_hidden(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """While it is written down when the test will end, the disk may be slow."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(status=0))
    hub: BleemeoHub = entry.runtime_data.hub
    [metric] = hub.board.metrics.values()
    clear_at = hub.now() + timedelta(minutes=1)
    sending = hass.async_create_task(
        hub.tester.async_send_about(metric, Status.OK, "", clear_at), eager_start=True
    )
    at = hub.now().isoformat()
    await receive_alert(entry, payload(status=2, id=None, status_changed_at=at))
    with pytest.raises(ServiceValidationError):
        await sending
    await wait(hass, freezer, 61)
    assert metric.alert.status is Status.CRITICAL
    assert not metric.is_test


async def test_a_test_that_is_sent_while_another_ends_has_its_own_end(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """However long the journal takes to write that the first one is over."""
    hub, metric = await start(hass, entry, 0)
    keep, is_written = hub.store.async_keep, asyncio.Event()

    async def keep_slowly(*records: Record) -> None:
        await is_written.wait()
        await keep(*records)

    with patch.object(hub.store, "async_keep", keep_slowly):
        freezer.tick(timedelta(seconds=61))
        async_fire_time_changed(hass)
        await asyncio.sleep(0)
        assert not hub.board.tested
        clear_at = hub.now() + timedelta(minutes=1)
        sending = hub.tester.async_send_about(metric, Status.CRITICAL, "", clear_at)
        sent = hass.async_create_task(sending)
        await asyncio.sleep(0)
        is_written.set()
        await sent
    await wait(hass, freezer, 0)
    assert hub.board.tested
    await wait(hass, freezer, 61)
    assert not hub.board.tested


async def test_a_test_is_nothing_that_bleemeo_told(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It says neither when Bleemeo was heard of, nor how long an alert takes."""
    await setup_integration(hass, entry)
    hub: BleemeoHub = entry.runtime_data.hub
    await hub.tester.async_send("host", "Test", Status.CRITICAL, "")
    for _ in range(2):
        statistics = entry.runtime_data.hub.statistics
        assert statistics.last_alert_at is None
        assert statistics.delivery_delay is None
        await hass.config_entries.async_reload(entry.entry_id)
