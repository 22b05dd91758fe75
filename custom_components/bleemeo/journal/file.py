"""The journal's file: open it, write it, read it, keep it bounded and whole.

All methods block, and only one thread at a time may use them.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import merge
from itertools import batched, chain, islice
import json
from operator import itemgetter
from pathlib import Path
import sqlite3
from typing import Any

from .connection import is_lost, is_unwritable, size_of, strictly
from .contents import check, read_contents
from .handle import Handle
from .incident import (
    IncidentQuery,
    KeptIncident,
    prune_by_age,
    prune_by_number,
    read_incidents,
)
from .record import (
    DeliveryQuery,
    Forgotten,
    JournalContents,
    Lasting,
    LastingKey,
    Record,
    Renewal,
    Snapshot,
    lasting_records,
)
from .replacement import Replacement, files
from .row import row_of
from .schema import count_at_least, forget_deliveries, insert, touch
from .text import stamp

MAX_BODIES_LENGTH = 32 * 1024 * 1024
ROWS_AT_ONCE = 50


class JournalFile:
    """One SQLite file. What a method writes is on disk when it returns.

    All methods may raise `sqlite3.Error` and `OSError`. Where `is_lost` is true of the
    error, `renew` is the way out.
    """

    def __init__(self, path: Path, max_deliveries: int, max_age: timedelta) -> None:
        """Set the file and its bounds without touching it."""
        self.path = path
        # metrics and silences whose last record can never be written
        self.unwritable: set[LastingKey] = set()
        self._max_deliveries = max_deliveries
        self._max_age = max_age
        self._handle = Handle(path, max_deliveries)
        self._unsaved: dict[LastingKey, list[Lasting]] = {}

    def open(self, *, is_held: bool = False) -> JournalContents:
        """Open the file, or create it, and return its contents.

        A damaged file is replaced by a new one, with all that can be read of it.
        `is_held` is set while the files are being copied: see `hold`.

        Raises:
            JournalTooNew: a newer version wrote the file.
        """
        self._handle.is_held = is_held
        self.path.parent.mkdir(parents=True, exist_ok=True)
        Replacement(self.path).finish()
        is_new = not self.path.exists()
        try:
            contents = read_contents(self._handle.connect())
        except sqlite3.Error as error:
            if not is_lost(error):
                raise
            renewal = self.renew(Snapshot())
            contents = read_contents(self._handle.connect())
            contents.renewal = renewal
        contents.is_new = is_new
        return contents

    def renew(self, snapshot: Snapshot) -> Renewal:
        """Replace a file that is damaged or gone, or that took the place of ours.

        The new one has all that can be read of the old one, and what memory knows.
        """
        set_aside = self._replace()
        known: list[Lasting] = [*snapshot.metrics, *snapshot.silences]
        if known:
            self._save(known)
        with self._handle.transaction() as connection:
            count_at_least(connection, snapshot.counts)
            metrics, deliveries = (
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                for table in ("metric", "delivery")
            )
        return Renewal(set_aside, metrics, deliveries)

    def write(self, records: Sequence[Record]) -> None:
        """Write records, and before them the lasting ones that could not be written.

        Without any, test whether the file can be written to. Where `is_unwritable` is
        true of the error, none was written, and none will be tried again.
        """
        try:
            if self._unsaved:
                self._save(list(chain.from_iterable(self._unsaved.values())))
                self._unsaved = {}
            elif not records:
                with self._handle.statement() as connection:
                    touch(connection)
            if records:
                self._insert(records)
        except Exception as error:
            if not is_unwritable(error):
                self._unsaved = lasting_records(records, self._unsaved)
            raise

    def prune(self, now: datetime) -> None:
        """Remove what is too old or too many, and deliveries that are too large together.

        Deliveries are too many only after the bound was lowered. What came after a delivery
        that is not too old is not either, however a wrong clock dated it.
        """
        oldest = stamp(now - self._max_age)
        with self._handle.transaction() as connection:
            connection.execute(
                "DELETE FROM delivery WHERE (received_at < :oldest AND id < ifnull("
                "(SELECT min(id) FROM delivery WHERE id > 0"
                " AND received_at BETWEEN :oldest AND :now), 1e18))"
                " OR id BETWEEN 1 AND (SELECT max(id) FROM delivery) - :most",
                {"oldest": oldest, "now": stamp(now), "most": self._max_deliveries},
            )
            prune_by_age(connection, now)
        self.trim()

    def trim(self) -> None:
        """Remove the oldest deliveries if all are too large together.

        And the oldest incidents if they are too many.
        """
        with self._handle.statement() as connection:
            prune_by_number(connection)
            if _bytes_in_use(connection) <= MAX_BODIES_LENGTH:
                # skip the sum over all bodies
                return
            connection.execute(
                "DELETE FROM delivery WHERE id BETWEEN 1 AND (SELECT max(id) FROM ("
                "SELECT id, sum(length(body)) OVER (ORDER BY id DESC) AS total"
                " FROM delivery WHERE id > 0) WHERE total > ?)",
                (MAX_BODIES_LENGTH,),
            )

    def read(self, query: DeliveryQuery) -> list[dict[str, Any]]:
        """Return the deliveries that match, each as a mapping of its columns."""
        found = merge(
            self._read("id < 0", "id", query),
            self._read("id > 0", "id DESC", query),
            key=itemgetter("received_at"),
            reverse=True,
        )
        return list(islice(found, query.limit))

    def incidents(self, query: IncidentQuery) -> list[KeptIncident]:
        """Return the incidents that match, the last beginning first."""
        connection = self._handle.connect()
        with suppress(sqlite3.OperationalError), strictly(connection):
            return read_incidents(connection, query)
        # a text is damaged, or what is wrong shows again
        return read_incidents(connection, query)

    def size(self) -> int:
        """Return how many bytes the file takes on disk, with its WAL files."""
        return sum(map(size_of, files(self.path)))

    def hold(self, is_held: bool) -> None:
        """Let others make a consistent copy of the files, until called with False.

        While held, writes go only to the end of the write-ahead log: the file itself
        does not change, and any part of the log that is copied is valid.
        """
        self._handle.hold(is_held)

    def verify(self) -> None:
        """Check the file as it is on disk, while memory can still replace it."""
        self._handle.connect()
        self._handle.close()
        with self._handle.statement() as connection:
            check(connection)

    def close(self) -> None:
        """Close the file; everything is in it, unless it is held."""
        self._handle.close()

    def _read(
        self, kind: str, order: str, query: DeliveryQuery
    ) -> list[dict[str, Any]]:
        cursor = self._handle.connect().execute(
            # only constants are filled in
            "SELECT received_at, source, verdict, reason, left_out, host, title, body"  # noqa: S608
            f" FROM delivery WHERE {kind}"
            " AND (:host IS NULL OR host = :host)"
            " AND (:since IS NULL OR received_at >= :since)"
            " AND (:until IS NULL OR received_at < :until)"
            " AND (:verdicts IS NULL OR verdict IN"
            " (SELECT value FROM json_each(:verdicts)))"
            f" ORDER BY {order} LIMIT :limit",
            {
                "host": query.host,
                "since": query.since and stamp(query.since),
                "until": query.until and stamp(query.until),
                "verdicts": query.verdicts and json.dumps(query.verdicts),
                "limit": query.limit,
            },
        )
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor]
        for delivery in found:
            delivery["left_out"] = json.loads(delivery["left_out"] or "{}")
        return found

    def _save(self, records: Sequence[Lasting]) -> None:
        """Write lasting records, except for those that can never be written."""
        try:
            self._insert(records)
        except Exception as error:
            if not is_unwritable(error):
                raise
            if len(records) > 1:
                half = len(records) // 2
                self._save(records[:half])
                self._save(records[half:])

    def _insert(self, records: Sequence[Record]) -> None:
        try:
            rows = [row_of(record) for record in records]
            is_forgetting = any(isinstance(record, Forgotten) for record in records)
            if len(rows) <= ROWS_AT_ONCE and not is_forgetting:
                # a single statement is a transaction, and saves two round trips
                with self._handle.statement() as connection:
                    insert(connection, rows)
            else:
                with self._handle.transaction() as connection:
                    for batch in batched(rows, ROWS_AT_ONCE, strict=False):
                        insert(connection, batch)
                    if is_forgetting:
                        forget_deliveries(connection)
        except Exception as error:
            if is_unwritable(error):
                self.unwritable |= lasting_records(records).keys()
            raise
        if self.unwritable:
            self.unwritable -= lasting_records(records).keys()

    def _replace(self) -> Path | None:
        """Make a whole file be at the path; return where a damaged one was put."""
        replacement = Replacement(self.path)
        # the last try may not have come to its end
        set_aside = replacement.finish()
        if self.path.exists():
            self._handle.let_go()
            self._handle.is_lost = False
            try:
                read_contents(self._handle.connect())
            except sqlite3.Error as error:
                if not is_lost(error):
                    raise
                self._handle.let_go()
            else:
                return set_aside
        self._handle.is_lost = True
        set_aside = replacement.build(
            self._handle.open_connection, self._max_deliveries
        )
        self._handle.let_go()
        self._handle.is_lost = False
        return set_aside


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    (pages, free, size) = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    used: int = (pages - free) * size
    return used
