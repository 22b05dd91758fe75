"""Tests of the module that the frontend loads: where it is, and that no stale copy is used."""

from pathlib import Path
import shutil
from unittest.mock import Mock, patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo import frontend
from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.hub import Lifecycle
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, UrlManager
from homeassistant.const import EVENT_COMPONENT_LOADED
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from . import setup_integration


async def load_frontend(hass: HomeAssistant) -> UrlManager:
    """Have Home Assistant say that the frontend is there; return what it is to load."""
    # the frontend itself, with all its files, is not installed here
    urls = hass.data[DATA_EXTRA_MODULE_URL] = UrlManager(Mock(), [])
    hass.config.components.add("frontend")
    hass.bus.async_fire(EVENT_COMPONENT_LOADED, {"component": "frontend"})
    await hass.async_block_till_done(wait_background_tasks=True)
    return urls


@pytest.mark.parametrize("frontend_first", [True, False])
async def test_the_module_is_loaded_by_itself(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    entry: MockConfigEntry,
    frontend_first: bool,
) -> None:
    """Once, however many entries there are, and kept by the browser."""
    assert await async_setup_component(hass, "http", {})
    if frontend_first:
        urls = await load_frontend(hass)
    await setup_integration(hass, entry)
    await setup_integration(
        hass, MockConfigEntry(domain=DOMAIN, data={**entry.data, "webhook_id": "other"})
    )
    if not frontend_first:
        urls = await load_frontend(hass)
    [url] = urls.urls
    client = await hass_client_no_auth()
    answer = await client.get(url)
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert answer.headers["Cache-Control"] == "public, max-age=2678400"
    assert await answer.text() == (frontend.FOLDER / frontend.MODULE).read_text("utf-8")


async def test_the_address_changes_with_the_module(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, tmp_path: Path
) -> None:
    """So a copy that a browser kept is not used after an update, and can notice it."""
    assert await async_setup_component(hass, "http", {})
    await load_frontend(hass)
    folder = Path(shutil.copytree(frontend.FOLDER, tmp_path / "frontend"))
    with (folder / frontend.MODULE).open("a", encoding="utf-8") as module:
        module.write("// updated\n")
    with patch.object(frontend, "FOLDER", folder):
        assert await async_setup_component(hass, DOMAIN, {})
        await hass.async_block_till_done()
    [url] = hass.data[DATA_EXTRA_MODULE_URL].urls
    client = await hass_client_no_auth()
    assert (await (await client.get(url)).text()).endswith("// updated\n")
    # the page asks so whether it is out of date
    assert (await client.head(url)).status == 200
    _, _, version, _ = url.split("/")
    before = frontend._version()
    assert version != before
    assert (await client.head(url.replace(version, before))).status == 404


async def test_it_works_without_a_frontend(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Where nobody looks, alerts are taken all the same."""
    await setup_integration(hass, entry)
    assert entry.runtime_data.hub.lifecycle is Lifecycle.READY
    assert DATA_EXTRA_MODULE_URL not in hass.data
