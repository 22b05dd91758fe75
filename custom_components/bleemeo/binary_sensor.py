"""Problem sensors of metrics, of agents, and of the account."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import KEY_NOT_ARRIVING, KEY_PROBLEM
from .core import Agent, Metric, Status
from .entity import BleemeoEntity
from .hub import BleemeoHub, Subject
from .models import BleemeoConfigEntry

PARALLEL_UPDATES = 0

ATTR_ROW: Final = "custom_ui_state_card"


@dataclass(frozen=True, kw_only=True)
class BleemeoBinarySensorDescription(BinarySensorEntityDescription):
    """Describes a binary sensor that is on while a status is a problem."""

    status_fn: Callable[[Any], Status]
    # of one that stands for several metrics, which are named in its dialog
    has_list: bool = False


def _account_status(hub: BleemeoHub) -> Status:
    """Return the worst status of all metrics, which is unknown until one is known."""
    entry: BleemeoConfigEntry = hub.entry
    return hub.board.account.worst if entry.runtime_data.is_known else Status.UNKNOWN


# Home Assistant counts each entity of the device class, so that only servers have it
ACCOUNT_PROBLEM = BleemeoBinarySensorDescription(
    key=KEY_PROBLEM,
    translation_key="account_problem",
    entity_category=EntityCategory.DIAGNOSTIC,
    status_fn=_account_status,
    has_list=True,
)
NOT_ARRIVING = BleemeoBinarySensorDescription(
    key=KEY_NOT_ARRIVING,
    translation_key="not_arriving",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
    status_fn=lambda hub: hub.watchdog.status,
)
AGENT_PROBLEM = BleemeoBinarySensorDescription(
    key=KEY_PROBLEM,
    translation_key="problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
    status_fn=lambda agent: agent.worst,
    has_list=True,
)
METRIC_PROBLEM = BleemeoBinarySensorDescription(
    key=KEY_PROBLEM,
    translation_key="metric_problem",
    entity_category=EntityCategory.DIAGNOSTIC,
    status_fn=lambda metric: metric.alert.status,
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

    @callback
    def add(agents: Iterable[Agent], metrics: Iterable[Metric]) -> None:
        async_add_entities(
            [
                *(BleemeoBinarySensor(hub, agent, AGENT_PROBLEM) for agent in agents),
                *(
                    BleemeoBinarySensor(hub, metric, METRIC_PROBLEM)
                    for metric in metrics
                ),
            ]
        )

    entry.async_on_unload(hub.announcer.async_discover(add))


class BleemeoBinarySensor(BleemeoEntity, BinarySensorEntity):
    """On for warning and critical; unknown while Bleemeo does not know the status."""

    entity_description: BleemeoBinarySensorDescription

    _unrecorded_attributes = frozenset({ATTR_ROW})

    def __init__(
        self,
        hub: BleemeoHub,
        subject: Subject,
        description: BleemeoBinarySensorDescription,
    ) -> None:
        """Add a binary sensor to the subject's device."""
        super().__init__(hub, subject, description)
        if description.has_list:
            # what Home Assistant's frontend shows: frontend/open-alerts.js
            self._attr_extra_state_attributes = {ATTR_ROW: "bleemeo-open-alerts"}

    @override
    def _read(self) -> bool:
        is_on = self.entity_description.status_fn(self.subject).is_problem
        if is_on is self._attr_is_on:
            return False
        self._attr_is_on = is_on
        return True
