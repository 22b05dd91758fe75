"""Tests of waiting for a time, and of how certain the time is, by a clock that jumps."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.bleemeo.hub.due import STEP_SECONDS, CertainTime, DueTimer
from homeassistant.core import HomeAssistant

DUE = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clocks:
    """The clock on the wall, which can be set, and a steady one."""

    def __init__(self, wall: datetime) -> None:
        """Start with the time on the wall."""
        self.wall = wall
        self.running = 0.0

    def run(self, time: timedelta) -> None:
        """Let time pass on both."""
        self.wall += time
        self.running += time.total_seconds()


@pytest.fixture
def clocks() -> Clocks:
    """Return the clocks, which show a year before the time that is due."""
    return Clocks(DUE - timedelta(days=365))


@pytest.fixture
def timer(hass: HomeAssistant) -> tuple[DueTimer, list[datetime]]:
    """Return a timer, and the times when it called back."""
    called: list[datetime] = []

    async def call(now: datetime) -> None:
        called.append(now)

    return DueTimer(hass, call), called


async def step(hass: HomeAssistant, clocks: Clocks) -> None:
    """Let a timer look at the clock on the wall."""
    with patch("homeassistant.util.dt.utcnow", side_effect=lambda: clocks.wall):
        async_fire_time_changed(
            hass, datetime.now(UTC) + timedelta(seconds=STEP_SECONDS + 1)
        )
        await hass.async_block_till_done()


async def test_a_time_comes_when_the_clock_is_put_right(
    hass: HomeAssistant, clocks: Clocks, timer: tuple[DueTimer, list[datetime]]
) -> None:
    """Within a minute, not after the year that was to be waited for."""
    waiting, called = timer
    with patch("homeassistant.util.dt.utcnow", side_effect=lambda: clocks.wall):
        waiting.set(DUE)
    await step(hass, clocks)
    assert called == []
    clocks.wall = DUE + HOUR
    await step(hass, clocks)
    assert called == [DUE + HOUR]
    await step(hass, clocks)
    assert len(called) == 1


async def test_a_time_does_not_come_early_when_the_clock_is_put_back(
    hass: HomeAssistant, clocks: Clocks, timer: tuple[DueTimer, list[datetime]]
) -> None:
    """Nor does it come a year late, if the clock was a year ahead."""
    waiting, called = timer
    clocks.wall = DUE - timedelta(seconds=30)
    with patch("homeassistant.util.dt.utcnow", side_effect=lambda: clocks.wall):
        waiting.set(DUE)
    clocks.wall -= timedelta(days=365)
    await step(hass, clocks)
    assert called == []
    clocks.wall = DUE
    await step(hass, clocks)
    assert called == [DUE]


async def test_another_time_replaces_the_first(
    hass: HomeAssistant, clocks: Clocks, timer: tuple[DueTimer, list[datetime]]
) -> None:
    """And none ends the waiting."""
    waiting, called = timer
    clocks.wall = DUE
    with patch("homeassistant.util.dt.utcnow", side_effect=lambda: clocks.wall):
        waiting.set(DUE)
        waiting.set(DUE + HOUR)
        await step(hass, clocks)
        assert called == []
        waiting.set(None)
    clocks.wall += 2 * HOUR
    await step(hass, clocks)
    assert called == []


def certain(clocks: Clocks) -> CertainTime:
    """Return the certain time by the clocks."""
    return CertainTime(lambda: clocks.running)


def test_time_that_runs_is_certain(clocks: Clocks) -> None:
    """For months, if need be."""
    with patch("homeassistant.util.dt.utcnow", side_effect=lambda: clocks.wall):
        time = certain(clocks)
        clocks.run(timedelta(days=91))
        assert time.now() == clocks.wall


def test_a_clock_that_jumps_ahead_takes_nothing_along(clocks: Clocks) -> None:
    """Until an alert confirms it."""
    with patch("homeassistant.util.dt.utcnow", side_effect=lambda: clocks.wall):
        time = certain(clocks)
        before = clocks.wall
        clocks.wall += timedelta(days=365)
        clocks.run(HOUR)
        assert time.now() == before + HOUR
        time.confirm(before + HOUR)
        assert time.now() <= before + timedelta(days=1, hours=1)
        time.confirm(clocks.wall - HOUR)
        assert time.now() == clocks.wall


def test_a_clock_that_is_ahead_at_the_start_is_doubted(clocks: Clocks) -> None:
    """Nothing arrived for a year, or so it says."""
    with patch("homeassistant.util.dt.utcnow", side_effect=lambda: clocks.wall):
        time = certain(clocks)
        newest = clocks.wall - timedelta(days=365)
        time.doubt(newest)
        clocks.run(HOUR)
        assert time.now() == newest + timedelta(days=1) + HOUR
        time.confirm(clocks.wall)
        assert time.now() == clocks.wall
        time.doubt(None)
        time.doubt(datetime.max.replace(tzinfo=UTC))
        assert time.now() == clocks.wall


def test_a_clock_that_is_put_back_is_believed(clocks: Clocks) -> None:
    """Nothing is older than it says."""
    with patch("homeassistant.util.dt.utcnow", side_effect=lambda: clocks.wall):
        time = certain(clocks)
        clocks.wall -= timedelta(days=365)
        assert time.now() == clocks.wall
