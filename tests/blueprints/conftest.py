"""Fixtures: automations made from the blueprints, and alerts that arrive one by one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
import shutil
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from custom_components.bleemeo.const import DOMAIN
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import EVENT_HOMEASSISTANT_START, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
from tests import receive_alert, settle_journal, state

from . import (
    FOLDER,
    Automate,
    Change,
    Pushed,
    Restart,
    Storm,
    Wait,
    alert,
    device_of,
    reload_automations,
    settle,
)

PUSH_URL = "https://push.example.com/"

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def blueprints(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Copy the blueprints to Home Assistant's blueprint folder, at noon of a Friday."""
    freezer.move_to(NOW)
    await hass.config.async_set_time_zone("UTC")
    shutil.copytree(FOLDER, hass.config.path("blueprints", AUTOMATION, DOMAIN))
    assert await async_setup_component(hass, "homeassistant", {})


@pytest.fixture(autouse=True)
def no_complaints(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Fail if an automation fails, a template uses what is not there, or YAML is odd."""
    yield
    messages = [
        record.getMessage()
        for record in [*caplog.get_records("setup"), *caplog.get_records("call")]
        if record.levelno >= logging.WARNING
        and (
            record.name.startswith(
                ("annotatedyaml", "homeassistant.components.automation")
            )
            or "Template variable" in record.getMessage()
        )
    ]
    assert messages == []


@pytest.fixture
def automations() -> list[dict[str, Any]]:
    """Return the automations of the configuration."""
    return []


@pytest.fixture
async def automate(
    hass: HomeAssistant,
    blueprints: None,
    automations: list[dict[str, Any]],
    client: object,
) -> AsyncGenerator[Automate]:
    """Return a function that makes an automation from a blueprint."""

    async def _automate(name: str, **inputs: Any) -> None:
        number = len(automations)
        alias = f"{name}_{number}" if number else name
        automations.append(
            {
                "id": alias,
                "alias": alias,
                "use_blueprint": {"path": f"{DOMAIN}/{name}.yaml", "input": inputs},
            }
        )
        assert await async_setup_component(hass, AUTOMATION, {})
        await reload_automations(hass, automations)
        assert state(hass, f"automation.{alias}").state == "on"

    yield _automate
    # their triggers wait for a time
    await reload_automations(hass, [])


@pytest.fixture
def save(hass: HomeAssistant, automations: list[dict[str, Any]]) -> Change:
    """Return a function that saves the automations as a person does in the editor."""

    async def _save() -> None:
        for automation in automations:
            automation["description"] = f"{automation.get('description', '')}."
        await reload_automations(hass, automations)

    return _save


@pytest.fixture
def restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    automations: list[dict[str, Any]],
    freezer: FrozenDateTimeFactory,
) -> Restart:
    """Return a function that restarts Home Assistant, after some minutes.

    If it is killed, the journal is as at the last commit, and nothing is done before.
    """

    async def _restart(
        *,
        minutes: float = 0,
        is_killed: bool = False,
        stopped: Callable[[], None] = lambda: None,
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        await settle_journal(entry)
        folder, kept = Path(hass.config.path(".storage")), None
        if is_killed:
            kept = Path(hass.config.path("killed"))
            shutil.copytree(folder, kept)
        else:
            for job in list(hass._shutdown_jobs):
                hass.async_run_hass_job(job.job, *job.args)
            for _ in range(3):
                await settle(hass)
        hass.set_state(CoreState.stopping)
        await hass.config_entries.async_unload(entry.entry_id)
        await reload_automations(hass, [])
        for key in ("bleemeo_memories", "bleemeo_seen"):
            hass.data.pop(key, None)
        for scene in hass.states.async_entity_ids("scene"):
            await hass.services.async_call(
                "scene", "delete", {"entity_id": scene}, blocking=True
            )
        if kept is not None:
            shutil.rmtree(folder)
            kept.rename(folder)
        stopped()
        freezer.tick(timedelta(minutes=minutes))
        hass.set_state(CoreState.starting)
        await hass.config_entries.async_setup(entry.entry_id)
        await reload_automations(hass, automations)
        if meanwhile is not None:
            await meanwhile()
        hass.bus.async_fire(EVENT_HOMEASSISTANT_START)
        hass.set_state(CoreState.running)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await settle(hass)

    return _restart


@pytest.fixture(params=["nothing", "save", "reload", "restart", "kill"])
def interrupt(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    save: Change,
    restart: Restart,
) -> Change:
    """Return a function that interrupts what waits, in one of many ways."""

    async def _interrupt() -> None:
        match request.param:
            case "save":
                await save()
            case "reload":
                await hass.config_entries.async_reload(entry.entry_id)
                await settle(hass)
            case "restart" | "kill" as how:
                await restart(is_killed=how == "kill")

    return _interrupt


@pytest.fixture
def wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: MockConfigEntry
) -> Wait:
    """Return a function that lets minutes pass, and those who gather finish."""

    async def _wait(minutes: float) -> None:
        for part in (timedelta(minutes=minutes), timedelta(seconds=6)):
            freezer.tick(part)
            async_fire_time_changed(hass)
            await settle(hass)

    return _wait


@pytest.fixture
def change(
    hass: HomeAssistant,
    client: TestClient[Any, Any],
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> Change:
    """Return a function that delivers an alert, and lets those who gather finish."""

    async def _change(
        status: str,
        host: str = "web01",
        metric_name: str = "CPU",
        after: float = 10,
        **fields: Any,
    ) -> None:
        await receive_alert(entry, alert(status, host, metric_name) | fields)
        for _ in range(2):
            await settle(hass)
            freezer.tick(after / 2)
            async_fire_time_changed(hass)
        await settle(hass)

    return _change


@pytest.fixture
def storm(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> Storm:
    """Return a function that delivers many alerts at once, and waits until all is told."""

    async def _storm(alerts: list[dict[str, Any]]) -> None:
        await asyncio.gather(*(receive_alert(entry, each) for each in alerts))
        for _ in range(2):
            await settle(hass)
            freezer.tick(5)
            async_fire_time_changed(hass)
        for _ in range(10):
            await settle(hass)

    return _storm


async def add_phone(hass: HomeAssistant, name: str, manufacturer: str) -> str:
    """Add a phone with the app, and return its device."""
    entry = MockConfigEntry(
        domain="mobile_app",
        title=name,
        data={
            "app_data": {"push_token": name, "push_url": PUSH_URL},
            "app_id": "io.homeassistant",
            "app_name": "Home Assistant",
            "app_version": "2026.10",
            "device_id": name,
            "device_name": name,
            "manufacturer": manufacturer,
            "model": "One",
            "os_name": "OS",
            "os_version": "1",
            "supports_encryption": False,
            "user_id": "1",
            "webhook_id": f"the-{name}",
        },
    )
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "mobile_app", {})
    if entry.state.value == "not_loaded":
        await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    return device_of(hass, f"notify.{name.lower()}")


@pytest.fixture
async def phones(
    hass: HomeAssistant, blueprints: None, aioclient_mock: AiohttpClientMocker
) -> list[str]:
    """Return the devices of two phones.

    They must precede the client, because routes cannot be added to a running server.
    """
    aioclient_mock.post(PUSH_URL, json={}, status=201)
    return [
        await add_phone(hass, "Anna", "Google"),
        await add_phone(hass, "Bert", "Apple"),
    ]


@pytest.fixture
def pushed(aioclient_mock: AiohttpClientMocker) -> Pushed:
    """Return a function that returns what was pushed since its last call."""

    def _pushed() -> list[dict[str, Any]]:
        calls = [data for method, _, data, _ in aioclient_mock.mock_calls]
        aioclient_mock.mock_calls.clear()
        return calls

    return _pushed
