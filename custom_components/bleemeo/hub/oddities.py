"""Oddities of alerts that were taken all the same: each is told to people once."""

import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..core import Agent, Alert, Board, Markdown, as_markdown
from ..journal import PARTLY_READ_DELIVERIES, JournalContents
from .troubles import AGENT_DUPLICATED

_LOGGER = logging.getLogger(__name__)


class Oddities:
    """Counts alerts that were read in part, and finds agents of several machines.

    `left_out` has the fields that could not be read since the start, and why.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, board: Board) -> None:
        """Start with nothing found."""
        self._hass = hass
        self._entry = entry
        self._board = board
        self._duplicated: set[str] = set()
        self.partly_read_deliveries = 0
        self.left_out: dict[str, str] = {}

    @property
    def counts(self) -> dict[str, int]:
        """What a journal keeps, by name."""
        return {PARTLY_READ_DELIVERIES: self.partly_read_deliveries}

    @callback
    def async_restore(self, contents: JournalContents) -> None:
        """Continue the count that was kept, and look at the restored agents."""
        self.partly_read_deliveries = contents.counts.get(PARTLY_READ_DELIVERIES, 0)
        self.async_check_agents()

    @callback
    def async_note(self, alert: Alert, agent: Agent) -> None:
        """Note what is odd about an alert of an agent."""
        if alert.left_out:
            self.partly_read_deliveries += 1
        for field, reason in alert.left_out.items():
            if field not in self.left_out:
                self.left_out[field] = reason
                _LOGGER.warning(
                    "An alert of %s was taken without its field %s (%s); the action "
                    "get_deliveries shows it, and further ones are not logged",
                    self._entry.title,
                    field,
                    reason,
                )
        if agent.naming.is_duplicated is not (agent.id in self._duplicated):
            self.async_check_agents()

    @callback
    def async_check_agents(self) -> None:
        """Report the agents that are duplicated, or that none is any more."""
        duplicated = {
            agent.id: f"- {as_markdown(agent.name)}: "
            + ", ".join(map(as_markdown, sorted(agent.naming.told)))
            for agent in self._board.agents.values()
            if agent.naming.is_duplicated
        }
        self._duplicated = set(duplicated)
        if duplicated:
            agents = Markdown("\n".join(duplicated.values()))
            AGENT_DUPLICATED.async_report(self._hass, self._entry, agents=agents)
        else:
            AGENT_DUPLICATED.async_settle(self._hass, self._entry)
