"""Judge an alert that arrived: what it is among those of its metric, and what it changes."""

from dataclasses import replace
from datetime import datetime

from .alert import MAX_CLOCK_LEAD, Alert, MetricKey, Source, Status
from .incident import Step
from .judgement import Change, Judgement, Received, Verdict
from .metric import Agent, Metric, Rollup, metric_uid, told_at
from .naming import MetricName
from .order import FIRST, Rank, rank, true_time
from .quieter import Quieter
from .roster import Roster
from .seen import Seen
from .title import Reading, Title
from .words import take_words


class Judge:
    """Lets the metrics of a board take alerts, and says what came of each."""

    def __init__(
        self,
        metrics: dict[MetricKey, Metric],
        tested: dict[MetricKey, Received],
        account: Rollup,
        roster: Roster,
        seen: Seen,
        quieter: Quieter,
        flapping_threshold: int,
    ) -> None:
        """Judge for a board, of which all these are parts."""
        self._metrics = metrics
        self._tested = tested
        self._account = account
        self._roster = roster
        self._seen = seen
        self._quieter = quieter
        self._flapping_threshold = flapping_threshold

    def judge(
        self, alert: Alert, received_at: datetime, now: datetime | None = None
    ) -> Judgement:
        """Judge an alert; show it if it is the newest of its metric.

        `now` is another time than that of its arrival if it is shown again.
        """
        now = now or received_at
        metric = self._metrics.get(alert.key)
        if metric is not None and alert == metric.alert:
            # most of what changes nothing
            return Judgement(Verdict.REPEAT, metric)
        agent = self._roster.agents.get(alert.agent_id)
        if is_new_agent := agent is None:
            agent = self._roster.add(alert.agent_id)
        title = Title.parse(alert.title, alert.status_text)
        at, latest = true_time(alert, received_at), received_at + MAX_CLOCK_LEAD
        host, last = agent.host, metric.alert if metric else None
        is_name_told = agent.read_name(title, alert, latest)
        is_renamed = agent.host != host
        ranked = FIRST
        if metric is None:
            metric = self._add(agent, alert, title, received_at)
        else:
            tested, subject = self._tested.get(alert.key), metric.naming.title.subject
            real = tested.alert if tested else None
            ranked = rank(alert, metric, real, at, received_at)
            is_name_told |= self._take(metric, alert, title, ranked, at, latest)
            is_renamed |= metric.naming.title.subject != subject
        history, timeline = metric.history, metric.timeline
        unseen = self._follow(metric, alert, ranked, at, latest, now)
        was_flapping, is_flapping = history.is_flapping, metric.history.is_flapping
        is_moved = metric.timeline is not timeline
        if ranked.is_newest:
            self._count(metric, last)
        if ranked.is_end or (ranked.is_newest and not ranked.is_repeat):
            metric.received_at = received_at

        verdict, change, is_switched = Verdict.CHANGED, None, False
        if ranked.is_newest and not ranked.is_repeat:
            previous = last.status if last else None
            change = Change.between(previous, alert.status, timeline.seen_status)
            ended = self._seen.follow(metric, change, at)
            is_switched = not is_renamed and self._quieter.connect(metric)
        else:
            verdict = Verdict.REPEAT if ranked.is_repeat else Verdict.LATE
            ended = self._seen.follow_late(metric, timeline)
        if is_renamed:
            is_switched = self._quieter.reconnect(agent)
        if change or ended or is_flapping is not was_flapping:
            # quiet from its change on, and told, or not, until it was known to be over
            since = min(at, received_at) if change else received_at
            self._quieter.quiet(metric, since, now, received_at)
        quieted: tuple[Metric, ...] = ()
        if is_switched:
            # what was told of others in between was told
            others = agent.metrics.values()
            quieted = self._quieter.quiet_all(others, now, now)
        is_quieted = any(each is metric for each in quieted)
        is_shown = ranked.is_newest or is_moved or is_quieted
        return Judgement(
            verdict,
            metric,
            change=change,
            previous_status=last.status if last and change else None,
            refreshed=is_shown or is_flapping is not was_flapping,
            is_to_keep=is_shown or metric.history != history or is_name_told,
            unseen_changes=unseen,
            has_settled=was_flapping and not is_flapping,
            is_new_metric=last is None,
            is_new_agent=is_new_agent,
            at=at if change else None,
            ended=ended,
            quieted=tuple(each for each in quieted if each is not metric),
        )

    def _add(
        self, agent: Agent, alert: Alert, title: Title, received_at: datetime
    ) -> Metric:
        """Add the metric of its first alert."""
        latest = received_at + MAX_CLOCK_LEAD
        metric = self._metrics[alert.key] = agent.metrics[alert.key] = Metric(
            metric_uid(alert.key),
            agent,
            alert,
            received_at,
            title,
            Reading.parse(alert.text),
            MetricName(title, told_at(alert, latest)),
            real_name=self._roster.metric_names.get(alert.metric_id or ""),
        )
        return metric

    def _take(
        self,
        metric: Metric,
        alert: Alert,
        title: Title,
        ranked: Rank,
        at: datetime,
        latest: datetime,
    ) -> bool:
        """Let a metric show its newest alert; return whether a name is to be kept."""
        shown = alert
        if ranked.is_undated:
            # it is the same change, however late
            shown = replace(alert, arrived_at=metric.alert.told_at)
        elif ranked.is_found:
            shown = take_words(metric, alert, title, at, latest)
        is_name_told = metric.read_name(title, alert, latest)
        if ranked.is_newest:
            metric.take(shown, title)
            if not metric.is_test:
                self._tested.pop(alert.key, None)
        return is_name_told

    def _follow(
        self,
        metric: Metric,
        alert: Alert,
        ranked: Rank,
        at: datetime,
        latest: datetime,
        now: datetime,
    ) -> int:
        """Add a change to those of its metric; return how many more are unseen."""
        history = metric.history
        if ranked.is_end:
            # of tests there have been, the next real change must not seem to flap
            history = history.until(alert.told_at if alert.told_at <= latest else at)
        metric.history, unseen = history.follow(
            metric.alert if ranked.is_undated else alert,
            metric.alert,
            self._flapping_threshold,
            now,
        )
        if not (ranked.is_undated or ranked.is_found):
            step = Step.of(alert, at)
            metric.timeline = metric.timeline.add(step, is_last=ranked.is_newest)
        return unseen

    def _count(self, metric: Metric, last: Alert | None) -> None:
        """Count a metric under its new status instead of its last one."""
        previous, status = last.status if last else None, metric.alert.status
        metric.agent.rollup.replace(previous, status)
        self._account.replace(counted_status(last), counted_status(metric.alert))


def counted_status(alert: Alert | None) -> Status | None:
    """Return the status that the account counts; test alerts are left out."""
    return None if alert is None or alert.source is Source.TEST else alert.status
