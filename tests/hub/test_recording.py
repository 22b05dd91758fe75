"""Tests of what the recorder keeps of alerts."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy import text as sql

from custom_components.bleemeo.const import CONF_KEEP_TEXTS, DOMAIN
from custom_components.bleemeo.core import Acknowledgement
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_WEBHOOK_ID, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
from homeassistant.util import dt as dt_util
from tests import payload, receive_alert, setup_integration, state

SECRET = "Process found in zombie state: mysql --password=hunter2"


@pytest.fixture(autouse=True)
def config_directory(
    recorder_mock: Recorder, hass: HomeAssistant, tmp_path: Path
) -> None:
    """Record from the start: the recorder must be there before Home Assistant."""
    hass.config.config_dir = str(tmp_path)


async def recorded(hass: HomeAssistant) -> str:
    """Return all that the recorder has in its tables."""
    await async_wait_recording_done(hass)

    def read() -> str:
        found: list[Any] = []
        with session_scope(hass=hass, read_only=True) as session:
            for table in ("event_data", "state_attributes", "states", "event_types"):
                rows = session.execute(sql(f"SELECT * FROM {table}"))  # noqa: S608
                # a row as text leaves out the middle of what is long
                found += map(tuple, rows)
        return str(found)

    return await get_instance(hass).async_add_executor_job(read)


async def recorded_attributes(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the attributes that the recorder has of our states."""
    await async_wait_recording_done(hass)

    def read() -> list[dict[str, Any]]:
        with session_scope(hass=hass, read_only=True) as session:
            rows = session.execute(sql("SELECT shared_attrs FROM state_attributes"))
            return [json.loads(row[0]) for row in rows]

    return await get_instance(hass).async_add_executor_job(read)


async def test_an_alert_is_recorded_once(
    hass: HomeAssistant, enabled_by_default: None, entry: MockConfigEntry
) -> None:
    """The event has what it says; the entities have nothing but their states."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(text=SECRET))
    # the calendar is written once a second
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, "calendar.bleemeo_incidents").state == STATE_ON
    assert (await recorded(hass)).count("hunter2") == 1
    attributes = await recorded_attributes(hass)
    assert {name for each in attributes for name in each} <= {
        "device_class",
        "event_type",
        "friendly_name",
        "state_class",
        "unit_of_measurement",
    }


@pytest.mark.parametrize("keeps", [True, False])
async def test_an_option_keeps_texts_out_of_the_recorder_and_not_out_of_sight(
    hass: HomeAssistant,
    enabled_by_default: None,
    entry: MockConfigEntry,
    keeps: bool,
) -> None:
    """Neither states nor events have them then; statuses are recorded as before."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={CONF_KEEP_TEXTS: keeps})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await receive_alert(entry, payload(text=SECRET))
    hub = entry.runtime_data.hub
    seen = Acknowledgement(dt_util.utcnow())
    await hub.acknowledger.async_acknowledge([*hub.board.metrics.values()], seen)
    await hass.async_block_till_done()
    shown = state(hass, "sensor.web01_example_com_cpu")
    assert shown.attributes["text"] == SECRET
    assert state(hass, "event.bleemeo_alert").attributes["text"] == SECRET
    kept = await recorded(hass)
    assert ("hunter2" in kept) is keeps
    assert (", 'bleemeo_alert')" in kept) is keeps
    assert "warning" in kept


async def test_what_a_person_leaves_out_is_not_taken_in_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Only what was left out by the option is, and only while no entry wants it so."""
    left_out = get_instance(hass).exclude_event_types
    left_out.add("bleemeo_flapping_ended")
    await setup_integration(hass, entry)
    assert "bleemeo_alert" not in left_out
    other = MockConfigEntry(
        domain=DOMAIN,
        data={CONF_WEBHOOK_ID: "other"},
        options={CONF_KEEP_TEXTS: False},
    )
    await setup_integration(hass, other)
    assert "bleemeo_alert" in left_out
    hass.config_entries.async_update_entry(other, options={CONF_KEEP_TEXTS: True})
    await hass.config_entries.async_reload(other.entry_id)
    assert "bleemeo_alert" not in left_out
    assert "bleemeo_flapping_ended" in left_out


@pytest.mark.parametrize("is_removed", [True, False])
async def test_an_entry_that_is_gone_or_disabled_keeps_no_other_from_being_recorded(
    hass: HomeAssistant, entry: MockConfigEntry, is_removed: bool
) -> None:
    """Its option ends with it, and not with the next restart."""
    left_out = get_instance(hass).exclude_event_types
    await setup_integration(hass, entry)
    other = MockConfigEntry(
        domain=DOMAIN,
        data={CONF_WEBHOOK_ID: "other"},
        options={CONF_KEEP_TEXTS: False},
    )
    await setup_integration(hass, other)
    assert "bleemeo_alert" in left_out
    entries = hass.config_entries
    if is_removed:
        await entries.async_remove(other.entry_id)
    else:
        await entries.async_set_disabled_by(other.entry_id, ConfigEntryDisabler.USER)
    assert "bleemeo_alert" not in left_out
