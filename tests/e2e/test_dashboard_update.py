"""A page that is older than the integration says so, and reloads itself when that is safe."""

import asyncio
from urllib.parse import urlsplit

from playwright.async_api import Browser, Locator, Page, Route, expect
import pytest
from scenes import FINE
from stage import OVERVIEW, Stage, hero

from scripts.frontend import RENDER_MILLISECONDS, new_page, open_frontend
from scripts.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

# how long an outdated page waits until it reloads itself, and then looks again
PATIENCE_MILLISECONDS = 60_000
RETRY_MILLISECONDS = 5_000


async def update_integration(house: House, mark: str) -> None:
    """Change a module and restart Home Assistant, as an update does."""
    module = house.path / "custom_components" / "bleemeo" / "frontend" / "texts.js"
    with module.open("a", encoding="utf-8") as updated:
        updated.write(f'\ndocument.documentElement.dataset.bleemeo = "{mark}";\n')
    await house.restart()


async def open_page(page: Page, stage: Stage) -> Locator:
    """Open the dashboard, and return the button that reloads it."""
    if not stage.entry_id:
        await stage.show(FINE)
    await open_frontend(page, stage.house, OVERVIEW)
    await expect(hero(page)).to_contain_text("fine", timeout=RENDER_MILLISECONDS)
    return page.get_by_role("button", name="Reload page")


async def runs(page: Page, mark: str) -> None:
    """Wait until the page runs the module with this mark."""
    await expect(page.locator("html")).to_have_attribute(
        "data-bleemeo", mark, timeout=RENDER_MILLISECONDS
    )


async def test_an_update_reaches_each_open_page(browser: Browser, stage: Stage) -> None:
    """By a button that stays away until it is needed, or by itself, as on a wall tablet."""
    kept = await new_page(browser, stage.house)
    reload = await open_page(kept, stage)
    await expect(reload).not_to_be_visible()
    page = await new_page(browser, stage.house)
    await page.clock.install()
    await open_page(page, stage)
    await update_integration(stage.house, "updated")
    await expect(reload).to_be_visible(timeout=RENDER_MILLISECONDS)
    await reload.click()
    await runs(kept, "updated")
    await expect(hero(kept)).to_be_visible(timeout=RENDER_MILLISECONDS)
    await expect(reload).not_to_be_visible()
    await kept.close()

    button = page.get_by_role("button", name="Reload page")
    await expect(button).to_be_visible(timeout=RENDER_MILLISECONDS)
    assert await page.locator("html").get_attribute("data-bleemeo") is None
    await page.clock.fast_forward(PATIENCE_MILLISECONDS)
    await runs(page, "updated")
    await expect(page.locator("bleemeo-board-card")).to_be_visible(
        timeout=RENDER_MILLISECONDS
    )
    await page.close()


# what tries again each second, or each five, does so four times a second
IMPATIENT = """{
  const wait = window.setTimeout;
  window.setTimeout = (call, delay, ...values) =>
    wait(call, delay >= 1000 && delay <= 5000 ? 250 : delay, ...values);
}"""


async def test_a_page_asks_for_no_modules_while_home_assistant_starts(
    browser: Browser, stage: Stage
) -> None:
    """It would be told that there are none; once it runs, the page does ask."""
    page = await new_page(browser, stage.house)
    await page.add_init_script(IMPATIENT)
    await open_page(page, stage)
    answers: list[int] = []
    page.on(
        "response",
        lambda answer: (
            answers.append(answer.status) if "/bleemeo/" in answer.url else None
        ),
    )
    await stage.house.restart()
    async with asyncio.timeout(RENDER_MILLISECONDS / 1000):
        while not answers:
            await page.wait_for_timeout(100)
    assert set(answers) == {200}
    await page.close()


# what somebody types is lost, Home Assistant starts, modules are not served; and the end of each
UNSAFE = (
    ("window.isDirtyState = true", "window.isDirtyState = false"),
    (
        """{
          const page = document.querySelector("home-assistant");
          page.hass = { ...page.hass, config: { ...page.hass.config, state: "STARTING" } };
        }""",
        """{
          const page = document.querySelector("home-assistant");
          page.hass = { ...page.hass, config: { ...page.hass.config, state: "RUNNING" } };
        }""",
    ),
    (
        "{ window.asked = window.fetch; window.fetch = async () => ({ status: 404 }); }",
        "window.fetch = window.asked",
    ),
)


async def test_it_does_not_reload_into_a_page_that_would_not_work(
    browser: Browser, stage: Stage
) -> None:
    """Nor away from what somebody is typing; it looks again until it may."""
    page = await new_page(browser, stage.house)
    await page.clock.install()
    reload = await open_page(page, stage)
    await update_integration(stage.house, "once it may")
    await expect(reload).to_be_visible(timeout=RENDER_MILLISECONDS)
    await page.evaluate("window.isSamePage = true")
    over = ""
    for unsafe, safe in UNSAFE:
        # what comes begins before what was there ends
        await page.evaluate(f"{unsafe}; {over}")
        over = safe
        await page.clock.run_for(PATIENCE_MILLISECONDS + 3 * RETRY_MILLISECONDS)
        await page.wait_for_timeout(500)
        assert await page.evaluate("window.isSamePage"), unsafe
    await page.evaluate(over)
    await page.clock.run_for(2 * RETRY_MILLISECONDS)
    await runs(page, "once it may")
    await page.close()


async def test_a_page_that_the_browser_kept_says_that_it_is_old(
    browser: Browser, stage: Stage
) -> None:
    """Home Assistant's service worker shows it once more after an update."""
    ours = f"{stage.house.url}/bleemeo/"
    kept: dict[str, str] = {}
    page = await new_page(browser, stage.house)
    page.on("request", lambda request: kept.setdefault(request.url, ""))
    await open_page(page, stage)
    for url in list(kept):
        if url.startswith(ours):
            kept[url] = await (await page.request.get(url)).text()
    shown = await (await page.request.get(stage.house.url + OVERVIEW)).text()
    [entry] = [url for url in kept if url.endswith("/bleemeo.js")]
    assert urlsplit(entry).path in shown
    await page.close()
    await update_integration(stage.house, "in the background")

    async def answer(route: Route) -> None:
        request = route.request
        body = kept.get(request.url)
        if request.method == "HEAD" or not body:
            # the resources of dashboards name the new modules
            await route.continue_()
        else:
            await route.fulfill(body=body, content_type="text/javascript")

    page = await new_page(browser, stage.house)
    # a page that comes from no address may not connect to one of this machine
    await page.context.grant_permissions(["local-network-access"])
    await page.route(f"{ours}**", answer)
    await page.route(
        stage.house.url + OVERVIEW,
        lambda route: route.fulfill(body=shown, content_type="text/html"),
    )
    await open_frontend(page, stage.house, OVERVIEW)
    await expect(page.get_by_role("button", name="Reload page")).to_be_visible(
        timeout=RENDER_MILLISECONDS
    )
    await page.close()
