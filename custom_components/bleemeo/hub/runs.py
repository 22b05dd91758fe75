"""Runs: when a trigger last told what it had collected of an entry's alerts.

Without it, a start could not know which alerts were in a run that began late.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
import json
from typing import Final

from homeassistant.core import callback

from ..journal import JournalError, Note
from .store import AlertStore

RUNS: Final = "runs"
MAX_RUNS: Final = 100
# what came this shortly before may not have been collected
MARGIN: Final = timedelta(seconds=2)


class Runs:
    """The last runs of triggers, by their names; the journal keeps them."""

    def __init__(self, store: AlertStore) -> None:
        """Start without any."""
        self._store = store
        self._ran_at: dict[str, datetime] = {}

    def restore(self, kept: str | None) -> None:
        """Set what the journal kept."""
        with suppress(ValueError, TypeError, AttributeError):
            self._ran_at = {
                key: datetime.fromisoformat(at)
                for key, at in json.loads(kept or "{}").items()
            }

    def told_until(self, name: str) -> datetime | None:
        """Return until when all that a trigger had collected was told, or None."""
        ran_at = self._ran_at.get(_key(name))
        return None if ran_at is None else ran_at - MARGIN

    @callback
    def async_note(self, names: Iterable[str], at: datetime) -> None:
        """Keep that a run of these began: it is told now, and a crash may follow."""
        for name in names:
            self._ran_at.pop(key := _key(name), None)
            self._ran_at[key] = at
        last = list(self._ran_at.items())[-MAX_RUNS:]
        self._ran_at = dict(last)
        text = json.dumps({key: ran_at.isoformat() for key, ran_at in last})
        # without a journal, an alert is told twice rather than never
        with suppress(JournalError):
            self._store.async_keep_later(Note(RUNS, text))


def _key(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:16]
