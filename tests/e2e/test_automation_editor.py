"""An automation built by clicks in a real browser runs when an alert arrives."""

import asyncio
from collections.abc import AsyncIterator

from playwright.async_api import Browser, Page, ViewportSize, expect
import pytest
import pytest_asyncio
from servers import Servers

from scripts.frontend import new_page, open_frontend, open_offers
from scripts.house import House, Include

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESKTOP = ViewportSize(width=1280, height=900)
OFFERED = {
    "trigger": (
        "Alert acknowledged",
        "Alert changed",
        "Alert left severity",
        "Alert reached severity",
        "Alert unattended",
    ),
    "condition": ("Alert is open", "Everything is OK"),
}
PATIENCE_SECONDS = 10


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[Servers]:
    """Return servers known to a house that loads automations from the editor's file."""
    async with House(
        configuration={"automation": Include("automations.yaml")}
    ) as house:
        _, address = await house.add_bleemeo("Bleemeo")
        servers = Servers(house, address)
        await servers.report("web01.example.com", "CPU", "ok")
        await servers.report("db01.example.com", "CPU", "ok")
        yield servers


async def fill_in(page: Page, text: str) -> None:
    """Fill in the field that gets the focus, once it has it: letters are shortcuts."""
    await page.locator("input:focus").fill(text)


async def add(page: Page, kind: str, name: str) -> None:
    """Add something of Bleemeo's of a kind, and check that all of it is offered."""
    await open_offers(page, kind)
    for offered in OFFERED[kind]:
        await expect(page.get_by_text(offered, exact=True)).to_be_visible()
    await page.get_by_text(name, exact=True).click()


async def aim_at(page: Page, host: str) -> None:
    """Select a server as the target of what was added last."""
    await page.get_by_role("button", name="Add target", exact=True).click()
    await fill_in(page, host)
    await page.get_by_text("Devices", exact=True).last.click()
    await page.get_by_text(host, exact=True).last.click()


async def notifications(house: House, count: int) -> list[str]:
    """Return the messages on the notifications panel, once there are this many."""
    found: list[str] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found) < count:
            found = [
                notification["message"]
                for notification in await house.command("persistent_notification/get")
            ]
            await asyncio.sleep(0.1)
    return found


async def test_an_automation_that_was_clicked_together_runs_at_an_alert(
    servers: Servers, browser: Browser
) -> None:
    """It runs for the selected server only."""
    page = await new_page(browser, servers.house, viewport=DESKTOP)
    await open_frontend(page, servers.house, "/config/automation/edit/new")
    await add(page, "trigger", "Alert reached severity")
    await aim_at(page, "web01.example.com")
    await add(page, "condition", "Alert is open")
    await page.get_by_role("button", name="Add action", exact=True).click()
    await fill_in(page, "Send a persistent notification")
    await page.get_by_text("Send a persistent notification", exact=True).click()
    await page.get_by_role("textbox").first.fill(
        "{{ trigger.host }}: {{ trigger.metric_name }} is {{ trigger.status }}"
    )
    await page.get_by_role("button", name="Save", exact=True).click()
    await fill_in(page, "Tell me of web01")
    await page.get_by_role("button", name="Save", exact=True).last.click()
    await expect(page.get_by_text("Tell me of web01")).to_be_visible()

    await servers.report("db01.example.com", "CPU", "critical")
    await servers.report("web01.example.com", "CPU", "critical")
    told = ["web01.example.com: CPU is critical"]
    assert await notifications(servers.house, 1) == told
    await servers.report("web01.example.com", "Swap used", "warning")
    told.append("web01.example.com: Swap used is warning")
    assert sorted(await notifications(servers.house, 2)) == told
