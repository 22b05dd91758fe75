"""The journal's file: open it, write it, read it, keep it bounded and whole.

All methods block, and only one thread at a time may use them.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import batched
import json
from pathlib import Path
import sqlite3
from typing import Any

from ..core import Alert, InvalidAlert, MetricKey, Source
from .record import (
    DeliveryQuery,
    Forgotten,
    JournalContents,
    MetricRecord,
    Record,
    metric_records,
    read_acknowledgement,
    read_host,
    read_untold,
    row_of,
    stamp,
)
from .schema import insert, prepare, touch

MAX_BODIES_LENGTH = 32 * 1024 * 1024
ROWS_AT_ONCE = 50
# A checkpoint delays the commit before it by a millisecond per thousand pages, so it
# must be rare. This is 16 MB.
CHECKPOINT_AFTER_PAGES = 4000


class JournalFile:
    """One SQLite file. What a method writes is on disk when it returns.

    All methods may raise `sqlite3.Error` and `OSError`.
    """

    def __init__(
        self, path: Path, max_deliveries: int, max_age: timedelta, is_held: bool
    ) -> None:
        """Set the file and its bounds without touching it.

        `is_held` is set while the files are being copied: see `hold`.
        """
        self.path = path
        self._max_deliveries = max_deliveries
        self._max_age = max_age
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None
        self._unsaved: dict[MetricKey, MetricRecord | Forgotten] = {}
        self._is_held = is_held

    def open(self) -> JournalContents:
        """Open the file, or create it, and return its contents.

        A damaged file is renamed and replaced by a new one.

        Raises:
            JournalTooNew: a newer version wrote the file.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._load()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        self._disconnect()
        contents = JournalContents(set_aside=self._set_aside())
        self._load()
        return contents

    def write(self, records: list[Record]) -> None:
        """Write records, and those of metrics that could not be written before.

        Without any, test whether the file can be written to.
        """
        rows = [row_of(record) for record in (*self._unsaved.values(), *records)]
        self._unsaved |= metric_records(records)
        if not rows:
            with self._statement() as connection:
                touch(connection)
        elif len(rows) <= ROWS_AT_ONCE:
            # a single statement is a transaction, and saves two round trips
            with self._statement() as connection:
                insert(connection, rows)
        else:
            with self._transaction() as connection:
                for batch in batched(rows, ROWS_AT_ONCE, strict=False):
                    insert(connection, batch)
        self._unsaved = {}

    def prune(self) -> None:
        """Remove the deliveries that are too old, too many, or too large together.

        They are too many only after the bound was lowered.
        """
        oldest = stamp(datetime.now(UTC) - self._max_age)
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM delivery WHERE received_at < ?"
                " OR id <= (SELECT max(id) FROM delivery) - ?",
                (oldest, self._max_deliveries),
            )
        self.trim()

    def trim(self) -> None:
        """Remove the oldest deliveries if all are too large together."""
        with self._statement() as connection:
            if _bytes_in_use(connection) <= MAX_BODIES_LENGTH:
                # skip the sum over all bodies
                return
            connection.execute(
                "DELETE FROM delivery WHERE id <= (SELECT max(id) FROM ("
                "SELECT id, sum(length(body)) OVER (ORDER BY id DESC) AS total"
                " FROM delivery) WHERE total > ?)",
                (MAX_BODIES_LENGTH,),
            )

    def read(self, query: DeliveryQuery) -> list[dict[str, Any]]:
        """Return the deliveries that match, each as a mapping of its columns."""
        cursor = self._connect().execute(
            "SELECT received_at, source, verdict, reason, host, title, body"
            " FROM delivery"
            " WHERE (:host IS NULL OR host = :host)"
            " AND (:since IS NULL OR received_at >= :since)"
            " AND (:until IS NULL OR received_at < :until)"
            " AND (:verdicts IS NULL OR verdict IN"
            " (SELECT value FROM json_each(:verdicts)))"
            " ORDER BY id DESC LIMIT :limit",
            {
                "host": query.host,
                "since": query.since and stamp(query.since),
                "until": query.until and stamp(query.until),
                "verdicts": query.verdicts and json.dumps(query.verdicts),
                "limit": query.limit,
            },
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def size(self) -> int:
        """Return how many bytes the file takes on disk, with its WAL files."""
        return sum(file.stat().st_size for file in _files(self.path) if file.exists())

    def hold(self, is_held: bool) -> None:
        """Let others make a consistent copy of the files, until called with False.

        While held, writes go only to the end of the write-ahead log: the file itself
        does not change, and any part of the log that is copied is valid.
        """
        self._is_held = is_held
        connection = self._connect()
        if is_held:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._apply_hold(connection)

    def close(self) -> None:
        """Close the file; everything is in it, unless it is held."""
        self._disconnect()

    def _load(self) -> JournalContents:
        connection = self._connect()
        if (check := connection.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise sqlite3.DatabaseError(check[0])
        contents = JournalContents(
            counts=dict(connection.execute("SELECT name, value FROM counter")),
            alive_at=_alive_at(connection),
        )
        rows = connection.execute(
            "SELECT payload, source, received_at, acknowledgement, host, untold"
            " FROM metric"
        )
        for payload, source, received_at, acknowledgement, host, untold in rows:
            try:
                alert = Alert.from_payload(json.loads(payload), Source(source))
                contents.alerts.append((alert, datetime.fromisoformat(received_at)))
            except InvalidAlert, ValueError:
                contents.unreadable += 1
                continue
            if acknowledgement is not None:
                contents.acknowledgements[alert.key] = read_acknowledgement(
                    acknowledgement
                )
            if host is not None:
                contents.hosts.append((alert.agent_id, *read_host(host)))
            if untold is not None:
                contents.untold[alert.key] = read_untold(untold)
        return contents

    def _connect(self) -> sqlite3.Connection:
        """Return the connection: a new one if the last failed or the file is gone."""
        if self._connection is not None:
            with suppress(FileNotFoundError):
                if self.path.stat().st_ino == self._inode:
                    return self._connection
            # writes to a deleted file would be lost
            self._disconnect()
        self.path.touch(mode=0o600)
        connection = sqlite3.connect(
            self.path, autocommit=True, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_size_limit = 16777216")
            self._apply_hold(connection)
            prepare(connection, self._max_deliveries)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._inode = self.path.stat().st_ino
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _apply_hold(self, connection: sqlite3.Connection) -> None:
        pages = 0 if self._is_held else CHECKPOINT_AFTER_PAGES
        connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, self._is_held)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit all that is done inside, or nothing."""
        with self._statement() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _statement(self) -> Iterator[sqlite3.Connection]:
        """Let the one statement inside commit by itself."""
        connection = self._connect()
        try:
            yield connection
        except BaseException:
            # closing rolls back; the next connection starts from the file as it is
            with suppress(sqlite3.Error):
                self._disconnect()
            raise

    def _set_aside(self) -> Path:
        """Rename a damaged file and its WAL files; return its new path."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.with_name(f"{self.path.name}.corrupt-{stamp}")
        for file, renamed in zip(_files(self.path), _files(aside), strict=True):
            if file.exists():
                file.rename(renamed)
        return aside


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether the file is damaged, not merely locked, full or read-only."""
    return type(error) is sqlite3.DatabaseError


def remove_journal(path: Path) -> None:
    """Delete a closed journal's files, and those set aside."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def _alive_at(connection: sqlite3.Connection) -> datetime | None:
    """Return the last time that is on record, unless that was during a start."""
    rows = connection.execute(
        "SELECT max(alive_at, coalesce((SELECT received_at FROM delivery"
        " WHERE has_started ORDER BY id DESC LIMIT 1), '')) FROM run"
    )
    for (alive_at,) in rows:
        return datetime.fromisoformat(alive_at)
    return None


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    (pages, free, size) = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    used: int = (pages - free) * size
    return used


def _files(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
