"""The roster: the agents that alerts have told of, and what Bleemeo lists."""

from collections.abc import Mapping

from .metric import Agent
from .profile import AgentProfile, RealName


class Roster:
    """The agents by id; one that Bleemeo lists is there without any metric.

    `metric_names` has Bleemeo's own names of metrics, by id. There are doubts while any
    of what is listed is doubted.
    """

    def __init__(self) -> None:
        """Start without agents."""
        self.agents: dict[str, Agent] = {}
        self.metric_names: Mapping[str, RealName] = {}
        self.has_doubts = False
        self._profiles: Mapping[str, AgentProfile] = {}

    def take(
        self, profiles: Mapping[str, AgentProfile]
    ) -> tuple[list[Agent], list[Agent]]:
        """Have the agents that Bleemeo lists, by id, and what it tells of them.

        Return those that are new, and those of which something else is told.
        """
        self._profiles = profiles
        self.has_doubts = any(each.is_doubted for each in profiles.values())
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

    def add(self, agent_id: str) -> Agent:
        """Add an agent of which an alert tells."""
        agent = Agent(agent_id, profile=self._profiles.get(agent_id))
        self.agents[agent_id] = agent
        return agent

    def forget(self, agent: Agent, *, even_listed: bool) -> None:
        """Remove an agent that has no metrics; one that is listed only if told so."""
        is_bare = not agent.metrics and (even_listed or agent.profile is None)
        if is_bare and self.agents.get(agent.id) is agent:
            del self.agents[agent.id]
