"""Home Assistant's frontend in a real Chromium: for the pictures and the tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import json
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Route, expect

from .chromium import CHOICE, NoChromium, launch
from .house import HOST, House

RENDER_MILLISECONDS = 60_000


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Return a Chromium that runs as long as the context.

    Raises:
        NoChromium: none has been chosen yet.
    """
    if not CHOICE.exists():
        raise NoChromium("no Chromium has been chosen yet; run scripts/setup e2e")
    async with launch(CHOICE.read_text()) as browser:
        yield browser


async def new_page(
    browser: Browser, house: House, token: str | None = None, **options: Any
) -> Page:
    """Return a page that is logged in, calm, and asks nothing of other machines.

    Args:
        browser: What opens the page.
        house: The Home Assistant that the page is logged in to.
        token: An access token; without it, the house's own.
        options: What Playwright takes for a new page: `viewport`, `color_scheme`, ...
    """
    page = await browser.new_page(
        **{"locale": "en-GB", "reduced_motion": "reduce", **options}
    )
    await page.route(lambda url: urlsplit(url).hostname != HOST, _refuse)
    now = datetime.now(UTC).timestamp()
    tokens = {
        "access_token": token or house.token,
        "token_type": "Bearer",
        "refresh_token": "",
        "expires_in": 86_400,
        "expires": round((now + 86_400) * 1000),
        "hassUrl": house.url,
        "clientId": f"{house.url}/",
    }
    value = json.dumps(json.dumps(tokens))
    await page.add_init_script(f"localStorage.setItem('hassTokens', {value})")
    return page


async def open_frontend(page: Page, house: House, path: str) -> None:
    """Open a page of the frontend and wait until its frame is there.

    What the page itself shows may come later: the caller awaits what it is after.
    """
    await page.goto(house.url + path)
    await expect(page.locator("home-assistant-main")).to_be_attached(
        timeout=RENDER_MILLISECONDS
    )


async def settle(page: Page) -> None:
    """Wait until nothing on the page is loading any more."""
    spinners = page.locator("ha-spinner, hass-loading-screen")
    await expect(spinners).to_have_count(0, timeout=RENDER_MILLISECONDS)
    await page.wait_for_load_state("networkidle", timeout=RENDER_MILLISECONDS)
    await page.evaluate("document.fonts.ready.then(() => null)")


async def add_dashboard(
    house: House, path: str, config: dict[str, Any], title: str = "Dashboard"
) -> None:
    """Add a dashboard that is kept in Home Assistant's storage."""
    await house.command(
        "lovelace/dashboards/create",
        url_path=path,
        title=title,
        mode="storage",
    )
    await house.command("lovelace/config/save", url_path=path, config=config)


async def open_offers(page: Page, kind: str) -> None:
    """Have the automation editor show what Bleemeo offers of a kind: trigger, condition."""
    await page.get_by_role("button", name=f"Add {kind}", exact=True).click()
    await page.get_by_text("By type", exact=True).click()
    dialog = page.locator("add-automation-element-dialog")
    await dialog.get_by_text("Bleemeo", exact=True).click()


async def _refuse(route: Route) -> None:
    await route.abort()
