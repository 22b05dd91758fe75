"""Tests of the feed of a dashboard where there is much to send."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.hub import turn
from custom_components.bleemeo.overview import Feed, Scope
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from tests import payload, receive_alert, setup_integration

SERVERS = 20


@pytest.fixture(autouse=True)
async def servers(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let there be servers with a warning, and a turn for each of them."""
    freezer.move_to("2026-11-20T12:00:00Z")
    monkeypatch.setattr(turn, "TURN_SECONDS", -1)
    await setup_integration(hass, entry)
    await worsen(entry, range(SERVERS), 1)


async def worsen(entry: MockConfigEntry, numbers: range, status: int) -> None:
    """Have alerts of servers arrive."""
    for number in numbers:
        await receive_alert(
            entry,
            payload(
                id=None,
                agent=f"00000000-0000-4000-8000-{number:012}",
                status=status,
                title=f"server{number} - CPU is Critical",
                status_changed_at=f"2026-11-20T11:0{status}:00Z",
            ),
        )


class Page:
    """A page that is open: what its servers are, and after how many turns it got it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Open it."""
        self.hass = hass
        self.statuses: dict[str, str] = {}
        self.devices: dict[str, str] = {}
        self.turns = self.turns_when_told = 0
        self.on_look: Callable[[], None] = lambda: None
        self.feed = Feed(
            hass,
            Scope(
                since=dt_util.utcnow() - timedelta(days=1),
                may_read=lambda: lambda *_: True,
                may_control=lambda: self._may_control,
            ),
            self._take,
        )
        self._stop = self.feed.async_start()
        self._count()

    def close(self) -> None:
        """Close it."""
        self._stop()
        self._timer.cancel()

    def _count(self) -> None:
        self.turns += 1
        self._timer = self.hass.loop.call_soon(self._count)

    def _may_control(self, _: ConfigEntry, __: str) -> bool:
        self.on_look()
        return True

    def _take(self, event: dict[str, Any]) -> None:
        self.turns_when_told = self.turns
        for each in event["servers"]:
            self.statuses[each["name"]] = each["status"]
            self.devices[each["name"]] = each["device_id"]


@pytest.fixture
async def open_page(hass: HomeAssistant) -> Any:
    """Return a page that has got all that there is."""
    page = Page(hass)
    await page.feed.async_begin()
    assert set(page.statuses.values()) == {"warning"}
    yield page
    page.close()


async def pass_the_cooldown(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Let what is sent at most once a second be sent."""
    freezer.tick(2)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_others_run_while_much_is_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    open_page: Page,
) -> None:
    """One server after the other: an alert of another waits for none but one."""
    await worsen(entry, range(SERVERS), 2)
    open_page.turns = 0
    await pass_the_cooldown(hass, freezer)
    assert set(open_page.statuses.values()) == {"critical"}
    assert open_page.turns_when_told >= SERVERS


async def test_what_comes_meanwhile_is_told_next(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    open_page: Page,
    device_registry: dr.DeviceRegistry,
) -> None:
    """However long it takes to tell the others: no minute passes before."""
    first, *_ = open_page.devices.values()
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        if looks == SERVERS // 2:
            device_registry.async_update_device(first, name_by_user="Shop")
        elif looks == SERVERS // 2 + 2:
            # what is sent once a second would be sent now
            freezer.tick(2)
            async_fire_time_changed(hass)

    open_page.on_look = look
    await worsen(entry, range(SERVERS), 2)
    await pass_the_cooldown(hass, freezer)
    assert "Shop" not in open_page.devices
    await pass_the_cooldown(hass, freezer)
    assert open_page.devices["Shop"] == first
