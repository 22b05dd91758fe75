"""The devices: one for the account, below it one for each agent, and what they show."""

from collections.abc import Iterable
from typing import TypedDict

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN, KEY_ALERT, KEY_PROBLEM, KEY_STATUS, MANUFACTURER, PANEL_URL
from ..core import Agent, Metric, Places

# the entities that stand for the account, an agent or a metric; not all have each
SUBJECT_ENTITIES = (
    (SENSOR_DOMAIN, KEY_STATUS),
    (BINARY_SENSOR_DOMAIN, KEY_PROBLEM),
    (EVENT_DOMAIN, KEY_ALERT),
)


# what is a machine has a model of its maker
_MACHINE = "server"


class _ToldInfo(TypedDict):
    """What a device shows of its agent, under the names of the registry."""

    name: str
    manufacturer: str
    model: str | None
    serial_number: str | None
    sw_version: str | None


def account_device_info(entry: ConfigEntry) -> dr.DeviceInfo:
    """Return the device of the entry's account."""
    return dr.DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=MANUFACTURER,
        entry_type=dr.DeviceEntryType.SERVICE,
        configuration_url=PANEL_URL,
    )


@callback
def async_show_account(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Add the account's device, and let it have its entry's name from now on."""

    @callback
    def show() -> None:
        dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id, **account_device_info(entry)
        )

    @callback
    def follow(change: ConfigEntryChange, changed: ConfigEntry) -> None:
        if changed is entry and change is ConfigEntryChange.UPDATED:
            show()

    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, follow)
    )
    show()


def agent_device_info(
    hass: HomeAssistant, entry: ConfigEntry, agent: Agent
) -> dr.DeviceInfo:
    """Return the device of an agent; the account's device must exist."""
    told = _told_info(hass, agent)
    return dr.DeviceInfo(
        identifiers={(DOMAIN, agent.uid)},
        name=told["name"],
        manufacturer=told["manufacturer"],
        model=told["model"],
        serial_number=told["serial_number"],
        sw_version=told["sw_version"],
        configuration_url=PANEL_URL,
        via_device_id=dr.async_get_device_id_by_identifier(
            hass, (DOMAIN, entry.entry_id), config_entry_id=entry.entry_id
        ),
    )


@callback
def async_get_agent_device(
    hass: HomeAssistant, entry: ConfigEntry, agent: Agent
) -> dr.DeviceEntry | None:
    """Return the agent's device, with what Bleemeo tells of the agent now, or None.

    A name given by the user is kept.
    """
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, agent.uid), entry.entry_id
    )
    told = _told_info(hass, agent)
    if device and any(getattr(device, key) != value for key, value in told.items()):
        device = registry.async_update_device(device.id, **told)
    return device and _connect(registry, device, agent)


@callback
def async_show_agent(hass: HomeAssistant, entry: ConfigEntry, agent: Agent) -> None:
    """Have a device of the agent, with what Bleemeo tells of the agent now."""
    registry = dr.async_get(hass)
    device = registry.async_get_or_create(
        config_entry_id=entry.entry_id, **agent_device_info(hass, entry, agent)
    )
    _connect(registry, device, agent)


def _connect(
    registry: dr.DeviceRegistry, device: dr.DeviceEntry, agent: Agent
) -> dr.DeviceEntry | None:
    """Give a device the address of its agent's network card, and no other.

    It only links the device with those of other integrations: no device is found by it,
    so that two agents never share one.
    """
    mac = agent.profile.mac if agent.profile else None
    connections = {(dr.CONNECTION_NETWORK_MAC, mac)} if mac else set()
    if device.connections == connections:
        return device
    for connection in connections:
        holder = registry.async_get_device_by_connection(
            connection, device.config_entry_id
        )
        if holder is not None and holder.id != device.id:
            # Bleemeo tells of the card in this one now
            registry.async_update_device(holder.id, new_connections=set())
    return registry.async_update_device(device.id, new_connections=connections)


@callback
def async_get_status_entity_id(hass: HomeAssistant, uid: str) -> str | None:
    """Return the id of a subject's status sensor; there is none beyond the cap."""
    return er.async_get(hass).async_get_entity_id(
        SENSOR_DOMAIN, DOMAIN, f"{uid}_{KEY_STATUS}"
    )


@callback
def async_get_places(hass: HomeAssistant, entry: ConfigEntry, metric: Metric) -> Places:
    """Return the areas and labels that a metric is in."""
    return async_find_places(hass, entry.entry_id, [*metric.uids, entry.entry_id])


@callback
def async_find_places(
    hass: HomeAssistant, entry_id: str, uids: Iterable[str]
) -> Places:
    """Return the areas and labels of a subject, whose own uid comes first.

    What it has of its own, on its entities or its device, stands above what the next
    one has. The labels of its areas are its own too.
    """
    entities, devices = er.async_get(hass), dr.async_get(hass)
    areas, labels = set[str](), set[str]()
    for uid in uids:
        found = [
            entity
            for domain, key in SUBJECT_ENTITIES
            if (
                entity_id := entities.async_get_entity_id(
                    domain, DOMAIN, f"{uid}_{key}"
                )
            )
            and (entity := entities.async_get(entity_id))
        ]
        identifier = DOMAIN, uid
        device = devices.async_get_device_by_identifier(
            identifier, entry_id
        ) or devices.async_get_child_device_by_identifier(identifier, entry_id)
        own: list[er.RegistryEntry | dr.AnyDeviceEntry] = [*found]
        if device:
            own.append(device)
        areas = areas or {each.area_id for each in own if each.area_id}
        labels = labels or {label for each in own for label in each.labels}
        if areas and labels:
            break
    registry = ar.async_get(hass)
    for area_id in areas:
        if area := registry.async_get_area(area_id):
            labels = labels | area.labels
    return areas, labels


def _told_info(hass: HomeAssistant, agent: Agent) -> _ToldInfo:
    """Return what a device shows of its agent."""
    if (profile := agent.profile) is None:
        return _ToldInfo(
            name=agent.name,
            manufacturer=MANUFACTURER,
            model=None,
            serial_number=None,
            sw_version=None,
        )
    return _ToldInfo(
        name=agent.name,
        manufacturer=profile.manufacturer or MANUFACTURER,
        model=profile.model or _kind_as_model(hass, profile.kind),
        serial_number=profile.serial_number,
        sw_version=profile.sw_version,
    )


def _kind_as_model(hass: HomeAssistant, kind: str | None) -> str | None:
    """Return what is no machine of a maker, in Home Assistant's language."""
    if kind is None or kind == _MACHINE:
        return None
    texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    key = f"sensor.status.state_attributes.kind.state.{kind}"
    return texts.get(f"component.{DOMAIN}.entity.{key}")
