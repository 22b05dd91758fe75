"""What the dashboard tells, in a real Chromium on a real Home Assistant."""

from dataclasses import replace
from datetime import timedelta
import re

from playwright.async_api import Browser, Page, expect
import pytest
from scenes import FINE, FIVE, HOSTS, NOTHING, Report, Scene, many
from stage import (
    OVERVIEW,
    PHONE,
    SOON_MILLISECONDS,
    Stage,
    complaints_of,
    dialog,
    group,
    hero,
    open_board,
    row,
)

from scripts.frontend import RENDER_MILLISECONDS, new_page, open_frontend

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAS, _, _, WEB01 = HOSTS[:4]


# what stands in each line of an element
LINES = """(node) => {
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const lines = new Map();
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    [...text.data].forEach((letter, index) => {
      range.setStart(text, index);
      range.setEnd(text, index + 1);
      const { top } = range.getBoundingClientRect();
      lines.set(top, (lines.get(top) || "") + letter);
    });
  }
  return [...lines.values()];
}"""


def _questions(sent: list[str]) -> int:
    """Return how often was asked for incidents."""
    return sum('"bleemeo/incidents"' in frame for frame in sent)


async def test_the_dashboard_is_created_by_clicks(page: Page, stage: Stage) -> None:
    """It is listed with the community dashboards, with its own name and icon."""
    await stage.show(FINE)
    await open_frontend(page, stage.house, "/config/lovelace/dashboards")
    await page.get_by_role("button", name="Add dashboard").click(
        timeout=RENDER_MILLISECONDS
    )
    chooser = page.locator("ha-dialog-new-dashboard")
    await expect(chooser.get_by_text("Community dashboards")).to_be_visible()
    await expect(chooser.get_by_text("All servers and alerts")).to_be_visible()
    await chooser.get_by_role("button", name="Bleemeo").click()
    await page.get_by_role("button", name="Create", exact=True).click()
    await (
        page.locator("ha-sidebar")
        .get_by_text("Bleemeo", exact=True)
        .first.click(timeout=RENDER_MILLISECONDS)
    )
    await expect(hero(page)).to_contain_text(
        "All 12 servers are fine", timeout=RENDER_MILLISECONDS
    )


async def test_all_is_fine_says_so_and_since_when(page: Page, stage: Stage) -> None:
    """And when Bleemeo was last heard, so that calm is no silence."""
    await stage.show(FINE)
    await open_board(page, stage)
    await expect(hero(page)).to_have_class("hero ok")
    await expect(hero(page)).to_contain_text(
        re.compile(
            r"All 12 servers are fine\s*since .*\d+:\d\d\s*last contact \d+ sec ago"
        )
    )
    await expect(page.locator(".incidents")).to_have_count(0)


