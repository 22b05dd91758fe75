"""The board: the last alert of each metric, and what another alert changes.

The board depends only on the set of alerts that it was given, never on the order in
which they arrived, or how often. One thing is excepted: the name of a duplicated agent (see
`naming`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from .alert import MAX_CLOCK_LEAD, Alert, MetricKey, Source, Status
from .history import History
from .metric import (
    Acknowledgement,
    Agent,
    AgentProfile,
    Metric,
    RealName,
    Rollup,
    told_at,
)
from .naming import AgentName, MetricName, ToldNames
from .title import Reading, Title

DEFAULT_FLAPPING_THRESHOLD = 6
# takes the place of the metric's id in the uid of an agent's own status
AGENT_STATUS = "agent"


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


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of judging an alert.

    `change` is set if the alert changed the board, which is then announced. `refreshed`
    is set if the metric shows something new: after a repeat it can, if Bleemeo has
    modified the event. `is_to_keep` is set if the metric has something new that must
    outlive a restart: a late alert can name a host that newer ones do not.
    `unseen_changes` is how many more changes than before Bleemeo saw and never arrived
    here; it is negative if this is one of them. `has_settled` is set if the metric was
    flapping before, and no longer is.
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


class Board:
    """The last alert of each metric, and the roll-ups per agent and account."""

    def __init__(self, flapping_threshold: int = DEFAULT_FLAPPING_THRESHOLD) -> None:
        """Start without metrics.

        A metric that changes `flapping_threshold` times in an hour is flapping.
        """
        self._flapping_threshold = flapping_threshold
        self.metrics: dict[MetricKey, Metric] = {}
        self.agents: dict[str, Agent] = {}
        self.account = Rollup()
        self.acknowledged: dict[MetricKey, Metric] = {}
        # Bleemeo has a metric and, as a second one, its status: of each the other's id
        self.twins: Mapping[str, str] = {}
        self._profiles: Mapping[str, AgentProfile] = {}
        self._metric_names: Mapping[str, RealName] = {}

    def take_names(self, metrics: Mapping[str, RealName]) -> None:
        """Use Bleemeo's own names of metrics, by id."""
        self._metric_names = metrics
        for metric in self.metrics.values():
            metric.rename(metrics.get(metric.alert.metric_id or ""))

    def take_profiles(
        self, profiles: Mapping[str, AgentProfile]
    ) -> tuple[list[Agent], list[Agent]]:
        """Show what Bleemeo tells of its agents, by id, also where nothing is open.

        Return the agents that are new, and those of which something else is told.
        """
        self._profiles = profiles
        changed = []
        for agent in self.agents.values():
            profile = profiles.get(agent.id)
            if agent.profile != profile:
                agent.profile = profile
                changed.append(agent)
        new = [
            Agent(uid, profile=profile)
            for uid, profile in profiles.items()
            if uid not in self.agents
        ]
        self.agents.update({agent.id: agent for agent in new})
        return new, changed

    def as_shown(self, alert: Alert) -> Alert:
        """Return an alert as one about the twin that is shown for its metric, if one is."""
        twin = self.twins.get(alert.metric_id or "")
        if twin is None or alert.key in self.metrics:
            return alert
        shown = alert.agent_id, twin
        return replace(alert, metric_id=twin) if shown in self.metrics else alert

    def metrics_of(self, agent_id: str) -> list[Metric]:
        """Return the metrics of an agent."""
        return [each for each in self.metrics.values() if each.agent.id == agent_id]

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

    def settle(self, metric: Metric) -> None:
        """Let the metric be flapping no longer."""
        metric.history = replace(metric.history, is_flapping=False)

    def restore(
        self,
        alerts: Iterable[tuple[Alert, datetime]],
        histories: Mapping[MetricKey, History] | None = None,
        names: Mapping[MetricKey, ToldNames] | None = None,
    ) -> None:
        """Restore what a journal kept: last alerts, when they arrived, and what came before.

        That is the histories of metrics, and the names that earlier titles told.
        """
        for alert, received_at in alerts:
            metric = self.judge(alert, received_at).metric
            metric.history = (histories or {}).get(alert.key, metric.history)
        kept: dict[str, list[AgentName]] = {agent_id: [] for agent_id in self.agents}
        for key, told in (names or {}).items():
            if told.metric is not None:
                metric = self.metrics[key]
                metric.naming = metric.naming.merge(told.metric)
            if told.agent is not None:
                kept[key[0]].append(told.agent)
        for agent_id, agent in self.agents.items():
            agent.naming.restore(kept[agent_id])

    @property
    def unacknowledged(self) -> int:
        """How many open alerts are not acknowledged."""
        return (
            sum(self.account.counts)
            - self.account.counts[Status.OK]
            - len(self.acknowledged)
        )

    def acknowledge(
        self, metric: Metric, acknowledgement: Acknowledgement | None
    ) -> bool:
        """Acknowledge an open alert, or take that back; return whether it changed."""
        if metric.acknowledgement == acknowledgement or not metric.is_open:
            return False
        metric.acknowledgement = acknowledgement
        if acknowledgement is None:
            del self.acknowledged[metric.alert.key]
        else:
            self.acknowledged[metric.alert.key] = metric
        return True

    def forget(self, metric: Metric) -> None:
        """Remove a metric, and its agent if it has no other and Bleemeo lists none."""
        alert = metric.alert
        del self.metrics[alert.key]
        self.acknowledged.pop(alert.key, None)
        self.account.replace(alert.status, None)
        metric.agent.rollup.replace(alert.status, None)
        if not any(metric.agent.rollup.counts) and metric.agent.profile is None:
            del self.agents[alert.agent_id]

    def forget_agent(self, agent: Agent) -> None:
        """Remove an agent that has no metrics, until Bleemeo tells of it again."""
        if not any(agent.rollup.counts):
            self.agents.pop(agent.id, None)

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
                alert.agent_id, profile=self._profiles.get(alert.agent_id)
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
            was_flapping, unseen, has_history = self._remember(
                metric, alert, received_at
            )
        elif _tells_of(alert, last):
            return self._take_words(metric, alert, title, received_at)
        else:
            order, last_order = alert.order, last.order
            is_newest = _is_newer(alert, metric, received_at, order > last_order)
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
                return Judgement(
                    Verdict.REPEAT if is_repeat else Verdict.LATE,
                    metric,
                    refreshed=is_newest or is_flapping is not was_flapping,
                    is_to_keep=is_newest or has_history or is_name_told,
                    unseen_changes=unseen,
                    has_settled=was_flapping and not is_flapping,
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
            unseen_changes=unseen,
            has_settled=was_flapping and not metric.history.is_flapping,
            is_new_metric=last is None,
            is_new_agent=is_new_agent,
        )

    def _take_words(
        self, metric: Metric, alert: Alert, title: Title, received_at: datetime
    ) -> Judgement:
        """Take over what an alert says of a change that the API found before: no change."""
        last, history = metric.alert, metric.history
        latest = received_at + MAX_CLOCK_LEAD
        if metric.naming.title is metric.title:
            # the title was made here, and its time is later than any that was told
            metric.naming = MetricName(title, told_at(alert, latest))
        metric.read_name(title, alert, latest)
        metric.agent.read_name(title, alert, latest)
        metric.take(
            alert if alert.order > last.order else last.with_words_of(alert), title
        )
        # both are one change
        metric.history = replace(
            history,
            changes=tuple(each for each in history.changes if each != last.told_at),
        )
        was_flapping, unseen, _ = self._remember(metric, alert, received_at)
        return Judgement(
            Verdict.REPEAT,
            metric,
            refreshed=True,
            is_to_keep=True,
            unseen_changes=unseen,
            has_settled=was_flapping and not metric.history.is_flapping,
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


def _tells_of(alert: Alert, last: Alert) -> bool:
    """Return whether an alert is the one of a change that the API found before it came."""
    return (
        last.source is Source.API
        and last.event_id is None
        and alert.source is Source.WEBHOOK
        and alert.status is last.status
        # a later one is about another change
        and alert.changed_at <= last.changed_at + MAX_CLOCK_LEAD
    )


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
