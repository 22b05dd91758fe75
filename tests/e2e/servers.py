"""Servers that Bleemeo watches: each call reports one change to Home Assistant."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_DNS, UUID, uuid4, uuid5

from scripts.house import House
from scripts.simulated_bleemeo import STATUS_WORDS

ACCOUNT = "8f63c7da-700c-4fa6-a4d5-c15db2652d15"
# the agent's own status, which has no id of a metric
CONNECTION = "Agent connection"


@dataclass
class Servers:
    """The servers of an account whose alerts go to a webhook's address."""

    house: House
    address: str

    async def report(
        self,
        host: str,
        metric: str,
        status: str,
        text: str = "",
        *,
        ago: timedelta = timedelta(),
        agent: str = "",
    ) -> None:
        """Deliver a metric's change of status, and wait until it is acknowledged.

        Two machines of one host have different agents.
        """
        now = datetime.now(UTC)
        changed_at = (now - ago).isoformat()
        agent_id = agent_id_of(host, agent)
        payload = {
            "id": str(uuid4()),
            "account": ACCOUNT,
            "agent": agent_id,
            "metric": metric_id_of(agent_id, metric),
            "status": STATUS_WORDS.index(status),
            "title": f"{host} - {metric} is {status.capitalize()}",
            "text": text,
            "status_changed_at": changed_at,
            "happened_at": changed_at,
            "modified_at": now.isoformat(),
        }
        async with self.house.session.post(self.address, json=payload) as answer:
            assert await answer.json() == {"result": "changed"}


def agent_id_of(host: str, agent: str = "") -> str:
    """Return the id of a host's agent."""
    return str(uuid5(NAMESPACE_DNS, f"{host}{agent}"))


def metric_id_of(agent_id: str, metric: str) -> str | None:
    """Return the id of a metric."""
    return None if metric == CONNECTION else str(uuid5(UUID(agent_id), metric))


def uid_of(host: str, metric: str) -> str:
    """Return the unique id of a metric's status sensor."""
    agent_id = agent_id_of(host)
    return f"{agent_id}_{metric_id_of(agent_id, metric) or 'agent'}_status"
