"""Save what can still be read of a damaged journal into a new one."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
import shutil
import sqlite3

from ..core import Alert, MetricKey, Source, Status, read_json, time_of
from .connection import abandon, decode, size_of
from .record import MetricRecord
from .row import row_of
from .schema import insert

# where the header has the version of the log, and the number of pages
_LOG_VERSION = slice(18, 20)
_PAGE_COUNT = slice(28, 32)
_WITH_LOG = b"\x02\x02"
# a damaged id can be any number
_MOST_BETWEEN = 1_000_000
_MOST_BEYOND = 100_000
_MOST_ID = 1 << 53

_TYPES: dict[str, type] = {"TEXT": str, "INTEGER": int}

type Values = tuple[object, ...]


class _Unreadable(Exception):
    """The rest of the rows, or all of them, cannot be read."""


def salvage(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy all that can be read of a journal into a new one.

    A metric whose record cannot be read gets the last alert that was delivered.

    Raises:
        sqlite3.Error: the target cannot be written to.
    """
    tables = {name: _Table(name, source, target) for name in _names(target)}
    is_whole = {name: table.copy() for name, table in tables.items()}
    if not is_whole["delivery"]:
        tables["delivery"].copy_each(_missing_deliveries(target))
    if not is_whole["metric"]:
        tables["metric"].copy_each(_missing_metrics(target))
        _restore_metrics(target)


@contextmanager
def damaged(path: Path, first_page: bytes) -> Iterator[sqlite3.Connection]:
    """Connect to a damaged file, and leave it as it is.

    Where its first page is damaged, which has the header and the list of tables, connect
    to a copy with `first_page`, that of an empty journal: its tables are in the same
    places.

    Raises:
        OSError: nothing can be read, or the copy cannot be made.
    """
    copy = path.with_name(f"{path.name}.copy")
    with ExitStack() as stack:
        connection = None
        if size_of(path):
            # SQLite would delete the log of an empty file
            connection = _connect(path)
            stack.callback(abandon, connection)
        if connection is None or not {"metric", "delivery"} <= _names(connection):
            # a crash may have left one
            _remove(copy)
            stack.callback(_remove, copy)
            _copy_with(first_page, path, copy)
            connection = _connect(copy)
            stack.callback(abandon, connection)
        yield connection


class _Table:
    """A table of a damaged journal, in the columns that the new one has too."""

    def __init__(
        self, name: str, source: sqlite3.Connection, target: sqlite3.Connection
    ) -> None:
        """Compare the columns; a table that cannot be read has none."""
        info = f"PRAGMA table_info({name})"
        known: set[object] = set()
        with suppress(_Unreadable):
            known = {column for _, column, *_ in _read(source, info)}
        # name, type, whether it is required, place in the key
        self._columns = [
            (column, _TYPES.get(kind, object), bool(is_required or place), place)
            for _, column, kind, is_required, _, place in target.execute(info)
            if column in known
        ]
        self._key = [column for column, *_, place in self._columns if place]
        names = ", ".join(column for column, *_ in self._columns)
        places = ", ".join("?" * len(self._columns))
        self._select = f"SELECT {names} FROM {name} NOT INDEXED"  # noqa: S608
        self._insert = f"INSERT OR IGNORE INTO {name} ({names}) VALUES ({places})"  # noqa: S608
        self._source = source
        self._target = target

    def copy(self) -> bool:
        """Copy what can be read from both ends; return whether that was all."""
        for direction in ("ASC", "DESC"):
            order = ", ".join(f"{column} {direction}" for column in self._key)
            if self._columns and self._add(f"{self._select} ORDER BY {order}"):
                return True
        return False

    def copy_each(self, keys: Iterable[Values]) -> None:
        """Copy the rows with the given keys, as far as they can be read."""
        where = " AND ".join(f"{column} = ?" for column in self._key)
        for key in keys if self._columns else ():
            self._add(f"{self._select} WHERE {where}", key)

    def _add(self, query: str, parameters: Values = ()) -> bool:
        is_whole = True
        try:
            for row in _read(self._source, query, parameters):
                if all(map(_can_be, row, self._columns, strict=True)):
                    self._target.execute(self._insert, row)
                else:
                    is_whole = False
        except _Unreadable:
            return False
        return is_whole


