"""Tests of connections: what is committed is on disk, and what errors mean."""

from pathlib import Path

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
