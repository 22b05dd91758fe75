"""The catalogue: the agents and metrics that Bleemeo has, kept across restarts."""

from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..core import WEBSITE, AgentProfile, Board, RealName, Service
from .labels import Labelled
from .listing import ListedMetric, Listing
from .profile import NAME_PATH, Details

_VERSION = 1
_PROFILE_WORDS = ("kind", "manufacturer", "model", "serial_number", "sw_version", "mac")


@dataclass(slots=True)
class Catalogue:
    """Bleemeo's names by id, which also tell what Bleemeo has or once had.

    The metrics are those of the last listing, and those on the board that an earlier
    one had. `twins` leads from a metric to the one that is its status, and back.
    `listed_since` has when each agent was first listed.
    `forgotten` has ids of what a person wants to see no more, until its next alert.
    `names` has those that people gave metrics, by label, and `services` those of services
    and containers, by id; they and the agents were asked for in detail at `described_at`.
    `labels` has the labels that servers have for their tags, see `labels`.
    `agreed_at` and `corrected` are the state of the agreement; until `not_before` Bleemeo
    wants not to be asked.
    """

    agents: dict[str, AgentProfile] = field(default_factory=dict)
    metrics: dict[str, RealName] = field(default_factory=dict)
    twins: dict[str, str] = field(default_factory=dict)
    listed_since: dict[str, datetime] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    labels: Labelled = field(default_factory=Labelled)
    described_at: datetime | None = None
    agreed_at: datetime | None = None
    corrected: int = 0
    not_before: datetime | None = None

    def update(self, listing: Listing, board: Board) -> None:
        """Merge a listing; keep what it lacks as long as the board has it."""
        shown = {metric_id for _, metric_id in board.metrics}
        self.agents = {
            uid: known for uid, known in self.agents.items() if uid in board.agents
        } | {
            uid: Details().profile(agent, self.agents.get(uid))
            for uid, agent in listing.agents.items()
        }
        now = dt_util.utcnow()
        # in place: who shows it holds it
        for uid in self.listed_since.keys() - self.agents.keys():
            del self.listed_since[uid]
        for uid in listing.agents:
            self.listed_since.setdefault(uid, now)
        self.metrics = {
            uid: name for uid, name in self.metrics.items() if uid in shown
        } | self._real_names(listing)
        self.twins = {
            uid: twin
            for uid, twin in self.twins.items()
            if uid in shown or twin in shown
        } | listing.twins
        # an alert has brought it back, or Bleemeo no longer has it
        gone = self.agents.keys() | self.metrics.keys()
        self.forgotten = (self.forgotten & gone) - shown - board.agents.keys()

    @property
    def shown_agents(self) -> dict[str, AgentProfile]:
        """The agents but for those that a person wants to see no more.

        The address of a network card that several tell is nobody's.
        """
        macs = Counter(profile.mac for profile in self.agents.values())
        return {
            uid: profile if macs[profile.mac] == 1 else replace(profile, mac=None)
            for uid, profile in self.agents.items()
            if uid not in self.forgotten
        }

    @property
    def doubted(self) -> set[str]:
        """The agents of which nothing is to be told yet."""
        return {uid for uid, profile in self.agents.items() if profile.is_doubted}

    def doubt(self, agents: set[str]) -> None:
        """Doubt these agents, and no others; what was doubted is known from now on."""
        for uid in self.doubted ^ agents:
            self.agents[uid] = replace(self.agents[uid], is_doubted=uid in agents)
            self.listed_since[uid] = dt_util.utcnow()

    def describe(self, listing: Listing, details: Details) -> None:
        """Add to the listed agents what Bleemeo tells of them in detail."""
        self.agents |= {
            uid: details.profile(agent, self.agents.get(uid))
            for uid, agent in listing.agents.items()
        }
        kept = {} if NAME_PATH in details.told else self.names
        self.names = kept | details.names
        if not details.has_failed:
            self.described_at = dt_util.utcnow()
        # the list may lack one that a metric is of
        known = (name.service for name in self.metrics.values() if name.service)
        self.services = {each.id: each.name for each in known} | details.service_names
        self.metrics |= self._real_names(listing)

    def _real_names(self, listing: Listing) -> dict[str, RealName]:
        names: dict[str, RealName] = {}
        for metric in listing.metrics:
            name, service = metric.real_name, self._service(metric)
            names[metric.metric_id] = (
                replace(name, service=service) if service else name
            )
        return names

    def _service(self, metric: ListedMetric) -> Service | None:
        """Return the service that a metric is of, if it is known what that is called."""
        uid, agent = metric.service_id, self.agents.get(metric.agent_id)
        if uid is None or (agent and agent.kind == WEBSITE):
            # its one service is the website itself
            return None
        name = self.services.get(uid)
        return None if name is None else Service(uid, name)

    def as_stored(self, board: Board) -> dict[str, Any]:
        """Return what to store, with only those metrics that the board shows."""
        shown = {metric_id for _, metric_id in board.metrics}
        return {
            "agents": {uid: asdict(profile) for uid, profile in self.agents.items()},
            "metrics": {
                uid: [
                    name.name,
                    name.unit,
                    name.label,
                    *([name.service.id] if name.service else []),
                ]
                for uid, name in self.metrics.items()
                if uid in shown
            },
            "twins": {
                uid: twin
                for uid, twin in self.twins.items()
                if uid in shown or twin in shown
            },
            "listed_since": {
                uid: since.isoformat() for uid, since in self.listed_since.items()
            },
            "forgotten": list(self.forgotten),
            "names": dict(self.names),
            "services": dict(self.services),
            "labels": self.labels.as_stored(),
            "described_at": self.described_at and self.described_at.isoformat(),
            "agreed_at": self.agreed_at and self.agreed_at.isoformat(),
            "corrected": self.corrected,
            "not_before": self.not_before and self.not_before.isoformat(),
        }

    @classmethod
    def from_stored(cls, stored: object) -> Catalogue:
        """Read what `as_stored` returned; begin anew what has another form."""
        found = cls()
        if not isinstance(stored, dict):
            return found
        agents = stored.get("agents")
        for uid, kept in agents.items() if isinstance(agents, dict) else ():
            if (profile := _profile(kept)) is not None:
                found.agents[uid] = profile
        found.names = _texts(stored.get("names"))
        for uid, since in _texts(stored.get("listed_since")).items():
            if (listed_since := _time(since)) is not None:
                found.listed_since[uid] = listed_since
        found.services = _texts(stored.get("services"))
        found.labels = Labelled.from_stored(stored.get("labels"))
        found.described_at = _time(stored.get("described_at"))
        found.twins = _texts(stored.get("twins"))
        metrics = stored.get("metrics")
        for uid, kept in metrics.items() if isinstance(metrics, dict) else ():
            match kept:
                case [str() as name, str() | None as unit, str() | None as label, *of]:
                    services = [
                        Service(each, found.services[each])
                        for each in of
                        if each in found.services
                    ]
                    found.metrics[uid] = RealName(name, unit, label, *services[:1])
        match stored.get("forgotten"):
            case list() as ids:
                found.forgotten = {uid for uid in ids if isinstance(uid, str)}
        match stored.get("corrected"):
            case int() as corrected:
                found.corrected = corrected
        found.agreed_at = _time(stored.get("agreed_at"))
        found.not_before = _time(stored.get("not_before"))
        return found


def catalogue_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the store of an entry's catalogue."""
    return Store(
        hass,
        _VERSION,
        f"{DOMAIN}.{entry.entry_id}.catalogue",
        atomic_writes=True,
        # nothing else refers to what `as_stored` returns
        serialize_in_event_loop=False,
    )


def _profile(kept: object) -> AgentProfile | None:
    match kept:
        case {
            "name": str() as name,
            "tags": list() as tags,
            "services": list() as run,
            **more,
        }:
            words = {
                key: word
                for key in _PROFILE_WORDS
                if isinstance(word := more.get(key), str)
            }
            return AgentProfile(
                name=name,
                tags=tuple(each for each in tags if isinstance(each, str)),
                services=tuple(each for each in run if isinstance(each, str)),
                is_doubted=more.get("is_doubted") is True,
                **words,
            )
    return None


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _time(value: object) -> datetime | None:
    with suppress(ValueError, TypeError):
        time = datetime.fromisoformat(value)  # type: ignore[arg-type]
        return time if time.tzinfo else None
    return None
