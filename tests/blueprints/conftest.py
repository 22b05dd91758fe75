"""Fixtures: automations made from the blueprints, and alerts that arrive one by one."""

from collections.abc import AsyncGenerator
from datetime import timedelta
import shutil
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
from tests import WEBHOOK_PATH, payload, state

from . import FOLDER, Automate, Change, Restart, Wait, reload_automations, settle


@pytest.fixture
async def blueprints(hass: HomeAssistant) -> None:
    """Copy the blueprints to Home Assistant's blueprint folder."""
    shutil.copytree(FOLDER, hass.config.path("blueprints", AUTOMATION, DOMAIN))
    assert await async_setup_component(hass, "homeassistant", {})


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
        automations.append(
            {
                "id": f"{name}{len(automations)}",
                "alias": name,
                "use_blueprint": {"path": f"{DOMAIN}/{name}.yaml", "input": inputs},
            }
        )
        assert await async_setup_component(hass, AUTOMATION, {})
        await reload_automations(hass, automations)
        assert state(hass, f"automation.{name}").state == "on"

    yield _automate
    # their triggers wait for a time
    await reload_automations(hass, [])


@pytest.fixture
def restart(
    hass: HomeAssistant, entry: MockConfigEntry, automations: list[dict[str, Any]]
) -> Restart:
    """Return a function that restarts the automations and the entry."""

    async def _restart(*, clean: bool = True, meanwhile: Any = None) -> None:
        if clean:
            for job in list(hass._shutdown_jobs):
                hass.async_run_hass_job(job.job, *job.args)
            await settle(hass)
        await reload_automations(hass, [])
        for scene in hass.states.async_entity_ids("scene"):
            await hass.services.async_call(
                "scene", "delete", {"entity_id": scene}, blocking=True
            )
        await hass.config_entries.async_unload(entry.entry_id)
        hass.set_state(CoreState.starting)
        await hass.config_entries.async_setup(entry.entry_id)
        await reload_automations(hass, automations)
        if meanwhile is not None:
            await meanwhile()
        hass.set_state(CoreState.running)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await settle(hass)

    return _restart


@pytest.fixture
def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Wait:
    """Return a function that moves the time forward by minutes."""

    async def _wait(minutes: float) -> None:
        freezer.tick(timedelta(minutes=minutes, seconds=1))
        async_fire_time_changed(hass)
        await settle(hass)

    return _wait


@pytest.fixture
def change(hass: HomeAssistant, client: TestClient[Any, Any]) -> Change:
    """Return a function that delivers alerts, each a minute after the previous one."""
    count = 0

    async def _change(
        status: str, host: str = "web01", metric_name: str = "CPU", **fields: Any
    ) -> None:
        nonlocal count
        count += 1
        response = await client.post(
            WEBHOOK_PATH,
            json=payload(
                id=None,
                agent=f"951df56d-d5dd-58c3-ab9a-{sum(host.encode()):012}",
                metric=f"4bec41e4-4efc-4bb8-b872-{sum(metric_name.encode()):012}",
                status=["ok", "warning", "critical", "unknown"].index(status),
                status_text=status.title(),
                title=f"{host} - {metric_name} is {status.title()}",
                status_changed_at=f"2026-11-20T08:{count:02}:00Z",
            )
            | fields,
        )
        assert response.status == 200
        await settle(hass)

    return _change
