"""Tests of what is gone after a metric was forgotten, and of what is not."""

import asyncio
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from custom_components.bleemeo.core import Metric
from custom_components.bleemeo.hub import BleemeoHub, turn
from custom_components.bleemeo.journal import JournalError
from custom_components.bleemeo.journal.handle import Handle
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests import (
    a_day,
    capture_news,
    journal_rows,
    payload,
    receive_alert,
    setup_integration,
    state,
)

METRICS = "SELECT count(*) FROM metric"
OF_WEB01 = "SELECT count(*) FROM delivery WHERE host = 'web01.example.com'"


@pytest.fixture
async def hub(hass: HomeAssistant, entry: MockConfigEntry) -> BleemeoHub:
    """Return the hub after the alerts of a day."""
    await setup_integration(hass, entry)
    for alert in a_day():
        await receive_alert(entry, alert)
    await hass.async_block_till_done()
    found: BleemeoHub = entry.runtime_data.hub
    return found


def of_host(hub: BleemeoHub, host: str) -> list[Metric]:
    """Return the metrics of a host."""
    return [each for each in hub.board.metrics.values() if each.agent.host == host]


async def test_one_metric_of_an_agent_takes_its_entities_and_deliveries_along(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hub: BleemeoHub,
    entity_registry: er.EntityRegistry,
) -> None:
    """The agent stays with the others, and counts them alone."""
    metrics = of_host(hub, "web01.example.com")
    disk = next(each for each in metrics if each.name.startswith("Disk"))
    before = journal_rows(hass, entry, METRICS)[0][0]
    await hub.async_forget([disk])
    await hass.async_block_till_done()
    assert disk.alert.key not in hub.board.metrics
    assert journal_rows(hass, entry, METRICS) == [(before - 1,)]
    kept = journal_rows(hass, entry, "SELECT metric_id FROM delivery")
    assert (disk.alert.metric_id,) not in kept
    assert journal_rows(hass, entry, OF_WEB01) != [(0,)]
    assert not [
        each for each in entity_registry.entities.values() if disk.uid in each.unique_id
    ]
    assert state(hass, "sensor.web01_example_com_status").state == "ok"
    assert state(hass, "sensor.bleemeo_needs_attention").state == "4"


async def test_an_agent_goes_with_its_last_metric(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hub: BleemeoHub,
    device_registry: dr.DeviceRegistry,
) -> None:
    """And its device with it, for good."""
    metrics = of_host(hub, "web01.example.com")
    agent = metrics[0].agent
    await hub.async_forget(metrics)
    await hass.async_block_till_done()
    assert agent.id not in hub.board.agents
    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert (DOMAIN, agent.id) not in {
        each for one in devices for each in one.identifiers
    }
    assert hass.states.get("sensor.web01_example_com_status") is None
    await hass.config_entries.async_reload(entry.entry_id)
    assert agent.id not in entry.runtime_data.hub.board.agents
    assert hass.states.get("sensor.web01_example_com_status") is None


async def test_what_was_forgotten_comes_back_with_its_next_alert(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub
) -> None:
    """As something new, even if that alert was there before."""
    await hub.async_forget(of_host(hub, "web01.example.com"))
    events = async_capture_events(hass, EVENT_ALERT)
    assert await receive_alert(entry, payload()) == "changed"
    await hass.async_block_till_done()
    assert [event.data["change"] for event in events] == ["raised"]
    assert state(hass, "sensor.web01_example_com_cpu").state == "warning"


async def test_an_acknowledgement_goes_too(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub
) -> None:
    """Nothing is counted as seen that is not there."""
    await hass.services.async_call(
        DOMAIN,
        "acknowledge",
        {"entity_id": "sensor.web01_example_com_disk_used_home"},
        blocking=True,
    )
    await hub.async_forget(of_host(hub, "web01.example.com"))
    assert hub.board.acknowledged == {}
    assert hub.board.account.needs_attention == 4


async def test_it_is_gone_from_view_even_if_the_disk_refuses(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub
) -> None:
    """That is an error, and the journal follows with the next write."""
    with (
        patch.object(Handle, "connect", side_effect=OSError("no room")),
        pytest.raises(JournalError, match="no room"),
    ):
        await hub.async_forget(of_host(hub, "web01.example.com"))
    assert hass.states.get("sensor.web01_example_com_status") is None
    assert journal_rows(hass, entry, OF_WEB01) != [(0,)]
    await hub.store.journal.flush()
    assert journal_rows(hass, entry, OF_WEB01) == [(0,)]


