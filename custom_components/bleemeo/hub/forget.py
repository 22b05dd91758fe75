"""Forget metrics that the user no longer wants to see, until their next alert."""

from collections.abc import Iterable

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import DOMAIN, KEY_PROBLEM, KEY_STATUS
from ..core import Agent, Board, Metric
from ..journal import Forgotten
from .announcer import Announcer
from .device import async_get_agent_device
from .store import AlertStore

_METRIC_ENTITIES = (
    (BINARY_SENSOR_DOMAIN, KEY_PROBLEM),
    (SENSOR_DOMAIN, KEY_STATUS),
)


async def async_forget(
    hass: HomeAssistant,
    entry: ConfigEntry,
    board: Board,
    store: AlertStore,
    announcer: Announcer,
    metrics: Iterable[Metric],
    agents: Iterable[Agent] = (),
) -> None:
    """Remove metrics, agents that have no others, and everything stored about them.

    `agents` go also if Bleemeo lists them.

    Raises:
        JournalError: they are gone from view, but not from the journal.
    """
    announcer.async_announce_pending()
    entities, context = er.async_get(hass), Context()
    forgotten = list(metrics)
    for metric in forgotten:
        board.forget(metric)
        for domain, key in _METRIC_ENTITIES:
            if entity_id := entities.async_get_entity_id(
                domain, DOMAIN, f"{metric.uid}_{key}"
            ):
                entities.async_remove(entity_id)
    unlisted = list(agents)
    for agent in unlisted:
        board.forget_agent(agent)
    for agent in {
        each.id: each for each in [*(each.agent for each in forgotten), *unlisted]
    }.values():
        if agent.id in board.agents:
            announcer.tell(agent.uid, context)
        elif device := async_get_agent_device(hass, entry, agent):
            # its entities go with it
            dr.async_get(hass).async_remove_device(device.id)
    announcer.tell(entry.entry_id, context)
    announcer.async_check_cap()
    if forgotten:
        await store.async_keep(*(Forgotten(metric.alert.key) for metric in forgotten))
