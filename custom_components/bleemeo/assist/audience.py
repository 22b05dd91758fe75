"""Whom an assistant answers: what they may be told, and what it does in their name."""

from typing import Any, cast

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant

from ..const import DOMAIN
from ..core import MetricKey
from .exposure import Exposed, spoken_names


class Audience:
    """A user whom an assistant answers: what they may be told, and actions in their name."""

    def __init__(
        self, hass: HomeAssistant, assistant: str, context: Context, user: User | None
    ) -> None:
        """Look at what is exposed now."""
        self.hass = hass
        self.context = context
        exposed = Exposed.async_get(hass, assistant)
        found = exposed.servers(user)
        self._names = spoken_names(hass, found)
        self._keys: dict[tuple[str, MetricKey], str] = {
            (hub.uid, metric.alert.key): self._names[agent.id][0]
            for hub, agent, metrics in found
            for metric in metrics
        }
        self._not_known = [entry.title for entry in exposed.unknown()]

    async def async_respond(self, action: str, **data: Any) -> dict[str, Any]:
        """Perform an action that responds."""
        response = await self.hass.services.async_call(
            DOMAIN,
            action,
            data,
            blocking=True,
            context=self.context,
            return_response=True,
        )
        return cast(dict[str, Any], response)

    def called(self, server: str | None) -> set[str]:
        """Return the agents that a name may mean; a whole name is that of no others."""
        wanted = (server or "").casefold()
        names = {
            agent_id: [name.casefold() for name in own]
            for agent_id, own in self._names.items()
        }
        exact = {agent_id for agent_id, own in names.items() if wanted in own}
        return exact or {
            agent_id
            for agent_id, own in names.items()
            if any(wanted in name for name in own)
        }

    def select(
        self, found: list[dict[str, Any]], agents: set[str]
    ) -> list[tuple[str, dict[str, Any]]]:
        """Return what is exposed of agents, each with the name of its server."""
        return [
            (name, each)
            for each in found
            if each["agent_id"] in agents
            and (
                name := self._keys.get(
                    (each["entry_id"], (each["agent_id"], each["metric_id"]))
                )
            )
        ]

    def servers(self, agents: set[str] | None = None) -> list[str]:
        """Return the names of agents, or of all of which anything is exposed."""
        found = self._names if agents is None else agents
        return sorted(self._names[agent_id][0] for agent_id in found)

    def uptimes(
        self, shares: list[dict[str, Any]], agents: set[str]
    ) -> list[dict[str, Any]]:
        """Return the uptimes of agents that are known, each with its server, the worst first."""
        known = [
            {"server": self._names[each["agent_id"]][0], "uptime": each["uptime"]}
            for each in shares
            if each["agent_id"] in agents and each["uptime"] is not None
        ]
        return sorted(known, key=lambda each: each["uptime"])

    def completeness(self) -> dict[str, Any]:
        """Return whether an answer is complete, and of which accounts it may not be."""
        if not self._not_known:
            return {"complete": True}
        return {"complete": False, "not_known": self._not_known}
