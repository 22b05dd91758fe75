"""Tests of test alerts, as a person sends them."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
import voluptuous as vol

from custom_components.bleemeo.const import EVENT_ALERT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from tests import ACCOUNT, payload, setup_integration, state
from tests.conftest import Deliver

from . import (
    ACCOUNT_STATUS,
    CPU,
    NAS,
    NEEDS_ATTENTION,
    UPS,
    attribute,
    call,
    get_alerts,
    get_deliveries,
)

TEST = "sensor.test_test"
CRITICAL = "sensor.bleemeo_critical"


async def wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Let time pass."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_test_alert_takes_the_way_of_all_alerts(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It does not pin the account, and survives a restart."""
    await setup_integration(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)
    text = "Current value: 95.00 %"
    await call(hass, "send_test_alert", status="critical", text=text)
    assert state(hass, TEST).state == "critical"
    assert attribute(hass, TEST, "value") == 95.0
    await call(hass, "send_test_alert", status="ok")
    await call(hass, "send_test_alert", status="unknown", host="db", metric="Disk")
    assert [
        (event.data["source"], event.data["change"], event.data["host"])
        for event in events
    ] == [
        ("test", "raised", "Test"),
        ("test", "cleared", "Test"),
        ("test", "raised", "db"),
    ]
    assert not any(event.data["unseen_change"] for event in events)
    assert entry.unique_id is None
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.unique_id is None
    assert state(hass, TEST).state == "ok"
    [delivery, *_] = await get_deliveries(hass, entry)
    assert delivery["source"] == "test"
    assert delivery["body"]["title"] == "db - Disk is unknown (test)"


