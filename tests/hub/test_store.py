"""Tests of the store: what the hub knows outlives its journal's file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
import logging
from pathlib import Path
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    flush_store,
)

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.core import Acknowledgement
from custom_components.bleemeo.hub.store import (
    PRUNE_INTERVAL,
    journal_path,
    metric_record,
)
from custom_components.bleemeo.hub.troubles import JOURNAL_NOT_WRITTEN
from custom_components.bleemeo.journal import DeliveryQuery, JournalError, Note
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from tests import (
    AGENT,
    journal_rows,
    payload,
    receive_alert,
    setup_integration,
    state,
    states,
)
from tests.conftest import Deliver

CRITICAL = "sensor.bleemeo_critical"
PROBLEM = "binary_sensor.bleemeo_problem"
METRICS = [f"00000000-0000-4000-8000-{number:012}" for number in range(6)]


def critical(metric: str) -> dict[str, object]:
    """Return a critical alert of a metric."""
    return payload(metric=metric, id=None, status=2, title=f"db - Disk {metric[-1]}")


@pytest.fixture
async def six_critical(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Deliver six critical alerts, and let them flow into the file."""
    for metric in METRICS:
        assert (await deliver(critical(metric))).status == HTTPStatus.OK
    journal = entry.runtime_data.hub.store.journal
    await journal.hold(True)
    await journal.hold(False)


def overwrite(path: Path) -> None:
    """Write garbage over all of the file but its header."""
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def put_another(path: Path) -> None:
    """Put another file into the place, that is no database."""
    path.unlink()
    path.write_bytes(b"\xff" * 9000)


@pytest.mark.parametrize("lose", [overwrite, put_another, Path.unlink])
@pytest.mark.usefixtures("six_critical")
async def test_what_is_shown_survives_the_loss_of_the_file_and_a_restart(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    lose: Callable[[Path], None],
) -> None:
    """It is renewed in place: no state changes, and the next alert is kept."""
    hub = entry.runtime_data.hub
    lose(journal_path(hass, entry))
    before = states(hass)
    assert (await deliver(critical(METRICS[0]))).status == HTTPStatus.OK
    assert (await deliver(payload(metric=None))).status == HTTPStatus.OK
    assert entry.runtime_data.hub is hub
    now = states(hass)
    changed = {each for each in before if before[each] != now[each]}
    assert not [each for each in changed if "disk" in each or each == PROBLEM]

    shown = states(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, CRITICAL).state == "6"
    assert state(hass, PROBLEM).state == "on"
    assert states(hass) == shown


