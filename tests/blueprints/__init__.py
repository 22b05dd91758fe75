"""Tests of the blueprints, in real automations triggered by real alerts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
import time
from typing import Any
from unittest.mock import patch
from zlib import crc32

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
from tests import payload

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "blueprints" / "automation" / "bleemeo"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))

# what a title and a text may contain, by mistake or on purpose
METRIC = """It's "50%" {{ 1 / 0 }} {% raw %} <b>&amp;</b> C:\\new"""
TEXT = """{'a': None, "b": [1, 2]} {# } }} <script>alert("'")</script> \\n & é"""

type Change = Callable[..., Awaitable[None]]
type Automate = Callable[..., Awaitable[None]]
type Pushed = Callable[[], list[dict[str, Any]]]
type Restart = Callable[..., Awaitable[None]]
type Storm = Callable[[list[dict[str, Any]]], Awaitable[None]]
type Wait = Callable[[float], Awaitable[None]]


async def settle(hass: HomeAssistant) -> None:
    """Wait until everything is done except automations that wait themselves.

    Home Assistant's own wait would include those, while time stands still.
    """
    for _ in range(5):
        await asyncio.to_thread(time.sleep, 0.004)
        for _ in range(10):
            await asyncio.sleep(0)


async def reload_automations(
    hass: HomeAssistant, automations: list[dict[str, Any]]
) -> None:
    """Reload Home Assistant's automations with these, and no others."""
    with patch(
        "homeassistant.config.load_yaml_config_file",
        autospec=True,
        return_value={AUTOMATION: automations},
    ):
        await hass.services.async_call(AUTOMATION, "reload", blocking=True)
    await settle(hass)


def device_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the device of an entity."""
    registered = er.async_get(hass).async_get(entity_id)
    assert registered is not None
    assert registered.device_id is not None
    return registered.device_id


def sent(calls: list[ServiceCall], key: str = "message") -> list[Any]:
    """Return the messages of the calls."""
    return [call.data[key] for call in calls]


def alert(status: str, host: str = "web01", metric_name: str = "CPU") -> dict[str, Any]:
    """Return an alert that is raised now."""
    return payload(
        id=None,
        agent=f"951df56d-d5dd-58c3-ab9a-{crc32(host.encode()):012}",
        metric=f"4bec41e4-4efc-4bb8-b872-{crc32((host + metric_name).encode()):012}",
        status=["ok", "warning", "critical", "unknown"].index(status),
        status_text=status.title(),
        title=f"{host} - {metric_name} is {status.title()}",
        status_changed_at=datetime.now(UTC).isoformat(),
    )
