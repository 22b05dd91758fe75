"""Tests of acknowledging open alerts."""

from datetime import timedelta
import logging
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.journal import JournalError
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tests import journal_rows, payload, state, states
from tests.conftest import Deliver

from . import CPU, NAS, NEEDS_ATTENTION, call, is_acknowledged


@pytest.mark.usefixtures("day")
async def test_an_acknowledgement_is_shown_and_outlives_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It can be taken back."""
    disk = "sensor.web01_example_com_disk_used_home_status"
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
    own = next(
        entity_id for entity_id in states(hass) if entity_id.endswith("cpu_status_2")
    )
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
async def test_what_is_ok_is_not_acknowledged(hass: HomeAssistant) -> None:
    """Nothing is shown, and pressing a button too late is not an error."""
    await call(hass, "acknowledge", entity_id=CPU)
    assert not is_acknowledged(hass, CPU)
    assert state(hass, NEEDS_ATTENTION).state == "5"


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
        pytest.raises(HomeAssistantError, match="journal of Bleemeo.*disk full"),
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
