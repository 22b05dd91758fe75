"""Runs: when a trigger last told what it had collected of an entry's alerts.

Without it, a start could not know which alerts were in a run that began late.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
import json
from typing import Final

from homeassistant.core import callback

from ..core import LastRun
from ..journal import JournalError, Note, read_stamp
from .store import AlertStore

RUNS: Final = "runs"
MAX_RUNS: Final = 100
# what came this shortly before may not have been collected
RUN_MARGIN: Final = timedelta(seconds=2)


class Runs:
    """The last runs of triggers, by their names; the journal keeps them."""

    def __init__(self, store: AlertStore) -> None:
        """Start without any."""
        self._store = store
        self._last: dict[str, LastRun] = {}

    def restore(self, kept: str | None) -> None:
        """Set what the journal kept."""
        with suppress(ValueError, TypeError, AttributeError):
            self._last = {
                key: LastRun(read_stamp(until), is_late)
                for key, (until, is_late) in json.loads(kept or "{}").items()
            }

    def last(self, name: str) -> LastRun | None:
        """Return what is known of a trigger's last run, or None."""
        return self._last.get(_key(name))

    @callback
    def async_note(self, name: str, at: datetime) -> None:
        """Keep that a run began: it is told now, and a crash may follow."""
        self._keep(name, LastRun(at - RUN_MARGIN))

    @callback
    def async_hold(self, name: str, until: datetime) -> None:
        """Keep that what came due since then still waits to be told, and for longer.

        That counts until the next run.
        """
        last = self.last(name)
        if last is not None and last.is_late:
            until = min(until, last.until)
        self._keep(name, LastRun(until, is_late=True))

    def _keep(self, name: str, run: LastRun) -> None:
        if self.last(name) == run:
            return
        self._last.pop(key := _key(name), None)
        self._last[key] = run
        last = list(self._last.items())[-MAX_RUNS:]
        self._last = dict(last)
        text = json.dumps(
            {key: [run.until.isoformat(), run.is_late] for key, run in last}
        )
        # without a journal, an alert is told twice rather than never
        with suppress(JournalError):
            self._store.async_keep_later(Note(RUNS, text))


def _key(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:16]
