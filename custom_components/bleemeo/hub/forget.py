"""Forget metrics that the user no longer wants to see, until their next alert."""

from collections.abc import Iterable
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import DOMAIN
from ..core import AcknowledgementEnd, Agent, Board, Metric
from ..journal import Forgotten
from .announcer import Announcer
from .device import async_get_agent_device
from .service import METRIC_ENTITIES, async_remove_spent
from .store import AlertStore, forgotten_record, metric_record
from .turn import Turn


async def async_forget(
    hass: HomeAssistant,
    entry: ConfigEntry,
    board: Board,
    store: AlertStore,
    announcer: Announcer,
    metrics: Iterable[Metric],
    listed: Iterable[Agent],
    now: datetime,
) -> None:
    """Remove metrics, agents that have no others, and everything stored about them.

    Of the agents that Bleemeo lists, only the `listed` ones go. Alerts are taken
    meanwhile; what they bring back stays.

    Raises:
        JournalError: they are gone from view, but not from the journal.
    """
    announcer.async_announce_pending()
    entities, context = er.async_get(hass), Context()
    agents: dict[str, Agent] = {}
    forgotten: list[Metric] = []
    freed: dict[str, Metric] = {}
    turn = Turn()
    for metric in list(metrics):
        key, agent = metric.alert.key, metric.agent
        if not board.has(metric):
            # it was forgotten meanwhile
            continue
        announcer.async_make_room_for(key)
        ended = board.end_acknowledgement(
            metric, AcknowledgementEnd.FORGOTTEN, now, now
        )
        # while it can still be said where it is
        announcer.async_announce_forgotten(metric, now, ended, context)
        freed |= {each.uid: each for each in board.forget(metric, now)}
        forgotten.append(metric)
        for domain, suffix in METRIC_ENTITIES:
            if entity_id := entities.async_get_entity_id(
                domain, DOMAIN, f"{metric.uid}_{suffix}"
            ):
                entities.async_remove(entity_id)
        if agent.id in board.agents:
            agents[agent.id] = agent
        elif device := async_get_agent_device(hass, entry, agent):
            # its entities go with it
            dr.async_get(hass).async_remove_device(device.id)
        if turn.is_over:
            await turn.async_end()
    for agent in listed:
        board.forget_agent(agent)
        if agent.id in board.agents:
            continue
        agents.pop(agent.id, None)
        if device := async_get_agent_device(hass, entry, agent):
            dr.async_get(hass).async_remove_device(device.id)
        if turn.is_over:
            await turn.async_end()
    async_remove_spent(hass, entry)
    for uid in (*agents, entry.entry_id):
        announcer.tell_caused(uid, context)
    # some of them may have been forgotten after the one that they depended on
    lasting = [each for each in freed.values() if board.has(each)]
    announcer.tell_quiet((metric, context) for metric in lasting)
    gone = [each for each in forgotten if each.alert.key not in board.metrics]
    await store.async_keep(
        *(Forgotten(each.alert.key, now) for each in gone),
        *(forgotten_record(each) for each in gone if each.untold),
        *map(metric_record, lasting),
    )
