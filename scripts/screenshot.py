"""Pictures of the frontend, taken from a real Home Assistant after a day of alerts."""

import asyncio
from datetime import UTC, datetime
import json
from pathlib import Path
import shutil
import sys
from urllib.parse import urlsplit

from playwright.async_api import Page, Route, ViewportSize, async_playwright, expect

from .demo import DAY, RECORDED
from .house import HOST, House
from .simulated_bleemeo import SimulatedBleemeo, read_day, shifted

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = ViewportSize(width=1280, height=800)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
RENDER_MILLISECONDS = 60_000


async def open_frontend(page: Page, house: House, path: str) -> None:
    """Open a page of the frontend, logged in, and wait until its frame is there.

    What the page itself shows may come later: the caller awaits what it is after.
    """
    now = datetime.now(UTC).timestamp()
    tokens = {
        "access_token": house.token,
        "token_type": "Bearer",
        "refresh_token": "",
        "expires_in": 86_400,
        "expires": round((now + 86_400) * 1000),
        "hassUrl": house.url,
        "clientId": f"{house.url}/",
    }
    value = json.dumps(json.dumps(tokens))
    await page.add_init_script(f"localStorage.setItem('hassTokens', {value})")
    await page.goto(house.url + path)
    await expect(page.locator("home-assistant-main")).to_be_attached(
        timeout=RENDER_MILLISECONDS
    )


async def take_pictures() -> None:
    """Play the day and take every picture."""
    async with House(configuration=RECORDED) as house, async_playwright() as playwright:
        _, address = await house.add_bleemeo("Bleemeo")
        day = shifted(read_day(DAY), datetime.now(UTC))
        await SimulatedBleemeo(address, house.session).play(day, 1)
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        page = await browser.new_page(
            viewport=SIZE, color_scheme="light", locale="en-GB", reduced_motion="reduce"
        )
        await page.route(lambda url: urlsplit(url).hostname != HOST, _refuse)
        await _picture_device(page, house)
        await browser.close()


async def _picture_device(page: Page, house: House) -> None:
    device = next(
        device
        for device in await house.devices()
        if device["name"] == "web01.example.com"
    )
    await open_frontend(page, house, f"/config/devices/device/{device['id']}")
    for text in ("CPU", "Disk used (/home) status", "Raised"):
        await expect(page.get_by_text(text, exact=True).first).to_be_visible(
            timeout=RENDER_MILLISECONDS
        )
    await _settle(page)
    await page.screenshot(path=IMAGES / "device.png")


async def _settle(page: Page) -> None:
    """Wait until nothing on the page is loading any more."""
    spinners = page.locator("ha-spinner, hass-loading-screen")
    await expect(spinners).to_have_count(0, timeout=RENDER_MILLISECONDS)
    await page.wait_for_load_state("networkidle", timeout=RENDER_MILLISECONDS)
    await page.evaluate("document.fonts.ready.then(() => null)")


async def _refuse(route: Route) -> None:
    await route.abort()


if __name__ == "__main__":
    if shutil.which("chromium") is None:
        sys.exit("scripts/screenshot needs chromium (Debian: apt-get install chromium)")
    asyncio.run(take_pictures())
