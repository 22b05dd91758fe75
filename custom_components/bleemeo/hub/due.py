"""Wait for times of the clock on the wall, which may be set while one waits.

Home Assistant's own timers work out once how long to wait. On a board without a battery
for its clock, which starts years in the past, that is years.
"""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

# how late a time can be noticed after the clock was set
STEP_SECONDS = 60
# how far behind Bleemeo's the clock may be, and how long nothing may have arrived before
# the clock is doubted
_DOUBT = timedelta(days=1)
_LATEST = datetime.max.replace(tzinfo=UTC) - _DOUBT


class DueTimer:
    """Calls back once a time has come, by the clock as it is then."""

    def __init__(
        self,
        hass: HomeAssistant,
        action: Callable[[datetime], Coroutine[Any, Any, None]],
    ) -> None:
        """Wait for nothing yet; `action` is called with the present time."""
        self._hass = hass
        self._action = action
        self._due: datetime | None = None
        self._cancel: CALLBACK_TYPE | None = None

    def set(self, due: datetime | None) -> None:
        """Wait for a time instead of any other; with None, for nothing."""
        if due == self._due and self._cancel is not None:
            return
        self._due = due
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        if due is not None:
            self._wait(due)

    def _wait(self, due: datetime) -> None:
        left = (due - dt_util.utcnow()).total_seconds()
        self._cancel = async_call_later(
            self._hass, min(max(left, 0), STEP_SECONDS), self._step
        )

    async def _step(self, _: datetime) -> None:
        self._cancel = None
        due, now = self._due, dt_util.utcnow()
        if due is not None and now < due:
            self._wait(due)
            return
        self._due = None
        await self._action(now)


class StartedTimer:
    """A `DueTimer` that waits for Home Assistant's start first: then automations listen."""

    def __init__(
        self,
        hass: HomeAssistant,
        action: Callable[[datetime], Coroutine[Any, Any, None]],
    ) -> None:
        """Wait for nothing yet; `action` is called with the present time."""
        self._hass = hass
        self._timer = DueTimer(hass, action)
        self._due: datetime | None = None
        self._cancel_start: CALLBACK_TYPE | None = None
        self._is_started = False

    @callback
    def async_start(self) -> None:
        """Wait for what is set, once Home Assistant has started."""
        self._cancel_start = async_at_started(self._hass, self._start)

    def set(self, due: datetime | None) -> None:
        """Wait for a time instead of any other; with None, for nothing."""
        self._due = due
        if self._is_started:
            self._timer.set(due)

    def close(self) -> None:
        """Stop waiting, also for the start."""
        self._is_started = False
        self._timer.set(None)
        if self._cancel_start is not None:
            self._cancel_start()
            self._cancel_start = None

    @callback
    def _start(self, _: HomeAssistant) -> None:
        self._is_started = True
        self._timer.set(self._due)


class CertainTime:
    """The present time as far as it is certain, which may be earlier than it is.

    A clock that jumps ahead does not take it along: it advances like running time, and
    otherwise only as far as an alert's time, which is Bleemeo's, confirms the clock.
    """

    def __init__(self, running: Callable[[], float]) -> None:
        """Believe the clock; `running` returns the seconds of a steady clock."""
        self._running = running
        self._set(dt_util.utcnow())

    def doubt(self, told_at: datetime | None) -> None:
        """Believe the clock only as far as the newest time that Bleemeo gave."""
        if told_at is not None:
            self._set(min(dt_util.utcnow(), _later(told_at)))

    def confirm(self, told_at: datetime) -> None:
        """Learn a time that Bleemeo gave in an alert that arrived now."""
        self._set(max(self.now(), min(dt_util.utcnow(), _later(told_at))))

    def now(self) -> datetime:
        """Return the time."""
        running = timedelta(seconds=self._running() - self._since)
        return min(dt_util.utcnow(), self._at + running)

    def _set(self, at: datetime) -> None:
        self._at, self._since = at, self._running()


def _later(told_at: datetime) -> datetime:
    """Return the time until which the clock is not doubted."""
    return min(told_at, _LATEST) + _DOUBT
