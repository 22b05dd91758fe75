"""What the dashboard claims of times of which nothing is known: nothing."""

from dataclasses import replace
from datetime import timedelta
import re
from typing import Any

from playwright.async_api import Browser, Page, expect
import pytest
from scenes import FINE, FIVE, HOSTS, Report, Scene
from servers import ACCOUNT, agent_id_of, metric_id_of
from stage import Stage, complaints_of, dialog, group, hero, open_board, row, token_of

from scripts.frontend import RENDER_MILLISECONDS, new_page, open_frontend
from scripts.simulated_api import Account, SimulatedApi

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAS, _, DB02, WEB01 = HOSTS[:4]
HOUR = timedelta(hours=1)
NEW = Scene(hosts=HOSTS[:3], known_for=timedelta(minutes=2))
# half a day in which Home Assistant was off for a quarter of it, and a silence
BARS = """async () => {
  const module = performance.getEntriesByType("resource")
    .map(({ name }) => name).find((name) => /\\/bleemeo\\/.*\\/bar\\.js$/.test(name));
  const { Bar } = await import(module);
  const { formats } = await import(module.replace("bar.js", "format.js"));
  const { uptime } = await import(module.replace("bar.js", "model.js"));
  const { hass } = document.querySelector("home-assistant");
  const hour = 3600000;
  const now = Math.floor(Date.now() / hour) * hour;
  const ago = (hours) => now - hours * hour;
  const known = { since: ago(20), gaps: [[ago(12), ago(6)]] };
  const outage = { began: ago(8), ended: ago(7), status: "critical", worst: "critical",
    steps: [], metric_name: "CPU" };
  const bar = new Bar();
  bar.update({ incidents: [outage], known, quiet: [[ago(3), ago(2)]], days: 1 }, now,
    formats(hass));
  const count = (part) => (bar.node.querySelector("." + part).getAttribute("d").match(/M/g)
    || []).length;
  return {
    hatched: count("hatch"), fine: count("ok"), critical: count("critical"),
    words: bar.node.getAttribute("aria-label"),
    uptime: uptime({ ...known, incidents: [outage] }, ago(24), now),
  };
}"""


# a page that was sent all, and then, as when an entry was reloaded, only the newest of it
CUT = """async () => {
  const module = performance.getEntriesByType("resource")
    .map(({ name }) => name).find((name) => /\\/bleemeo\\/.*\\/store\\.js$/.test(name));
  const { storeOf } = await import(module);
  let send;
  const connection = {
    addEventListener: () => {},
    subscribeMessage: (told) => {
      send = told;
      return Promise.resolve(() => {});
    },
  };
  const store = storeOf(connection, 7);
  store.listen(() => {});
  const now = Date.now();
  const until = new Date(now).toISOString();
  const server = { key: "e/a", entry_id: "e", name: "web01", silences: [] };
  const incident = (hours) => ({
    metric: "e/a/m", began: (now - hours * 3600000) * 1000, ended: now * 1000, worst: 2, steps: [],
  });
  const metrics = { "e/a/m": { server: "e/a", metric_name: "CPU" } };
  const news = { until, accounts: [], servers: [server], metrics };
  send({ kind: "all", ...news, incidents: [incident(3), incident(2)] });
  const before = store.wholeSince;
  send({ kind: "change", ...news, incidents: [incident(1)], truncated: true,
    gone: { accounts: [], servers: ["e/a"], incidents: [] } });
  return { before, hours: Math.round((now - store.wholeSince) / 3600000), cut: store.truncated };
}"""


async def test_of_what_was_not_sent_again_nothing_is_known(
    page: Page, stage: Stage
) -> None:
    """There is a bound to what is sent at once, also when a page is open already."""
    await stage.show(FINE)
    await open_board(page, stage)
    assert await page.evaluate(CUT) == {"before": 0, "hours": 1, "cut": True}


async def test_what_is_new_claims_no_calm_week(page: Page, stage: Stage) -> None:
    """It says since when anything is known, first of all and on each server."""
    await stage.show(NEW)
    await open_board(page, stage)
    await expect(hero(page)).to_contain_text("All 3 servers are fine")
    await expect(hero(page)).to_contain_text(
        re.compile(r"no incident, data since .*\d:\d\d")
    )
    await expect(row(page, "nas")).to_contain_text("data since")
    bar = row(page, "nas").get_by_role("img").first
    await expect(bar).to_have_attribute(
        "aria-label", re.compile("no incidents; nothing is known for 23 hrs")
    )


