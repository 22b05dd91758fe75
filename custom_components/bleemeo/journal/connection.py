"""Connections to a journal's file: what is committed through one is on disk.

And what the errors of SQLite mean for the file and for what is being written.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
import secrets
import sqlite3

from .schema import JournalTooNew

# A checkpoint delays the commit before it by a millisecond per thousand pages, so it
# must be rare. This is 16 MB.
CHECKPOINT_AFTER_PAGES = 4000

_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class FileLost(sqlite3.DatabaseError):
    """The file is damaged, deleted or replaced: it must be renewed, not retried."""


def is_lost(error: BaseException) -> bool:
    """Return whether the file is lost, not merely locked, full or read-only."""
    if isinstance(error, FileLost):
        return True
    if not isinstance(error, sqlite3.Error):
        return False
    return _code(error) in _DAMAGE or "no such table" in str(error)


def is_unwritable(error: BaseException) -> bool:
    """Return whether a record is at fault, whatever becomes of the disk."""
    match error:
        case sqlite3.IntegrityError():
            # a trigger speaks for the file
            return error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_TRIGGER
        case sqlite3.OperationalError() | OSError() | MemoryError() | JournalTooNew():
            return False
        case _:
            return not is_lost(error)


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, or create it, with a write-ahead log that is always synced.

    Where there is no memory to share, as in many network folders, SQLite has such a log
    only for a process that locks all others out.
    """
    connection = None
    path.touch(mode=0o600)
    try:
        connection = _connect(path)
    except sqlite3.OperationalError as error:
        if _code(error) in _PASSING:
            raise
    if connection is None or not has_log(connection):
        if connection is not None:
            connection.close()
        connection = _connect(path, is_alone=True)
    return connection


def has_log(connection: sqlite3.Connection) -> bool:
    """Return whether there is a write-ahead log."""
    mode: str
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return mode == "wal"


def configure(connection: sqlite3.Connection, *, is_held: bool) -> None:
    """Let the log flow into the file now and then, or only grow while it is held."""
    pages = 0 if is_held else CHECKPOINT_AFTER_PAGES
    connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
    connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_held)


def abandon(connection: sqlite3.Connection) -> None:
    """Close a connection that failed, and leave the files as they are."""
    with suppress(sqlite3.Error):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
    # closing rolls back; the next connection starts from the file as it is
    with suppress(sqlite3.Error):
        connection.close()


def reaches(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether what is written through the connection arrives at the path.

    It writes a mark that nothing else uses, and reads the file without the log.
    """
    mark = secrets.randbits(31)
    connection.execute(f"PRAGMA application_id = {mark}")
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    uri = f"{path.absolute().as_uri()}?immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as other:
            found: int
            (found,) = other.execute("PRAGMA application_id").fetchone()
    except sqlite3.Error:
        return False
    return found == mark


def _connect(path: Path, *, is_alone: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(path, autocommit=True, check_same_thread=False)
    try:
        if is_alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        # whether memory can be shared shows with the first use
        connection.execute("SELECT count(*) FROM sqlite_schema")
        level = "FULL" if has_log(connection) else "EXTRA"
        connection.execute(f"PRAGMA synchronous = {level}")
        connection.execute("PRAGMA journal_size_limit = 16777216")
        # a secret that was let go is not left in a page's free space
        connection.execute("PRAGMA secure_delete = FAST")
    except BaseException:
        connection.close()
        raise
    connection.text_factory = decode
    return connection


def size_of(path: Path) -> int:
    """Return the size of a file, 0 if it is not there."""
    return path.stat().st_size if path.exists() else 0


def decode(text: bytes) -> str:
    """Read a text as far as it is one."""
    return text.decode(errors="replace")


@contextmanager
def strictly(connection: sqlite3.Connection) -> Iterator[None]:
    """Let SQLite itself decode each text, which takes a quarter less of a long reading.

    Meanwhile a text that is none raises OperationalError.
    """
    connection.text_factory = str
    try:
        yield
    finally:
        connection.text_factory = decode


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error, or 0 if it is the module's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
