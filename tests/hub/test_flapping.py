"""Tests of how the end of flapping is told."""

from datetime import timedelta
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import (
    CONF_FLAPPING_THRESHOLD,
    EVENT_ALERT,
    EVENT_FLAPPING_ENDED,
)
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from tests import METRIC, payload, receive_alert, setup_integration, state

CPU = "sensor.web01_example_com_cpu"
RESTLESS = {"status": 2, "number_status_change_last_hour": 6}


@pytest.fixture(autouse=True)
def now(freezer: FrozenDateTimeFactory) -> None:
    """Begin when the first alert is sent."""
    freezer.move_to("2026-11-20T08:01:00Z")


@pytest.fixture
async def hass_with_entry(hass: HomeAssistant, entry: MockConfigEntry) -> HomeAssistant:
    """Return a Home Assistant that has the entry set up."""
    await setup_integration(hass, entry)
    return hass


@pytest.fixture
def ends(hass: HomeAssistant) -> list[Event]:
    """Return a list that collects what is told."""
    return async_capture_events(hass, EVENT_FLAPPING_ENDED)


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: float
) -> None:
    """Let time pass."""
    freezer.tick(timedelta(minutes=minutes))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def flaps(hass: HomeAssistant) -> bool:
    """Return whether the sensor says so."""
    found = state(hass, CPU).attributes["flapping"]
    assert isinstance(found, bool)
    return found


async def test_the_end_is_shown_and_told_once(
    hass_with_entry: HomeAssistant,
    entry: MockConfigEntry,
    ends: list[Event],
    freezer: FrozenDateTimeFactory,
) -> None:
    """An hour after the changes, with what the metric is then."""
    hass = hass_with_entry
    alerts = async_capture_events(hass, EVENT_ALERT)
    await receive_alert(entry, payload(**RESTLESS))
    await hass.async_block_till_done()
    assert flaps(hass)
    await pass_time(hass, freezer, 58)
    assert flaps(hass)
    assert ends == []
    await pass_time(hass, freezer, 1)
    assert not flaps(hass)
    [end] = ends
    assert end.data["status"] == "critical"
    assert end.data["flapping"] is False
    assert state(hass, CPU).context.id == end.context.id
    await pass_time(hass, freezer, 300)
    assert len(ends) == len(alerts) == 1


async def test_another_change_prolongs_it(
    hass_with_entry: HomeAssistant,
    entry: MockConfigEntry,
    ends: list[Event],
    freezer: FrozenDateTimeFactory,
) -> None:
    """Each metric has its own end."""
    hass = hass_with_entry
    await receive_alert(entry, payload(**RESTLESS))
    other = payload(**RESTLESS, metric=METRIC, status_changed_at="2026-11-20T08:10:00Z")
    await pass_time(hass, freezer, 9)
    await receive_alert(entry, other)
    await pass_time(hass, freezer, 20)
    changed = "2026-11-20T08:30:00Z"
    more = RESTLESS | {"number_status_change_last_hour": 9}
    await receive_alert(entry, payload(**more, id=None, status_changed_at=changed))
    await pass_time(hass, freezer, 39)
    assert ends == []
    await pass_time(hass, freezer, 1)
    assert [end.data["metric_id"] for end in ends] == [METRIC]
    await pass_time(hass, freezer, 19)
    assert flaps(hass)
    await pass_time(hass, freezer, 1)
    assert len(ends) == 2
    assert not flaps(hass)


async def test_what_flaps_again_for_a_shorter_time_ends_in_time(
    hass_with_entry: HomeAssistant,
    entry: MockConfigEntry,
    ends: list[Event],
    freezer: FrozenDateTimeFactory,
) -> None:
    """An alert had ended it, and then late ones tell of changes from before."""
    hass = hass_with_entry
    await receive_alert(entry, payload(**RESTLESS))
    await pass_time(hass, freezer, 9)
    for at in ("08:10", "07:50", "07:51", "07:52", "07:53"):
        changed = f"2026-11-20T{at}:00Z"
        await receive_alert(entry, payload(id=None, status_changed_at=changed))
    assert flaps(hass)
    assert len(ends) == 1
    await pass_time(hass, freezer, 39)
    assert flaps(hass)
    await pass_time(hass, freezer, 1)
    assert not flaps(hass)
    await pass_time(hass, freezer, 60)
    assert len(ends) == 2


