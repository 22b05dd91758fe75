"""Tests of the digest."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests import give_names, payload, receive_alert, setup_integration

from . import CPU, call, respond

METRIC_ID = "4bec41e4-4efc-4bb8-b872-000000000002"


@pytest.fixture(autouse=True)
async def calm(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Load an account of which one metric is known, and OK."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(id=None, status=0))


async def test_where_something_is_not_known_not_all_is_clear(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of the target that is gone, or a history that cannot be read."""
    answer = await respond(hass, "get_digest")
    assert (answer["digest"], answer["all_clear"]) == ("Bleemeo – all clear", True)
    answer = await respond(hass, "get_digest", entity_id=[CPU], device_id=["gone"])
    assert answer["digest"] == "Bleemeo – Not known: Bleemeo"
    assert not answer["all_clear"]
    assert not answer["complete"]

    def fail(*_: object) -> None:
        raise OSError("disk on fire")

    monkeypatch.setattr(JournalFile, "incidents", fail)
    answer = await respond(hass, "get_digest")
    assert answer["digest"] == "Bleemeo – Not known: Bleemeo"
    assert not answer["all_clear"]


async def test_a_digest_speaks_the_language_of_the_house_or_another(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """And counts what is open, but for tests."""
    await receive_alert(entry, payload(id=None, status=2, metric=METRIC_ID))
    await call(hass, "send_test_alert", status="critical")
    answer = await respond(hass, "get_digest", language="fr", include_yesterday=False)
    assert answer["headline"] == "Bleemeo – alertes ouvertes\u00a0: 1"
    assert answer["digest"].splitlines()[1].startswith("- Critique\u00a0: web01")
    assert answer["count"] == 1
    hass.config.language = "en"
    answer = await respond(hass, "get_digest")
    assert answer["headline"] == "Bleemeo – open alerts: 1"


async def test_a_digest_has_the_names_that_a_person_gave(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """To the device of the server and to the metric, for what is over as well."""
    give_names(hass, CPU, "Shop", "Load")
    for status, time in ((2, "08:00"), (0, "09:00")):
        at = f"2026-11-21T{time}:00Z"
        await receive_alert(
            entry, payload(id=None, status=status, status_changed_at=at)
        )
    freezer.move_to("2026-11-22T12:00:00Z")
    at = "2026-11-22T11:00:00Z"
    await receive_alert(entry, payload(id=None, status=2, status_changed_at=at))
    answer = await respond(hass, "get_digest")
    lines = answer["digest"].splitlines()
    assert lines[1].startswith("- Critical: Shop, Load, ")
    assert "Shop, Load" in "".join(lines[2:])
    assert "web01" not in answer["digest"]


async def test_an_alert_from_a_clock_that_is_ahead_lasts_for_no_time(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A minute is no day that is still to come."""
    freezer.move_to("2026-11-22T12:00:00Z")
    at = "2026-11-22T12:01:00Z"
    await receive_alert(entry, payload(id=None, status=2, status_changed_at=at))
    answer = await respond(hass, "get_digest", include_yesterday=False)
    assert answer["digest"].endswith(", 0 min")


@pytest.mark.parametrize(
    ("zone", "yesterday", "lasted"),
    [
        ("America/Santiago", date(2026, 9, 6), "23 h 0 min"),
        ("America/Santiago", date(2026, 4, 4), "1 d 1 h 0 min"),
        ("Africa/Cairo", date(2026, 4, 24), "23 h 0 min"),
        ("Africa/Cairo", date(2026, 10, 29), "1 d 1 h 0 min"),
        ("Europe/Paris", date(2026, 10, 25), "1 d 1 h 0 min"),
        ("Europe/Paris", date(2026, 10, 26), "1 d 0 h 0 min"),
    ],
)
async def test_yesterday_was_as_long_as_its_hours(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    zone: str,
    yesterday: date,
    lasted: str,
) -> None:
    """Also where the clock is changed at midnight."""
    await hass.config.async_set_time_zone(zone)
    day = yesterday.year, yesterday.month, yesterday.day
    noon = datetime(*day, 12, tzinfo=ZoneInfo(zone))
    freezer.move_to(noon - timedelta(days=2))
    at = dt_util.utcnow().isoformat()
    alert = payload(id=None, status=2, metric=METRIC_ID, status_changed_at=at)
    await receive_alert(entry, alert)
    freezer.move_to(noon + timedelta(days=1))
    digest = (await respond(hass, "get_digest"))["digest"]
    assert digest.endswith(f", {lasted}")


async def test_what_was_only_tested_yesterday_did_not_happen(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Whether its device is there still, or was deleted afterwards."""
    freezer.move_to("2026-11-26T10:00:00Z")
    for host in ("kept", "deleted"):
        for status in ("critical", "ok"):
            await call(hass, "send_test_alert", status=status, host=host)
            freezer.tick(60)
    await call(hass, "forget", entity_id="sensor.deleted_test")
    freezer.move_to("2026-11-27T08:00:00Z")
    answer = await respond(hass, "get_digest")
    assert (answer["digest"], answer["all_clear"]) == ("Bleemeo – all clear", True)
