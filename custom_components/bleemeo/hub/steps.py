"""Steps: what is done for each of many, in order, while others run in between."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
import logging

from homeassistant.core import HomeAssistant, callback

from .turn import Turn

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Step:
    uid: str
    do: Callable[[], None]
    is_done: bool = False


class Steps:
    """Does a step after the other; what is done within a turn is done at once."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with nothing to do."""
        self._hass = hass
        self._left: deque[_Step] = deque()
        # those that are left of a subject, by its uid
        self._of: defaultdict[str, list[_Step]] = defaultdict(list)
        self._is_running = False

    @callback
    def async_add(self, steps: Iterable[tuple[str, Callable[[], None]]]) -> None:
        """Do what is to be done for subjects, by their uids, after all that is left."""
        for uid, do in steps:
            step = _Step(uid, do)
            self._left.append(step)
            self._of[uid].append(step)
        if self._left and not self._is_running:
            self._is_running = True
            self._hass.async_create_task(self._async_run(), "bleemeo steps")

    @callback
    def async_hurry(self, uid: str) -> None:
        """Do now what is left of a subject, since something newer about it is to come."""
        for step in self._of.pop(uid, ()):
            self._do(step)

    async def async_finish(self) -> None:
        """Wait until all that was added by now is done."""
        if self._left:
            is_done = asyncio.get_running_loop().create_future()
            self.async_add([("", lambda: is_done.set_result(None))])
            await asyncio.shield(is_done)

    async def _async_run(self) -> None:
        turn = Turn()
        try:
            while self._left:
                self._do_next()
                if turn.is_over and self._left:
                    await turn.async_end()
        finally:
            # nobody waits for ever, whatever ended this
            while self._left:
                self._do_next()
            self._is_running = False

    def _do_next(self) -> None:
        step = self._left.popleft()
        if not step.is_done:
            self._of[step.uid].remove(step)
            if not self._of[step.uid]:
                del self._of[step.uid]
            self._do(step)

    def _do(self, step: _Step) -> None:
        """Do a step; its failure must not affect the others."""
        step.is_done = True
        try:
            step.do()
        except Exception:
            _LOGGER.exception("Something new could not be told")
