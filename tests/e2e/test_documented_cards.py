"""Home Assistant's own cards, as docs/dashboards.md has them, on real alerts."""

from datetime import timedelta

from playwright.async_api import Browser, expect
import pytest
from servers import Servers
from stage import TABLET, complaints_of

from scripts.demo import RECORDED
from scripts.frontend import RENDER_MILLISECONDS, add_dashboard, new_page, open_frontend
from scripts.house import House
from scripts.screenshot import documented_yaml, side_by_side

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_documented_cards_work(browser: Browser) -> None:
    """Each one as documented, and the markdown card shows the alerts."""
    sections, cards = documented_yaml()
    stock = [card for card in cards if not card["type"].startswith("custom:")]
    async with House(configuration={**RECORDED, **sections}) as house:
        _, address = await house.add_bleemeo("Bleemeo")
        servers = Servers(house, address)
        await servers.report("web01.example.com", "CPU", "warning", "85 % of 80 %")
        await servers.report(
            "db01.example.com",
            "PostgreSQL",
            "critical",
            "Connection refused",
            ago=timedelta(hours=3),
        )
        await servers.report("web01.example.com", "Disk used (/home)", "ok")
        await add_dashboard(house, "documented-cards", side_by_side(stock))
        page = await new_page(browser, house, viewport=TABLET)
        logged = complaints_of(page)
        await open_frontend(page, house, "/documented-cards/cards")
        await expect(page.locator("hui-markdown-card")).to_contain_text(
            "db01.example.com: PostgreSQL is critical. Connection refused",
            timeout=RENDER_MILLISECONDS,
        )
        for card in ("hui-glance-card", "hui-entities-card"):
            await expect(page.locator(card)).to_be_visible()
        await expect(page.locator("hui-tile-card")).to_have_count(1)
        await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)
        await page.close()
        assert logged == []
