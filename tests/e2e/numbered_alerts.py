"""Alerts that a number determines: the number tells what an alert must look like."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

METRICS = 200
METRICS_PER_AGENT = 10

_FIRST_CHANGE = datetime(2026, 1, 1, tzinfo=UTC)
_STATUS_TEXTS = ("OK", "Warning", "Critical", "Unknown")

type Payload = dict[str, Any]


class Account:
    """An account whose metrics take turns: the higher the number, the newer the alert."""

    def __init__(self, name: str) -> None:
        """Create unique ids for the account, its agents and its metrics."""
        self.id = uuid5(NAMESPACE_DNS, name)

    def metric_id(self, number: int) -> str:
        """Return the id of the metric that an alert is about."""
        return str(uuid5(self.id, f"metric {number % METRICS}"))

    def payload(self, number: int) -> Payload:
        """Return the payload of an alert as Bleemeo sends it."""
        metric = number % METRICS
        agent = metric // METRICS_PER_AGENT
        status = (number // METRICS + metric) % len(_STATUS_TEXTS)
        changed_at = _time(number)
        return {
            "id": str(UUID(int=number)),
            "account": str(self.id),
            "agent": str(uuid5(self.id, f"agent {agent}")),
            "metric": self.metric_id(number),
            "status": status,
            "status_text": _STATUS_TEXTS[status],
            "title": f"web{agent:02} - Metric {metric} is {_STATUS_TEXTS[status]}",
            "text": f"Current value: {number}.00 threshold (1.00) exceeded",
            "status_changed_at": changed_at,
            "previous_status_changed_at": _time(number - METRICS),
            "happened_at": changed_at,
            "number_status_change_last_hour": number % 7,
        }


def number_of(event_id: str) -> int:
    """Return the number of the alert with the event id."""
    return UUID(event_id).int


def out_of_order(numbers: Iterable[int], random: Random, held: int) -> Iterator[int]:
    """Yield numbers out of order, by keeping up to `held` of them back."""
    waiting: list[int] = []
    for number in numbers:
        waiting.append(number)
        if len(waiting) > held:
            yield waiting.pop(random.randrange(len(waiting)))
    random.shuffle(waiting)
    yield from waiting


def _time(number: int) -> str:
    time = _FIRST_CHANGE + timedelta(seconds=number)
    return time.isoformat().replace("+00:00", "Z")
