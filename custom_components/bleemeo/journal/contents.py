"""The contents of a journal, as far as this version understands them."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
import sqlite3

from ..core import Alert, Source, read_json
from .connection import FileLost
from .record import JournalContents
from .text import (
    read_acknowledgement,
    read_course,
    read_history,
    read_names,
    read_silence,
    read_stamp,
    read_untold,
)

type Texts = tuple[
    str, str, str, str | None, str | None, str | None, str | None, str | None
]


def read_contents(connection: sqlite3.Connection) -> JournalContents:
    """Check the whole file, and return what it holds.

    Raises:
        FileLost: the file is damaged.
    """
    check(connection)
    contents = JournalContents(
        counts=dict(connection.execute("SELECT name, value FROM counter")),
        notes=dict(connection.execute("SELECT name, value FROM note")),
        alive_at=_alive_at(connection),
    )
    for row in _metrics(connection):
        try:
            _read_metric(row, contents)
        except ValueError, TypeError:
            contents.unreadable += 1
    for silence_id, text in connection.execute("SELECT id, silence FROM silence"):
        with suppress(ValueError, TypeError, KeyError):
            contents.silences[silence_id] = read_silence(silence_id, text)
    return contents


def check(connection: sqlite3.Connection) -> None:
    """Check the whole file.

    Raises:
        FileLost: it is damaged.
    """
    (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if result != "ok":
        raise FileLost(result)
    connection.execute("SELECT 1 FROM delivery LIMIT 1")


def _metrics(connection: sqlite3.Connection) -> Iterator[Texts]:
    yield from connection.execute(
        "SELECT payload, source, received_at, acknowledgement, host, changes, untold,"
        " course FROM metric"
    )


def _read_metric(row: Texts, contents: JournalContents) -> None:
    """Add a metric's last alert, and what of the rest can be read."""
    payload, source, received_at, acknowledgement, host, changes, untold, course = row
    if (arrived_at := datetime.fromisoformat(received_at)).tzinfo is None:
        raise ValueError("a time without an offset")
    alert = Alert.from_payload(read_json(payload), Source(source), arrived_at)
    contents.alerts.append((alert, arrived_at))
    # the alert counts more than what only belongs to it
    with suppress(ValueError, TypeError):
        if acknowledgement is not None:
            contents.acknowledgements[alert.key] = read_acknowledgement(acknowledgement)
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        if host is not None:
            contents.names[alert.key] = read_names(host)
    with suppress(ValueError, TypeError):
        if changes is not None:
            contents.histories[alert.key] = read_history(changes)
    with suppress(ValueError, TypeError):
        if untold is not None:
            contents.untold[alert.key] = read_untold(untold)
    with suppress(ValueError, TypeError, OverflowError):
        if course is not None:
            contents.courses[alert.key] = read_course(course)


def _alive_at(connection: sqlite3.Connection) -> datetime | None:
    """Return the last time that is on record, unless that was during a start."""
    rows = connection.execute(
        "SELECT max(alive_at, coalesce((SELECT received_at FROM delivery"
        " WHERE has_started AND id > 0 ORDER BY id DESC LIMIT 1), '')) FROM run"
    )
    for (alive_at,) in rows:
        with suppress(ValueError, TypeError):
            return read_stamp(alive_at)
    return None
