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

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.api import reconcile
from custom_components.bleemeo.api.client import ApiClient
from custom_components.bleemeo.const import (
    CONF_AGREEMENT_INTERVAL,
    CONF_REFRESH_TOKEN,
    DOMAIN,
    EVENT_ALERT,
)
from custom_components.bleemeo.hub import heartbeat
from custom_components.bleemeo.journal import Journal, JournalError
from homeassistant.components import cloud
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.const import (
    ATTR_ENTITY_ID,
    EVENT_HOMEASSISTANT_STARTED,
    EntityCategory,
)
from homeassistant.core import CoreState, Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util.file import WriteError
from scripts.simulated_api import Account, Fault, SimulatedApi
from tests import (
    ACCOUNT,
    AGENT,
    METRIC,
    OTHER_ACCOUNT,
    a_day,
    journal_rows,
    kept_token,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
    state,
    states,
)

AGENTS_PATH = "/v1/agent/"
METRICS_PATH = "/v1/metric/"
CPU = a_day()[0]
CPU_STATUS = "sensor.web01_example_com_cpu_status"


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up the entry, and wait until the board agrees, also on a second look."""
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    await look_again(hass, entry)


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Reload the integration."""
    await hass.config_entries.async_reload(entry.entry_id)
    await settle_agreement(hass, entry)
    await look_again(hass, entry)


