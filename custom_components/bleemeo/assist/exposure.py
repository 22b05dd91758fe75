"""What an assistant may be told of: the subjects of which an entity is exposed to it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re
from typing import Self

from homeassistant.auth.models import User
from homeassistant.components.homeassistant import async_should_expose
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..caller import async_may_read
from ..const import DOMAIN
from ..core import Agent, Metric
from ..hub import SUBJECT_ENTITIES, BleemeoHub
from ..models import BleemeoConfigEntry, is_loaded, loaded_hubs

# of a website, with the host in it
_ADDRESS = re.compile(r"\w+://(?:[^/?#]*@)?([^/?#:]+)")

# with those of its metrics that are exposed
type Server = tuple[BleemeoHub, Agent, list[Metric]]


@dataclass(frozen=True, slots=True)
class Exposed:
    """The accounts, agents and metrics that are exposed, by their uids.

    `entry_ids` are the entries of which anything is. The Problem, Status and Alert of a
    server stand for all of its metrics, and those of the account for everything.
    """

    hass: HomeAssistant
    uids: frozenset[str]
    entry_ids: frozenset[str]

    @classmethod
    @callback
    def async_get(cls, hass: HomeAssistant, assistant: str) -> Self:
        """Return what is exposed to an assistant."""
        entities, keys = er.async_get(hass), {key for _, key in SUBJECT_ENTITIES}
        uids, entry_ids = set(), set()
        for entry in hass.config_entries.async_entries(DOMAIN):
            for entity in er.async_entries_for_config_entry(entities, entry.entry_id):
                uid, _, key = entity.unique_id.rpartition("_")
                if key in keys and async_should_expose(
                    hass, assistant, entity.entity_id
                ):
                    uids.add(uid)
                    entry_ids.add(entry.entry_id)
        return cls(hass, frozenset(uids), frozenset(entry_ids))

    def __bool__(self) -> bool:
        """Return whether anything is exposed."""
        return bool(self.uids)

    def has(self, entry_id: str, metric: Metric) -> bool:
        """Return whether a metric is exposed."""
        return not self.uids.isdisjoint({entry_id, metric.agent.uid, metric.uid})

    def has_agent(self, entry_id: str, agent: Agent) -> bool:
        """Return whether a server is exposed with all of its metrics."""
        return not self.uids.isdisjoint({entry_id, agent.uid})

    def unknown(self) -> list[BleemeoConfigEntry]:
        """Return the entries that are exposed and of which not everything is known.

        One that a person has disabled is none of them.
        """
        entries: list[BleemeoConfigEntry] = self.hass.config_entries.async_entries(
            DOMAIN, include_disabled=False
        )
        return [
            entry
            for entry in entries
            if entry.entry_id in self.entry_ids and not self._is_known(entry)
        ]

    def _is_known(self, entry: BleemeoConfigEntry) -> bool:
        """Return whether an account is known, with each of its servers that is exposed."""
        if not is_loaded(entry):
            return False
        data = entry.runtime_data
        return data.is_known and not any(
            agent.is_doubted and self.has_agent(entry.entry_id, agent)
            for agent in data.hub.board.agents.values()
        )

    def servers(self, user: User | None = None) -> list[Server]:
        """Return the servers of which anything is exposed, and that a user may read.

        One of which no metric is there is OK. A server that exists only for test alerts
        is none, and takes no name of another.
        """
        found: list[Server] = []
        for hub in loaded_hubs(self.hass):
            for agent in hub.board.agents.values():
                if hub.board.is_for_tests(agent):
                    continue
                metrics = [
                    metric
                    for metric in agent.metrics.values()
                    if self.has(hub.uid, metric)
                    and async_may_read(self.hass, user, metric)
                ]
                if metrics or (
                    not agent.metrics
                    and not agent.is_doubted
                    and self.has_agent(hub.uid, agent)
                    and async_may_read(self.hass, user, agent)
                ):
                    found.append((hub, agent, metrics))
        return found


def spoken_names(
    hass: HomeAssistant, servers: Iterable[Server]
) -> dict[str, list[str]]:
    """Return the names by which it is clear which server is meant, by agent.

    The shortest comes first.
    """
    return clear_names(all_names(hass, servers))


def all_names(hass: HomeAssistant, servers: Iterable[Server]) -> dict[str, list[str]]:
    """Return what people may call servers, by agent, the shortest name first.

    That is the name that a person gave to the device, or else the first part of the
    host's name, or a website's domain, and the whole.
    """
    devices = dr.async_get(hass)
    names: dict[str, list[str]] = {}
    for hub, agent, _ in servers:
        device = devices.async_get_device_by_identifier((DOMAIN, agent.uid), hub.uid)
        given = device.name_by_user if device else None
        own = [*([given] if given else []), *_short_names(agent), agent.name]
        names[agent.id] = list(dict.fromkeys(own))
    return names


def clear_names(names: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return of the names of each what no other is called, and the whole."""
    bearers = Counter(
        each for own in names.values() for each in set(map(str.casefold, own))
    )
    return {
        agent_id: [
            name for name in own if name in own[-1:] or bearers[name.casefold()] == 1
        ]
        for agent_id, own in names.items()
    }


def _short_names(agent: Agent) -> list[str]:
    """Return what is less than an agent's name, and says enough."""
    address = _ADDRESS.match(agent.name)
    if address or agent.is_website:
        site = address[1] if address else agent.name
        return [site.removeprefix("www."), site]
    first, dot, _ = agent.name.partition(".")
    return [first] if dot and not first.isdecimal() else []
