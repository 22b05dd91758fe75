"""The records of a journal, and what is read of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from ..core import (
    NO_HISTORY,
    Acknowledgement,
    Alert,
    Course,
    History,
    Incident,
    MetricKey,
    Silence,
    Source,
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


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """What is kept about a metric: its last alert, its arrival, its acknowledgement.

    `names` is set only if earlier titles told more than the last alert's does. `history`
    has its changes. `untold` are changes, in order, that are to be announced at the next
    start. `course` has what became of its alerts. `incidents` replace those that began at
    or after `incidents_from`, if that is set; `host` and `name` belong to them.
    """

    alert: Alert
    received_at: datetime
    acknowledgement: Acknowledgement | None = None
    names: ToldNames | None = None
    history: History = NO_HISTORY
    untold: tuple[Untold, ...] = ()
    course: Course | None = None
    incidents: tuple[Incident, ...] = ()
    incidents_from: datetime | None = None
    host: str | None = None
    name: str | None = None

    @property
    def key(self) -> MetricKey:
        """The metric that this is about."""
        return self.alert.key

    @property
    def acknowledgements(self) -> tuple[Acknowledgement, ...]:
        """Its last acknowledgements: that which lasts, and those that are over."""
        past = self.course.past_acknowledgements if self.course else ()
        return past if self.acknowledgement is None else (*past, self.acknowledgement)

    def after(self, earlier: MetricRecord) -> MetricRecord:
        """Return this with the incidents of an earlier record that was not written."""
        since = earlier.incidents_from
        if since is None:
            return self
        if self.incidents_from is None:
            return replace(self, incidents=earlier.incidents, incidents_from=since)
        if since >= self.incidents_from:
            return self
        kept = (
            each for each in earlier.incidents if each.began_at < self.incidents_from
        )
        return replace(self, incidents=(*kept, *self.incidents), incidents_from=since)


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
    """A metric to remove, along with its deliveries.

    Its open incident ends at the given time. Its incidents stay.
    """

    key: MetricKey
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unsilenced:
    """A silence to remove."""

    id: str


@dataclass(frozen=True, slots=True)
class Alive:
    """Home Assistant was alive at a time.

    Once it `has_started`, each delivery says so as well. Until then, nobody can be told
    of what came due since it last was.
    """

    at: datetime
    has_started: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A text of the entry that must be on disk at once, by its name."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted so far, by the counter's name; less than what is kept is nothing."""

    name: str
    value: int


type Record = (
    Delivery | MetricRecord | Forgotten | Silence | Unsilenced | Alive | Note | Count
)
# what must be written in the end, and by what it is known: a metric, or a silence's id
type Lasting = MetricRecord | Forgotten | Silence | Unsilenced
type LastingKey = MetricKey | str


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
    """What memory knows and a journal must hold.

    That is each metric, the counts by name, and the silences.
    """

    metrics: Sequence[MetricRecord] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    silences: Sequence[Silence] = ()


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
    the metrics that a version without them wrote, and so does `courses`. `alive_at` is
    until when Home Assistant was alive, if it ever was with this journal. `is_new` is set
    if there was no file.
    `unreadable` counts metrics whose last alert this version does not understand.
    `renewal` is set if the file was damaged.
    """

    alerts: list[tuple[Alert, datetime]] = field(default_factory=list)
    names: dict[MetricKey, ToldNames] = field(default_factory=dict)
    acknowledgements: dict[MetricKey, Acknowledgement] = field(default_factory=dict)
    histories: dict[MetricKey, History] = field(default_factory=dict)
    courses: dict[MetricKey, Course] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    untold: dict[MetricKey, tuple[Untold, ...]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    is_new: bool = False
    alive_at: datetime | None = None
    unreadable: int = 0
    renewal: Renewal | None = None


def lasting_records(
    records: Iterable[Record],
    earlier: Mapping[LastingKey, Sequence[Lasting]] | None = None,
) -> dict[LastingKey, list[Lasting]]:
    """Return what must be written of each metric and silence, with that from before.

    That is the last record, and of a metric those around its being forgotten.
    """
    found = {key: list(known) for key, known in (earlier or {}).items()}
    for record in records:
        match record:
            case Delivery(metric=MetricRecord() as metric) | (MetricRecord() as metric):
                match known := found.setdefault(metric.key, []):
                    case [*_, MetricRecord() as last]:
                        known[-1] = metric.after(last)
                    case _:
                        known.append(metric)
            case Forgotten():
                found.setdefault(record.key, []).append(record)
            case Silence() | Unsilenced():
                found[record.id] = [record]
    return found
