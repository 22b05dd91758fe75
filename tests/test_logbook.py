"""Tests of what the logbook says about an alert."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import (
    EVENT_ACKNOWLEDGEMENT,
    EVENT_ALERT,
    EVENT_FLAPPING_ENDED,
    EVENT_SILENCE,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar

from . import a_day, give_names, payload
from .conftest import Deliver, Describe
from .services import DISK, NAS, UPS, call

LATER = dict.fromkeys(
    ("status_changed_at", "created_at", "modified_at"), "2026-11-21T10:00:00Z"
)


async def test_each_change_reads_as_a_sentence(
    hass: HomeAssistant, deliver: Deliver, describe: Describe
) -> None:
    """Host, metric, status and text, on the metric's status sensor."""
    events = async_capture_events(hass, EVENT_ALERT)
    again = a_day()[3] | {"id": None, "status_changed_at": "2026-11-20T08:50:00Z"}
    first = payload(metric=None, text="", status=0)
    for alert in [*a_day()[:4], again, first]:
        await deliver(alert)
    entries = [describe(event) for event in events]
    assert [f"{entry['name']} {entry['message']}" for entry in entries] == [
        "web01.example.com CPU became warning: Current value: 85.00 % threshold"
        " (80.00 %) exceeded over last 5 minutes",
        "web01.example.com CPU worsened to critical: Current value: 95.00 % threshold"
        " (90.00 %) exceeded over last 5 minutes",
        "web01.example.com CPU eased to warning: Current value: 82.00 % threshold"
        " (80.00 %) exceeded over last 1 minute",
        "web01.example.com CPU is OK again: Current value: 12.00 %",
        "web01.example.com CPU is still OK: Current value: 12.00 %",
        "web01.example.com CPU became OK",
    ]
    assert entries[0]["entity_id"] == "sensor.web01_example_com_cpu"
    assert [entry["icon"] for entry in entries] == [
        "mdi:alert",
        "mdi:alert-octagon",
        "mdi:alert",
        "mdi:check-circle-outline",
        "mdi:check-circle-outline",
        "mdi:check-circle-outline",
    ]


async def test_the_end_of_flapping_reads_as_a_sentence(
    hass: HomeAssistant,
    deliver: Deliver,
    describe: Describe,
    freezer: FrozenDateTimeFactory,
) -> None:
    """With what the metric is now."""
    freezer.move_to("2026-11-20T08:01:00Z")
    events = async_capture_events(hass, EVENT_FLAPPING_ENDED)
    await deliver(payload(number_status_change_last_hour=6, status=2, text=""))
    freezer.tick(timedelta(hours=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    [entry] = map(describe, events)
    assert entry["message"] == "has settled and is critical"
    assert entry["entity_id"] == "sensor.web01_example_com_cpu"


@pytest.mark.usefixtures("day")
async def test_who_has_seen_an_alert_reads_as_a_sentence(
    hass: HomeAssistant,
    deliver: Deliver,
    describe: Describe,
    anna: Context,
    freezer: FrozenDateTimeFactory,
) -> None:
    """With until when and why; and what ended it."""
    await hass.config.async_set_time_zone("Europe/Paris")
    events = async_capture_events(hass, EVENT_ACKNOWLEDGEMENT)
    until = "2030-01-31 08:00:00"
    await call(hass, "acknowledge", entity_id=UPS)
    await call(hass, "acknowledge", anna, entity_id=UPS, until=until, comment="on it")
    await call(hass, "unacknowledge", entity_id=UPS)
    await call(hass, "acknowledge", entity_id=UPS, duration=60)
    freezer.tick(timedelta(seconds=61))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    await call(hass, "acknowledge", entity_id=UPS)
    await deliver(a_day()[10] | LATER | {"status": 0, "id": None})
    await call(hass, "acknowledge", entity_id=DISK)
    await deliver(a_day()[4] | LATER | {"status": 2, "id": None})
    await call(hass, "acknowledge", entity_id=DISK)
    await call(hass, "forget", entity_id=DISK)
    entries = [describe(event) for event in events]
    assert {entry["entity_id"] for entry in entries} == {UPS, DISK}
    assert entries[0]["name"] == "nas.example.com UPS"
    assert [entry["message"] for entry in entries] == [
        "was acknowledged",
        "was acknowledged by Anna, until 2030-01-31 08:00: on it",
        "is no longer acknowledged: it was taken back",
        entries[3]["message"],
        "is no longer acknowledged because the time is up",
        "was acknowledged",
        "is no longer acknowledged because it is OK again",
        "was acknowledged",
        "is no longer acknowledged because it got worse",
        "was acknowledged",
        "is no longer acknowledged because it was forgotten",
    ]
    assert entries[3]["message"].startswith("was acknowledged, until 20")


@pytest.mark.usefixtures("day")
async def test_a_silence_reads_as_a_sentence(
    hass: HomeAssistant,
    describe: Describe,
    anna: Context,
    area_registry: ar.AreaRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Of a metric, a server, an area and the account."""
    await hass.config.async_set_time_zone("UTC")
    events = async_capture_events(hass, EVENT_SILENCE)
    area = area_registry.async_create("Cellar").id
    until = "2030-01-31 08:00:00"
    await call(hass, "silence", anna, entity_id=UPS, comment="new battery")
    await call(hass, "silence", anna, entity_id=NAS, until=until)
    await call(hass, "silence", area_id=area)
    await call(hass, "silence", entity_id="sensor.bleemeo_status", duration=60)
    await call(hass, "unsilence", area_id=area)
    freezer.tick(timedelta(seconds=61))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    entries = [describe(event) for event in events]
    told = [f"{entry['name']} {entry['message']}" for entry in entries]
    assert told[3].startswith("Bleemeo was silenced, until 20")
    assert [*told[:3], *told[4:]] == [
        "nas.example.com UPS was silenced by Anna: new battery",
        "nas.example.com was silenced by Anna, until 2030-01-31 08:00",
        "Cellar was silenced",
        "Cellar is no longer silenced",
        "Bleemeo is no longer silenced because the time is up",
    ]
    assert [entry.get("entity_id") for entry in entries[:3]] == [UPS, None, None]


@pytest.mark.usefixtures("day")
async def test_a_silence_of_a_server_has_the_name_that_a_person_gave(
    hass: HomeAssistant,
    describe: Describe,
) -> None:
    """Home Assistant knows no entity of that line, and so no other name."""
    events = async_capture_events(hass, EVENT_SILENCE)
    give_names(hass, NAS, "The NAS")
    await call(hass, "silence", entity_id=NAS)
    [silence] = events
    assert describe(silence)["name"] == "The NAS"


async def test_what_is_unknown_or_forgotten_reads_as_a_sentence(
    hass: HomeAssistant, deliver: Deliver, describe: Describe
) -> None:
    """Neither is better or worse."""
    events = async_capture_events(hass, EVENT_ALERT)
    await deliver(payload(status=2, text=""))
    await deliver(payload(status=3, text="") | LATER | {"id": None})
    await call(hass, "forget", entity_id="sensor.web01_example_com_cpu")
    assert [describe(event)["message"] for event in events] == [
        "became critical",
        "no longer has a known status",
        "was forgotten while unknown",
    ]
