"""Wait for many times at once, by the clock on the wall, with a single timer."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from homeassistant.core import HomeAssistant

from ..hub import DueTimer


class DueQueue[K]:
    """Calls back with the keys whose time has come."""

    def __init__(self, hass: HomeAssistant, action: Callable[[list[K]], None]) -> None:
        """Wait for nothing yet."""
        self._action = action
        self._timer = DueTimer(hass, self._async_step)
        # what was set anew is left in the heap, and passed over
        self._heap: list[tuple[datetime, int, K]] = []
        self._due: dict[K, datetime] = {}
        self._numbers = count()

    def set(self, key: K, due: datetime | None) -> None:
        """Wait for a key's time instead of any other of it; with None, for none."""
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            heappush(self._heap, (due, next(self._numbers), key))
            self._timer.set(self._heap[0][0])

    def close(self) -> None:
        """Wait for nothing any more."""
        self._timer.set(None)
        self._heap.clear()
        self._due.clear()

    async def _async_step(self, now: datetime) -> None:
        keys: list[K] = []
        while self._heap and self._heap[0][0] <= now:
            due, _, key = heappop(self._heap)
            if self._due.get(key) == due:
                del self._due[key]
                keys.append(key)
        if self._heap:
            self._timer.set(self._heap[0][0])
        if keys:
            self._action(keys)
