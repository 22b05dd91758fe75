"""The journal: what must outlive Home Assistant, in one SQLite file per entry.

It keeps the last alert of each metric and, bounded, every delivery with its outcome. A
delivery is kept when `Journal.keep` returns: it is committed to disk by then.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import sqlite3
from typing import Final

from .alert import Alert, InvalidAlert, MetricKey, Source

REFUSED: Final = "refused"
REJECTED_DELIVERIES: Final = "rejected_deliveries"
UNSEEN_CHANGES: Final = "unseen_changes"

SCHEMA_VERSION = 1
PRUNE_EVERY = 1000
MAX_REFUSED_BODY_LENGTH = 2000

_SCHEMA = """
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
    outcome TEXT NOT NULL,
    reason TEXT,
    title TEXT,
    body TEXT NOT NULL
);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class JournalError(Exception):
    """The journal could not be read or written; the message says why."""


class JournalTooNew(JournalError):
    """The file was written by a newer version of this integration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery and what became of it.

    `outcome` is "changed", "repeat", "late" or "refused"; a refused one has a `reason`,
    and an `alert` only where it could be read. `body` is the text as it was delivered.
    `is_newest` says that the alert is from now on the last one of its metric.
    """

    received_at: datetime
    source: Source
    outcome: str
    reason: str | None = None
    alert: Alert | None = None
    body: str = ""
    is_newest: bool = False
    unseen_change: bool = False


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


