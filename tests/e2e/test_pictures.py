"""The pictures of the documents: each shows what it is for.

They are written into a folder that is thrown away, or into docs/images with PICTURES=1.
"""

from dataclasses import dataclass
import os
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, expect
import pytest
from scenes import FINE, FIVE, Scene, many
from stage import (
    OVERVIEW,
    PHONE,
    WALL_TABLET,
    Stage,
    complaints_of,
    dialog,
    group,
    hero,
    open_board,
)

from scripts.frontend import RENDER_MILLISECONDS, new_page, settle
from scripts.screenshot import IMAGES

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESKTOP = {"width": 1600, "height": 1000}
LAPTOP = {"width": 1280, "height": 800}
WALL = "/wall-picture/overview"
CALM_MILLISECONDS = 62_000


@dataclass(frozen=True)
class Picture:
    """A picture: what it shows, on which screen."""

    name: str
    scene: Scene
    says: str
    viewport: Any
    path: str = OVERVIEW
    color_scheme: Any = "light"
    language: str = "en"
    is_later: bool = False
    is_open: bool = False
    is_more: bool = False


PICTURES = (
    Picture("dashboard", FIVE, "nas: UPS is critical", DESKTOP),
    Picture("dashboard-fine", FINE, "All 12 servers are fine", DESKTOP),
    Picture("dashboard-many", many(200, 300), "60 servers have problems", DESKTOP),
    Picture("dashboard-phone", FIVE, "nas: UPS is critical", PHONE),
    Picture("dashboard-wall", FIVE, "nas: UPS is critical", WALL_TABLET, WALL),
    Picture(
        "dashboard-night",
        FINE,
        "All 12 servers are fine",
        WALL_TABLET,
        WALL,
        is_later=True,
    ),
    Picture(
        "dashboard-dark", FIVE, "nas: UPS is critical", LAPTOP, color_scheme="dark"
    ),
    Picture(
        "dashboard-french",
        FIVE,
        "nas\u00a0: UPS est critique",
        LAPTOP,
        language="fr",
    ),
    Picture("dashboard-alert", FIVE, "nas: UPS is critical", LAPTOP, is_open=True),
    Picture(
        "more-info", FIVE, "nas: UPS is critical", LAPTOP, is_open=True, is_more=True
    ),
)
# what the others show, the tests of the dashboard look at
ALWAYS = {"dashboard", "dashboard-french", "dashboard-phone"}
TAKEN = [
    picture
    for picture in PICTURES
    if os.environ.get("PICTURES") or picture.name in ALWAYS
]


@pytest.mark.parametrize("picture", TAKEN, ids=lambda picture: picture.name)
async def test_each_picture_shows_what_it_is_for(
    browser: Browser, stage: Stage, tmp_path: Path, picture: Picture
) -> None:
    """And nothing on it is an error or still loading."""
    if picture.path == WALL and not any(
        panel["url_path"] == "wall-picture"
        for panel in await stage.house.command("lovelace/dashboards/list")
    ):
        await stage.add_dashboard("wall-picture", "Wall", wall=True)
    await stage.show(picture.scene)
    page = await new_page(
        browser,
        stage.house,
        viewport=picture.viewport,
        color_scheme=picture.color_scheme,
    )
    await page.add_init_script(
        f"localStorage.setItem('selectedLanguage', '\"{picture.language}\"')"
    )
    logged = complaints_of(page)
    if picture.is_later:
        await page.clock.install()
    board = await open_board(page, stage, picture.path)
    await expect(hero(page).locator("h2")).to_have_text(picture.says)
    await expect(hero(page)).to_be_in_viewport(ratio=1)
    await expect(page.locator(".servers .row").first).to_be_attached()
    if picture.is_later:
        await page.clock.fast_forward(CALM_MILLISECONDS)
        await expect(board).to_have_attribute("dim", "", timeout=RENDER_MILLISECONDS)
    if picture.is_open:
        await group(page, "web01").get_by_role("button").first.click()
        await expect(dialog(page)).to_contain_text("88 %, threshold 80 %")
    if picture.is_more:
        await dialog(page).get_by_role("button", name="More info").click()
        await expect(page.locator("bleemeo-more-info .buttons")).to_be_visible()
        await expect(page.get_by_text("Became warning").first).to_be_visible()
    await settle(page)
    folder = IMAGES if os.environ.get("PICTURES") else tmp_path
    path = folder / f"{picture.name}.png"
    await page.screenshot(path=path)
    assert path.stat().st_size > 20_000
    await page.close()
    assert logged == []