async def test_the_worst_is_said_in_words(page: Page, stage: Stage) -> None:
    """With since when, what else there is, and who has seen it."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await expect(hero(page)).to_have_class("hero critical")
    await expect(hero(page).locator("h2")).to_have_text("nas: UPS is critical")
    await expect(hero(page)).to_contain_text("The UPS is running on battery.")
    await expect(hero(page)).to_contain_text("for 12 mins · also 1 warning")
    await expect(hero(page)).to_contain_text("9 of 12 servers fine")


async def test_many_in_trouble_are_counted_first(page: Page, stage: Stage) -> None:
    """Their number says more than the first of them."""
    await stage.show(many(40, 12))
    await open_board(page, stage)
    await expect(hero(page).locator("h2")).to_have_text("12 servers have problems")
    await expect(hero(page)).to_contain_text("28 of 40 servers fine")


async def test_what_everybody_knows_is_no_alarm(page: Page, stage: Stage) -> None:
    """The screen is not red for what is acknowledged, silenced or waits for another."""
    seen = {(NAS, "UPS"): "on my way"}
    scene = FINE.with_reports(
        Report(NAS, "UPS", "critical", timedelta(minutes=12), "On battery.")
    )
    await stage.show(replace(scene, seen=seen))
    await open_board(page, stage)
    await expect(hero(page)).to_have_class("hero attended")
    await expect(hero(page)).to_contain_text("1 open alert, nothing to do")
    await expect(hero(page)).to_contain_text(
        re.compile("Acknowledged by Marie, .* “on my way”")
    )
    await stage.go_on(scene)
    await expect(hero(page)).to_have_class("hero critical", timeout=SOON_MILLISECONDS)


async def test_nothing_known_is_never_calm(page: Page, stage: Stage) -> None:
    """Not while nothing was heard, nor while the integration is not loaded."""
    await stage.show(NOTHING)
    await open_board(page, stage)
    await expect(hero(page)).to_contain_text("Nothing heard from Bleemeo yet")
    await expect(page.locator(".hero.ok")).to_have_count(0)
    await stage.go_on(FINE)
    await expect(hero(page)).to_have_class("hero ok")
    await stage.house.command(
        "config_entries/disable", entry_id=stage.entry_id, disabled_by="user"
    )
    await expect(hero(page)).to_contain_text("Bleemeo is not loaded")
    await expect(page.locator(".hero.ok")).to_have_count(0)


async def test_a_disabled_account_keeps_no_other_from_being_told(
    page: Page, stage: Stage
) -> None:
    """Neither that all is fine, nor what is left to do."""
    await stage.show(FINE)
    other, _ = await stage.house.add_bleemeo("Other")
    disable = "config_entries/disable"
    await stage.house.command(disable, entry_id=other, disabled_by="user")
    await open_board(page, stage)
    await expect(hero(page)).to_contain_text("All 12 servers are fine")
    await stage.house.command(disable, entry_id=stage.entry_id, disabled_by="user")
    await expect(hero(page)).to_contain_text("Bleemeo is not loaded")
    await stage.house.command(disable, entry_id=other, disabled_by=None)
    await expect(hero(page)).to_contain_text("Nothing heard from Bleemeo yet")
    await expect(hero(page).get_by_role("listitem")).to_have_count(3)
    await stage.house.delete(f"/api/config/config_entries/entry/{other}")


async def test_what_is_removed_is_not_told_any_more(page: Page, stage: Stage) -> None:
    """Nor what it last was, on a page that stays open."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await expect(group(page, "nas")).to_be_visible()
    await stage.show(FINE)
    await expect(hero(page)).to_contain_text("All 12 servers are fine")
    await stage.clear()
    await expect(hero(page)).to_contain_text("Bleemeo is not set up")


async def test_a_lost_connection_is_never_calm(page: Page, stage: Stage) -> None:
    """What was fine may be over; once it is back, all is asked anew."""
    asked: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda sent: asked.append(sent)),
    )
    await stage.show(FINE)
    await open_board(page, stage)
    before = _questions(asked)
    await page.evaluate(
        """async () => {
          const { conn } = await window.hassConnection;
          window.heroes = [];
          const hero = document.querySelector("home-assistant");
          conn.addEventListener("disconnected", () => requestAnimationFrame(() =>
            requestAnimationFrame(() => window.heroes.push(window.heroClass()))));
          const deep = (root) => root.querySelector(".hero") || [...root.querySelectorAll("*")]
            .filter((each) => each.shadowRoot).map((each) => deep(each.shadowRoot)).find(Boolean);
          window.heroClass = () => deep(hero.shadowRoot).className;
          conn.socket.close();
        }"""
    )
    await page.wait_for_function("window.heroes.length")
    assert await page.evaluate("window.heroes") == ["hero unknown"]
    await expect(hero(page)).to_have_class("hero ok", timeout=RENDER_MILLISECONDS)
    assert _questions(asked) == before + 1


async def test_three_steps_lead_to_the_first_alert(page: Page, stage: Stage) -> None:
    """With the address to copy, a test alert, and the news when it has arrived."""
    await stage.show(NOTHING)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await open_board(page, stage)
    await expect(hero(page).get_by_role("listitem")).to_have_count(3)
    await expect(hero(page)).to_contain_text("Waiting for the first alert")
    await page.get_by_role("button", name="Copy address").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == (stage.address)
    await page.get_by_role("button", name="Send test alert").click()
    await expect(page.get_by_text("A test alert is on its way")).to_be_visible()
    await expect(hero(page)).to_contain_text("Test: warning for Test")
    await expect(hero(page).get_by_role("listitem")).to_have_count(3)
    await expect(hero(page)).to_contain_text("Waiting for the first alert")
    await stage.servers.report(NAS, "CPU", "critical", ago=timedelta(seconds=3))
    await expect(hero(page)).to_contain_text("First alert received")
    await expect(hero(page)).to_contain_text("nas.example.com: CPU is critical")


