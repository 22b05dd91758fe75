"""The base class of the bare entities: on a device, with a constant state."""

from collections.abc import Callable
from functools import partial

from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

METRICS_PER_AGENT = 23


class BareEntry:
    """Adds entities: a sensor and a binary sensor per metric, and three per agent."""

    def __init__(self, metrics: range) -> None:
        """Start with these metrics, by number."""
        self._metrics = metrics
        self._adders: list[Callable[[range], None]] = []

    def join(
        self,
        add_entities: AddConfigEntryEntitiesCallback,
        make: Callable[[str, str], Entity],
        *,
        is_for_metrics: bool = True,
    ) -> None:
        """Let a platform add its entities, now and later."""
        add = partial(_add, add_entities, make, is_for_metrics)
        self._adders.append(add)
        add(self._metrics)

    def add(self, metrics: range) -> None:
        """Add metrics, and the agents that begin with one of them."""
        for add in self._adders:
            add(metrics)


def _add(
    add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[str, str], Entity],
    is_for_metrics: bool,
    metrics: range,
) -> None:
    entities = [
        make(_agent(n), "Problem") for n in metrics if n % METRICS_PER_AGENT == 0
    ]
    if is_for_metrics:
        entities += [make(_agent(n), f"Metric {n}") for n in metrics]
    add_entities(entities)


def _agent(metric: int) -> str:
    return f"Agent {metric // METRICS_PER_AGENT}"


class BareEntity(Entity):
    """An entity on the device of an agent."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, agent: str, name: str) -> None:
        """Name the entity and place it on its device."""
        self._attr_name = name
        self._attr_unique_id = f"{agent} {name}"
        self._attr_device_info = DeviceInfo(identifiers={("bare", agent)}, name=agent)
