"""Problem sensors of metrics, of agents, and of the account."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    DOMAIN as PLATFORM,
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN, KEY_NOT_ARRIVING, KEY_PROBLEM, KEY_REACHED
from .core import Agent, Metric, Status
from .entity import ALERTS_ROW, ATTR_ROW, METRIC_ROW, BleemeoEntity
from .hub import BleemeoHub
from .models import BleemeoConfigEntry

PARALLEL_UPDATES = 0

_ATTR_METRIC: Final = "metric_id"


@dataclass(frozen=True, kw_only=True)
class BleemeoBinarySensorDescription(BinarySensorEntityDescription):
    """Describes a binary sensor that is on while a status is a problem, or is OK."""

    status_fn: Callable[[Any], Status]
    is_on_while_ok: bool = False
    attributes_fn: Callable[[Any], Mapping[str, Any]] = lambda _: ALERTS_ROW


def _account_status(hub: BleemeoHub) -> Status:
    """Return the worst status of all metrics, which is unknown until one is known."""
    entry: BleemeoConfigEntry = hub.entry
    return hub.board.worst if entry.runtime_data.is_known else Status.UNKNOWN


def _name_metric(metric: Metric) -> Mapping[str, Any]:
    """Return by what the dialog finds the status sensor, which has all that it says."""
    return {**METRIC_ROW, _ATTR_METRIC: metric.alert.metric_id}


# Home Assistant counts each entity of the device class, so that only servers have it
ACCOUNT_PROBLEM = BleemeoBinarySensorDescription(
    key=KEY_PROBLEM,
    translation_key="account_problem",
    entity_category=EntityCategory.DIAGNOSTIC,
    status_fn=_account_status,
)
NOT_ARRIVING = BleemeoBinarySensorDescription(
    key=KEY_NOT_ARRIVING,
    translation_key="not_arriving",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
    status_fn=lambda hub: hub.watchdog.status,
    attributes_fn=lambda _: {},
)
AGENT_PROBLEM = BleemeoBinarySensorDescription(
    key=KEY_PROBLEM,
    translation_key="problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
    status_fn=lambda agent: agent.worst,
)
# which of its metrics says so is known only with access to Bleemeo's API
WEBSITE_REACHED = BleemeoBinarySensorDescription(
    key=KEY_REACHED,
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    status_fn=lambda agent: agent.reach,
    is_on_while_ok=True,
)
METRIC_PROBLEM = BleemeoBinarySensorDescription(
    key=KEY_PROBLEM,
    translation_key="metric_problem",
    entity_category=EntityCategory.DIAGNOSTIC,
    status_fn=lambda metric: metric.alert.status,
    attributes_fn=_name_metric,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the account's binary sensor, and agents' and metrics' as they appear."""
    hub = entry.runtime_data.hub
    async_add_entities(
        BleemeoBinarySensor(hub, hub, description)
        for description in (ACCOUNT_PROBLEM, NOT_ARRIVING)
    )

    entities, websites = er.async_get(hass), dict[str, Agent]()

    @callback
    def show_website(agent: Agent) -> None:
        """Have what only a website has; what it is, Bleemeo may tell long after."""
        if agent.is_website:
            if websites.get(agent.id) is not agent:
                websites[agent.id] = agent
                async_add_entities([BleemeoBinarySensor(hub, agent, WEBSITE_REACHED)])
        elif agent.profile and agent.profile.kind:
            websites.pop(agent.id, None)
            uid = f"{agent.uid}_{KEY_REACHED}"
            if entity_id := entities.async_get_entity_id(PLATFORM, DOMAIN, uid):
                entities.async_remove(entity_id)

    @callback
    def add(agents: Iterable[Agent], metrics: Iterable[Metric]) -> None:
        agents = list(agents)
        async_add_entities(
            [
                *(BleemeoBinarySensor(hub, agent, AGENT_PROBLEM) for agent in agents),
                *(
                    BleemeoBinarySensor(hub, metric, METRIC_PROBLEM)
                    for metric in metrics
                ),
            ]
        )
        for agent in agents:
            show_website(agent)

    entry.async_on_unload(hub.discovery.async_join(add))
    entry.async_on_unload(hub.listed.on_show(show_website))


class BleemeoBinarySensor(BleemeoEntity, BinarySensorEntity):
    """On while a status is a problem, or while it is OK; unknown while it is not known."""

    entity_description: BleemeoBinarySensorDescription

    _unrecorded_attributes = frozenset({ATTR_ROW, _ATTR_METRIC})

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """What the dialog needs, which the state keeps: so it is not kept here."""
        return self.entity_description.attributes_fn(self.subject)

    @override
    def _read(self) -> bool:
        description = self.entity_description
        is_on = description.status_fn(self.subject).is_problem
        if description.is_on_while_ok and is_on is not None:
            is_on = not is_on
        if is_on is self._attr_is_on:
            return False
        self._attr_is_on = is_on
        return True
