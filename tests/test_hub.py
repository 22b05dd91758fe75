"""Tests of what an alert sets going: the bus event, the counters, the log."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
import logging
from typing import Any
from unittest.mock import patch
from uuid import UUID

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.bleemeo.alert import Alert
from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from custom_components.bleemeo.hub import BleemeoHub
from custom_components.bleemeo.journal import LATER_SECONDS, Journal, JournalError
from custom_components.bleemeo.journal_file import JournalFile
from custom_components.bleemeo.journal_record import Record
from custom_components.bleemeo.keeper import PRUNE_INTERVAL
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_STATE_CHANGED
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component

from . import WEBHOOK_PATH, a_day, journal_rows, payload, setup_integration, state
from .conftest import Deliver

LATER = {"id": None, "status_changed_at": "2026-11-20T09:00:00Z"}


async def test_the_bus_event_has_all_that_automations_may_ask_for(
    hass: HomeAssistant,
    deliver: Deliver,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Its names are a contract."""
    events = async_capture_events(hass, EVENT_ALERT)
    for alert in a_day()[:2]:
        await deliver(alert)
    assert [event.data for event in events] == snapshot(exclude=props("device_id"))
    registered = entity_registry.async_get(events[0].data["entity_id"])
    assert registered is not None
    assert events[0].data["device_id"] == registered.device_id


async def test_each_alert_is_one_event_however_often_it_comes(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Again, late, after a reload."""
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
    """A warning, worse, better, over."""
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


async def test_the_states_are_new_already_when_the_event_is_fired(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """An automation that reads them reads the truth."""
    seen: list[tuple[str, str]] = []

    def read(event: Any) -> None:
        shown = state(hass, event.data["entity_id"])
        seen.append((event.data["status"], shown.state))

    hass.bus.async_listen(EVENT_ALERT, read)
    for alert in a_day()[:4]:
        await deliver(alert)
    assert [status for status, _ in seen] == [shown for _, shown in seen]


async def test_a_repeat_waits_for_the_disk_only_while_its_alert_is_not_there(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """A 200 to either means that the alert is on disk, also while the first waits."""
    count = "SELECT count(*) FROM delivery"
    hub: BleemeoHub = entry.runtime_data
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
        # the same event under other words is not on disk
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
    """Nobody waits for a repeat, and the person must know even so."""
    await deliver(payload())
    with patch.object(JournalFile, "_connect", side_effect=OSError("no room")):
        response = await deliver(payload())
        await asyncio.sleep(LATER_SECONDS + 0.2)
        await hass.async_block_till_done()
    assert response.status == HTTPStatus.OK
    issue = f"journal_not_written_{entry.entry_id}"
    assert issue_registry.async_get_issue(DOMAIN, issue)


async def test_roll_ups_are_written_once_for_all_that_arrives_together(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Before the first event, which is fired after the states of its own metric."""
    await deliver(payload())
    hub: BleemeoHub = entry.runtime_data
    critical = "sensor.bleemeo_critical_alerts"
    told: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        if event.event_type == EVENT_ALERT:
            told.append(f"event {state(hass, critical).state}")
        elif event.data["entity_id"] == critical:
            told.append(f"state {event.data['new_state'].state}")

    for event_type in (EVENT_ALERT, EVENT_STATE_CHANGED):
        hass.bus.async_listen(event_type, note)
    alerts = [
        Alert.from_payload(payload(**LATER, metric=str(UUID(int=n)), status=2))
        for n in range(3)
    ]
    async with asyncio.TaskGroup() as together:
        for alert in alerts:
            together.create_task(hub.async_receive(alert, ""))
    await hass.async_block_till_done()
    assert told == ["state 3", *["event 3"] * 3]


async def test_an_alert_during_start_up_reaches_the_automations(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """They begin to listen only once Home Assistant has started."""
    hass.set_state(CoreState.starting)
    await setup_integration(hass, entry)
    assert await async_setup_component(
        hass,
        AUTOMATION,
        {
            AUTOMATION: {
                "triggers": {"trigger": "event", "event_type": EVENT_ALERT},
                "actions": {"event": "reached"},
            }
        },
    )
    reached = async_capture_events(hass, "reached")
    client = await hass_client_no_auth()
    for alert in a_day()[:2]:
        assert (await client.post(WEBHOOK_PATH, json=alert)).status == 200
    await hass.async_block_till_done()
    assert state(hass, "sensor.web01_example_com_cpu_status").state == "critical"
    assert reached == []

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert len(reached) == 2


async def test_a_reload_during_start_up_loses_no_announcement(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Each is told once, and in the order of arrival."""
    hass.set_state(CoreState.starting)
    await setup_integration(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)
    client = await hass_client_no_auth()
    assert (await client.post(WEBHOOK_PATH, json=a_day()[0])).status == 200
    await hass.config_entries.async_reload(entry.entry_id)
    assert (await client.post(WEBHOOK_PATH, json=a_day()[1])).status == 200
    await hass.async_block_till_done()
    assert events == []

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert [event.data["change"] for event in events] == ["raised", "worsened"]


async def test_an_unseen_change_is_told_counted_and_logged(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The count outlives a restart."""
    caplog.set_level(logging.INFO)
    events = async_capture_events(hass, EVENT_ALERT)
    await deliver(payload())
    await deliver(payload(**LATER, previous_status_changed_at="2026-11-20T08:30:00Z"))
    assert [event.data["unseen_change"] for event in events] == [False, True]
    assert "a change of CPU on web01.example.com that never arrived" in caplog.text
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, "sensor.bleemeo_unseen_changes").state == "1"


@pytest.mark.usefixtures("enabled_by_default")
async def test_the_delay_is_that_from_bleemeo_to_us(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """From the event's last modification there to its arrival here, never negative."""
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
    """What is older than the journal keeps goes away."""
    await deliver(payload())
    freezer.tick(timedelta(days=91) + PRUNE_INTERVAL)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert journal_rows(hass, entry, "SELECT count(*) FROM delivery") == [(0,)]
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(1,)]


async def test_pruning_that_fails_is_logged(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With what happens next."""

    async def fail(self: Journal) -> None:
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
    """With what was lost and when it comes back."""
    await deliver(payload())
    journal_rows(hass, entry, "UPDATE metric SET payload = '{}'")
    await hass.config_entries.async_reload(entry.entry_id)
    assert "1 metrics were kept in a form" in caplog.text
