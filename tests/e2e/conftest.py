"""Fixtures: a running Home Assistant, to which the integration is not added yet."""

from collections.abc import AsyncIterator

from house_log import complaints
from playwright.async_api import Browser
import pytest
import pytest_asyncio

from scripts.frontend import chromium
from scripts.house import House

pytest_plugins = ["fault_table"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Return a house that the tests of a module share, and that has no complaint.

    A module may name complaints that it asks for, as parts of their lines, in
    `EXPECTED_LOG`.
    """
    async with House() as house:
        yield house
        await house.stop()
        expected = getattr(request.module, "EXPECTED_LOG", ())
        assert complaints(house.log(), *expected) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Return a Chromium that the tests of a module share."""
    async with chromium() as browser:
        yield browser
