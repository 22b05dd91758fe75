"""The journal's file: SQLite tables, how they come about, and how they stay bounded.

All of this blocks and belongs to one thread at a time; `journal` sees to both.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import sqlite3
from typing import Any, Final

from .alert import Alert, InvalidAlert, MetricKey, Source

REFUSED: Final = "refused"
REJECTED_DELIVERIES: Final = "rejected_deliveries"
UNSEEN_CHANGES: Final = "unseen_changes"

MAX_REFUSED_BODY_LENGTH = 2000
MAX_BODIES_LENGTH = 32 * 1024 * 1024
CHECKPOINT_AFTER_PAGES = 1000

# one script for each step to the next version of the file
MIGRATIONS = (
    """
    CREATE TABLE metric (
        agent_id TEXT NOT NULL,
        metric_id TEXT NOT NULL,
        received_at TEXT NOT NULL,
        source TEXT NOT NULL,
        payload TEXT NOT NULL,
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
        body TEXT NOT NULL
    );
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID
    """,
)


class JournalTooNew(Exception):
    """The file was written by a newer version of this integration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery and what became of it.

    `verdict` is "changed", "repeat", "late" or "refused"; a refused one has a `reason`,
    and an `alert` only where it could be read. `body` is the text as it was delivered.
    `is_newest` says that the alert is from now on the last one of its metric.
    """

    received_at: datetime
    source: Source
    verdict: str
    reason: str | None = None
    host: str | None = None
    alert: Alert | None = None
    body: str = ""
    is_newest: bool = False
    unseen_change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries to read: all that fit what is given, the newest first."""

    host: str | None = None
    verdicts: list[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100


@dataclass(slots=True)
class Saved:
    """What an opened journal holds.

    `unreadable` counts metrics whose last alert this version does not understand.
    `set_aside` is where a damaged file went, for which this new one stands in.
    """

    alerts: list[tuple[Alert, datetime]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    unreadable: int = 0
    set_aside: Path | None = None


class JournalFile:
    """One SQLite file. Whatever is written is on disk when the method returns.

    All methods raise `sqlite3.Error` and `OSError` as they come.
    """

    def __init__(
        self, path: Path, max_deliveries: int, max_age: timedelta, is_held: bool
    ) -> None:
        """Name the file, its bounds and whether it is held; nothing is touched yet."""
        self.path = path
        self._max_deliveries = max_deliveries
        self._max_age = max_age
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None
        self._unsaved: dict[MetricKey, Delivery] = {}
        self._is_held = is_held

    def open(self) -> Saved:
        """Open the file, or begin it, and return what it holds.

        A damaged file is renamed and a new one begun.

        Raises:
            JournalTooNew: where a newer version wrote the file.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._load()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        self._disconnect()
        saved = Saved(set_aside=self._set_aside())
        self._load()
        return saved

    def write(self, deliveries: list[Delivery]) -> None:
        """Write deliveries, and last alerts that could not be written before."""
        newest = self._unsaved | {
            delivery.alert.key: delivery
            for delivery in deliveries
            if delivery.is_newest and delivery.alert is not None
        }
        self._unsaved = newest
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO metric VALUES (?, ?, ?, ?, ?)",
                _metric_rows(newest.values()),
            )
            connection.executemany(
                "INSERT INTO delivery VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
                [_delivery_row(delivery) for delivery in deliveries],
            )
            connection.executemany(
                "INSERT INTO counter VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET value = value + excluded.value",
                _counts(deliveries).items(),
            )
        self._unsaved = {}

    def prune(self) -> None:
        """Remove the deliveries that are too many, too old, or too large together."""
        oldest = _stamp(datetime.now(UTC) - self._max_age)
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM delivery WHERE received_at < ?"
                " OR id <= (SELECT max(id) FROM delivery) - ?",
                (oldest, self._max_deliveries),
            )
            connection.execute(
                "DELETE FROM delivery WHERE id <= (SELECT max(id) FROM ("
                "SELECT id, sum(length(body)) OVER (ORDER BY id DESC) AS total"
                " FROM delivery) WHERE total > ?)",
                (MAX_BODIES_LENGTH,),
            )

    def read(self, wanted: Wanted) -> list[dict[str, Any]]:
        """Return deliveries, each as a mapping of what its row holds."""
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
                "host": wanted.host,
                "since": wanted.since and _stamp(wanted.since),
                "until": wanted.until and _stamp(wanted.until),
                "verdicts": wanted.verdicts and json.dumps(wanted.verdicts),
                "limit": wanted.limit,
            },
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def size(self) -> int:
        """Return the bytes that the file takes on disk, with what lies beside it."""
        return sum(file.stat().st_size for file in _files(self.path) if file.exists())

    def hold(self, is_held: bool) -> None:
        """Let a copy of the files be consistent while it is being made.

        While held, writing goes on, but only at the end of the write-ahead log: the
        file itself rests, and whatever part of the log is copied is a valid one.
        """
        self._is_held = is_held
        connection = self._connect()
        if is_held:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._apply_hold(connection)

    def close(self) -> None:
        """Close the file; all is in it, unless it is held."""
        self._disconnect()

    def _load(self) -> Saved:
        connection = self._connect()
        if (check := connection.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise sqlite3.DatabaseError(check[0])
        saved = Saved(
            counts=dict(connection.execute("SELECT name, value FROM counter"))
        )
        rows = connection.execute("SELECT payload, source, received_at FROM metric")
        for payload, source, received_at in rows:
            try:
                alert = Alert.from_payload(json.loads(payload), Source(source))
                saved.alerts.append((alert, datetime.fromisoformat(received_at)))
            except InvalidAlert, ValueError:
                saved.unreadable += 1
        return saved

    def _connect(self) -> sqlite3.Connection:
        """Return the connection; a new one where the last failed or the file is gone."""
        if self._connection is not None:
            if self.path.exists() and self.path.stat().st_ino == self._inode:
                return self._connection
            # what is written to a deleted file is nowhere
            self._disconnect()
        self.path.touch(mode=0o600)
        connection = sqlite3.connect(
            self.path, autocommit=True, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_size_limit = 4194304")
            self._apply_hold(connection)
            _migrate(connection)
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
        """Commit what is done inside, or none of it."""
        connection = self._connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # closing rolls back, and a new connection starts from the file as it is
            with suppress(sqlite3.Error):
                self._disconnect()
            raise

    def _set_aside(self) -> Path:
        """Rename a damaged file and what lies beside it; return its new path."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.with_name(f"{self.path.name}.corrupt-{stamp}")
        for file, renamed in zip(_files(self.path), _files(aside), strict=True):
            if file.exists():
                file.rename(renamed)
        return aside


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is not what it should be.

    It is whole where it is only locked, full or not to be written to.
    """
    return type(error) is sqlite3.DatabaseError


def remove_journal(path: Path) -> None:
    """Delete a closed journal's files, those set aside too."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


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


def _files(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def _stamp(time: datetime) -> str:
    """Write a time in UTC so that texts sort as times do."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _metric_rows(newest: Iterable[Delivery]) -> Iterator[tuple[str, ...]]:
    for delivery in newest:
        if (alert := delivery.alert) is not None:
            yield (
                alert.agent_id,
                alert.metric_id or "",
                _stamp(delivery.received_at),
                delivery.source,
                json.dumps(alert.to_payload(), ensure_ascii=False),
            )


def _delivery_row(delivery: Delivery) -> tuple[str | None, ...]:
    is_refused = delivery.verdict == REFUSED
    return (
        _stamp(delivery.received_at),
        delivery.source,
        delivery.verdict,
        delivery.reason,
        delivery.host,
        delivery.alert.title if delivery.alert else None,
        delivery.body[:MAX_REFUSED_BODY_LENGTH] if is_refused else delivery.body,
    )


def _counts(deliveries: Iterable[Delivery]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for delivery in deliveries:
        counts[REJECTED_DELIVERIES] += delivery.verdict == REFUSED
        counts[UNSEEN_CHANGES] += delivery.unseen_change
    return +counts