async def test_nothing_is_forgotten_by_itself(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub
) -> None:
    """An empty choice changes nothing."""
    before = journal_rows(hass, entry, METRICS)
    await hub.async_forget([])
    assert journal_rows(hass, entry, METRICS) == before


async def test_an_open_alert_that_is_forgotten_is_told_and_its_incident_ends(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub
) -> None:
    """No lamp keeps its colour; what was OK is nobody's news."""
    events = async_capture_events(hass, EVENT_ALERT)
    opened = [each for each in of_host(hub, "web01.example.com") if each.is_open]
    assert opened
    await hub.async_forget(of_host(hub, "web01.example.com"))
    await hass.async_block_till_done()
    assert [(each.data["change"], each.data["metric_name"]) for each in events] == [
        ("forgotten", each.name) for each in opened
    ]
    assert all(each.data["entity_id"] and each.data["device_id"] for each in events)
    assert not any(each.data["needs_attention"] for each in events)
    query = "SELECT agent_id FROM incident WHERE ended_at IS NULL"
    assert (opened[0].agent.id,) not in journal_rows(hass, entry, query)


async def test_what_is_forgotten_is_the_cause_of_the_states_and_none_of_another(
    hass: HomeAssistant, hub: BleemeoHub
) -> None:
    """Activity takes the first line of a context for the cause of the others."""
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    told = async_capture_events(hass, EVENT_ALERT)
    opened = [each for each in hub.board.metrics.values() if each.is_open]
    await hub.async_forget(opened)
    causes = {each.context.id for each in told}
    written = [each.context for each in changes if each.data["new_state"]]
    assert len({each.id for each in written} - causes) == len(written) > 2
    assert {each.parent_id for each in written} == causes


async def test_what_depended_on_a_forgotten_connection_needs_attention(
    hass: HomeAssistant, entry: MockConfigEntry, hub: BleemeoHub
) -> None:
    """Nothing says any more that its server is out of reach."""
    connection = payload(
        metric=None, status=2, title="web01.example.com - Agent is Critical"
    )
    await receive_alert(entry, connection)
    dependent = [
        each for each in of_host(hub, "web01.example.com") if each.quiet_reasons
    ]
    assert dependent
    news = capture_news(hass)
    key = connection["agent"], None
    await hub.async_forget([hub.board.metrics[key]])
    assert all(each.needs_attention for each in dependent)
    assert {each.metric.uid for each in news if each.data is None} == {
        each.uid for each in dependent
    }
    await hass.config_entries.async_reload(entry.entry_id)
    board = entry.runtime_data.hub.board
    assert all(board.metrics[each.alert.key].needs_attention for each in dependent)


async def test_alerts_are_taken_while_much_is_forgotten_and_what_they_bring_back_stays(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hub: BleemeoHub,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twice forgotten is forgotten once; a restart shows the same."""
    monkeypatch.setattr(turn, "TURN_SECONDS", -1)
    metrics = list(hub.board.metrics.values())
    first, last = metrics[0], metrics[-1]
    forgetting = [
        hass.async_create_task(hub.async_forget(metrics)),
        hass.async_create_task(hub.async_forget(metrics)),
    ]
    while first.alert.key in hub.board.metrics:
        await asyncio.sleep(0)
    assert last.alert.key in hub.board.metrics
    again = first.alert.to_payload() | {
        "id": None,
        "status": 2,
        "status_changed_at": "2026-11-25T09:00:00Z",
        "modified_at": "2026-11-25T09:00:00Z",
    }
    assert await receive_alert(entry, again) == "changed"
    await asyncio.gather(*forgetting)
    await hass.async_block_till_done()
    for _ in range(2):
        assert [*entry.runtime_data.hub.board.metrics] == [first.alert.key]
        shown = [
            each
            for each in hass.states.async_all("sensor")
            if each.attributes.get("metric_id") == first.alert.metric_id
        ]
        assert [each.state for each in shown] == ["critical"]
        assert journal_rows(hass, entry, METRICS) == [(1,)]
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
