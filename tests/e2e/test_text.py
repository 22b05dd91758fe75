"""In a real Chromium, what a sender wrote is text where Home Assistant renders Markdown."""

from collections.abc import AsyncIterator
import json
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, expect
import pytest
import pytest_asyncio
from servers import Servers

from scripts.frontend import (
    RENDER_MILLISECONDS,
    add_dashboard,
    new_page,
    open_frontend,
    settle,
)
from scripts.house import HOST, House
from scripts.screenshot import documented_yaml, side_by_side

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
HOSTILE: list[str] = json.loads((FIXTURES / "hostile.json").read_text("utf-8"))
# what Markdown and HTML make, except for our own list and its bold names
MADE = "a, audio, blockquote, code, del, em, font, h1, ha-icon, hr, i, iframe, img, ol, pre, script, svg, table"


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, house: House) -> AsyncIterator[Page]:
    """Return a page, and check that it asks nobody else for anything."""
    page = await new_page(browser, house)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    await page.close()
    hosts = {urlsplit(url).hostname for url in asked}
    assert HOST in hosts
    assert [host for host in hosts if host and "evil" in host] == []


async def test_the_documented_markdown_card_shows_forty_hostile_texts(
    page: Page, house: House
) -> None:
    """No picture is fetched, and nothing is more than text."""
    alerts = [
        {"host": text, "metric_name": text, "status": "critical", "text": text}
        for text in HOSTILE
    ]
    path = "/api/states/sensor.bleemeo_open_alerts"
    await house.post(path, {"state": "40", "attributes": {"alerts": alerts}})
    _, cards = documented_yaml()
    [card] = [each for each in cards if each["type"] == "markdown"]
    await add_dashboard(house, "hostile-texts", side_by_side([card]))
    await open_frontend(page, house, "/hostile-texts/cards")
    shown = page.locator("hui-markdown-card ha-markdown-element")
    await expect(shown.locator("li")).to_have_count(40, timeout=RENDER_MILLISECONDS)
    for number, text in enumerate(HOSTILE):
        plain = " ".join(text.split())
        await expect(shown.locator("li").nth(number)).to_have_text(
            f"{plain}: {plain} is critical. {plain}"
        )
    await expect(shown.locator(MADE)).to_have_count(0)


async def test_a_repair_about_a_hostile_name_shows_text(
    page: Page, house: House
) -> None:
    """The name is the host of two agents, one of which has replaced the other."""
    _, address = await house.add_bleemeo("Servers")
    servers = Servers(house, address)
    name = "<img src='https://evil.example/spy.png'> **b** [c](https://evil.example)"
    await servers.report(name, "CPU", "critical")
    await servers.report(name, "CPU", "warning", agent="another")
    await open_frontend(page, house, "/config/repairs")
    await settle(page)
    await page.get_by_text("seems to have been reinstalled").first.click()
    shown = page.locator("ha-markdown-element").filter(has_text="now come from another")
    await expect(shown).to_contain_text(
        f"Alerts of {name} now come from another Bleemeo agent",
        timeout=RENDER_MILLISECONDS,
    )
    await expect(shown.locator(f"{MADE}, strong, b")).to_have_count(0)
