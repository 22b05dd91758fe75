"""What a person chooses: in the dashboard's options, on the wall, and as single cards."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from playwright.async_api import Browser, Page, expect
import pytest
from scenes import FINE, FIVE, HOSTS, Report, Scene
from servers import ACCOUNT, agent_id_of, metric_id_of
from stage import OVERVIEW, PHONE, WALL_TABLET, Stage, group, hero, open_board, row

from scripts.frontend import (
    RENDER_MILLISECONDS,
    add_dashboard,
    new_page,
    open_frontend,
    settle,
)
from scripts.screenshot import documented_yaml, side_by_side
from scripts.simulated_api import Account, SimulatedApi

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAS, DB01, DB02, WEB01 = HOSTS[:4]
OF_DB01 = (("PostgreSQL", "warning"), ("Disk", "critical"))
SERVICE_SECONDS = 30
DIMS_MILLISECONDS = 60_000


async def test_options_are_behind_edit(page: Page, stage: Stage) -> None:
    """In Home Assistant's own form, without taking control of the dashboard."""
    await stage.show(FIVE)
    path = await stage.add_dashboard("with-options")
    await open_board(page, stage, path)
    await page.get_by_role("button", name="Edit dashboard").click()
    form = page.locator("bleemeo-strategy-editor")
    await expect(form.get_by_text("Leave empty for all").first).to_be_visible()
    await form.get_by_text("Warning", exact=True).click()
    await form.get_by_text("What happened", exact=True).click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".group .name")).to_have_text(["web01"])
    await expect(page.locator(".timeline")).to_have_count(0)
    saved = await stage.house.command("lovelace/config", url_path="with-options")
    assert saved == {
        "strategy": {
            "type": "custom:bleemeo",
            "severity": ["warning"],
            "hide": ["timeline"],
        }
    }


async def test_a_dashboard_of_some_servers_tells_of_no_others(
    page: Page, stage: Stage
) -> None:
    """By server, by area or by label; also in the first line and in the counts."""
    await stage.show(replace(FIVE, areas={WEB01: "Rack", NAS: "Rack"}))
    path = await stage.add_dashboard("one-area", area=["rack"])
    await open_board(page, stage, path)
    await expect(page.locator(".servers .name")).to_have_text(["nas", "web01"])
    path = await stage.add_dashboard(
        "one-server", server=[await stage.device_id(WEB01)]
    )
    await open_board(page, stage, path)
    await expect(hero(page).locator("h2")).to_have_text(
        "web01.example.com: warning for Disk used (/home)"
    )
    await expect(page.locator(".servers .name")).to_have_text(["web01.example.com"])
    path = await stage.add_dashboard("no-account", account=["another"])
    await open_board(page, stage, path)
    await expect(hero(page)).to_contain_text("Nothing matches what is chosen")


async def test_a_dashboard_of_a_service_tells_of_it_alone(
    page: Page, stage: Stage
) -> None:
    """Its metrics, and whether its server can be reached, but nothing else of that."""
    agent = agent_id_of(DB01)
    bleemeo = SimulatedApi()
    account = bleemeo.accounts[ACCOUNT] = Account("Servers")
    account.add_agent(DB01, agent)
    service = account.add_service(agent, "postgresql")
    uid = metric_id_of(agent, "PostgreSQL")
    account.add_metric(agent, "postgresql_conn", "warning", uid, service=service)
    of_disk = metric_id_of(agent, "Disk")
    account.add_metric(agent, "disk_used", "critical", of_disk)
    minutes = timedelta(minutes=5)
    scene = Scene((DB01,), tuple(Report(DB01, *each, minutes) for each in OF_DB01))
    async with bleemeo.running():
        await stage.show(scene)
        await stage.house.set_options(
            stage.entry_id,
            "access",
            {
                "username": bleemeo.username,
                "password": bleemeo.password,
                "developers": {"url": bleemeo.url},
            },
        )
        async with asyncio.timeout(SERVICE_SECONDS):
            while not (found := await stage.service_id(DB01)):
                await asyncio.sleep(0.1)
        path = await stage.add_dashboard("one-service", server=[found])
        await open_board(page, stage, path)
        await expect(hero(page).locator("h2")).to_have_text(
            f"{DB01} · PostgreSQL: warning for PostgreSQL"
        )
        await expect(page.locator(".servers .name")).to_have_text(
            [f"{DB01} · PostgreSQL"]
        )
        await expect(page.locator("bleemeo-board-card")).not_to_contain_text("Disk")
        await stage.clear()


