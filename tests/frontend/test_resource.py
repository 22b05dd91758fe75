"""Tests of the resource of dashboards: screens that load nothing else need it."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import DOMAIN
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests import setup_integration

from .test_frontend import load_frontend

CAST = "https://cast.home-assistant.io"
MINE = {"url": "/local/mine.js", "type": "module"}


@pytest.fixture(name="stored")
def make_stored(hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of the resources, with one of the user's."""
    stored = {"items": [{"id": "mine", **MINE}]}
    hass_storage["lovelace_resources"] = {"version": 1, "data": stored}
    return stored


async def set_up(
    hass: HomeAssistant, entry: MockConfigEntry, lovelace: dict[str, Any]
) -> str:
    """Set up dashboards, then the integration; return the first module's address."""
    assert await async_setup_component(hass, "http", {})
    urls = await load_frontend(hass)
    assert await async_setup_component(hass, "lovelace", {"lovelace": lovelace})
    await setup_integration(hass, entry)
    await hass.async_block_till_done()
    [url] = urls.urls
    return url


def resources(hass: HomeAssistant) -> list[tuple[str, str]]:
    """Return the resources, as pages read them."""
    items = hass.data[LOVELACE_DATA].resources.async_items()
    return [(item["url"], item["type"]) for item in items]


async def test_the_modules_are_a_resource_once(
    hass: HomeAssistant, entry: MockConfigEntry, stored: dict[str, Any]
) -> None:
    """By their present address, whatever an earlier version left there."""
    stored["items"] += [
        {
            "id": "old",
            "url": f"/{DOMAIN}/0123456789abcdef/bleemeo.js",
            "type": "module",
        },
        {"id": "twice", "url": f"/{DOMAIN}/0123/bleemeo.js", "type": "module"},
    ]
    url = await set_up(hass, entry, {})
    assert resources(hass) == [tuple(MINE.values()), (url, "module")]


async def test_the_resource_is_removed_with_the_last_entry(
    hass: HomeAssistant, entry: MockConfigEntry, stored: dict[str, Any]
) -> None:
    """Not before, and what is the user's stays."""
    url = await set_up(hass, entry, {})
    other = MockConfigEntry(domain=DOMAIN, data={**entry.data, "webhook_id": "other"})
    await setup_integration(hass, other)
    await hass.config_entries.async_remove(entry.entry_id)
    assert (url, "module") in resources(hass)
    await hass.config_entries.async_remove(other.entry_id)
    assert resources(hass) == [tuple(MINE.values())]


async def test_the_resource_comes_back_with_the_next_entry(
    hass: HomeAssistant, entry: MockConfigEntry, stored: dict[str, Any]
) -> None:
    """Without a restart: who set it up anew would cast an empty screen until then."""
    url = await set_up(hass, entry, {})
    await hass.config_entries.async_remove(entry.entry_id)
    await setup_integration(hass, MockConfigEntry(domain=DOMAIN, data=entry.data))
    assert resources(hass) == [tuple(MINE.values()), (url, "module")]


async def test_resources_in_yaml_are_left_alone(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """They are a person's to write."""
    await set_up(hass, entry, {"mode": "yaml", "resources": [MINE]})
    assert not isinstance(hass.data[LOVELACE_DATA].resources, ResourceStorageCollection)
    assert resources(hass) == [tuple(MINE.values())]
    await hass.config_entries.async_remove(entry.entry_id)
    assert resources(hass) == [tuple(MINE.values())]


async def test_the_page_that_is_cast_may_load_the_modules(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    entry: MockConfigEntry,
) -> None:
    """It comes from another address than Home Assistant, which a browser must allow."""
    url = await set_up(hass, entry, {})
    client = await hass_client_no_auth()
    answer = await client.get(url, headers={"Origin": CAST})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == CAST
