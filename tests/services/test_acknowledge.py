"""Tests of acknowledging open alerts."""

from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
import voluptuous as vol

from custom_components.bleemeo.const import EVENT_ACKNOWLEDGEMENT
from custom_components.bleemeo.journal import JournalError
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from tests import journal_rows, payload, state, states
from tests.conftest import Deliver

from . import CPU, DISK, NAS, NEEDS_ATTENTION, attribute, call, is_acknowledged


@pytest.mark.usefixtures("day")
async def test_an_acknowledgement_is_shown_and_outlives_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It can be taken back."""
    disk = "sensor.web01_example_com_disk_used_home"
    assert state(hass, NEEDS_ATTENTION).state == "5"
    await call(hass, "acknowledge", entity_id=disk, comment="on it")
    assert is_acknowledged(hass, disk)
    assert state(hass, NEEDS_ATTENTION).state == "4"

    await hass.config_entries.async_reload(entry.entry_id)
    assert is_acknowledged(hass, disk)
    assert state(hass, NEEDS_ATTENTION).state == "4"
    [metric] = entry.runtime_data.hub.board.acknowledged.values()
    assert metric.acknowledgement.comment == "on it"

    await call(hass, "unacknowledge", entity_id=disk)
    assert not is_acknowledged(hass, disk)
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, NEEDS_ATTENTION).state == "5"


@pytest.mark.parametrize(
    ("status", "lasts"), [(2, False), (0, False), (1, True), (3, True)]
)
async def test_an_acknowledgement_ends_when_the_alert_clears_or_worsens(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    status: int,
    lasts: bool,
) -> None:
    """It lasts while the alert repeats or eases, even across a restart."""
    await deliver(payload())
    await call(hass, "acknowledge", entity_id=CPU)
    await deliver(
        payload(status=status, id=None, status_changed_at="2026-11-21T08:00:00Z")
    )
    assert is_acknowledged(hass, CPU) is lasts
    await hass.config_entries.async_reload(entry.entry_id)
    assert is_acknowledged(hass, CPU) is lasts


@pytest.mark.parametrize("is_reloaded", [False, True])
async def test_an_acknowledgement_ends_after_the_given_time(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    is_reloaded: bool,
) -> None:
    """Each after its own time, even if Home Assistant was restarted meanwhile."""
    await deliver(payload())
    await deliver(payload(metric=None))
    own = next(entity_id for entity_id in states(hass) if entity_id.endswith("cpu_2"))
    await call(hass, "acknowledge", entity_id=CPU, duration={"hours": 1})
    await call(hass, "acknowledge", entity_id=own, duration="02:00:00")
    if is_reloaded:
        await hass.config_entries.async_reload(entry.entry_id)
    for expected in ([False, True], [False, False]):
        freezer.tick(timedelta(hours=1, seconds=1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert [is_acknowledged(hass, each) for each in (CPU, own)] == expected
    assert journal_rows(
        hass, entry, "SELECT count(*) FROM metric WHERE acknowledgement IS NOT NULL"
    ) == [(0,)]


@pytest.mark.usefixtures("day")
async def test_what_is_ok_is_not_acknowledged_and_says_so(hass: HomeAssistant) -> None:
    """A person who is too late must know; what is open of the target is seen."""
    with pytest.raises(ServiceValidationError, match=r"no open alert: CPU \(web01"):
        await call(hass, "acknowledge", entity_id=CPU)
    assert not is_acknowledged(hass, CPU)
    assert state(hass, NEEDS_ATTENTION).state == "5"
    await call(hass, "acknowledge", entity_id=[CPU, DISK])
    assert not is_acknowledged(hass, CPU)
    assert is_acknowledged(hass, DISK)


@pytest.mark.usefixtures("day")
async def test_what_is_not_acknowledged_cannot_be_taken_back(
    hass: HomeAssistant,
) -> None:
    """It may have ended by itself, which is worth knowing."""
    with pytest.raises(ServiceValidationError, match="nothing is acknowledged: Disk"):
        await call(hass, "unacknowledge", entity_id=DISK)


@pytest.mark.usefixtures("day")
async def test_it_is_kept_who_has_seen_it_and_why(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    anna: Context,
    freezer: FrozenDateTimeFactory,
) -> None:
    """In the attributes, over a restart, and in the event with the caller's context."""
    freezer.move_to("2026-11-20T12:00:00Z")
    events = async_capture_events(hass, EVENT_ACKNOWLEDGEMENT)
    wanted = {
        "acknowledged_by": "Anna",
        "acknowledged_until": "2026-11-20T13:00:00+00:00",
        "acknowledgement_comment": "on it",
    }
    await call(
        hass, "acknowledge", anna, entity_id=DISK, comment=" on it ", duration=3600
    )
    assert {key: attribute(hass, DISK, key) for key in wanted} == wanted
    [event] = events
    assert event.context is anna
    assert (event.data["user_id"], event.data["by"]) == (anna.user_id, "Anna")
    await hass.config_entries.async_reload(entry.entry_id)
    assert {key: attribute(hass, DISK, key) for key in wanted} == wanted
    await call(hass, "unacknowledge", anna, entity_id=DISK)
    assert [attribute(hass, DISK, key) for key in wanted] == [None] * 3
    assert (events[-1].data["end"], events[-1].context) == ("by_hand", anna)


