"""What the dashboard shows of an entry: its account, its servers and their incidents."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant

from ..caller import MayServer
from ..core import (
    STATUS_WORDS,
    Acknowledgement,
    Agent,
    Metric,
    MetricKey,
    Reason,
    Rollup,
    Silence,
    Status,
    metric_uid,
    time_of,
)
from ..journal import KeptIncident
from ..models import BleemeoConfigEntry
from .quiet import QuietTimes, longest
from .registered import Registered
from .window import Incidents, IncidentWindow

type Shown = dict[str, Any]


class Overview:
    """Describes an entry as of a time, with what is known of a window of it."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: BleemeoConfigEntry,
        window: IncidentWindow | None,
        may_read: MayServer,
        now: datetime,
        may_control: MayServer = lambda *_: False,
    ) -> None:
        """Describe for who `may_read`; without a window the entry is not loaded."""
        self.entry = entry
        self._window = window
        self.may_read = may_read
        self._may_control = may_control
        self._now = now
        # what is the same in all incidents of a metric
        self._about: dict[MetricKey, Shown] = {}
        self.registered = Registered(hass, entry.entry_id)
        silences = window.hub.board.silences.values() if window else ()
        self._silences = [each for each in silences if each.is_in_force(now)]
        self._quiet_times = QuietTimes(
            [*window.hub.silencer.past, *self._silences] if window else (),
            window.since if window else now,
        )

    def agents(self) -> list[Agent]:
        """Return the agents whose servers may be seen.

        One that exists only for test alerts is none, but while a test is open.
        """
        if self._window is None:
            return []
        board = self._window.hub.board
        return [
            each
            for each in board.agents.values()
            if self.may_read(self.entry, each.id)
            and (each.rollup.open or not board.is_for_tests(each))
        ]

    def key(self, agent_id: str) -> str:
        """Identify a server among those of all entries."""
        return f"{self.entry.entry_id}/{agent_id}"

    def account(self) -> Shown:
        """Describe the account, as far as its servers may be seen."""
        entry, window, agents = self.entry, self._window, self.agents()
        is_known = window is not None and entry.runtime_data.is_known
        rollups = [agent.rollup for agent in agents]
        silences = [each for each in self._silences if entry.entry_id in each.subjects]
        return {
            "entry_id": entry.entry_id,
            "title": entry.title,
            "device_id": self.registered.device_id(entry.entry_id),
            "loaded": window is not None,
            "disabled": entry.disabled_by is not None,
            "known": is_known,
            "status": _worst(rollups).word if is_known else None,
            "last_heard_at": _iso(_last_heard_at(entry)) if is_known else None,
            "known_since": _iso(self._known_since(agents)),
            "gaps": [
                [_iso(began), _iso(ended)]
                for began, ended in (window.gaps(self._now) if window else ())
            ],
            "open": sum(rollup.open for rollup in rollups),
            "needs_attention": sum(rollup.needs_attention for rollup in rollups),
            "silenced": longest(silences, entry.entry_id),
        }

    def _known_since(self, agents: Iterable[Agent]) -> datetime | None:
        """Return since when anything is known of any of the agents."""
        if self._window is None:
            return None
        known = map(self._window.known_since, agents)
        return min((at for at in known if at is not None), default=None)

    def server(self, agent: Agent) -> Shown:
        """Describe a server."""
        entry, window, rollup = self.entry, self._window, agent.rollup
        assert window is not None
        registered, uids = self.registered, (entry.entry_id, agent.uid)
        device, places = registered.device(agent.uid), registered.places(agent.uid)
        silences = [each for each in self._silences if each.covers(uids, *places)]
        uptime = window.uptime(agent, self._now)
        return {
            "key": self.key(agent.id),
            "entry_id": entry.entry_id,
            "agent_id": agent.id,
            "device_id": device.id if device else None,
            "name": (device and device.name_by_user) or agent.name,
            "area_id": device.area_id if device else None,
            "labels": sorted(device.labels) if device else [],
            "status": agent.worst.word,
            "status_since": _iso(_status_since(agent)),
            "known_since": _iso(window.known_since(agent)),
            "is_test": window.hub.board.is_for_tests(agent),
            "may_control": self._may_control(entry, agent.id),
            "metrics": len(agent.metrics),
            "open": rollup.open,
            "needs_attention": rollup.needs_attention,
            "uptime": None if uptime is None else round(uptime, 6),
            "silenced": longest(silences, entry.entry_id, agent),
            "silences": self._quiet_times.of(agent, places, entry.entry_id),
            "unreachable": bool(agent.away),
            "problem_entity_id": registered.problem_entity_id(agent.uid),
            "status_entity_id": registered.status_entity_id(agent.uid),
        }

    def place(self, agent: Agent) -> Shown:
        """Return which server it is."""
        return {
            "entry_id": self.entry.entry_id,
            "device_id": self.registered.device_id(agent.uid),
            "agent_id": agent.id,
            "host": agent.name,
        }

    def incidents(self, agent: Agent) -> Incidents:
        """Return the incidents of a server as they are now."""
        return self._window.incidents_of(agent.id) if self._window else {}

    def brief(self, kept: KeptIncident) -> Shown:
        """Describe an incident but for its metric, with times as microseconds.

        A month of many servers has thousands, so that statuses are Bleemeo's numbers,
        and without steps the worst was the only one. `metric` identifies the metric, and
        one that is open has all the rest too, for what is known of it now.
        """
        brief: Shown = {
            "metric": f"{self.entry.entry_id}/{kept.agent_id}/{kept.kept_metric_id}",
            "began": kept.began,
            "ended": kept.ended,
            "worst": kept.worst_number,
            "steps": kept.changes if kept.steps_text else (),
        }
        if kept.ended is None:
            brief |= self.about(kept) | self._now_of(kept)
        return brief

    def incident(self, kept: KeptIncident) -> Shown:
        """Describe an incident; of one that is open, also what is known of it now."""
        about = self.about(kept)
        began_at, (first, *later) = kept.began_at.isoformat(), kept.changes
        steps = [[began_at, STATUS_WORDS[first[1]]]]
        steps += ([time_of(at).isoformat(), STATUS_WORDS[n]] for at, n in later)
        shown: Shown = {
            "id": incident_id(about["server"], kept),
            **about,
            "began_at": began_at,
            "ended_at": _iso(kept.ended_at),
            "status": steps[-1][1],
            "worst": STATUS_WORDS[kept.worst_number],
            "steps": steps,
        }
        if kept.ended is None:
            shown |= self._now_of(kept)
        return shown

    def about(self, kept: KeptIncident) -> Shown:
        """Describe what all incidents of a metric have in common."""
        return self._about.get(kept.key) or self._describe_metric(kept)

    def _describe_metric(self, kept: KeptIncident) -> Shown:
        assert self._window is not None
        board = self._window.hub.board
        metric, agent = board.metrics.get(kept.key), board.agents.get(kept.agent_id)
        entity_id = self.registered.status_entity_id(metric_uid(kept.key))
        about = self._about[kept.key] = {
            "entry_id": self.entry.entry_id,
            "agent_id": kept.agent_id,
            "metric_id": kept.metric_id,
            "server": self.key(kept.agent_id),
            "device_id": self.registered.device_id(kept.agent_id),
            "service_device_id": self.registered.service_device_id(metric),
            "entity_id": entity_id,
            "metric_name": self.registered.given_name(entity_id)
            or (metric.name if metric else kept.name),
            "host": agent.name if agent else kept.host,
            "known_since": _iso(metric.timeline.known_since) if metric else None,
        }
        return about

    def _now_of(self, kept: KeptIncident) -> Shown:
        """Describe what is known now of an open incident's metric."""
        assert self._window is not None
        metric = self._window.hub.board.metrics.get(kept.key)
        return self._present(metric) if metric else {}

    def _present(self, metric: Metric) -> Shown:
        details, reasons = metric.details, metric.quiet_reasons
        silences: Collection[Silence] = ()
        if Reason.SILENCED in reasons and self._window is not None:
            silences = self._window.hub.board.silences_of(metric, self._now)
        return {
            **{
                key: details[key]
                for key in ("title", "text", "value", "unit", "threshold")
            },
            "acknowledged": metric.acknowledgement
            and acknowledgement_shown(metric.acknowledgement),
            "silenced": longest(silences, self.entry.entry_id, metric.agent, metric),
            "dependent": Reason.DEPENDENT in reasons,
            "flapping": Reason.FLAPPING in reasons,
            "needs_attention": metric.needs_attention,
            "is_test": metric.is_test,
            "began_earlier": metric.began_earlier,
        }


