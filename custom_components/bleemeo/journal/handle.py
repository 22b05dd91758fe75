"""The connection that a journal keeps, as long as its file is where it was."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
import sqlite3
from time import monotonic

from .connection import FileLost, abandon, configure, connect, has_log, reaches, size_of
from .schema import prepare

# how long a file is trusted that was found at its path under another inode number
TRUST_SECONDS = 60.0


class Handle:
    """Connects to the file at a path, and again after each failure.

    All methods may raise `sqlite3.Error` and `OSError`.
    """

    def __init__(self, path: Path, max_deliveries: int) -> None:
        """Set the path, and the bound that the connections get."""
        self.is_held = False
        # until a whole file is at the path again
        self.is_lost = False
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._has_log = False
        self._max_deliveries = max_deliveries
        self._connection: sqlite3.Connection | None = None
        # only once the file was opened
        self._inode: int | None = None
        self._trusted_until = 0.0

    @property
    def open_connection(self) -> sqlite3.Connection | None:
        """The connection if there is one, even to a file that was deleted."""
        return self._connection

    def connect(self) -> sqlite3.Connection:
        """Return the connection: a new one if the last failed.

        Raises:
            FileLost: the file that was opened is not at its path any more.
        """
        if self.is_lost:
            raise FileLost("the file could not be renewed yet")
        if self._inode is not None and not self._is_in_place():
            raise FileLost("the file was deleted or replaced")
        if self._connection is None:
            if not size_of(self._path) and (
                self._inode is not None or size_of(self._log)
            ):
                raise FileLost("the file is empty")
            connection = connect(self._path)
            try:
                configure(connection, is_held=self.is_held)
                prepare(connection, self._max_deliveries)
            except BaseException:
                abandon(connection)
                raise
            self._connection, self._has_log = connection, False
            self._inode = self._path.stat().st_ino
        return self._connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit all that is done inside, or nothing."""
        with self.statement() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def statement(self) -> Iterator[sqlite3.Connection]:
        """Let the one statement inside commit by itself."""
        connection = self.connect()
        try:
            yield connection
        except BaseException:
            self._connection = None
            abandon(connection)
            raise

    def hold(self, is_held: bool) -> None:
        """Let the file rest from now on, and only its log grow, or take that back."""
        was_held, self.is_held = self.is_held, is_held
        if self._connection is None:
            # the next one follows
            return
        with self.statement() as connection:
            if is_held and not was_held:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            configure(connection, is_held=is_held)
            if is_held and not has_log(connection):
                raise sqlite3.OperationalError("its folder allows no write-ahead log")

    def close(self) -> None:
        """Close the connection; everything is in the file, unless it is held."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def let_go(self) -> None:
        """Give up a file that is not whole or not ours, to connect to any at the path."""
        is_in_place = self._connection is None or self._is_in_place()
        connection, self._connection = self._connection, None
        if connection is not None:
            if not is_in_place:
                # what is at the path must not get the log of another file
                with suppress(sqlite3.Error):
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            abandon(connection)
        self._inode = None

    def _is_log_there(self) -> bool:
        """Return whether the log is beside the file, as it was once it had begun."""
        is_there = self._log.exists()
        self._has_log |= is_there
        return is_there or not self._has_log

    def _is_in_place(self) -> bool:
        """Return whether the path still leads to the file that was opened."""
        try:
            inode = self._path.stat().st_ino
        except FileNotFoundError:
            return False
        if self._connection is not None and not self._is_log_there():
            # what is in it would be lost with this process
            return False
        if inode == self._inode or monotonic() < self._trusted_until:
            return True
        if self._connection is None or self.is_held:
            return False
        # in some network folders a file changes its number from time to time
        if not reaches(self._connection, self._path):
            return False
        self._inode, self._trusted_until = inode, monotonic() + TRUST_SECONDS
        return True
