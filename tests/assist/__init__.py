"""Tests of what assistants are told."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests import receive_alert

ALL_OK: Final = "All servers are OK."
# what Home Assistant itself says to what nobody answers
UNHANDLED: Final = "Sorry, I"

LATER, LAST = (
    dict.fromkeys(("status_changed_at", "created_at", "modified_at"), time)
    for time in ("2026-11-20T11:40:00Z", "2026-11-20T11:50:00Z")
)

type Ask = Callable[..., Awaitable[str]]


async def fail(entry: MockConfigEntry, *alerts: dict[str, Any]) -> None:
    """Let alerts arrive, later than the first ones."""
    for each in alerts:
        time = "2026-11-20T11:30:00Z"
        times = dict.fromkeys(("status_changed_at", "created_at", "modified_at"), time)
        await receive_alert(entry, each | times)
