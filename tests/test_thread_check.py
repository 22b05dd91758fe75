"""The check that every test has: no other thread calls into the event loop."""

import asyncio

import pytest


async def test_a_call_from_another_thread_is_an_error() -> None:
    """It would run too late, or never."""
    loop = asyncio.get_running_loop()
    with pytest.raises(RuntimeError, match="Non-thread-safe"):
        await asyncio.to_thread(loop.call_soon, print)