def _can_be(value: object, column: tuple[str, type, bool, int]) -> bool:
    """Return whether a value can have been written into a column."""
    name, kind, is_required, _ = column
    if value is None:
        return not is_required
    if not isinstance(value, kind):
        return False
    try:
        if name == "received_at":
            return datetime.fromisoformat(str(value)).tzinfo is not None
        if name in {"payload", "steps", "acknowledgements", "silence"}:
            read_json(str(value))
        if isinstance(value, int):
            if name == "id" and abs(value) >= _MOST_ID:
                # others count on from it
                return False
            if name in {"began_at", "ended_at"}:
                time_of(value)
            if name == "worst":
                Status(value)
    except ValueError, OverflowError:
        return False
    return True


def _missing_deliveries(target: sqlite3.Connection) -> Iterator[Values]:
    """Yield the keys of deliveries that may lie between those that were read, or beyond."""
    known = {number for (number,) in target.execute("SELECT id FROM delivery")}
    if known:
        between = range(min(known), max(known))
        missing = (number for number in between if number not in known)
        yield from ((number,) for number in islice(missing, _MOST_BETWEEN))
        # what was read from either end may have ended early
        newest, oldest = max(known), min(known)
        yield from ((number,) for number in range(newest + 1, newest + _MOST_BEYOND))
        yield from (
            (number,) for number in range(oldest - 1, oldest - _MOST_BEYOND, -1)
        )


def _missing_metrics(target: sqlite3.Connection) -> list[Values]:
    """Return the keys of metrics that have deliveries, but no record."""
    return target.execute(
        "SELECT agent_id, metric_id FROM delivery WHERE agent_id IS NOT NULL AND id > 0"
        " EXCEPT SELECT agent_id, metric_id FROM metric"
    ).fetchall()


def _restore_metrics(target: sqlite3.Connection) -> None:
    """Make the records that are missing from the deliveries."""
    missing = set(_missing_metrics(target))
    last: dict[MetricKey, MetricRecord] = {}
    rows = target.execute(
        "SELECT received_at, source, body FROM delivery"
        " WHERE verdict != 'refused' AND id > 0 ORDER BY id"
    )
    for received_at, source, body in rows:
        with suppress(ValueError):
            arrived_at = datetime.fromisoformat(received_at)
            alert = Alert.from_payload(read_json(body), Source(source), arrived_at)
            known = last.get(alert.key)
            is_missing = (alert.agent_id, alert.metric_id or "") in missing
            if is_missing and (known is None or alert.order > known.alert.order):
                last[alert.key] = MetricRecord(alert, arrived_at)
    for record in last.values():
        insert(target, [row_of(record)])


def _read(
    source: sqlite3.Connection, query: str, parameters: Values = ()
) -> Iterator[Values]:
    try:
        yield from source.execute(query, parameters)
    except sqlite3.Error as error:
        raise _Unreadable from error


def _names(connection: sqlite3.Connection) -> set[str]:
    """Return the tables of a file, or none if that cannot be read."""
    query = "SELECT name FROM sqlite_schema WHERE type = 'table'"
    try:
        return {str(name) for (name,) in _read(connection, query)}
    except _Unreadable:
        return set()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, autocommit=True)
    connection.text_factory = decode
    with suppress(sqlite3.Error):
        # a file that was cut is read as far as it goes
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _remove(copy: Path) -> None:
    for file in copy.parent.glob(f"{copy.name}*"):
        file.unlink()


def _copy_with(first_page: bytes, path: Path, copy: Path) -> None:
    """Copy the file and its log, and give the copy another first page."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        shutil.copyfile(log, copy.with_name(f"{copy.name}-wal"))
    if path.exists():
        shutil.copyfile(path, copy)
    page = bytearray(first_page)
    page[_LOG_VERSION] = _WITH_LOG
    page[_PAGE_COUNT] = max(size_of(path) // len(page), 1).to_bytes(4)
    copy.touch(mode=0o600)
    with copy.open("r+b") as file:
        file.write(page)
