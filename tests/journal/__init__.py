"""Tests of what must survive a restart of Home Assistant."""

from contextlib import closing
from datetime import UTC, datetime
import json
from pathlib import Path
import sqlite3
from typing import Any
from uuid import UUID

from custom_components.bleemeo.core import Alert, Source
from custom_components.bleemeo.journal import schema
from custom_components.bleemeo.journal.record import Delivery, MetricRecord
from tests import payload

# the version of the files that this code writes
VERSION = len(list(schema._MIGRATIONS.glob("*.sql")))
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def delivery(alert: dict[str, Any] | None = None, **fields: Any) -> Delivery:
    """Return a delivery whose alert is the newest of its metric."""
    body = alert or payload()
    received_at = fields.pop("received_at", datetime.now(UTC))
    read = Alert.from_payload(body)
    defaults: dict[str, Any] = {
        "received_at": received_at,
        "source": Source.WEBHOOK,
        "verdict": "changed",
        "alert": read,
        "body": json.dumps(body),
        "metric": MetricRecord(read, received_at),
    }
    return Delivery(**defaults | fields)


def repeat(**fields: Any) -> Delivery:
    """Return a delivery that changed nothing."""
    return delivery(**{"verdict": "repeat", "alert": None, "metric": None} | fields)


def refusal(**fields: Any) -> Delivery:
    """Return a delivery that was refused."""
    return repeat(**{"verdict": "refused", "reason": "why"} | fields)


def read(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Read the file from outside, as another process would."""
    with closing(sqlite3.connect(path, autocommit=True)) as connection:
        return connection.execute(query).fetchall()


def numbered(number: int, **fields: Any) -> Delivery:
    """Return a delivery about a metric of its own."""
    return delivery(payload(metric=str(UUID(int=number)), id=None), **fields)


def fail(*_: object) -> None:
    """Stand in for a method whose disk is broken."""
    raise sqlite3.OperationalError("disk I/O error")
