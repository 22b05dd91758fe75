"""The journal's tables: how they come about, and what a record does to them."""

from collections.abc import Sequence
from itertools import chain
import sqlite3

from .journal_record import (
    DELIVERY_COLUMNS,
    FORGOTTEN,
    KEPT,
    REJECTED_DELIVERIES,
    STANDING_COLUMNS,
    UNSEEN_CHANGES,
    Row,
)

# one script for each step to the next version of the file
MIGRATIONS = (
    """
    CREATE TABLE metric (
        agent_id TEXT NOT NULL,
        metric_id TEXT NOT NULL,
        received_at TEXT NOT NULL,
        source TEXT NOT NULL,
        payload TEXT NOT NULL,
        acknowledgement TEXT,
        PRIMARY KEY (agent_id, metric_id)
    ) WITHOUT ROWID;
    CREATE TABLE delivery (
        id INTEGER PRIMARY KEY,
        received_at TEXT NOT NULL,
        source TEXT NOT NULL,
        verdict TEXT NOT NULL,
        reason TEXT,
        host TEXT,
        title TEXT,
        agent_id TEXT,
        metric_id TEXT,
        body TEXT NOT NULL
    );
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID
    """,
    "ALTER TABLE metric ADD COLUMN host TEXT",
)

_COLUMNS = DELIVERY_COLUMNS + STANDING_COLUMNS
_PLACES = f"({', '.join('?' * len(_COLUMNS))})"
# Records are inserted into a view, all by one statement: while SQLite does the rest, the
# event loop has the interpreter to itself. The view is the connection's, not the file's.
_RECORD = """
    CREATE TEMP VIEW record ({columns}) AS VALUES ({nothing});
    CREATE TEMP TRIGGER deliver INSTEAD OF INSERT ON record
    WHEN new.verdict IS NOT NULL BEGIN
        INSERT INTO delivery VALUES (
            NULL, new.received_at, new.source, new.verdict, new.reason, new.host,
            new.title, new.agent_id, new.metric_id, new.body
        );
        DELETE FROM delivery WHERE id <= last_insert_rowid() - {max_deliveries};
    END;
    CREATE TEMP TRIGGER keep INSTEAD OF INSERT ON record
    WHEN new.standing = '{kept}' BEGIN
        INSERT INTO metric VALUES (
            new.of_agent_id, new.of_metric_id, new.arrived_at, new.of_source,
            new.payload, new.acknowledgement, new.told_host
        ) ON CONFLICT DO UPDATE SET
            received_at = excluded.received_at, source = excluded.source,
            payload = excluded.payload, acknowledgement = excluded.acknowledgement,
            host = excluded.host;
    END;
    CREATE TEMP TRIGGER forget INSTEAD OF INSERT ON record
    WHEN new.standing = '{forgotten}' BEGIN
        DELETE FROM metric
        WHERE agent_id = new.of_agent_id AND metric_id = new.of_metric_id;
        DELETE FROM delivery
        WHERE agent_id = new.of_agent_id AND metric_id = new.of_metric_id;
    END;
    CREATE TEMP TRIGGER count_refused INSTEAD OF INSERT ON record
    WHEN new.is_refused BEGIN
        INSERT INTO counter VALUES ('{rejected_deliveries}', 1)
        ON CONFLICT DO UPDATE SET value = value + 1;
    END;
    CREATE TEMP TRIGGER count_unseen INSTEAD OF INSERT ON record
    WHEN new.is_after_unseen_change BEGIN
        INSERT INTO counter VALUES ('{unseen_changes}', 1)
        ON CONFLICT DO UPDATE SET value = value + 1;
    END;
"""


class JournalTooNew(Exception):
    """The file was written by a newer version of this integration."""


def prepare(connection: sqlite3.Connection, max_deliveries: int) -> None:
    """Bring the file to this version's form, and let it take records.

    Of deliveries no more than so many are kept, at any time.

    Raises:
        JournalTooNew: where a newer version wrote the file.
    """
    _migrate(connection)
    connection.executescript(
        _RECORD.format(
            columns=", ".join(_COLUMNS),
            nothing=", ".join("0" * len(_COLUMNS)),
            max_deliveries=max_deliveries,
            kept=KEPT,
            forgotten=FORGOTTEN,
            rejected_deliveries=REJECTED_DELIVERIES,
            unseen_changes=UNSEEN_CHANGES,
        )
    )


def insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Have records do to the tables what they stand for, in their order."""
    # nothing but question marks
    places = ", ".join([_PLACES] * len(rows))
    statement = f"INSERT INTO record VALUES {places}"  # noqa: S608
    connection.execute(statement, list(chain(*rows)))


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to this version's form, in one step or not at all."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise JournalTooNew(
            f"it is of version {version}, and this one knows {len(MIGRATIONS)}"
        )
    if version == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    for script in MIGRATIONS[version:]:
        for statement in script.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.execute("COMMIT")
