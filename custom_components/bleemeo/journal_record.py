"""What a journal keeps: its records, and the rows that they become.

Times are written in UTC and in full, so that texts sort as times do.
"""

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
MAX_PAYLOAD_LENGTH = 8192

# what is to become of the row of a metric
KEPT: Final = "kept"
FORGOTTEN: Final = "forgotten"
# the columns that a record has for `journal_tables`: of a delivery, and of a metric
DELIVERY_COLUMNS: Final = (
    *("received_at", "source", "verdict", "reason", "host", "title", "agent_id"),
    *("metric_id", "body", "is_refused", "is_after_unseen_change"),
)
STANDING_COLUMNS: Final = (
    *("standing", "of_agent_id", "of_metric_id", "arrived_at", "of_source", "payload"),
    *("acknowledgement", "told_host"),
)
_NO_DELIVERY: Final = (None,) * len(DELIVERY_COLUMNS)
_NO_STANDING: Final = (None,) * len(STANDING_COLUMNS)

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
type Row = tuple[str | bool | None, ...]


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


def standings_of(records: Iterable[Record]) -> dict[MetricKey, Standing | Forgotten]:
    """Return what the records leave of each metric."""
    standings: dict[MetricKey, Standing | Forgotten] = {}
    for record in records:
        match record:
            case Standing():
                standings[record.alert.key] = record
            case Forgotten():
                standings[record.key] = record
            case Delivery(standing=Standing() as standing):
                standings[standing.key] = standing
    return standings


def row_of(record: Record) -> Row:
    """Return what `DELIVERY_COLUMNS` and `STANDING_COLUMNS` are for a record."""
    match record:
        case Delivery():
            standing = record.standing
            return _delivery_columns(record) + (
                _standing_columns(standing, _payload_of(record))
                if standing
                else _NO_STANDING
            )
        case Standing():
            return _NO_DELIVERY + _standing_columns(record)
        case Forgotten():
            about = (FORGOTTEN, record.key[0], record.key[1] or "")
            return _NO_DELIVERY + about + _NO_STANDING[len(about) :]


def _delivery_columns(delivery: Delivery) -> Row:
    alert, body = delivery.alert, delivery.body
    is_refused = delivery.verdict == REFUSED
    return (
        stamp(delivery.received_at),
        delivery.source,
        delivery.verdict,
        delivery.reason,
        delivery.host,
        alert.title if alert else None,
        alert.agent_id if alert else None,
        alert.metric_id or "" if alert else None,
        body[:MAX_REFUSED_BODY_LENGTH] if is_refused else body,
        is_refused,
        delivery.unseen_change,
    )


def _payload_of(delivery: Delivery) -> str | None:
    """Return the body where it is that of the metric's last alert, and not too large.

    It is what the alert is read from again, and it is written already.
    """
    is_last = delivery.standing and delivery.standing.alert is delivery.alert
    if delivery.source is Source.API or len(delivery.body) > MAX_PAYLOAD_LENGTH:
        # the API's body is no alert's
        return None
    return delivery.body if is_last else None


def _standing_columns(standing: Standing, payload: str | None = None) -> Row:
    alert, acknowledgement = standing.alert, standing.acknowledgement
    return (
        KEPT,
        alert.agent_id,
        alert.metric_id or "",
        stamp(standing.received_at),
        alert.source,
        payload or _encode(alert.to_payload()),
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
    """Read what `row_of` wrote of an acknowledgement."""
    at, until, comment = json.loads(text)
    return Acknowledgement(
        datetime.fromisoformat(at), until and datetime.fromisoformat(until), comment
    )


def read_host(text: str) -> tuple[str, datetime]:
    """Read what `row_of` wrote of a host."""
    host, told_at = json.loads(text)
    return host, datetime.fromisoformat(told_at)


def stamp(time: datetime) -> str:
    """Write a time in UTC so that texts sort as times do."""
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")
