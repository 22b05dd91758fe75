"""The board: the last alert of each metric, and what another alert changes.

The board depends only on the set of alerts that it was given, never on the order in
which they arrived, or how often. One thing is excepted: the name of a duplicated agent (see
`naming`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from .alert import MAX_CLOCK_LEAD, Alert, MetricKey, Source, Status
from .attention import Quiet, Reason, note
from .history import History
from .incident import Step, Timeline
from .metric import (
    Acknowledgement,
    AcknowledgementEnd,
    Agent,
    Metric,
    RealName,
    Rollup,
    told_at,
)
from .naming import AgentName, MetricName, ToldNames
from .silence import Silence
from .title import Reading, Title

DEFAULT_FLAPPING_THRESHOLD = 6
# takes the place of the metric's id in the uid of an agent's own status
AGENT_STATUS = "agent"
# Bleemeo's API calls an agent's connection by these names (bleemeo-go, MetricName)
CONNECTION_NAMES = frozenset({"agent_status", "snmp_device_status"})
MAX_PAST_ACKNOWLEDGEMENTS = 10

# the ids of areas and labels that a metric has in Home Assistant
type Places = tuple[Collection[str], Collection[str]]


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
    UNKNOWN = "unknown"
    FORGOTTEN = "forgotten"

    @classmethod
    def between(
        cls, previous: Status | None, status: Status, seen: Status | None = None
    ) -> Change:
        """Name the step from the previous status (None: never heard of) to the new one.

        `seen` is the last status of the incident that was not unknown, if there is one:
        to be unknown neither eases nor ends anything.
        """
        if status is previous:
            return cls.REPEATED
        if status is Status.OK:
            return cls.CLEARED
        if previous is None or previous is Status.OK:
            return cls.RAISED
        if status is Status.UNKNOWN:
            return cls.UNKNOWN
        before = (seen or previous).severity
        if status.severity == before:
            return cls.REPEATED
        return cls.WORSENED if status.severity > before else cls.EASED


_ENDS = {
    Change.CLEARED: AcknowledgementEnd.CLEARED,
    Change.WORSENED: AcknowledgementEnd.WORSENED,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of judging an alert.

    `change` is set if the alert changed the board, which is then announced. `refreshed`
    is set if the metric shows something new: after a repeat it can, if Bleemeo has
    modified the event. `is_to_keep` is set if the metric has something new that must
    outlive a restart: a late alert can name a host that newer ones do not.
    `unseen_changes` is how many more changes than before Bleemeo saw and never arrived
    here; it is negative if this is one of them. `has_settled` is set if the metric was
    flapping before, and no longer is. `at` is when the status changed, as far as that can
    be true. `ended` is the acknowledgement that this ended. `quieted` has the other
    metrics of the agent that this keeps quiet, or no longer does.
    """

    verdict: Verdict
    metric: Metric
    change: Change | None = None
    previous_status: Status | None = None
    refreshed: bool = False
    is_to_keep: bool = False
    unseen_changes: int = 0
    has_settled: bool = False
    is_new_metric: bool = False
    is_new_agent: bool = False
    at: datetime | None = None
    ended: Acknowledgement | None = None
    quieted: tuple[Metric, ...] = ()

    @property
    def unseen_change(self) -> bool:
        """Whether Bleemeo saw a change before this one that never arrived here."""
        return self.change is not None and self.unseen_changes > 0

    def contradicts(self, alert: Alert) -> bool:
        """Return whether the judged alert is late and disagrees with what the API said.

        It can still be right: its times can come from another clock.
        """
        shown = self.metric.alert
        return (
            self.verdict is Verdict.LATE
            and shown.source is Source.API
            and shown.status is not alert.status
        )


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a metric's alerts: see `Metric`."""

    timeline: Timeline
    quiets: tuple[Quiet, ...] = ()
    past_acknowledgements: tuple[Acknowledgement, ...] = ()


