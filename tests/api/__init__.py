"""Tests of `api`, and what several of them do."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.hub import heartbeat
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from scripts.simulated_api import Account
from tests import (
    a_day,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
)

AGENTS_PATH = "/v1/agent/"
METRICS_PATH = "/v1/metric/"
CPU = a_day()[0]
CPU_STATUS = "sensor.web01_example_com_cpu"


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up the entry, and wait until the board agrees, also on a second look."""
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    await look_again(hass, entry)


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Reload the integration."""
    await hass.config_entries.async_reload(entry.entry_id)
    await settle_agreement(hass, entry)
    await look_again(hass, entry)


async def stop(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload the entry, and forget that Home Assistant ran."""
    await hass.config_entries.async_unload(entry.entry_id)
    del hass.data[heartbeat._SEEN]


async def receive(entry: MockConfigEntry, **fields: Any) -> str:
    """Deliver an alert about the CPU of web01, and return the verdict."""
    return await receive_alert(entry, payload(**fields))


def issues(issue_registry: ir.IssueRegistry) -> set[str | None]:
    """Return the issues about the API."""
    keys = {issue.translation_key for issue in issue_registry.issues.values()}
    return {key for key in keys if key and key.startswith("api_")}


async def pass_time(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    delta: timedelta,
) -> None:
    """Move the time forward, and run what is due."""
    freezer.tick(delta)
    async_fire_time_changed(hass)
    await settle_agreement(hass, entry)


async def set_up_with_alert(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account, **fields: Any
) -> None:
    """Set up the entry, and deliver an alert about the CPU that Bleemeo agrees with."""
    list_cpu(account, "ok")
    await set_up(hass, entry)
    assert await receive(entry, **fields) == "changed"
    account.set_status(CPU["metric"], "warning")


def list_cpu(account: Account, status: str, **row: Any) -> None:
    """Add web01 and its CPU to Bleemeo, as in the alerts of the day."""
    account.add_agent("web01.example.com", CPU["agent"])
    account.add_metric(CPU["agent"], "cpu_used", status, uid=CPU["metric"], **row)


async def press(hass: HomeAssistant) -> None:
    """Press the button."""
    await hass.services.async_call(
        BUTTON_DOMAIN,
        SERVICE_PRESS,
        {ATTR_ENTITY_ID: "button.bleemeo_check_now"},
        blocking=True,
    )
