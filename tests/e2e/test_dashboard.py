"""The dashboard and its card in a real Chromium, on a real Home Assistant."""

from collections.abc import AsyncIterator
from datetime import timedelta
import re
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, Route, expect
import pytest
import pytest_asyncio
from servers import Servers

from scripts.demo import RECORDED
from scripts.frontend import (
    RENDER_MILLISECONDS,
    add_dashboard,
    new_page,
    open_frontend,
    settle,
)
from scripts.house import House
from scripts.screenshot import documented_yaml, side_by_side

pytestmark = pytest.mark.asyncio(loop_scope="module")

DASHBOARD = "bleemeo-test"
OVERVIEW = f"/{DASHBOARD}/overview"
# people perceive an alert that appears within this time as immediate
SOON_MILLISECONDS = 1_000
# how long an outdated page waits until it reloads itself
RELOAD_MILLISECONDS = 60_000
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1600, "height": 1000}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[Servers]:
    """Return two servers with an open alert each, on a Home Assistant that records."""
    sections, _ = documented_yaml()
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
        await servers.report("mail.example.com", "SMTP", "ok")
        strategy = {"strategy": {"type": "custom:bleemeo"}}
        await add_dashboard(house, DASHBOARD, strategy)
        yield servers


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, servers: Servers) -> AsyncIterator[Page]:
    """Return a page of the frontend, and check that it logs no errors."""
    page = await new_page(browser, servers.house, viewport=TABLET)
    complaints = listen_for_complaints(page)
    yield page
    await page.close()
    assert complaints == []


def listen_for_complaints(page: Page) -> list[str]:
    """Return a list that collects the errors of the page and its console."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type == "error" else None
        ),
    )
    return complaints


def rows(page: Page) -> Locator:
    """Return the card's open alerts."""
    return page.locator("bleemeo-alerts-card").get_by_role("listitem")


def row(page: Page, metric: str) -> Locator:
    """Return the card's row for a metric."""
    return rows(page).filter(has_text=metric)


async def open_overview(page: Page, house: House) -> None:
    """Open the dashboard and wait until the card shows its alerts."""
    await open_frontend(page, house, OVERVIEW)
    await expect(row(page, "PostgreSQL")).to_be_visible(timeout=RENDER_MILLISECONDS)
    await settle(page)


async def boxes(page: Page) -> list[dict[str, float]]:
    """Return where the sections and the card are on the page."""
    return [
        await found.bounding_box() or {}
        for kind in ("bleemeo-alerts-card", "hui-history-graph-card", "hui-badge")
        for found in await page.locator(kind).all()
    ]


async def test_the_dashboard_is_created_by_clicks(page: Page, servers: Servers) -> None:
    """It is listed with the community dashboards, with its own name and icon."""
    await open_frontend(page, servers.house, "/config/lovelace/dashboards")
    await page.get_by_role("button", name="Add dashboard").click(
        timeout=RENDER_MILLISECONDS
    )
    dialog = page.locator("ha-dialog-new-dashboard")
    await expect(dialog.get_by_text("Community dashboards")).to_be_visible()
    await expect(dialog.get_by_text("All alerts at a glance")).to_be_visible()
    await dialog.get_by_role("button", name="Bleemeo").click()
    await page.get_by_role("button", name="Create", exact=True).click()
    await (
        page.locator("ha-sidebar")
        .get_by_text("Bleemeo", exact=True)
        .click(timeout=RENDER_MILLISECONDS)
    )
    await expect(row(page, "PostgreSQL")).to_be_visible(timeout=RENDER_MILLISECONDS)
    await expect(page.get_by_role("tab")).to_have_text(["Overview", "Servers"])


async def test_the_worst_alert_comes_first(page: Page, servers: Servers) -> None:
    """With its host, text and age; metrics that are OK are not shown."""
    await open_overview(page, servers.house)
    await expect(rows(page)).to_have_text(
        [
            "PostgreSQLdb01.example.comCritical · Connection refused3 hr ago",
            re.compile(
                r"CPUweb01\.example\.comWarning · 85 % of 80 %\d+ (sec|min) ago"
            ),
        ]
    )
    first = await row(page, "CPU").locator("time").text_content()
    await expect(row(page, "CPU").locator("time")).not_to_have_text(first or "")


