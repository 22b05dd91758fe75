"""What the dashboard tells of time: bars, what happened, and what nobody saw yet."""

from dataclasses import replace
from datetime import timedelta
import re

from playwright.async_api import Browser, Page, expect
import pytest
from scenes import FINE, FIVE, HOSTS, Report, lasted
from stage import Stage, open_board, row

from scripts.frontend import RENDER_MILLISECONDS, new_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAS = HOSTS[0]


async def test_a_server_has_its_time_beside_it(page: Page, stage: Stage) -> None:
    """Its uptime, its last incident, and a bar that is read out; over more days too."""
    await stage.show(FIVE)
    await open_board(page, stage)
    first = page.locator(".servers .name")
    await expect(first).to_contain_text(["nas", "web01", "db02", "app01"])
    await expect(row(page, "db01")).to_contain_text("97.8%")
    await expect(row(page, "db01")).to_contain_text("31 mins, PostgreSQL")
    bar = row(page, "db01").get_by_role("img").first
    await expect(bar).to_have_attribute(
        "aria-label",
        re.compile("Last 24 hrs: 1 incident. PostgreSQL critical .*, 31 mins"),
    )
    # one tall piece for each half hour in which it was critical
    drawn = await bar.locator("path.critical").get_attribute("d")
    assert 2 <= (drawn or "").count("M") <= 3
    await expect(row(page, "db02").locator("path.hatch")).to_have_attribute(
        "d", re.compile("M")
    )
    await page.get_by_role("button", name="90 days").click()
    await expect(page.locator(".servers .bar svg").first).to_have_attribute(
        "viewBox", "0 0 90 100"
    )
    await row(page, "nas").get_by_role("button").first.click()
    await expect(row(page, "nas").locator(".metric")).to_have_count(2)
    await page.get_by_role("button", name="24 hrs").click()


async def test_what_is_not_known_is_hatched(page: Page, stage: Stage) -> None:
    """A server that was first heard of an hour ago was not fine before."""
    new = replace(FINE, known_for=timedelta(hours=1))
    await stage.show(new)
    await open_board(page, stage)
    bar = row(page, "app01").locator(".bar")
    hatched = await bar.locator("path.hatch").get_attribute("d")
    assert 45 <= (hatched or "").count("M") <= 46


async def test_an_incident_is_one_line(page: Page, stage: Stage) -> None:
    """What happened on earlier days is a line a day, and a day unfolds."""
    await stage.show(FINE)
    await open_board(page, stage)
    lines = page.locator(".timeline .line")
    await expect(
        lines.filter(has_text="web02 · CPU · warning · 16 mins")
    ).to_have_count(1)
    before = page.locator(".week .day").filter(has_text=re.compile("1")).first
    await before.click()
    await expect(lines).to_have_count(1)
    await expect(lines).to_contain_text("nas · UPS · critical · 11 mins")


async def test_a_day_is_not_green_while_an_older_alert_is_open(
    page: Page, stage: Stage
) -> None:
    """An incident belongs to each day that it lasts."""
    began = Report(NAS, "UPS", "critical", timedelta(hours=49))
    await stage.show(replace(FINE, reports=(began,)))
    await open_board(page, stage)
    columns = page.locator(".week .column")
    for number in (4, 5, 6):
        await expect(columns.nth(number)).to_have_class("column critical")
    await page.locator(".week .day").nth(5).click()
    await expect(page.locator(".timeline .line")).to_contain_text(["nas · UPS"])


async def test_what_nobody_saw_is_marked_until_somebody_looks(
    page: Page, browser: Browser, stage: Stage
) -> None:
    """A screen that is only on is no look; a touch, and leaving then, is."""
    await stage.show(FINE)
    await open_board(page, stage)
    mark = page.get_by_text("1 new since you last looked")
    await expect(mark).to_have_count(0)
    over = lasted(NAS, "UPS", "critical", timedelta(seconds=2), timedelta(seconds=2))
    # it ends after the page was opened
    await page.wait_for_timeout(2_500)
    await stage.go_on(FINE.with_reports(*over))
    await expect(mark).to_be_visible()
    # it is the user's, whatever they look with
    other = await new_page(browser, stage.house)
    await open_board(other, stage)
    await expect(other.get_by_text("1 new since you last looked")).to_be_visible()
    await other.close()
    await page.reload()
    await expect(mark).to_be_visible(timeout=RENDER_MILLISECONDS)
    await page.mouse.wheel(0, 10)
    await page.locator("ha-sidebar").get_by_text("Map", exact=True).click()
    await (
        page.locator("ha-sidebar")
        .get_by_text(re.compile("^bleemeo", re.IGNORECASE))
        .first.click()
    )
    await expect(page.locator(".timeline h2")).to_be_visible()
    await expect(mark).to_have_count(0)
