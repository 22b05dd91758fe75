"""What was not taken: counted, kept with what is written next, and told once a second.

So whoever floods the address makes neither a commit nor a state of their own. They get
their answers at a pace that leaves Home Assistant to others.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..core import Alert, Source, Title, Verdict
from ..journal import REFUSED, Count, Delivery, Record
from .statistics import Statistics

TELL_SECONDS = 1.0
# kept from one commit to the next; what comes before these is only counted
MAX_PENDING = 40
# of a flood; a tenth of what a small machine can answer
ANSWERS_PER_SECOND = 200
ANSWERS_AT_ONCE = 100
# a sender gives up on what is not answered
LONGEST_WAIT_SECONDS = 2.0


class Refusals:
    """Takes note of deliveries that were not taken.

    `told` is how many refused ones entities show.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        statistics: Statistics,
        tell: Callable[[], None],
    ) -> None:
        """Count into the statistics; `tell` is called when `told` is another."""
        self.told = 0
        self._hass = hass
        self._statistics = statistics
        self._tell = tell
        self._pending: deque[Delivery] = deque(maxlen=MAX_PENDING)
        self._timer: asyncio.TimerHandle | None = None
        # until when the answers that were given take up the pace
        self._paced_until = 0.0
        self._stops = asyncio.Event()

    @callback
    def restore(self) -> None:
        """Show what was counted before a restart."""
        self.told = self._statistics.rejected_deliveries

    @callback
    def async_refuse(self, reason: str, body: str, alert: Alert | None) -> None:
        """Take note of a delivery that was refused."""
        self._statistics.rejected_deliveries += 1
        self._pending.append(
            Delivery(
                received_at=dt_util.utcnow(),
                source=Source.WEBHOOK,
                verdict=REFUSED,
                reason=reason,
                host=_host_of(alert) if alert else None,
                alert=alert,
                body=body,
            )
        )
        if self._timer is None:
            self._tell_new()

    @callback
    def async_leave_out(self, alert: Alert, body: str, received_at: datetime) -> None:
        """Take note of an alert for whose metric there is no room."""
        self._statistics.beyond_bounds += 1
        if alert.source is Source.API:
            # it tells this again with each comparison
            return
        self._pending.append(
            Delivery(
                received_at=received_at,
                source=alert.source,
                verdict=Verdict.BEYOND_BOUNDS,
                host=_host_of(alert),
                alert=alert,
                body=body,
            )
        )

    async def async_slow_down(self) -> None:
        """Wait until it is time to answer what was not taken, if there is a flood of it.

        Each answer takes its share of a second; a hundred are given at once.
        """
        now, share = self._hass.loop.time(), 1 / ANSWERS_PER_SECOND
        longest = now + LONGEST_WAIT_SECONDS
        earliest = now - ANSWERS_AT_ONCE * share
        self._paced_until = min(max(self._paced_until, earliest) + share, longest)
        if (wait := self._paced_until - now) > 0:
            # a stop of Home Assistant waits for all answers
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stops.wait()

    def take(self) -> list[Record]:
        """Return what is to be written along with the next commit."""
        if not self._pending:
            return []
        pending, counts = list(self._pending), self._statistics.refused
        self._pending.clear()
        return [*pending, *(Count(name, value) for name, value in counts.items())]

    @callback
    def close(self) -> None:
        """Tell nothing any more, and let nobody wait if Home Assistant stops."""
        if self._hass.is_stopping:
            # after a reload, a flood that was let go would take the places of true alerts
            self._stops.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @callback
    def _tell_new(self) -> None:
        """Tell how many there are, if there are more, and not again for a while."""
        self._timer = None
        if self.told != self._statistics.rejected_deliveries:
            self.told = self._statistics.rejected_deliveries
            self._timer = self._hass.loop.call_later(TELL_SECONDS, self._tell_new)
            self._tell()


def _host_of(alert: Alert) -> str | None:
    return Title.parse(alert.title, alert.status_text).host