class Journal:
    """One SQLite file, written by a thread of its own.

    Deliveries that arrive while a commit is under way share the next one.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_deliveries: int = 10_000,
        max_age: timedelta = timedelta(days=90),
    ) -> None:
        """Prepare a journal; nothing is touched before it is opened."""
        self.path = path
        self._max_deliveries = max_deliveries
        self._max_age = max_age
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="bleemeo_journal")
        self._queue: list[tuple[Delivery, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._is_open = False
        # the rest belongs to the thread
        self._connection: sqlite3.Connection | None = None
        self._unsaved: dict[MetricKey, Delivery] = {}
        self._written_since_prune = 0

    async def open(self) -> Saved:
        """Open the file, or begin it, and return what it holds.

        A damaged file is renamed and a new one begun.

        Raises:
            JournalTooNew: where a newer version wrote the file.
            JournalError: where the file can be neither read nor begun.
        """
        try:
            saved = await self._run(self._open)
        except (sqlite3.Error, OSError) as error:
            self._executor.shutdown()
            raise JournalError(str(error)) from error
        except JournalError:
            self._executor.shutdown()
            raise
        self._is_open = True
        return saved

    async def keep(self, delivery: Delivery) -> None:
        """Write a delivery; on return it is on disk.

        Raises:
            JournalError: it is not on disk. The last alerts are not forgotten even so:
                they are written along with the next delivery.
        """
        if not self._is_open:
            raise JournalError("the journal is closed")
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._queue.append((delivery, kept))
        if self._writer is None:
            self._writer = loop.create_task(self._write_queue(), name="bleemeo journal")
        await kept

    async def prune(self) -> None:
        """Remove the deliveries that are too many or too old.

        Raises:
            JournalError: they are still there.
        """
        if not self._is_open:
            return
        try:
            await self._run(self._prune)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(str(error)) from error

    async def close(self) -> None:
        """Write what is queued and close the file; later deliveries are not kept."""
        if not self._is_open:
            return
        self._is_open = False
        if self._writer is not None:
            await self._writer
        with suppress(sqlite3.Error, OSError):
            await self._run(self._close)
        self._executor.shutdown()

    async def _run[T](self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, job)

    async def _write_queue(self) -> None:
        """Commit the queue, batch after batch, until it is empty."""
        while self._queue:
            batch, self._queue = self._queue, []
            deliveries = [delivery for delivery, _ in batch]
            error: JournalError | None = None
            try:
                await self._run(lambda: self._commit(deliveries))  # noqa: B023
            except (sqlite3.Error, OSError) as cause:
                error = JournalError(str(cause))
            for _, kept in batch:
                if kept.done():
                    continue
                if error is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(error)
        self._writer = None

    def _open(self) -> Saved:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._load()
        except sqlite3.DatabaseError as error:
            # an OperationalError (locked, full, no permission) leaves the file whole
            if isinstance(error, sqlite3.OperationalError):
                raise
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        saved = Saved(set_aside=self._set_aside())
        self._load()
        return saved

    def _load(self) -> Saved:
        """Connect, check and bring the file up to date, and read it."""
        connection = self._connect()
        if (check := connection.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise sqlite3.DatabaseError(check[0])
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            connection.close()
            self._connection = None
            raise JournalTooNew(
                f"it is of version {version}, this integration knows {SCHEMA_VERSION}"
            )
        if version == 0:
            with self._transaction() as connection:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
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
        """Return the connection, after a failed commit a new one."""
        if self._connection is None:
            self.path.touch(mode=0o600)
            connection = sqlite3.connect(
                self.path, autocommit=True, check_same_thread=False
            )
            self._connection = connection
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_size_limit = 4194304")
        return self._connection

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
            self._connection = None
            connection.close()
            raise

    def _commit(self, deliveries: list[Delivery]) -> None:
        newest = self._unsaved | {
            delivery.alert.key: delivery
            for delivery in deliveries
            if delivery.is_newest and delivery.alert is not None
        }
        try:
            with self._transaction() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO metric VALUES (?, ?, ?, ?, ?)",
                    _metric_rows(newest.values()),
                )
                connection.executemany(
                    "INSERT INTO delivery VALUES (NULL, ?, ?, ?, ?, ?, ?)",
                    [_delivery_row(delivery) for delivery in deliveries],
                )
                connection.executemany(
                    "INSERT INTO counter VALUES (?, ?)"
                    " ON CONFLICT DO UPDATE SET value = value + excluded.value",
                    _counts(deliveries).items(),
                )
        except sqlite3.Error, OSError:
            self._unsaved = newest
            raise
        self._unsaved = {}
        self._written_since_prune += len(deliveries)
        if self._written_since_prune >= PRUNE_EVERY:
            # the deliveries are kept already: trouble here is met again by the next
            with suppress(sqlite3.Error, OSError):
                self._prune()

    def _prune(self) -> None:
        self._written_since_prune = 0
        oldest = _stamp(datetime.now(UTC) - self._max_age)
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM delivery WHERE received_at < ?"
                " OR id <= (SELECT max(id) FROM delivery) - ?",
                (oldest, self._max_deliveries),
            )

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()
            self._connection = None

    def _set_aside(self) -> Path:
        """Rename a damaged file and what belongs to it; return its new path."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.with_name(f"{self.path.name}.corrupt-{stamp}")
        for path in _files(self.path):
            if path.exists():
                path.rename(
                    aside.with_name(path.name.replace(self.path.name, aside.name))
                )
        return aside


def remove_journal(path: Path) -> None:
    """Delete a closed journal's files, those that are there."""
    for file in _files(path):
        file.unlink(missing_ok=True)


def _files(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def _stamp(time: datetime) -> str:
    """Write a time in UTC so that texts sort as times do."""
    return time.isoformat(timespec="microseconds")


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
    is_refused = delivery.outcome == REFUSED
    return (
        _stamp(delivery.received_at),
        delivery.source,
        delivery.outcome,
        delivery.reason,
        delivery.alert.title if delivery.alert else None,
        delivery.body[:MAX_REFUSED_BODY_LENGTH] if is_refused else delivery.body,
    )


def _counts(deliveries: Iterable[Delivery]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for delivery in deliveries:
        counts[REJECTED_DELIVERIES] += delivery.outcome == REFUSED
        counts[UNSEEN_CHANGES] += delivery.unseen_change
    return +counts
