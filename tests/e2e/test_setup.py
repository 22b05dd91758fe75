"""A person sets the integration up in the real frontend, and proves the address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.web import Request, Response
from playwright.async_api import Browser, Page, expect
import pytest

from scripts.frontend import RENDER_MILLISECONDS, new_page
from scripts.house import HOST, House
from scripts.simulated_api import Account, SimulatedApi

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXPECTED_LOG = ("Error during service call to button.press",)

PHONE = {"width": 390, "height": 844}
# it is this machine, but looks like a name that is known outside
PUBLIC_HOST = "house.localhost"


async def set_external_url(house: House, url: str) -> None:
    """Set the external URL, as a person does under Settings > System > Network."""
    await house.command("config/core/update", external_url=url)


async def open_set_up(page: Page, house: House) -> None:
    """Add the integration."""
    await page.goto(f"{house.url}/config/integrations/dashboard/add?domain=bleemeo")
    await page.get_by_role("button", name="OK", exact=True).click(
        timeout=RENDER_MILLISECONDS
    )


async def next_text(page: Page, text: str) -> None:
    """Wait until the next page of the set-up is there."""
    await expect(page.get_by_text(text).first).to_be_visible(
        timeout=RENDER_MILLISECONDS
    )


async def test_a_person_gives_the_address_to_bleemeo_and_reads_what_comes_next(
    house: House, browser: Browser
) -> None:
    """On a phone, with access to the API: the account has its real name."""
    server = SimulatedApi()
    account = server.accounts["8f63c7da-700c-4fa6-a4d5-c15db2652d15"] = Account("Acme")
    agent = account.add_agent("web01")
    account.add_metric(agent, "cpu_used", "critical")
    page = await new_page(browser, house, viewport=PHONE, color_scheme="dark")
    async with server.running():
        await set_external_url(house, "http://127.0.0.1:1")
        await open_set_up(page, house)
        await next_text(page, "Not reachable from outside")
        await expect(page.locator("ha-input")).to_have_count(0)

        await set_external_url(house, "https://home.example.com")
        await page.get_by_text("Check again", exact=True).click()
        await next_text(page, "Give this address to Bleemeo")
        field = page.locator("ha-input input")
        address = await field.input_value()
        assert address.startswith("https://home.example.com/api/webhook/")
        await field.click(click_count=3)
        selected = await field.evaluate("e => [e.selectionStart, e.selectionEnd]")
        assert selected == [0, len(address)]
        box = await field.bounding_box()
        assert box is not None
        # one line, however long it is
        assert box["height"] < 60

        await page.get_by_role("button", name="Bleemeo has it").click()
        await page.get_by_text("Log in to Bleemeo", exact=True).click()
        await next_text(page, "For developers")
        fields = page.locator("ha-input input")
        await fields.nth(0).fill(server.username)
        await fields.nth(1).fill(server.password)
        await expect(fields.nth(2)).not_to_be_visible()
        await page.get_by_text("For developers").click()
        await fields.nth(2).fill(server.url)
        await page.get_by_role("button", name="Next").click()
        await next_text(page, "Name of the account")
        assert await page.locator("ha-input input").input_value() == "Acme"
        await page.get_by_role("button", name="Submit").click()
        await next_text(page, "servers: 1, metrics: 1, open alerts: 1")
        await next_text(page, "Add dashboard")
        await expect(page.get_by_text("formatjs")).to_have_count(0)
    [entry] = await house.command("config_entries/get", domain="bleemeo")
    assert (entry["title"], entry["state"]) == ("Acme", "loaded")
    assert address.rpartition("/")[2] in {
        webhook["webhook_id"] for webhook in await house.webhooks()
    }
    await page.close()
    await house.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")


@asynccontextmanager
async def server_that(answers: Any) -> AsyncIterator[str]:
    """Run a server that answers all requests like that, and return its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answers)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    try:
        yield f"http://{PUBLIC_HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_the_address_is_proved_through_what_stands_before_it(
    house: House,
) -> None:
    """A real proxy that passes on, one that asks for a login, and one that redirects."""

    async def pass_on(request: Request) -> Response:
        async with house.session.post(
            house.url + request.path, data=await request.read()
        ) as answer:
            return Response(
                status=answer.status,
                body=await answer.read(),
                headers={"Server": "nginx"},
            )

    async def ask_for_a_login(_: Request) -> Response:
        return Response(status=401, headers={"WWW-Authenticate": "Basic"})

    async def redirect(_: Request) -> Response:
        return Response(status=302, headers={"Location": f"https://{PUBLIC_HOST}/"})

    entry_id, _ = await house.add_bleemeo("Servers")
    action = "/api/services/bleemeo/check_address?return_response"
    found = {}
    for answers in (pass_on, ask_for_a_login, redirect):
        async with server_that(answers) as url:
            await set_external_url(house, url)
            answer = await house.post(action, {"config_entry_id": entry_id})
        result = answer["service_response"]
        found[answers.__name__] = (result["outcome"], result["through"])
        assert PUBLIC_HOST in result["message"]
    assert found == {
        "pass_on": ("came_back", "nginx"),
        "ask_for_a_login": ("login", None),
        "redirect": ("redirected", None),
    }
    state = (await house.states())["sensor.servers_rejected_alerts"]
    assert state["state"] == "0"


async def test_a_press_of_the_button_is_told_under_notifications(
    house: House, browser: Browser
) -> None:
    """With a link, and the name of the account."""
    await set_external_url(house, f"http://{PUBLIC_HOST}:9")
    page = await new_page(browser, house)
    devices = {each["name"]: each["id"] for each in await house.devices()}
    await page.goto(f"{house.url}/config/devices/device/{devices['Servers']}")
    row = page.locator("hui-button-entity-row", has_text="Check the address")
    await row.get_by_text("Press").click(timeout=RENDER_MILLISECONDS)
    await page.get_by_text("Notifications", exact=True).first.click()
    card = page.locator("notification-item", has_text="Address of Servers")
    await expect(card).to_contain_text(
        f"Nothing accepts connections at {PUBLIC_HOST}", timeout=RENDER_MILLISECONDS
    )
    await page.close()
