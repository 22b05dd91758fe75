"""Forget metrics that the user no longer wants to see, until their next alert."""

from collections.abc import Iterable
from datetime import datetime

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import DOMAIN, KEY_PROBLEM, KEY_STATUS
from ..core import AcknowledgementEnd, Board, Metric
from ..journal import Forgotten
from .announcer import Announcer
from .device import async_get_agent_device
from .store import AlertStore, metric_record

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
    now: datetime,
) -> None:
    """Remove metrics, agents that have no others, and everything stored about them.

    Raises:
        JournalError: they are gone from view, but not from the journal.
    """
    announcer.async_announce_pending()
    entities, context = er.async_get(hass), Context()
    forgotten, freed = list(metrics), dict[str, Metric]()
    for metric in forgotten:
        ended = board.end_acknowledgement(
            metric, AcknowledgementEnd.FORGOTTEN, now, now
        )
        if metric.is_open:
            # while it can still be said where it is
            announcer.async_announce_forgotten(metric, now, ended, context)
        freed |= {each.uid: each for each in board.forget(metric, now)}
        for domain, key in _METRIC_ENTITIES:
            if entity_id := entities.async_get_entity_id(
                domain, DOMAIN, f"{metric.uid}_{key}"
            ):
                entities.async_remove(entity_id)
    for agent in {metric.agent.id: metric.agent for metric in forgotten}.values():
        if agent.id in board.agents:
            announcer.tell(agent.uid, context)
        elif device := async_get_agent_device(hass, entry, agent):
            # its entities go with it
            dr.async_get(hass).async_remove_device(device.id)
    announcer.tell(entry.entry_id, context)
    announcer.async_check_cap()
    # some of them may have been forgotten after the one that they depended on
    lasting = [each for each in freed.values() if each.alert.key in board.metrics]
    announcer.tell_quiet((metric, context) for metric in lasting)
    await store.async_keep(
        *(Forgotten(metric.alert.key, now) for metric in forgotten),
        *map(metric_record, lasting),
    )
