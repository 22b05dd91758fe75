"""Switches that silence a server, for people who automate by entities."""

from collections.abc import Iterable
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .caller import async_get_name
from .const import EVENT_SILENCE, KEY_SILENCED
from .core import Agent, Metric, Silence
from .entity import BleemeoEntity
from .kept import async_kept
from .models import BleemeoConfigEntry

PARALLEL_UPDATES = 0

SILENCED = SwitchEntityDescription(
    key=KEY_SILENCED,
    translation_key="silenced",
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of agents as they appear."""
    hub = entry.runtime_data.hub

    @callback
    def add(agents: Iterable[Agent], _: Iterable[Metric]) -> None:
        async_add_entities([BleemeoSwitch(hub, agent, SILENCED) for agent in agents])

    entry.async_on_unload(hub.discovery.async_join(add))


class BleemeoSwitch(BleemeoEntity, SwitchEntity):
    """On while the server itself is silenced, by the switch or an action."""

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the beginnings and ends of silences."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.hass.bus.async_listen(EVENT_SILENCE, self._handle_silence)
        )

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Silence the server until the switch is turned off."""
        silence_id = f"switch_{self.subject.uid}"
        if any(each.id == silence_id for each in self._silences()):
            return
        context = self._context or Context()
        silence = Silence(
            id=silence_id,
            begins_at=self.hub.now(),
            subjects=frozenset([self.subject.uid]),
            user_id=context.user_id,
            by=async_get_name(self.hass, context),
        )
        await async_kept(self.hub, self.hub.silencer.async_add([silence], context))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """End the silences of the server that are in force."""
        ending = self.hub.silencer.async_remove(self._silences(), self._context)
        await async_kept(self.hub, ending)

    @override
    def _read(self) -> bool:
        is_on = bool(self._silences())
        if is_on is self._attr_is_on:
            return False
        self._attr_is_on = is_on
        return True

    def _silences(self) -> list[Silence]:
        """Return the silences of the server that are in force."""
        now = self.hub.now()
        return [
            silence
            for silence in self.hub.board.silences.values()
            if self.subject.uid in silence.subjects and silence.is_in_force(now)
        ]

    @callback
    def _handle_silence(self, event: Event[dict[str, Any]]) -> None:
        self._handle_change(lambda: event.context)
