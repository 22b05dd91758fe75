"""Automations for tests: real ones, that say what they were told."""

import asyncio
from collections import Counter
from pathlib import Path
import shutil
import time
from typing import Any, Self
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
from tests import settle_journal

CPU = "sensor.web01_example_com_cpu"

# an event cannot carry a duration, so send it as text
_TELL = "{{ dict(trigger, **({'for': trigger['for'] | string} if 'for' in trigger else {})) }}"


def telling(name: str, trigger: dict[str, Any]) -> dict[str, Any]:
    """Return an automation that fires an event with what its trigger hands over."""
    return {
        "id": name,
        "alias": name,
        # each run is to be counted
        "mode": "queued",
        "max": 10_000,
        "triggers": trigger,
        "actions": {
            "event": "told",
            "event_data": {"name": name, "trigger": _TELL},
        },
    }


async def settle(hass: HomeAssistant) -> None:
    """Wait until everything is done except what waits for a time."""
    for _ in range(5):
        await asyncio.to_thread(time.sleep, 0.004)
        for _ in range(5):
            await asyncio.sleep(0)


class House:
    """A Home Assistant with automations, that can be interrupted in many ways."""

    def __init__(
        self, hass: HomeAssistant, entry: MockConfigEntry, clock: FrozenDateTimeFactory
    ) -> None:
        """Start without automations."""
        self.hass = hass
        self.entry = entry
        self.clock = clock
        self.automations: list[dict[str, Any]] = []
        self.events = async_capture_events(hass, "told")

    async def automate(self, name: str, key: str, **options: Any) -> Self:
        """Add an automation with one of our triggers."""
        target = options.pop("target", None)
        trigger = {"trigger": f"{DOMAIN}.{key}", "options": options}
        if target is not None:
            trigger["target"] = target
        return await self.add(telling(name, trigger))

    async def add(self, automation: dict[str, Any]) -> Self:
        """Add an automation."""
        self.automations.append(automation)
        assert await async_setup_component(self.hass, AUTOMATION, {})
        await self.load(self.automations)
        return self

    async def load(self, automations: list[dict[str, Any]]) -> None:
        """Reload Home Assistant's automations with these, and no others."""
        with patch(
            "homeassistant.config.load_yaml_config_file",
            autospec=True,
            return_value={AUTOMATION: automations},
        ):
            await self.hass.services.async_call(AUTOMATION, "reload", blocking=True)
        await settle(self.hass)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What each run was told."""
        return [event.data["trigger"] for event in self.events]

    @property
    def told(self) -> list[tuple[str, str]]:
        """The automation and the status of each run, in order."""
        return [
            (event.data["name"], event.data["trigger"]["status"])
            for event in self.events
        ]

    @property
    def count(self) -> Counter[str]:
        """How often each automation ran."""
        return Counter(event.data["name"] for event in self.events)

    async def wait(self, seconds: float, steps: int = 2) -> None:
        """Let time pass in few steps, and run what is due at each."""
        for _ in range(steps):
            self.clock.tick(seconds / steps)
            async_fire_time_changed(self.hass)
            await settle(self.hass)
            await settle_journal(self.entry)

    async def save(self) -> None:
        """Save the automations as a person does in the editor: their actions are others."""
        for automation in self.automations:
            automation["description"] = f"{automation.get('description', '')}."
        await self.load(self.automations)

    async def switch(self, service: str, name: str | None = None) -> None:
        """Turn the automations on or off, or the one that is named."""
        for automation in self.automations:
            if name not in (None, automation["alias"]):
                continue
            entity_id = f"{AUTOMATION}.{automation['alias']}"
            await self.hass.services.async_call(
                AUTOMATION, service, {"entity_id": entity_id}, blocking=True
            )
        await settle(self.hass)

    async def stop(self, *, is_killed: bool = False) -> None:
        """End Home Assistant; what only its memory knew is gone.

        If it is killed, the journal is as at the last commit.
        """
        await settle_journal(self.entry)
        folder, kept = Path(self.hass.config.path(".storage")), None
        if is_killed:
            kept = Path(self.hass.config.path("killed"))
            shutil.copytree(folder, kept)
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        self.hass.set_state(CoreState.stopping)
        await self.load([])
        for key in ("bleemeo_memories", "bleemeo_seen"):
            self.hass.data.pop(key, None)
        if kept is not None:
            shutil.rmtree(folder)
            kept.rename(folder)

    async def start(
        self, meanwhile: Any = None, *, is_entry_late: bool = False
    ) -> None:
        """Start Home Assistant; `meanwhile` is called when it takes alerts already."""
        self.hass.set_state(CoreState.starting)
        if is_entry_late:
            await self.load(self.automations)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        if not is_entry_late:
            await self.load(self.automations)
        if meanwhile is not None:
            await meanwhile()
        self.hass.set_state(CoreState.running)
        self.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await settle(self.hass)

    async def act(self, action: str, **data: Any) -> None:
        """Call one of our actions on the metric that most tests are about."""
        await self.hass.services.async_call(
            DOMAIN, action, {"entity_id": CPU, **data}, blocking=True
        )
        await settle(self.hass)

    async def reload(self) -> None:
        """Reload the entry."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await settle(self.hass)


async def restart(house: House) -> None:
    """Stop, and start a minute later."""
    await house.stop()
    house.clock.tick(60)
    await house.start()


async def kill(house: House) -> None:
    """Kill, and start a minute later."""
    await house.stop(is_killed=True)
    house.clock.tick(60)
    await house.start()


async def turn_off_and_on(house: House) -> None:
    """Turn the automations off, and on again."""
    await house.switch("turn_off")
    await house.switch("turn_on")
