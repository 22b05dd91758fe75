"""Automations made from the blueprints, by their forms in a real browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
import os
from pathlib import Path
import re
import shutil

from playwright.async_api import Browser, Page, ViewportSize, expect
import pytest
import pytest_asyncio
from servers import Servers

from scripts.frontend import new_page, open_frontend, settle
from scripts.house import House, Include, Json

pytestmark = pytest.mark.asyncio(loop_scope="module")

TALL = ViewportSize(width=1280, height=2600)
BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "bleemeo"
NAMES = {
    "announce": "Bleemeo: spoken announcement",
    "daily_digest": "Bleemeo: daily digest",
    "escalation": "Bleemeo: escalation",
    "light_signal": "Bleemeo: light signal",
    "notify_phone": "Bleemeo: notify",
    "power_cycle": "Bleemeo: power-cycle a server",
}
# what must be chosen, by the kind of picker and its place among those
CHOSEN = {
    "announce": (("entity", 0, "Voice"), ("entity", 1, "Living Room")),
    "daily_digest": (("entity", 0, "Notifier"),),
    "escalation": (("entity", 0, "demo"),),
    "light_signal": (("entity", 0, "Ceiling Lights"),),
    "notify_phone": (("entity", 1, "Notifier"),),
    "power_cycle": (("device", 0, "web01.example.com"), ("entity", 0, "AC")),
}
PATIENCE_SECONDS = 60


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[Servers]:
    """Return servers known to a house with the blueprints, a lamp and a notifier."""
    house = House(configuration={"automation": Include("automations.yaml"), "demo": {}})
    async with house:
        folder = house.path / "blueprints" / "automation" / "bleemeo"
        await asyncio.to_thread(shutil.copytree, BLUEPRINTS, folder, dirs_exist_ok=True)
        _, address = await house.add_bleemeo("Bleemeo")
        servers = Servers(house, address)
        await servers.report("web01.example.com", "CPU", "ok")
        voice = {"state": "unknown", "attributes": {"friendly_name": "Voice"}}
        await house.post("/api/states/tts.voice", voice)
        yield servers


async def open_form(browser: Browser, house: House, name: str) -> Page:
    """Open the form of a blueprint, from the list of blueprints."""
    page = await new_page(browser, house, viewport=TALL)
    await open_frontend(page, house, "/config/blueprint/dashboard")
    await page.get_by_text(NAMES[name], exact=True).click()
    await expect(page.locator("blueprint-automation-editor")).to_be_attached()
    await settle(page)
    if folder := os.environ.get("PICTURES"):
        await page.wait_for_timeout(1_000)
        await page.screenshot(path=Path(folder) / f"{name}.png")
    return page


async def choose(page: Page, kind: str, number: int, name: str) -> None:
    """Choose something in one of the form's pickers of a kind."""
    form = page.locator("blueprint-automation-editor")
    await (
        form.locator(f"ha-selector-{kind}")
        .nth(number)
        .locator("ha-picker-field, ha-combo-box-item")
        .first.click()
    )
    await page.locator("input:focus").fill(name)
    await page.get_by_text(name, exact=True).last.click()


async def save(page: Page) -> str:
    """Save the automation, which has the blueprint's name; return its id."""
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page).to_have_url(re.compile(r"/config/automation/edit/\d+"))
    return str(page.url).rpartition("/")[2]


@pytest.mark.parametrize("name", NAMES)
async def test_each_form_shows_all_inputs_and_is_saved(
    servers: Servers, browser: Browser, name: str
) -> None:
    """With a picker that Home Assistant knows, so that nobody has to write YAML."""
    page = await open_form(browser, servers.house, name)
    form = page.locator("blueprint-automation-editor")
    await expect(form.locator("ha-selector").first).to_be_visible()
    await expect(form.get_by_text("No visual editor support")).to_have_count(0)
    await expect(form.locator("ha-alert[alert-type=error]")).to_have_count(0)
    for kind, number, chosen in CHOSEN[name]:
        await choose(page, kind, number, chosen)
    saved = await save(page)
    await page.close()
    config = await servers.house.get(f"/api/config/automation/config/{saved}")
    # all else is as the form proposes it
    assert len(config["use_blueprint"]["input"]) == len(CHOSEN[name])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (saved, "on") not in [
            (state["attributes"].get("id"), state["state"])
            for state in (await servers.house.states()).values()
        ]:
            await asyncio.sleep(0.2)


async def state_of(
    house: House, entity_id: str, is_new: Callable[[Json], bool]
) -> Json:
    """Return the state of an entity once it is what is awaited."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_new(found := (await house.states())[entity_id]):
            await asyncio.sleep(0.2)
    return found


async def test_automations_that_were_filled_in_tell_of_an_alert(
    servers: Servers,
) -> None:
    """With the defaults of their forms."""
    async with servers.house.events("notify") as told:
        await servers.report("web01.example.com", "CPU", "critical", "It burns")
        lamp = await state_of(
            servers.house,
            "light.ceiling_lights",
            lambda found: found["attributes"].get("rgb_color") == [255, 0, 0],
        )
        assert lamp["state"] == "on"
        await state_of(
            servers.house,
            "notify.notifier",
            lambda found: found["state"] not in ("unknown", "unavailable"),
        )
        assert [event["title"] for event in await told.settled()] == [
            "web01.example.com: CPU – Critical"
        ]
