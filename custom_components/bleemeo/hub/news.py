"""News of an alert, for triggers: whatever may change who is to be told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.dispatcher import SignalType, async_dispatcher_send

from ..const import DOMAIN
from ..core import Metric


@dataclass(frozen=True, slots=True)
class News:
    """Something about a metric's alert is new.

    `data` is that of the event, if its status changed or it was forgotten, and `at` is
    when it did. Both are None if only what keeps the alert quiet is another, or if the
    metric is OK and goes.
    """

    entry_id: str
    metric: Metric
    at: datetime | None = None
    data: Mapping[str, Any] | None = None
    context: Context | None = None


SIGNAL_NEWS: SignalType[News] = SignalType(f"{DOMAIN}_news")
# the id of an entry whose alerts were read again from the journal
SIGNAL_READY: SignalType[str] = SignalType(f"{DOMAIN}_ready")


@callback
def async_spread(hass: HomeAssistant, news: News) -> None:
    """Tell all who listen."""
    async_dispatcher_send(hass, SIGNAL_NEWS, news)
