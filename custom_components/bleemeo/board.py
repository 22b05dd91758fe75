"""The board: the last alert of each metric, and what a further alert changes in it.

The board depends only on the set of alerts that it was given, never on the order or the
number of times in which they arrived.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .alert import Acknowledgement, Alert, MetricKey, Reading, Source, Status, Title

# stands for the metric's id where the alert is about the agent's own status
AGENT_STATUS = "agent"

_WORST_FIRST = sorted(Status, key=lambda status: status.severity, reverse=True)


class Verdict(StrEnum):
    """What an alert turned out to be; also the webhook's answer."""

    CHANGED = "changed"
    REPEAT = "repeat"
    LATE = "late"


class Change(StrEnum):
    """What a new alert did to its metric's status."""

    RAISED = "raised"
    WORSENED = "worsened"
    EASED = "eased"
    CLEARED = "cleared"
    REPEATED = "repeated"

    @classmethod
    def between(cls, previous: Status | None, status: Status) -> Change:
        """Name the step from the previous status (None: never seen) to the new one."""
        if status is previous:
            return cls.REPEATED
        if status is Status.OK:
            return cls.CLEARED
        if previous is None or previous is Status.OK:
            return cls.RAISED
        return cls.WORSENED if status.severity > previous.severity else cls.EASED


@dataclass(slots=True)
class Rollup:
    """How many metrics have each status, by the status's number."""

    counts: list[int] = field(default_factory=lambda: [0] * len(Status))

    @property
    def worst(self) -> Status:
        """The worst status of all metrics; OK where there is none."""
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
    """What Bleemeo itself calls a metric, and the unit of its values."""

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
        """What tells this agent from every other one."""
        return self.id

    @property
    def name(self) -> str:
        """Its name in Bleemeo, else the newest title's host, else a part of the id."""
        return self.real_name or self.host or self.id[:8]

    def read_name(self, host: str | None, told_at: datetime) -> bool:
        """Take the host's name over unless a newer title told it; return if it did."""
        known = (self.host_told_at, self.host or "")
        if host is None or not (self.host_told_at is None or (told_at, host) > known):
            return False
        self.host, self.host_told_at = host, told_at
        return True


