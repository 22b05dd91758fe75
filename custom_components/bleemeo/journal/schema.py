"""The journal's tables: its migrations, and how records are written to them.

The SQL is in files of its own: `migrations/`, one per version, and `record.sql`.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
import sqlite3

from .record import MAX_REFUSALS
from .row import Row

_MIGRATIONS = Path(__file__).with_name("migrations")
_RECORD = Path(__file__).with_name("record.sql")


class JournalTooNew(Exception):
    """A newer version of this integration wrote the file."""


def prepare(connection: sqlite3.Connection, max_deliveries: int) -> None:
    """Migrate the file to this version, and let the connection write records.

    From then on the file never holds more than `max_deliveries` deliveries, and beside
    them what was not taken, bounded too.

    Raises:
        JournalTooNew: a newer version wrote the file.
    """
    _migrate(connection)
    connection.executescript(_RECORD.read_text("utf-8"))
    connection.execute(
        "INSERT INTO bound VALUES (?, ?)", (max_deliveries, MAX_REFUSALS)
    )


def insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Write records, as rows of the view `record`, in order and in one statement."""
    places = f"({', '.join('?' * len(rows[0]))})"
    # only question marks are filled in
    statement = f"INSERT INTO record VALUES {', '.join([places] * len(rows))}"  # noqa: S608
    connection.execute(statement, list(chain(*rows)))


def forget_deliveries(connection: sqlite3.Connection) -> None:
    """Remove the deliveries of all metrics that `insert` removed, in one pass."""
    connection.execute(
        "DELETE FROM delivery WHERE EXISTS (SELECT 1 FROM forgotten"
        " WHERE forgotten.agent_id = delivery.agent_id"
        " AND forgotten.metric_id = delivery.metric_id AND id <= last_id)"
    )
    connection.execute("DELETE FROM forgotten")


def count_at_least(connection: sqlite3.Connection, counts: Mapping[str, int]) -> None:
    """Raise the counters to the given values where they are lower."""
    connection.executemany(
        "INSERT INTO counter VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
        counts.items(),
    )


def touch(connection: sqlite3.Connection) -> None:
    """Write to the file without changing anything, to test whether that works."""
    connection.execute(f"PRAGMA user_version = {_version(connection)}")


def _migrate(connection: sqlite3.Connection) -> None:
    """Run the migrations that the file lacks, in one transaction."""
    scripts = sorted(_MIGRATIONS.glob("*.sql"))
    version = _version(connection)
    if version > len(scripts):
        raise JournalTooNew(
            f"it has version {version}, and this one knows {len(scripts)}"
        )
    if version == len(scripts):
        return
    connection.execute("BEGIN IMMEDIATE")
    for script in scripts[version:]:
        connection.executescript(script.read_text("utf-8"))
    connection.execute(f"PRAGMA user_version = {len(scripts)}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    version: int
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return version
