"""The heartbeat: until when Home Assistant was alive, however it ended.

What came due after that was never told, and what happened after that was not heard. The
journal has it: each delivery says when it came, and while an alert is open, a beat a
minute; while all is well, one now and then.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..core import MAX_CLOCK_LEAD, Board
from ..journal import Alive, JournalError
from .gaps import LEAST
from .store import AlertStore

INTERVAL = timedelta(minutes=1)
# nothing comes due while all is well; but until when it was well is to be known
CALM_INTERVAL = timedelta(minutes=15)

# the ids of entries that have taken alerts since Home Assistant was started
_SEEN: HassKey[set[str]] = HassKey(f"{DOMAIN}_seen")


class Heartbeat:
    """Knows when the entry was last alive, and keeps that it is.

    `last_alive_at` is until when it was, before it was set up: None if it never was.
    `was_offline` is set if Home Assistant was not running since, which a reload of the
    entry leaves unset.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        store: AlertStore,
        on_absence: Callable[[datetime, datetime], None],
    ) -> None:
        """Prepare for an entry, to be restored and started.

        `on_absence` is called when time has passed in which nothing ran: Home Assistant
        was suspended, or the clock was behind when it started.
        """
        self.last_alive_at: datetime | None = None
        self.was_offline = False
        self._hass = hass
        self._entry = entry
        self._board = board
        self._store = store
        self._on_absence = on_absence
        self._steady = hass.loop.time
        self._cancels: list[CALLBACK_TYPE] = []
        self._is_beating = False
        # by the steady clock
        self._last_beat = 0.0
        self._last_look: tuple[datetime, float]

    @callback
    def restore(self, alive_at: datetime | None, told_at: datetime | None) -> None:
        """Set what the journal says; until a beat it stays so, whatever arrives.

        `told_at` is the newest time that Bleemeo gave: an earlier clock is behind, as at
        the boot of a board without a battery. Any other clock may have been ahead.
        """
        if alive_at is None:
            return
        now = dt_util.utcnow()
        is_behind = told_at is not None and now < told_at - MAX_CLOCK_LEAD
        self.last_alive_at = alive_at if is_behind else min(alive_at, now)
        self.was_offline = self._entry.entry_id not in self._hass.data.get(_SEEN, ())
        self._store.async_keep_later(Alive(self.last_alive_at, has_started=False))

    def now(self) -> datetime:
        """Return the time; it is not before that until when the entry was alive."""
        now = dt_util.utcnow()
        return max(now, self.last_alive_at or now)

    @callback
    def async_start(self) -> None:
        """Beat once Home Assistant has started: until then, nobody can be told."""
        self._hass.data.setdefault(_SEEN, set()).add(self._entry.entry_id)
        self._cancels.append(async_at_started(self._hass, self._begin))

    @callback
    def close(self) -> None:
        """Beat a last time, if it has begun."""
        for cancel in self._cancels:
            cancel()
        self._cancels = []
        if self._is_beating:
            self._is_beating = False
            self._beat()

    @callback
    def async_beat(self) -> None:
        """Beat at once: something that was due is being told, and a crash may follow."""
        if self._is_beating:
            self._beat(is_urgent=True)

    @callback
    def _begin(self, _: HomeAssistant) -> None:
        self._is_beating = True
        self._last_look = self.now(), self._steady()
        self._beat()
        self._cancels.append(
            async_track_time_interval(
                self._hass, self._look, INTERVAL, cancel_on_shutdown=True
            )
        )

    @callback
    def _look(self, _: datetime) -> None:
        """Notice an absence, and beat if that is due."""
        now, steady = self.now(), self._steady()
        (before, steady_before), self._last_look = self._last_look, (now, steady)
        absence = now - before - timedelta(seconds=steady - steady_before)
        if absence >= LEAST:
            self._on_absence(before, before + absence)
        # the account leaves tests out
        is_open = any(agent.rollup.open for agent in self._board.agents.values())
        if is_open or steady - self._last_beat >= CALM_INTERVAL.total_seconds():
            self._beat()

    @callback
    def _beat(self, *, is_urgent: bool = False) -> None:
        self._last_beat = self._steady()
        # without a journal there is nothing that it would be missing from
        with suppress(JournalError):
            self._store.async_keep_later(
                Alive(self.now(), has_started=True), is_urgent=is_urgent
            )
