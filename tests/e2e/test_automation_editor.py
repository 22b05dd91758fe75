"""An automation that is built by clicks in a real browser runs when an alert arrives."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil
from typing import Any
from uuid import uuid4

from playwright.async_api import Page, async_playwright, expect
import pytest
import pytest_asyncio

from scripts.house import House, Include
from scripts.screenshot import FLAGS, SIZE, open_frontend
from scripts.simulated_bleemeo import Alert, read_day

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = read_day(Path(__file__).resolve().parents[1] / "fixtures" / "a_day.jsonl")
OFFERED = {
    "trigger": ("Alert changed", "Alert cleared", "Alert raised", "Alert worsened"),
    "condition": ("All is OK", "There is a problem"),
}
PATIENCE_SECONDS = 10


def about(host: str, **fields: Any) -> Alert:
    """Return a new alert about a metric of a host that was not heard of before."""
    alert = next(alert for alert in DAY if alert["title"].startswith(host))
    now = datetime.now(UTC) + timedelta(seconds=1)
    return alert | {
        "id": str(uuid4()),
        "metric": str(uuid4()),
        "status": 2,
        "status_text": "Critical",
        "title": f"{host} - Swap used is Critical",
        "status_changed_at": now.isoformat(),
        "previous_status_changed_at": None,
        **fields,
    }


async def add(page: Page, kind: str, name: str) -> None:
    """Add what Bleemeo has to offer of a kind, and see that all of it is offered."""
    await page.get_by_role("button", name=f"Add {kind}", exact=True).click()
    await page.get_by_text("By type", exact=True).click()
    await page.get_by_text("Bleemeo", exact=True).first.click()
    for offered in OFFERED[kind]:
        await expect(page.get_by_text(offered, exact=True)).to_be_visible()
    await page.get_by_text(name, exact=True).click()


async def fill_in(page: Page, text: str) -> None:
    """Fill in the field that takes the focus, once it is there: letters are shortcuts."""
    await page.locator("input:focus").fill(text)


async def aim_at(page: Page, host: str) -> None:
    """Choose a server as the target of what was added last."""
    await page.get_by_role("button", name="Add target", exact=True).click()
    await fill_in(page, host)
    await page.get_by_text("Devices", exact=True).last.click()
    await page.get_by_text(host, exact=True).last.click()


async def notifications(house: House, count: int) -> list[str]:
    """Return the messages on the notifications panel, once there are so many."""
    found: list[str] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found) < count:
            found = [
                notification["message"]
                for notification in await house.command("persistent_notification/get")
            ]
            await asyncio.sleep(0.1)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    """Return a house whose automations are where the editor writes them."""
    async with House(
        configuration={"automation": Include("automations.yaml")}
    ) as house:
        yield house


async def test_an_automation_that_was_clicked_together_runs_at_an_alert(
    house: House,
) -> None:
    """It hears of the server that was chosen, and of no other."""
    _, address = await house.add_bleemeo("Bleemeo")

    async def post(alert: Alert) -> None:
        async with house.session.post(address, json=alert) as reply:
            assert reply.status == 200

    for alert in DAY:
        await post(alert)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        page = await browser.new_page(viewport=SIZE, locale="en-GB")
        await open_frontend(page, house, "/config/automation/edit/new")
        await add(page, "trigger", "Alert raised")
        await aim_at(page, "web01.example.com")
        await add(page, "condition", "There is a problem")
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
        await browser.close()

    await post(about("db01.example.com"))
    await post(about("web01.example.com"))
    assert await notifications(house, 1) == ["web01.example.com: Swap used is critical"]
    await post(about("web01.example.com", status=1, title="web01.example.com - Swap"))
    assert len(await notifications(house, 2)) == 2
