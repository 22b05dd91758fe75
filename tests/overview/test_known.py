"""Tests of what the dashboard says of times that nothing is known of, and of quiet ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.api.catalogue import Catalogue
from custom_components.bleemeo.const import CONF_WATCHDOG_DAYS
from custom_components.bleemeo.core import Board, Silence
from custom_components.bleemeo.hub import watchdog
from custom_components.bleemeo.overview import IncidentWindow, Overview
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.util import dt as dt_util
from scripts.simulated_api import Account
from tests import AGENT, payload, receive_alert, settle_agreement, setup_integration

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVER = frozenset({payload()["agent"]})
METRIC: str = payload()["metric"]


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> None:
    """Begin each test at noon."""
    freezer.move_to(NOON)


async def look(
    hass: HomeAssistant, entry: MockConfigEntry, **fields: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the account and the servers, of the last week."""
    now = dt_util.utcnow()
    window = IncidentWindow(entry.runtime_data, now - timedelta(days=7))
    await window.async_load(now)
    overview = Overview(hass, entry, window, lambda *_: True, now, **fields)
    return overview.account(), [overview.server(each) for each in overview.agents()]


def ok(ago: timedelta) -> dict[str, Any]:
    """Return an alert by which a metric is OK since a time."""
    return payload(status=0, id=None, status_changed_at=(NOON - ago).isoformat())


