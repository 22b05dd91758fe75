"""Tests of a backup while alerts arrive."""

import asyncio
import logging
import threading
from unittest.mock import patch
from uuid import uuid4

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.backup import async_post_backup, async_pre_backup
from custom_components.bleemeo.hub.hold import MAX_HOLD
from custom_components.bleemeo.hub.store import journal_path
from custom_components.bleemeo.journal import JournalContents, JournalError
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant

from . import a_day, payload, receive_alert, setup_integration
from .conftest import Deliver


async def rests(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
    """Return whether an alert and a reload leave the journal's file as it is."""
    path = journal_path(hass, entry)
    before = path.read_bytes()
    await receive_alert(entry, payload(metric=str(uuid4()), id=None))
    await hass.config_entries.async_reload(entry.entry_id)
    return path.read_bytes() == before


async def test_the_journal_rests_during_a_backup_while_alerts_are_taken(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Even if the entry is reloaded during the backup."""
    await deliver(payload())
    path = journal_path(hass, entry)
    await async_pre_backup(hass)
    before = path.read_bytes()
    for alert in a_day():
        assert (await deliver(alert)).status == 200
    await hass.config_entries.async_reload(entry.entry_id)
    assert (await deliver(payload(metric=None))).status == 200
    assert path.read_bytes() == before
    await async_post_backup(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    assert path.read_bytes() != before


async def test_a_journal_in_trouble_does_not_keep_the_rest_from_its_backup(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says what may be missing."""
    caplog.set_level(logging.WARNING)
    await setup_integration(hass, entry)
    with patch(
        "custom_components.bleemeo.hub.store.Journal.hold",
        side_effect=JournalError("full"),
    ):
        await async_pre_backup(hass)
    await async_post_backup(hass)
    assert "may not be whole in this backup: full" in caplog.text


async def test_a_backup_that_never_ends_lets_go_after_an_hour(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log of a journal must not grow for ever."""
    await setup_integration(hass, entry)
    await async_pre_backup(hass)
    freezer.tick(MAX_HOLD * 0.9)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await rests(hass, entry)
    freezer.tick(MAX_HOLD * 0.2)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "its end was never told" in caplog.text
    assert not await rests(hass, entry)
    # should it end after all
    await async_post_backup(hass)
    assert not await rests(hass, entry)


async def test_a_backup_that_begins_before_another_ends_is_waited_for_too(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The first may end first."""
    await setup_integration(hass, entry)
    await async_pre_backup(hass)
    path = journal_path(hass, entry)
    await receive_alert(entry, payload())
    before = path.read_bytes()
    await async_pre_backup(hass)
    # nothing may flow into the file that the first one copies
    assert path.read_bytes() == before
    await async_post_backup(hass)
    assert await rests(hass, entry)
    await async_post_backup(hass)
    assert not await rests(hass, entry)


async def test_an_end_without_a_beginning_does_no_harm(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """As after a restart."""
    await setup_integration(hass, entry)
    await async_post_backup(hass)
    assert not await rests(hass, entry)
    await async_pre_backup(hass)
    assert await rests(hass, entry)


@pytest.mark.parametrize("begins", [True, False])
async def test_a_backup_that_begins_or_ends_during_the_set_up_is_not_missed(
    hass: HomeAssistant, entry: MockConfigEntry, begins: bool
) -> None:
    """The entry is not loaded yet, but its journal is being opened."""
    await setup_integration(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    if not begins:
        await async_pre_backup(hass)
    is_opening, may_open = threading.Event(), threading.Event()
    open_file = JournalFile.open

    def slowly(file: JournalFile, **arguments: bool) -> JournalContents:
        contents = open_file(file, **arguments)
        is_opening.set()
        may_open.wait(10)
        return contents

    with patch.object(JournalFile, "open", slowly):
        set_up = hass.async_create_task(
            hass.config_entries.async_setup(entry.entry_id), eager_start=True
        )
        await asyncio.to_thread(is_opening.wait, 10)
        turn = hass.async_create_task(
            (async_pre_backup if begins else async_post_backup)(hass), eager_start=True
        )
        await asyncio.sleep(0)
        may_open.set()
        await asyncio.gather(set_up, turn)
    assert await rests(hass, entry) is begins


async def test_an_entry_whose_set_up_failed_follows_when_it_is_retried(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Held while the backup is under way, and not any more afterwards."""
    with patch.object(JournalFile, "open", side_effect=OSError("no room")):
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await async_pre_backup(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    assert await rests(hass, entry)
    with patch.object(JournalFile, "open", side_effect=OSError("no room")):
        await hass.config_entries.async_reload(entry.entry_id)
    await async_post_backup(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    assert not await rests(hass, entry)


async def test_an_entry_that_is_disabled_during_a_backup_is_released_when_it_is_back(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is said of a journal that is closed."""
    await setup_integration(hass, entry)
    path = journal_path(hass, entry)
    await async_pre_backup(hass)
    await receive_alert(entry, payload())
    before = path.read_bytes()
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert path.read_bytes() == before
    await async_post_backup(hass)
    await async_pre_backup(hass)
    await async_post_backup(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert not await rests(hass, entry)
    assert "may not be whole" not in caplog.text
