"""A house with a dashboard on which scenes are shown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenes import Scene

from scripts.demo import RECORDED
from scripts.frontend import add_dashboard
from scripts.house import House

STAND_IN = Path(__file__).parent / "incidents_stand_in"
DASHBOARD = "bleemeo-test"
OVERVIEW = f"/{DASHBOARD}/overview"

type Json = dict[str, Any]


@dataclass
class Stage:
    """The integration with a dashboard, and a say in what is told of its servers."""

    house: House
    entry_id: str

    async def show(self, scene: Scene) -> None:
        """Have this scene told from now on, also to pages that are open."""
        told = scene.told(self.entry_id)
        await self.house.command("incidents_stand_in/show", told=told)

    async def heard(self) -> Json:
        """Return the actions that were called since the last time, and who listens."""
        heard: Json = await self.house.command("incidents_stand_in/heard")
        return heard

    async def calls(self) -> list[Json]:
        """Return the actions that were called since the last time."""
        return list((await self.heard())["calls"])


@asynccontextmanager
async def staged(**options: Any) -> AsyncIterator[Stage]:
    """Return a stage in a house of its own, with the dashboard that people get."""
    configuration = {
        **RECORDED,
        "incidents_stand_in": None,
        **options.pop("configuration", {}),
    }
    async with House(
        configuration=configuration, components=[STAND_IN], **options
    ) as house:
        entry_id, _ = await house.add_bleemeo("Bleemeo")
        strategy = {"strategy": {"type": "custom:bleemeo"}}
        await add_dashboard(house, DASHBOARD, strategy, "Bleemeo")
        yield Stage(house, entry_id)
