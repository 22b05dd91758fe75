"""Fixtures: a running Home Assistant without an entry of the integration yet."""

from collections.abc import AsyncIterator
import signal

from house_log import complaints, leaks
from playwright.async_api import Browser, Page
import pytest
import pytest_asyncio
from stage import TABLET, Stage, complaints_of, staged

from scripts.frontend import chromium, new_page
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
        assert leaks(house) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Return a Chromium shared by a module's tests."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Return a stage shared by a module's tests."""
    async with staged() as stage:
        yield stage
        assert leaks(stage.house) == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, stage: Stage) -> AsyncIterator[Page]:
    """Return a page of the frontend, and check that it logs no errors."""
    page = await new_page(browser, stage.house, viewport=TABLET)
    logged = complaints_of(page)
    yield page
    await page.close()
    assert logged == []
