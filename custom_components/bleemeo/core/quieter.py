"""Which open alerts are kept quiet, and how many need attention."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from .attention import Reason, note
from .metric import Agent, Metric, Rollup
from .silence import Silence

# Bleemeo's API labels an agent's connection with these (bleemeo-go, MetricName)
CONNECTION_NAMES = frozenset({"agent_status", "snmp_device_status"})

# the ids of areas and labels that a metric has in Home Assistant
type Places = tuple[Collection[str], Collection[str]]


class Quieter:
    """Notes what keeps open alerts quiet, and counts those that nothing does."""

    def __init__(
        self,
        uid: str,
        account: Rollup,
        connection_names: Collection[str],
        places: Callable[[Metric], Places],
    ) -> None:
        """Start without silences."""
        self.silences: dict[str, Silence] = {}
        self._uid = uid
        self._account = account
        self._connection_names = CONNECTION_NAMES | {
            name.casefold() for name in connection_names
        }
        self._places = places

    def is_connection(self, metric: Metric) -> bool:
        """Return whether the metric is open while its agent is out of reach."""
        called = [metric.name]
        if (real_name := metric.real_name) is not None:
            called += [real_name.name, real_name.label or ""]
        return metric.alert.metric_id is None or any(
            name.casefold() in self._connection_names for name in called
        )

    def silences_of(self, metric: Metric, now: datetime) -> list[Silence]:
        """Return the silences in force that keep the metric quiet."""
        found = [each for each in self.silences.values() if each.is_in_force(now)]
        return self._covering(found, metric) if found else found

    def is_silenced_by(self, metric: Metric, silence: Silence, now: datetime) -> bool:
        """Return whether a silence is in force, and keeps the metric quiet."""
        return silence.is_in_force(now) and bool(self._covering([silence], metric))

    def silence(self, metric: Metric, at: datetime) -> bool:
        """Note whether silences keep the metric quiet from `at` on, and nothing else.

        Return whether that changed.
        """
        quiets, silenced = metric.quiets, Reason.SILENCED
        incident = metric.timeline.present
        # a clock that is ahead may have dated its beginning
        if incident is None or at < min(incident.began_at, metric.received_at):
            return False
        if any(
            each.reason is silenced and each.until and each.until > at
            for each in quiets
        ):
            # what came after is noted already
            return False
        reasons = metric.quiet_reasons - {silenced}
        if self.silences_of(metric, at):
            reasons |= {silenced}
        metric.quiets = note(quiets, reasons, at)
        self.count(metric, metric.is_open and not reasons)
        return metric.quiets is not quiets

    def quiet(
        self,
        metric: Metric,
        at: datetime,
        now: datetime,
        arrived_at: datetime | None = None,
    ) -> bool:
        """Note what keeps the metric quiet from `at` on; return whether that changed.

        If an alert of its own says so, it is quiet from its change on, and what is over
        held until it `arrived_at`. What silences did meanwhile, and nobody has noted, is
        noted at its own time.
        """
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
        quiets, held, silenced = metric.quiets, metric.quiet_reasons, Reason.SILENCED
        if silenced in held - reasons and (end := self._silenced_until(metric, now)):
            metric.quiets = note(quiets, held - {silenced}, end)
        if silenced in reasons - held and (begin := self._silenced_since(metric, now)):
            begin = min(begin, at) if arrived_at else begin
            metric.quiets = note(quiets, held | {silenced}, begin)
        metric.quiets = note(metric.quiets, reasons, at, arrived_at)
        self.count(metric, metric.is_open and not reasons)
        return metric.quiets is not quiets

    def _silenced_until(self, metric: Metric, now: datetime) -> datetime | None:
        """Return when the last silence ended that kept the metric quiet, if all did."""
        if self.silences_of(metric, now):
            return None
        over = [each for each in self.silences.values() if each.is_over(now)]
        ends = (each.ends_at for each in self._covering(over, metric))
        return max(filter(None, ends), default=None)

    def _silenced_since(self, metric: Metric, now: datetime) -> datetime | None:
        """Return when silences that nobody has noted began to keep an open metric quiet."""
        incident = metric.timeline.present
        begins = [
            each.begins_at
            for each in self.silences_of(metric, now)
            if not each.has_begun
        ]
        return max(min(begins), incident.began_at) if begins and incident else None

    def _covering(self, silences: list[Silence], metric: Metric) -> list[Silence]:
        """Return those of the silences that are about the metric."""
        uids = self._uid, *metric.uids
        # to find these takes long
        has_places = any(each.areas or each.labels for each in silences)
        areas, labels = self._places(metric) if has_places else ((), ())
        return [each for each in silences if each.covers(uids, areas, labels)]

    def quiet_all(
        self, metrics: Iterable[Metric], at: datetime, now: datetime
    ) -> tuple[Metric, ...]:
        """Note what keeps metrics quiet; return those of which that changed."""
        return tuple(metric for metric in metrics if self.quiet(metric, at, now))

    def count(self, metric: Metric, needs_attention: bool) -> None:
        """Let the roll-ups count a metric that needs attention; tests only its agent's."""
        if more := needs_attention - metric.is_counted:
            metric.agent.rollup.needs_attention += more
            metric.is_counted = needs_attention
        of_account = needs_attention and not metric.is_test
        if more := of_account - metric.is_counted_by_account:
            self._account.needs_attention += more
            metric.is_counted_by_account = of_account

    def connect(self, metric: Metric) -> bool:
        """Note whether a metric says that its agent is out of reach.

        Return whether the agent was not so before, or no longer is.
        """
        away, key = metric.agent.away, metric.alert.key
        was_away = bool(away)
        if metric.is_open and self.is_connection(metric):
            away.add(key)
        else:
            away.discard(key)
        return bool(away) is not was_away

    def reconnect(self, agent: Agent) -> bool:
        """Note again which metrics say that an agent is out of reach.

        Return whether those are others than before.
        """
        away = {
            key
            for key, metric in agent.metrics.items()
            if metric.is_open and self.is_connection(metric)
        }
        is_other = agent.away != away
        agent.away = away
        return is_other
