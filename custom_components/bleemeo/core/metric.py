"""The agents and metrics that a board shows, and the roll-ups over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from .alert import MAX_CLOCK_LEAD, Alert, MetricKey, Source, Status
from .attention import Quiet, Reason, lasting
from .history import NO_HISTORY, History
from .incident import Timeline
from .naming import AgentName, MetricName, Told, ToldNames
from .profile import LABEL_REACHED, WEBSITE, AgentProfile, RealName, Service
from .title import Reading, Title

# takes the place of the metric's id in the uid of an agent's own status
AGENT_STATUS = "agent"

_NEVER = datetime.min.replace(tzinfo=UTC)
_WORST_FIRST = sorted(Status, key=lambda status: status.severity, reverse=True)


class AcknowledgementEnd(StrEnum):
    """What ended an acknowledgement."""

    CLEARED = "cleared"
    WORSENED = "worsened"
    EXPIRED = "expired"
    BY_HAND = "by_hand"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person has seen an open alert: when, until when, their comment, and who.

    Without `until` it lasts until the alert clears or worsens. `by` is the name of the
    person, if there is one for the user. `ended_at` and `end` are set once it is over.
    """

    at: datetime
    until: datetime | None = None
    comment: str | None = None
    user_id: str | None = None
    by: str | None = None
    ended_at: datetime | None = None
    end: AcknowledgementEnd | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a metric's alerts: see `Metric`."""

    timeline: Timeline
    quiets: tuple[Quiet, ...] = ()
    past_acknowledgements: tuple[Acknowledgement, ...] = ()


@dataclass(frozen=True, slots=True)
class Untold:
    """A change that is still to be announced; what comes first has the lower number.

    `at` is when the status changed; None if an earlier version kept it. The last one of a
    metric that `is_forgotten` meanwhile says so, and has no data if that is no news.
    """

    number: int
    data: Mapping[str, Any]
    at: datetime | None = None
    is_forgotten: bool = False


@dataclass(slots=True)
class Rollup:
    """How many metrics have each status, by the status's number.

    `needs_attention` is how many are open and not kept quiet.
    """

    counts: list[int] = field(default_factory=lambda: [0] * len(Status))
    needs_attention: int = 0

    @property
    def open(self) -> int:
        """How many metrics are open."""
        return sum(self.counts) - self.counts[Status.OK]

    @property
    def worst(self) -> Status:
        """The worst status of all metrics; OK if there are none."""
        for status in _WORST_FIRST:
            if self.counts[status]:
                return status
        return Status.OK

    def replace(self, previous: Status | None, status: Status | None) -> None:
        """Count one metric under its new status instead of its previous one."""
        if previous is not None:
            self.counts[previous] -= 1
        if status is not None:
            self.counts[status] += 1


@dataclass(slots=True)
class Agent:
    """An agent: its name, its metrics and the roll-up over them.

    `away` has the open metrics that are its connection: it is out of reach while there
    are any, and its other alerts depend on that.
    """

    id: str
    rollup: Rollup = field(default_factory=Rollup)
    metrics: dict[MetricKey, Metric] = field(
        default_factory=dict, compare=False, repr=False
    )
    away: set[MetricKey] = field(default_factory=set)
    profile: AgentProfile | None = None
    naming: AgentName = field(default_factory=AgentName)

    @property
    def uid(self) -> str:
        """Identify the agent among all subjects."""
        return self.id

    @property
    def worst(self) -> Status:
        """The worst status of its metrics; while it is doubted, OK is not certain."""
        return Status.UNKNOWN if self.is_doubted else self.rollup.worst

    @property
    def is_website(self) -> bool:
        """Whether it is a website that Bleemeo monitors, as far as that is known."""
        return self.profile is not None and self.profile.kind == WEBSITE

    @property
    def reach(self) -> Status:
        """OK while a website is reached; unknown if no metric tells and not all is well."""
        if not self.is_website:
            return Status.UNKNOWN
        if self.worst is Status.OK:
            return Status.OK
        if self.away:
            return Status.CRITICAL
        told = (
            metric.alert.status
            for metric in self.metrics.values()
            if metric.real_name and metric.real_name.label == LABEL_REACHED
        )
        return next(told, Status.UNKNOWN)

    @property
    def is_doubted(self) -> bool:
        """Whether nothing is to be told of it yet; what is open is."""
        is_doubted = self.profile is not None and self.profile.is_doubted
        return is_doubted and not self.rollup.open

    @property
    def name(self) -> str:
        """Its name in Bleemeo, else the host that titles tell, else a part of the id."""
        return self.real_name or self.host or self.id[:8]

    @property
    def real_name(self) -> str | None:
        """Its name in Bleemeo, if that is known."""
        return self.profile.name if self.profile else None

    @property
    def host(self) -> str | None:
        """The host that names it, by the titles of its alerts."""
        return self.naming.host

    def read_name(self, title: Title, alert: Alert, latest: datetime) -> bool:
        """Take the host that an alert's title tells; return whether it is to be kept.

        A title that is dated later than `latest` is older than any that is not.
        """
        told = told_host(title, alert, latest)
        return told is not None and self.naming.read(*told)


