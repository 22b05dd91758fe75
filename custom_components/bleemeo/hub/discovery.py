"""The entities of new agents and metrics, which the platforms add."""

from collections.abc import Callable, Iterable
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..core import Agent, Board, Metric
from .device import async_get_status_entity_id
from .troubles import ENTITY_CAP

_LOGGER = logging.getLogger(__name__)

type Add = Callable[[Iterable[Agent], Iterable[Metric]], None]


class Discovery:
    """Has the platforms add entities, and reports when Home Assistant takes no more."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, board: Board) -> None:
        """Start without any platform."""
        self._hass = hass
        self._entry = entry
        self._board = board
        self._platforms: list[Add] = []

    @callback
    def async_join(self, add: Add) -> CALLBACK_TYPE:
        """Let a platform add entities: now for all known ones, later for new ones.

        Those of known servers come by name: Home Assistant's own dashboards keep the
        order in which entities were added.
        """
        self._platforms.append(add)
        agents = sorted(
            self._board.agents.values(), key=lambda agent: agent.name.casefold()
        )
        add(agents, [each for agent in agents for each in agent.metrics.values()])
        return lambda: self._platforms.remove(add)

    @callback
    def async_add(self, agents: list[Agent], metrics: list[Metric]) -> None:
        """Have entities added; where one platform fails, the others still do it."""
        for add in self._platforms if agents or metrics else ():
            try:
                add(agents, metrics)
            except Exception:
                _LOGGER.exception(
                    "Something new about %s could not be shown", self._entry.title
                )
        for metric in metrics:
            self._is_beyond_cap(metric)

    @callback
    def async_check_cap(self) -> None:
        """Report if the cap leaves a metric without an entity, or settle the report."""
        if not any(map(self._is_beyond_cap, self._board.metrics.values())):
            ENTITY_CAP.async_settle(self._hass, self._entry)

    def _is_beyond_cap(self, metric: Metric) -> bool:
        """Return whether the metric has no entity, and report it if so."""
        if async_get_status_entity_id(self._hass, metric.uid):
            return False
        ENTITY_CAP.async_report(self._hass, self._entry)
        return True
