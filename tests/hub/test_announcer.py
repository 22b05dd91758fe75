"""Tests that alerts become states and events."""

import asyncio
from datetime import UTC, datetime
import threading
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

from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from custom_components.bleemeo.core import Acknowledgement
from custom_components.bleemeo.core.alert import Alert
from custom_components.bleemeo.hub import BleemeoHub
from custom_components.bleemeo.hub.announcer import MAX_PENDING
from custom_components.bleemeo.hub.store import RETRY_INTERVAL
from custom_components.bleemeo.journal import JournalError, Record
from custom_components.bleemeo.journal.file import JournalFile
from custom_components.bleemeo.journal.handle import Handle
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_STATE_CHANGED
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests import (
    WEBHOOK_PATH,
    a_day,
    journal_rows,
    payload,
    receive_alert,
    settle_journal,
    setup_integration,
    state,
)
from tests.conftest import Deliver

LATER = {"id": None, "status_changed_at": "2026-11-20T09:00:00Z"}
LATEST = {"id": None, "status_changed_at": "2026-11-20T10:00:00Z"}
METRIC_ID = payload()["metric"]
PROBLEM = "binary_sensor.web01_example_com_cpu_problem"
STATUS = "sensor.web01_example_com_cpu"


async def test_the_bus_event_has_all_that_automations_may_ask_for(
    hass: HomeAssistant,
    deliver: Deliver,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """The names of its keys are a contract."""
    events = async_capture_events(hass, EVENT_ALERT)
    for alert in a_day()[:2]:
        await deliver(alert)
    assert [event.data for event in events] == snapshot(exclude=props("device_id"))
    registered = entity_registry.async_get(events[0].data["entity_id"])
    assert registered is not None
    assert events[0].data["device_id"] == registered.device_id


async def test_the_states_are_new_already_when_the_event_is_fired(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """An automation that reads them gets the new values."""
    seen: list[tuple[str, str]] = []

    def read(event: Any) -> None:
        shown = state(hass, event.data["entity_id"])
        seen.append((event.data["status"], shown.state))

    hass.bus.async_listen(EVENT_ALERT, read)
    for alert in a_day()[:4]:
        await deliver(alert)
    assert [status for status, _ in seen] == [shown for _, shown in seen]


async def test_roll_ups_are_written_once_for_all_that_arrives_together(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Before the first event, which fires after its own metric's states."""
    await deliver(payload())
    critical = "sensor.bleemeo_critical"
    told: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        if event.event_type == EVENT_ALERT:
            told.append(f"event {state(hass, critical).state}")
        elif event.data["entity_id"] == critical:
            told.append(f"state {event.data['new_state'].state}")

    for event_type in (EVENT_ALERT, EVENT_STATE_CHANGED):
        hass.bus.async_listen(event_type, note)
    alerts = [payload(**LATER, metric=str(UUID(int=n)), status=2) for n in range(3)]
    async with asyncio.TaskGroup() as together:
        for alert in alerts:
            together.create_task(receive_alert(entry, alert))
    await hass.async_block_till_done()
    assert told == ["state 3", *["event 3"] * 3]


async def test_an_alert_during_start_up_reaches_the_automations(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Automations listen only once Home Assistant has started."""
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
    assert state(hass, "sensor.web01_example_com_cpu").state == "critical"
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
    """Each is announced once, in the order of arrival."""
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


UNTOLD = "SELECT count(*) FROM metric WHERE untold IS NOT NULL"
OTHER = str(UUID(int=1))
# of two metrics, whose last alerts do not say what happened
UNHEARD = [
    payload(id=None),
    payload(id=None, metric=OTHER),
    payload(**LATER, status=2),
    payload(**LATEST, status=0),
]
CHANGES = [
    ("raised", "warning", METRIC_ID),
    ("raised", "warning", OTHER),
    ("worsened", "critical", METRIC_ID),
    ("cleared", "ok", METRIC_ID),
]


def changes(events: list[Event[Any]]) -> list[tuple[str, str, str]]:
    """Return what the events announce, in order."""
    return [
        (event.data["change"], event.data["status"], event.data["metric_id"])
        for event in events
    ]


async def start(hass: HomeAssistant) -> None:
    """Finish the start of Home Assistant."""
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()


async def test_what_nobody_heard_of_is_on_disk_as_such_until_it_is_told(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """With the alert itself, so that whatever ends the process loses neither."""
    hass.set_state(CoreState.starting)
    await setup_integration(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)
    for alert in UNHEARD:
        assert await receive_alert(entry, alert) == "changed"
    assert journal_rows(hass, entry, UNTOLD) == [(2,)]
    assert events == []
    await start(hass)
    assert changes(events) == CHANGES
    await settle_journal(entry)
    assert journal_rows(hass, entry, UNTOLD) == [(0,)]
    assert await receive_alert(entry, payload(**LATEST, metric=OTHER)) == "changed"
    assert journal_rows(hass, entry, UNTOLD) == [(0,)]


@pytest.mark.usefixtures("enabled_by_default")
async def test_a_next_start_tells_what_the_last_did_not_come_to(
    hass: HomeAssistant, entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """All of it, in order and under the ids of today; what is acknowledged as well."""
    hass.set_state(CoreState.starting)
    await setup_integration(hass, entry)
    for alert in UNHEARD[:2]:
        await receive_alert(entry, alert)
    await hass.services.async_call(
        DOMAIN, "acknowledge", {"entity_id": "sensor.bleemeo_status"}, blocking=True
    )
    events = async_capture_events(hass, EVENT_ALERT)
    hass.set_state(CoreState.stopping)
    await entry.runtime_data.async_close()
    assert events == []

    hass.set_state(CoreState.starting)
    await hass.config_entries.async_reload(entry.entry_id)
    for alert in UNHEARD[2:]:
        await receive_alert(entry, alert)
    await hass.config_entries.async_unload(entry.entry_id)
    await start(hass)
    assert events == []
    entity_registry.async_update_entity(STATUS, new_entity_id="sensor.renamed")
    await hass.config_entries.async_setup(entry.entry_id)
    assert changes(events) == CHANGES
    assert events[0].data["entity_id"] == "sensor.renamed"
    assert state(hass, "event.bleemeo_alert").attributes["event_type"] == "cleared"

    await hass.config_entries.async_reload(entry.entry_id)
    assert len(events) == len(CHANGES)


async def test_what_is_told_but_cannot_be_written_down_as_told_is_later(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Otherwise it would be told again at the next start."""
    hass.set_state(CoreState.starting)
    await setup_integration(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)
    await receive_alert(entry, payload())
    with patch.object(Handle, "connect", side_effect=OSError("no room")):
        await start(hass)
        await settle_journal(entry)
    assert len(events) == 1
    assert journal_rows(hass, entry, UNTOLD) == [(1,)]
    freezer.tick(RETRY_INTERVAL)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert journal_rows(hass, entry, UNTOLD) == [(0,)]


async def test_counts_are_right_before_home_assistant_has_started(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A late alert ends an acknowledgement, which automations hear of later."""
    hass.set_state(CoreState.starting)
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    hub, seen_at = entry.runtime_data.hub, datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    await hub.acknowledger.async_acknowledge(
        hub.board.metrics.values(), Acknowledgement(seen_at)
    )
    await receive_alert(entry, payload(**LATEST))
    await hass.async_block_till_done()
    needing = "sensor.bleemeo_needs_attention"
    assert state(hass, needing).state == "0"
    assert await receive_alert(entry, payload(**LATER, status=0)) == "late"
    await hass.async_block_till_done()
    assert state(hass, needing).state == "1"
    server = state(hass, "sensor.web01_example_com_status")
    assert server.attributes["needs_attention"] == 1


async def test_of_a_metric_that_changes_again_and_again_the_last_changes_are_told(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start can take minutes, and what it keeps is bounded."""
    monkeypatch.setattr("custom_components.bleemeo.hub.untold.MAX_UNTOLD", 2)
    hass.set_state(CoreState.starting)
    await setup_integration(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)
    for alert in UNHEARD:
        await receive_alert(entry, alert)
    await start(hass)
    assert changes(events) == CHANGES[1:]


async def test_an_alert_is_told_before_it_is_on_disk(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If all ended between the two, its repeat would be acknowledged and never told."""
    monkeypatch.setattr(
        "custom_components.bleemeo.hub.announcer.MAX_DELAY_SECONDS", 3600
    )
    events = async_capture_events(hass, EVENT_ALERT)
    told: list[int] = []
    write = JournalFile.write

    def note(file: JournalFile, records: list[Record]) -> None:
        told.append(len(events))
        write(file, records)

    with patch.object(JournalFile, "write", note):
        async with asyncio.TaskGroup() as together:
            for alert in UNHEARD:
                together.create_task(receive_alert(entry, alert))
    assert told[0] == len(UNHEARD)


async def test_an_alert_is_told_also_where_the_journal_is_held_up(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """The state changes while a slow disk keeps Bleemeo waiting."""
    hub: BleemeoHub = entry.runtime_data.hub
    may_go_on = threading.Event()
    executor = hub.store.journal._thread._executor
    assert executor is not None
    executor.submit(may_go_on.wait)
    receiving = hass.async_create_task(receive_alert(entry, payload()))
    try:
        async with asyncio.timeout(5):
            while hass.states.get(PROBLEM) is None:
                await asyncio.sleep(0.001)
        assert not receiving.done()
    finally:
        may_go_on.set()
    assert await receiving == "changed"


async def test_an_alert_is_told_before_it_is_acknowledged(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is announced while it is written, without the maximum delay."""
    monkeypatch.setattr(
        "custom_components.bleemeo.hub.announcer.MAX_DELAY_SECONDS", 3600
    )
    events = async_capture_events(hass, EVENT_ALERT)
    await receive_alert(entry, payload())
    assert state(hass, PROBLEM).state == "on"
    assert len(events) == 1


async def test_each_change_is_a_state_of_its_own(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Even if an alert clears at the moment it is raised."""
    states = async_capture_events(hass, EVENT_STATE_CHANGED)
    events = async_capture_events(hass, EVENT_ALERT)
    async with asyncio.TaskGroup() as together:
        for fields in ({}, LATER | {"status": 2}, LATEST | {"status": 0}):
            together.create_task(receive_alert(entry, payload(**fields)))
    shown = [
        event.data["new_state"].state
        for event in states
        if event.data["entity_id"] == STATUS
    ]
    assert shown == ["warning", "critical", "ok"]
    assert [event.data["status"] for event in events] == shown


async def test_many_alerts_are_told_a_few_at_a_time(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """So that the rest of Home Assistant does not have to wait for all of them."""
    hub: BleemeoHub = entry.runtime_data.hub
    alerts = [
        Alert.from_payload(payload(id=None, metric=str(UUID(int=n))))
        for n in range(2 * MAX_PENDING + 1)
    ]
    receiving = [
        hass.async_create_task(hub.async_receive(alert, ""), eager_start=True)
        for alert in alerts
    ]
    assert len(hass.states.async_all("binary_sensor")) >= 2 * MAX_PENDING
    assert hub.announcer.is_pending(alerts[-1].key)
    await asyncio.gather(*receiving)
    assert not hub.announcer.is_pending(alerts[-1].key)


async def test_what_is_forgotten_before_it_is_told_does_not_come_back(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """A user forgets it at the moment it arrives."""
    hub: BleemeoHub = entry.runtime_data.hub
    receiving = hass.async_create_task(
        receive_alert(entry, payload()), eager_start=True
    )
    await hub.async_forget(list(hub.board.metrics.values()))
    await receiving
    await hass.async_block_till_done()
    assert hass.states.get(PROBLEM) is None
    assert hub.board.metrics == {}


async def test_what_is_pending_at_the_end_is_told_then(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home Assistant stops, and no further commit begins."""
    monkeypatch.setattr(
        "custom_components.bleemeo.hub.announcer.MAX_DELAY_SECONDS", 3600
    )
    hub: BleemeoHub = entry.runtime_data.hub
    events = async_capture_events(hass, EVENT_ALERT)
    await hub.store.async_close()
    with pytest.raises(JournalError):
        await receive_alert(entry, payload())
    assert events == []
    await hub.async_close()
    assert len(events) == 1


async def test_one_that_fails_does_not_keep_the_news_from_the_others(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Everything else is shown and announced, and the failure is logged."""
    await deliver(payload())
    hub: BleemeoHub = entry.runtime_data.hub
    events = async_capture_events(hass, EVENT_ALERT)
    [metric] = hub.board.metrics.values()

    def fail(*_: object) -> None:
        raise ValueError("a bug")

    fails = [
        hub.announcer.async_listen(metric.uid, fail),
        hub.announcer.async_listen(hub.uid, fail),
        hub.announcer.async_listen_alerts(hub.uid, fail),
    ]
    new = payload(**LATER, metric=None, status=2, title="web01 - Agent is Critical")
    async with asyncio.TaskGroup() as together:
        for sent in (payload(**LATER, status=2), new):
            together.create_task(receive_alert(entry, sent))
    for stop in fails:
        stop()
    assert state(hass, STATUS).state == "critical"
    assert state(hass, "sensor.bleemeo_critical").state == "2"
    assert [event.data["change"] for event in events] == ["worsened", "raised"]
    assert "Something new about Bleemeo could not be shown" in caplog.text
    assert "a bug" in caplog.text


async def test_what_is_pending_when_the_entry_is_unloaded_finds_its_platforms(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Entities added afterwards would clash with those of the next set-up."""
    hub: BleemeoHub = entry.runtime_data.hub
    receiving = hass.async_create_task(
        receive_alert(entry, payload()), eager_start=True
    )
    assert hub.announcer.is_pending((payload()["agent"], payload()["metric"]))
    await hass.config_entries.async_reload(entry.entry_id)
    assert await receiving == "changed"
    await hass.async_block_till_done()
    assert state(hass, PROBLEM).state == "on"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
