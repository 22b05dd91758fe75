"""Tests of what is odd about alerts that are taken, and how often people are told."""

from datetime import UTC, datetime, timedelta
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.diagnostics import async_get_config_entry_diagnostics
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from tests import AGENT, OTHER_ACCOUNT, journal_rows, payload, state, states, without
from tests.conftest import Deliver

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TIMES = ("status_changed_at", "happened_at", "created_at", "modified_at")


async def get_deliveries(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Return the deliveries that the action shows, newest first."""
    response: Any = await hass.services.async_call(
        DOMAIN,
        "get_deliveries",
        {"config_entry_id": entry.entry_id},
        blocking=True,
        return_response=True,
    )
    return response["deliveries"]


def duplicated(hass: HomeAssistant) -> dict[str, str] | None:
    """Return what the repair about duplicated agents says, if there is one."""
    issues = ir.async_get(hass).issues
    found = [
        issue.translation_placeholders
        for issue in issues.values()
        if issue.translation_key == "agent_duplicated"
    ]
    return found[0] if found else None


async def test_a_server_that_is_down_is_shown_although_a_field_is_wrong(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was left out is kept, counted, and told once."""
    caplog.set_level(logging.WARNING)
    for wrong in (
        {"previous_status_changed_at": "", "id": 123},
        {"previous_status_changed_at": "soon", "status_text": 5},
    ):
        response = await deliver(payload(status=2, **wrong))
        assert response.status == 200
    assert state(hass, "sensor.web01_example_com_cpu").state == "critical"
    assert caplog.text.count("without its field previous_status_changed_at") == 1
    assert caplog.text.count("without its field") == 3
    left_out = {
        "previous_status_changed_at": "expected an ISO 8601 time",
        "status_text": "expected a string",
    }
    assert (await get_deliveries(hass, entry))[0]["left_out"] == left_out
    # what is refused is counted as that
    refused = await deliver(payload(account=OTHER_ACCOUNT, text=5))
    assert refused.status == 403
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics["partly_read_deliveries"] == 2
    assert diagnostics["left_out"] == left_out | {"id": "expected a UUID"}
    assert diagnostics["journal"]["deliveries"][1]["left_out"] == left_out

    before = states(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert states(hass) == before
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics["partly_read_deliveries"] == 2
    assert diagnostics["left_out"] == {}


async def test_an_alert_without_a_time_is_dated_by_its_arrival_for_ever(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry, freezer: Any
) -> None:
    """By the first, also after a restart; delivered again it is a repeat."""
    freezer.move_to(NOON)
    timeless = without(payload(id=None, status=2), *TIMES)
    assert await (await deliver(timeless)).json() == {"result": "changed"}
    freezer.tick(60)
    assert await (await deliver(timeless)).json() == {"result": "repeat"}
    [metric] = entry.runtime_data.hub.board.metrics.values()
    before = metric.alert
    assert before.changed_at == NOON
    assert entry.runtime_data.hub.statistics.delivery_delay is None
    await hass.config_entries.async_reload(entry.entry_id)
    [metric] = entry.runtime_data.hub.board.metrics.values()
    assert metric.alert == before

    older = payload(status=0, status_changed_at="2026-11-24T11:00:00Z")
    assert await (await deliver(older)).json() == {"result": "late"}
    newer = payload(status=0, status_changed_at="2026-11-24T12:30:00Z")
    assert await (await deliver(newer)).json() == {"result": "changed"}


async def test_a_metric_without_a_uuid_touches_no_other(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Neither another metric of the server nor the server's own connection."""
    await deliver(payload(metric=None, title="web01 - Agent is OK", status=0))
    await deliver(payload(title="web01 - CPU is OK", status=0))
    await deliver(payload(metric=5, title="web01 - Disk is Critical", status=2))
    shown = {
        name: state(hass, f"sensor.web01_{name}").state
        for name in ("agent", "cpu", "disk")
    }
    assert shown == {"agent": "ok", "cpu": "ok", "disk": "critical"}
    cleared = payload(
        metric=5,
        title="web01 - Disk is OK",
        status=0,
        status_changed_at="2026-11-20T09:00:00Z",
    )
    await deliver(cleared)
    assert state(hass, "sensor.web01_disk").state == "ok"
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(3,)]


async def test_titles_of_no_known_form_rename_nothing(
    hass: HomeAssistant, deliver: Deliver, freezer: Any
) -> None:
    """So nothing is written to the registries at each change."""
    titles = [
        "web01 - Agent is disconnected",
        "h - m est Critique",
        "Backup age Critique",
    ]
    agents = [AGENT, AGENT[:-1] + "c", AGENT[:-1] + "d"]
    renames: list[Any] = []
    for round_ in range(3):
        for title, agent in zip(titles, agents, strict=True):
            ending = ("Critique", "OK")[round_ % 2]
            at = (NOON + timedelta(minutes=round_)).isoformat()
            await deliver(
                payload(
                    agent=agent,
                    id=None,
                    title=title.replace("Critique", ending),
                    status_text=ending,
                    status_changed_at=at,
                    status=(2, 0)[round_ % 2],
                )
            )
        if not round_:
            renames += [
                async_capture_events(hass, er.EVENT_ENTITY_REGISTRY_UPDATED),
                async_capture_events(hass, dr.EVENT_DEVICE_REGISTRY_UPDATED),
            ]
    names = {device.name for device in dr.async_get(hass).devices}
    assert names == {"Bleemeo", "web01", "h", AGENT[:8]}
    assert state(hass, "sensor.h_m").state == "critical"
    assert state(hass, "sensor.web01_agent").state == "critical"
    assert renames == [[], []]


async def test_cloned_machines_rename_their_device_no_more_and_are_told_once(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry, freezer: Any
) -> None:
    """Also after a restart, until one of them was silent for a week."""

    async def tell(minute: float, host: str) -> None:
        at = NOON + timedelta(minutes=minute)
        freezer.move_to(at)
        title, times = f"{host} - CPU is Warning", dict.fromkeys(TIMES, at.isoformat())
        await deliver(payload(id=None, agent=AGENT, title=title, **times))

    def name() -> str | None:
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, AGENT), entry.entry_id
        )
        return device.name if device else None

    names = []
    for minute, host in enumerate(["web01", "web02", "web01", "web02"]):
        await tell(minute, host)
        names.append(name())
    assert names == ["web01", "web02", "web01", "web01"]
    told = {"entry": "Bleemeo", "agents": "- web01: web01, web02"}
    assert duplicated(hass) == told
    issue = ir.async_get(hass).async_get_issue(
        DOMAIN, f"agent_duplicated_{entry.entry_id}"
    )
    assert issue is not None
    assert issue.learn_more_url == "https://go.bleemeo.com/l/doc-duplicated-agent"

    devices = async_capture_events(hass, dr.EVENT_DEVICE_REGISTRY_UPDATED)
    issues = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)
    for minute in range(4, 10):
        await tell(minute, ("web01", "web02")[minute % 2])
    assert devices == issues == []

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    await tell(10, "web02")
    assert name() == "web01"
    assert duplicated(hass) == told

    await tell(8 * 24 * 60, "web02")
    assert name() == "web02"
    assert duplicated(hass) is None


async def test_a_duplicated_agent_that_is_forgotten_is_told_no_more(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """There is nothing left to do then."""
    for minute, host in enumerate(["a", "b", "a", "b"]):
        at = (NOON + timedelta(minutes=minute)).isoformat()
        await deliver(
            payload(id=None, title=f"{host} - CPU is Warning", status_changed_at=at)
        )
    assert duplicated(hass) is not None
    hub = entry.runtime_data.hub
    await hub.async_forget(list(hub.board.metrics.values()))
    assert duplicated(hass) is None