def incident_id(server: str, kept: KeptIncident) -> str:
    """Identify an incident of a server by its metric and its beginning."""
    return f"{server}/{kept.kept_metric_id}/{kept.began}"


def acknowledgement_shown(acknowledgement: Acknowledgement) -> Shown:
    """Describe an acknowledgement."""
    return {
        "at": acknowledgement.at.isoformat(),
        "until": _iso(acknowledgement.until),
        "comment": acknowledgement.comment,
        "user_id": acknowledgement.user_id,
        "by": acknowledgement.by,
    }


def _last_heard_at(entry: BleemeoConfigEntry) -> datetime | None:
    """Return when Bleemeo last told anything of a loaded account."""
    data = entry.runtime_data
    times = data.hub.statistics.last_alert_at, data.agreed_at
    return max((at for at in times if at is not None), default=None)


def _worst(rollups: Iterable[Rollup]) -> Status:
    worst = (rollup.worst for rollup in rollups)
    return max(worst, key=lambda status: status.severity, default=Status.OK)


def _status_since(agent: Agent) -> datetime | None:
    """Return since when a server has its status: that of its worst metrics."""
    worst = agent.worst
    since = [
        metric.timeline.steps[-1].at
        for metric in agent.metrics.values()
        if metric.alert.status is worst and metric.timeline.steps
    ]
    if worst is Status.OK:
        return max(since, default=None)
    return min(since, default=None)


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
