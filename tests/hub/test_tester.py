"""Tests of how test alerts end, whatever comes between."""

from datetime import timedelta
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.core import Metric, Status
from custom_components.bleemeo.hub import BleemeoHub
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.core import HomeAssistant
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
    await start(hass, entry, 1)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await wait(hass, freezer, 3600)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await wait(hass, freezer, 1)
    [metric] = entry.runtime_data.hub.board.metrics.values()
    assert metric.alert.status is Status.WARNING
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
    hub, metric = await start(hass, entry, 1)
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
    await start(hass, entry, 1)
    await wait(hass, freezer, 61)
    notes = journal_rows(hass, entry, "SELECT value FROM note WHERE name = 'tests'")
    assert notes == [("[]",)]
