"""Fixtures: a running Home Assistant, to which the integration is not added yet."""

from collections.abc import AsyncIterator

from playwright.async_api import Browser
import pytest_asyncio

from scripts.frontend import chromium
from scripts.house import House

pytest_plugins = ["fault_table"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    """Return a house that the tests of a module share."""
    async with House() as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Return a Chromium that the tests of a module share."""
    async with chromium() as browser:
        yield browser
