"""Fixtures: a running Home Assistant without an entry of the integration yet."""

from collections.abc import AsyncIterator
import signal

from house_log import complaints
from playwright.async_api import Browser
import pytest
import pytest_asyncio

from scripts.frontend import chromium
from scripts.house import House

pytest_plugins = ["fault_table"]


def end(*_: object) -> None:
    """End the tests like Ctrl-C does: fixtures stop what they started."""
    # a second one must not interrupt that
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise KeyboardInterrupt


for number in (signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_DFL:
        signal.signal(number, end)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Return a house shared by a module's tests, and check that its log is clean.

    A module may list complaints that it expects, as parts of their lines, in
    `EXPECTED_LOG`.
    """
    async with House() as house:
        yield house
        await house.stop()
        expected = getattr(request.module, "EXPECTED_LOG", ())
        assert complaints(house.log(), *expected) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Return a Chromium shared by a module's tests."""
    async with chromium() as browser:
        yield browser
