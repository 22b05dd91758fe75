"""Tests of how an acknowledgement ends at its time, whatever the clock does."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import EVENT_ACKNOWLEDGEMENT, EVENT_ALERT
from custom_components.bleemeo.core import Acknowledgement, Metric
from custom_components.bleemeo.hub.due import STEP_SECONDS
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.core import Event, HomeAssistant, callback
from tests import journal_rows, payload, receive_alert, setup_integration, state

ACKNOWLEDGED = "SELECT count(*) FROM metric WHERE acknowledgement IS NOT NULL"
CPU = "sensor.web01_example_com_cpu"


async def acknowledge(
    hass: HomeAssistant, entry: MockConfigEntry, until: datetime | None
) -> Metric:
    """Raise an alert and acknowledge it."""
    await receive_alert(entry, payload())
    hub = entry.runtime_data.hub
    [metric] = hub.board.metrics.values()
    seen = Acknowledgement(datetime.now(UTC), until)
    await hub.acknowledger.async_acknowledge([metric], seen)
    await hass.async_block_till_done()
    return metric


async def test_it_ends_at_its_time_and_not_before(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """On the board, in the entities and in the journal."""
    await setup_integration(hass, entry)
    metric = await acknowledge(hass, entry, datetime.now(UTC) + timedelta(hours=1))
    for minutes, lasts in ((59, True), (2, False)):
        freezer.tick(timedelta(minutes=minutes))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert metric.is_acknowledged is lasts
        assert state(hass, CPU).attributes["acknowledged"] is lasts
    assert journal_rows(hass, entry, ACKNOWLEDGED) == [(0,)]


async def test_it_ends_when_a_clock_that_started_in_the_past_is_put_right(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Not years later, which is how long there seemed to be left."""
    await setup_integration(hass, entry)
    await acknowledge(hass, entry, datetime.now(UTC) + timedelta(seconds=1))
    past = datetime(2020, 1, 1, tzinfo=UTC)
    with patch("homeassistant.util.dt.utcnow", return_value=past):
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    assert state(hass, CPU).attributes["acknowledged"] is True
    later = datetime.now(UTC) + timedelta(seconds=STEP_SECONDS + 1)
    with patch("homeassistant.util.dt.utcnow", return_value=later):
        async_fire_time_changed(hass, later)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, CPU).attributes["acknowledged"] is False


async def test_without_a_time_it_lasts(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """For as long as the alert is open, over restarts too."""
    await setup_integration(hass, entry)
    await acknowledge(hass, entry, None)
    freezer.tick(timedelta(days=365))
    async_fire_time_changed(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, CPU).attributes["acknowledged"] is True


async def test_it_ends_in_view_even_if_that_cannot_be_kept(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A full disk must not keep an alert quiet."""
    await setup_integration(hass, entry)
    metric = await acknowledge(hass, entry, datetime.now(UTC) + timedelta(hours=1))
    with patch.object(JournalFile, "write", side_effect=OSError("no room")):
        freezer.tick(timedelta(hours=1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not metric.is_acknowledged
    assert state(hass, CPU).attributes["acknowledged"] is False


async def test_an_entry_that_is_unloaded_waits_for_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What was due meanwhile ends when it is loaded again."""
    await setup_integration(hass, entry)
    await acknowledge(hass, entry, datetime.now(UTC) + timedelta(hours=1))
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(timedelta(hours=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert journal_rows(hass, entry, ACKNOWLEDGED) == [(1,)]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, CPU).attributes["acknowledged"] is False


async def test_who_has_seen_it_is_told_and_what_ends_that_too(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """By time, by hand, by getting worse, by clearing and by being forgotten."""
    await setup_integration(hass, entry)
    hub, told = (
        entry.runtime_data.hub,
        async_capture_events(hass, EVENT_ACKNOWLEDGEMENT),
    )
    order: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        order.append(event.data["change"])

    for event_type in (EVENT_ALERT, EVENT_ACKNOWLEDGEMENT):
        hass.bus.async_listen(event_type, note)
    start = datetime.now(UTC)

    async def receive(status: int) -> Metric:
        freezer.tick(timedelta(minutes=1))
        at = datetime.now(UTC).isoformat()
        await receive_alert(
            entry, payload(status_changed_at=at, status=status, id=None)
        )
        [metric] = hub.board.metrics.values()
        return metric

    async def see(metric: Metric, until: datetime | None = None) -> None:
        seen = Acknowledgement(datetime.now(UTC), until, "On it", "ann", "Ann")
        assert await hub.acknowledger.async_acknowledge([metric], seen) == [metric]

    metric = await receive(1)
    await see(metric)
    assert await hub.acknowledger.async_end([metric]) == [metric]
    assert await hub.acknowledger.async_end([metric]) == []
    await see(metric, start + timedelta(minutes=10))
    freezer.tick(timedelta(minutes=10))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    await see(metric)
    await receive(2)
    await see(metric)
    await receive(0)
    late = Acknowledgement(datetime.now(UTC))
    assert await hub.acknowledger.async_acknowledge([metric], late) == []
    await receive(1)
    await see(metric)
    await hub.async_forget([metric])
    await hass.async_block_till_done()
    ends = [each.data["end"] for each in told if each.data["change"] == "ended"]
    assert ends == ["by_hand", "expired", "worsened", "cleared", "forgotten"]
    assert {each.data["by"] for each in told} == {"Ann"}
    assert order == [
        *("raised", "acknowledged", "ended", "acknowledged", "ended"),
        *("acknowledged", "worsened", "ended"),
        *("acknowledged", "cleared", "ended"),
        *("raised", "acknowledged", "forgotten", "ended"),
    ]


async def test_the_alert_that_ends_it_is_its_cause_and_not_the_same(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Activity would say of the second line of a context that it came by the first."""
    await setup_integration(hass, entry)
    await acknowledge(hass, entry, None)
    alerts = async_capture_events(hass, EVENT_ALERT)
    told = async_capture_events(hass, EVENT_ACKNOWLEDGEMENT)
    at = datetime.now(UTC).isoformat()
    await receive_alert(entry, payload(status_changed_at=at, status=0, id=None))
    [alert], [ended] = alerts, told
    assert ended.context.id != alert.context.id
    assert ended.context.parent_id == alert.context.id
