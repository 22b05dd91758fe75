"""Tests of who notices that Bleemeo fell silent, or that its alerts do not arrive."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import CONF_REFRESH_TOKEN, CONF_WATCHDOG_DAYS
from custom_components.bleemeo.core import Alert, Source, Status
from custom_components.bleemeo.hub import heartbeat
from custom_components.bleemeo.hub.watchdog import INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from tests import (
    payload,
    receive_alert,
    settle_agreement,
    settle_journal,
    setup_integration,
    state,
    without,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SENSOR = "binary_sensor.bleemeo_alerts_not_arriving"
MEMORY = {
    "metric": "1b5c2f0e-6a1d-4c55-9d3e-2f0f6a7b8c9d",
    "title": "web01.example.com - Memory is Warning",
}


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> None:
    """Begin each test at noon."""
    freezer.move_to(NOON)


@pytest.fixture
def watched(entry: MockConfigEntry) -> MockConfigEntry:
    """Return an entry, made at noon, in which seven days of silence are too many."""
    made = MockConfigEntry(
        domain=entry.domain,
        title=entry.title,
        entry_id=entry.entry_id,
        data=entry.data,
        options={CONF_WATCHDOG_DAYS: 7},
    )
    # not each version of Home Assistant makes it by the clock that the tests set
    object.__setattr__(made, "created_at", NOON)
    return made


@pytest.fixture
async def with_access(
    hass: HomeAssistant, entry_with_access: MockConfigEntry
) -> MockConfigEntry:
    """Return an entry with access to an API that knows none of its metrics."""
    await setup_integration(hass, entry_with_access)
    await settle_agreement(hass, entry_with_access)
    return entry_with_access


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, **by: float
) -> None:
    """Let a time pass, and what is due run."""
    freezer.tick(timedelta(**by))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def suspend(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    **by: float,
) -> None:
    """Let a time pass in which nothing runs: a steady clock stands still."""
    hub = entry.runtime_data.hub
    before = hub.heartbeat._steady()
    with patch.object(hub.heartbeat, "_steady", lambda: before):
        await pass_time(hass, freezer, **by)


async def hear(entry: MockConfigEntry, **fields: Any) -> None:
    """Receive an alert that Bleemeo sends now."""
    await receive_alert(entry, payload(**fields))


async def correct(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fields: dict[str, Any],
    *,
    is_owed: bool = True,
) -> None:
    """Receive from the API what it says now, as a comparison passes it on."""
    at = datetime.now(UTC).isoformat()
    body = payload(id=None, status_changed_at=None, happened_at=at, **fields)
    body = without(body, "created_at", "modified_at", "id", "status_changed_at")
    alert = Alert.from_payload(body, Source.API)
    hub = entry.runtime_data.hub
    await hub.async_receive(alert, json.dumps(body), is_owed=is_owed)
    await hass.async_block_till_done()


def told(hass: HomeAssistant) -> dict[str, dict[str, str]]:
    """Return what the watchdog told, by its key."""
    return {
        str(issue.translation_key): issue.translation_placeholders or {}
        for issue in ir.async_get(hass).issues.values()
        if issue.active and issue.translation_key in {"nothing_heard", "alerts_missing"}
    }


async def test_silence_is_told_after_as_many_days_as_a_person_said(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """With since when, as a problem too, until something is heard."""
    await setup_integration(hass, watched)
    assert state(hass, SENSOR).state == "unknown"
    await hear(watched)
    await hass.async_block_till_done()
    assert state(hass, SENSOR).state == "off"
    await pass_time(hass, freezer, days=6, hours=23)
    assert told(hass) == {}
    await pass_time(hass, freezer, hours=2)
    assert told(hass)["nothing_heard"] == {
        "entry": "Bleemeo",
        "days": "7",
        "since": "2026-11-24 04:00",
    }
    assert state(hass, SENSOR).state == "on"
    # a repeat says that alerts arrive as well
    await hear(watched)
    await hass.async_block_till_done()
    assert told(hass) == {}
    assert state(hass, SENSOR).state == "off"


async def test_a_new_entry_to_which_nothing_ever_comes_is_silent_too(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The address may never have been put into Bleemeo."""
    await setup_integration(hass, watched)
    await pass_time(hass, freezer, days=8)
    assert told(hass)["nothing_heard"]["days"] == "8"