async def test_a_time_in_which_home_assistant_was_off_is_a_gap(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """It counts in no uptime; but what is known to have been out in it does."""
    await setup_integration(hass, entry)
    await receive_alert(entry, ok(2 * HOUR))
    account, _ = await look(hass, entry)
    assert (account["known_since"], account["gaps"]) == (
        (NOON - 2 * HOUR).isoformat(),
        [],
    )
    await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(6 * HOUR)
    await hass.config_entries.async_setup(entry.entry_id)
    for _ in range(2):
        account, [server] = await look(hass, entry)
        assert account["gaps"] == [[NOON.isoformat(), (NOON + 6 * HOUR).isoformat()]]
        assert server["uptime"] == 1
        # a restart that is short is none, and the journal keeps the other
        await hass.config_entries.async_reload(entry.entry_id)
    await receive_alert(
        entry,
        payload(status=2, id=None, status_changed_at=(NOON + 4 * HOUR).isoformat()),
    )
    # two hours were well and two were not; of four nothing is known
    _, [server] = await look(hass, entry)
    assert server["uptime"] == pytest.approx(0.5)


async def test_a_server_that_was_just_heard_of_has_no_uptime(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Its first alert was critical: 0 % of some seconds would frighten."""
    await setup_integration(hass, entry)
    await receive_alert(
        entry, payload(status=2, id=None, status_changed_at=NOON.isoformat())
    )
    freezer.tick(HOUR - timedelta(seconds=1))
    _, [server] = await look(hass, entry)
    assert (server["known_since"], server["uptime"]) == (NOON.isoformat(), None)
    freezer.tick(1)
    _, [server] = await look(hass, entry)
    assert server["uptime"] == 0


async def test_a_crash_loses_sight_for_minutes_and_not_for_days(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Also if all was well for long."""
    await setup_integration(hass, entry)
    await receive_alert(entry, ok(HOUR))
    for _ in range(200):
        freezer.tick(timedelta(minutes=1))
        async_fire_time_changed(hass)
    await hass.async_block_till_done()
    entry.runtime_data.hub.heartbeat._is_beating = False
    await hass.config_entries.async_reload(entry.entry_id)
    account, _ = await look(hass, entry)
    lost = sum(
        (
            datetime.fromisoformat(ended) - datetime.fromisoformat(began)
            for began, ended in account["gaps"]
        ),
        timedelta(),
    )
    assert lost <= timedelta(minutes=15)


async def test_a_silence_of_bleemeo_that_is_too_long_is_a_gap(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """From the last word on, until the next."""
    await setup_integration(hass, entry)
    hass.config_entries.async_update_entry(entry, options={CONF_WATCHDOG_DAYS: 2})
    await hass.config_entries.async_reload(entry.entry_id)
    await receive_alert(entry, ok(HOUR))
    for _ in range(2):
        freezer.tick(timedelta(days=1) + watchdog.INTERVAL)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    account, [server] = await look(hass, entry)
    assert account["gaps"] == [[NOON.isoformat(), None]]
    assert server["uptime"] == 1
    heard_at = dt_util.utcnow()
    await receive_alert(entry, payload(id=None))
    account, _ = await look(hass, entry)
    assert account["gaps"] == [[NOON.isoformat(), heard_at.isoformat()]]


async def test_a_server_that_the_api_lists_is_known_since_then(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Without any alert, and across restarts."""
    await setup_integration(hass, entry_with_access)
    await settle_agreement(hass, entry_with_access)
    freezer.tick(60)
    await hass.config_entries.async_reload(entry_with_access.entry_id)
    freezer.tick(60)
    await settle_agreement(hass, entry_with_access)
    _, [server] = await look(hass, entry_with_access)
    assert server["agent_id"] == AGENT
    since = datetime.fromisoformat(server["known_since"])
    assert since - NOON < timedelta(seconds=60)
    catalogue = entry_with_access.runtime_data.agreement.catalogue
    stored = Catalogue.from_stored(catalogue.as_stored(Board()))
    assert stored.listed_since == catalogue.listed_since


async def test_a_server_that_exists_only_for_tests_is_there_while_one_is_open(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Afterwards nobody counts it."""
    await setup_integration(hass, entry)
    await receive_alert(entry, ok(HOUR))
    test = {"host": "web01", "metric": "CPU"}
    for status, shown in (("critical", 2), ("ok", 1)):
        await hass.services.async_call(
            "bleemeo", "send_test_alert", {**test, "status": status}, blocking=True
        )
        freezer.tick(60)
        _, servers = await look(hass, entry)
        assert len(servers) == shown
    assert [each["is_test"] for each in servers] == [False]


async def test_silences_that_are_over_are_told(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Those of the server and of its place, and apart from them a metric's; once each."""
    await setup_integration(hass, entry)
    await receive_alert(entry, ok(HOUR))
    hub = entry.runtime_data.hub
    area = ar.async_get(hass).async_create("Rack")
    [device] = [
        each
        for each in dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        )
        if each.name == "web01.example.com"
    ]
    dr.async_get(hass).async_update_device(device.id, area_id=area.id)

    async def silence(name: str, hours: int, **what: Any) -> Silence:
        made = Silence(
            id=name, begins_at=hub.now(), ends_at=hub.now() + hours * HOUR, **what
        )
        await hub.silencer.async_add([made])
        return made

    by_hand = await silence("switch", 5, subjects=SERVER)
    freezer.tick(HOUR)
    await hub.silencer.async_remove([by_hand])
    freezer.tick(HOUR)
    await silence("switch", 1, subjects=SERVER)
    freezer.tick(HOUR)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    await silence("area", 1, areas=frozenset({area.id}))
    uid = f"{payload()['agent']}_{METRIC}"
    await silence("metric", 1, subjects=frozenset({uid}))
    await silence("label", 1, labels=frozenset({"elsewhere"}))
    later = await silence("later", 1, subjects=SERVER)
    await hub.silencer.async_remove([later])
    expected = [
        (NOON, NOON + HOUR, None),
        (NOON + 2 * HOUR, NOON + 3 * HOUR, None),
        (NOON + 3 * HOUR, NOON + 4 * HOUR, None),
        (NOON + 3 * HOUR, NOON + 4 * HOUR, METRIC),
    ]
    for _ in range(2):
        _, [server] = await look(hass, entry)
        assert [
            (
                datetime.fromisoformat(each["from"]),
                datetime.fromisoformat(each["until"]),
                each.get("metric_id"),
            )
            for each in server["silences"]
        ] == expected
        await hass.config_entries.async_reload(entry.entry_id)


async def test_only_so_many_silences_of_the_past_are_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And none is kept longer than incidents are, in the journal neither."""
    monkeypatch.setattr("custom_components.bleemeo.hub.silence.MAX_PAST", 2)
    await setup_integration(hass, entry)
    silencer = entry.runtime_data.hub.silencer
    for number in range(3):
        made = Silence(id=str(number), begins_at=dt_util.utcnow(), comment=str(number))
        await silencer.async_add([made])
        freezer.tick(60)
        await silencer.async_remove([made])
    for _ in range(2):
        past = entry.runtime_data.hub.silencer.past
        assert [each.comment for each in past] == ["1", "2"]
        await hass.config_entries.async_reload(entry.entry_id)
    freezer.tick(timedelta(days=401))
    for _ in range(2):
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.runtime_data.hub.silencer.past == []


async def test_who_may_control_a_server_is_told_so(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Nobody else is offered what would fail."""
    await setup_integration(hass, entry)
    await receive_alert(entry, ok(HOUR))
    _, [server] = await look(hass, entry)
    assert server["may_control"] is False
    _, [server] = await look(hass, entry, may_control=lambda *_: True)
    assert server["may_control"] is True
