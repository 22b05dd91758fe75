"""Which metrics a trigger's target stands for, without asking the registries each time."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)

from ..core import MetricKey
from ..target import Subjects

_UPDATES = (
    ar.EVENT_AREA_REGISTRY_UPDATED,
    dr.EVENT_DEVICE_REGISTRY_UPDATED,
    er.EVENT_ENTITY_REGISTRY_UPDATED,
)


class Scope:
    """Remembers what a target stands for until that can have changed."""

    def __init__(self, hass: HomeAssistant, target: Mapping[str, Any] | None) -> None:
        """Remember nothing yet."""
        self._hass = hass
        self._target = target
        self._is_known = False
        self._subjects: Subjects | None = None

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Follow the registries until the returned callback is called."""
        cancels = [self._hass.bus.async_listen(each, self._forget) for each in _UPDATES]

        @callback
        def stop() -> None:
            """Stop following."""
            for cancel in cancels:
                cancel()

        return stop

    def covers(self, entry_id: str, key: MetricKey) -> bool:
        """Return whether a metric is one of those."""
        if not self._is_known:
            self._is_known = True
            self._subjects = Subjects.of_target(self._hass, self._target)
            # what groups hold is in no registry
            self._hass.loop.call_soon(self._forget)
        return self._subjects is None or self._subjects.cover(entry_id, key)

    @callback
    def _forget(self, _: Event[Any] | None = None) -> None:
        self._is_known = False
