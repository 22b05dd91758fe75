"""A house with a dashboard on which scenes are shown, and what tests look at there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect
from scenes import Scene

from scripts.demo import RECORDED
from scripts.frontend import RENDER_MILLISECONDS, add_dashboard, open_frontend, settle
from scripts.house import House

STAND_IN = Path(__file__).parent / "incidents_stand_in"
DASHBOARD = "bleemeo-test"
OVERVIEW = f"/{DASHBOARD}/overview"
# people perceive what appears within this time as immediate
SOON_MILLISECONDS = 1_000
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1600, "height": 1000}
WALL_TABLET = {"width": 1280, "height": 800}

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

    async def add_dashboard(
        self, path: str, title: str = "Bleemeo", **options: Any
    ) -> str:
        """Add a dashboard with these options, and return its address."""
        strategy = {"type": "custom:bleemeo", **options}
        await add_dashboard(self.house, path, {"strategy": strategy}, title)
        return f"/{path}/overview"


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
        stage = Stage(house, entry_id)
        await stage.add_dashboard(DASHBOARD)
        yield stage


async def open_board(page: Page, stage: Stage, path: str = OVERVIEW) -> Locator:
    """Open a dashboard, wait until it shows what is told, and return it."""
    await open_frontend(page, stage.house, path)
    board = page.locator("bleemeo-board-card")
    await expect(board.locator("h2").first).not_to_be_empty(timeout=RENDER_MILLISECONDS)
    await settle(page)
    return board


def hero(page: Page) -> Locator:
    """Return what is said first."""
    return page.locator(".hero")


def group(page: Page, server: str) -> Locator:
    """Return the open alerts of a server."""
    return page.locator(".group").filter(has=page.get_by_text(server, exact=True))


def row(page: Page, server: str) -> Locator:
    """Return a server among the servers."""
    return page.locator(".servers .row").filter(
        has=page.get_by_text(server, exact=True)
    )


def dialog(page: Page) -> Locator:
    """Return the dialog of an alert."""
    return page.locator("bleemeo-alert-dialog dialog")


def complaints_of(page: Page) -> list[str]:
    """Return a list that collects the errors of the page and its console."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type == "error" else None
        ),
    )
    return complaints
