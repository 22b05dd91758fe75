"""The records of a journal, and the rows of `record.sql` that they become.

Times are written in UTC and in full, so that they sort as text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
import json
from pathlib import Path
from typing import Any, Final

from ..core import (
    NO_HISTORY,
    Acknowledgement,
    AgentName,
    Alert,
    History,
    MetricKey,
    MetricName,
    Source,
    Title,
    ToldNames,
    Untold,
    Verdict,
)

REFUSED: Final = "refused"
REJECTED_DELIVERIES: Final = "rejected_deliveries"
BEYOND_BOUNDS: Final = "beyond_bounds"
PARTLY_READ_DELIVERIES: Final = "partly_read_deliveries"
UNSEEN_CHANGES: Final = "unseen_changes"

# what was not taken, which has a bound of its own
NOT_TAKEN: Final = frozenset({REFUSED, Verdict.BEYOND_BOUNDS.value})
MAX_REFUSALS = 1000
MAX_REFUSED_BODY_LENGTH = 2000
MAX_PAYLOAD_LENGTH = 8192

# the columns of `record.sql` that a record leaves empty: a delivery's, and a metric's
_NO_DELIVERY: Final = (None,) * 12
_NO_METRIC: Final = (None,) * 10

_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """What is kept about a metric: its last alert, its arrival, its acknowledgement.

    `names` is set only if earlier titles told more than the last alert's does. `history`
    has its changes. `untold` are changes, in order, that are to be announced at the next
    start.
    """

    alert: Alert
    received_at: datetime
    acknowledgement: Acknowledgement | None = None
    names: ToldNames | None = None
    history: History = NO_HISTORY
    untold: tuple[Untold, ...] = ()

    @property
    def key(self) -> MetricKey:
        """The metric that this is about."""
        return self.alert.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery and its verdict.

    `verdict` is "refused" or that of the board; a refused one has a `reason`, and an
    `alert` only if it could be read. `body` is the text as it was delivered.
    `metric` replaces the record of the metric, if the delivery changed that.
    `unseen_changes` is added to that counter, and can be negative.
    """

    received_at: datetime
    source: Source
    verdict: str
    reason: str | None = None
    host: str | None = None
    alert: Alert | None = None
    body: str = ""
    metric: MetricRecord | None = None
    unseen_changes: int = 0

    @property
    def key(self) -> MetricKey | None:
        """The metric whose record this replaces, if it does."""
        return self.metric.key if self.metric else None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A metric to remove, along with its deliveries."""

    key: MetricKey


@dataclass(frozen=True, slots=True)
class Alive:
    """Home Assistant was alive at a time.

    Once it `has_started`, each delivery says so as well. Until then, nobody can be told
    of what came due since it last was.
    """

    at: datetime
    has_started: bool

    @property
    def key(self) -> None:
        """It is about no metric."""
        return


@dataclass(frozen=True, slots=True)
class Note:
    """A text of the entry that must be on disk at once, by its name."""

    name: str
    value: str

    @property
    def key(self) -> None:
        """It is about no metric."""
        return


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted so far, by the counter's name; less than what is kept is nothing."""

    name: str
    value: int

    @property
    def key(self) -> None:
        """It is about no metric."""
        return