async def test_the_card_follows_within_a_second(page: Page, servers: Servers) -> None:
    """Even for a new metric; and nothing else on the page moves."""
    await open_overview(page, servers.house)
    before = await boxes(page)
    await servers.report("mail.example.com", "Queue", "critical", "500 messages")
    await expect(row(page, "Queue")).to_be_visible(timeout=SOON_MILLISECONDS)
    await expect(rows(page)).to_have_count(3)
    await servers.report("mail.example.com", "Queue", "warning", "200 messages")
    await expect(row(page, "Queue")).to_contain_text(
        "Warning · 200 messages", timeout=SOON_MILLISECONDS
    )
    # longer than the frontend waits before it rebuilds a view for a new entity
    await page.wait_for_timeout(500)
    assert await boxes(page) == before
    await servers.report("mail.example.com", "Queue", "ok")
    await expect(rows(page)).to_have_count(2, timeout=SOON_MILLISECONDS)
    assert await boxes(page) == before


async def test_only_servers_with_a_problem_are_expanded(
    page: Page, servers: Servers
) -> None:
    """A server moves to the other section when its status changes."""
    await open_frontend(page, servers.house, f"/{DASHBOARD}/servers")
    headings = page.locator("hui-heading-card .heading")
    problems = ["db01.example.com", "web01.example.com"]
    await expect(headings).to_have_text([*problems, "OK"], timeout=RENDER_MILLISECONDS)
    tiles = page.locator("hui-tile-card [slot=primary]")
    await expect(tiles).to_have_text(["PostgreSQL", "CPU", "mail.example.com"])
    await servers.report("mail.example.com", "SMTP", "warning")
    await expect(headings).to_have_text(
        ["db01.example.com", "mail.example.com", "web01.example.com"]
    )
    await expect(tiles).to_have_text(["PostgreSQL", "SMTP", "CPU"])
    await servers.report("mail.example.com", "SMTP", "ok")
    await expect(headings).to_have_text([*problems, "OK"])


async def test_it_is_used_by_keyboard(page: Page, servers: Servers) -> None:
    """Enter shows more, the next stop acknowledges; a screen reader gets its state."""
    await open_overview(page, servers.house)
    alert = row(page, "PostgreSQL").get_by_role("button").first
    await alert.focus()
    await page.keyboard.press("Enter")
    dialog = page.locator("ha-more-info-dialog")
    await expect(dialog.get_by_text("db01.example.com").first).to_be_visible()
    await page.keyboard.press("Escape")
    # the dialog returns the focus to where it came from
    await expect(alert).to_be_focused()
    await page.keyboard.press("Tab")
    acknowledge = page.get_by_role(
        "button", name="Acknowledge PostgreSQL on db01.example.com"
    )
    await expect(acknowledge).to_be_focused()
    for pressed in ("true", "false"):
        # the state may arrive before the answer to the action, until which a press is ignored
        await expect(acknowledge).not_to_have_attribute("aria-disabled", "true")
        await page.keyboard.press("Space")
        await expect(acknowledge).to_have_attribute("aria-pressed", pressed)
        await expect(acknowledge).to_be_focused()
        states = await servers.house.states()
        state = states["sensor.db01_example_com_postgresql_status"]
        assert state["attributes"]["acknowledged"] is (pressed == "true")


async def test_a_user_who_is_no_admin_can_use_it(
    browser: Browser, servers: Servers
) -> None:
    """They see the alerts and acknowledge them, without errors."""
    token = await token_of_a_resident(servers.house)
    page = await new_page(browser, servers.house, token, viewport=PHONE)
    complaints = listen_for_complaints(page)
    await open_overview(page, servers.house)
    acknowledge = page.get_by_role("button", name="Acknowledge CPU on web01")
    for pressed in ("true", "false"):
        await acknowledge.click()
        await expect(acknowledge).to_have_attribute("aria-pressed", pressed)
    await page.close()
    assert complaints == []


async def token_of_a_resident(house: House) -> str:
    """Add a user who is not an admin and return their access token."""
    user = await house.command(
        "config/auth/create", name="Resident", group_ids=["system-users"]
    )
    credentials = {"username": "resident", "password": "resident"}
    await house.command(
        "config/auth_provider/homeassistant/create",
        user_id=user["user"]["id"],
        **credentials,
    )
    client = {"client_id": f"{house.url}/"}
    provider = {"handler": ["homeassistant", None], "redirect_uri": house.url}
    flow = await house.post("/auth/login_flow", {**client, **provider})
    answer = await house.post(
        f"/auth/login_flow/{flow['flow_id']}", {**client, **credentials}
    )
    form = {**client, "grant_type": "authorization_code", "code": answer["result"]}
    async with house.session.post(f"{house.url}/auth/token", data=form) as reply:
        token: str = (await reply.json())["access_token"]
        return token


