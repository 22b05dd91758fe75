"""Servers that were set up anew: they come with another agent, and the old one is silent.

Its last alerts would stay open for ever, so a repair offers to forget it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..core import Agent, Alert, Board, Judgement, Metric, Source, Status
from .troubles import AGENT_REPLACED


class ReplacedAgents:
    """Offers to forget an agent while another has taken its place.

    Two machines of one name that both send are not one: the offer is withdrawn as soon
    as the first is heard of again.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, board: Board) -> None:
        """Start with nothing offered."""
        self._hass = hass
        self._entry = entry
        self._board = board
        # the agent that took the place, by the one that is offered
        self._offered: dict[str, str] = {}
        # the agents of each host, and what was the host of each
        self._agents: defaultdict[str, set[str]] = defaultdict(set)
        self._hosts: dict[str, str] = {}

    @callback
    def restore(self) -> None:
        """Restore what was offered before a restart; withdraw what is over."""
        told = ("agent_id", "replaced_by", "host", "since", "metrics")
        for data in AGENT_REPLACED.async_told_data(self._hass, self._entry):
            # anew, for its words may be those of an earlier version
            self._report(*(str(data[key]) for key in told))
        for agent in self._board.agents.values():
            self._note_host(agent)
        self.check()

    @callback
    def follow(self, judgement: Judgement, alert: Alert) -> None:
        """Look at who was heard of."""
        self._note_host(judgement.metric.agent)
        if judgement.change is None or alert.source is Source.TEST:
            return
        metric, agent = judgement.metric, judgement.metric.agent
        # this is Bleemeo's word about an agent, and not the agent's own
        is_gone = alert.metric_id is None and metric.is_open
        if agent.id in self._offered and not is_gone:
            if alert.source is Source.WEBHOOK:
                self._withdraw(agent.id)
            else:
                self.check()
        if is_gone:
            heard_at = self._heard_at(agent, metric)
            for other in self._of_same_host(agent):
                since = self._heard_at(other)
                if since and (heard_at is None or since > heard_at):
                    self._offer(agent, other, heard_at or metric.received_at)
        elif judgement.is_new_metric and len(agent.metrics) == 1:
            for other in self._of_same_host(agent):
                # a first listing has both, and says nothing of when they came
                if self._is_open(other.id) and (heard_at := self._heard_at(other)):
                    self._offer(other, agent, heard_at)

    @callback
    def check(self) -> None:
        """Withdraw what is over: an agent was forgotten, or has no open alert."""
        for agent_id, other_id in list(self._offered.items()):
            if not self._is_open(agent_id) or other_id not in self._board.agents:
                self._withdraw(agent_id)
        for agent_id in self._hosts.keys() - self._board.agents.keys():
            self._agents[self._hosts.pop(agent_id)].discard(agent_id)

    def _note_host(self, agent: Agent) -> None:
        """Note what the host of an agent is called."""
        host, before = (agent.host or "").casefold(), self._hosts.get(agent.id)
        if host == before:
            return
        if before is not None:
            self._agents[before].discard(agent.id)
        self._hosts[agent.id] = host
        self._agents[host].add(agent.id)

    def _of_same_host(self, agent: Agent) -> Iterator[Agent]:
        if host := self._hosts[agent.id]:
            for agent_id in sorted(self._agents[host] - {agent.id}):
                if (other := self._board.agents.get(agent_id)) is not None:
                    yield other

    def _heard_at(self, agent: Agent, besides: Metric | None = None) -> datetime | None:
        """Return when the agent's last alert arrived; None if none did by itself."""
        return max(
            (
                metric.received_at
                for metric in self._board.metrics_of(agent.id)
                if metric is not besides and metric.alert.source is Source.WEBHOOK
            ),
            default=None,
        )

    def _is_open(self, agent_id: str) -> bool:
        agent = self._board.agents.get(agent_id)
        return agent is not None and agent.rollup.worst is not Status.OK

    def _offer(self, agent: Agent, other: Agent, heard_at: datetime) -> None:
        self._report(
            agent.id,
            other.id,
            agent.name,
            dt_util.as_local(heard_at).strftime("%Y-%m-%d %H:%M"),
            ", ".join(sorted(each.name for each in self._board.metrics_of(agent.id))),
        )

    def _report(
        self, agent_id: str, other_id: str, host: str, since: str, metrics: str
    ) -> None:
        self._offered[agent_id] = other_id
        AGENT_REPLACED.async_report(
            self._hass,
            self._entry,
            subject=agent_id,
            data={"agent_id": agent_id, "replaced_by": other_id},
            named=host,
            host=host,
            since=since,
            metrics=metrics,
        )

    def _withdraw(self, agent_id: str) -> None:
        self._offered.pop(agent_id, None)
        AGENT_REPLACED.async_settle(self._hass, self._entry, agent_id)
