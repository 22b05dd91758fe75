"""Tests of the contents of a journal that is opened."""

from contextlib import closing
from pathlib import Path
import sqlite3
from uuid import UUID

import pytest

from custom_components.bleemeo.core import (
    Acknowledgement,
    AgentName,
    History,
    MetricName,
    Silence,
    Title,
    ToldNames,
    Untold,
)
from custom_components.bleemeo.journal import Alive, MetricRecord
from custom_components.bleemeo.journal.journal import Journal

from . import NOW, delivery, numbered


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


@pytest.mark.parametrize(
    ("column", "value", "alerts"),
    [
        ("payload", "no JSON", 0),
        ("payload", "null", 0),
        ("payload", None, 0),
        ("source", "elsewhere", 0),
        ("received_at", "yesterday", 0),
        ("received_at", "2026-11-24T12:00:00", 0),
        ("received_at", 7, 0),
        ("acknowledgement", "no JSON", 1),
        ("acknowledgement", "[]", 1),
        ("acknowledgement", "[1, 2, 3]", 1),
        ("host", "7", 1),
        ("host", '{"told": {"web01": 1}}', 1),
        ("host", '{"told": {"web01": [true, "yesterday"]}}', 1),
        ("host", '{"metric": ["CPU", true]}', 1),
        ("untold", "7", 1),
        ("untold", "[[1, 2, null]]", 1),
        ("untold", '[["first", {}, null]]', 1),
        ("course", "no JSON", 1),
        ("course", "{}", 1),
        ("course", "[[], null, []]", 1),
        ("course", "[[[0, 9, 0, 0]], null, [], []]", 1),
        ("course", "[[[1e300, 1, 0, 0]], null, [], []]", 1),
        ("course", '[[], null, [["tired", 0, null]], []]', 1),
        ("course", "[[], null, [], [[null, null, null]]]", 1),
    ],
)
async def test_one_column_that_cannot_be_read_costs_no_other_metric(
    path: Path, column: str, value: object, alerts: int
) -> None:
    """Nor the alert, where it is not needed for it."""
    journal = Journal(path)
    await journal.open()
    await journal.keep(numbered(0), numbered(1))
    await journal.close()
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute("UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '')")
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute(
            f"UPDATE metric SET {column} = ? WHERE metric_id = ?",  # noqa: S608
            (value, str(UUID(int=0))),
        )
    saved = await (again := Journal(path)).open()
    await again.close()
    assert (len(saved.alerts), saved.unreadable) == (alerts + 1, 1 - alerts)
    assert (saved.acknowledgements, saved.names, saved.courses) == ({}, {}, {})
    assert saved.untold == {}


async def test_times_that_lost_their_offset_can_be_compared_with_others(
    path: Path,
) -> None:
    """They are UTC; otherwise the entry could not be set up."""
    journal = Journal(path)
    await journal.open()
    alert, title = numbered(0).alert, Title.of_subject("web01 - CPU", has_status=True)
    assert alert is not None
    record = MetricRecord(
        alert,
        NOW,
        Acknowledgement(NOW, NOW, ended_at=NOW),
        ToldNames(AgentName("web01", {"web01": (True, NOW)}), MetricName(title, NOW)),
        History((NOW,), ((NOW, NOW),)),
        (Untold(1, {}, NOW),),
    )
    await journal.keep(record, Silence(id="a", begins_at=NOW, ends_at=NOW))
    await journal.keep(Alive(NOW, has_started=True))
    await journal.close()
    kept = await (again := Journal(path)).open()
    await again.close()
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        for table, column in (
            *(("metric", each) for each in ("acknowledgement", "host", "changes")),
            ("metric", "untold"),
            ("silence", "silence"),
            ("run", "alive_at"),
        ):
            other.execute(
                f"UPDATE {table} SET {column} = replace({column}, '+00:00', '')"  # noqa: S608
            )
    damaged = await (again := Journal(path)).open()
    await again.close()
    assert damaged == kept


@pytest.mark.parametrize("text", ["no JSON", "7", "[]", '{"begins_at": 7}', "{}"])
async def test_a_silence_that_cannot_be_read_costs_no_other(
    path: Path, text: str
) -> None:
    """And no metric."""
    journal = Journal(path)
    await journal.open()
    good = Silence(id="good", begins_at=NOW)
    await journal.keep(delivery(), good)
    await journal.close()
    with closing(sqlite3.connect(path, autocommit=True)) as other:
        other.execute("INSERT INTO silence VALUES ('bad', ?)", (text,))
    saved = await (again := Journal(path)).open()
    await again.close()
    assert (len(saved.alerts), saved.silences) == (1, {"good": good})
