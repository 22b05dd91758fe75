"""What a person can do on the dashboard: acknowledge, silence, take it back, look closer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
import re

from playwright.async_api import Browser, Page, Route, expect
import pytest
import pytest_asyncio
from scenes import FIVE, HOSTS, Report, Scene, many
from servers import CONNECTION
from stage import (
    OVERVIEW,
    PHONE,
    Json,
    Stage,
    complaints_of,
    dialog,
    group,
    hero,
    open_board,
    token_of,
)

from scripts.frontend import RENDER_MILLISECONDS, new_page, open_frontend
from scripts.house import Events

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAS, _, DB02, WEB01 = HOSTS[:4]
UNDO_MILLISECONDS = 10_000


@pytest_asyncio.fixture(loop_scope="module")
async def events(stage: Stage) -> AsyncIterator[Events]:
    """Return the calls of actions."""
    async with stage.house.events("call_service") as events:
        yield events


async def calls(events: Events) -> list[Json]:
    """Return the calls of ours since the last time."""
    called = [each for each in await events.settled() if each["domain"] == "bleemeo"]
    events.clear()
    return called


async def only_call(events: Events) -> Json:
    """Return the one call of ours since the last time."""
    [call] = await calls(events)
    return call


async def test_a_server_is_acknowledged_and_taken_back(
    page: Page, stage: Stage, events: Events
) -> None:
    """All of it that is not yet, with who and when beside it; undo is there for a while."""
    await stage.show(FIVE)
    await calls(events)
    await open_board(page, stage)
    await group(page, "web01").get_by_role("button", name="Acknowledge").click()
    notice = page.get_by_role("status").filter(has_text="1 alert acknowledged")
    await expect(notice).to_be_visible()
    await expect(group(page, "web01")).to_contain_text("Acknowledged by demo")
    call = await only_call(events)
    assert call["service"] == "acknowledge"
    assert call["service_data"] == {
        "entity_id": [await stage.entity_id(WEB01, "Disk used (/home)")]
    }
    await notice.get_by_role("button", name="Undo").click()
    await expect(group(page, "web01")).not_to_contain_text("Acknowledged by")
    assert (await only_call(events))["service"] == "unacknowledge"


async def test_undo_goes_after_ten_seconds(browser: Browser, stage: Stage) -> None:
    """What was done stays done then."""
    await stage.show(FIVE)
    page = await new_page(browser, stage.house)
    await page.clock.install()
    await open_board(page, stage)
    await group(page, "web01").get_by_role("button", name="Acknowledge").click()
    undo = page.get_by_role("button", name="Undo")
    await expect(undo).to_be_visible()
    await page.clock.run_for(UNDO_MILLISECONDS - 2_000)
    await expect(undo).to_be_visible()
    await page.clock.run_for(2_500)
    await expect(undo).to_have_count(0)
    await expect(group(page, "web01")).to_contain_text("Acknowledged by demo")
    await page.close()


async def test_all_that_is_shown_is_acknowledged_and_nothing_else(
    page: Page, stage: Stage, events: Events
) -> None:
    """Chips and search decide what that is."""
    await stage.show(many(40, 60))
    await calls(events)
    await open_board(page, stage)
    await page.locator(".incidents").get_by_role("searchbox").fill("srv004")
    await page.get_by_role("button", name="Acknowledge all 5 shown").click()
    await expect(page.get_by_text("5 alerts acknowledged")).to_be_visible()
    call = await only_call(events)
    assert {each.split("_")[0] for each in call["service_data"]["entity_id"]} == {
        "sensor.srv004"
    }
    assert len(call["service_data"]["entity_id"]) == 5


async def test_one_alert_is_ticked_off(
    page: Page, stage: Stage, events: Events
) -> None:
    """With a tick that says what it is for, and whether it is set."""
    await stage.show(FIVE)
    await calls(events)
    await open_board(page, stage)
    tick = page.get_by_role("button", name="Acknowledge UPS on nas")
    await expect(tick).to_have_attribute("aria-pressed", "false")
    await tick.click()
    await expect(tick).to_have_attribute("aria-pressed", "true")
    assert (await only_call(events))["service_data"] == {
        "entity_id": [await stage.entity_id(NAS, "UPS")]
    }
    await tick.click()
    await expect(tick).to_have_attribute("aria-pressed", "false")


async def test_the_dialog_tells_all_about_an_alert(page: Page, stage: Stage) -> None:
    """The text in full, the value against its threshold, its day, and how it usually is."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await group(page, "web01").get_by_role("button").first.click()
    await expect(dialog(page)).to_contain_text("web01.example.com · Disk used (/home)")
    await expect(dialog(page)).to_contain_text("Current value: 88.00 % threshold")
    await expect(dialog(page)).to_contain_text("88 %, threshold 80 %")
    await expect(dialog(page)).to_contain_text("First time this week")
    await expect(dialog(page).get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("Last 24 hrs: 1 incident")
    )
    await page.keyboard.press("Escape")
    await expect(dialog(page)).to_have_count(0)
    await hero(page).get_by_role("button").click()
    await expect(dialog(page)).to_contain_text("3 times this week")


