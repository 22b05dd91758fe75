"""The platforms that are set up only for whoever has turned on their one entity."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.generated.languages import DEFAULT_LANGUAGE, NATIVE_ENTITY_IDS
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN, KEY_INCIDENTS, KEY_OPEN_ALERTS
from .models import BleemeoConfigEntry

ON_DEMAND: Final = {
    Platform.CALENDAR: KEY_INCIDENTS,
    Platform.TODO: KEY_OPEN_ALERTS,
}
AT_FIRST: Final = er.RegistryEntryDisabler.INTEGRATION


async def async_get_wanted(
    hass: HomeAssistant, entry: BleemeoConfigEntry
) -> list[Platform]:
    """Register the entity of each platform; return the platforms whose one is enabled.

    The account's device must exist. Home Assistant reloads an entry half a minute after
    one of its entities was enabled.
    """
    language = hass.config.language
    names = await _async_load_names(hass, language)
    # as Home Assistant does when it adds an entity
    bases = await _async_load_names(
        hass, language if language in NATIVE_ENTITY_IDS else DEFAULT_LANGUAGE
    )
    device_id = dr.async_get_device_id_by_identifier(
        hass, (DOMAIN, entry.entry_id), config_entry_id=entry.entry_id
    )
    registry = er.async_get(hass)
    wanted = []
    for platform, key in ON_DEMAND.items():
        registered = registry.async_get_or_create(
            platform,
            DOMAIN,
            f"{entry.entry_id}_{key}",
            config_entry=entry,
            device_id=device_id,
            disabled_by=AT_FIRST,
            has_entity_name=True,
            object_id_base=bases[platform],
            original_name=names[platform],
            translation_key=key,
        )
        if not registered.disabled:
            wanted.append(platform)
    return wanted


async def _async_load_names(
    hass: HomeAssistant, language: str
) -> dict[Platform, str | None]:
    """Return the name of each entity in a language."""
    texts = await async_get_translations(hass, language, "entity", {DOMAIN})
    return {
        platform: texts.get(f"component.{DOMAIN}.entity.{platform}.{key}.name")
        for platform, key in ON_DEMAND.items()
    }
