"""The modules as a resource of dashboards, for screens that load nothing else.

A dashboard that is cast to a screen is shown by a page of its own, which loads only the
resources. Where they are kept in YAML, a person adds the line.
"""

from typing import Any, Final, cast

from homeassistant.components.lovelace.const import LOVELACE_DATA, MODE_STORAGE
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.const import CONF_ID, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

# of the modules, once they are served
ADDRESS: Final = HassKey[str](f"{DOMAIN}_modules")


async def async_keep_resource(hass: HomeAssistant, _: str = "") -> None:
    """Have the resources name the modules once, by their present address."""
    resources, url = await _async_load(hass), hass.data.get(ADDRESS)
    if resources is None or url is None:
        return
    ours = _ours(resources)
    if not ours:
        await resources.async_create_item({"res_type": "module", CONF_URL: url})
        return
    first, *others = ours
    if first[CONF_URL] != url:
        await resources.async_update_item(first[CONF_ID], {CONF_URL: url})
    for item in others:
        await resources.async_delete_item(item[CONF_ID])


async def async_remove_resource(hass: HomeAssistant) -> None:
    """Have the resources no longer name the modules."""
    if (resources := await _async_load(hass)) is None:
        return
    for item in _ours(resources):
        await resources.async_delete_item(item[CONF_ID])


async def _async_load(hass: HomeAssistant) -> ResourceStorageCollection | None:
    """Return the resources that are kept in storage, once they are loaded."""
    data = hass.data.get(LOVELACE_DATA)
    if data is None or data.resource_mode != MODE_STORAGE:
        return None
    resources = cast(ResourceStorageCollection, data.resources)
    # they are read from the disk when somebody first asks for them
    await resources.async_get_info()
    return resources


def _ours(resources: ResourceStorageCollection) -> list[dict[str, Any]]:
    return [
        item
        for item in resources.async_items()
        if item[CONF_URL].startswith(f"/{DOMAIN}/")
    ]
