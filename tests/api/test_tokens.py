"""Tests that no token is lost, and of what counts as a refusal."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.api.client import ApiClient
from custom_components.bleemeo.const import CONF_REFRESH_TOKEN, DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.file import WriteError
from scripts.simulated_api import SimulatedApi
from tests import kept_token, settle_agreement
from tests.api import pass_time, press, reload, set_up


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