async def test_what_is_new_has_no_uptime(page: Page, stage: Stage) -> None:
    """0 % of two minutes would frighten; of an hour it is told."""
    raised = Report(NAS, "UPS", "critical", timedelta(minutes=1))
    hour = Report(WEB01, "CPU", "critical", timedelta(hours=1))
    await stage.show(NEW.with_reports(raised, hour))
    await open_board(page, stage)
    share = row(page, "nas").locator(".uptime")
    await expect(share).to_have_text("–")
    await expect(share).to_have_attribute("aria-label", re.compile("data since"))
    await expect(row(page, "web01").locator(".uptime")).to_have_text("0%")


async def test_a_day_of_which_nothing_is_known_was_not_calm(
    page: Page, stage: Stage
) -> None:
    """It is hatched, and says so, also when somebody asks for it."""
    raised = Report(NAS, "UPS", "critical", timedelta(minutes=1))
    await stage.show(NEW.with_reports(raised))
    await open_board(page, stage)
    days = page.locator(".week .day")
    await expect(days.locator(".column.dark")).to_have_count(6)
    await expect(days.first).to_have_attribute("aria-label", re.compile("not known"))
    lines = page.locator(".timeline .line.day")
    # all in one line
    await expect(lines).to_have_count(1)
    await expect(lines).to_contain_text("not known")
    await expect(page.locator(".timeline")).not_to_contain_text("no incidents")
    await days.first.click()
    await expect(page.locator(".timeline")).to_contain_text(
        "Nothing is known of that day."
    )


@pytest.mark.parametrize("kind", ["ok", "attended"])
async def test_an_account_that_was_never_heard_of_is_not_fine(
    page: Page, stage: Stage, kind: str
) -> None:
    """Though all servers are that another account has, or somebody has seen the rest."""
    seen = {(NAS, "UPS"): "on my way"} if kind == "attended" else {}
    raised = [Report(host, metric, "warning", HOUR) for host, metric in seen]
    await stage.show(replace(FINE.with_reports(*raised), seen=seen))
    await open_board(page, stage)
    await expect(hero(page)).to_have_class(f"hero {kind}")
    other, _ = await stage.house.add_bleemeo("Other")
    await expect(hero(page)).to_contain_text("Other: nothing known yet")
    await expect(hero(page)).to_have_class("hero unknown")
    await stage.house.delete(f"/api/config/config_entries/entry/{other}")
    await expect(hero(page)).to_have_class(f"hero {kind}")


async def test_gaps_and_silences_of_the_past_are_hatched(
    page: Page, stage: Stage
) -> None:
    """A gap counts in no uptime; what is known to have been out in it does."""
    await stage.show(FINE)
    await open_board(page, stage)
    drawn = await page.evaluate(BARS)
    # four hours before, six in the gap but for the one that is known, one silenced
    assert (drawn["hatched"], drawn["critical"]) == (2 * (4 + 5 + 1) - 1, 3)
    assert drawn["fine"] == 2 * (20 - 6 - 1)
    assert drawn["words"].endswith("nothing is known for 10 hrs; silenced for 1 hr")
    assert drawn["uptime"] == pytest.approx(1 - 1 / 15)


async def test_servers_that_exist_only_for_tests_are_not_counted(
    page: Page, stage: Stage
) -> None:
    """While a test is open it is shown, and then it is gone."""
    await stage.show(FINE)
    await open_board(page, stage)
    test = {"config_entry_id": stage.entry_id, "host": "tested", "metric": "CPU"}
    for status, shown in (("critical", 1), ("ok", 0)):
        await stage.house.post(
            "/api/services/bleemeo/send_test_alert", {**test, "status": status}
        )
        await expect(row(page, "tested")).to_have_count(shown)
        await expect(page.locator(".wall .sub")).to_have_text("12 servers")
    await expect(hero(page)).to_contain_text("All 12 servers are fine")


async def test_who_may_control_nothing_is_offered_nothing(
    browser: Browser, stage: Stage
) -> None:
    """But sees who has seen what, and is told whom to ask."""
    await stage.show(FIVE)
    token = await token_of(stage.house, "Guest", "system-read-only")
    page = await new_page(browser, stage.house, token)
    logged = complaints_of(page)
    await open_board(page, stage)
    await expect(group(page, "nas")).to_contain_text("Acknowledged by Marie")
    offers = page.get_by_role(
        "button", name=re.compile("^(Acknowledge|Silence|End silence|Take back)")
    )
    await expect(offers).to_have_count(0)
    await group(page, "web01").get_by_role("button").first.click()
    await expect(dialog(page)).to_contain_text("88 %, threshold 80 %")
    await expect(dialog(page).get_by_role("textbox")).to_have_count(0)
    await expect(offers).to_have_count(0)
    await stage.house.command(
        "config_entries/disable", entry_id=stage.entry_id, disabled_by="user"
    )
    await expect(hero(page)).to_contain_text("Somebody with administrator rights")
    await expect(page.get_by_role("button", name="Copy address")).to_have_count(0)
    await page.close()
    assert logged == []


