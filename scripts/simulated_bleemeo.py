"""A Bleemeo that posts alerts: a constructed day of them, then calm ones forever."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import itertools
import json
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp

ATTEMPTS = 8
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
ANSWER_SECONDS = 30.0

# the index of a status is its number
STATUS_WORDS = ("ok", "warning", "critical", "unknown")

TIME_FIELDS = (
    "status_changed_at",
    "previous_status_changed_at",
    "created_at",
    "modified_at",
    "happened_at",
)

type Alert = dict[str, Any]


class Row(NamedTuple):
    """One line of the board: a metric and its status."""

    host: str
    metric: str
    status: str


def read_day(path: Path) -> list[Alert]:
    """Read alerts, one JSON object per line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def shifted(day: Iterable[Alert], to: datetime) -> list[Alert]:
    """Return copies whose times are moved by whole seconds, the last to just before `to`."""
    alerts = list(day)
    last = max(
        _parse_time(alert[field])
        for alert in alerts
        for field in TIME_FIELDS
        if alert[field]
    )
    by = timedelta(seconds=(to - last) // timedelta(seconds=1))
    return [
        alert
        | {
            field: _format_time(
                _parse_time(alert[field]) + by, with_fraction="." in alert[field]
            )
            for field in TIME_FIELDS
            if alert[field]
        }
        for alert in alerts
    ]


def expected_board(alerts: Iterable[Alert]) -> list[Row]:
    """Return what a board must show after the alerts, whatever their order."""
    newest: dict[tuple[str, str | None], Alert] = {}
    for alert in sorted(alerts, key=_order):
        newest[alert["agent"], alert["metric"]] = alert
    return sorted(_row(alert) for alert in newest.values())


class SimulatedBleemeo:
    """Delivers alerts to a webhook and records which were acknowledged."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        """Deliver to a webhook's address.

        Args:
            url: The address of the webhook.
            session: The session to post with; it stays open.
        """
        self.acknowledged: list[Alert] = []
        self.refused = 0
        self.retried = 0
        self._url = url
        self._session = session

    async def deliver(self, alert: Alert) -> int:
        """Post an alert until the answer is final, and return its status.

        A 5xx and a broken connection are retried for a while, a 4xx is not.

        Raises:
            aiohttp.ClientError: no attempt reached the webhook.
            TimeoutError: the last attempt was not answered in time.
        """
        wait = FIRST_WAIT_SECONDS
        for attempt in itertools.count(1):
            asked_for = None
            try:
                status, asked_for = await self._post(alert)
            except aiohttp.ClientError, TimeoutError:
                if attempt == ATTEMPTS:
                    raise
            else:
                if status < HTTPStatus.BAD_REQUEST:
                    self.acknowledged.append(alert)
                    return status
                if status < HTTPStatus.INTERNAL_SERVER_ERROR or attempt == ATTEMPTS:
                    self.refused += 1
                    return status
            self.retried += 1
            await asyncio.sleep(min(asked_for or wait, LONGEST_WAIT_SECONDS))
            wait *= 2
        raise AssertionError("unreachable")

    async def play(self, alerts: Sequence[Alert], seconds: float) -> None:
        """Deliver alerts in order, spread evenly over the time."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number, alert in enumerate(alerts):
            due = start + seconds * number / len(alerts)
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self.deliver(alert)

    async def calm(self, day: Sequence[Alert], every: float = 20.0) -> None:
        """Toggle one metric of the day between warning and OK forever, step by step."""
        warning, fine = _calm_pair(day)
        changes: deque[datetime] = deque()
        previous = fine["status_changed_at"]
        for words in itertools.cycle((warning, fine)):
            await asyncio.sleep(every)
            now = datetime.now(UTC)
            changes.append(now)
            while changes[0] < now - timedelta(hours=1):
                changes.popleft()
            changed_at = _format_time(now, with_fraction=False)
            await self.deliver(
                words
                | {
                    "id": str(uuid4()),
                    "status_changed_at": changed_at,
                    "previous_status_changed_at": previous,
                    "happened_at": changed_at,
                    "number_status_change_last_hour": len(changes),
                    "created_at": _format_time(now, with_fraction=True),
                    "modified_at": _format_time(now, with_fraction=True),
                }
            )
            previous = changed_at

    async def _post(self, alert: Alert) -> tuple[int, float | None]:
        """Post once; return the status and the seconds that the answer asks to wait."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with self._session.post(self._url, json=alert, timeout=timeout) as answer:
            await answer.read()
            asked_for = answer.headers.get("Retry-After", "")
            wait = float(asked_for) if asked_for.isdecimal() else None
            return answer.status, wait


def _calm_pair(day: Sequence[Alert]) -> tuple[Alert, Alert]:
    """Return the last warning and the last OK of a metric that has both, in that order."""
    last = {(alert["metric"], alert["status"]): alert for alert in day}
    for metric, status in last:
        if status == 0 and (metric, 1) in last:
            return last[metric, 1], last[metric, 0]
    raise ValueError("no metric of the day goes to warning and to OK")


def _row(alert: Alert) -> Row:
    host, _, rest = alert["title"].partition(" - ")
    metric, _, _ = rest.rpartition(" is ")
    return Row(host, metric, STATUS_WORDS[alert["status"]])


def _order(alert: Alert) -> tuple[datetime, datetime]:
    return (
        _parse_time(alert["status_changed_at"] or alert["happened_at"]),
        _parse_time(alert["modified_at"]),
    )


def _parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _format_time(time: datetime, *, with_fraction: bool) -> str:
    spec = "microseconds" if with_fraction else "seconds"
    return time.astimezone(UTC).isoformat(timespec=spec).replace("+00:00", "Z")
