"""Gaps: when nothing could be heard, so that nobody takes that time for a calm one.

Home Assistant was off, the entry was not loaded, or Bleemeo was silent for longer than a
person allows.
"""

from contextlib import suppress
from datetime import datetime, timedelta
import json
from typing import Final

from ..journal import MAX_INCIDENT_AGE, Note, read_stamp
from .store import AlertStore

GAPS: Final = "gaps"
# a restart takes a few minutes, and Bleemeo itself waits longer before it calls a change
LEAST: Final = timedelta(minutes=5)
MAX_GAPS: Final = 200

type Gap = tuple[datetime, datetime]


class Gaps:
    """The gaps of an entry, oldest first; the journal keeps them as long as incidents."""

    def __init__(self, store: AlertStore) -> None:
        """Start without any."""
        self._store = store
        self._gaps: list[Gap] = []

    def restore(
        self, kept: str | None, alive_at: datetime | None, now: datetime
    ) -> None:
        """Set what the journal kept; the entry has heard nothing since it was alive."""
        with suppress(ValueError, TypeError):
            self._gaps = [
                (read_stamp(began), read_stamp(ended))
                for began, ended in json.loads(kept or "[]")
            ]
        if alive_at is not None:
            self.add(alive_at, now)

    def add(self, began: datetime, ended: datetime) -> None:
        """Add one that is over, unless it is too short to matter."""
        if ended - began < LEAST:
            return
        oldest = ended - MAX_INCIDENT_AGE
        gaps = sorted([*self._gaps, (began, ended)])
        self._gaps = [each for each in gaps if each[1] >= oldest][-MAX_GAPS:]
        text = json.dumps([[each.isoformat() for each in gap] for gap in self._gaps])
        self._store.async_keep_later(Note(GAPS, text))

    def since(self, since: datetime) -> list[Gap]:
        """Return those that did not end before a time."""
        return [each for each in self._gaps if each[1] > since]