async def test_html_in_a_title_is_text(page: Page, servers: Servers) -> None:
    """On the card and in the view of servers, it is shown as is, and never run."""
    host, metric = "<b>evil</b>", "<img src=x onerror='window.ran = true'>"
    await servers.report(host, metric, "critical", "<script>window.ran = true</script>")
    await open_overview(page, servers.house)
    await expect(row(page, "onerror")).to_contain_text(
        f"{metric}{host}Critical · <script>window.ran = true</script>"
    )
    await page.goto(f"{servers.house.url}/{DASHBOARD}/servers")
    await expect(page.get_by_text(metric, exact=True)).to_be_visible(
        timeout=RENDER_MILLISECONDS
    )
    assert not await page.evaluate("window.ran")
    await servers.report(host, metric, "ok")


async def test_the_card_is_suggested_and_edited_by_clicks(
    page: Page, servers: Servers
) -> None:
    """For a Bleemeo entity; its form is Home Assistant's own."""
    await add_dashboard(servers.house, "my-own", side_by_side([]))
    await open_frontend(page, servers.house, "/my-own/cards?edit=1")
    await page.locator("hui-grid-section button.add").click(timeout=RENDER_MILLISECONDS)
    await page.get_by_placeholder("Search entities").fill("PostgreSQL status")
    await page.get_by_text("PostgreSQL status").first.click()
    await page.get_by_role("button", name="Bleemeo alerts", exact=True).click()
    await expect(rows(page)).to_have_text([re.compile("PostgreSQL"), re.compile("CPU")])
    await page.locator("hui-card-edit-mode").click()
    await page.locator("ha-checkbox", has_text="Warning").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(rows(page)).to_have_text([re.compile("CPU")])
    saved = await servers.house.command("lovelace/config", url_path="my-own")
    [card] = saved["views"][0]["sections"][0]["cards"]
    assert card == {"type": "custom:bleemeo-alerts-card", "severity": ["warning"]}


async def test_the_documented_cards_work(page: Page, servers: Servers) -> None:
    """Each one as documented, and the markdown card shows the alerts."""
    _, cards = documented_yaml()
    await add_dashboard(servers.house, "documented-cards", side_by_side(cards))
    await open_frontend(page, servers.house, "/documented-cards/cards")
    await expect(page.locator("hui-markdown-card")).to_contain_text(
        "db01.example.com: PostgreSQL is critical. Connection refused",
        timeout=RENDER_MILLISECONDS,
    )
    for card in ("hui-glance-card", "hui-entities-card", "bleemeo-alerts-card"):
        await expect(page.locator(card)).to_be_visible()
    await expect(page.locator("hui-tile-card")).to_have_count(1)
    await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, TABLET])
async def test_it_is_accessible(
    browser: Browser, servers: Servers, color_scheme: Any, viewport: Any
) -> None:
    """By WCAG 2.2 AA and best practices, as far as axe-core can tell."""
    page = await new_page(
        browser, servers.house, color_scheme=color_scheme, viewport=viewport
    )
    await open_overview(page, servers.house)
    results = await Axe().run(page, options={"resultTypes": ["violations", "passes"]})
    found = {
        kind: {
            rule["id"]
            for rule in results.response[kind]
            if any(
                "bleemeo-alerts-card" in str(node["target"]) for node in rule["nodes"]
            )
        }
        for kind in ("violations", "passes")
    }
    await page.close()
    assert found["violations"] == set()
    assert found["passes"] >= {"button-name", "color-contrast", "listitem", "region"}


async def test_all_is_clear_where_nothing_is_open(page: Page, servers: Servers) -> None:
    """Only if it knows: not while the integration is not loaded."""
    await open_overview(page, servers.house)
    await servers.report("web01.example.com", "CPU", "ok")
    await servers.report("db01.example.com", "PostgreSQL", "ok")
    card = page.locator("bleemeo-alerts-card")
    clear = card.get_by_text("All clear").last
    await expect(clear).to_be_visible(timeout=SOON_MILLISECONDS)
    await expect(card.get_by_role("status")).to_contain_text("All clear")
    entries = await servers.house.get("/api/config/config_entries/entry?domain=bleemeo")
    entry_id = entries[0]["entry_id"]
    await servers.house.command(
        "config_entries/disable", entry_id=entry_id, disabled_by="user"
    )
    await expect(card.get_by_text("Bleemeo is not loaded")).to_be_visible()
    await expect(clear).not_to_be_visible()
    await servers.house.command(
        "config_entries/disable", entry_id=entry_id, disabled_by=None
    )
    await expect(clear).to_be_visible()


