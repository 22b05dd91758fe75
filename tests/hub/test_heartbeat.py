"""Tests of until when Home Assistant was alive, as the next start sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.hub import BleemeoHub, heartbeat
from custom_components.bleemeo.hub.heartbeat import INTERVAL
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util
from tests import (
    journal_rows,
    payload,
    receive_alert,
    settle_journal,
    setup_integration,
)
from tests.conftest import Deliver

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = {"id": None, "status_changed_at": "2026-11-20T09:00:00Z"}


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> None:
    """Begin each test at noon."""
    freezer.move_to(NOON)


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, by: timedelta
) -> None:
    """Let a time pass, and what is due run and be written."""
    freezer.tick(by)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def written(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Return until when Home Assistant was alive, if it were killed now."""
    await settle_journal(entry)
    [(alive_at,)] = journal_rows(hass, entry, "SELECT alive_at FROM run")
    return datetime.fromisoformat(alive_at)


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> BleemeoHub:
    """Reload the entry as a start of Home Assistant would, and return its hub."""
    await hass.config_entries.async_unload(entry.entry_id)
    hass.data.pop(heartbeat._SEEN)
    await hass.config_entries.async_setup(entry.entry_id)
    hub: BleemeoHub = entry.runtime_data.hub
    return hub


async def test_a_minute_with_an_open_alert_is_a_beat(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A minute in which all is well writes nothing."""
    await deliver(payload())
    await pass_time(hass, freezer, INTERVAL)
    await deliver(payload(**LATER, status=0))
    assert await written(hass, entry) == NOON + INTERVAL
    for _ in range(3):
        await pass_time(hass, freezer, INTERVAL)
    assert await written(hass, entry) == NOON + INTERVAL


async def test_a_clock_that_is_set_back_does_not_stop_the_beat(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Or a crash the day after would look as if all had been well until then."""
    await deliver(payload(status=0))
    beat = entry.runtime_data.hub.heartbeat
    began = beat._steady()
    for minute in range(20):
        freezer.move_to(NOON - timedelta(days=1) + minute * INTERVAL)
        # a timer follows the steady clock, which a test sets with the other
        with patch.object(beat, "_steady", return_value=began + 60 * minute):
            beat._look(dt_util.utcnow())
    assert await written(hass, entry) < NOON


async def test_an_entry_that_is_unloaded_beats_no_more(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Nor does anything else of it still run, however often it is reloaded."""
    await deliver(payload())
    store = entry.runtime_data.hub.store
    await hass.config_entries.async_unload(entry.entry_id)
    with patch.object(store, "async_keep_later") as keep:
        await pass_time(hass, freezer, timedelta(hours=2))
    keep.assert_not_called()


async def test_a_stop_is_the_last_beat(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Also while all is well."""
    freezer.tick(3600)
    hub = await restart(hass, entry)
    assert hub.heartbeat.last_alive_at == NOON + timedelta(hours=1)


async def test_a_delivery_says_that_home_assistant_was_alive_once_it_has_started(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Before, nobody could be told of what came due while it was not running."""
    await setup_integration(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)

    freezer.tick(600)
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(entry.entry_id)
    await receive_alert(entry, payload())
    # as a start would be that ends here
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.hub.heartbeat.last_alive_at == NOON

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    freezer.tick(600)
    await receive_alert(entry, payload())
    await receive_alert(entry, payload(**LATER))
    # as if it were killed here
    entry.runtime_data.hub.heartbeat._is_beating = False
    freezer.tick(600)
    await hass.config_entries.async_reload(entry.entry_id)
    alive_at = entry.runtime_data.hub.heartbeat.last_alive_at
    assert alive_at == NOON + timedelta(seconds=1200)


async def test_a_clock_that_was_ahead_does_not_lead_into_the_future(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is set right only after a while."""
    freezer.move_to(NOON + timedelta(days=1))
    await hass.config_entries.async_unload(entry.entry_id)
    freezer.move_to(NOON)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.runtime_data.hub.heartbeat.last_alive_at == NOON


async def test_only_a_start_of_home_assistant_means_that_it_was_not_running(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """A new entry does not, nor does one that is reloaded."""
    hub: BleemeoHub = entry.runtime_data.hub
    assert not hub.heartbeat.was_offline
    assert hub.heartbeat.last_alive_at is None
    await hass.config_entries.async_reload(entry.entry_id)
    assert not entry.runtime_data.hub.heartbeat.was_offline
    assert (await restart(hass, entry)).heartbeat.was_offline
