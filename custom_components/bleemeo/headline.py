"""What an alert is called in one line, short enough to be spoken."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN
from .core import MetricKey, Status, metric_uid
from .hub import async_get_status_entity_id
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
    host, name = told
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, key[0]), entry_id
    )
    entity_id = async_get_status_entity_id(hass, metric_uid(key))
    entity = er.async_get(hass).async_get(entity_id) if entity_id else None
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
