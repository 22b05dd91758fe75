"""The alerts to send, in Bleemeo's format, encoded before anything is measured."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
import json
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

STATUS_TEXTS = ("OK", "Warning", "Critical")

_STEP = timedelta(milliseconds=1)


class Account:
    """An account whose metrics take turns: each alert changes the status of its metric."""

    def __init__(self, name: str, metrics: int, metrics_per_agent: int = 23) -> None:
        """Create unique ids for the account, its agents and its metrics."""
        self.id = uuid5(NAMESPACE_DNS, name)
        self.metrics = metrics
        self.agents = -(-metrics // metrics_per_agent)
        self.metric_ids = [str(uuid5(self.id, f"metric {n}")) for n in range(metrics)]
        self._agent_ids = [
            str(uuid5(self.id, f"agent {n // metrics_per_agent}"))
            for n in range(metrics)
        ]
        self._metrics_per_agent = metrics_per_agent
        self._began_at = datetime.now(UTC) - timedelta(days=1)
        self._next = metrics

    def changes(self, count: int) -> list[bytes]:
        """Return the next alerts, in which the metrics take turns."""
        first, self._next = self._next, self._next + count
        return [_encode(self._payload(number)) for number in range(first, self._next)]

    def repeats(self, count: int) -> list[bytes]:
        """Return the last alert of each metric again, metric after metric."""
        last = self._next - self.metrics
        return [
            _encode(self._payload(last + number % self.metrics))
            for number in range(count)
        ]

    def refusals(self, count: int) -> list[bytes]:
        """Return alerts with an invalid status."""
        last = self._next - self.metrics
        return [
            _encode(self._payload(last + number % self.metrics) | {"status": 7})
            for number in range(count)
        ]

    def _payload(self, number: int) -> dict[str, Any]:
        metric = number % self.metrics
        agent = metric // self._metrics_per_agent
        status = (number // self.metrics + metric) % len(STATUS_TEXTS)
        changed_at = self._time(number)
        return {
            "id": str(UUID(int=number)),
            "account": str(self.id),
            "agent": self._agent_ids[metric],
            "metric": self.metric_ids[metric],
            "status": status,
            "status_text": STATUS_TEXTS[status],
            "title": f"web{agent:03} - Metric {metric} is {STATUS_TEXTS[status]}",
            "text": f"Current value: {number % 100}.00 % threshold (80.00 %) exceeded"
            " over the last 5 minutes",
            "status_changed_at": changed_at,
            "previous_status_changed_at": self._time(number - self.metrics),
            "created_at": changed_at,
            "modified_at": changed_at,
            "happened_at": changed_at,
            "number_status_change_last_hour": number // self.metrics % 4,
        }

    def _time(self, number: int) -> str:
        time = self._began_at + number * _STEP
        return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def requests(path: str, bodies: Iterable[bytes]) -> list[bytes]:
    """Return the raw bytes of a POST request for each body."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    return [head + str(len(body)).encode() + b"\r\n\r\n" + body for body in bodies]


def _encode(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload).encode()
