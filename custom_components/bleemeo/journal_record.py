"""What a journal keeps: its records, and the rows that they become.

Times are written in UTC and in full, so that texts sort as times do.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Final

from .alert import Acknowledgement, Alert, MetricKey, Source

REFUSED: Final = "refused"
REJECTED_DELIVERIES: Final = "rejected_deliveries"
UNSEEN_CHANGES: Final = "unseen_changes"

MAX_REFUSED_BODY_LENGTH = 2000

_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of a metric: its last alert, its arrival, and the acknowledgement.

    `host` is how an earlier title named the agent, and when that was told; it is there
    where the last alert's title does not.
    """

    alert: Alert
    received_at: datetime
    acknowledgement: Acknowledgement | None = None
    host: tuple[str, datetime] | None = None

    @property
    def key(self) -> MetricKey:
        """The metric of which this is kept."""
        return self.alert.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery and what became of it.

    `verdict` is "changed", "repeat", "late" or "refused"; a refused one has a `reason`,
    and an `alert` only where it could be read. `body` is the text as it was delivered.
    `standing` is what is to be kept of its metric from now on, if that is news.
    """

    received_at: datetime
    source: Source
    verdict: str
    reason: str | None = None
    host: str | None = None
    alert: Alert | None = None
    body: str = ""
    standing: Standing | None = None
    unseen_change: bool = False

    @property
    def key(self) -> MetricKey | None:
        """The metric of which there is something to keep."""
        return self.standing.key if self.standing else None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A metric that is no longer kept, nor what was delivered about it."""

    key: MetricKey


type Record = Delivery | Standing | Forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries to read: all that fit what is given, the newest first."""

    host: str | None = None
    verdicts: list[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100


@dataclass(slots=True)
class Saved:
    """What an opened journal holds.

    `hosts` are names of agents, by their ids, and when each was told; those that the
    titles of `alerts` tell are not among them.
    `unreadable` counts metrics whose last alert this version does not understand.
    `set_aside` is where a damaged file went, for which this new one stands in.
    """

    alerts: list[tuple[Alert, datetime]] = field(default_factory=list)
    hosts: list[tuple[str, str, datetime]] = field(default_factory=list)
    acknowledgements: dict[MetricKey, Acknowledgement] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    unreadable: int = 0
    set_aside: Path | None = None


def standings_of(records: Iterable[Record]) -> dict[MetricKey, Standing | None]:
    """Return what the records leave of each metric, None where it is forgotten."""
    standings: dict[MetricKey, Standing | None] = {}
    for record in records:
        match record:
            case Standing():
                standings[record.alert.key] = record
            case Forgotten():
                standings[record.key] = None
            case Delivery(standing=Standing() as standing):
                standings[standing.key] = standing
    return standings


def not_forgotten(records: Iterable[Record]) -> list[Delivery]:
    """Return the deliveries, but for those whose metric is forgotten after them."""
    deliveries: list[Delivery] = []
    for record in records:
        match record:
            case Delivery():
                deliveries.append(record)
            case Forgotten(key):
                deliveries = [
                    delivery
                    for delivery in deliveries
                    if delivery.alert is None or delivery.alert.key != key
                ]
    return deliveries


def metric_row(standing: Standing) -> tuple[str | None, ...]:
    """Return the row of the table of metrics."""
    alert, acknowledgement = standing.alert, standing.acknowledgement
    return (
        alert.agent_id,
        alert.metric_id or "",
        stamp(standing.received_at),
        alert.source,
        _encode(alert.to_payload()),
        json.dumps(
            [
                stamp(acknowledgement.at),
                acknowledgement.until and stamp(acknowledgement.until),
                acknowledgement.comment,
            ]
        )
        if acknowledgement
        else None,
        json.dumps([standing.host[0], stamp(standing.host[1])])
        if standing.host
        else None,
    )


def read_acknowledgement(text: str) -> Acknowledgement:
    """Read what `metric_row` wrote of an acknowledgement."""
    at, until, comment = json.loads(text)
    return Acknowledgement(
        datetime.fromisoformat(at), until and datetime.fromisoformat(until), comment
    )


def read_host(text: str) -> tuple[str, datetime]:
    """Read what `metric_row` wrote of a host."""
    host, told_at = json.loads(text)
    return host, datetime.fromisoformat(told_at)


def delivery_row(delivery: Delivery) -> tuple[str | None, ...]:
    """Return the row of the table of deliveries, without its number."""
    alert, body = delivery.alert, delivery.body
    about = (
        (alert.title, alert.agent_id, alert.metric_id or "") if alert else [None] * 3
    )
    return (
        stamp(delivery.received_at),
        delivery.source,
        delivery.verdict,
        delivery.reason,
        delivery.host,
        *about,
        body[:MAX_REFUSED_BODY_LENGTH] if delivery.verdict == REFUSED else body,
    )


def counts_of(deliveries: Iterable[Delivery]) -> Counter[str]:
    """Return by how much the deliveries raise each counter."""
    counts: Counter[str] = Counter()
    for delivery in deliveries:
        counts[REJECTED_DELIVERIES] += delivery.verdict == REFUSED
        counts[UNSEEN_CHANGES] += delivery.unseen_change
    return +counts


def stamp(time: datetime) -> str:
    """Write a time in UTC so that texts sort as times do."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")