class Board:
    """The last alert of each metric, and the roll-ups per agent and account."""

    def __init__(
        self,
        flapping_threshold: int = DEFAULT_FLAPPING_THRESHOLD,
        connection_names: Collection[str] = (),
        places: Callable[[Metric], Places] = lambda _: ((), ()),
        uid: str = "",
    ) -> None:
        """Start without metrics.

        A metric that changes `flapping_threshold` times in an hour is flapping. An agent
        is out of reach while its own status is open, or a metric of one of the
        `connection_names`. `places` tells where a metric is, and `uid` is the account's,
        for silences.
        """
        self.uid = uid
        self._flapping_threshold = flapping_threshold
        self._connection_names = CONNECTION_NAMES | {
            name.casefold() for name in connection_names
        }
        self._places = places
        self.silences: dict[str, Silence] = {}
        # the last real alert of each metric that a test alert stands in front of
        self.tested: dict[MetricKey, Alert] = {}
        self.metrics: dict[MetricKey, Metric] = {}
        self.agents: dict[str, Agent] = {}
        self.account = Rollup()
        self.acknowledged: dict[MetricKey, Metric] = {}
        self._agent_names: Mapping[str, str] = {}
        self._metric_names: Mapping[str, RealName] = {}

    def take_names(
        self, agents: Mapping[str, str], metrics: Mapping[str, RealName]
    ) -> list[Agent]:
        """Use Bleemeo's own names, by id; return the agents that this renamed."""
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

    def metrics_of(self, agent_id: str) -> list[Metric]:
        """Return the metrics of an agent."""
        agent = self.agents.get(agent_id)
        return list(agent.metrics.values()) if agent else []

    def is_connection(self, metric: Metric) -> bool:
        """Return whether the metric is open while its agent is out of reach."""
        names = {metric.name.casefold()}
        if metric.real_name is not None:
            names.add(metric.real_name.name.casefold())
        return metric.alert.metric_id is None or not names.isdisjoint(
            self._connection_names
        )

    def silences_of(self, metric: Metric, now: datetime) -> list[Silence]:
        """Return the silences in force that keep the metric quiet."""
        found = [each for each in self.silences.values() if each.is_in_force(now)]
        if not found:
            return found
        uids = self.uid, metric.agent.uid, metric.uid
        areas, labels = self._places(metric)
        return [each for each in found if each.covers(uids, areas, labels)]

    def quiet(self, metric: Metric, at: datetime, now: datetime) -> bool:
        """Note what keeps the metric quiet from `at` on; return whether that changed."""
        reasons: set[Reason] = set()
        if metric.history.is_flapping:
            reasons.add(Reason.FLAPPING)
        if metric.is_open:
            if metric.is_acknowledged:
                reasons.add(Reason.ACKNOWLEDGED)
            if metric.agent.away and metric.alert.key not in metric.agent.away:
                reasons.add(Reason.DEPENDENT)
            if self.silences and self.silences_of(metric, now):
                reasons.add(Reason.SILENCED)
        quiets = metric.quiets
        metric.quiets = note(quiets, reasons, at)
        self._count(metric, metric.needs_attention)
        return metric.quiets is not quiets

    def _count(self, metric: Metric, needs_attention: bool) -> None:
        """Let the roll-ups count a metric that needs attention."""
        more = needs_attention - metric.is_counted
        metric.agent.rollup.needs_attention += more
        metric.is_counted = needs_attention
        of_account = needs_attention and not metric.is_test
        self.account.needs_attention += of_account - metric.is_counted_by_account
        metric.is_counted_by_account = of_account

    def _connect(self, metric: Metric, is_away: bool) -> bool:
        """Note whether a metric says that its agent is out of reach.

        Return whether the agent was not so before, or no longer is.
        """
        away, key = metric.agent.away, metric.alert.key
        was_away = bool(away)
        if is_away and self.is_connection(metric):
            away.add(key)
        else:
            away.discard(key)
        return bool(away) is not was_away

    def is_flapping(self, metric: Metric) -> bool:
        """Return whether the metric changes too often to be trusted.

        It was so at its last alert; `settle` ends it when its time has come.
        """
        return metric.history.is_flapping

    def flapping_until(self, metric: Metric, now: datetime) -> datetime | None:
        """Return until when the metric is flapping if nothing changes, or None."""
        return metric.history.flapping_until(
            metric.alert, self._flapping_threshold, now
        )

    def settle(self, metric: Metric, now: datetime) -> None:
        """Let the metric be flapping no longer."""
        metric.history = replace(metric.history, is_flapping=False)
        self.quiet(metric, now, now)

    def restore(
        self,
        alerts: Iterable[tuple[Alert, datetime]],
        histories: Mapping[MetricKey, History] | None = None,
        names: Mapping[MetricKey, ToldNames] | None = None,
        courses: Mapping[MetricKey, Course] | None = None,
    ) -> None:
        """Restore what a journal kept: last alerts, when they arrived, and what came before.

        That is the histories and courses of metrics, and the names that earlier titles
        told.
        """
        for alert, received_at in alerts:
            metric = self.judge(alert, received_at).metric
            metric.history = (histories or {}).get(alert.key, metric.history)
            if (course := (courses or {}).get(alert.key)) is not None:
                metric.timeline, metric.quiets = course.timeline, course.quiets
                metric.past_acknowledgements = course.past_acknowledgements
                self._count(metric, metric.needs_attention)
        kept: dict[str, list[AgentName]] = {agent_id: [] for agent_id in self.agents}
        for key, told in (names or {}).items():
            if told.metric is not None:
                metric = self.metrics[key]
                metric.naming = metric.naming.merge(told.metric)
            if told.agent is not None:
                kept[key[0]].append(told.agent)
        for agent_id, agent in self.agents.items():
            agent.naming.restore(kept[agent_id])

    def acknowledge(self, metric: Metric, acknowledgement: Acknowledgement) -> bool:
        """Acknowledge an open alert; return whether that changed anything.

        Another acknowledgement of it is replaced, for it is still seen.
        """
        if metric.acknowledgement == acknowledgement or not metric.is_open:
            return False
        metric.acknowledgement = acknowledgement
        self.acknowledged[metric.alert.key] = metric
        self.quiet(metric, acknowledgement.at, acknowledgement.at)
        return True

    def end_acknowledgement(
        self, metric: Metric, end: AcknowledgementEnd, at: datetime, now: datetime
    ) -> Acknowledgement | None:
        """End the acknowledgement of an alert, and return it as it is over, or None."""
        if (lasting := metric.acknowledgement) is None:
            return None
        ended = replace(lasting, ended_at=max(at, lasting.at), end=end)
        metric.acknowledgement = None
        del self.acknowledged[metric.alert.key]
        past = *metric.past_acknowledgements, ended
        metric.past_acknowledgements = past[-MAX_PAST_ACKNOWLEDGEMENTS:]
        self.quiet(metric, at, now)
        return ended

    def forget(self, metric: Metric) -> None:
        """Remove a metric, and its agent if it has no other."""
        alert, agent = metric.alert, metric.agent
        del self.metrics[alert.key]
        del agent.metrics[alert.key]
        self.acknowledged.pop(alert.key, None)
        self.tested.pop(alert.key, None)
        self._count(metric, needs_attention=False)
        self.account.replace(_counted_status(alert), None)
        agent.rollup.replace(alert.status, None)
        agent.away.discard(alert.key)
        if not agent.metrics:
            del self.agents[alert.agent_id]

    def judge(self, alert: Alert, received_at: datetime) -> Judgement:
        """Judge an alert that arrived; show it if it is the newest of its metric."""
        metric = self.metrics.get(alert.key)
        if metric is not None and alert == metric.alert:
            # most of what changes nothing
            return Judgement(Verdict.REPEAT, metric)
        title = Title.parse(alert.title, alert.status_text)
        agent = self.agents.get(alert.agent_id)
        if is_new_agent := agent is None:
            agent = self.agents[alert.agent_id] = Agent(
                alert.agent_id, real_name=self._agent_names.get(alert.agent_id)
            )
        latest = received_at + MAX_CLOCK_LEAD
        is_name_told = agent.read_name(title, alert, latest)

        last = metric.alert if metric else None
        if metric is None or last is None:
            metric = self.metrics[alert.key] = Metric(
                f"{alert.agent_id}_{alert.metric_id or AGENT_STATUS}",
                agent,
                alert,
                received_at,
                title,
                Reading.parse(alert.text),
                MetricName(title, told_at(alert, latest)),
                real_name=self._metric_names.get(alert.metric_id or ""),
            )
            agent.metrics[alert.key] = metric
            was_flapping, unseen, has_history = self._remember(
                metric, alert, received_at
            )
        else:
            order, last_order = alert.order, last.order
            is_newest = _is_newer(alert, metric, received_at, order > last_order)
            if alert.source is not Source.TEST and alert.key in self.tested:
                # any that is not older than the last real one ends a test
                is_newest |= order >= self.tested[alert.key].order
                if is_newest:
                    del self.tested[alert.key]
            is_repeat = order == last_order or _is_same_change(alert, last)
            is_name_told |= metric.read_name(title, alert, latest)
            if is_newest:
                metric.take(alert, title)
            # a repeat without a time of its own is no other change
            was_flapping, unseen, has_history = self._remember(
                metric, last if is_repeat and alert.arrived_at else alert, received_at
            )
            is_flapping = metric.history.is_flapping
            if is_repeat or not is_newest:
                timeline = metric.timeline
                if not is_repeat:
                    step = Step.of(alert, _true_time(alert, received_at))
                    metric.timeline = timeline.add(step, is_last=False)
                is_moved = metric.timeline is not timeline
                if is_flapping is not was_flapping:
                    self.quiet(metric, received_at, received_at)
                return Judgement(
                    Verdict.REPEAT if is_repeat else Verdict.LATE,
                    metric,
                    refreshed=is_newest or is_moved or is_flapping is not was_flapping,
                    is_to_keep=is_newest or is_moved or has_history or is_name_told,
                    unseen_changes=unseen,
                    has_settled=was_flapping and not is_flapping,
                )
            metric.received_at = received_at

        previous_status = last.status if last else None
        incident, at = metric.timeline.present, _true_time(alert, received_at)
        change = Change.between(
            previous_status, alert.status, incident.seen_status if incident else None
        )
        metric.timeline = metric.timeline.add(Step.of(alert, at), is_last=True)
        agent.rollup.replace(previous_status, alert.status)
        self.account.replace(_counted_status(last), _counted_status(alert))
        is_switched = self._connect(metric, metric.is_open)
        ended = None
        if change in _ENDS:
            ended = self.end_acknowledgement(metric, _ENDS[change], at, received_at)
        elif change is Change.RAISED:
            metric.past_acknowledgements = ()
        self.quiet(metric, at, received_at)
        others = agent.metrics.values() if is_switched else ()
        return Judgement(
            Verdict.CHANGED,
            metric,
            change=change,
            previous_status=previous_status,
            refreshed=True,
            is_to_keep=True,
            unseen_changes=unseen,
            has_settled=was_flapping and not metric.history.is_flapping,
            is_new_metric=last is None,
            is_new_agent=is_new_agent,
            at=at,
            ended=ended,
            quieted=tuple(
                each
                for each in others
                if each is not metric and self.quiet(each, at, received_at)
            ),
        )

    def _remember(
        self, metric: Metric, alert: Alert, now: datetime
    ) -> tuple[bool, int, bool]:
        """Add an alert to its metric's history.

        Return whether the metric was flapping before, how many more changes are unseen,
        and whether the history is another.
        """
        before = metric.history
        history, unseen = before.add(alert, self._flapping_threshold)
        metric.history = history
        is_flapping = self.flapping_until(metric, now) is not None
        if is_flapping is not before.is_flapping:
            metric.history = replace(history, is_flapping=is_flapping)
        return before.is_flapping, unseen, metric.history != before


