"""Alerts of certain minutes, for tests of what becomes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.bleemeo.core import Alert, Status
from tests import payload

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = datetime(2026, 11, 20, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minute: float) -> datetime:
    """Return the time of a minute."""
    return HOUR + minute * MINUTE


def alert_at(minute: float, status: Status = Status.WARNING, **fields: Any) -> Alert:
    """Return an alert whose status changed at the given minute."""
    changed_at = at(minute).isoformat()
    defaults = {
        "id": f"00000000-0000-4000-8000-{minute:012}",
        "status_changed_at": changed_at,
        "happened_at": changed_at,
        "modified_at": changed_at,
        "status": int(status),
    }
    return Alert.from_payload(payload(**defaults | fields))
