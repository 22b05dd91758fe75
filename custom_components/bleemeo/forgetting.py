"""Forgetting: what a person no longer wants to see goes, until its next alert."""

from collections.abc import Iterable

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import Context
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .board import Metric
from .const import DOMAIN, KEY_PROBLEM, KEY_STATUS
from .device import async_get_agent_device
from .hub import BleemeoHub
from .journal_record import Forgotten

_METRIC_ENTITIES = (
    (BINARY_SENSOR_DOMAIN, KEY_PROBLEM),
    (SENSOR_DOMAIN, KEY_STATUS),
)


async def async_forget(hub: BleemeoHub, metrics: Iterable[Metric]) -> None:
    """Remove metrics, and agents that have no other, with all that is kept of them.

    Raises:
        JournalError: they are gone from view, but not from the journal.
    """
    hub.telling.async_tell_untold()
    entities, context = er.async_get(hub.hass), Context()
    forgotten = list(metrics)
    for metric in forgotten:
        hub.board.forget(metric)
        for domain, key in _METRIC_ENTITIES:
            if entity_id := entities.async_get_entity_id(
                domain, DOMAIN, f"{metric.uid}_{key}"
            ):
                entities.async_remove(entity_id)
    for agent in {metric.agent.id: metric.agent for metric in forgotten}.values():
        if agent.id in hub.board.agents:
            hub.telling.tell(agent.uid, context)
        elif device := async_get_agent_device(hub.hass, hub.entry, agent):
            # its entities go with it
            dr.async_get(hub.hass).async_remove_device(device.id)
    hub.telling.tell(hub.uid, context)
    await hub.keeper.async_keep(*(Forgotten(metric.alert.key) for metric in forgotten))
