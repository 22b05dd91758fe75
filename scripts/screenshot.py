"""Take pictures of the frontend of a real Home Assistant after a day of alerts.

Those of our own dashboard are taken by its tests: see `tests/e2e/test_pictures.py`.
"""

import argparse
import asyncio
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
import re
import sqlite3
import sys
import time
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, expect
import yaml

from . import ending
from .chromium import NoChromium
from .demo import DAY, RECORDED
from .frontend import (
    RENDER_MILLISECONDS,
    add_dashboard,
    chromium,
    new_page,
    open_frontend,
    open_offers,
    settle,
)
from .house import House, HouseError
from .simulated_bleemeo import Alert, SimulatedBleemeo, read_day, shifted

DOCS = Path(__file__).resolve().parent.parent / "docs"
IMAGES = DOCS / "images"
DESKTOP = ViewportSize(width=1280, height=800)
TALL = ViewportSize(width=1280, height=880)
# the time columns of the recorder's database
TIMES = (
    ("states", "last_updated_ts"),
    ("states", "last_changed_ts"),
    ("states", "last_reported_ts"),
    ("events", "time_fired_ts"),
)


def documented_yaml() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the sections of `configuration.yaml` and the cards of the documentation."""
    text = (DOCS / "dashboards.md").read_text(encoding="utf-8")
    blocks = [
        yaml.safe_load(block)
        for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]
    sections: dict[str, Any] = {}
    for block in blocks:
        if "type" not in block and "strategy" not in block:
            sections |= block
    return sections, [block for block in blocks if "type" in block]


async def take_pictures() -> None:
    """Play the day and take every picture."""
    sections, cards = documented_yaml()
    async with (
        House(configuration={**RECORDED, **sections}) as house,
        chromium() as browser,
    ):
        _, address = await house.add_bleemeo("Bleemeo")
        await _live_through_the_day(house, SimulatedBleemeo(address, house.session))
        stock = [card for card in cards if not card["type"].startswith("custom:")]
        await add_dashboard(house, "own-cards", side_by_side(stock), "My servers")
        await _picture_device(browser, house)
        await _picture_editor(browser, house)
        await _picture_cards(browser, house)


async def _live_through_the_day(house: House, bleemeo: SimulatedBleemeo) -> None:
    """Deliver the day, and redate the recorder's rows as if each alert came in time."""
    day = shifted(read_day(DAY), datetime.now(UTC))
    delivered: list[tuple[float, Alert]] = []
    for alert in sorted(day, key=lambda alert: alert["status_changed_at"]):
        delivered.append((time.time(), alert))
        await bleemeo.deliver(alert)
    delivered.append((time.time(), {}))
    await house.stop()
    await asyncio.to_thread(_redate, house.path / "home-assistant_v2.db", delivered)
    await house.start()


def _redate(path: Path, delivered: list[tuple[float, Alert]]) -> None:
    """Move what was recorded after each delivery to the time of its alert.

    What was recorded before the first delivery goes before the first alert.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        since = 0.0
        for (start, alert), (end, _) in pairwise(delivered):
            changed_at = datetime.fromisoformat(alert["status_changed_at"])
            for table, column in TIMES:
                connection.execute(
                    f"UPDATE {table} SET {column} = {column} + ?"  # noqa: S608
                    f" WHERE {column} >= ? AND {column} < ?",
                    (changed_at.timestamp() - start, since, end),
                )
            since = end


def side_by_side(cards: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a dashboard with a section for each card, or an empty one."""
    sections = [{"type": "grid", "cards": [card]} for card in cards]
    sections = sections or [{"type": "grid", "cards": []}]
    view = {"type": "sections", "path": "cards", "max_columns": 2, "sections": sections}
    return {"views": [view]}


async def _picture_device(browser: Browser, house: House) -> None:
    device = next(
        device
        for device in await house.devices()
        if device["name"] == "web01.example.com"
    )
    page = await new_page(browser, house, viewport=DESKTOP, color_scheme="light")
    await open_frontend(page, house, f"/config/devices/device/{device['id']}")
    for text in ("CPU", "Disk used (/home)"):
        await expect(page.get_by_text(text, exact=True).first).to_be_visible(
            timeout=RENDER_MILLISECONDS
        )
    await _save(page, "device")


async def _picture_editor(browser: Browser, house: House) -> None:
    for name, kind, offered, option in (
        ("editor", "trigger", "Alert reached severity", None),
        ("editor-trigger", "trigger", "Alert reached severity", "Severity"),
        ("editor-condition", "condition", "Alert is open", None),
    ):
        page = await new_page(browser, house, viewport=DESKTOP, color_scheme="light")
        await open_frontend(page, house, "/config/automation/edit/new")
        await open_offers(page, kind)
        item = page.get_by_text(offered, exact=True)
        await expect(item).to_be_visible(timeout=RENDER_MILLISECONDS)
        if option:
            await item.click()
            field = page.get_by_text(option, exact=True)
            await expect(field).to_be_visible(timeout=RENDER_MILLISECONDS)
        await _save(page, name)


async def _picture_cards(browser: Browser, house: House) -> None:
    page = await new_page(browser, house, viewport=TALL, color_scheme="light")
    await open_frontend(page, house, "/own-cards/cards")
    await expect(page.get_by_text("Not seen").first).to_be_visible(
        timeout=RENDER_MILLISECONDS
    )
    await _save(page, "dashboard-cards")


async def _save(page: Page, name: str) -> None:
    await settle(page)
    # the graph takes as long to draw as an animation
    await page.wait_for_timeout(1_000)
    await page.screenshot(path=IMAGES / f"{name}.png")
    await page.close()


if __name__ == "__main__":
    argparse.ArgumentParser(prog="scripts/screenshot", description=__doc__).parse_args()
    try:
        ending.run(take_pictures())
    except KeyboardInterrupt:
        sys.exit("scripts/screenshot: ended before all pictures were taken")
    except (HouseError, NoChromium) as error:
        sys.exit(f"scripts/screenshot: {error}")
