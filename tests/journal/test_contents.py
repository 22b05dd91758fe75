"""Tests of the contents of a journal that is opened."""

from contextlib import closing
from pathlib import Path
import sqlite3

from custom_components.bleemeo.journal.journal import Journal

from . import delivery


async def test_an_alert_that_this_version_does_not_understand_is_counted(
    path: Path,
) -> None:
    """The others are loaded."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(delivery())
    await journal.close()
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(
            "INSERT INTO metric (agent_id, metric_id, received_at, source, payload)"
            " VALUES ('a', 'b', '2026', 'webhook', '{}')"
        )
    saved = await (again := Journal(path)).open()
    await again.close()
    assert (len(saved.alerts), saved.unreadable) == (1, 1)