async def test_silence_is_not_minded_at_first(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A healthy fleet has nothing to say; nor is it said that all is well."""
    await setup_integration(hass, entry)
    await hear(entry)
    await pass_time(hass, freezer, days=300)
    assert told(hass) == {}
    assert state(hass, SENSOR).state == "unknown"


async def test_days_on_which_home_assistant_was_off_do_not_count(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing could be heard then, and that outlives a further restart."""
    await setup_integration(hass, watched)
    await hear(watched)
    await pass_time(hass, freezer, days=3)
    for days in (20, 0):
        await hass.config_entries.async_unload(watched.entry_id)
        hass.data.pop(heartbeat._SEEN)
        freezer.tick(timedelta(days=days))
        await hass.config_entries.async_setup(watched.entry_id)
        await hass.async_block_till_done()
        assert told(hass) == {}
    await pass_time(hass, freezer, days=3, hours=23)
    assert told(hass) == {}
    await pass_time(hass, freezer, hours=2)
    assert told(hass)["nothing_heard"]["days"] == "7"


async def test_a_crash_does_not_begin_the_silence_anew(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Until when Home Assistant was alive is known to the hour."""
    await setup_integration(hass, watched)
    await hear(watched, status=0)
    for _ in range(6 * 24):
        await pass_time(hass, freezer, seconds=INTERVAL.total_seconds())
    await settle_journal(watched)
    hub = watched.runtime_data.hub
    # the end of a process that was killed writes nothing
    hub.heartbeat._is_beating = False
    await hass.config_entries.async_unload(watched.entry_id)
    hass.data.pop(heartbeat._SEEN)
    await hass.config_entries.async_setup(watched.entry_id)
    await pass_time(hass, freezer, days=1, hours=2)
    assert told(hass)["nothing_heard"]["days"] == "7"


async def test_a_clock_that_was_ahead_does_not_put_it_off(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The silence then began at the latest now."""
    await setup_integration(hass, watched)
    freezer.move_to(NOON + timedelta(days=3650))
    await hear(watched)
    freezer.move_to(NOON)
    for by in (timedelta(hours=1), timedelta(days=7, hours=1)):
        freezer.tick(by)
        async_fire_time_changed(hass, fire_all=True)
        await hass.async_block_till_done()
    assert "nothing_heard" in told(hass)


async def test_an_answer_of_the_api_counts_as_heard(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """With access, silence is minded without being asked for."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    hub = entry.runtime_data.hub
    await pass_time(hass, freezer, days=6)
    await settle_agreement(hass, entry)
    assert hub.watchdog._heard_at > NOON + timedelta(days=5)
    await entry.runtime_data.agreement.async_close()
    await pass_time(hass, freezer, days=8)
    assert told(hass)["nothing_heard"]["days"] == "8"


async def test_an_answer_of_the_api_does_not_say_that_alerts_arrive(
    hass: HomeAssistant, entry_with_access: MockConfigEntry
) -> None:
    """Only an alert does: the address may never have been put into Bleemeo."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    assert state(hass, SENSOR).state == "unknown"
    await hear(entry)
    await hass.async_block_till_done()
    assert state(hass, SENSOR).state == "off"
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, SENSOR).state == "off"


async def test_that_alerts_arrive_is_known_of_one_that_told_what_the_api_had_found(
    hass: HomeAssistant, with_access: MockConfigEntry
) -> None:
    """Also after a restart."""
    await correct(hass, with_access, {"status": 2})
    assert state(hass, SENSOR).state == "unknown"
    await hear(with_access, status=2)
    await hass.async_block_till_done()
    assert state(hass, SENSOR).state == "off"
    await hass.config_entries.async_reload(with_access.entry_id)
    assert state(hass, SENSOR).state == "off"


async def test_the_second_change_that_no_alert_told_is_told(
    hass: HomeAssistant, with_access: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Once may be an accident; it ends with the next alert that arrives."""
    entry = with_access
    await hear(entry)
    await hear(entry, **MEMORY)
    await pass_time(hass, freezer, hours=2)
    await correct(hass, entry, {"status": 2})
    await pass_time(hass, freezer, minutes=11)
    assert told(hass) == {}
    assert state(hass, SENSOR).state == "off"
    await correct(hass, entry, {"status": 2, **MEMORY})
    await pass_time(hass, freezer, minutes=9)
    assert told(hass) == {}
    await pass_time(hass, freezer, minutes=2)
    assert told(hass)["alerts_missing"] == {
        "entry": "Bleemeo",
        "count": "2",
        "metric": "Memory",
        "host": "web01.example.com",
    }
    assert state(hass, SENSOR).state == "on"
    await hear(entry, status_changed_at=datetime.now(UTC).isoformat(), status=0)
    await hass.async_block_till_done()
    assert told(hass) == {}
    assert state(hass, SENSOR).state == "off"


async def test_it_is_counted_across_restarts(
    hass: HomeAssistant, with_access: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Where the access is removed it is over, for nothing could tell more."""
    entry = with_access
    for metric in ({}, MEMORY):
        await correct(hass, entry, {"status": 2, **metric})
        await pass_time(hass, freezer, minutes=11)
        await hass.config_entries.async_reload(entry.entry_id)
        await settle_agreement(hass, entry)
    assert told(hass)["alerts_missing"]["count"] == "2"
    assert state(hass, SENSOR).state == "on"
    data = {key: entry.data[key] for key in entry.data if key != CONF_REFRESH_TOKEN}
    hass.config_entries.async_update_entry(entry, data=data)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert told(hass) == {}
    assert state(hass, SENSOR).state == "unknown"


@pytest.mark.parametrize(
    ("fields", "is_owed"),
    [
        pytest.param(MEMORY, True, id="maybe of no rule"),
        pytest.param({}, False, id="before it listened"),
    ],
)
async def test_only_what_an_alert_should_have_told_counts(
    hass: HomeAssistant,
    with_access: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    fields: dict[str, Any],
    is_owed: bool,
) -> None:
    """What differs is shown all the same."""
    entry, hub = with_access, with_access.runtime_data.hub
    await hear(entry)
    await correct(hass, entry, {"status": 2, **fields}, is_owed=is_owed)
    await pass_time(hass, freezer, minutes=11)
    assert hub.board.account.worst is Status.CRITICAL
    assert hub.watchdog._missing == 0


async def test_an_alert_that_was_only_on_its_way_is_not_missing(
    hass: HomeAssistant, with_access: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """It may take minutes, and is no other change than the one that the API said."""
    entry, hub = with_access, with_access.runtime_data.hub
    await hear(entry)
    changed_at = datetime.now(UTC).isoformat()
    await pass_time(hass, freezer, minutes=1)
    await correct(hass, entry, {"status": 2})
    await pass_time(hass, freezer, minutes=5)
    await hear(entry, status=2, status_changed_at=changed_at)
    await pass_time(hass, freezer, minutes=11)
    assert hub.watchdog._missing == 0


async def test_what_was_soon_over_needs_no_alert(
    hass: HomeAssistant, with_access: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Bleemeo waits before it sends one, and its list does not."""
    entry, hub = with_access, with_access.runtime_data.hub
    await hear(entry, status=0)
    await correct(hass, entry, {"status": 2})
    await pass_time(hass, freezer, minutes=2)
    await correct(hass, entry, {"status": 0})
    await pass_time(hass, freezer, minutes=11)
    # that it is OK again is owed as little
    assert hub.watchdog._missing == 0


async def test_what_an_alert_should_have_told_counts(
    hass: HomeAssistant, with_access: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Unlike all of the above."""
    await hear(with_access)
    await correct(hass, with_access, {"status": 2})
    await pass_time(hass, freezer, minutes=11)
    assert with_access.runtime_data.hub.watchdog._missing == 1


async def test_what_differs_not_is_no_correction(
    hass: HomeAssistant, with_access: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Said twice, it is one change."""
    entry = with_access
    for _ in range(2):
        await correct(hass, entry, {"status": 2})
        await pass_time(hass, freezer, minutes=11)
    assert entry.runtime_data.hub.watchdog._missing == 1


async def test_a_test_does_not_hide_over_a_restart_that_bleemeo_was_heard(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The last real alert is behind it."""
    await setup_integration(hass, watched)
    await pass_time(hass, freezer, days=6)
    heard_at = dt_util.utcnow()
    await hear(watched, status=0)
    hub = watched.runtime_data.hub
    [metric] = hub.board.metrics.values()
    clear_at = hub.now() + timedelta(days=9)
    await hub.tester.async_send_about(metric, Status.CRITICAL, "", clear_at)
    await pass_time(hass, freezer, days=2)
    await hass.config_entries.async_reload(watched.entry_id)
    await pass_time(hass, freezer, hours=1)
    hub = watched.runtime_data.hub
    assert hub.statistics.last_alert_at == heard_at
    assert hub.watchdog.silent_since is None


async def test_while_home_assistant_is_suspended_it_is_not_bleemeo_that_is_silent(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """It could not have heard anything, as if it had been off; a restart knows that."""
    await setup_integration(hass, watched)
    await hear(watched)
    await pass_time(hass, freezer, days=2)
    slept_at = dt_util.utcnow()
    await suspend(hass, watched, freezer, days=6)
    await pass_time(hass, freezer, hours=1)
    for _ in range(2):
        hub = watched.runtime_data.hub
        assert hub.watchdog.silent_since is None
        assert hub.gaps.since(NOON) == [(slept_at, slept_at + timedelta(days=6))]
        await hass.config_entries.async_reload(watched.entry_id)
    await pass_time(hass, freezer, days=5)
    assert watched.runtime_data.hub.watchdog.silent_since is not None


async def test_a_moment_that_is_missing_is_none_in_which_nothing_was_heard(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A clock is set by seconds again and again."""
    await setup_integration(hass, watched)
    await suspend(hass, watched, freezer, minutes=4)
    assert watched.runtime_data.hub.gaps.since(NOON) == []