@pytest.mark.usefixtures("day")
async def test_who_is_no_person_has_no_name(hass: HomeAssistant) -> None:
    """Neither a user who is none, nor what calls without any."""
    user = await hass.auth.async_create_user("wall", group_ids=["system-users"])
    for context in (None, Context(user_id=user.id)):
        await call(hass, "acknowledge", context, entity_id=DISK)
        assert is_acknowledged(hass, DISK)
        assert attribute(hass, DISK, "acknowledged_by") is None


@pytest.mark.usefixtures("day")
async def test_an_automation_or_script_is_named_as_such(hass: HomeAssistant) -> None:
    """Or the person whose button on a phone an automation acts on."""
    seen = {"action": "bleemeo.acknowledge", "target": {"entity_id": DISK}}
    automation = {
        "alias": "Backup",
        "triggers": [{"trigger": "event", "event_type": "backup"}],
        "actions": [seen],
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    script = {"alias": "Calm", "sequence": [seen]}
    assert await async_setup_component(hass, "script", {"script": {"calm": script}})
    hass.bus.async_fire("backup")
    await hass.async_block_till_done()
    by = "the automation “Backup”"
    assert attribute(hass, DISK, "acknowledged_by") == by
    await hass.services.async_call("script", "calm", blocking=True)
    assert attribute(hass, DISK, "acknowledged_by") == "the script “Calm”"


@pytest.mark.usefixtures("day")
async def test_who_pressed_a_button_on_a_phone_is_named(
    hass: HomeAssistant, anna: Context
) -> None:
    """Not the automation that acts on it; the app's event says which user it was."""
    pressed = "mobile_app_notification_action"
    automation = {
        "alias": "Buttons",
        "triggers": [{"trigger": "event", "event_type": pressed}],
        "actions": [{"action": "bleemeo.acknowledge", "target": {"entity_id": DISK}}],
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    hass.bus.async_fire(pressed, context=anna)
    await hass.async_block_till_done()
    assert attribute(hass, DISK, "acknowledged_by") == "Anna"


@pytest.mark.usefixtures("day")
async def test_an_end_may_be_given_as_a_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Without a time zone it is by Home Assistant's clock."""
    await hass.config.async_set_time_zone("Europe/Paris")
    freezer.move_to("2026-11-20T12:00:00Z")
    for until in ("2026-11-20 14:30:00", "2026-11-20T13:30:00Z"):
        await call(hass, "acknowledge", entity_id=DISK, until=until)
        ends_at = attribute(hass, DISK, "acknowledged_until")
        assert ends_at == "2026-11-20T13:30:00+00:00"


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"duration": 0}, "shorter than a second"),
        ({"duration": {"milliseconds": 999}}, "shorter than a second"),
        ({"duration": "-01:00:00"}, "shorter than a second"),
        ({"duration": {"days": 10**12}}, "longer than ten years"),
        ({"duration": "1e20"}, "longer than ten years"),
        ({"duration": {"days": 3651}}, "longer than ten years"),
        ({"until": "2026-11-20 11:59:59+00:00"}, "2026-11-20 .* has passed already"),
        ({"until": "9999-12-31 23:59:59"}, "9999.* is more than ten years away"),
        ({"until": "0001-01-01 00:00:00"}, "0001.* is more than ten years away"),
        ({"duration": 60, "until": "2026-11-20 13:00:00"}, "Give only one"),
    ],
    ids=str,
)
async def test_an_impossible_end_says_what_is_possible(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    wrong: dict[str, Any],
    words: str,
) -> None:
    """Nothing is acknowledged then."""
    freezer.move_to("2026-11-20T12:00:00Z")
    with pytest.raises(ServiceValidationError, match=words):
        await call(hass, "acknowledge", entity_id=DISK, **wrong)
    assert not is_acknowledged(hass, DISK)


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": "soon"},
        {"duration": {"moons": 1}},
        {"duration": "nan"},
        {"until": "later"},
        {"comment": "x" * 256},
    ],
)
async def test_what_is_no_time_is_refused(
    hass: HomeAssistant, wrong: dict[str, Any]
) -> None:
    """And so is a comment that nobody reads."""
    with pytest.raises(vol.Invalid):
        await call(hass, "acknowledge", entity_id=DISK, **wrong)


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("action", ["acknowledge", "forget"])
async def test_what_could_not_be_kept_is_an_error_in_words(
    hass: HomeAssistant, action: str
) -> None:
    """It takes effect, but a restart may undo it."""
    with (
        patch(
            "custom_components.bleemeo.hub.store.Journal.keep",
            side_effect=JournalError("disk full"),
        ),
        pytest.raises(HomeAssistantError, match="saved for Bleemeo.*disk full"),
    ):
        await call(hass, action, entity_id=NAS)
    assert state(hass, NEEDS_ATTENTION).state == "3"


async def test_an_end_that_cannot_be_kept_is_shown(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The store reports the trouble."""
    caplog.set_level(logging.ERROR)
    await deliver(payload())
    await call(hass, "acknowledge", entity_id=CPU, duration={"minutes": 1})
    with patch(
        "custom_components.bleemeo.hub.store.Journal.keep",
        side_effect=JournalError("disk full"),
    ):
        freezer.tick(timedelta(minutes=2))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not is_acknowledged(hass, CPU)
    assert "disk full" in caplog.text
