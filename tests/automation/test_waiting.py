"""Tests of waiting for many times at once."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.bleemeo.automation.waiting import DueQueue
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Let time pass, and run what is due."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def test_each_is_called_once_at_its_last_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """In order; what is taken back is not called."""
    called: list[str] = []
    queue = DueQueue[str](hass, called.extend)
    now = dt_util.utcnow()
    for key, minutes in (("c", 3), ("a", 9), ("b", 2), ("d", 2), ("a", 1), ("e", 1)):
        queue.set(key, now + timedelta(minutes=minutes))
    queue.set("d", None)
    queue.set("e", now + timedelta(minutes=4))
    for expected in (["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "e"]):
        await pass_time(hass, freezer, 60)
        assert called == expected
    await pass_time(hass, freezer, 600)
    assert called == ["a", "b", "c", "e"]


async def test_what_is_set_while_others_are_called_is_waited_for(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """As for a reminder that comes again."""
    called: list[str] = []

    def again(keys: list[str]) -> None:
        called.extend(keys)
        queue.set("a", dt_util.utcnow() + timedelta(minutes=1))

    queue = DueQueue[str](hass, again)
    queue.set("a", dt_util.utcnow())
    for count in (1, 2, 3):
        await pass_time(hass, freezer, 60)
        assert len(called) == count
    queue.close()
    await pass_time(hass, freezer, 600)
    assert len(called) == 3
