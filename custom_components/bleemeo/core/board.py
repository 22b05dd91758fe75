"""The board: the last alert of each metric, and what another alert changes.

The board depends only on the set of alerts that it was given, never on the order in
which they arrived, or how often. Two things are excepted: the name of a duplicated agent
(see `naming`), and when something began or ceased to keep an alert quiet.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from .alert import Alert, MetricKey, Source, Status
from .history import History
from .judge import Judge, counted_status
from .judgement import Judgement, Received
from .metric import Acknowledgement, AcknowledgementEnd, Agent, Course, Metric, Rollup
from .naming import AgentName, ToldNames
from .profile import AgentProfile, RealName
from .quieter import Places, Quieter
from .roster import Roster
from .seen import Seen
from .silence import Silence

DEFAULT_FLAPPING_THRESHOLD = 6


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
        # the last real alert of each metric that a test alert stands in front of
        self.tested: dict[MetricKey, Received] = {}
        self.metrics: dict[MetricKey, Metric] = {}
        # Bleemeo has a metric and, as a second one, its status: of each the other's id
        self.twins: Mapping[str, str] = {}
        self.account = Rollup()
        self._seen = Seen()
        self._quieter = Quieter(uid, self.account, connection_names, places)
        self._roster = Roster()
        self._judge = Judge(
            self.metrics,
            self.tested,
            self.account,
            self._roster,
            self._seen,
            self._quieter,
            flapping_threshold,
        )

    @property
    def silences(self) -> dict[str, Silence]:
        """The silences, by their ids."""
        return self._quieter.silences

    def is_for_tests(self, agent: Agent) -> bool:
        """Return whether an agent exists only for test alerts."""
        return (
            bool(agent.metrics)
            and agent.profile is None
            and all(
                metric.is_test and key not in self.tested
                for key, metric in agent.metrics.items()
            )
        )

    @property
    def worst(self) -> Status:
        """The account's worst status; while an agent is doubted, OK is not certain."""
        worst = self.account.worst
        is_doubted = worst is Status.OK and self._roster.has_doubts
        return Status.UNKNOWN if is_doubted else worst

    @property
    def acknowledged(self) -> dict[MetricKey, Metric]:
        """The metrics of which a person has seen the open alert."""
        return self._seen.metrics

    @property
    def agents(self) -> dict[str, Agent]:
        """The agents, by their ids."""
        return self._roster.agents

    def take_names(self, metrics: Mapping[str, RealName]) -> list[Metric]:
        """Use Bleemeo's own names of metrics, by id.

        Return the metrics of which the service is another than before. Then `reconnect`:
        a metric can be its agent's connection by its label.
        """
        self._roster.metric_names = metrics
        moved = []
        for metric in self.metrics.values():
            service = metric.service
            metric.real_name = metrics.get(metric.alert.metric_id or "")
            if metric.service != service:
                moved.append(metric)
        return moved

    def take_profiles(
        self, profiles: Mapping[str, AgentProfile]
    ) -> tuple[list[Agent], list[Agent]]:
        """Show what Bleemeo tells of its agents, by id, also where nothing is open.

        Return the agents that are new, and those of which something else is told: if
        there are any, `reconnect`.
        """
        return self._roster.take(profiles)

    def as_shown(self, alert: Alert) -> Alert:
        """Return an alert as one about the twin that is shown for its metric, if one is."""
        twin = self.twins.get(alert.metric_id or "")
        if twin is None or alert.key in self.metrics:
            return alert
        shown = alert.agent_id, twin
        return replace(alert, metric_id=twin) if shown in self.metrics else alert

    def reconnect(self, now: datetime) -> list[Metric]:
        """Note again which agents are out of reach, and what keeps each metric quiet.

        Return the metrics that are kept quiet for other reasons than before.
        """
        for agent in self.agents.values():
            self._quieter.reconnect(agent)
        return list(self._quieter.quiet_all(self.metrics.values(), now, now))

    def has(self, metric: Metric) -> bool:
        """Return whether a metric is still there: none that was forgotten, or came back."""
        return self.metrics.get(metric.alert.key) is metric

    def metrics_of(self, agent_id: str) -> list[Metric]:
        """Return the metrics of an agent."""
        agent = self.agents.get(agent_id)
        return list(agent.metrics.values()) if agent else []

    def is_connection(self, metric: Metric) -> bool:
        """Return whether the metric is open while its agent is out of reach."""
        return self._quieter.is_connection(metric)

    def silences_of(self, metric: Metric, now: datetime) -> list[Silence]:
        """Return the silences in force that keep the metric quiet."""
        return self._quieter.silences_of(metric, now)

    def is_silenced_by(self, metric: Metric, silence: Silence, now: datetime) -> bool:
        """Return whether a silence is in force, and keeps the metric quiet."""
        return self._quieter.is_silenced_by(metric, silence, now)

    def quiet(self, metric: Metric, at: datetime, now: datetime) -> bool:
        """Note what keeps the metric quiet from `at` on; return whether that changed."""
        return self._quieter.quiet(metric, at, now)

    def silence(self, metric: Metric, at: datetime) -> bool:
        """Note whether silences keep the metric quiet from `at` on, and nothing else.

        Return whether that changed.
        """
        return self._quieter.silence(metric, at)

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
        acknowledgements: Mapping[MetricKey, Acknowledgement] | None = None,
        forgotten: Collection[MetricKey] = (),
    ) -> list[Metric]:
        """Restore what a journal kept: last alerts, when they arrived, and what came before.

        That is the histories and courses of metrics, who has seen them, and the names
        that earlier titles told. What keeps them quiet stays as it was kept; `reconnect`
        then notes what holds now. Return those that were `forgotten`, which are not shown.
        """
        for alert, received_at in alerts:
            metric = self.judge(alert, received_at).metric
            metric.history = (histories or {}).get(alert.key, metric.history)
            if (course := (courses or {}).get(alert.key)) is not None:
                self._resume(metric, course)
            if (seen := (acknowledgements or {}).get(alert.key)) is not None:
                self._seen.begin(metric, seen)
        kept: dict[str, list[AgentName]] = {agent_id: [] for agent_id in self.agents}
        for key, told in (names or {}).items():
            if told.metric is not None:
                metric = self.metrics[key]
                metric.naming = metric.naming.merge(told.metric)
            if told.agent is not None:
                kept[key[0]].append(told.agent)
        for agent_id, agent in self.agents.items():
            agent.naming.restore(kept[agent_id])
        gone = [self.metrics[key] for key in forgotten]
        for metric in gone:
            self.forget(metric, metric.received_at)
        for metric in (*gone, *self.metrics.values()):
            course = (courses or {}).get(metric.alert.key)
            metric.quiets = course.quiets if course is not None else ()
        for metric in self.metrics.values():
            self._quieter.count(metric, metric.needs_attention)
        return gone

    def _resume(self, metric: Metric, course: Course) -> None:
        """Continue the course of a metric, of which the last alert is known already."""
        step, timeline = metric.timeline.steps[-1], course.timeline
        if not timeline.steps or timeline.steps[-1].status is not step.status:
            timeline = timeline.add(step, is_last=True)
        metric.timeline = timeline
        metric.past_acknowledgements = course.past_acknowledgements

    def acknowledge(self, metric: Metric, acknowledgement: Acknowledgement) -> bool:
        """Acknowledge an open alert; return whether that changed anything.

        Another acknowledgement of it is replaced, for it is still seen. A metric that was
        forgotten since it was found has none any more.
        """
        if not (self.has(metric) and self._seen.begin(metric, acknowledgement)):
            return False
        self.quiet(metric, acknowledgement.at, acknowledgement.at)
        return True

    def end_acknowledgement(
        self, metric: Metric, end: AcknowledgementEnd, at: datetime, now: datetime
    ) -> Acknowledgement | None:
        """End the acknowledgement of an alert, and return it as it is over, or None."""
        if (ended := self._seen.end(metric, end, at)) is not None:
            self.quiet(metric, at, now)
        return ended

    def forget(self, metric: Metric, now: datetime) -> tuple[Metric, ...]:
        """Remove a metric, and its agent if it has no other and Bleemeo lists none.

        Return the metrics of its agent that depended on it, and no longer do.
        """
        alert, agent = metric.alert, metric.agent
        del self.metrics[alert.key]
        del agent.metrics[alert.key]
        self.acknowledged.pop(alert.key, None)
        self.tested.pop(alert.key, None)
        self._quieter.count(metric, needs_attention=False)
        self.account.replace(counted_status(alert), None)
        agent.rollup.replace(alert.status, None)
        self._roster.forget(agent, even_listed=False)
        if not self._quieter.reconnect(agent):
            return ()
        return self._quieter.quiet_all(agent.metrics.values(), now, now)

    def forget_agent(self, agent: Agent) -> None:
        """Remove an agent that has no metrics, until Bleemeo tells of it again."""
        self._roster.forget(agent, even_listed=True)

    def judge(self, alert: Alert, received_at: datetime) -> Judgement:
        """Judge an alert that arrived; show it if it is the newest of its metric."""
        return self._judge.judge(alert, received_at)

    def ends_test(self, alert: Alert) -> bool:
        """Return whether a real alert is not older than the one behind a test.

        The test is over then: `end_test` comes before it is judged.
        """
        tested, metric = self.tested.get(alert.key), self.metrics.get(alert.key)
        return (
            tested is not None
            and metric is not None
            and metric.is_test
            and alert.source is not Source.TEST
            and alert.order >= tested.alert.order
        )

    def end_test(self, key: MetricKey, now: datetime) -> Judgement:
        """Show again the real alert that a test stands in front of, as it arrived."""
        tested = self.tested[key]
        return self._judge.judge(tested.alert, tested.received_at, now)

    def last_received(self, metric: Metric) -> Received:
        """Return the last alert of a metric, without a test that stands in front of it."""
        last = Received(metric.alert, metric.received_at)
        return self.tested.get(metric.alert.key, last)
