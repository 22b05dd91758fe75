"""Fixtures: a running Home Assistant, to which the integration is not added yet."""

from collections.abc import AsyncIterator

import pytest_asyncio

from scripts.house import House

pytest_plugins = ["fault_table"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    """Return a house that the tests of a module share."""
    async with House() as house:
        yield house