async def test_what_exists_only_for_tests_is_no_server_in_trouble(
    page: Page, stage: Stage
) -> None:
    """It is no server that is fine either, so the two add up."""
    troubled = [
        Report(host, "CPU", "warning", timedelta(minutes=1)) for host in HOSTS[:3]
    ]
    await stage.show(FINE.with_reports(*troubled))
    await open_board(page, stage)
    await stage.house.post(
        "/api/services/bleemeo/send_test_alert",
        {"status": "warning", "host": "Trial", "metric": "CPU"},
    )
    await expect(group(page, "Trial")).to_be_visible()
    await expect(hero(page)).to_contain_text("3 servers have problems")
    await expect(hero(page)).to_contain_text("9 of 12 servers fine")


async def test_news_show_within_a_second(page: Page, stage: Stage) -> None:
    """Where they belong: what is new comes first, what is over goes."""
    await stage.show(FIVE)
    await open_board(page, stage)
    mail = HOSTS[9]
    raised = FIVE.with_reports(Report(mail, "Queue", "critical", timedelta(seconds=2)))
    await stage.go_on(raised)
    await expect(group(page, "mail01")).to_be_visible(timeout=SOON_MILLISECONDS)
    await expect(page.locator(".group .name").first).to_have_text("mail01")
    await expect(page.locator(".servers .row .name").first).to_have_text("mail01")
    await page.wait_for_timeout(SOON_MILLISECONDS)
    await stage.go_on(raised.with_reports(Report(mail, "Queue", "ok", timedelta())))
    await expect(group(page, "mail01")).to_have_count(0, timeout=SOON_MILLISECONDS)


async def test_alerts_are_grouped_by_server(page: Page, stage: Stage) -> None:
    """And what is only there because its server is unreachable waits for it."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await expect(page.locator(".group .name")).to_have_text(["nas", "web01", "db02"])
    await expect(group(page, "nas")).to_contain_text("2 critical")
    await expect(group(page, "nas")).to_contain_text("3 times this week")
    await expect(group(page, "nas")).to_contain_text("usually over after 11 mins")
    await expect(group(page, "db02")).to_contain_text("unreachable")
    await expect(group(page, "db02")).to_contain_text("1 dependent alert")
    await expect(group(page, "db02")).to_contain_text("“patch night”")
    head = group(page, "nas").get_by_role("button", expanded=True)
    await expect(group(page, "nas").get_by_role("listitem")).to_have_count(2)
    await head.click()
    await expect(group(page, "nas").locator("li")).to_have_count(0)


async def test_chips_and_search_narrow_the_alerts(page: Page, stage: Stage) -> None:
    """By severity, by area, by what needs attention, and by words from twenty on."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await expect(page.get_by_role("searchbox")).to_have_count(0)
    await page.get_by_role("button", name="Warning 1", exact=True).click()
    await expect(page.locator(".group .name")).to_have_text(["web01"])
    await page.get_by_role("button", name="Needs attention", exact=True).click()
    await expect(page.locator(".group .name")).to_have_text(["nas", "web01"])
    await stage.go_on(replace(FIVE, areas={NAS: "Rack", WEB01: "Office"}))
    await page.get_by_role("button", name="All", exact=True).click()
    await page.get_by_role("button", name="Rack", exact=True).click()
    await expect(page.locator(".group .name")).to_have_text(["nas"])
    await stage.show(many(40, 60))
    search = page.locator(".incidents").get_by_role("searchbox")
    await search.fill("srv004")
    await expect(page.locator(".group .name")).to_have_text(["srv004"])
    await search.fill("no such thing")
    await expect(page.locator(".incidents")).to_contain_text("No matches.")