async def test_what_was_open_already_when_it_was_found_is_open_for_at_least_so_long(
    page: Page, stage: Stage
) -> None:
    """Bleemeo's list has no times; wherever that is told, none is made up."""
    agent = agent_id_of(NAS)
    bleemeo = SimulatedApi()
    account = bleemeo.accounts[ACCOUNT] = Account("Servers")
    account.add_agent(NAS, agent)
    account.add_metric(agent, "cpu_used", "critical", metric_id_of(agent, "CPU"))
    await stage.show(Scene((NAS,), (Report(NAS, "CPU", "ok", timedelta(minutes=5)),)))
    async with bleemeo.running():
        await stage.house.set_options(
            stage.entry_id,
            "access",
            {
                "username": bleemeo.username,
                "password": bleemeo.password,
                "developers": {"url": bleemeo.url},
            },
        )
        await open_board(page, stage)
        await expect(hero(page)).to_contain_text("for at least")
        await expect(group(page, NAS)).to_contain_text("for at least")
        await page.get_by_role("button", name="Show this alert").click()
        await expect(dialog(page)).to_contain_text("Critical · for at least")
        for entity_id, shown in (
            (await stage.entity_id(NAS, "CPU"), "bleemeo-more-info"),
            (await stage.server_entity_id(NAS, "problem"), "bleemeo-open-alerts"),
        ):
            path = f"/config/repairs?more-info-entity-id={entity_id}"
            await open_frontend(page, stage.house, path)
            await expect(page.locator(shown)).to_contain_text(
                "at least", timeout=RENDER_MILLISECONDS
            )
            await expect(page.locator(shown)).not_to_contain_text("since")
        # Home Assistant's own dialog fails where the device that it shows is removed
        await page.close()
        await stage.clear()


async def test_text_from_right_to_left_turns_nothing_but_itself(
    page: Page, stage: Stage
) -> None:
    """A sender's control over direction is not passed on."""
    evil, arabic = "a\u202etxt.exe", "قرص"
    await stage.show(
        Scene().with_reports(
            Report("evil", evil, "critical", timedelta(minutes=3), f"{evil}\u2067!"),
            Report("rtl", arabic, "warning", timedelta(minutes=3)),
        )
    )
    board = await open_board(page, stage)
    await expect(hero(page).locator("h2")).to_have_text("evil: a txt.exe is critical")
    shown = await board.evaluate("(board) => board.shadowRoot.textContent")
    assert not re.search("[\u202a-\u202e\u2066\u2067]", shown)
    # isolated within a sentence
    await expect(group(page, "rtl").locator(".summary")).to_have_text(
        f"\u2068{arabic}\u2069 · warning"
    )


async def test_the_page_is_called_bleemeo(page: Page, stage: Stage) -> None:
    """In the list of what is open in a browser."""
    await stage.show(FINE)
    await open_board(page, stage)
    await expect(page).to_have_title(re.compile("Bleemeo"))


async def test_a_choice_of_which_nothing_is_there_is_not_fine(
    page: Page, stage: Stage
) -> None:
    """Nor is an account that lists no server."""
    await stage.show(FINE)
    path = await stage.add_dashboard("of-nothing", area=["nowhere"])
    await open_board(page, stage, path)
    await expect(hero(page)).to_contain_text("Nothing matches what is chosen")
    await expect(page.locator(".hero.ok")).to_have_count(0)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"entity_id": "all"}, "entity_id is none of account, server, area"),
        ({"wall": "yes"}, "wall: yes is none of true, false"),
        ({"area": [7]}, "area: an id is text"),
    ],
)
async def test_an_option_that_is_none_is_named(
    browser: Browser, stage: Stage, options: dict[str, Any], complaint: str
) -> None:
    """It would otherwise mean nothing, or all."""
    path = await stage.add_dashboard(
        f"odd-{'-'.join(options).replace('_', '-')}", **options
    )
    page = await new_page(browser, stage.house)
    await open_frontend(page, stage.house, path)
    await expect(page.get_by_text(complaint)).to_be_visible(timeout=RENDER_MILLISECONDS)
    await page.close()


async def test_the_address_follows_a_change(page: Page, stage: Stage) -> None:
    """Nobody copies what is no longer right."""
    await stage.show(replace(FINE, hosts=(), reports=()))
    await page.clock.install()
    await open_board(page, stage)
    await expect(hero(page).locator("code")).to_have_text(stage.address)
    external = "https://elsewhere.example.com"
    await stage.house.command("config/core/update", external_url=external)
    await page.clock.run_for(7_000)
    await expect(hero(page).locator("code")).to_contain_text(external)
    await stage.house.command("config/core/update", external_url=None)
