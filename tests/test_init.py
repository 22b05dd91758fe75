"""Tests of an entry's life cycle: set-up, restart, unload and removal."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.bleemeo.const import CONF_CLOUDHOOK, DOMAIN
from custom_components.bleemeo.core import Alert, Board
from custom_components.bleemeo.hub import BleemeoHub, HubNotReady, Lifecycle
from custom_components.bleemeo.hub.store import journal_path
from custom_components.bleemeo.journal import JournalError
from homeassistant.components import cloud
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from . import (
    WEBHOOK_ID,
    a_day,
    journal_rows,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
    state,
    states,
)
from .conftest import Deliver


async def test_everything_is_there_at_once_after_a_reload(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """From the journal, without a new alert."""
    for alert in a_day():
        await deliver(alert)
    before = states(hass)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert states(hass) == before


NAMED = payload(id=None)
UNNAMED = payload(
    id=None, title="Something odd", status_changed_at="2026-11-20T09:00:00Z"
)


@pytest.mark.parametrize(
    "alerts",
    [
        pytest.param([NAMED, UNNAMED], id="in order"),
        pytest.param([UNNAMED, NAMED], id="late"),
        pytest.param([UNNAMED, NAMED, UNNAMED], id="repeated"),
    ],
)
async def test_a_server_keeps_its_name_where_the_last_title_does_not_tell_it(
    deliver: Deliver,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    hass: HomeAssistant,
    alerts: list[dict[str, Any]],
) -> None:
    """Even across restarts, and after an acknowledgement, which is a new write."""
    for alert in alerts:
        await deliver(alert)
    for _ in range(2):
        assert await hass.config_entries.async_reload(entry.entry_id)
        [agent] = entry.runtime_data.hub.board.agents.values()
        assert agent.name == "web01.example.com"
        await hass.services.async_call(
            DOMAIN,
            "acknowledge",
            {"entity_id": "sensor.bleemeo_status"},
            blocking=True,
        )


async def test_a_repeat_is_not_the_last_alert_after_a_restart_either(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Even if Bleemeo has modified the event since."""
    await deliver(payload(modified_at="2026-11-20T08:00:10Z"))
    before = entry.runtime_data.hub.statistics.last_alert_at
    freezer.tick(60)
    again = await deliver(payload(modified_at="2026-11-20T08:01:10Z", text="New words"))
    assert (await again.json())["result"] == "repeat"
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert before is not None
    assert entry.runtime_data.hub.statistics.last_alert_at == before
    assert state(hass, "sensor.web01_example_com_cpu").attributes["text"] == (
        "New words"
    )