type Record = Delivery | MetricRecord | Forgotten | Alive | Note | Count
type Row = tuple[str | bool | int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Which deliveries to read: those that match everything given, newest first."""

    host: str | None = None
    verdicts: list[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What memory knows and a journal must hold: each metric, and the counts by name."""

    metrics: Sequence[MetricRecord] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A damaged, deleted or replaced file was renewed.

    `set_aside` is the path of a damaged file. `metrics` and `deliveries` are how many
    the new file has.
    """

    set_aside: Path | None
    metrics: int
    deliveries: int


@dataclass(slots=True)
class JournalContents:
    """The contents of an opened journal.

    `names` has what earlier titles told and those of `alerts` do not. `histories` lacks
    the metrics that a version without them wrote. `alive_at` is until when Home Assistant
    was alive, if it ever was with this journal. `is_new` is set if there was no file.
    `unreadable` counts metrics whose last alert this version does not understand.
    `renewal` is set if the file was damaged.
    """

    alerts: list[tuple[Alert, datetime]] = field(default_factory=list)
    names: dict[MetricKey, ToldNames] = field(default_factory=dict)
    acknowledgements: dict[MetricKey, Acknowledgement] = field(default_factory=dict)
    histories: dict[MetricKey, History] = field(default_factory=dict)
    untold: dict[MetricKey, tuple[Untold, ...]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    is_new: bool = False
    alive_at: datetime | None = None
    unreadable: int = 0
    renewal: Renewal | None = None


def metric_records(
    records: Iterable[Record],
) -> dict[MetricKey, MetricRecord | Forgotten]:
    """Return the last record of each metric."""
    found: dict[MetricKey, MetricRecord | Forgotten] = {}
    for record in records:
        match record:
            case MetricRecord() | Forgotten():
                found[record.key] = record
            case Delivery(metric=MetricRecord() as metric):
                found[metric.key] = metric
    return found


def row_of(record: Record) -> Row:
    """Return the record as a row of the view in `record.sql`."""
    match record:
        case Delivery():
            metric = record.metric
            return _delivery_columns(record) + (
                _metric_columns(metric, _payload_of(record)) if metric else _NO_METRIC
            )
        case MetricRecord():
            return _NO_DELIVERY + _metric_columns(record)
        case Forgotten():
            about = ("forget", record.key[0], record.key[1] or "")
            return _NO_DELIVERY + about + _NO_METRIC[len(about) :]
        case Alive():
            action = "alive" if record.has_started else "starting"
            note = (action, None, None, stamp(record.at))
            return _NO_DELIVERY + note + _NO_METRIC[len(note) :]
        case Note(name, value):
            kept = ("note", name, value)
            return _NO_DELIVERY + kept + _NO_METRIC[len(kept) :]
        case Count(name, value):
            counted = ("count", name, value)
            return _NO_DELIVERY + counted + _NO_METRIC[len(counted) :]


def _delivery_columns(delivery: Delivery) -> Row:
    alert, body = delivery.alert, delivery.body
    is_refused = delivery.verdict in NOT_TAKEN
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
        delivery.unseen_changes,
        _encode(alert.left_out) if alert and alert.left_out else None,
    )


def _payload_of(delivery: Delivery) -> str | None:
    """Return the body if it is that of the metric's last alert, whole and not too large.

    The alert is read from it again after a restart, and it is encoded already.
    """
    is_last = delivery.metric and delivery.metric.alert is delivery.alert
    if delivery.alert and delivery.alert.left_out:
        return None
    if delivery.source is Source.API or len(delivery.body) > MAX_PAYLOAD_LENGTH:
        # the API's body is not that of an alert
        return None
    return delivery.body if is_last else None


def _metric_columns(metric: MetricRecord, payload: str | None = None) -> Row:
    alert, acknowledgement = metric.alert, metric.acknowledgement
    return (
        "keep",
        alert.agent_id,
        alert.metric_id or "",
        stamp(metric.received_at),
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
        _encode(_names_as_json(metric.names)) if metric.names else None,
        _history_text(metric.history),
        _encode([[each.number, each.data] for each in metric.untold])
        if metric.untold
        else None,
    )


def _history_text(history: History) -> str:
    return json.dumps(
        [
            [_known_stamp(change) for change in history.changes],
            [[stamp(previous), stamp(told)] for previous, told in history.gaps],
            history.is_flapping,
        ]
    )


def read_history(text: str) -> History:
    """Read a history that `row_of` wrote."""
    changes, gaps, is_flapping = json.loads(text)
    read = datetime.fromisoformat
    return History(
        tuple(map(read, changes)),
        tuple((read(previous), read(told)) for previous, told in gaps),
        is_flapping,
    )


def read_acknowledgement(text: str) -> Acknowledgement:
    """Read an acknowledgement that `row_of` wrote."""
    at, until, comment = json.loads(text)
    return Acknowledgement(
        datetime.fromisoformat(at), until and datetime.fromisoformat(until), comment
    )


def read_names(text: str) -> ToldNames:
    """Read the names that `row_of` wrote."""
    kept = json.loads(text)
    agent = metric = None
    if "told" in kept:
        told = {
            host: (is_sure, datetime.fromisoformat(told_at))
            for host, (is_sure, told_at) in kept["told"].items()
        }
        agent = AgentName(kept["host"], told, kept["changes_back"])
    if "metric" in kept:
        subject, has_status, told_at = kept["metric"]
        metric = MetricName(
            Title.of_subject(subject, has_status), datetime.fromisoformat(told_at)
        )
    return ToldNames(agent, metric)


def _names_as_json(names: ToldNames) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if agent := names.agent:
        kept["host"], kept["changes_back"] = agent.host, agent.changes_back
        kept["told"] = {
            host: [is_sure, stamp(told_at)]
            for host, (is_sure, told_at) in agent.told.items()
        }
    if metric := names.metric:
        title = metric.title
        kept["metric"] = [title.subject, title.has_status, stamp(metric.told_at)]
    return kept


def read_untold(text: str) -> tuple[Untold, ...]:
    """Read the untold changes that `row_of` wrote."""
    return tuple(Untold(number, data) for number, data in json.loads(text))


@lru_cache(4096)
def _known_stamp(time: datetime) -> str:
    """Format the time of a change, which is written with each of the next ones too."""
    return stamp(time)


def stamp(time: datetime) -> str:
    """Format a time in UTC so that the texts sort like the times."""
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")
