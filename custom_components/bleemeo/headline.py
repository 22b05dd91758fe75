"""What an alert is called in one line, short enough to be spoken."""

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN, KEY_STATUS
from .core import AGENT_STATUS, MetricKey, Status
from .texts import Texts


@callback
def async_named(
    hass: HomeAssistant,
    entry_id: str,
    key: MetricKey,
    told: tuple[str | None, str | None],
) -> tuple[str, str]:
    """Return what a server and a metric are called by people.

    `told` is what Bleemeo calls them; a name that a person gave stands above that.
    """
    agent_id, metric_id = key
    host, name = told
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, agent_id), entry_id
    )
    entities = er.async_get(hass)
    uid = f"{agent_id}_{metric_id or AGENT_STATUS}_{KEY_STATUS}"
    entity_id = entities.async_get_entity_id(SENSOR_DOMAIN, DOMAIN, uid)
    entity = entities.async_get(entity_id) if entity_id else None
    return (
        (device and device.name_by_user) or host or DOMAIN,
        (entity and entity.name) or name or "",
    )


@callback
def async_headline(
    hass: HomeAssistant,
    entry_id: str,
    key: MetricKey,
    told: tuple[str | None, str | None],
    status: Status,
) -> str:
    """Return where it is, what it is and how bad, in Home Assistant's language."""
    host, name = async_named(hass, entry_id, key, told)
    return Texts(hass)(f"headline.{status.word}", host=host, metric=name)