async def test_the_account_is_pinned_from_the_journal_where_the_pin_was_lost(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Home Assistant writes entries later than we write alerts."""
    await deliver(a_day()[0])
    account = entry.unique_id
    hass.config_entries.async_update_entry(entry, unique_id=None)
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.unique_id == account


async def test_a_failed_unload_leaves_the_entry_working(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Alerts are still taken."""
    with patch.object(
        hass.config_entries, "async_unload_platforms", return_value=False
    ):
        assert not await hass.config_entries.async_unload(entry.entry_id)
    assert (await deliver(a_day()[0])).status == 200


async def test_a_journal_that_cannot_be_opened_is_tried_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The user is told its path and the error."""
    entry.add_to_hass(hass)
    with patch(
        "custom_components.bleemeo.hub.store.Journal.open",
        side_effect=JournalError("full"),
    ):
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "journal_not_opened"
    assert "full" in (entry.reason or "")


async def test_a_journal_of_a_newer_version_is_left_alone_and_named(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """A retry would not help, so the user is told what would."""
    await deliver(a_day()[0])
    await hass.config_entries.async_unload(entry.entry_id)
    journal_rows(hass, entry, "PRAGMA user_version = 99")
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "journal_too_new"
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(1,)]


async def test_a_platform_that_fails_leaves_no_open_journal(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The next set-up can open it."""
    entry.add_to_hass(hass)
    with patch.object(
        hass.config_entries, "async_forward_entry_setups", side_effect=RuntimeError
    ):
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.runtime_data.hub.lifecycle is Lifecycle.CLOSED
    assert await hass.config_entries.async_reload(entry.entry_id)


async def test_nothing_is_taken_when_home_assistant_stops(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """What can no longer be kept is refused, and not shown either."""
    before = states(hass)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert (await deliver(a_day()[0])).status == 503
    assert states(hass) == before


async def test_removal_takes_everything_away(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Journal, devices and entities."""
    await deliver(a_day()[0])
    path = journal_path(hass, entry)
    assert path.exists()
    await hass.config_entries.async_remove(entry.entry_id)
    assert list(path.parent.glob(f"{DOMAIN}*")) == []
    assert states(hass) == {}
    assert not dr.async_entries_for_config_entry(device_registry, entry.entry_id)


@pytest.mark.parametrize("error", [None, cloud.CloudNotAvailable, ValueError])
async def test_removal_deletes_the_cloudhook(
    hass: HomeAssistant, entry: MockConfigEntry, error: type[Exception] | None
) -> None:
    """And continues if the cloudhook no longer exists."""
    hass.config.components.add("cloud")
    await setup_integration(hass, entry)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: True}
    )
    with patch.object(cloud, "async_delete_cloudhook", side_effect=error) as delete:
        await hass.config_entries.async_remove(entry.entry_id)
    delete.assert_called_once_with(hass, WEBHOOK_ID)
    assert not hass.config_entries.async_entries(DOMAIN)


async def test_a_deleted_device_is_an_agent_forgotten(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """With the button on its page; the account's device stays."""
    assert await async_setup_component(hass, "config", {})
    await setup_integration(hass, entry)
    for alert in a_day():
        await receive_alert(entry, alert)
    websocket = await hass_ws_client(hass)

    async def delete(identifier: str) -> bool:
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, identifier), entry.entry_id
        )
        assert device is not None
        await websocket.send_json_auto_id(
            {"type": "config/device_registry/remove", "device_id": device.id}
        )
        answer = await websocket.receive_json()
        await hass.async_block_till_done()
        return bool(answer["success"])

    agent = a_day()[0]["agent"]
    assert await delete(agent)
    assert not await delete(entry.entry_id)
    assert not any("web01" in entity_id for entity_id in states(hass))
    assert journal_rows(
        hass, entry, "SELECT count(*), count(DISTINCT agent_id) FROM metric"
    ) == [(6, 4)]
    await receive_alert(entry, a_day()[0])
    assert states(hass)["sensor.web01_example_com_cpu"] == "warning"

    await hass.config_entries.async_unload(entry.entry_id)
    assert not await delete(agent)


def journal_files(hass: HomeAssistant) -> list[str]:
    """Return the names of files besides Home Assistant's own."""
    folder = Path(hass.config.path(".storage"))
    return [file.name for file in folder.glob(f"{DOMAIN}*")]


async def let_an_hour_pass(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Move the time forward by an hour, and run what is due."""
    freezer.tick(timedelta(hours=1, seconds=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_nothing_makes_the_journal_anew_after_a_set_up_that_failed(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The journal was already open when the set-up failed."""
    entry.add_to_hass(hass)
    with patch.object(Board, "restore", side_effect=ZeroDivisionError):
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await hass.config_entries.async_remove(entry.entry_id)
    await let_an_hour_pass(hass, freezer)
    assert journal_files(hass) == []


async def test_nothing_makes_the_journal_anew_after_an_unload_that_failed(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The entry is removed even so."""
    await deliver(a_day()[0])
    with patch.object(
        hass.config_entries, "async_unload_platforms", return_value=False
    ):
        await hass.config_entries.async_remove(entry.entry_id)
    await let_an_hour_pass(hass, freezer)
    assert journal_files(hass) == []


@pytest.mark.parametrize("network", ["address.async_release", "async_revoke"])
@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_removal_deletes_what_is_kept_before_it_asks_the_network(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    network: str,
    error: type[BaseException],
) -> None:
    """Even if the network fails."""
    await deliver(a_day()[0])
    assert journal_files(hass)
    with (
        patch(f"custom_components.bleemeo.{network}", side_effect=error),
        suppress(asyncio.CancelledError),
    ):
        await hass.config_entries.async_remove(entry.entry_id)
    assert journal_files(hass) == []


async def test_an_alert_is_taken_only_while_the_hub_is_ready(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Otherwise nothing would show or keep it, and the caller gets an error."""
    alert = Alert.from_payload(a_day()[0])
    entry.add_to_hass(hass)
    hub = BleemeoHub(hass, entry)
    seen = [hub.lifecycle]

    async def refuses() -> None:
        with pytest.raises(HubNotReady) as error:
            await hub.async_receive(alert, "")
        assert error.value.translation_placeholders == {"entry": "Bleemeo"}
        with pytest.raises(HubNotReady):
            hub.async_refuse("no alert")

    await refuses()
    await hub.async_open()
    await refuses()
    hub.async_take_alerts()
    seen.append(hub.lifecycle)
    assert await hub.async_receive(alert, "") == "changed"
    hub.async_stop_taking()
    seen.append(hub.lifecycle)
    await refuses()
    await hub.async_close()
    seen.append(hub.lifecycle)
    await refuses()
    assert seen == list(Lifecycle)


async def test_an_entry_is_unloaded_in_the_order_that_loses_nothing(
    hass: HomeAssistant, entry_with_access: MockConfigEntry
) -> None:
    """What is pending is shown while there are entities, and kept last of all."""
    entry, order = entry_with_access, []
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    data = entry.runtime_data

    def noting(owner: object, name: str) -> Any:
        call = getattr(owner, name)

        def note(*args: Any) -> Any:
            order.append(f"{name} while {data.hub.lifecycle.name}")
            return call(*args)

        return patch.object(owner, name, note)

    with (
        noting(data.agreement, "async_close"),
        noting(data.hub.announcer, "async_announce_all"),
        noting(hass.config_entries, "async_unload_platforms"),
        noting(data.hub.store, "async_close"),
    ):
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert list(dict.fromkeys(order)) == [
        "async_close while CLOSING",
        "async_announce_all while CLOSING",
        "async_unload_platforms while CLOSING",
    ]
    assert order[0] == order[-1] == "async_close while CLOSING"
    assert data.hub.lifecycle is Lifecycle.CLOSED
