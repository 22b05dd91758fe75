"""Tests of connections: what is committed is on disk, and what errors mean."""

from contextlib import closing
from pathlib import Path
import sqlite3

import pytest

from custom_components.bleemeo.journal.connection import is_lost, is_unwritable
from custom_components.bleemeo.journal.journal import Journal


async def test_the_file_is_synced_at_every_commit_and_for_its_owner_only(
    journal: Journal, path: Path
) -> None:
    """Otherwise a power cut could break the promise of a 200."""
    connection = journal._file._handle.open_connection
    assert connection is not None
    settings = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous")
    ]
    assert settings == ["wal", 2]
    assert path.stat().st_mode & 0o777 == 0o600


FAULTS: list[tuple[str, str, bool, bool]] = [
    ("no such table", "INSERT INTO gone VALUES (1)", True, False),
    ("an empty value", "INSERT INTO filled VALUES (NULL)", False, True),
    ("a trigger", "INSERT INTO stuck VALUES (1)", False, False),
    ("a full disk", "INSERT INTO filled VALUES (zeroblob(100000))", False, False),
    ("too large", "INSERT INTO filled VALUES (zeroblob(2000000000))", False, True),
]


@pytest.mark.parametrize(
    ("statement", "lost", "unwritable"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_the_fault_of_a_record_is_told_from_that_of_the_file(
    statement: str, lost: bool, unwritable: bool
) -> None:
    """By what SQLite says of it."""
    with closing(sqlite3.connect(":memory:", autocommit=True)) as connection:
        connection.executescript(
            "CREATE TABLE filled (value NOT NULL);"
            "CREATE TABLE stuck (value);"
            "CREATE TRIGGER stop BEFORE INSERT ON stuck"
            " BEGIN SELECT RAISE(ABORT, 'stuck'); END;"
            "PRAGMA max_page_count = 10"
        )
        with pytest.raises(sqlite3.Error) as raised:
            connection.execute(statement)
    assert is_lost(raised.value) is lost
    assert is_unwritable(raised.value) is unwritable