async def test_the_dialog_acknowledges_for_a_time_with_a_comment(
    page: Page, stage: Stage, events: Events
) -> None:
    """For an hour, until morning, or until it is over; and says so."""
    await stage.show(FIVE)
    await calls(events)
    await open_board(page, stage)
    await hero(page).get_by_role("button").click()
    await dialog(page).get_by_label("Comment").fill("on my way")
    acknowledge = dialog(page).get_by_role("group", name="Acknowledge")
    await acknowledge.get_by_role("button", name="For an hour").click()
    await expect(dialog(page)).to_contain_text(
        re.compile("Acknowledged by demo, .*until .*“on my way”")
    )
    assert (await only_call(events))["service_data"] == {
        "entity_id": [await stage.entity_id(NAS, "UPS")],
        "duration": {"minutes": 60},
        "comment": "on my way",
    }
    await dialog(page).get_by_role("button", name="Unacknowledge").click()
    await acknowledge.get_by_role("button", name="Until morning").click()
    *_, call = await calls(events)
    until = datetime.fromisoformat(call["service_data"]["until"])
    ahead = until - datetime.now(UTC)
    assert timedelta() < ahead <= timedelta(hours=24)
    # Home Assistant's time zone is that of the browser here
    assert await page.evaluate(f"new Date('{until.isoformat()}').getHours()") == 7