async def test_an_alert_whose_sensor_is_hidden_is_counted(
    page: Page, servers: Servers
) -> None:
    """The card does not say all clear if only the sensor is hidden."""
    await servers.report("web01.example.com", "CPU", "warning")
    await open_frontend(page, servers.house, OVERVIEW)
    await expect(row(page, "CPU")).to_be_visible(timeout=RENDER_MILLISECONDS)
    sensor = {"entity_id": "sensor.web01_example_com_cpu_status"}
    for hidden_by in ("user", None):
        await servers.house.command(
            "config/entity_registry/update", **sensor, hidden_by=hidden_by
        )
        shown = page.get_by_text("1 more on hidden or missing sensors").last
        await expect(shown).to_be_visible(visible=hidden_by is not None)
        await expect(page.get_by_text("All clear")).not_to_be_visible()
    await expect(row(page, "CPU")).to_be_visible()


async def update_integration(house: House, mark: str) -> None:
    """Change a module and restart Home Assistant, as an update does."""
    module = house.path / "custom_components" / "bleemeo" / "frontend" / "texts.js"
    with module.open("a", encoding="utf-8") as updated:
        updated.write(f'\ndocument.documentElement.dataset.bleemeo = "{mark}";\n')
    await house.restart()


async def test_an_update_reaches_a_page_that_is_never_reloaded_by_hand(
    browser: Browser, servers: Servers
) -> None:
    """Like on a wall tablet: it runs the new module soon after the restart."""
    page = await new_page(browser, servers.house)
    await page.clock.install()
    await open_frontend(page, servers.house, OVERVIEW)
    card = page.locator("bleemeo-alerts-card")
    await expect(card).to_be_visible(timeout=RENDER_MILLISECONDS)
    await update_integration(servers.house, "by itself")
    await expect(page.get_by_role("button", name="Reload page")).to_be_visible(
        timeout=RENDER_MILLISECONDS
    )
    assert await page.locator("html").get_attribute("data-bleemeo") is None
    await page.clock.fast_forward(RELOAD_MILLISECONDS)
    await expect(page.locator("html")).to_have_attribute(
        "data-bleemeo", "by itself", timeout=RENDER_MILLISECONDS
    )
    await expect(card).to_be_visible(timeout=RENDER_MILLISECONDS)
    await page.close()


async def test_a_card_that_is_out_of_date_says_so(
    browser: Browser, servers: Servers
) -> None:
    """With a button that reloads the page, after which it says nothing more."""
    page = await new_page(browser, servers.house)
    await open_frontend(page, servers.house, OVERVIEW)
    reload = page.get_by_role("button", name="Reload page")
    await expect(row(page, "CPU")).to_be_visible(timeout=RENDER_MILLISECONDS)
    await expect(reload).not_to_be_visible()
    await update_integration(servers.house, "by hand")
    await expect(reload).to_be_visible(timeout=RENDER_MILLISECONDS)
    await reload.click()
    await expect(page.locator("html")).to_have_attribute(
        "data-bleemeo", "by hand", timeout=RENDER_MILLISECONDS
    )
    await expect(row(page, "CPU")).to_be_visible(timeout=RENDER_MILLISECONDS)
    await expect(reload).not_to_be_visible()
    await page.close()


async def test_a_page_that_the_browser_kept_says_that_it_is_old(
    browser: Browser, servers: Servers
) -> None:
    """Home Assistant's service worker shows it once more after an update."""
    ours = f"{servers.house.url}/bleemeo/"
    kept: dict[str, str] = {}
    page = await new_page(browser, servers.house)
    page.on("request", lambda request: kept.setdefault(request.url, ""))
    await open_frontend(page, servers.house, OVERVIEW)
    await expect(row(page, "CPU")).to_be_visible(timeout=RENDER_MILLISECONDS)
    for url in list(kept):
        if url.startswith(ours):
            kept[url] = await (await page.request.get(url)).text()
    shown = await (await page.request.get(servers.house.url + OVERVIEW)).text()
    [entry] = [url for url in kept if url.endswith("/bleemeo.js")]
    assert urlsplit(entry).path in shown
    await page.close()
    await update_integration(servers.house, "in the background")

    async def answer(route: Route) -> None:
        request = route.request
        if request.method == "HEAD":
            await route.continue_()
        elif body := kept.get(request.url):
            await route.fulfill(body=body, content_type="text/javascript")
        else:
            await route.abort()

    page = await new_page(browser, servers.house)
    await page.route(f"{ours}**", answer)
    await page.route(
        servers.house.url + OVERVIEW,
        lambda route: route.fulfill(body=shown, content_type="text/html"),
    )
    await open_frontend(page, servers.house, OVERVIEW)
    await expect(page.get_by_role("button", name="Reload page")).to_be_visible(
        timeout=RENDER_MILLISECONDS
    )
    await page.close()
