"""The dashboard speaks its user's language, whatever else they have chosen."""

from collections.abc import AsyncIterator

from playwright.async_api import Browser, Page, expect
import pytest
import pytest_asyncio
from scenes import FIVE, Scene
from stage import Stage, group, hero, open_board, row

from scripts.frontend import RENDER_MILLISECONDS, new_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROFILE = {
    "language": "en",
    "number_format": "language",
    "time_format": "language",
    "date_format": "language",
    "first_weekday": "language",
    "time_zone": "local",
}


async def choose(stage: Stage, **choices: str) -> None:
    """Choose something in the profile of the user, in any of their browsers."""
    await stage.house.command(
        "frontend/set_user_data", key="language", value={**PROFILE, **choices}
    )


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def english(stage: Stage) -> AsyncIterator[None]:
    """Let the user have English again after a test."""
    yield
    await choose(stage)


async def test_units_are_words_of_the_language_and_not_of_the_numbers(
    page: Page, stage: Stage
) -> None:
    """Who writes 97,8 in English is open for no "Min."."""
    await stage.show(FIVE)
    await choose(stage, number_format="decimal_comma")
    await open_board(page, stage)
    await expect(row(page, "db01")).to_contain_text("97,8\u00a0%")
    await expect(row(page, "db01")).to_contain_text("31 min, PostgreSQL")
    await expect(hero(page)).to_contain_text("for 12 min · also 1 warning")
    for days in ("24 hr", "7 days"):
        await expect(page.get_by_role("button", name=days, exact=True)).to_be_visible()


async def test_numbers_without_grouping_are_those_of_home_assistant(
    page: Page, stage: Stage
) -> None:
    """With a point, whatever the language."""
    await stage.show(FIVE)
    await choose(stage, language="de", number_format="none")
    await open_board(page, stage)
    await expect(row(page, "db01")).to_contain_text("97.8%")


async def test_an_open_page_follows_a_change_of_language(
    page: Page, stage: Stage
) -> None:
    """All of it: what is not drawn anew meanwhile, too."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await expect(row(page, "db02")).to_contain_text("unreachable")
    await choose(stage, language="fr")
    await expect(hero(page)).to_contain_text(
        "UPS est critique", timeout=RENDER_MILLISECONDS
    )
    await expect(group(page, "nas")).to_contain_text("Acquitter")
    await expect(row(page, "db02")).to_contain_text("injoignable")
    for word in ("Acknowledge", "Silence", "unreachable"):
        await expect(page.get_by_text(word, exact=True)).to_have_count(0)


async def test_a_language_without_our_texts_has_the_english_plurals(
    browser: Browser, stage: Stage
) -> None:
    """In Russian 21 has the form of one, and the English text of one has no number."""
    hosts = tuple(f"srv{number:02}" for number in range(21))
    await stage.show(Scene(hosts=hosts))
    page = await new_page(browser, stage.house)
    await choose(stage, language="ru")
    await open_board(page, stage)
    await expect(hero(page)).to_contain_text("All 21 servers are fine")
    await expect(page.locator(".wall .sub")).to_have_text("21 servers")
    await page.close()