async def test_what_a_dialog_did_is_taken_back_beside_it(
    page: Page, stage: Stage, events: Events
) -> None:
    """Undo outlives the dialog, and nothing older comes to light when it closes."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await group(page, "nas").get_by_role("button", name="Acknowledge").first.click()
    await expect(page.get_by_role("status")).to_contain_text(["1 alert acknowledged"])
    await group(page, "web01").get_by_role("button").first.click()
    await dialog(page).get_by_role("button", name="For an hour").last.click()
    await expect(page.locator(".notice")).to_contain_text("web01 is silenced")
    await page.keyboard.press("Escape")
    await expect(dialog(page)).to_have_count(0)
    notice = page.locator(".notice")
    await expect(notice).to_contain_text("web01 is silenced")
    await calls(events)
    await notice.get_by_role("button", name="Undo").click()
    await expect(notice).to_be_hidden()
    assert (await only_call(events))["service"] == "unsilence"


async def test_a_metric_s_own_dialog_says_what_is_wrong(
    page: Page, stage: Stage, events: Events
) -> None:
    """Since when, how much, and who has seen it, which can be done there, too."""
    await stage.show(FIVE)
    await calls(events)
    await open_board(page, stage)
    await group(page, "web01").get_by_role("button").first.click()
    await dialog(page).get_by_role("button", name="More info").click()
    more = page.locator("bleemeo-more-info")
    for words in (
        "Warning",
        "threshold (80.00 %) exceeded",
        "88 %, threshold 80 %",
        "3 hrs",
    ):
        await expect(more).to_contain_text(words)
    await more.get_by_role("button", name="For an hour").click()
    await expect(more).to_contain_text(re.compile("Acknowledged by demo, .*, until "))
    assert (await only_call(events))["service_data"] == {
        "entity_id": [await stage.entity_id(WEB01, "Disk used (/home)")],
        "duration": {"minutes": 60},
    }
    await more.get_by_role("button", name="Unacknowledge").click()
    await expect(more).not_to_contain_text("Acknowledged by")


async def test_a_metric_s_own_dialog_fills_when_the_modules_come_after_it(
    page: Page, stage: Stage
) -> None:
    """As when a tap on a notification opens the page with the dialog."""
    await stage.show(FIVE)
    may_load = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_load.wait()
        await route.continue_()

    await page.route("**/bleemeo/*/more-info.js", hold)
    entity_id = await stage.entity_id(WEB01, "Disk used (/home)")
    await open_frontend(
        page, stage.house, f"/config/repairs?more-info-entity-id={entity_id}"
    )
    more = page.locator("bleemeo-more-info")
    await expect(more).to_be_attached(timeout=RENDER_MILLISECONDS)
    may_load.set()
    await expect(more).to_contain_text("88 %, threshold 80 %")
    await expect(more).to_contain_text("Warning")


@pytest.mark.parametrize("key", ["problem", "status"])
async def test_the_dialog_of_a_server_names_what_is_open(
    page: Page, stage: Stage, key: str
) -> None:
    """What needs somebody first, then with who has seen it; each leads to its own dialog."""
    await stage.show(FIVE)
    entity_id = await stage.server_entity_id(NAS, key)
    await open_frontend(
        page, stage.house, f"/config/repairs?more-info-entity-id={entity_id}"
    )
    alerts = page.locator("bleemeo-open-alerts .open button")
    await expect(alerts).to_have_count(2, timeout=RENDER_MILLISECONDS)
    await expect(alerts.last).to_contain_text("SMART status")
    await expect(alerts.last).to_contain_text("SMART tests failed on sdb.")
    await expect(alerts.last).to_contain_text("Acknowledged by Marie")
    await expect(alerts.first).to_contain_text("UPS")
    await alerts.first.click()
    more = page.locator("bleemeo-more-info")
    await expect(more).to_contain_text("The UPS is running on battery.")


async def test_the_dialog_of_a_server_says_what_keeps_it_quiet(
    page: Page, stage: Stage
) -> None:
    """Nobody is to wonder why an alert that is open was told to nobody."""
    await stage.show(FIVE)
    entity_id = await stage.server_entity_id(DB02, "problem")
    await open_frontend(
        page, stage.house, f"/config/repairs?more-info-entity-id={entity_id}"
    )
    alerts = page.locator("bleemeo-open-alerts .open button")
    await expect(alerts).to_have_count(2, timeout=RENDER_MILLISECONDS)
    await expect(alerts.first).to_contain_text("Silenced")
    await expect(alerts.last).to_contain_text("Silenced · unreachable")


async def test_the_dialog_of_the_account_s_problem_names_servers_too(
    page: Page, stage: Stage
) -> None:
    """Of very many alerts first what needs somebody, and the others by a click."""
    await stage.show(many(servers=12, open_alerts=12))
    await open_frontend(
        page,
        stage.house,
        "/config/repairs?more-info-entity-id=binary_sensor.bleemeo_problem",
    )
    lines = page.locator("bleemeo-open-alerts").get_by_role("button")
    await expect(lines).to_have_count(11, timeout=RENDER_MILLISECONDS)
    await expect(lines.first).to_contain_text("srv00")
    [server, metric] = str(await lines.first.locator("b").text_content()).split(" · ")
    plain = str.maketrans("", "", "\u2068\u2069")
    first = await stage.entity_id(server.translate(plain), metric.translate(plain))
    await stage.house.post("/api/services/bleemeo/acknowledge", {"entity_id": first})
    await expect(lines.first).not_to_contain_text(server)
    await page.get_by_role("button", name="and 2 more").click()
    await expect(lines).to_have_count(12)
    await expect(lines.last).to_contain_text(server)
    await expect(lines.nth(10)).to_be_focused()


async def test_the_dialog_of_a_server_s_problem_counts_what_it_cannot_name(
    page: Page, stage: Stage
) -> None:
    """A person may have disabled the status sensors; what is open is open all the same."""
    await stage.show(FIVE)
    entity_id = await stage.server_entity_id(NAS, "problem")
    await open_frontend(
        page, stage.house, f"/config/repairs?more-info-entity-id={entity_id}"
    )
    listed = page.locator("bleemeo-open-alerts")
    await expect(listed.get_by_role("button")).to_have_count(
        2, timeout=RENDER_MILLISECONDS
    )
    await expect(listed).not_to_contain_text("more")
    for metric, words in (("UPS", "and 1 more"), ("SMART status", "Open alerts · 2")):
        status = await stage.entity_id(NAS, metric)
        await stage.house.command(
            "config/entity_registry/update", entity_id=status, disabled_by="user"
        )
        await expect(listed).to_contain_text(words)


async def test_the_dialog_of_a_metric_s_problem_says_the_same(
    page: Page, stage: Stage, events: Events
) -> None:
    """And how bad it is; of an agent's own status, each server has one with no id."""
    await stage.show(FIVE)
    entity_id = await stage.problem_entity_id(DB02, CONNECTION)
    await open_frontend(
        page, stage.house, f"/config/repairs?more-info-entity-id={entity_id}"
    )
    more = page.locator("bleemeo-more-info")
    await expect(more).to_contain_text("Detected", timeout=RENDER_MILLISECONDS)
    for words in ("Critical · No data.", "20 mins", "Silenced"):
        await expect(more).to_contain_text(words)
    await calls(events)
    await more.get_by_role("button", name="Acknowledge").click()
    await expect(more).to_contain_text("Acknowledged by demo")
    assert (await only_call(events))["service_data"] == {
        "entity_id": [await stage.entity_id(DB02, CONNECTION)]
    }
    await more.get_by_role("button", name="Undo").click()
    await expect(more).not_to_contain_text("Acknowledged by")