def _counted_status(alert: Alert | None) -> Status | None:
    """Return the status that the account counts; test alerts are left out."""
    return None if alert is None or alert.source is Source.TEST else alert.status


def _true_time(alert: Alert, received_at: datetime) -> datetime:
    """Return when the status changed; a date in the future is the time of arrival."""
    latest = received_at + MAX_CLOCK_LEAD
    return alert.changed_at if alert.changed_at <= latest else received_at


def _is_same_change(alert: Alert, last: Alert) -> bool:
    """Return whether both are one change of one event, which was modified since."""
    if alert.event_id is None and alert.arrived_at is not None:
        # nothing in it tells it from another delivery of the same event
        return replace(alert, arrived_at=last.arrived_at) == last
    return (
        alert.event_id is not None
        and alert.event_id == last.event_id
        and alert.told_at == last.told_at
        and alert.status is last.status
    )


def _is_newer(
    alert: Alert, metric: Metric, received_at: datetime, is_later: bool
) -> bool:
    """Return whether an alert that arrived now is newer than the metric's last one.

    `is_later` is what their own times say, and it decides if they can be true. Of two
    alerts of which one is dated to the future, that one counts from its arrival. If both
    are, it is the clock here that is behind.
    """
    last, latest = metric.alert, received_at + MAX_CLOCK_LEAD
    is_ahead, was_ahead = alert.changed_at > latest, last.changed_at > latest
    if is_ahead is was_ahead:
        return is_later
    if is_ahead:
        # delivered again, it is not new
        return alert.told_at not in metric.history.changes
    # the clock here may have been ahead when the last one arrived
    return metric.received_at > latest or alert.changed_at > metric.received_at
