"""What Bleemeo's API lists: agents that are shown without an alert, and people's names."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..core import Agent, AgentProfile, Board, Metric, RealName
from .announcer import Announcer
from .bounds import Bounds
from .device import async_show_agent
from .discovery import Discovery
from .service import async_place_metric, async_remove_spent
from .turn import Turn

type Forget = Callable[[Iterable[Metric], Iterable[Agent]], Awaitable[None]]


class Listed:
    """Shows what is listed, on the board and on the devices."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        bounds: Bounds,
        discovery: Discovery,
        announcer: Announcer,
        reconnect: CALLBACK_TYPE,
        forget: Forget,
    ) -> None:
        """Start with nothing listed.

        `reconnect` is called when a metric may have become an agent's connection, or
        none any more.
        """
        self._hass = hass
        self._entry = entry
        self._board = board
        self._bounds = bounds
        self._discovery = discovery
        self._announcer = announcer
        self._reconnect = reconnect
        self._forget = forget
        self._on_show: list[Callable[[Agent], None]] = []

    @callback
    def on_show(self, listener: Callable[[Agent], None]) -> CALLBACK_TYPE:
        """Call back with each agent that is new, or of which something else is told."""
        self._on_show.append(listener)
        return lambda: self._on_show.remove(listener)

    async def async_show_agents(self, profiles: Mapping[str, AgentProfile]) -> None:
        """Show the agents that Bleemeo has, by id, and what it tells of them.

        Those for which there is no room are left out. Others run in between, for each
        new agent is a device with its entities.
        """
        new, changed = self._board.take_profiles(self._bounds.async_within(profiles))
        turn = Turn()
        for agents, show in ((new, self._add), (changed, self._update)):
            for agent in agents:
                if turn.is_over:
                    await turn.async_end()
                # it may have been forgotten meanwhile
                if self._board.agents.get(agent.id) is agent:
                    show(agent)
                    for listener in self._on_show:
                        listener(agent)
        if changed:
            # by its agent's name, a metric's title is read in another way
            self._reconnect()

    def _add(self, agent: Agent) -> None:
        async_show_agent(self._hass, self._entry, agent)
        self._discovery.async_add([agent], [])

    def _update(self, agent: Agent) -> None:
        async_show_agent(self._hass, self._entry, agent)
        self._announcer.tell(agent.uid)

    async def async_hide_agents(self) -> None:
        """Show only agents of which alerts have told, and by the names in these."""
        await self.async_show_agents({})
        agents = self._board.agents.values()
        await self._forget((), [each for each in agents if not each.metrics])

    async def async_take_names(self, metrics: Mapping[str, RealName]) -> None:
        """Use Bleemeo's own names of metrics, by id.

        Others run in between, for each metric of another service is moved to its device.
        """
        turn = Turn()
        for metric in self._board.take_names(metrics):
            if turn.is_over:
                await turn.async_end()
            # it may have been forgotten meanwhile
            if self._board.has(metric):
                async_place_metric(self._hass, self._entry, metric)
                # what its service is called is no part of its name there
                self._announcer.tell(metric.uid)
        async_remove_spent(self._hass, self._entry)
        for agent in self._board.agents.values():
            if agent.is_website:
                # one of its metrics may be known now to say whether it is reached
                self._announcer.tell(agent.uid)
        self._reconnect()