async def test_the_dialog_of_a_metric_s_problem_says_nothing_without_its_status(
    page: Page, stage: Stage
) -> None:
    """Whether it has another name is all the same; a person may have disabled it."""
    text = "The spare is empty."
    report = Report("spare.example.com", "Spare", "warning", timedelta(hours=1), text)
    await stage.show(Scene().with_reports(report))
    status = await stage.entity_id(report.host, report.metric)
    problem = await stage.problem_entity_id(report.host, report.metric)
    update = "config/entity_registry/update"
    renamed = {"name": "Reserve", "new_entity_id": "sensor.reserve"}
    await stage.house.command(update, entity_id=status, hidden_by="user", **renamed)
    await open_frontend(
        page, stage.house, f"/config/repairs?more-info-entity-id={problem}"
    )
    more = page.locator("bleemeo-more-info")
    await expect(more).to_contain_text(text, timeout=RENDER_MILLISECONDS)
    await stage.house.command(update, entity_id="sensor.reserve", disabled_by="user")
    await expect(more).not_to_contain_text(text)
    await expect(more).to_contain_text("Detected")
    await expect(more.get_by_role("button")).to_have_count(0)


async def test_a_long_text_leaves_what_one_can_do_in_sight(
    browser: Browser, stage: Stage
) -> None:
    """On a phone, in a metric's own dialog."""
    lines = "\n".join(f"disk {number} of the array is slow" for number in range(90))
    report = Report("array.example.com", "Disks", "critical", timedelta(hours=1), lines)
    await stage.show(Scene().with_reports(report))
    page = await new_page(browser, stage.house, viewport=PHONE)
    entity_id = await stage.entity_id(report.host, report.metric)
    await open_frontend(
        page, stage.house, f"{OVERVIEW}?more-info-entity-id={entity_id}"
    )
    more = page.locator("bleemeo-more-info")
    acknowledge = more.get_by_role("button", name="Acknowledge")
    await expect(acknowledge).to_be_in_viewport(ratio=1, timeout=RENDER_MILLISECONDS)
    await expect(more).to_contain_text("disk 50")
    await page.close()


