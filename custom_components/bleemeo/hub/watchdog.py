"""The watchdog: tell when Bleemeo falls silent, and when its alerts do not arrive.

Silence is no proof, for a healthy fleet has nothing to say; a person decides how long it
may last. With the API there is proof: a status that it corrected although an alert should
have told it, and none came in the minutes after.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..const import CONF_REFRESH_TOKEN, CONF_WATCHDOG_DAYS
from ..core import Alert, Board, Judgement, Metric, MetricKey, Source, Status, Verdict
from ..journal import JournalContents, Note, read_stamp
from .due import DueTimer
from .gaps import Gaps
from .heartbeat import Heartbeat
from .store import AlertStore
from .troubles import ALERTS_MISSING, NOTHING_HEARD

DEFAULT_DAYS_WITH_ACCESS = 7
INTERVAL = timedelta(hours=1)
# Bleemeo's agent waits five minutes before it calls a status worse, Bleemeo one more
ON_ITS_WAY = timedelta(minutes=10)
TELL_AFTER_MISSING = 2

_HEARD_AT = "heard_at"
_MISSING = "missing_alerts"


@callback
def default_watchdog_days(entry: ConfigEntry) -> int:
    """Return how long silence may last in an entry where nobody chose it; 0 for ever."""
    return DEFAULT_DAYS_WITH_ACCESS if CONF_REFRESH_TOKEN in entry.data else 0


@dataclass(frozen=True, slots=True)
class Owed:
    """A change that the API said first, `since` when, and the status before it."""

    metric: Metric
    previous: Status | None
    since: datetime


class Watchdog:
    """Knows when Bleemeo was heard of last, and how many alerts it owes since."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        store: AlertStore,
        gaps: Gaps,
        tell: Callable[[], None],
    ) -> None:
        """Prepare for an entry, to be restored and started.

        `tell` is called when the status may have changed. A silence that was too long is
        one of the gaps.
        """
        self._hass = hass
        self._entry = entry
        self._board = board
        self._store = store
        self._gaps = gaps
        self._tell = tell
        days: int = entry.options.get(CONF_WATCHDOG_DAYS, default_watchdog_days(entry))
        self._patience = timedelta(days=days)
        self._heard_at = entry.created_at
        self._is_silent = False
        self._missing = 0
        # the metrics of which an alert told once
        self._told: set[MetricKey] = set()
        # what its alert may be on its way for, the longest first
        self._owed: dict[MetricKey, Owed] = {}
        self._timer = DueTimer(hass, self._async_miss)
        self._cancels: list[CALLBACK_TYPE] = []

    @property
    def status(self) -> Status:
        """OK if alerts arrive; critical if not; unknown if nothing can tell.

        That Bleemeo's API answers does not say that its alerts find the way here.
        """
        if self._is_silent or self._missing >= TELL_AFTER_MISSING:
            return Status.CRITICAL
        return Status.OK if self._patience and self._told else Status.UNKNOWN

    @property
    def silent_since(self) -> datetime | None:
        """Since when Bleemeo has been silent, if that is too long."""
        return self._heard_at if self._is_silent else None

    @callback
    def restore(self, contents: JournalContents, heartbeat: Heartbeat) -> None:
        """Go on from what the journal says; Home Assistant hears nothing while it is off."""
        arrived: list[datetime] = []
        for metric in self._board.metrics.values():
            last = self._board.last_received(metric)
            source = last.alert.source
            if source is Source.WEBHOOK:
                arrived.append(last.received_at)
            # an alert may have told of what the API had found
            if source is Source.WEBHOOK or (
                source is Source.API and last.alert.event_id is not None
            ):
                self._told.add(last.alert.key)
        if CONF_REFRESH_TOKEN in self._entry.data:
            with suppress(ValueError):
                self._missing = int(contents.notes.get(_MISSING, 0))
        else:
            # it was removed, and with it what could tell more
            ALERTS_MISSING.async_settle(self._hass, self._entry)
        with suppress(ValueError):
            arrived.append(read_stamp(contents.notes.get(_HEARD_AT, "")))
        self._heard_at = max([self._heard_at, *arrived])
        if heartbeat.was_offline and heartbeat.last_alive_at is not None:
            self.async_excuse(dt_util.utcnow() - heartbeat.last_alive_at)

    @callback
    def async_start(self) -> None:
        """Look every hour, once Home Assistant has started."""
        self._cancels.append(async_at_started(self._hass, self._begin))

    @callback
    def close(self) -> None:
        """Look no more."""
        self._timer.set(None)
        for cancel in self._cancels:
            cancel()
        self._cancels = []

    @callback
    def async_hear(self) -> None:
        """Take note that Bleemeo told something, be it that nothing has changed."""
        now = dt_util.utcnow()
        if (silent_since := self.silent_since) is not None:
            self._gaps.add(silent_since, now)
        self._heard_at = now
        if silent_since is not None:
            self._look()

    @callback
    def async_excuse(self, absence: timedelta) -> None:
        """Take note that nothing could have been heard for a time."""
        self._heard_at += absence
        self._store.async_keep_later(Note(_HEARD_AT, self._heard_at.isoformat()))

    def covers(self, alert: Alert) -> bool:
        """Return whether what an alert of the API says should come from Bleemeo too.

        Which metrics a notification rule covers, only its alerts can tell: those that
        told of a metric once. Where none ever came, each metric counts.
        """
        return not self._told or alert.key in self._told

    @callback
    def follow(self, judgement: Judgement, alert: Alert, *, is_owed: bool) -> None:
        """Look at what was received; `is_owed` is set if an alert should tell it too."""
        if alert.source is Source.WEBHOOK:
            is_first = not self._told
            self._told.add(alert.key)
            self._owed.clear()
            self._set_missing(0)
            self.async_hear()
            if is_first:
                self._look()
        elif is_owed and judgement.verdict is Verdict.CHANGED:
            metric, now = judgement.metric, dt_util.utcnow()
            owed = Owed(metric, judgement.previous_status, now)
            self._owed.setdefault(alert.key, owed)
        self._set_timer()

    def _set_timer(self) -> None:
        first = next(iter(self._owed.values()), None)
        self._timer.set(first.since + ON_ITS_WAY if first else None)

    async def _async_miss(self, now: datetime) -> None:
        """Count the alerts that have not come, and are not on their way any more."""
        due = [
            self._owed.pop(key)
            for key, each in list(self._owed.items())
            if each.since <= now - ON_ITS_WAY
        ]
        self._set_timer()
        # what soon was as before, Bleemeo may have thought not worth an alert
        missing = [
            each.metric for each in due if each.metric.alert.status is not each.previous
        ]
        if not missing:
            return
        self._set_missing(self._missing + len(missing))
        if self._missing >= TELL_AFTER_MISSING:
            ALERTS_MISSING.async_report(
                self._hass,
                self._entry,
                count=str(self._missing),
                metric=missing[-1].name,
                host=missing[-1].agent.name,
            )
        self._tell()

    def _set_missing(self, count: int) -> None:
        if count == self._missing:
            return
        self._missing = count
        self._store.async_keep_later(Note(_MISSING, str(count)))
        if not count:
            ALERTS_MISSING.async_settle(self._hass, self._entry)
            self._tell()

    @callback
    def _begin(self, _: HomeAssistant) -> None:
        self._cancels.append(
            async_track_time_interval(
                self._hass, self._handle_time, INTERVAL, cancel_on_shutdown=True
            )
        )
        self._look()

    @callback
    def _handle_time(self, _: datetime) -> None:
        self._look()

    @callback
    def _look(self) -> None:
        """Report a silence that is too long, or settle it."""
        now = dt_util.utcnow()
        # the clock may have been ahead
        self._heard_at = min(self._heard_at, now)
        silence = now - self._heard_at
        self._is_silent = bool(self._patience) and silence >= self._patience
        if self._is_silent:
            NOTHING_HEARD.async_report(
                self._hass,
                self._entry,
                days=str(silence.days),
                since=dt_util.as_local(self._heard_at).strftime("%Y-%m-%d %H:%M"),
            )
        else:
            NOTHING_HEARD.async_settle(self._hass, self._entry)
        self._tell()
