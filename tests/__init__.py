"""Tests of Bleemeo for Home Assistant."""

import asyncio
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import timedelta
import json
from pathlib import Path
import sqlite3
from typing import Any
from unittest.mock import patch

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.api import reconcile
from custom_components.bleemeo.core.alert import Alert
from custom_components.bleemeo.hub import SIGNAL_NEWS, News
from custom_components.bleemeo.journal import DeliveryQuery, JournalError
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from scripts.simulated_api import Account

FIXTURES = Path(__file__).parent / "fixtures"

WEBHOOK_ID = "a-secret-that-only-bleemeo-knows"
WEBHOOK_PATH = f"/api/webhook/{WEBHOOK_ID}"

ACCOUNT = "8f63c7da-700c-4fa6-a4d5-c15db2652d15"
OTHER_ACCOUNT = "3d0e3b5c-8d1a-4f0e-9d1c-0c9f7a4b2e11"
AGENT = "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b"
METRIC = "4bec41e4-4efc-4bb8-b872-186aa54779a6"


def documented() -> dict[str, Any]:
    """Return the example payload from Bleemeo's documentation."""
    payload: dict[str, Any] = json.loads((FIXTURES / "documented.json").read_text())
    return payload


def a_day() -> list[dict[str, Any]]:
    """Return the payloads of a constructed day, in order."""
    lines = (FIXTURES / "a_day.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def payload(**fields: Any) -> dict[str, Any]:
    """Return a warning about the CPU of web01, with some fields replaced.

    Bleemeo records the change at the time of the change, unless another time is given.
    """
    if time := fields.get("status_changed_at"):
        fields = {"created_at": time, "modified_at": time, **fields}
    return a_day()[0] | fields


def without(alert: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Return a payload without some fields."""
    return {key: value for key, value in alert.items() if key not in keys}


async def setup_integration(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Add the entry and set it up."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def receive_alert(entry: ConfigEntry, alert: dict[str, Any]) -> str:
    """Pass an alert to the hub, as the webhook does, and return the verdict."""
    hub = entry.runtime_data.hub
    return str(await hub.async_receive(Alert.from_payload(alert), json.dumps(alert)))


async def settle_agreement(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Wait until no request to Bleemeo is under way."""
    if checks := entry.runtime_data.agreement._checks:
        await asyncio.wait(checks)
    await hass.async_block_till_done()


def kept_token(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the newest token of an entry that is on disk."""
    path = Path(hass.config.path(".storage", f"bleemeo.{entry.entry_id}.token"))
    assert path.stat().st_mode & 0o077 == 0
    token: str = json.loads(path.read_text())["token"]
    return token


async def look_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Take the second look that is due, without waiting for it."""
    agreement = entry.runtime_data.agreement
    if agreement._comparison.second_look.is_due:
        with patch.object(reconcile, "SECOND_LOOK_AFTER", timedelta()):
            await agreement.async_check_now()
        await hass.async_block_till_done()


async def find_open(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account
) -> None:
    """Set an entry up that finds a metric open by a list without times."""
    account.add_metric(AGENT, "cpu_used", "critical", uid=METRIC)
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    await look_again(hass, entry)


async def settle_journal(entry: ConfigEntry) -> None:
    """Wait until the journal has written what is queued, or failed to."""
    with suppress(JournalError):
        await entry.runtime_data.hub.store.journal.read(DeliveryQuery(limit=0))


def journal_rows(hass: HomeAssistant, entry: MockConfigEntry, query: str) -> list[Any]:
    """Read the entry's journal from outside."""
    path = hass.config.path(".storage", f"bleemeo.{entry.entry_id}.db")
    with closing(sqlite3.connect(path, autocommit=True)) as connection:
        return connection.execute(query).fetchall()


def capture_news(hass: HomeAssistant) -> list[News]:
    """Return a list to which the news come from now on."""
    news: list[News] = []

    @callback
    def hear(each: News) -> None:
        news.append(each)

    async_dispatcher_connect(hass, SIGNAL_NEWS, hear)
    return news


def give_names(
    hass: HomeAssistant, entity_id: str, server: str, metric: str | None = None
) -> None:
    """Name the device of an entity, and the entity itself, as a person does."""
    entities = er.async_get(hass)
    device_id = entities.entities[entity_id].device_id
    assert device_id is not None
    dr.async_get(hass).async_update_device(device_id, name_by_user=server)
    if metric is not None:
        entities.async_update_entity(entity_id, name=metric)


def state(hass: HomeAssistant, entity_id: str) -> State:
    """Return the state of an entity, which must exist."""
    found = hass.states.get(entity_id)
    assert found is not None
    return found


def states(hass: HomeAssistant) -> dict[str, str]:
    """Return the states of all entities."""
    return {state.entity_id: state.state for state in hass.states.async_all()}
