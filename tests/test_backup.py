"""Tests of a backup while alerts arrive."""

import logging
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.backup import async_post_backup, async_pre_backup
from custom_components.bleemeo.hub.store import journal_path
from custom_components.bleemeo.journal import JournalError
from homeassistant.core import HomeAssistant

from . import a_day, payload, setup_integration
from .conftest import Deliver


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