@pytest.mark.parametrize("find", [Stage.entity_id, Stage.problem_entity_id])
@pytest.mark.parametrize(("group_id", "offered"), [("read-only", 0), ("users", 3)])
async def test_a_metric_s_own_dialogs_offer_only_what_their_user_may_do(
    browser: Browser,
    stage: Stage,
    group_id: str,
    offered: int,
    find: Callable[[Stage, str, str], Awaitable[str]],
) -> None:
    """As the dashboard does; an administrator may do everything."""
    await stage.show(FIVE)
    name = f"{find.__name__} of {group_id}"
    token = await token_of(stage.house, name, f"system-{group_id}")
    page = await new_page(browser, stage.house, token)
    logged = complaints_of(page)
    entity_id = await find(stage, WEB01, "Disk used (/home)")
    await open_frontend(
        page, stage.house, f"{OVERVIEW}?more-info-entity-id={entity_id}"
    )
    more = page.locator("bleemeo-more-info")
    await expect(more).to_contain_text(
        "88 %, threshold 80 %", timeout=RENDER_MILLISECONDS
    )
    # what is asked of Home Assistant has been answered
    await page.wait_for_timeout(1000)
    await expect(more.get_by_role("button")).to_have_count(offered)
    await page.close()
    assert logged == []


async def test_the_dialog_silences_the_server(
    page: Page, stage: Stage, events: Events
) -> None:
    """For a time, and ends that."""
    await stage.show(FIVE)
    await calls(events)
    await open_board(page, stage)
    await group(page, "nas").get_by_role("button", name="Silence").click()
    await expect(dialog(page).locator("h2")).to_have_text("Silence nas.example.com")
    await expect(dialog(page).get_by_text("The UPS is running")).to_be_hidden()
    silence = dialog(page).get_by_role("group", name="Silence")
    await expect(silence.get_by_role("button", name="For an hour")).to_be_focused()
    await silence.get_by_role("button", name="For an hour").click()
    await expect(dialog(page)).to_contain_text("Silenced until")
    call = await only_call(events)
    assert call["service"] == "silence"
    assert call["service_data"] == {
        "device_id": [await stage.device_id(NAS)],
        "duration": {"minutes": 60},
    }
    await silence.get_by_role("button", name="End silence").click()
    await expect(dialog(page)).not_to_contain_text("Silenced until")
    assert (await only_call(events))["service"] == "unsilence"


