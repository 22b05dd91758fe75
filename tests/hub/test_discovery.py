"""Tests of the entities of new agents and metrics."""

from collections.abc import Iterable

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from custom_components.bleemeo.core import Agent, Board, Metric
from custom_components.bleemeo.hub import BleemeoHub
from custom_components.bleemeo.hub.discovery import Discovery
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_platform,
    issue_registry as ir,
)
from tests import journal_rows, payload, state
from tests.conftest import Deliver


def is_cap_reported(issue_registry: ir.IssueRegistry) -> bool:
    """Return whether the user is told of too many entities."""
    issues = issue_registry.issues.values()
    return any(issue.translation_key == "entity_cap" for issue in issues)


async def test_a_platform_that_fails_keeps_no_other_from_adding_entities(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its failure is logged."""
    await deliver(payload())
    hub: BleemeoHub = entry.runtime_data.hub
    discovery = Discovery(hass, entry, Board())
    metrics = list(hub.board.metrics.values())
    added: list[list[Metric]] = []

    def fail(_: Iterable[Agent], new: Iterable[Metric]) -> None:
        if list(new):
            raise ValueError("a bug")

    discovery.async_join(fail)
    discovery.async_join(lambda _, new: added.append(list(new)))
    discovery.async_add([], metrics)
    assert added == [[], metrics]
    assert "Something new about Bleemeo could not be shown" in caplog.text
    assert "a bug" in caplog.text


async def test_servers_are_in_the_order_of_their_names_after_a_restart(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """As Home Assistant's own page of problems lists them."""
    hosts = ["web02", "Web01", "db01"]
    for number, host in enumerate(hosts):
        agent = f"00000000-0000-4000-8000-00000000000{number}"
        await deliver(payload(agent=agent, title=f"{host} - CPU is Critical"))
    await hass.config_entries.async_unload(entry.entry_id)
    for entity_id in hass.states.async_entity_ids():
        hass.states.async_remove(entity_id)
    await hass.config_entries.async_setup(entry.entry_id)
    added = [
        entity_id
        for entity_id in hass.states.async_entity_ids("sensor")
        if entity_id.endswith("_cpu")
    ]
    assert added == ["sensor.db01_cpu", "sensor.web01_cpu", "sensor.web02_cpu"]


async def test_beyond_the_cap_all_goes_on_but_new_entities(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Roll-ups, the event and the journal include every metric."""
    monkeypatch.setattr(entity_platform, "MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY", 18)
    events = async_capture_events(hass, EVENT_ALERT)
    await deliver(payload())
    assert not is_cap_reported(issue_registry)
    metrics = [f"00000000-0000-4000-8000-{number:012}" for number in range(5)]
    for metric in metrics:
        await deliver(payload(metric=metric, id=metric))
    assert is_cap_reported(issue_registry)
    assert state(hass, "sensor.bleemeo_warning").state == "6"
    assert len(events) == 6
    assert events[-1].data["entity_id"] is None
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(6,)]

    await hass.config_entries.async_reload(entry.entry_id)
    assert is_cap_reported(issue_registry)
    monkeypatch.setattr(entity_platform, "MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY", 100)
    await hass.config_entries.async_reload(entry.entry_id)
    assert not is_cap_reported(issue_registry)


async def test_too_many_entities_are_told_no_more_when_the_metrics_are_forgotten(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There are too many as long as any metric without an entity is left."""
    monkeypatch.setattr(entity_platform, "MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY", 18)
    agents = [f"00000000-0000-4000-8000-{number:012}" for number in range(3)]
    for agent in agents:
        name = f"host{agent[-1]}"
        await deliver(payload(agent=agent, id=agent, title=f"{name} - CPU is Warning"))
    registry = dr.async_get(hass)
    devices = {
        device.name: device.id
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
    }

    async def forget(host: str) -> None:
        await hass.services.async_call(
            DOMAIN, "forget", {"device_id": devices[host]}, blocking=True
        )

    assert is_cap_reported(issue_registry)
    await forget("host0")
    assert is_cap_reported(issue_registry)
    await forget("host1")
    await forget("host2")
    assert not is_cap_reported(issue_registry)