async def stop(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload the entry, and forget that Home Assistant ran."""
    await hass.config_entries.async_unload(entry.entry_id)
    del hass.data[heartbeat._SEEN]


async def receive(entry: MockConfigEntry, **fields: Any) -> str:
    """Deliver an alert about the CPU of web01, and return the verdict."""
    return await receive_alert(entry, payload(**fields))


def issues(issue_registry: ir.IssueRegistry) -> set[str | None]:
    """Return the issues about the API."""
    keys = {issue.translation_key for issue in issue_registry.issues.values()}
    return keys & {"api_away", "api_unusable"}


async def pass_time(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    delta: timedelta,
) -> None:
    """Move the time forward, and run what is due."""
    freezer.tick(delta)
    async_fire_time_changed(hass)
    await settle_agreement(hass, entry)


async def set_up_with_alert(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account, **fields: Any
) -> None:
    """Set up the entry, and deliver an alert about the CPU that Bleemeo agrees with."""
    list_cpu(account, "ok")
    await set_up(hass, entry)
    assert await receive(entry, **fields) == "changed"
    account.set_status(CPU["metric"], "warning")


def list_cpu(account: Account, status: str, **row: Any) -> None:
    """Add web01 and its CPU to Bleemeo, as in the alerts of the day."""
    account.add_agent("web01.example.com", CPU["agent"])
    account.add_metric(CPU["agent"], "cpu_used", status, uid=CPU["metric"], **row)


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
    new = state(hass, "sensor.web01_example_com_disk_used_home_status")
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


async def test_metrics_that_are_fine_and_were_never_seen_stay_unseen(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Thousands of them would be of no use."""
    for number in range(50):
        account.add_metric(AGENT, f"metric_{number}")
    await set_up(hass, entry_with_access)
    assert not any("metric" in entity_id for entity_id in states(hass))
    assert state(hass, "sensor.bleemeo_last_agreement").state != "unknown"


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
    after = states(hass)
    del before["sensor.bleemeo_last_agreement"], after["sensor.bleemeo_last_agreement"]
    assert after == before
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


async def test_the_alert_of_a_change_that_was_found_is_no_second_event(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """What it says is taken over, and an older alert does not revert it."""
    entry = entry_with_access
    list_cpu(account, "critical")
    await set_up(hass, entry)
    entity_id = "sensor.web01_example_com_cpu_used_status"
    events = async_capture_events(hass, EVENT_ALERT)
    now = datetime.now(UTC)
    changed_at = {
        status: (now - timedelta(seconds=seconds)).isoformat()
        for status, seconds in ((2, 60), (0, 40))
    }
    alert = {
        "title": "web01 - CPU is Critical",
        "text": "Current value: 99.00",
        "status_changed_at": changed_at[2],
    }
    assert await receive(entry, status=2, **alert) == "repeat"
    assert await receive(entry, status=2, **alert) == "repeat"
    assert (
        await receive(entry, id=None, status=0, status_changed_at=changed_at[0])
        == "late"
    )
    await hass.async_block_till_done()
    assert not events

    async def check() -> None:
        cpu = state(hass, entity_id)
        assert cpu.state == "critical"
        assert cpu.name == "web01.example.com CPU status"
        told = {key: cpu.attributes[key] for key in ("text", "event_id", "value")}
        assert told == {
            "text": "Current value: 99.00",
            "event_id": payload()["id"],
            "value": 99.0,
        }
        assert cpu.attributes["status_changed_at"] == changed_at[2]

    await check()
    await reload(hass, entry)
    await check()
    assert not events
    # a later one is news
    later = (now + timedelta(minutes=5)).isoformat()
    await receive(entry, id=None, status=0, status_changed_at=later)
    await hass.async_block_till_done()
    assert [event.data["change"] for event in events] == ["cleared"]


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


async def test_it_is_asked_later_and_later_where_the_service_is_away(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    issue_registry: ir.IssueRegistry,
) -> None:
    """An issue is raised if it lasts; alerts still arrive."""
    caplog.set_level(logging.INFO)
    entry = entry_with_access
    list_cpu(account, "critical")
    bleemeo.faults[AGENTS_PATH] = Fault(status=503, times=99)
    await set_up(hass, entry)
    for minutes, asked in ((1, 2), (1, 2), (1, 3), (4, 4), (8, 5), (16, 6), (60, 7)):
        is_told = bleemeo.asked(AGENTS_PATH) >= 4
        assert issues(issue_registry) == ({"api_away"} if is_told else set())
        await pass_time(hass, entry, freezer, timedelta(minutes=minutes))
        assert bleemeo.asked(AGENTS_PATH) == asked
    assert await receive(entry) == "changed"
    bleemeo.faults.clear()
    await pass_time(hass, entry, freezer, timedelta(hours=1))
    assert not issues(issue_registry)
    assert caplog.text.count("Bleemeo could not be asked") == 1
    assert caplog.text.count("Bleemeo could be asked again") == 1
    assert "refresh-" not in caplog.text
    assert "access-" not in caplog.text


async def test_a_pause_that_is_asked_for_is_kept(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The button keeps it too, and says so."""
    entry = entry_with_access
    bleemeo.faults[METRICS_PATH] = Fault(status=429, headers={"Retry-After": "600"})
    await set_up(hass, entry)
    await pass_time(hass, entry, freezer, timedelta(minutes=9))
    with pytest.raises(HomeAssistantError) as error:
        await press(hass)
    assert error.value.translation_key == "api_pause"
    assert error.value.translation_placeholders == {
        "entry": "Bleemeo",
        "error": "it asks for a pause",
        "seconds": "60",
    }
    assert bleemeo.asked(METRICS_PATH) == 1
    await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert bleemeo.asked(METRICS_PATH) == 2
    await press(hass)


async def press(hass: HomeAssistant) -> None:
    """Press the button."""
    await hass.services.async_call(
        BUTTON_DOMAIN,
        SERVICE_PRESS,
        {ATTR_ENTITY_ID: "button.bleemeo_check_now"},
        blocking=True,
    )


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
    assert state(hass, "sensor.bleemeo_critical_alerts").state == "1"


async def test_the_entities_of_the_agreement_are_diagnostics(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """They are on the account's device, with the ids that automations use."""
    await set_up(hass, entry_with_access)
    for entity_id, key in (
        ("button.bleemeo_check_now", "check_now"),
        ("sensor.bleemeo_last_agreement", "last_agreement"),
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
        (Fault(status=500), "api_away"),
        (Fault(body="{"), "api_unusable"),
        (Fault(status=401, times=2), "api_away"),
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


async def test_names_in_bleemeo_are_names_here(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Names of agents only; a metric keeps its title's name, made for people."""
    entry = entry_with_access
    list_cpu(account, "ok")
    account.agents[CPU["agent"]]["display_name"] = "Web server"
    await set_up(hass, entry)
    await receive(entry, text="Current value: 85.00")

    def names() -> tuple[str | None, str]:
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, CPU["agent"]), entry.entry_id
        )
        assert device is not None
        metric = entry.runtime_data.hub.board.metrics[CPU["agent"], CPU["metric"]]
        return device.name, metric.name

    assert names() == ("Web server", "CPU")

    account.agents[CPU["agent"]]["display_name"] = "Shop"
    account.metrics[CPU["metric"]]["unit_text"] = "%"
    account.set_status(CPU["metric"], "critical")
    account.metrics[CPU["metric"]]["status_descriptions"] = ["Current value: 99.00"]
    await press(hass)
    assert names() == ("Shop", "CPU")
    (cpu,) = [each for each in hass.states.async_all("sensor") if "CPU" in each.name]
    assert cpu.name == "Shop CPU status"
    assert (cpu.attributes["value"], cpu.attributes["unit"]) == (99.0, "%")

    await hass.config_entries.async_unload(entry.entry_id)
    # before Bleemeo is asked again
    with patch("custom_components.bleemeo.api.agreement.Agreement.async_begin"):
        await hass.config_entries.async_setup(entry.entry_id)
    assert names() == ("Shop", "CPU")
    assert state(hass, "sensor.bleemeo_corrected_statuses").state == "1"
    assert state(hass, "sensor.bleemeo_last_agreement").state != "unknown"


@pytest.mark.parametrize(
    "stored",
    [
        {"version": 9, "minor_version": 1, "data": {}},
        {"version": 1, "minor_version": 1, "data": {"agents": {}}},
        {"version": 1, "minor_version": 1, "data": {"agreed_at": 7}},
        {"version": 1, "minor_version": 1, "data": [7]},
        {
            "version": 1,
            "minor_version": 1,
            "data": {
                "agents": [7],
                "metrics": {"a": 7, "b": ["c"]},
                "twins": {"a": 7},
                "forgotten": {},
                "agreed_at": "2026-11-24",
                "corrected": "many",
                "not_before": [],
            },
        },
    ],
)
async def test_names_that_cannot_be_read_are_no_reason_to_take_no_alerts(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    hass_storage: dict[str, Any],
    stored: dict[str, Any],
) -> None:
    """The next comparison brings them back."""
    key = f"{DOMAIN}.{entry_with_access.entry_id}.catalogue"
    hass_storage[key] = {"key": key, **stored}
    await set_up(hass, entry_with_access)
    agents = entry_with_access.runtime_data.agreement.catalogue.agents
    assert [agent.name for agent in agents.values()] == ["web01"]


async def test_what_bleemeo_has_no_longer_goes(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Metrics, and agents with all of their metrics."""
    entry = entry_with_access
    for metric in ("disk", "memory"):
        account.add_metric(CPU["agent"], metric, "critical")
        account.add_metric(AGENT, metric, "critical")
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    board = entry.runtime_data.hub.board
    assert len(board.metrics) == 5

    account.metrics = {
        uid: row
        for uid, row in account.metrics.items()
        if row["agent"] == CPU["agent"] and row["label"] != "disk"
    }
    del account.agents[AGENT]
    await press(hass)
    await hass.async_block_till_done()
    assert {metric.name for metric in board.metrics.values()} == {"CPU", "memory"}
    assert list(board.agents) == [CPU["agent"]]
    assert not device_registry.async_get_device_by_identifier(
        (DOMAIN, AGENT), entry.entry_id
    )
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(2,)]


async def test_what_is_corrected_counts_also_where_the_rest_comes_to_nothing(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The rest is done later, except what the user did meanwhile."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    other = account.add_metric(CPU["agent"], "other", "critical")
    await press(hass)
    await look_again(hass, entry)
    assert len(entry.runtime_data.hub.board.metrics) == 2
    account.set_status(other, "warning")
    del account.metrics[CPU["metric"]]
    path = f"{METRICS_PATH}{CPU['metric']}/"
    bleemeo.faults[path] = Fault(status=500)
    # the server's clock ticks in whole seconds
    freezer.tick(1)
    with pytest.raises(HomeAssistantError):
        await press(hass)
    assert state(hass, "sensor.bleemeo_corrected_statuses").state == "2"

    find_gone = ApiClient.async_find_gone

    async def find_gone_slowly(*args: Any) -> Any:
        gone = await find_gone(*args)
        await hass.services.async_call(
            DOMAIN, "forget", {ATTR_ENTITY_ID: CPU_STATUS}, blocking=True
        )
        return gone

    with patch.object(ApiClient, "async_find_gone", find_gone_slowly):
        await press(hass)
    assert [
        metric.name for metric in entry.runtime_data.hub.board.metrics.values()
    ] == ["other"]


async def test_what_bleemeo_never_had_stays(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Test alerts, and agents that the login cannot see."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", uid=METRIC)
    await set_up(hass, entry)
    await receive(entry)
    await receive(entry, agent=AGENT, metric=OTHER_ACCOUNT)
    await receive(entry, agent=AGENT, metric=None)
    await hass.services.async_call(
        DOMAIN, "send_test_alert", {"status": "critical"}, blocking=True
    )
    await press(hass)
    await reload(hass, entry)
    assert len(entry.runtime_data.hub.board.metrics) == 4


@pytest.mark.parametrize("is_gone_too", [False, True])
async def test_what_was_gone_before_the_start_goes_too(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    is_gone_too: bool,
) -> None:
    """What Bleemeo had is remembered; inactive metrics stay."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", uid=METRIC)
    await set_up_with_alert(hass, entry, account)
    await hass.config_entries.async_unload(entry.entry_id)
    if is_gone_too:
        del account.metrics[CPU["metric"]]
    else:
        account.metrics[CPU["metric"]]["deactivated_at"] = "2026-11-24T08:00:00Z"
    await hass.config_entries.async_setup(entry.entry_id)
    await settle_agreement(hass, entry)
    assert bool(entry.runtime_data.hub.board.metrics) is not is_gone_too


async def test_an_inactive_metric_is_not_asked_for_each_time(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
) -> None:
    """Every other comparison is enough."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", uid=METRIC)
    await set_up_with_alert(hass, entry, account)
    account.metrics[CPU["metric"]]["deactivated_at"] = "2026-11-24T08:00:00Z"
    for asked in (1, 1, 2, 2):
        await press(hass)
        assert bleemeo.asked(f"{METRICS_PATH}{CPU['metric']}/") == asked


@pytest.mark.parametrize("path", [AGENTS_PATH, METRICS_PATH])
@pytest.mark.parametrize(
    "body",
    [
        '{"count": 0, "next": null, "results": []}',
        '{"count": 9, "next": null, "results": []}',
    ],
)
async def test_nothing_goes_because_of_an_empty_or_short_list(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    path: str,
    body: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Even though Bleemeo would say of each that it does not exist."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    account.agents.clear()
    rows, account.metrics = account.metrics, {}
    bleemeo.faults[path] = Fault(body=body)
    if path == AGENTS_PATH:
        account.metrics = rows
    else:
        account.add_agent("web01.example.com", CPU["agent"])
    agreed_at = entry.runtime_data.agreement.catalogue.agreed_at
    with pytest.raises(HomeAssistantError, match="empty, or changed"):
        await press(hass)
    assert len(entry.runtime_data.hub.board.metrics) == 1
    # that was no agreement, and is tried again within minutes
    assert entry.runtime_data.agreement.catalogue.agreed_at == agreed_at
    account.agents = {CPU["agent"]: {"id": CPU["agent"], "display_name": "web01"}}
    account.metrics = rows
    await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert entry.runtime_data.agreement.catalogue.agreed_at > agreed_at


async def test_nothing_goes_where_most_servers_are_hidden_at_once(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """The login may see fewer than before."""
    entry = entry_with_access
    others = [account.add_agent(f"db{number}") for number in range(3)]
    for agent in others:
        account.add_metric(agent, "cpu_used", "critical")
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    for agent in others:
        del account.agents[agent]
    await press(hass)
    assert len(entry.runtime_data.hub.board.metrics) == 4


async def test_a_server_that_is_set_up_anew_keeps_its_names(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """What goes, goes before what comes."""
    entry = entry_with_access
    old = account.add_agent("db01")
    account.add_metric(old, "cpu_used", "critical")
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    assert state(hass, "sensor.db01_cpu_used_status").attributes["agent_id"] == old
    del account.agents[old]
    account.metrics = {
        uid: row for uid, row in account.metrics.items() if row["agent"] != old
    }
    new = account.add_agent("db01")
    account.add_metric(new, "cpu_used", "critical")
    await press(hass)
    await look_again(hass, entry)
    assert state(hass, "sensor.db01_cpu_used_status").attributes["agent_id"] == new
    assert not [each for each in states(hass) if each.endswith("_2")]


async def test_all_that_is_missing_is_asked_for_bit_by_bit(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """By itself, 50 at a time."""
    entry = entry_with_access
    ids = [account.add_metric(AGENT, f"metric{n}", "warning") for n in range(120)]
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    board = entry.runtime_data.hub.board
    assert len(board.metrics) == 121
    for uid in ids:
        del account.metrics[uid]
    await press(hass)
    for left in (71, 21, 1):
        assert len(board.metrics) == left
        await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert sum(f"{METRICS_PATH}{uid}/" in dict(bleemeo.requests) for uid in ids) == 120


async def test_what_a_person_forgot_stays_forgotten_until_its_next_alert(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Also across a restart, though Bleemeo has it at critical."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    await hass.services.async_call(
        DOMAIN, "forget", {ATTR_ENTITY_ID: CPU_STATUS}, blocking=True
    )
    account.set_status(CPU["metric"], "critical")
    board = entry.runtime_data.hub.board
    await press(hass)
    await pass_time(hass, entry, freezer, timedelta(hours=7))
    assert not board.metrics
    await reload(hass, entry)
    await pass_time(hass, entry, freezer, timedelta(hours=7))
    board = entry.runtime_data.hub.board
    assert not board.metrics
    await receive(entry)
    await press(hass)
    assert [metric.alert.status.word for metric in board.metrics.values()] == [
        "critical"
    ]


async def test_a_metric_and_its_status_are_one(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """It is not known which one alerts name: the one shown is used, else the first."""
    entry = entry_with_access
    list_cpu(account, "critical")
    account.add_metric(
        CPU["agent"], "cpu_used_status", "critical", status_of=CPU["metric"]
    )
    base = account.add_metric(AGENT, "disk_used", "critical")
    named = account.add_metric(AGENT, "disk_used_status", "warning", status_of=base)
    bare = account.add_metric(AGENT, "memory", current_status=None)
    account.add_metric(AGENT, "memory_status", "critical", status_of=bare)
    with patch("custom_components.bleemeo.api.agreement.Agreement.async_begin"):
        await setup_integration(hass, entry)
    await receive(entry, agent=AGENT, metric=named, title="web01 - Disk is Critical")
    account.set_status(named, "critical")
    await press(hass)
    await look_again(hass, entry)
    metrics = entry.runtime_data.hub.board.metrics
    assert sorted((each.name, each.alert.status.word) for each in metrics.values()) == [
        ("CPU used", "critical"),
        ("Disk", "critical"),
        ("memory", "critical"),
    ]

    # whichever an alert names, it is the one that is shown, also after a restart
    later = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    for _ in range(2):
        for number, uid in enumerate((base, named)):
            await receive(
                entry,
                id=None,
                agent=AGENT,
                metric=uid,
                status=number,
                status_changed_at=later,
            )
        await hass.config_entries.async_unload(entry.entry_id)
        with patch("custom_components.bleemeo.api.agreement.Agreement.async_begin"):
            await hass.config_entries.async_setup(entry.entry_id)
        metrics = entry.runtime_data.hub.board.metrics
        assert len(metrics) == 3
        assert metrics[AGENT, named].alert.status.word == "warning"


async def test_a_metric_and_its_status_that_are_both_shown_become_one(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Each came by an alert, before Bleemeo told that they are one."""
    entry = entry_with_access
    half = account.add_metric(
        CPU["agent"], "cpu_used_status", "critical", status_of=CPU["metric"]
    )
    list_cpu(account, "critical")
    with patch("custom_components.bleemeo.api.agreement.Agreement.async_begin"):
        await setup_integration(hass, entry)
    await receive(entry, status=2)
    await receive(
        entry, id=None, status=2, metric=half, status_changed_at="2026-11-24T08:00:00Z"
    )
    metrics = entry.runtime_data.hub.board.metrics
    assert len(metrics) == 2
    await press(hass)
    assert list(metrics) == [(CPU["agent"], half)]
    assert state(hass, "sensor.bleemeo_critical_alerts").state == "1"


async def test_a_new_token_is_on_disk_before_anything_is_asked_with_it(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """Each token works only once, and Home Assistant may be killed at any time."""
    entry = entry_with_access
    await set_up(hass, entry)
    hub, login = entry.runtime_data.hub, entry.data[CONF_REFRESH_TOKEN]
    on_disk: list[bool] = []
    list_all = ApiClient.async_read

    async def list_and_look(*args: Any, **filters: Any) -> Any:
        found = await list_all(*args, **filters)
        on_disk.append({kept_token(hass, entry)} == bleemeo.refresh_tokens)
        return found

    with patch.object(ApiClient, "async_read", list_and_look):
        for _ in range(3):
            bleemeo.expire()
            await press(hass)
    assert on_disk
    assert all(on_disk)
    assert entry.runtime_data.hub is hub
    # the entry itself never changes
    assert entry.data[CONF_REFRESH_TOKEN] == login
    await reload(hass, entry)
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_a_full_disk_locks_nobody_out(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """No token is exchanged that could not be written down."""
    entry = entry_with_access
    await set_up(hass, entry)
    bleemeo.expire()
    asked = bleemeo.asked("/o/token/")
    with (
        patch(
            "custom_components.bleemeo.api.tokens.save_json",
            side_effect=WriteError("no room"),
        ),
        pytest.raises(HomeAssistantError, match="no room"),
    ):
        await press(hass)
    assert bleemeo.asked("/o/token/") == asked
    await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert {kept_token(hass, entry)} == bleemeo.refresh_tokens


@pytest.mark.parametrize("text", ["", "[]", '{"token": 7}', "[" * 100_000])
async def test_a_token_file_of_another_form_stops_nothing(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    text: str,
) -> None:
    """The token of the login may still be good."""
    entry = entry_with_access
    path = Path(hass.config.path(".storage", f"bleemeo.{entry.entry_id}.token"))
    path.parent.mkdir()
    path.write_text(text)
    await set_up(hass, entry)
    assert {kept_token(hass, entry)} == bleemeo.refresh_tokens


async def test_a_reload_waits_for_a_token_on_its_way(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """The next set-up would begin with one that was used."""
    entry = entry_with_access
    await set_up(hass, entry)
    bleemeo.expire()
    bleemeo.held = "/o/token/"
    bleemeo.may_answer.clear()
    pressing = hass.async_create_task(press(hass))
    while {kept_token(hass, entry)} == bleemeo.refresh_tokens:
        await asyncio.sleep(0.01)
    reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
    await asyncio.sleep(0.1)
    assert not reloading.done()
    bleemeo.may_answer.set()
    assert await reloading
    with pytest.raises(HomeAssistantError):
        await pressing
    await settle_agreement(hass, entry)
    assert {kept_token(hass, entry)} == bleemeo.refresh_tokens
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_a_person_is_asked_for_a_login_after_three_refusals(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is tried slowly, nothing else is asked, and the prompt goes if one works."""
    entry = entry_with_access
    await set_up(hass, entry)
    bleemeo.expire()
    tokens, bleemeo.refresh_tokens = bleemeo.refresh_tokens, set()
    flows = hass.config_entries.flow
    with patch("custom_components.bleemeo.api.agreement.uniform", return_value=1.2):
        await pass_time(hass, entry, freezer, timedelta(hours=7))
        for minutes, asked in ((11, 1), (2, 1), (23, 2), (2, 2)):
            assert bleemeo.asked("/o/token/") == 1 + asked
            assert not flows.async_progress_by_handler(DOMAIN)
            with pytest.raises(HomeAssistantError) as error:
                await press(hass)
            assert error.value.translation_key == "api_refused"
            entry.runtime_data.agreement.async_ask_soon()
            await pass_time(hass, entry, freezer, timedelta(minutes=minutes))
    assert len(flows.async_progress_by_handler(DOMAIN)) == 1
    bleemeo.refresh_tokens = tokens
    await pass_time(hass, entry, freezer, timedelta(hours=2))
    assert not flows.async_progress_by_handler(DOMAIN)
    assert not issues_of_reauth(hass)
    await press(hass)


def issues_of_reauth(hass: HomeAssistant) -> list[str]:
    """Return the repairs that ask for a login."""
    return [each for _, each in ir.async_get(hass).issues if "reauth" in each]


async def test_maintenance_is_said_calmly_and_nothing_is_asked_meanwhile(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    issue_registry: ir.IssueRegistry,
) -> None:
    """It is no failure, however long it takes."""
    caplog.set_level(logging.INFO)
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    bleemeo.is_maintained = True
    bleemeo.requests.clear()
    with pytest.raises(HomeAssistantError) as error:
        await press(hass)
    assert error.value.translation_key == "api_maintenance"
    for _ in range(9):
        await pass_time(hass, entry, freezer, timedelta(minutes=11))
    assert {path for path, _ in bleemeo.requests} == {"/v1/info/"}
    assert not issues(issue_registry)
    assert caplog.text.count("under maintenance") == 1
    bleemeo.is_maintained = False
    account.set_status(CPU["metric"], "critical")
    await pass_time(hass, entry, freezer, timedelta(minutes=11))
    assert state(hass, CPU_STATUS).state == "critical"


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
    assert error.value.translation_key == "api_away"
    assert bleemeo.asked(METRICS_PATH) == 2


async def test_a_pause_outlives_a_reload(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Limits are shared by all that asks for the account."""
    entry = entry_with_access
    bleemeo.faults[METRICS_PATH] = Fault(status=429, headers={"Retry-After": "3600"})
    await set_up(hass, entry)
    for _ in range(3):
        await reload(hass, entry)
        with pytest.raises(HomeAssistantError) as error:
            await press(hass)
        assert error.value.translation_key == "api_pause"
    assert bleemeo.asked(METRICS_PATH) == 1
    await pass_time(hass, entry, freezer, timedelta(minutes=61))
    assert bleemeo.asked(METRICS_PATH) == 2


async def test_what_was_never_seen_is_raised_at_the_second_look(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The list knows no grace: a short peak or a silence is no alert."""
    entry = entry_with_access
    peak = account.add_metric(AGENT, "peak", "critical")
    lasting = account.add_metric(AGENT, "lasting", "critical")
    events = async_capture_events(hass, EVENT_ALERT)
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    await press(hass)
    assert not events
    account.set_status(peak, "ok")
    await pass_time(hass, entry, freezer, timedelta(minutes=2))
    await hass.async_block_till_done()
    assert [event.data["metric_id"] for event in events] == [lasting]
    account.set_status(peak, "critical")
    await press(hass)
    assert len(events) == 1


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
    assert state(hass, "sensor.bleemeo_warning_alerts").state == "250"
    assert state(hass, "sensor.bleemeo_corrected_statuses").state == "250"
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(250,)]


async def test_corrections_are_no_deliveries(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """They do not affect the sensors that tell whether deliveries work."""
    list_cpu(account, "critical")
    await set_up(hass, entry_with_access)
    assert state(hass, "sensor.bleemeo_last_alert").state == "unknown"
    await reload(hass, entry_with_access)
    assert state(hass, "sensor.bleemeo_last_alert").state == "unknown"
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
    with patch("custom_components.bleemeo.api.reconcile.TURN_SECONDS", -1):
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
    assert state(hass, "sensor.bleemeo_warning_alerts").state == str(LISTED)


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
    assert state(hass, "sensor.bleemeo_warning_alerts").state == str(LISTED)


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
