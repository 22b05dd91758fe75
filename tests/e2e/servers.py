"""Servers that Bleemeo watches: each call reports one change to Home Assistant."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_DNS, uuid4, uuid5

from scripts.house import House
from scripts.simulated_bleemeo import STATUS_WORDS

ACCOUNT = "8f63c7da-700c-4fa6-a4d5-c15db2652d15"


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
        agent_id = uuid5(NAMESPACE_DNS, f"{host}{agent}")
        payload = {
            "id": str(uuid4()),
            "account": ACCOUNT,
            "agent": str(agent_id),
            "metric": str(uuid5(agent_id, metric)),
            "status": STATUS_WORDS.index(status),
            "title": f"{host} - {metric} is {status.capitalize()}",
            "text": text,
            "status_changed_at": changed_at,
            "happened_at": changed_at,
            "modified_at": now.isoformat(),
        }
        async with self.house.session.post(self.address, json=payload) as answer:
            assert await answer.json() == {"result": "changed"}
