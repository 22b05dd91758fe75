"""The agents and metrics that a board shows, and the roll-ups over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .alert import Alert, Status
from .title import Reading, Title

_WORST_FIRST = sorted(Status, key=lambda status: status.severity, reverse=True)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person has seen an open alert: when, until when, and their comment.

    Without `until` it lasts until the alert clears or worsens.
    """

    at: datetime
    until: datetime | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Untold:
    """A change that is still to be announced; what comes first has the lower number."""

    number: int
    data: Mapping[str, Any]


@dataclass(slots=True)
class Rollup:
    """How many metrics have each status, by the status's number."""

    counts: list[int] = field(default_factory=lambda: [0] * len(Status))

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


@dataclass(frozen=True, slots=True)
class RealName:
    """Bleemeo's own name for a metric, and the unit of its values."""

    name: str
    unit: str | None = None


@dataclass(slots=True)
class Agent:
    """An agent: its name and the roll-up of its metrics."""

    id: str
    rollup: Rollup = field(default_factory=Rollup)
    real_name: str | None = None
    host: str | None = None
    host_told_at: datetime | None = None

    @property
    def uid(self) -> str:
        """Identify the agent among all subjects."""
        return self.id

    @property
    def name(self) -> str:
        """Its name in Bleemeo, else the newest title's host, else a part of the id."""
        return self.real_name or self.host or self.id[:8]

    def read_name(self, host: str | None, told_at: datetime) -> bool:
        """Use a title's host unless a newer title gave one; return whether it was."""
        known = (self.host_told_at, self.host or "")
        if host is None or not (self.host_told_at is None or (told_at, host) > known):
            return False
        self.host, self.host_told_at = host, told_at
        return True


@dataclass(slots=True)
class Metric:
    """A metric: its last alert, when that arrived, and what its title and text say.

    `uid` identifies the metric among all subjects. `names_host` is set if the last
    alert's title names the agent's host.
    """

    uid: str
    agent: Agent
    alert: Alert
    received_at: datetime
    name: str
    reading: Reading
    names_host: bool
    real_name: RealName | None = None
    acknowledgement: Acknowledgement | None = None
    untold: tuple[Untold, ...] = ()
    _details: dict[str, str | float | None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the metric has an open alert."""
        return self.alert.status is not Status.OK

    @property
    def is_acknowledged(self) -> bool:
        """Whether a person has seen the open alert."""
        return self.acknowledgement is not None

    @property
    def details(self) -> Mapping[str, str | float | None]:
        """Describe the last alert in values that JSON can hold."""
        if self._details is None:
            self._details = self._describe()
        return self._details

    def take(self, alert: Alert, title: Title) -> None:
        """Replace the last alert with a newer one."""
        self.alert = alert
        self.name = title.metric_name
        self.reading = Reading.parse(alert.text)
        self.names_host = title.host is not None
        self._details = None

    def rename(self, real_name: RealName | None) -> None:
        """Use Bleemeo's own name for the metric, and its unit."""
        self.real_name = real_name
        self._details = None

    def _describe(self) -> dict[str, str | float | None]:
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


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
