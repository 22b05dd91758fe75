"""The base class of the integration's entities."""

from collections.abc import Callable
import logging
from typing import Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN
from .core import Metric
from .hub import (
    BleemeoHub,
    MakeContext,
    Subject,
    account_device_info,
    agent_device_info,
    metric_device_info,
)

# what Home Assistant's frontend shows in the dialog of an entity: frontend/state-row.js
ATTR_ROW: Final = "custom_ui_state_card"
METRIC_ROW: Final = {ATTR_ROW: "bleemeo-more-info"}
ALERTS_ROW: Final = {ATTR_ROW: "bleemeo-open-alerts"}
# of a state that is made of all alerts
COOLDOWN_SECONDS: Final = 1.0

_LOGGER = logging.getLogger(__name__)


class BleemeoEntity(Entity):
    """Shows one aspect of the account, an agent or a metric."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, hub: BleemeoHub, subject: Subject, description: EntityDescription
    ) -> None:
        """Add an entity with the description to the subject's device."""
        self.hub = hub
        self.subject = subject
        self.entity_description = description
        self._attr_unique_id = f"{subject.uid}_{description.key}"
        if isinstance(subject, Metric):
            self._attr_translation_placeholders = {
                "metric": _name_on_device(hub.hass, subject)
            }

    @property
    @override
    def device_info(self) -> DeviceInfo | ChildDeviceInfo:
        """The device to be added to, which nobody asks for later: so it is not kept."""
        hub, subject = self.hub, self.subject
        if isinstance(subject, BleemeoHub):
            return account_device_info(hub.entry)
        if isinstance(subject, Metric):
            return metric_device_info(hub.hass, hub.entry, subject)
        return agent_device_info(hub.hass, hub.entry, subject)

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes of the subject."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.hub.announcer.async_listen(self.subject.uid, self._handle_change)
        )
        self._read()

    def _read(self) -> bool:
        """Read the subject; return whether anything changed."""
        return False

    @callback
    def _handle_change(self, make_context: MakeContext) -> None:
        """Write the state if it has changed, in a context that tells its cause."""
        is_renamed = self._follow_rename()
        if self._read() or is_renamed:
            self.async_set_context(make_context())
            self.async_write_ha_state()

    def _follow_rename(self) -> bool:
        """Follow a metric's new name, but keep a name given by the user."""
        if not isinstance(self.subject, Metric):
            return False
        name = _name_on_device(self.hass, self.subject)
        if self.translation_placeholders["metric"] == name:
            return False
        self._attr_translation_placeholders = {"metric": name}
        # the name is cached, and Home Assistant does not know that it depends on these
        self.__dict__.pop("name", None)
        er.async_get(self.hass).async_update_entity(
            self.entity_id, original_name=str(self.name)
        )
        return True


@callback
def async_writer(entity: Entity, write: Callable[[], None]) -> Debouncer[None]:
    """Return what writes the state of an entity at most once a second."""
    writer = Debouncer(
        entity.hass,
        _LOGGER,
        cooldown=COOLDOWN_SECONDS,
        immediate=True,
        function=write,
        background=True,
    )
    entity.async_on_remove(writer.async_shutdown)
    return writer


def _name_on_device(hass: HomeAssistant, metric: Metric) -> str:
    """Return a metric's name without that of its service, which its device has."""
    name, service = metric.name, metric.service
    if service is None:
        return name
    if name.casefold() == service.name.casefold():
        # it says how the service is
        texts = async_get_cached_translations(
            hass, hass.config.language, "entity", DOMAIN
        )
        return texts.get(f"component.{DOMAIN}.entity.sensor.status.name", name)
    prefix = f"{service.name} "
    rest = name[len(prefix) :]
    if not rest or name[: len(prefix)].casefold() != prefix.casefold():
        return name
    return rest[0].upper() + rest[1:]
