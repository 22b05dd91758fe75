"""Turns of the event loop: what is long is done in pieces, and others run in between."""

import asyncio
from typing import Final

TURN_SECONDS: Final = 0.005


class Turn:
    """A piece of what is long, which began now."""

    def __init__(self) -> None:
        """Begin, in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + TURN_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether others have waited for long enough."""
        return self._loop.time() > self._end

    async def async_end(self) -> None:
        """Let others run, and begin the next piece."""
        await asyncio.sleep(0)
        self._end = self._loop.time() + TURN_SECONDS