async def test_a_wrong_option_is_named(browser: Browser, stage: Stage) -> None:
    """With what may stand there."""
    page = await new_page(browser, stage.house)
    path = await stage.add_dashboard("wrong-option", severity="bad")
    await open_frontend(page, stage.house, path)
    await expect(
        page.get_by_text("severity: bad is none of critical, warning, unknown")
    ).to_be_visible(timeout=RENDER_MILLISECONDS)
    await page.close()


async def test_the_wall_stands_alone_and_gives_the_menu_back(
    browser: Browser, stage: Stage
) -> None:
    """Nothing else is on the screen, in large type; a touch offers the menu."""
    await stage.show(FIVE)
    path = await stage.add_dashboard("on-the-wall", wall=True)
    page = await new_page(browser, stage.house, viewport=WALL_TABLET)
    board = await open_board(page, stage, path)
    assert await board.bounding_box() == {"x": 0, "y": 0, **WALL_TABLET}
    await expect(page.locator("ha-sidebar")).not_to_be_in_viewport()
    size = (
        await hero(page).locator("h2").evaluate("(h2) => getComputedStyle(h2).fontSize")
    )
    assert float(size.removesuffix("px")) >= 50
    # all servers are on it without a scroll
    await expect(page.locator(".servers .row").last).to_be_in_viewport(ratio=1)
    menu = page.get_by_role("button", name="Show menu")
    await expect(menu).to_have_count(0)
    await page.mouse.click(640, 790)
    await menu.click()
    await expect(page.locator("ha-sidebar")).to_be_in_viewport()
    box = await board.bounding_box()
    assert box and box["x"] > 0
    await page.close()


@pytest.mark.parametrize("hide", ["timeline", "hero"])
async def test_the_wall_is_dark_while_all_is_fine(
    browser: Browser, stage: Stage, hide: str
) -> None:
    """It lights up by itself with the first trouble, and when somebody touches it.

    Whatever it shows: also without the line that says that all is fine.
    """
    await stage.show(FINE)
    path = await stage.add_dashboard(f"dark-wall-{hide}", wall=True, hide=[hide])
    page = await new_page(browser, stage.house, viewport=WALL_TABLET)
    await page.clock.install()
    board = await open_board(page, stage, path)
    await expect(board).not_to_have_attribute("dim", "")
    await page.clock.fast_forward(DIMS_MILLISECONDS + 2_000)
    await expect(board).to_have_attribute("dim", "", timeout=RENDER_MILLISECONDS)
    await page.mouse.click(640, 700)
    await expect(board).not_to_have_attribute("dim", "")
    await expect(page.get_by_role("button", name="Show menu")).to_be_visible()
    await page.clock.fast_forward(DIMS_MILLISECONDS + 2_000)
    await expect(board).to_have_attribute("dim", "", timeout=RENDER_MILLISECONDS)
    await stage.go_on(FIVE)
    await expect(group(page, "nas")).to_be_visible()
    await expect(board).not_to_have_attribute("dim", "")
    await page.close()


async def test_a_change_that_is_not_shown_rebuilds_nothing(
    page: Page, stage: Stage
) -> None:
    """A renamed device elsewhere leaves the dashboard as it is, in the same elements."""
    await stage.show(FIVE)
    board = await open_board(page, stage)
    await board.evaluate("(board) => { board.isSame = true; }")
    [device] = [
        each for each in await stage.house.devices() if each["name"] == "Bleemeo"
    ]
    for name in ("Renamed", None):
        await stage.house.command(
            "config/device_registry/update", device_id=device["id"], name_by_user=name
        )
        # longer than the frontend waits before it rebuilds a dashboard
        await page.wait_for_timeout(800)
    assert await board.evaluate("(board) => board.isSame")