async def test_names_are_those_that_people_gave(page: Page, stage: Stage) -> None:
    """Others lose the domain that all of them share, unless two would be the same."""
    await stage.show(replace(FINE, names={NAS: "Cellar"}))
    await open_board(page, stage)
    await expect(row(page, "Cellar")).to_be_visible()
    await expect(row(page, "db01")).to_be_visible()
    await stage.go_on(replace(FINE, names={NAS: "nas.example.org"}))
    await expect(row(page, "db01.example.com")).to_be_visible()


async def test_a_name_goes_on_after_its_dots_and_dashes(
    page: Page, stage: Stage
) -> None:
    """In a column that is too narrow for it, a word of it stays whole while it can."""
    long = "production_database_replica_eu_west.internal"
    await stage.show(FINE.with_reports(Report(long, "CPU", "warning", timedelta(0))))
    await open_board(page, stage)
    for place in (row(page, long), group(page, long)):
        name = place.locator(".name")
        await name.evaluate("(name) => { name.style.width = '90px'; }")
        *lines, last = await name.evaluate(LINES)
        assert len(lines) > 1
        assert all(line.endswith(("_", ".")) for line in lines), lines
        assert last.endswith("internal")


async def test_a_long_text_leaves_the_rest_in_sight(page: Page, stage: Stage) -> None:
    """Nobody scrolls on a wall; the dialog has all of it."""
    text = "😱 a line of a log. " * 100
    await stage.show(
        FINE.with_reports(
            Report(NAS, "Log", "critical", timedelta(minutes=3), text),
            Report(WEB01, "Log", "warning", timedelta(minutes=3), text),
            Report(WEB01, "CPU", "warning", timedelta(minutes=3), text),
        )
    )
    board = await open_board(page, stage)
    shown = await board.evaluate("(board) => board.shadowRoot.textContent")
    pieces = re.findall("(?:😱 a line of a log. )+", shown)
    # on four alerts, one of which is first of all, too
    assert len(pieces) == 4
    assert max(map(len, pieces)) <= 200
    for place in (hero(page), group(page, "nas"), group(page, "web01")):
        await expect(place).to_contain_text("😱 a line of a log.")
        await expect(place).to_contain_text("3 min")
    await hero(page).get_by_role("button").click()
    await expect(dialog(page)).to_contain_text(text.strip()[:1900])


async def test_html_is_text(page: Page, stage: Stage) -> None:
    """Whatever a server sends is shown as is, and never run."""
    evil = "<img src=x onerror='window.ran = true'>"
    report = Report(
        "<b>evil</b>", evil, "critical", timedelta(minutes=3), f"<p>{evil}</p>"
    )
    await stage.show(Scene().with_reports(report))
    await open_board(page, stage)
    await expect(hero(page)).to_contain_text(f"<b>evil</b>: {evil} is critical")
    await hero(page).get_by_role("button").click()
    await expect(dialog(page)).to_contain_text(f"<p>{evil}</p>")
    assert not await page.evaluate("window.ran")


async def test_french_is_french_in_an_english_browser(
    browser: Browser, stage: Stage
) -> None:
    """Words, numbers, units and plurals are those of the user, not of the browser."""
    await stage.show(FIVE)
    page = await new_page(browser, stage.house, viewport=PHONE)
    await page.add_init_script("localStorage.setItem('selectedLanguage', '\"fr\"')")
    logged = complaints_of(page)
    await open_board(page, stage)
    await expect(hero(page)).to_contain_text("nas\u00a0: UPS est critique")
    await expect(hero(page)).to_contain_text(
        "depuis 12\u202fmin · et aussi 1 avertissement"
    )
    await expect(row(page, "db01")).to_contain_text("97,8\u202f%")
    await expect(group(page, "nas")).to_contain_text("2 critiques")
    await page.close()
    assert logged == []


async def test_it_says_when_it_is_not_set_up(page: Page, stage: Stage) -> None:
    """A dashboard without any account is no calm one."""
    await stage.clear()
    await open_frontend(page, stage.house, OVERVIEW)
    await expect(hero(page)).to_contain_text(
        "Bleemeo is not set up", timeout=RENDER_MILLISECONDS
    )