@dataclass(slots=True)
class Metric:
    """A metric: its last alert, when that arrived, and what its title and text say.

    `uid` identifies the metric among all subjects. `title` is the last alert's, and
    `naming` the title that names the metric. `history` has the changes before it,
    `timeline` the statuses, and `quiets` when an alert was kept quiet. The
    acknowledgements that are over are the last ones, whichever incident they belong to.
    `is_counted` is set while the agent's roll-up counts it as needing attention, and
    `is_counted_by_account` while the account's does.
    """

    uid: str
    agent: Agent
    alert: Alert
    received_at: datetime
    title: Title
    reading: Reading
    naming: MetricName
    real_name: RealName | None = None
    acknowledgement: Acknowledgement | None = None
    past_acknowledgements: tuple[Acknowledgement, ...] = ()
    timeline: Timeline = field(default_factory=Timeline)
    quiets: tuple[Quiet, ...] = ()
    history: History = NO_HISTORY
    untold: tuple[Untold, ...] = ()
    is_counted: bool = False
    is_counted_by_account: bool = False
    # what was asked for last, and the answer
    _name: tuple[Title, str | None, str | None, str] | None = field(
        default=None, compare=False, repr=False
    )

    @property
    def name(self) -> str:
        """What a title calls it, without the host."""
        title, agent = self.naming.title, self.agent
        asked = title, agent.real_name, agent.host
        if self._name is None or self._name[:3] != asked:
            self._name = *asked, title.metric_name(*asked[1:])
        return self._name[3]

    @property
    def service(self) -> Service | None:
        """The service or container of its agent that it is of, if Bleemeo tells one."""
        return self.real_name.service if self.real_name else None

    @property
    def service_uid(self) -> str | None:
        """Identify its service among all subjects, if it is of one."""
        return f"{self.agent.uid}_{self.service.id}" if self.service else None

    @property
    def uids(self) -> list[str]:
        """Identify what it is and belongs to, from the metric up to its agent."""
        service_uid = self.service_uid
        between = [] if service_uid is None else [service_uid]
        return [self.uid, *between, self.agent.uid]

    @property
    def told_names(self) -> ToldNames | None:
        """What earlier titles told and the last one does not, if there is anything."""
        latest = self.received_at + MAX_CLOCK_LEAD
        told, agent = told_host(self.title, self.alert, latest), self.agent.naming
        own = MetricName(self.title, told_at(self.alert, latest))
        names = ToldNames(
            None if agent.told == dict([told] if told else []) else agent.copy(),
            None if self.naming == own else self.naming,
        )
        return None if names == ToldNames() else names

    @property
    def is_open(self) -> bool:
        """Whether the metric has an open alert."""
        return self.alert.status is not Status.OK

    @property
    def is_test(self) -> bool:
        """Whether the last alert is a test."""
        return self.alert.source is Source.TEST

    @property
    def began_earlier(self) -> bool:
        """Whether the open incident was found under way, by a list without times."""
        incident, alert = self.timeline.present, self.alert
        is_found = alert.source is Source.API and alert.event_id is None
        return is_found and incident is not None and len(incident.steps) == 1

    @property
    def is_acknowledged(self) -> bool:
        """Whether a person has seen the open alert."""
        return self.acknowledgement is not None

    @property
    def quiet_reasons(self) -> frozenset[Reason]:
        """What keeps the alert quiet now."""
        return lasting(self.quiets)

    @property
    def needs_attention(self) -> bool:
        """Whether the alert is open and nothing keeps it quiet."""
        return self.is_open and not self.quiet_reasons

    @property
    def details(self) -> dict[str, str | float | None]:
        """Describe the last alert in values that JSON can hold."""
        alert, unit = self.alert, self.reading.unit
        if unit is None and self.reading.value is not None and self.real_name:
            unit = self.real_name.unit
        return {
            "title": alert.title,
            "text": alert.text,
            "value": self.reading.value,
            "unit": unit,
            "threshold": self.reading.threshold,
            "status_changed_at": _iso(alert.status_changed_at),
            "happened_at": _iso(alert.happened_at),
            "changes_last_hour": alert.changes_last_hour,
            "agent_id": alert.agent_id,
            "metric_id": alert.metric_id,
            "event_id": alert.event_id,
        }

    def take(self, alert: Alert, title: Title) -> None:
        """Replace the last alert with a newer one."""
        self.alert = alert
        self.title = title
        self.reading = Reading.parse(alert.text)

    def read_name(self, title: Title, alert: Alert, latest: datetime) -> bool:
        """Take the name that an alert's title tells; return whether it is to be kept.

        A title that is dated later than `latest` is older than any that is not.
        """
        known = self.naming
        self.naming = known.merge(MetricName(title, told_at(alert, latest)))
        return self.naming != known


def metric_uid(key: MetricKey) -> str:
    """Identify a metric among all subjects."""
    agent_id, metric_id = key
    return f"{agent_id}_{metric_id or AGENT_STATUS}"


def told_host(title: Title, alert: Alert, latest: datetime) -> tuple[str, Told] | None:
    """Return the host that an alert's title tells, if it does.

    Titles of the API are made of what is known already.
    """
    if title.host is None:
        return None
    is_sure = title.is_dashed and alert.source is not Source.API
    return title.host, (is_sure, told_at(alert, latest))


def told_at(alert: Alert, latest: datetime) -> datetime:
    """Return when an alert's title was told; a date in the future is the earliest."""
    return alert.changed_at if alert.changed_at <= latest else _NEVER


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
