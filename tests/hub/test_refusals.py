"""Tests of refusals: a flood of them costs neither commits, nor states, nor deliveries."""

import asyncio
from datetime import timedelta
from typing import Any

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import CONF_MAX_DELIVERIES, CONF_MAX_METRICS
from custom_components.bleemeo.hub import refusals
from custom_components.bleemeo.journal.record import MAX_REFUSALS
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, EVENT_STATE_CHANGED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util
from tests import (
    METRIC,
    OTHER_ACCOUNT,
    WEBHOOK_PATH,
    journal_rows,
    payload,
    settle_journal,
    state,
)
from tests.conftest import Deliver

REJECTED = "sensor.bleemeo_rejected_alerts"
VERDICTS = "SELECT verdict, count(*) FROM delivery GROUP BY verdict"


async def test_a_flood_is_one_state_a_second_and_counted_to_the_last(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Alerts that come meanwhile make no more of them."""
    await deliver(payload())
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    began = hass.loop.time()
    for number in range(50):
        await deliver({"not": "an alert"})
        time = f"2026-11-20T09:{number:02}:00Z"
        await deliver(payload(status=number % 2, status_changed_at=time))
    shown = [each for each in changes if each.data["entity_id"] == REJECTED]
    seconds = hass.loop.time() - began
    assert 1 <= len(shown) <= 1 + seconds
    assert entry.runtime_data.hub.statistics.rejected_deliveries == 50
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await hass.async_block_till_done()
    assert state(hass, REJECTED).state == "50"
    count = len(changes)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=4))
    await hass.async_block_till_done()
    assert len(changes) == count


async def test_a_refusal_is_written_with_what_comes_next_and_never_by_itself(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Of a flood, the newest are kept; all are counted, over restarts too."""
    await deliver(payload())
    many = refusals.MAX_PENDING + 10
    for _ in range(many):
        await deliver({"not": "an alert"})
    assert journal_rows(hass, entry, VERDICTS) == [("changed", 1)]
    await deliver(payload(status=2, status_changed_at="2026-11-20T09:00:00Z"))
    kept = [("changed", 2), ("refused", refusals.MAX_PENDING)]
    assert journal_rows(hass, entry, VERDICTS) == kept
    await deliver({"not": "an alert"})
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.hub.statistics.rejected_deliveries == many + 1
    assert state(hass, REJECTED).state == str(many + 1)


async def test_true_deliveries_stay_whatever_is_refused(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """The list has each of them, and of the others not more than their bound."""
    hass.config_entries.async_update_entry(entry, options={CONF_MAX_DELIVERIES: 100})
    await hass.config_entries.async_reload(entry.entry_id)
    for number in range(60):
        time = f"2026-11-20T09:{number:02}:00Z"
        await deliver(payload(status=number % 2, status_changed_at=time))
    hub = entry.runtime_data.hub
    for _ in range(MAX_REFUSALS // refusals.MAX_PENDING + 3):
        for _ in range(refusals.MAX_PENDING):
            hub.async_refuse("the body is not JSON")
        await settle_journal(entry)
    await deliver(payload(account=OTHER_ACCOUNT))
    await settle_journal(entry)
    kept = [("changed", 60), ("refused", MAX_REFUSALS)]
    assert journal_rows(hass, entry, VERDICTS) == kept


async def test_nothing_is_told_after_the_entry_was_unloaded(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """The count is in the journal by then."""
    for _ in range(3):
        await deliver({"not": "an alert"})
    await hass.config_entries.async_unload(entry.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await hass.async_block_till_done()
    query = "SELECT value FROM counter WHERE name = 'rejected_deliveries'"
    assert journal_rows(hass, entry, query) == [(3,)]


@pytest.mark.parametrize(
    ("body", "status"), [({"not": "an alert"}, 422), (payload(metric=METRIC), 200)]
)
async def test_a_flood_waits_for_its_answers_and_a_true_alert_does_not(
    hass: HomeAssistant,
    deliver: Deliver,
    client: TestClient[Any, Any],
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    body: dict[str, Any],
    status: int,
) -> None:
    """Some are answered at once, for Bleemeo sends strange alerts too."""
    hass.config_entries.async_update_entry(entry, options={CONF_MAX_METRICS: 1})
    await hass.config_entries.async_reload(entry.entry_id)
    known = payload(metric="00000000-0000-4000-8000-000000000001")
    await deliver(known)
    monkeypatch.setattr(refusals, "ANSWERS_AT_ONCE", 10)
    monkeypatch.setattr(refusals, "ANSWERS_PER_SECOND", 20)
    monkeypatch.setattr(refusals, "LONGEST_WAIT_SECONDS", 1)
    hub, began = entry.runtime_data.hub, hass.loop.time()
    flood = [
        asyncio.ensure_future(client.post(WEBHOOK_PATH, json=body)) for _ in range(50)
    ]
    while sum(hub.statistics.refused.values()) < len(flood):
        await asyncio.sleep(0.001)
    change = known | {"status": 2, "status_changed_at": "2026-11-20T09:00:00Z"}
    answer = await client.post(WEBHOOK_PATH, json=change)
    assert await answer.json() == {"result": "changed"}
    waiting = [each for each in flood if not each.done()]
    assert len(waiting) <= len(flood) - refusals.ANSWERS_AT_ONCE
    assert waiting
    assert {each.status for each in await asyncio.gather(*flood)} == {status}
    assert hass.loop.time() - began >= refusals.LONGEST_WAIT_SECONDS


async def test_nothing_waits_for_its_answer_where_home_assistant_stops(
    hass: HomeAssistant,
    client: TestClient[Any, Any],
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stop would last until all are answered; a reload lets none of a flood go."""
    monkeypatch.setattr(refusals, "ANSWERS_AT_ONCE", 1)
    monkeypatch.setattr(refusals, "ANSWERS_PER_SECOND", 1)
    monkeypatch.setattr(refusals, "LONGEST_WAIT_SECONDS", 60)
    hub = entry.runtime_data.hub
    flood = [
        asyncio.ensure_future(client.post(WEBHOOK_PATH, json={})) for _ in range(20)
    ]
    while hub.statistics.rejected_deliveries < len(flood):
        await asyncio.sleep(0.001)
    await hass.config_entries.async_reload(entry.entry_id)
    assert len([each for each in flood if not each.done()]) >= len(flood) - 2
    hub = entry.runtime_data.hub
    late = [asyncio.ensure_future(client.post(WEBHOOK_PATH, json={})) for _ in range(9)]
    while hub.statistics.rejected_deliveries < len([*flood, *late]):
        await asyncio.sleep(0.001)
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*late)
    assert {each.status for each in answers} == {422}
    for each in flood:
        each.cancel()
