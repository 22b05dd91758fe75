"""The catalogue: the agents and metrics that Bleemeo has, kept across restarts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from ..core import Board, RealName
from .listing import Listing

_VERSION = 1


@dataclass(slots=True)
class Catalogue:
    """Bleemeo's names by id, which also tell what Bleemeo has or once had.

    The metrics are those of the last listing, and those on the board that an earlier
    one had. `agreed_at` and `corrected` are the state of the agreement.
    """

    agents: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, RealName] = field(default_factory=dict)
    agreed_at: datetime | None = None
    corrected: int = 0

    def update(self, listing: Listing, board: Board) -> None:
        """Merge a listing; keep what it lacks as long as the board has it."""
        shown = {metric_id for _, metric_id in board.metrics}
        self.agents = {
            uid: name for uid, name in self.agents.items() if uid in board.agents
        } | listing.agents
        self.metrics = {
            uid: name for uid, name in self.metrics.items() if uid in shown
        } | listing.real_names

    def as_stored(self, board: Board) -> dict[str, Any]:
        """Return what to store, with only those metrics that the board shows."""
        shown = {metric_id for _, metric_id in board.metrics}
        return {
            "agents": dict(self.agents),
            "metrics": {
                uid: [name.name, name.unit]
                for uid, name in self.metrics.items()
                if uid in shown
            },
            "agreed_at": self.agreed_at and self.agreed_at.isoformat(),
            "corrected": self.corrected,
        }

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> Catalogue:
        """Read what `as_stored` returned."""
        agreed_at = stored["agreed_at"]
        return cls(
            agents=stored["agents"],
            metrics={uid: RealName(*name) for uid, name in stored["metrics"].items()},
            agreed_at=agreed_at and datetime.fromisoformat(agreed_at),
            corrected=stored["corrected"],
        )


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
