"""The dashboard is for everybody: contrast, names, roles, and calm for who asks for it."""

from dataclasses import replace
from itertools import product
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
import pytest
from scenes import FINE, FIVE, NOTHING, Scene, many
from stage import PHONE, TABLET, WALL_TABLET, Stage, dialog, hero, open_board

from scripts.frontend import RENDER_MILLISECONDS, new_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

OURS = ("bleemeo-board-card", "bleemeo-alert-dialog")
LOOKS = tuple(product(("light", "dark"), (PHONE, TABLET)))
# each scheme and each screen once
TWO_LOOKS = (LOOKS[0], LOOKS[3])
AMBER = replace(
    FINE,
    reports=tuple(
        report
        for report in FIVE.reports
        if report.metric == "Disk used (/home)" or report in FINE.reports
    ),
)


async def turn(page: Page, color_scheme: Any, viewport: Any) -> None:
    """Show an open page in other colours, on another screen."""
    await page.set_viewport_size(viewport)
    await page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
    await page.wait_for_timeout(300)


async def verdict(page: Page) -> dict[str, set[str]]:
    """Return the rules that are broken, and those that are kept, in what is ours."""
    results = await Axe().run(page, options={"resultTypes": ["violations", "passes"]})
    return {
        kind: {
            rule["id"]
            for rule in results.response[kind]
            if any(
                name in str(node["target"]) for node in rule["nodes"] for name in OURS
            )
        }
        for kind in ("violations", "passes")
    }


@pytest.mark.parametrize(
    "scene",
    [FIVE, AMBER, FINE, NOTHING, many(30, 40)],
    ids=["five open", "a warning", "all fine", "nothing known", "many"],
)
async def test_it_is_accessible(page: Page, stage: Stage, scene: Scene) -> None:
    """By WCAG 2.2 AA and best practices, as far as axe-core can tell."""
    await stage.show(scene)
    await open_board(page, stage)
    for scheme, viewport in LOOKS if scene is FIVE else TWO_LOOKS:
        await turn(page, scheme, viewport)
        found = await verdict(page)
        assert found["violations"] == set(), (scheme, viewport)
        assert found["passes"] >= {"color-contrast", "region"}


async def test_the_steps_are_accessible_while_something_is_tested(
    page: Page, stage: Stage
) -> None:
    """They are there below the test alert, in its colours."""
    await stage.show(NOTHING)
    await open_board(page, stage)
    await page.get_by_role("button", name="Send test alert").click()
    await expect(hero(page)).to_have_class("hero warning")
    for scheme, viewport in TWO_LOOKS:
        await turn(page, scheme, viewport)
        found = await verdict(page)
        assert found["violations"] == set(), (scheme, viewport)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
async def test_the_dialog_is_accessible(
    browser: Browser, stage: Stage, color_scheme: Any
) -> None:
    """It is named by its alert."""
    await stage.show(FIVE)
    page = await new_page(browser, stage.house, color_scheme=color_scheme)
    await open_board(page, stage)
    await hero(page).get_by_role("button").click()
    await expect(
        page.get_by_role("dialog", name="nas.example.com · UPS")
    ).to_be_visible()
    found = await verdict(page)
    await page.close()
    assert found["violations"] == set()
    assert found["passes"] >= {"color-contrast", "button-name"}


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
async def test_the_dark_wall_is_accessible(
    browser: Browser, stage: Stage, color_scheme: Any
) -> None:
    """What is dimmed can still be read."""
    await stage.show(FINE)
    path = await stage.add_dashboard(f"wall-{color_scheme}", wall=True)
    page = await new_page(
        browser, stage.house, viewport=WALL_TABLET, color_scheme=color_scheme
    )
    await page.clock.install()
    board = await open_board(page, stage, path)
    await page.clock.fast_forward(62_000)
    await expect(board).to_have_attribute("dim", "", timeout=RENDER_MILLISECONDS)
    found = await verdict(page)
    await page.close()
    assert found["violations"] == set()
    assert "color-contrast" in found["passes"]


async def test_nothing_moves_for_who_asks_for_calm(
    browser: Browser, stage: Stage
) -> None:
    """The only thing that moves, while nothing is known, is still then."""
    await stage.show(NOTHING)
    names = {}
    for motion in ("reduce", "no-preference"):
        page = await new_page(browser, stage.house, reduced_motion=motion)
        await open_board(page, stage)
        await expect(page.locator(".pulse")).to_be_visible()
        names[motion] = await page.locator(".pulse").evaluate(
            "(pulse) => getComputedStyle(pulse, '::before').animationName"
        )
        await page.close()
    assert names == {"reduce": "none", "no-preference": "pulse"}


# colours of what is drawn on what: without a ground of its own, it is that of its part
LOOKED_AT = """(node) => {
  const { color, backgroundColor } = getComputedStyle(node);
  const ground = getComputedStyle(node.closest(".part")).backgroundColor;
  return [color, backgroundColor === "rgba(0, 0, 0, 0)" ? ground : backgroundColor];
}"""


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
async def test_what_is_chosen_or_seen_shows_in_high_contrast(
    browser: Browser, stage: Stage, color_scheme: Any
) -> None:
    """Where the browser puts a few colours of its own in the place of ours."""
    await stage.show(FIVE)
    page = await new_page(
        browser,
        stage.house,
        viewport=TABLET,
        color_scheme=color_scheme,
        forced_colors="active",
    )
    await open_board(page, stage)
    days = page.locator(".week .day")
    await days.nth(2).click()
    ticks, chips = page.locator(".tick ha-icon"), page.locator(".incidents .chip")
    differing = {
        "a chip": (chips.nth(0), chips.nth(1)),
        "a day": (days.nth(2), days.nth(3)),
        # SMART status is acknowledged
        "a tick": (ticks.nth(1), ticks.nth(0)),
        "a critical day": (
            days.locator(".column").nth(6),
            days.locator(".column").nth(0),
        ),
    }
    alike = [
        name
        for name, (one, other) in differing.items()
        if await one.evaluate(LOOKED_AT) == await other.evaluate(LOOKED_AT)
    ]
    assert alike == []
    color, _ = await ticks.nth(0).evaluate(LOOKED_AT)
    assert color == "rgba(0, 0, 0, 0)"
    await hero(page).get_by_role("button").click()
    await expect(dialog(page)).to_have_css("border-top-width", "1px")
    await page.close()


async def test_a_screen_reader_hears_what_changes(page: Page, stage: Stage) -> None:
    """The first line is announced, and a bar says what it shows."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await expect(hero(page).get_by_role("status")).to_contain_text("UPS is critical")
    servers = page.get_by_role("list", name="Servers", exact=True)
    await expect(servers.get_by_role("listitem")).to_have_count(12)
    await expect(servers.get_by_role("listitem").first).to_have_attribute(
        "aria-setsize", "12"
    )
    await expect(dialog(page)).to_have_count(0)