async def test_the_way_back_ends_a_dialog_and_leaves_the_page(
    page: Page, stage: Stage
) -> None:
    """As in each of Home Assistant's: that is how a phone closes one."""
    await stage.show(FIVE)
    await open_frontend(page, stage.house, "/history")
    await page.evaluate(
        """(path) => {
          history.pushState(null, "", path);
          window.dispatchEvent(new CustomEvent("location-changed", { detail: {} }));
        }""",
        OVERVIEW,
    )
    await expect(hero(page)).to_be_visible(timeout=RENDER_MILLISECONDS)
    before = await page.evaluate("history.length")
    await hero(page).get_by_role("button").click()
    await dialog(page).get_by_role("textbox").fill("on my")
    await page.go_back()
    await expect(dialog(page)).to_have_count(0)
    await expect(page).to_have_url(re.compile(OVERVIEW))
    # another alert, with nothing of what was typed for the first
    await group(page, "web01").get_by_role("button").first.click()
    await expect(dialog(page).get_by_role("textbox")).to_have_value("")
    await dialog(page).get_by_role("button", name="More info").click()
    info = page.locator("bleemeo-more-info")
    await expect(info).to_be_visible()
    await page.go_back()
    await expect(info).to_have_count(0)
    await group(page, "web01").get_by_role("button").first.click()
    await dialog(page).get_by_role("button", name="Close").click()
    await expect(dialog(page)).to_have_count(0)
    # no dialog has left a way back that leads nowhere
    await page.go_back()
    await expect(page).to_have_url(re.compile("/history"))
    assert await page.evaluate("history.length") == before + 1


async def test_a_dialog_goes_with_its_page(page: Page, stage: Stage) -> None:
    """Nothing would be told there any more, and it would call open what is over."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await hero(page).get_by_role("button").click()
    await expect(dialog(page)).to_be_visible()
    await page.evaluate(
        """() => {
          history.pushState(null, "", "/history");
          window.dispatchEvent(new CustomEvent("location-changed", { detail: {} }));
        }"""
    )
    await expect(page.locator("ha-panel-history")).to_be_visible()
    await expect(dialog(page)).to_have_count(0)


async def test_a_dialog_goes_with_its_server_but_not_with_a_reload(
    page: Page, stage: Stage
) -> None:
    """What is gone for good is not open any more; what is typed outlives the rest."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await hero(page).get_by_role("button").click()
    comment = dialog(page).get_by_role("textbox")
    await comment.fill("on my way")
    reload = f"/api/config/config_entries/entry/{stage.entry_id}/reload"
    await stage.house.post(reload)
    await page.wait_for_timeout(2_500)
    await expect(comment).to_have_value("on my way")
    data = {"device_id": await stage.device_id(NAS)}
    await stage.house.post("/api/services/bleemeo/forget", data)
    await expect(dialog(page)).to_have_count(0)


async def test_the_focus_stays_where_all_was_acknowledged(
    page: Page, stage: Stage
) -> None:
    """The button goes then; who uses a keyboard would begin at the top of the page."""
    await stage.show(FIVE)
    await open_board(page, stage)
    await page.get_by_role("button", name="Acknowledge all 4 shown").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".incidents .list")).to_be_focused()


async def test_all_is_done_by_keyboard(page: Page, stage: Stage) -> None:
    """Each stop is visible and named, and a dialog gives the focus back."""
    await stage.show(FIVE)
    await open_board(page, stage)
    alert = page.get_by_role("button", name="Show this alert")
    await alert.focus()
    await page.keyboard.press("Enter")
    await expect(dialog(page)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(alert).to_be_focused()
    head = group(page, "nas").locator(".head")
    await head.focus()
    await page.keyboard.press("Space")
    await expect(head).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("Tab")
    acknowledge = page.get_by_role("button", name="Acknowledge all alerts of nas")
    await expect(acknowledge).to_be_focused()
    await page.keyboard.press("Enter")
    taking_back = page.get_by_role("button", name="Unacknowledge all alerts of nas")
    await expect(taking_back).to_be_focused()


async def test_who_is_no_admin_uses_it_too(browser: Browser, stage: Stage) -> None:
    """They see the alerts and acknowledge them, without errors; the address is not theirs."""
    await stage.show(FIVE)
    token = await token_of(stage.house, "Resident")
    page = await new_page(browser, stage.house, token, viewport=PHONE)
    logged = complaints_of(page)
    await open_board(page, stage, OVERVIEW)
    await group(page, "web01").get_by_role("button", name="Acknowledge").click()
    await expect(group(page, "web01")).to_contain_text("Acknowledged by Resident")
    await page.close()
    assert logged == []