@pytest.mark.usefixtures("six_critical")
async def test_damage_that_no_alert_has_met_is_mended_before_memory_is_gone(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """What was acknowledged is not lost either, nor what was counted."""
    hub = entry.runtime_data.hub
    hub.statistics.rejected_deliveries = 3
    [first, *_] = hub.board.metrics.values()
    acknowledgement = Acknowledgement(dt_util.utcnow(), comment="seen")
    await hub.acknowledger.async_acknowledge([first], acknowledgement)
    path = journal_path(hass, entry)
    overwrite(path)
    await hass.config_entries.async_unload(entry.entry_id)

    issue = issue_registry.async_get_issue(DOMAIN, f"journal_damaged_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["metrics"] == "6"
    assert path.with_name(issue.translation_placeholders["file"]).exists()
    await hass.config_entries.async_setup(entry.entry_id)
    hub = entry.runtime_data.hub
    assert state(hass, CRITICAL).state == "6"
    assert hub.board.acknowledged[first.alert.key].acknowledgement == acknowledgement
    assert hub.statistics.rejected_deliveries == 3


@pytest.mark.usefixtures("six_critical")
async def test_a_deleted_file_is_logged_and_costs_nothing(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """So nobody has to do anything."""
    journal_path(hass, entry).unlink()
    await deliver(payload(metric=None))
    assert "was deleted or replaced while it was in use" in caplog.text
    journal = entry.runtime_data.hub.store.journal
    assert len(await journal.read(DeliveryQuery())) == 7
    assert not [each for each in issue_registry.issues if each[0] == DOMAIN]


async def test_what_can_never_be_written_is_logged_and_troubles_nothing_else(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No retry would help, so none is made."""
    caplog.set_level(logging.ERROR)
    await deliver(payload())
    store = entry.runtime_data.hub.store
    [metric] = entry.runtime_data.hub.board.metrics.values()
    bad = replace(metric_record(metric), acknowledgement="me")  # type: ignore[arg-type]
    with pytest.raises(JournalError):
        await store.async_keep(bad)
    assert caplog.text.count("can never be written to the journal") == 1
    assert not store.is_kept(bad.key)
    caplog.clear()

    other = payload(agent=AGENT, metric=None, title="db01 - Agent is Critical")
    assert (await deliver(other)).status == HTTPStatus.OK
    assert not store.is_kept(bad.key)
    assert caplog.text == ""
    assert not [each for each in issue_registry.issues if each[0] == DOMAIN]
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(2,)]


async def test_a_file_that_is_damaged_while_nobody_runs_is_saved_as_far_as_it_goes(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """The issue says how much that was."""
    for metric in METRICS:
        await deliver(critical(metric))
    await hass.config_entries.async_unload(entry.entry_id)
    path = journal_path(hass, entry)
    content = path.read_bytes()
    path.write_bytes(b"\xff" * 4096 + content[4096:])
    await hass.config_entries.async_setup(entry.entry_id)
    assert state(hass, CRITICAL).state == "6"
    issue = issue_registry.async_get_issue(DOMAIN, f"journal_damaged_{entry.entry_id}")
    assert issue is not None
    placeholders = issue.translation_placeholders or {}
    assert (placeholders["metrics"], placeholders["deliveries"]) == ("6", "6")


@pytest.mark.usefixtures("six_critical")
async def test_damage_that_no_alert_has_met_is_found_within_the_hour(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A crash after that costs nothing."""
    overwrite(journal_path(hass, entry))
    freezer.tick(PRUNE_INTERVAL)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issue_registry.async_get_issue(DOMAIN, f"journal_damaged_{entry.entry_id}")
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(6,)]


@pytest.mark.usefixtures("six_critical")
async def test_a_log_that_is_deleted_costs_nothing(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """What is in it alone would be gone with the process, whatever was answered."""
    path = journal_path(hass, entry)
    path.with_name(f"{path.name}-wal").unlink()
    assert (await deliver(payload(metric=None, status=2))).status == HTTPStatus.OK
    # as another process finds it
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(7,)]
    assert journal_rows(hass, entry, "SELECT count(*) FROM delivery") == [(7,)]


async def test_a_journal_that_is_gone_at_the_start_is_told(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No problem is shown then, and that may be wrong."""
    await deliver(payload())
    await hass.config_entries.async_unload(entry.entry_id)
    for file in journal_path(hass, entry).parent.glob("bleemeo.*.db*"):
        file.unlink()
    await hass.config_entries.async_setup(entry.entry_id)
    issue = issue_registry.async_get_issue(DOMAIN, f"journal_missing_{entry.entry_id}")
    assert issue is not None
    assert issue.is_persistent
    assert issue.is_fixable
    assert "is gone: nothing is known" in caplog.text


async def test_a_new_entry_has_no_journal_that_could_be_gone(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Also if its account is known by access to the API, before the first alert."""
    await setup_integration(hass, entry_with_access)
    issue_id = f"journal_missing_{entry_with_access.entry_id}"
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None


async def test_a_journal_that_is_there_is_not_gone(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """However often its entry is loaded."""
    await hass.config_entries.async_reload(entry.entry_id)
    await deliver(payload())
    await hass.config_entries.async_reload(entry.entry_id)
    issue_id = f"journal_missing_{entry.entry_id}"
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None


@pytest.mark.usefixtures("hass_storage")
async def test_a_disk_that_is_still_full_after_a_restart_is_told_again(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """Home Assistant knows the report from before, but shows it to nobody."""
    entry.add_to_hass(hass)
    JOURNAL_NOT_WRITTEN.async_report(hass, entry, error="no room")
    await flush_store(issue_registry._store)
    await issue_registry.async_load()
    with patch.object(JournalFile, "write", side_effect=OSError("no room")):
        assert await hass.config_entries.async_setup(entry.entry_id)
        with pytest.raises(JournalError):
            await receive_alert(entry, payload())
        issue_id = f"journal_not_written_{entry.entry_id}"
        issue = issue_registry.async_get_issue(DOMAIN, issue_id)
        assert issue is not None
        assert issue.active


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("address", "[1"),
        ("address", '{"a": 1}'),
        ("address", "[[1]]"),
        ("gaps", "[1]"),
        ("heard_at", "2026-13-20T08:00:00+00:00"),
        ("heard_at", "2026-11-20T08:00:00"),
        ("missing_alerts", "1x"),
        ("runs", "[1]"),
        ("tests", "[1]"),
        ("tests", '[{"agent": "a"'),
    ],
)
async def test_a_note_that_is_damaged_keeps_no_entry_from_being_set_up(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, name: str, value: str
) -> None:
    """The alerts count more than what is noted beside them."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    await entry.runtime_data.hub.store.async_keep(Note(name, value))
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.hub.board.metrics


async def test_a_noted_time_that_lost_its_offset_can_be_compared(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """With those that have one, long after the note was read."""
    await setup_integration(hass, entry)
    hub, now = entry.runtime_data.hub, dt_util.utcnow()
    noted = (now - timedelta(hours=2)).replace(tzinfo=None).isoformat()
    hub.gaps.restore(f'[["{noted}", "{noted}"]]', None, now)
    hub.gaps.add(now - timedelta(hours=1), now)
    assert len(hub.gaps.since(now - timedelta(days=1))) == 2
    hub.runs.async_note("morning", now)
    [key] = hub.runs._last
    hub.runs.restore(f'{{"{key}": ["{noted}", false]}}')
    assert hub.runs.last("morning").until < now
