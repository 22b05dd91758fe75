"""Tests of the diagnostics and of the system information page."""

import json
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.bleemeo.const import CONF_REFRESH_TOKEN, DOMAIN
from custom_components.bleemeo.diagnostics import (
    DELIVERIES,
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from custom_components.bleemeo.journal import JournalError
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import json_dumps
from homeassistant.setup import async_setup_component
from scripts.simulated_api import Account

from . import (
    ACCOUNT,
    AGENT,
    WEBHOOK_ID,
    a_day,
    look_again,
    payload,
    settle_agreement,
    setup_integration,
)
from .conftest import Deliver


@pytest.fixture
async def day(deliver: Deliver, freezer: FrozenDateTimeFactory) -> None:
    """Deliver part of the constructed day, and something that is refused."""
    freezer.move_to("2026-11-24T12:00:00Z")
    for alert in [*a_day()[-4:], a_day()[-1]]:
        await deliver(alert)
    await deliver(payload(status=9))


@pytest.mark.usefixtures("day")
async def test_diagnostics_of_the_account(
    hass: HomeAssistant, entry: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    """Verdicts and numbers, no names, texts or secrets."""
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics == snapshot(exclude=props("created_at", "modified_at", "size"))
    text = json_dumps(diagnostics)
    assert json.loads(text)["journal"]["size"] > 0
    for secret in (WEBHOOK_ID, ACCOUNT, "example.com", "UPS"):
        assert secret not in text


async def test_diagnostics_say_how_the_agreement_stands(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Without anything that gives access."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", "critical")
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    await look_again(hass, entry)
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    agreement = diagnostics["agreement"]
    assert agreement["agreed_at"] >= agreement["asked_at"]
    assert agreement["due"] > agreement["agreed_at"]
    assert {key: agreement[key] for key in list(agreement)[3:]} == {
        "failures": 0,
        "refusals": 0,
        "maintenance": False,
        "odd_rows": 0,
        "corrected": 1,
        "agents": 1,
        "metrics": 1,
        "waiting": 0,
    }
    text = json_dumps(diagnostics)
    for secret in (entry.data[CONF_REFRESH_TOKEN], ACCOUNT, "127.0.0.1", "web01"):
        assert secret not in text


@pytest.mark.usefixtures("day")
async def test_diagnostics_of_a_device(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """The metrics of an agent, or the account."""

    def device(uid: str) -> dr.DeviceEntry:
        found = device_registry.async_get_device_by_identifier(
            (DOMAIN, uid), entry.entry_id
        )
        assert found is not None
        return found

    agent = await async_get_device_diagnostics(
        hass, entry, device(a_day()[-1]["agent"])
    )
    assert agent == snapshot
    assert "example.com" not in json_dumps(agent)
    account = await async_get_device_diagnostics(hass, entry, device(entry.entry_id))
    assert account["agents"] == 2


async def test_diagnostics_have_no_more_deliveries_than_help(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Only the newest ones."""
    for _ in range(DELIVERIES + 5):
        await deliver(payload())
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert len(diagnostics["journal"]["deliveries"]) == DELIVERIES


async def test_diagnostics_are_there_without_a_journal(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Diagnostics are needed in trouble."""
    with patch(
        "custom_components.bleemeo.hub.store.Journal.read",
        side_effect=JournalError("gone"),
    ):
        diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics["journal"] == {"error": "gone"}


@pytest.mark.usefixtures("day")
async def test_diagnostics_are_there_for_an_entry_that_is_not_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    """Loading may be just what fails."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, a_day()[-1]["agent"]), entry.entry_id
    )
    assert device is not None
    await hass.config_entries.async_unload(entry.entry_id)
    for diagnostics in (
        await async_get_config_entry_diagnostics(hass, entry),
        await async_get_device_diagnostics(hass, entry, device),
    ):
        assert diagnostics["state"] == "not_loaded"
        assert diagnostics["address_trouble"] == "no_external_url"
        assert diagnostics["is_account_known"] is True
        assert WEBHOOK_ID not in json_dumps(diagnostics)


@pytest.mark.usefixtures("day")
async def test_system_health(hass: HomeAssistant) -> None:
    """It sums up all accounts."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    assert info.pop("journal_size").endswith(" KiB")
    assert info == {
        "address": "no_external_url",
        "accounts": 1,
        "agents": 2,
        "metrics": 4,
        "rejected_deliveries": 1,
        "missed_changes": 0,
    }
    with patch(
        "custom_components.bleemeo.hub.store.Journal.size",
        side_effect=JournalError("gone"),
    ):
        info = await get_system_health_info(hass, DOMAIN)
    assert info["journal_size"] is None