async def test_no_formatter_is_made_while_time_goes_by(
    browser: Browser, stage: Stage
) -> None:
    """Each is made once, however many seconds, rows and changes there are."""
    await stage.show(FIVE)
    page = await new_page(browser, stage.house)
    await page.add_init_script(
        """window.made = 0;
        for (const name of ["DateTimeFormat", "NumberFormat", "RelativeTimeFormat"]) {
          const Real = Intl[name];
          Intl[name] = new Proxy(Real, {
            construct(target, given) { window.made += 1; return new target(...given); },
          });
        }"""
    )
    await open_board(page, stage)
    await page.wait_for_timeout(1_000)
    made = await page.evaluate("window.made")
    assert made > 0
    await stage.go_on(replace(FIVE, silenced={}))
    await page.wait_for_timeout(3_000)
    await expect(group(page, "db02")).not_to_contain_text("Silenced")
    assert await page.evaluate("window.made") == made
    await page.close()


async def test_a_card_is_suggested_and_edited_by_clicks(
    page: Page, stage: Stage
) -> None:
    """For a Bleemeo entity; its form is Home Assistant's own."""
    await stage.show(FIVE)
    await add_dashboard(stage.house, "my-own", side_by_side([]))
    await open_frontend(page, stage.house, "/my-own/cards?edit=1")
    await page.locator("hui-grid-section button.add").click(timeout=RENDER_MILLISECONDS)
    await page.get_by_placeholder("Search entities").fill("Bleemeo critical")
    await page.get_by_text("Critical", exact=True).first.click()
    await page.get_by_role("button", name="Bleemeo alerts", exact=True).click()
    await expect(page.locator(".group .name")).to_have_text(["nas", "web01", "db02"])
    await page.locator("hui-card-edit-mode").click()
    await page.locator("ha-checkbox", has_text="Warning").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(".group .name")).to_have_text(["web01"])
    saved = await stage.house.command("lovelace/config", url_path="my-own")
    [card] = saved["views"][0]["sections"][0]["cards"]
    assert card == {
        "type": "custom:bleemeo-alerts-card",
        "account": stage.entry_id,
        "severity": ["warning"],
    }


async def test_the_card_that_is_suggested_for_a_server_is_about_it(
    page: Page, stage: Stage
) -> None:
    """Whichever of its entities is chosen."""
    await stage.show(FIVE)
    await add_dashboard(stage.house, "of-server", side_by_side([]))
    await open_frontend(page, stage.house, "/of-server/cards?edit=1")
    await page.locator("hui-grid-section button.add").click(timeout=RENDER_MILLISECONDS)
    await page.get_by_placeholder("Search entities").fill("nas UPS")
    await page.get_by_text("UPS", exact=True).first.click()
    await page.get_by_role("button", name="Bleemeo alerts", exact=True).click()
    await expect(page.locator(".group .name")).to_have_text([NAS])
    saved = await stage.house.command("lovelace/config", url_path="of-server")
    [card] = saved["views"][0]["sections"][0]["cards"]
    device = await stage.device_id(NAS)
    assert card == {"type": "custom:bleemeo-alerts-card", "server": device}


async def test_the_documented_cards_work(page: Page, stage: Stage) -> None:
    """Each of ours shows what it is for."""
    await stage.show(FIVE)
    _, cards = documented_yaml()
    ours = [card for card in cards if card["type"].startswith("custom:bleemeo-")]
    assert len(ours) >= 4
    await add_dashboard(stage.house, "documented-cards", side_by_side(ours))
    await open_frontend(page, stage.house, "/documented-cards/cards")
    for card in ours:
        shown = page.locator(card["type"].removeprefix("custom:")).first
        await expect(shown.locator("h2").first).not_to_be_empty(
            timeout=RENDER_MILLISECONDS
        )
    await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)


async def test_a_phone_never_scrolls_sideways_nor_inside(
    browser: Browser, stage: Stage
) -> None:
    """The height of all follows what is in it."""
    await stage.show(FIVE)
    page = await new_page(browser, stage.house, viewport=PHONE)
    board = await open_board(page, stage, OVERVIEW)
    await settle(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    scrolling = await board.evaluate(
        """(board) => [...board.shadowRoot.querySelectorAll("*")]
          .filter((each) => /auto|scroll/.test(getComputedStyle(each).overflowY)
            && each.scrollHeight > each.clientHeight).length"""
    )
    assert scrolling == 0
    await row(page, "shop").scroll_into_view_if_needed()
    await expect(row(page, "shop")).to_be_in_viewport()
    await page.close()