@dataclass(slots=True)
class Metric:
    """A metric: its last alert, when that arrived, and what its words say.

    `uid` tells it from every other one. `names_host` says whether the last alert's title
    names the agent's host.
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
    _details: dict[str, str | float | None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is anything about it that a person should see."""
        return self.alert.status is not Status.OK

    @property
    def details(self) -> Mapping[str, str | float | None]:
        """What there is to say of the last alert, in words and numbers that JSON has."""
        if self._details is None:
            self._details = self._say()
        return self._details

    def take(self, alert: Alert, title: Title) -> None:
        """Take over a newer alert."""
        self.alert = alert
        self.name = title.metric_name
        self.reading = Reading.parse(alert.text)
        self.names_host = title.host is not None
        self._details = None

    def rename(self, real_name: RealName | None) -> None:
        """Take over what Bleemeo itself calls the metric, and its unit."""
        self.real_name = real_name
        self._details = None

    def _say(self) -> dict[str, str | float | None]:
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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the board made of an alert.

    `change` is set where the alert changed the board and is to be told to the world.
    `refreshed` says that it is the newest of its metric: a repeat may be, where Bleemeo
    has modified an event since. `is_to_keep` says that something is new about the metric
    that outlives a restart: a late alert may name a host that newer ones do not.
    `unseen_change` says that Bleemeo saw a change between
    the metric's previous alert and this one that never arrived here.
    """

    verdict: Verdict
    metric: Metric
    change: Change | None = None
    previous_status: Status | None = None
    refreshed: bool = False
    is_to_keep: bool = False
    unseen_change: bool = False
    is_new_metric: bool = False
    is_new_agent: bool = False

    def contradicts(self, alert: Alert) -> bool:
        """Whether the judged alert, being late, is at odds with what the API said.

        It may be right even so: the times of alerts can be those of other clocks.
        """
        shown = self.metric.alert
        return (
            self.verdict is Verdict.LATE
            and shown.source is Source.API
            and shown.status is not alert.status
        )


class Board:
    """The last alert of each metric, and the roll-ups per agent and account."""

    def __init__(self) -> None:
        """Start with no metric."""
        self.metrics: dict[MetricKey, Metric] = {}
        self.agents: dict[str, Agent] = {}
        self.account = Rollup()
        self.acknowledged: dict[MetricKey, Metric] = {}
        self._agent_names: Mapping[str, str] = {}
        self._metric_names: Mapping[str, RealName] = {}

    def take_names(
        self, agents: Mapping[str, str], metrics: Mapping[str, RealName]
    ) -> list[Agent]:
        """Take over real names, by the ids that have them; return the agents renamed."""
        self._agent_names, self._metric_names = agents, metrics
        for metric in self.metrics.values():
            metric.rename(metrics.get(metric.alert.metric_id or ""))
        renamed = []
        for agent in self.agents.values():
            name = agent.name
            agent.real_name = agents.get(agent.id)
            if agent.name != name:
                renamed.append(agent)
        return renamed

    def restore(self, alerts: Iterable[tuple[Alert, datetime]]) -> None:
        """Take over last alerts with their times of arrival, as a journal keeps them."""
        for alert, received_at in alerts:
            self.judge(alert, received_at)

    @property
    def unacknowledged(self) -> int:
        """How many open alerts nobody has acknowledged."""
        return (
            sum(self.account.counts)
            - self.account.counts[Status.OK]
            - len(self.acknowledged)
        )

    def acknowledge(
        self, metric: Metric, acknowledgement: Acknowledgement | None
    ) -> bool:
        """Acknowledge an open alert, or take that back; return whether it is news."""
        if metric.acknowledgement == acknowledgement or not metric.is_open:
            return False
        metric.acknowledgement = acknowledgement
        if acknowledgement is None:
            del self.acknowledged[metric.alert.key]
        else:
            self.acknowledged[metric.alert.key] = metric
        return True

    def forget(self, metric: Metric) -> None:
        """Remove a metric, and its agent where this was the last one of it."""
        alert = metric.alert
        del self.metrics[alert.key]
        self.acknowledged.pop(alert.key, None)
        self.account.replace(alert.status, None)
        metric.agent.rollup.replace(alert.status, None)
        if not any(metric.agent.rollup.counts):
            del self.agents[alert.agent_id]

    def judge(self, alert: Alert, received_at: datetime) -> Judgement:
        """Judge an alert that arrived and let the board show it if it is the newest."""
        title = Title.parse(alert.title, alert.status_text)
        agent = self.agents.get(alert.agent_id)
        if is_new_agent := agent is None:
            agent = self.agents[alert.agent_id] = Agent(
                alert.agent_id, real_name=self._agent_names.get(alert.agent_id)
            )
        is_host_told = agent.read_name(title.host, alert.changed_at)

        metric = self.metrics.get(alert.key)
        last = metric.alert if metric else None
        if metric is None or last is None:
            metric = self.metrics[alert.key] = Metric(
                f"{alert.agent_id}_{alert.metric_id or AGENT_STATUS}",
                agent,
                alert,
                received_at,
                title.metric_name,
                Reading.parse(alert.text),
                title.host is not None,
                real_name=self._metric_names.get(alert.metric_id or ""),
            )
        else:
            order, last_order = alert.order, last.order
            is_newest = order > last_order
            is_repeat = order == last_order or _is_same_event(alert, last)
            if is_newest:
                metric.take(alert, title)
            if is_repeat or not is_newest:
                return Judgement(
                    Verdict.REPEAT if is_repeat else Verdict.LATE,
                    metric,
                    refreshed=is_newest,
                    is_to_keep=is_newest or (is_host_told and not metric.names_host),
                )
            metric.received_at = received_at

        previous_status = last.status if last else None
        change = Change.between(previous_status, alert.status)
        if change in (Change.CLEARED, Change.WORSENED):
            metric.acknowledgement = None
            self.acknowledged.pop(alert.key, None)
        agent.rollup.replace(previous_status, alert.status)
        self.account.replace(previous_status, alert.status)
        return Judgement(
            Verdict.CHANGED,
            metric,
            change=change,
            previous_status=previous_status,
            refreshed=True,
            is_to_keep=True,
            unseen_change=_is_after_unseen_change(alert, last),
            is_new_metric=last is None,
            is_new_agent=is_new_agent,
        )


def _is_same_event(alert: Alert, last: Alert) -> bool:
    """Whether both are one event of Bleemeo, whose status its modification left alone."""
    return (
        alert.event_id is not None
        and alert.event_id == last.event_id
        and alert.status is last.status
    )


def _is_after_unseen_change(alert: Alert, last: Alert | None) -> bool:
    return (
        last is not None
        and alert.previous_status_changed_at is not None
        and alert.previous_status_changed_at
        > (last.status_changed_at or last.changed_at)
    )


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