@pytest.mark.parametrize("minutes", [30, 90])
async def test_it_survives_a_restart(
    hass_with_entry: HomeAssistant,
    entry: MockConfigEntry,
    ends: list[Event],
    freezer: FrozenDateTimeFactory,
    minutes: int,
) -> None:
    """What ended meanwhile is told once Home Assistant has started, and then no more."""
    hass = hass_with_entry
    await receive_alert(entry, payload(**RESTLESS))
    assert await hass.config_entries.async_unload(entry.entry_id)
    await pass_time(hass, freezer, minutes)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, 0)
    assert ends == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, 60 - min(minutes, 60))
    assert len(ends) == 1
    assert not flaps(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, 60)
    assert len(ends) == 1


async def test_a_reload_lets_no_metric_flap_that_did_not(
    hass_with_entry: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Its alert was dated ahead, so that its changes were not of the last hour."""
    times = dict.fromkeys(("created_at", "modified_at", "happened_at"))
    ahead = RESTLESS | {"status_changed_at": "2026-11-20T09:01:00Z"} | times
    await receive_alert(entry, payload(**ahead))
    assert not flaps(hass_with_entry)
    await pass_time(hass_with_entry, freezer, 70)
    await hass_with_entry.config_entries.async_reload(entry.entry_id)
    await hass_with_entry.async_block_till_done()
    assert not flaps(hass_with_entry)


async def test_a_lower_threshold_counts_from_the_reload_on(
    hass_with_entry: HomeAssistant, entry: MockConfigEntry
) -> None:
    """What changes that often was chosen, and flaps by that choice."""
    await receive_alert(
        entry, payload(**RESTLESS | {"number_status_change_last_hour": 4})
    )
    assert not flaps(hass_with_entry)
    hass_with_entry.config_entries.async_update_entry(
        entry, options={CONF_FLAPPING_THRESHOLD: 4}
    )
    await hass_with_entry.config_entries.async_reload(entry.entry_id)
    await hass_with_entry.async_block_till_done()
    assert flaps(hass_with_entry)


async def test_an_end_that_cannot_be_kept_is_told_nevertheless(
    hass_with_entry: HomeAssistant,
    entry: MockConfigEntry,
    ends: list[Event],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A full disk must not hide an alert."""
    await receive_alert(entry, payload(**RESTLESS))
    with patch.object(JournalFile, "write", side_effect=OSError("no room")):
        await pass_time(hass_with_entry, freezer, 60)
    assert len(ends) == 1
    assert not flaps(hass_with_entry)


async def test_what_was_forgotten_ends_in_silence(
    hass_with_entry: HomeAssistant,
    entry: MockConfigEntry,
    ends: list[Event],
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is not there any more."""
    await receive_alert(entry, payload(**RESTLESS))
    hub = entry.runtime_data.hub
    await hub.async_forget(list(hub.board.metrics.values()))
    await pass_time(hass_with_entry, freezer, 90)
    assert ends == []


async def test_an_alert_can_end_it_too(
    hass_with_entry: HomeAssistant,
    entry: MockConfigEntry,
    ends: list[Event],
    freezer: FrozenDateTimeFactory,
) -> None:
    """One that arrives before the timer has looked; the alert is announced first."""
    hass = hass_with_entry
    heard: list[str] = []

    @callback
    def hear(event: Event) -> None:
        heard.append(str(event.event_type))

    for event_type in (EVENT_ALERT, EVENT_FLAPPING_ENDED):
        hass.bus.async_listen(event_type, hear)
    await receive_alert(entry, payload(**RESTLESS))
    freezer.tick(timedelta(minutes=90))
    changed = "2026-11-20T09:30:00Z"
    await receive_alert(entry, payload(id=None, status_changed_at=changed))
    await hass.async_block_till_done()
    assert heard == [EVENT_ALERT, EVENT_ALERT, EVENT_FLAPPING_ENDED]
    await pass_time(hass, freezer, 90)
    assert len(ends) == 1
