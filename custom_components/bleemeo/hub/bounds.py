"""The bounds of an entry: how many agents and metrics it takes, whoever sends them.

Without them, whoever has the address fills Home Assistant's registries, and so do
containers that come with a new id each time.
"""

from collections.abc import Mapping
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_MAX_AGENTS,
    CONF_MAX_METRICS,
    DEFAULT_MAX_AGENTS,
    DEFAULT_MAX_METRICS,
)
from ..core import AgentProfile, Alert, Board, Metric
from .device import async_get_status_entity_id
from .troubles import BOUNDS_REACHED

# what one click makes room for, as a part of each bound
ROOM = 10


class Bounds:
    """Knows whether an alert is within the bounds, and what could be forgotten."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, board: Board) -> None:
        """Take the bounds from the options of the entry."""
        self.max_metrics: int = entry.options.get(CONF_MAX_METRICS, DEFAULT_MAX_METRICS)
        self.max_agents: int = entry.options.get(CONF_MAX_AGENTS, DEFAULT_MAX_AGENTS)
        self._hass = hass
        self._entry = entry
        self._board = board

    def has_room_for(self, alert: Alert) -> bool:
        """Return whether the alert's metric is known, or there is room for it."""
        board = self._board
        if alert.key in board.metrics:
            return True
        is_known = alert.agent_id in board.agents
        return len(board.metrics) < self.max_metrics and (
            is_known or len(board.agents) < self.max_agents
        )

    @callback
    def async_within(
        self, profiles: Mapping[str, AgentProfile]
    ) -> Mapping[str, AgentProfile]:
        """Return the profiles of known agents, and of new ones as far as there is room."""
        known = self._board.agents
        room = max(self.max_agents - len(known), 0)
        left_out = set([uid for uid in profiles if uid not in known][room:])
        if not left_out:
            return profiles
        self.async_report()
        return {uid: each for uid, each in profiles.items() if uid not in left_out}

    @callback
    def async_report(self) -> None:
        """Report that something was beyond the bounds, unless that is reported."""
        if BOUNDS_REACHED.async_told(self._hass, self._entry) is None:
            BOUNDS_REACHED.async_report(
                self._hass, self._entry, since=dt_util.utcnow().isoformat()
            )

    @callback
    def async_check(self) -> None:
        """Settle the report if there is room, or report if there is less than none."""
        metrics = len(self._board.metrics) - self.max_metrics
        agents = len(self._board.agents) - self.max_agents
        if metrics > 0 or agents > 0:
            self.async_report()
        elif metrics < 0 and agents < 0:
            BOUNDS_REACHED.async_settle(self._hass, self._entry)

    def heard_since(self, since: datetime) -> list[Metric]:
        """Return the metrics that were first heard of at a time or later."""
        return [
            metric
            for metric in self._board.metrics.values()
            if self._first_heard(metric) >= since
        ]

    def longest_silent(self) -> list[Metric]:
        """Return what has been OK and silent longest, to make some room.

        What Bleemeo's API lists is not silent, it is well, and of what is silenced a
        person expects to hear.
        """
        board, is_silent = self._board, self._is_silent
        metrics = len(board.metrics) - self.max_metrics * (ROOM - 1) // ROOM
        agents = len(board.agents) - self.max_agents * (ROOM - 1) // ROOM
        chosen: list[Metric] = []
        if agents > 0:
            of_agent: dict[str, list[Metric]] = {}
            for metric in board.metrics.values():
                of_agent.setdefault(metric.agent.id, []).append(metric)
            silent = [each for each in of_agent.values() if all(map(is_silent, each))]
            silent.sort(key=lambda each: max(metric.received_at for metric in each))
            chosen = [metric for each in silent[:agents] for metric in each]
        known = {metric.uid for metric in chosen}
        others = [
            metric
            for metric in board.metrics.values()
            if is_silent(metric) and metric.uid not in known
        ]
        others.sort(key=lambda metric: metric.received_at)
        return chosen + others[: max(metrics - len(chosen), 0)]

    def _first_heard(self, metric: Metric) -> datetime:
        """Return when the metric came: its sensor is as old, and outlives restarts."""
        entity_id = async_get_status_entity_id(self._hass, metric.uid)
        sensor = er.async_get(self._hass).async_get(entity_id) if entity_id else None
        return sensor.created_at if sensor else metric.received_at

    def _is_silent(self, metric: Metric) -> bool:
        return (
            not metric.is_open
            and metric.agent.real_name is None
            and not self._board.silences_of(metric, dt_util.utcnow())
        )
