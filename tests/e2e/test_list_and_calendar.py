"""The to-do list and the calendar in a real frontend."""

import asyncio
from datetime import timedelta

from playwright.async_api import Browser, expect
import pytest
from servers import Servers

from scripts.frontend import RENDER_MILLISECONDS, add_dashboard, new_page, open_frontend
from scripts.house import House

SHOWN_SECONDS = 30
TEXT = "[click](http://evil.example) **90 %**"
ENTITIES = {"todo.bleemeo_open_alerts", "calendar.bleemeo_incidents"}
# in everybody's sidebar once they are there
PAGES = {"calendar", "todo"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_ticking_an_item_off_acknowledges_it(
    house: House, browser: Browser
) -> None:
    """Its text is text; the calendar has it, and the incident that is over."""
    entry_id, address = await house.add_bleemeo("Bleemeo")
    servers = Servers(house, address)
    hour = timedelta(hours=1)
    # on one day, whenever this runs
    for status, ago in (("critical", 2 * hour), ("ok", hour)):
        await servers.report("db01", "Disk", status, ago=ago)
    await servers.report("web01", "CPU", "warning", TEXT)
    assert not PAGES & (await house.command("get_panels")).keys()
    for entity_id in ENTITIES:
        await house.command(
            "config/entity_registry/update", entity_id=entity_id, disabled_by=None
        )
    await house.post(f"/api/config/config_entries/entry/{entry_id}/reload")
    async with asyncio.timeout(SHOWN_SECONDS):
        while not (await house.states()).keys() >= ENTITIES:
            await asyncio.sleep(0.1)
    assert (await house.command("get_panels")).keys() >= PAGES

    card = {"type": "todo-list", "entity": "todo.bleemeo_open_alerts"}
    await add_dashboard(house, "the-list", {"views": [{"cards": [card]}]})
    page = await new_page(browser, house)
    await open_frontend(page, house, "/the-list")
    todo = page.locator("hui-todo-list-card")
    await expect(todo).to_contain_text(
        "web01: CPU warning", timeout=RENDER_MILLISECONDS
    )
    await expect(todo).to_contain_text(TEXT)
    async with house.events("bleemeo_acknowledgement") as told:
        await todo.locator("ha-checkbox").click()
        await expect(todo).to_contain_text("Completed")
        [seen] = await told.settled()
    assert (seen["host"], seen["by"]) == ("web01", house.username)

    await open_frontend(page, house, "/calendar")
    for summary in ("db01: Disk critical", "web01: CPU warning"):
        await expect(page.get_by_text(summary).first).to_be_attached(
            timeout=RENDER_MILLISECONDS
        )
    await page.close()
