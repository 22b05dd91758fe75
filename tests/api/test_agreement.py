"""Tests that the board agrees with Bleemeo, using the real client and a real server."""

import asyncio
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
import time
from typing import Any
from unittest.mock import patch
from uuid import UUID

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.api import reconcile
from custom_components.bleemeo.const import CONF_AGREEMENT_INTERVAL, DOMAIN, EVENT_ALERT
from custom_components.bleemeo.journal import Journal, JournalError
from homeassistant.components import cloud
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EntityCategory
from homeassistant.core import CoreState, Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.dispatcher import async_dispatcher_send
from scripts.simulated_api import Account, Fault, SimulatedApi
from tests import (
    ACCOUNT,
    AGENT,
    METRIC,
    OTHER_ACCOUNT,
    journal_rows,
    look_again,
    payload,
    settle_agreement,
    setup_integration,
    state,
    states,
)
from tests.api import (
    CPU,
    CPU_STATUS,
    METRICS_PATH,
    issues,
    list_cpu,
    pass_time,
    press,
    receive,
    reload,
    set_up,
    set_up_with_alert,
    stop,
)


async def test_what_changed_while_nobody_listened_is_made_up_for(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """At start, through the same path as alerts, but with another source."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    await stop(hass, entry)

    account.set_status(CPU["metric"], "critical")
    account.metrics[CPU["metric"]]["status_descriptions"] = [
        "Current value: 99.00 % threshold (90.00 %) exceeded over last 5 minutes"
    ]
    disk = account.add_metric(CPU["agent"], "disk_used_perc", "warning", item="/home")
    events = async_capture_events(hass, EVENT_ALERT)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle_agreement(hass, entry)
    await look_again(hass, entry)

    cpu = state(hass, CPU_STATUS)
    assert cpu.state == "critical"
    assert cpu.attributes["value"] == 99.0
    assert cpu.attributes["status_changed_at"] is None
    assert cpu.attributes["happened_at"] is not None
    new = state(hass, "sensor.web01_example_com_disk_used_home")
    assert new.state == "warning"
    assert new.attributes["metric_id"] == disk
    told = {
        event.data["metric_name"]: (
            event.data["change"],
            event.data["source"],
            event.data["while_offline"],
            event.data["host"],
        )
        for event in events
    }
    assert told == {
        "CPU": ("worsened", "api", True, "web01.example.com"),
        "Disk used (/home)": ("raised", "api", True, "web01.example.com"),
    }
    assert state(hass, "sensor.bleemeo_corrected_statuses").state == "2"
    assert journal_rows(
        hass, entry, "SELECT count(*) FROM metric WHERE source = 'api'"
    ) == [(2,)]


async def test_what_is_found_later_did_not_happen_offline(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Only the first comparison reports changes from before the start."""
    await set_up_with_alert(hass, entry_with_access, account)
    account.set_status(CPU["metric"], "critical")
    events = async_capture_events(hass, EVENT_ALERT)
    await entry_with_access.runtime_data.agreement.async_check_now()
    await hass.async_block_till_done()
    assert [event.data["while_offline"] for event in events] == [False]


async def test_what_is_found_after_a_reload_did_not_happen_offline(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Home Assistant was running."""
    list_cpu(account, "ok")
    await set_up(hass, entry_with_access)
    events = async_capture_events(hass, EVENT_ALERT)
    account.set_status(CPU["metric"], "critical")
    await reload(hass, entry_with_access)
    assert [event.data["while_offline"] for event in events] == [False]


async def test_what_is_found_at_start_is_told_when_somebody_can_listen(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """No change is lost before automations listen."""
    await set_up_with_alert(hass, entry_with_access, account)
    await stop(hass, entry_with_access)
    account.set_status(CPU["metric"], "critical")
    hass.set_state(CoreState.starting)
    events = async_capture_events(hass, EVENT_ALERT)
    await hass.config_entries.async_setup(entry_with_access.entry_id)
    await settle_agreement(hass, entry_with_access)
    assert not events
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert [event.data["while_offline"] for event in events] == [True]


async def test_that_no_alert_tells_what_the_api_says_is_told(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Ten minutes after the second one; what it found when it was set up is no proof."""
    entry = entry_with_access
    list_cpu(account, "ok")
    disk = account.add_metric(CPU["agent"], "disk_used", "critical")
    await set_up(hass, entry)
    assert await receive(entry) == "changed"
    agreement = entry.runtime_data.agreement

    async def compare(status: str) -> set[str | None]:
        freezer.tick(60)
        account.set_status(CPU["metric"], status)
        await agreement.async_check_now()
        await pass_time(hass, entry, freezer, timedelta(minutes=11))
        issues = issue_registry.issues.values()
        return {each.translation_key for each in issues} & {"alerts_missing"}

    sensor = "binary_sensor.bleemeo_alerts_not_arriving"
    assert await compare("critical") == set()
    assert state(hass, sensor).state == "off"
    assert await compare("ok") == {"alerts_missing"}
    assert state(hass, sensor).state == "on"
    assert disk in {key[1] for key in entry.runtime_data.hub.board.metrics}


async def test_metrics_that_are_fine_and_were_never_seen_stay_unseen(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Thousands of them would be of no use."""
    for number in range(50):
        account.add_metric(AGENT, f"metric_{number}")
    await set_up(hass, entry_with_access)
    assert not any("metric" in entity_id for entity_id in states(hass))
    assert entry_with_access.runtime_data.agreement.catalogue.agreed_at is not None


async def test_what_agrees_is_no_event(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """It does not change what alerts reported either."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    before = states(hass)
    events = async_capture_events(hass, EVENT_ALERT)
    deliveries = "SELECT count(*) FROM delivery"
    count = journal_rows(hass, entry, deliveries)
    await entry.runtime_data.agreement.async_check_now()
    await hass.async_block_till_done()
    assert states(hass) == before
    assert not events
    assert journal_rows(hass, entry, deliveries) == count


async def test_an_alert_that_is_newer_than_the_answer_wins(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
) -> None:
    """Whether it arrives before or after the answer is used."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    asked_at = datetime.now(UTC).replace(microsecond=0)
    later = (asked_at + timedelta(seconds=1)).isoformat()
    bleemeo.clock = asked_at
    await receive(entry, status=2, status_changed_at=later)
    await entry.runtime_data.agreement.async_check_now()
    assert state(hass, CPU_STATUS).state == "critical"
    # an answer known to be old is not a delivery either
    from_api = "SELECT count(*) FROM delivery WHERE source = 'api'"
    assert journal_rows(hass, entry, from_api) == [(0,)]

    account.set_status(CPU["metric"], "ok")
    bleemeo.clock = asked_at + timedelta(seconds=5)
    await entry.runtime_data.agreement.async_check_now()
    await hass.async_block_till_done()
    assert state(hass, CPU_STATUS).state == "ok"
    at_once = (asked_at + timedelta(seconds=5)).isoformat()
    assert await receive(entry, id=None, status_changed_at=at_once) == "changed"
    await hass.async_block_till_done()
    assert state(hass, CPU_STATUS).state == "warning"


async def test_a_late_alert_that_says_otherwise_is_looked_into(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A server with a slow clock dates a new change before the last comparison."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account, status=2)
    freezer.tick(60)
    await press(hass)
    assert state(hass, CPU_STATUS).state == "warning"
    await receive(entry, id=METRIC, status_changed_at="2026-11-21T08:00:00Z", status=1)
    await pass_time(hass, entry, freezer, timedelta(minutes=5))
    asked = bleemeo.asked(METRICS_PATH)
    slow = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    account.set_status(CPU["metric"], "critical")
    for status, is_doubtful in ((1, False), (2, True)):
        verdict = await receive(entry, id=None, status=status, status_changed_at=slow)
        assert verdict == "late"
        await pass_time(hass, entry, freezer, timedelta(minutes=1))
        assert bleemeo.asked(METRICS_PATH) == asked + is_doubtful
    assert state(hass, CPU_STATUS).state == "critical"


@pytest.mark.parametrize("status", ["odd", True, 7, None])
async def test_an_unexpected_answer_changes_nothing_and_is_told_once(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    issue_registry: ir.IssueRegistry,
    status: Any,
) -> None:
    """Where most of an answer is odd or says nothing, the rest of it is not used either."""
    caplog.set_level(logging.INFO)
    entry = entry_with_access
    account.add_metric(AGENT, "other", "critical")
    account.add_metric(AGENT, "third", "critical")
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    before = states(hass)
    for uid, row in account.metrics.items():
        row["current_status"] = 0 if uid == CPU["metric"] else status
    for _ in range(3):
        await pass_time(hass, entry, freezer, timedelta(hours=7))
    assert states(hass) == before
    assert issues(issue_registry) == {"api_unusable"}
    assert caplog.text.count("Bleemeo could not be asked") == 1

    for uid in account.metrics:
        account.set_status(uid, "ok")
    await pass_time(hass, entry, freezer, timedelta(hours=7))
    assert not issues(issue_registry)
    assert state(hass, CPU_STATUS).state == "ok"


async def test_an_odd_row_is_left_out_and_said_once(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its metric stays as it is, and all others agree."""
    entry = entry_with_access
    for label in ("disk", "memory"):
        account.add_metric(AGENT, label, "warning")
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    for uid in account.metrics:
        account.set_status(uid, "critical")
    account.metrics[CPU["metric"]]["current_status"] = "odd"
    # the server's clock ticks in whole seconds
    freezer.tick(2)
    agreed_at = entry.runtime_data.agreement.catalogue.agreed_at
    await press(hass)
    await press(hass)
    shown = [
        each.state
        for each in hass.states.async_all("sensor")
        if "_id" in str(each.attributes)
    ]
    assert sorted(shown) == ["critical", "critical", "warning"]
    assert entry.runtime_data.agreement.catalogue.agreed_at > agreed_at
    assert caplog.text.count("rows of Bleemeo's answers for Bleemeo are left out") == 1
    assert "current_status is not 0, 1, 2 or 3" in caplog.text


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (METRICS_PATH, Fault(status=429)),
        (METRICS_PATH, Fault(status=503)),
        ("/v1/info/", Fault(body='{"maintenance": true}')),
    ],
)
async def test_a_pause_that_is_asked_for_is_kept(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    path: str,
    fault: Fault,
) -> None:
    """The button keeps it too, and says so."""
    entry = entry_with_access
    fault.headers = {"Retry-After": "1200"}
    bleemeo.faults[path] = fault
    await set_up(hass, entry)
    await pass_time(hass, entry, freezer, timedelta(minutes=19))
    with pytest.raises(HomeAssistantError) as error:
        await press(hass)
    assert error.value.translation_key == "api_pause"
    assert error.value.translation_placeholders == {
        "entry": "Bleemeo",
        "error": "it asks for a pause",
        "seconds": "60",
    }
    assert bleemeo.asked(path) == 1
    await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert bleemeo.asked(path) == 2
    await press(hass)


async def test_a_mistake_of_ours_does_not_end_the_comparisons(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged, and the next comparison may succeed."""
    list_cpu(account, "critical")
    with patch(
        "custom_components.bleemeo.api.comparison.async_correct",
        side_effect=ZeroDivisionError,
    ):
        await set_up(hass, entry_with_access)
    assert "Bleemeo could not be compared" in caplog.text
    await pass_time(hass, entry_with_access, freezer, timedelta(hours=1))
    await look_again(hass, entry_with_access)
    assert state(hass, "sensor.bleemeo_critical").state == "1"


async def test_the_entities_of_the_agreement_are_diagnostics(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """They are on the account's device, with the ids that automations use."""
    await set_up(hass, entry_with_access)
    for entity_id, key in (
        ("button.bleemeo_check_now", "check_now"),
        ("sensor.bleemeo_last_comparison", "last_comparison"),
        ("sensor.bleemeo_corrected_statuses", "corrected_statuses"),
    ):
        entity = entity_registry.async_get(entity_id)
        assert entity is not None
        assert entity.entity_category is EntityCategory.DIAGNOSTIC
        assert entity.unique_id == f"{entry_with_access.entry_id}_{key}"


async def test_the_button_is_done_when_the_board_agrees(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """The user can then look at the board immediately."""
    await set_up_with_alert(hass, entry_with_access, account)
    account.set_status(CPU["metric"], "ok")
    await press(hass)
    assert state(hass, "binary_sensor.bleemeo_problem").state == "off"


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (Fault(headers={"Content-Encoding": "gzip"}), "api_away"),
        (Fault(status=500), "api_failing"),
        (Fault(body="<h1>Log in</h1>"), "api_failing"),
        (Fault(body="{"), "api_unusable"),
        (Fault(status=401, times=2), "api_failing"),
    ],
)
async def test_the_button_says_what_it_came_to(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    fault: Fault,
    key: str,
) -> None:
    """In a translated error."""
    await set_up(hass, entry_with_access)
    bleemeo.faults[METRICS_PATH] = fault
    fault.times *= 2
    with pytest.raises(HomeAssistantError) as error:
        await press(hass)
    assert error.value.translation_key == key
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_what_cannot_be_kept_is_told_and_tried_again(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is shown in the meantime."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    account.set_status(CPU["metric"], "critical")
    with (
        patch.object(Journal, "keep", side_effect=JournalError("full")),
        pytest.raises(HomeAssistantError) as error,
    ):
        await press(hass)
    assert error.value.translation_key == "journal_not_kept"
    account.set_status(CPU["metric"], "warning")
    await pass_time(hass, entry, freezer, timedelta(hours=1))
    assert state(hass, CPU_STATUS).state == "warning"


@pytest.mark.parametrize(("hours", "interval"), [(None, 6), (0, 99), (2, 2)])
async def test_it_is_asked_every_few_hours_as_the_option_says(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    hours: int | None,
    interval: int,
) -> None:
    """Six hours by default; never with 0."""
    entry = entry_with_access
    entry.add_to_hass(hass)
    if hours is not None:
        hass.config_entries.async_update_entry(
            entry, options={CONF_AGREEMENT_INTERVAL: hours}
        )
    await hass.config_entries.async_setup(entry.entry_id)
    await settle_agreement(hass, entry)
    for passed in range(1, 13):
        await pass_time(hass, entry, freezer, timedelta(hours=1))
        assert bleemeo.asked(METRICS_PATH) == 1 + passed // interval


async def test_it_is_asked_once_more_after_a_correction(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """An alert may have been on its way; but not again and again."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    account.set_status(CPU["metric"], "critical")
    await press(hass)
    asked = bleemeo.asked(METRICS_PATH)
    for status in ("warning", "critical", "warning"):
        account.set_status(CPU["metric"], status)
        await pass_time(hass, entry, freezer, timedelta(minutes=2))
        assert bleemeo.asked(METRICS_PATH) == asked + 1


async def test_it_is_asked_after_a_gap(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """If one alert was lost, others may be too; but not after every gap."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    for minute in range(3):
        await receive(
            entry,
            id=None,
            status=minute % 2,
            status_changed_at=f"2026-11-21T08:{2 * minute + 1:02}:00Z",
            previous_status_changed_at=f"2026-11-21T08:{2 * minute:02}:00Z",
        )
    for seconds, asked in ((50, 1), (10, 2)):
        await pass_time(hass, entry, freezer, timedelta(seconds=seconds))
        assert bleemeo.asked(METRICS_PATH) == asked


async def test_a_gap_that_is_noticed_during_a_comparison_is_looked_into_after_it(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The pending answer may be older than the missing alert."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    await pass_time(hass, entry, freezer, timedelta(minutes=5))
    asked = bleemeo.asked(METRICS_PATH)
    bleemeo.may_answer.clear()
    pressing = hass.async_create_task(press(hass))
    await asyncio.sleep(0)
    verdict = await receive(
        entry,
        id=None,
        status_changed_at="2026-11-21T08:01:00Z",
        previous_status_changed_at="2026-11-21T08:00:00Z",
    )
    assert (verdict, pressing.done()) == ("changed", False)
    bleemeo.may_answer.set()
    await pressing
    assert bleemeo.asked(METRICS_PATH) == asked + 1
    await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert bleemeo.asked(METRICS_PATH) == asked + 2


async def test_a_new_server_is_known_within_a_minute_of_its_first_alert(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Bleemeo has made it since the last comparison; several share the next one."""
    entry = entry_with_access
    await set_up(hass, entry)
    await pass_time(hass, entry, freezer, timedelta(minutes=5))
    asked = bleemeo.asked(METRICS_PATH)
    server = account.add_agent("db01")
    account.add_fact(server, "product_name", "PowerEdge R650")
    shop = account.add_agent("Shop", kind="connection_check")
    for agent in (server, shop):
        metric = account.add_metric(agent, "probe_success", "critical")
        await receive(entry, agent=agent, metric=metric, status=2)
    connectivity = "binary_sensor.shop_connectivity"
    assert connectivity not in states(hass)

    await pass_time(hass, entry, freezer, timedelta(seconds=10))
    assert bleemeo.asked(METRICS_PATH) == asked + 1
    devices = [
        device_registry.async_get_device_by_identifier((DOMAIN, uid), entry.entry_id)
        for uid in (server, shop)
    ]
    assert [each and (each.name, each.model) for each in devices] == [
        ("db01", "PowerEdge R650"),
        ("Shop", "Website monitor"),
    ]
    assert state(hass, connectivity).state == "off"


async def test_an_agent_that_bleemeo_does_not_list_is_looked_up_once(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Also after a reload."""
    entry = entry_with_access
    await set_up(hass, entry)
    await pass_time(hass, entry, freezer, timedelta(minutes=5))
    asked = bleemeo.asked(METRICS_PATH)
    for minute in range(2):
        await receive(entry, id=None, status_changed_at=f"2026-11-21T08:0{minute}:00Z")
        await pass_time(hass, entry, freezer, timedelta(minutes=5))
        assert bleemeo.asked(METRICS_PATH) == asked + 1
    await reload(hass, entry)
    await receive(entry, id=None, status_changed_at="2026-11-21T08:02:00Z")
    await pass_time(hass, entry, freezer, timedelta(minutes=5))
    assert bleemeo.asked(METRICS_PATH) == asked + 2


async def test_made_up_servers_have_bleemeo_asked_less_and_less_often(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Whoever has the address can make them up; a true one makes it prompt again."""
    entry = entry_with_access
    await set_up(hass, entry)
    await pass_time(hass, entry, freezer, timedelta(minutes=5))
    asked_at = []
    for minute in range(70):
        before = bleemeo.asked(METRICS_PATH)
        await receive(entry, agent=str(UUID(int=minute)), id=None)
        await pass_time(hass, entry, freezer, timedelta(minutes=1))
        asked_at += [minute] * (bleemeo.asked(METRICS_PATH) - before)
    assert asked_at == [0, 2, 6, 14, 30, 46, 62]

    def shown() -> set[str]:
        return {agent.name for agent in entry.runtime_data.hub.board.agents.values()}

    for name, minutes in (("db01", 16), ("db02", 1)):
        await receive(entry, agent=account.add_agent(name), id=None)
        for _ in range(minutes):
            await pass_time(hass, entry, freezer, timedelta(minutes=1))
        assert name in shown()


@pytest.mark.parametrize("off_by", [timedelta(days=400), timedelta(days=-400)])
async def test_a_doubt_is_looked_into_soon_although_the_clock_was_set(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    off_by: timedelta,
) -> None:
    """It was ahead or behind when Bleemeo was asked last, as at boot."""
    entry, now = entry_with_access, datetime.now(UTC)
    freezer.move_to(now + off_by)
    await set_up(hass, entry)
    asked = bleemeo.asked(METRICS_PATH)
    freezer.move_to(now)
    await receive(entry, agent=str(UUID(int=1)))
    due = entry.runtime_data.agreement.state["due"]
    assert timedelta() < due - datetime.now(UTC) <= timedelta(minutes=1)
    await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert bleemeo.asked(METRICS_PATH) == asked + 1


async def test_it_is_asked_when_home_assistant_cloud_is_back(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Alerts to its cloudhook were lost meanwhile."""
    hass.config.components.add("cloud")
    entry = entry_with_access
    with patch.object(cloud, "async_active_subscription", return_value=False):
        await set_up(hass, entry)
    states = cloud.CloudConnectionState
    for connection, asked in (
        (states.CLOUD_DISCONNECTED, 1),
        (states.CLOUD_CONNECTED, 2),
    ):
        async_dispatcher_send(hass, cloud.SIGNAL_CLOUD_CONNECTION_STATE, connection)
        await pass_time(hass, entry, freezer, timedelta(minutes=1))
        assert bleemeo.asked(METRICS_PATH) == asked


async def test_twenty_presses_are_one_comparison(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """Whoever is impatient costs nothing."""
    await set_up(hass, entry_with_access)
    asked = bleemeo.asked(METRICS_PATH)
    await asyncio.gather(*(press(hass) for _ in range(20)))
    assert bleemeo.asked(METRICS_PATH) == asked + 1


async def test_a_press_that_joins_a_comparison_says_what_became_of_it(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """Also if that one had begun by itself."""
    await set_up(hass, entry_with_access)
    bleemeo.faults[METRICS_PATH] = Fault(status=500)
    entry_with_access.runtime_data.agreement._start()
    with pytest.raises(HomeAssistantError) as error:
        await press(hass)
    assert error.value.translation_key == "api_failing"
    assert bleemeo.asked(METRICS_PATH) == 2


async def test_a_pause_outlives_a_reload(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Limits are shared by all that asks for the account; no doubt shortens it."""
    entry = entry_with_access
    bleemeo.faults[METRICS_PATH] = Fault(status=429, headers={"Retry-After": "3600"})
    await set_up(hass, entry)
    for _ in range(3):
        await reload(hass, entry)
        with pytest.raises(HomeAssistantError) as error:
            await press(hass)
        assert error.value.translation_key == "api_pause"
    await receive(entry, agent=OTHER_ACCOUNT)
    await pass_time(hass, entry, freezer, timedelta(minutes=59))
    assert bleemeo.asked(METRICS_PATH) == 1
    await pass_time(hass, entry, freezer, timedelta(minutes=2))
    assert bleemeo.asked(METRICS_PATH) == 2


async def test_a_pause_of_a_clock_that_was_ahead_ends_within_a_day(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """However many doubts there are meanwhile, and whatever is answered then."""
    entry, now = entry_with_access, datetime.now(UTC)
    bleemeo.faults[METRICS_PATH] = fault = Fault(status=429)
    freezer.move_to(now + timedelta(days=1000))
    await set_up(hass, entry)
    await stop(hass, entry)
    freezer.move_to(now)
    await hass.config_entries.async_setup(entry.entry_id)
    fault.status, fault.times = 500, 1
    for hour in range(1, 25):
        await receive(entry, agent=str(UUID(int=hour)))
        assert bleemeo.asked(METRICS_PATH) == 1
        await pass_time(hass, entry, freezer, timedelta(hours=1))
    assert bleemeo.asked(METRICS_PATH) == 2
    await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert bleemeo.asked(METRICS_PATH) == 3


async def test_the_webhook_and_the_stop_do_not_wait_for_a_server_that_stalls(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Users must not notice it."""
    entry = entry_with_access
    bleemeo.faults[METRICS_PATH] = Fault(stalls=True)
    await setup_integration(hass, entry)
    await bleemeo.met_fault(METRICS_PATH)
    client = await hass_client_no_auth()
    start = time.monotonic()
    response = await client.post(
        "/api/webhook/a-secret-that-only-bleemeo-knows", json=payload()
    )
    assert response.status == 200
    assert time.monotonic() - start < 5
    await hass.async_block_till_done()
    start = time.monotonic()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert time.monotonic() - start < 5


async def test_many_differences_are_all_shown(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """In batches, between which other tasks run."""
    entry = entry_with_access
    for number in range(250):
        account.add_metric(AGENT, f"metric_{number}", "warning")
    await set_up(hass, entry)
    assert state(hass, "sensor.bleemeo_warning").state == "250"
    assert state(hass, "sensor.bleemeo_corrected_statuses").state == "250"
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(250,)]


async def test_corrections_are_no_deliveries(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """They do not affect the sensors that tell whether deliveries work."""
    list_cpu(account, "critical")
    for prepare in (set_up, reload):
        await prepare(hass, entry_with_access)
        assert entry_with_access.runtime_data.hub.statistics.last_alert_at is None
    assert entry_with_access.unique_id == ACCOUNT


LISTED = 20


def list_warnings(account: Account) -> None:
    """Add a server with this many new warnings to Bleemeo."""
    for number in range(LISTED):
        account.add_metric(AGENT, f"metric{number}", "warning")


async def begin_to_correct(
    hass: HomeAssistant, events: list[Event], by_hand: bool = True
) -> asyncio.Task[None] | None:
    """Start a comparison, and return once it has raised some of the metrics."""
    [entry] = hass.config_entries.async_entries(DOMAIN)
    pressing = None
    if by_hand:
        pressing = hass.async_create_task(press(hass))
    else:
        entry.runtime_data.agreement._start()
    while not events:
        await asyncio.sleep(0)
    assert len(events) < LISTED
    return pressing


@pytest.fixture
def one_by_one() -> Generator[None]:
    """Let other tasks in the event loop run after each metric."""
    with patch("custom_components.bleemeo.hub.turn.TURN_SECONDS", -1):
        yield


@pytest.fixture
def no_second_look() -> Generator[None]:
    """Raise what was never seen at once."""
    with patch.object(reconcile.SecondLook, "confirm", lambda _, __, look: look):
        yield


@pytest.mark.usefixtures("one_by_one", "no_second_look")
@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_comparison_does_not_outlive_its_entry(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    by_hand: bool,
) -> None:
    """After a reload, the new set-up raises each metric once."""
    entry = entry_with_access
    await set_up(hass, entry)
    list_warnings(account)
    events = async_capture_events(hass, EVENT_ALERT)
    pressing = await begin_to_correct(hass, events, by_hand)
    assert await hass.config_entries.async_reload(entry.entry_id)
    if pressing is not None:
        with pytest.raises(HomeAssistantError) as error:
            await pressing
        assert error.value.translation_key == "hub_not_ready"
    await settle_agreement(hass, entry)
    raised = Counter(event.data["metric_id"] for event in events)
    assert set(raised.values()) == {1}
    assert len(raised) == LISTED
    assert state(hass, "sensor.bleemeo_warning").state == str(LISTED)


@pytest.mark.usefixtures("one_by_one", "no_second_look")
async def test_a_comparison_ends_with_the_entry_that_is_removed(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Nothing is announced or kept for a removed entry."""
    entry = entry_with_access
    await set_up(hass, entry)
    list_warnings(account)
    events = async_capture_events(hass, EVENT_ALERT)
    pressing = await begin_to_correct(hass, events)
    await hass.config_entries.async_remove(entry.entry_id)
    announced = len(events)
    assert pressing is not None
    with pytest.raises(HomeAssistantError):
        await pressing
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(events) == announced
    assert not list(Path(hass.config.path(".storage")).glob(f"{DOMAIN}*"))
    assert not hass.states.async_all()


@pytest.mark.usefixtures("no_second_look")
async def test_a_failed_unload_leaves_the_comparisons_working(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """They had been ended before the unload failed."""
    entry = entry_with_access
    await set_up(hass, entry)
    with patch.object(
        hass.config_entries, "async_unload_platforms", return_value=False
    ):
        assert not await hass.config_entries.async_unload(entry.entry_id)
    await settle_agreement(hass, entry)
    list_warnings(account)
    await entry.runtime_data.agreement.async_check_now()
    assert state(hass, "sensor.bleemeo_warning").state == str(LISTED)


async def test_nothing_is_compared_once_the_access_is_removed(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """The button is there until the reload that follows."""
    await set_up(hass, entry_with_access)
    asked = len(bleemeo.requests)
    await entry_with_access.runtime_data.agreement.async_close()
    with pytest.raises(HomeAssistantError) as error:
        await press(hass)
    assert error.value.translation_placeholders is not None
    assert (
        error.value.translation_placeholders["error"] == "the access to it was removed"
    )
    assert len(bleemeo.requests) == asked
