"""Permission: which servers a user may see."""

from collections.abc import Callable

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN

# whether the server of an entry, by the id of its agent, may be seen
type MaySee = Callable[[ConfigEntry, str], bool]


async def async_may_see(hass: HomeAssistant, context: Context) -> MaySee:
    """Return what tells which servers the caller of an action may see.

    Without a user, as in an automation, that is all of them.
    """
    if context.user_id is None:
        return lambda *_: True
    return may_see(hass, await hass.auth.async_get_user(context.user_id))


@callback
def may_see(hass: HomeAssistant, user: User | None) -> MaySee:
    """Return what tells which servers a user may see.

    Those are the servers of whose entities the user may read at least one.
    """
    if user is None:
        return lambda *_: False
    permissions = user.permissions
    if permissions.access_all_entities(POLICY_READ):
        return lambda *_: True
    devices, entities = dr.async_get(hass), er.async_get(hass)

    def may_see_server(entry: ConfigEntry, agent_id: str) -> bool:
        device = devices.async_get_device_by_identifier(
            (DOMAIN, agent_id), entry.entry_id
        )
        return device is not None and any(
            permissions.check_entity(entity.entity_id, POLICY_READ)
            for entity in er.async_entries_for_device(
                entities, device.id, include_disabled_entities=True
            )
        )

    return may_see_server