async def test_a_test_alert_is_of_the_account_that_is_there(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """So that automations see no difference."""
    await deliver(payload())
    events = async_capture_events(hass, EVENT_ALERT)
    await call(hass, "send_test_alert", status="warning")
    assert events[0].data["account_id"] == ACCOUNT


@pytest.mark.usefixtures("day")
async def test_it_is_marked_everywhere_and_counted_by_no_account(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """In title, text, event, attributes and list, also after a restart."""
    before = {each: state(hass, each).state for each in (CRITICAL, NEEDS_ATTENTION)}
    events = async_capture_events(hass, EVENT_ALERT)
    await call(hass, "send_test_alert", status="critical", text="Oh no")
    data = events[0].data
    assert data["is_test"]
    assert data["title"] == "Test - Test is critical (test)"
    assert data["text"] == "This is a test.\nOh no"
    assert state(hass, "sensor.test_status").state == "critical"
    for _ in range(2):
        assert attribute(hass, TEST, "is_test")
        assert not attribute(hass, UPS, "is_test")
        assert {each: state(hass, each).state for each in before} == before
        assert attribute(hass, "sensor.test_status", "needs_attention") == 1
        assert attribute(hass, ACCOUNT_STATUS, "open") == 5
        alerts = await get_alerts(hass, severity="critical")
        assert [alert["is_test"] for alert in alerts].count(True) == 1
        await hass.config_entries.async_reload(entry.entry_id)
    await call(hass, "forget", entity_id="sensor.test_status")
    assert {each: state(hass, each).state for each in before} == before


async def test_a_test_alone_is_no_trouble_of_the_account(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """Neither by its status nor by its problem."""
    await deliver(payload(status=0))
    await call(hass, "send_test_alert", status="critical")
    assert state(hass, ACCOUNT_STATUS).state == "ok"
    assert state(hass, "binary_sensor.bleemeo_problem").state == "off"


@pytest.mark.parametrize("is_reloaded", [False, True])
async def test_it_clears_by_itself_after_a_time(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    is_reloaded: bool,
) -> None:
    """Also if Home Assistant was restarted meanwhile."""
    await setup_integration(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)
    await call(hass, "send_test_alert", status="critical", clear_after=60)
    await wait(hass, freezer, 59)
    assert state(hass, TEST).state == "critical"
    if is_reloaded:
        await hass.config_entries.async_reload(entry.entry_id)
    await wait(hass, freezer, 2)
    assert state(hass, TEST).state == "ok"
    assert [event.data["change"] for event in events] == ["raised", "cleared"]
    assert events[-1].data["is_test"]
    await wait(hass, freezer, 600)
    assert len(events) == 2


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("is_reloaded", [False, True])
async def test_a_real_metric_is_tested_and_then_what_it_was(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    is_reloaded: bool,
) -> None:
    """After five minutes, if no other time is given."""
    names = {key: attribute(hass, CPU, key) for key in ("title", "text", "event_id")}
    events = async_capture_events(hass, EVENT_ALERT)
    await call(hass, "send_test_alert", status="critical", entity_id=CPU, text="Oh no")
    assert state(hass, CPU).state == "critical"
    assert (events[0].data["host"], events[0].data["metric_name"]) == (
        "web01.example.com",
        "CPU",
    )
    assert attribute(hass, CPU, "text") == "This is a test.\nOh no"
    assert state(hass, CRITICAL).state == "2"
    # a second one does not take the place of the real one
    freezer.tick(1)
    await call(hass, "send_test_alert", status="warning", entity_id=CPU)
    if is_reloaded:
        await hass.config_entries.async_reload(entry.entry_id)
    await wait(hass, freezer, 299)
    assert state(hass, CPU).state == "warning"
    await wait(hass, freezer, 2)
    assert state(hass, CPU).state == "ok"
    assert {key: attribute(hass, CPU, key) for key in names} == names
    assert not attribute(hass, CPU, "is_test")
    changes = [event.data["change"] for event in events]
    assert changes == ["raised", "eased", "cleared"]
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, CPU).state == "ok"


@pytest.mark.usefixtures("day")
async def test_a_real_alert_ends_a_test(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Even one that is older than the test: it must not be missed for it."""
    times = ("status_changed_at", "created_at", "modified_at")
    await call(hass, "send_test_alert", status="ok", entity_id=CPU, clear_after=60)
    evenlater = dict.fromkeys(times, "2026-11-22T10:00:00Z")
    await deliver(payload(status=1, id=None, **evenlater))
    assert state(hass, CPU).state == "warning"
    assert not attribute(hass, CPU, "is_test")
    await wait(hass, freezer, 61)
    assert state(hass, CPU).state == "warning"


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"clear_after": 0}, "shorter than a second"),
        ({"clear_after": {"days": 10**12}}, "longer than ten years"),
        ({"entity_id": NAS, "host": "db"}, "give only one"),
        ({"entity_id": NAS, "metric": "CPU"}, "give only one"),
        ({"entity_id": NEEDS_ATTENTION}, "has no metric"),
        ({"entity_id": [CPU, UPS]}, "^UPS .* has an alert of its own"),
        ({"entity_id": "sun.sun"}, "sun.sun is not an entity"),
        ({"config_entry_id": "nothing"}, "nothing"),
    ],
    ids=str,
)
async def test_an_impossible_test_alert_says_what_is_possible(
    hass: HomeAssistant, wrong: dict[str, Any], words: str
) -> None:
    """For times, targets and entries."""
    before = len(hass.states.async_all())
    with pytest.raises(ServiceValidationError, match=words):
        await call(hass, "send_test_alert", status="critical", **wrong)
    assert len(hass.states.async_all()) == before


async def test_a_test_alert_has_a_status_and_names(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The error says which there are."""
    await setup_integration(hass, entry)
    with pytest.raises(vol.Invalid, match="critical.*ok|ok.*critical"):
        await call(hass, "send_test_alert", status="terrible")
    for wrong in ({"host": " "}, {"metric": ""}):
        with pytest.raises(vol.Invalid):
            await call(hass, "send_test_alert", status="ok", **wrong)


async def test_it_goes_to_few_metrics_at_once(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """A person who picks the account by mistake alarms nobody."""
    for number in range(11):
        metric = f"00000000-0000-4000-8000-{number:012}"
        await deliver(payload(metric=metric, title=f"web01 - Disk {number} is Warning"))
    with pytest.raises(ServiceValidationError, match="has 11 metrics, .* at most 10"):
        await call(hass, "send_test_alert", status="critical", entity_id=ACCOUNT_STATUS)


async def test_with_several_accounts_the_error_says_which_there_are(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """By what is to be given, and by their names."""
    await setup_integration(hass, entry)
    other = MockConfigEntry(
        domain="bleemeo", title="Customer", entry_id="two", data={"webhook_id": "other"}
    )
    await setup_integration(hass, other)
    words = r"config_entry_id: 01JBLEEMEO0000000000000000 \(Bleemeo\), two \(Customer\)"
    with pytest.raises(ServiceValidationError, match=words):
        await call(hass, "send_test_alert", status="critical")
    await call(hass, "send_test_alert", status="critical", config_entry_id="two")
    assert len(other.runtime_data.hub.board.metrics) == 1
