"""Tests of the calendar of incidents."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo import calendar
from custom_components.bleemeo.journal import JournalError
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from . import give_names, payload, state
from .conftest import Deliver

CALENDAR = "calendar.bleemeo_incidents"
HOST = "web01.example.com"


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> None:
    """Begin at a time that the alerts are dated to."""
    freezer.move_to("2026-11-21T12:00:00Z")


async def tell(deliver: Deliver, status: int, time: str, **more: Any) -> None:
    """Deliver a change of the metric at a time of the day."""
    at = f"2026-11-21T{time}:00Z"
    await deliver(payload(status=status, id=None, status_changed_at=at, **more))


async def events(hass: HomeAssistant, since: str, until: str) -> list[dict[str, str]]:
    """Return the events of a part of the day, as the action does."""
    answer: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": CALENDAR,
            "start_date_time": f"2026-11-21T{since}:00Z",
            "end_date_time": f"2026-11-21T{until}:00Z",
        },
        blocking=True,
        return_response=True,
    )
    found: list[dict[str, str]] = answer[CALENDAR]["events"]
    return found


async def pass_the_cooldown(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Let what is written at most once a second be written."""
    freezer.tick(timedelta(seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


def at(time: str) -> datetime:
    """Return a time of the day in UTC."""
    return dt_util.parse_datetime(f"2026-11-21T{time}:00+00:00", raise_on_error=True)


def span(event: dict[str, str]) -> tuple[datetime, datetime]:
    """Return when an event begins and ends."""
    begin, end = (
        dt_util.parse_datetime(event[key], raise_on_error=True)
        for key in ("start", "end")
    )
    return begin, end


@pytest.mark.usefixtures("deliver")
async def test_it_is_disabled_at_first(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """Then it follows no alert."""
    assert hass.states.get(CALENDAR) is None
    assert (
        entity_registry.entities[CALENDAR].disabled_by
        is er.RegistryEntryDisabler.INTEGRATION
    )


@pytest.mark.usefixtures("enabled_by_default")
async def test_each_incident_is_an_event(hass: HomeAssistant, deliver: Deliver) -> None:
    """It is called by its worst status, and lies in every window that it reaches into."""
    for status, time in ((1, "08:00"), (2, "08:10"), (0, "09:00"), (1, "10:00")):
        await tell(deliver, status, time)
    await tell(deliver, 0, "10:30")
    morning = await events(hass, "07:00", "11:00")
    assert [each["summary"] for each in morning] == [
        f"{HOST}: CPU critical",
        f"{HOST}: CPU warning",
    ]
    assert span(morning[0]) == (at("08:00"), at("09:00"))
    assert span(morning[1]) == (at("10:00"), at("10:30"))
    assert await events(hass, "08:30", "08:40") == morning[:1]
    assert await events(hass, "09:10", "09:50") == []
    assert await events(hass, "06:00", "08:00") == []


@pytest.mark.usefixtures("enabled_by_default")
async def test_an_event_has_the_names_that_a_person_gave(
    hass: HomeAssistant,
    deliver: Deliver,
) -> None:
    """To the device of the server, and to the metric."""
    await tell(deliver, 2, "08:00")
    await tell(deliver, 0, "09:00")
    give_names(hass, "sensor.web01_example_com_cpu", "Shop", "Load")
    [event] = await events(hass, "07:00", "11:00")
    assert event["summary"] == "Shop: Load critical"


@pytest.mark.usefixtures("enabled_by_default")
async def test_an_incident_that_is_not_over_lasts_until_the_end_of_the_day(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """It says that it is open, and why; the calendar is on, also on the next day."""
    await tell(deliver, 1, "11:00", text="[90](x) %")
    await pass_the_cooldown(hass, freezer)
    [event] = await events(hass, "10:00", "23:00")
    midnight = dt_util.start_of_local_day(dt_util.now() + timedelta(days=1))
    assert span(event) == (at("11:00"), midnight)
    # no part of a calendar renders Markdown
    assert event["description"] == "Still open: [90](x) %"
    assert state(hass, CALENDAR).state == "on"
    # what comes once an hour has come just before
    for before in (timedelta(minutes=10), timedelta(seconds=-1)):
        freezer.move_to(midnight - before)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert state(hass, CALENDAR).state == "on"


@pytest.mark.usefixtures("enabled_by_default")
async def test_what_is_not_over_lies_in_no_day_to_come(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """It is not known to last until then."""
    await tell(deliver, 1, "11:00")
    answer: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": CALENDAR,
            "start_date_time": "2026-11-23T00:00:00Z",
            "end_date_time": "2026-11-24T00:00:00Z",
        },
        blocking=True,
        return_response=True,
    )
    assert answer[CALENDAR]["events"] == []


@pytest.mark.usefixtures("enabled_by_default")
async def test_its_state_is_the_worst_incident_that_is_present(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """And it is off when all is well."""
    assert state(hass, CALENDAR).state == "off"
    disk = {"metric": None, "title": f"{HOST} - Disk is Critical"}
    await tell(deliver, 1, "11:00")
    await tell(deliver, 2, "11:10", **disk)
    await pass_the_cooldown(hass, freezer)
    assert state(hass, CALENDAR).attributes["message"] == f"{HOST}: Disk critical"
    await tell(deliver, 0, "11:20", **disk)
    await pass_the_cooldown(hass, freezer)
    assert state(hass, CALENDAR).attributes["message"] == f"{HOST}: CPU warning"
    await tell(deliver, 0, "11:30")
    await pass_the_cooldown(hass, freezer)
    assert state(hass, CALENDAR).state == "off"


@pytest.mark.usefixtures("enabled_by_default")
async def test_a_window_has_a_bounded_number_of_events(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """Those that began last."""
    for status, time in ((1, "08:00"), (0, "08:30"), (1, "09:00"), (0, "09:30")):
        await tell(deliver, status, time)
    with patch.object(calendar, "MAX_EVENTS", 1):
        [event] = await events(hass, "07:00", "11:00")
    assert span(event) == (at("09:00"), at("09:30"))


@pytest.mark.usefixtures("enabled_by_default", "deliver")
async def test_a_history_that_cannot_be_read_is_no_empty_calendar(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """That would be a wrong calm."""
    journal = entry.runtime_data.hub.store.journal
    with (
        patch.object(type(journal), "incidents", side_effect=JournalError("locked")),
        pytest.raises(HomeAssistantError) as raised,
    ):
        await events(hass, "07:00", "11:00")
    assert raised.value.translation_key == "journal_not_read"
