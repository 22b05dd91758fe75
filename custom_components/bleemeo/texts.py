"""Texts for people, in the language of Home Assistant or in another that was chosen."""

from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN

HOUSE = "auto"
LANGUAGES = (
    HOUSE,
    *("en", "cs", "da", "de", "es", "fr", "it", "nl", "pl", "pt", "pt-BR", "sv"),
)

_CATEGORY = "selector"


async def async_load_texts(hass: HomeAssistant, language: str) -> None:
    """Load the texts of a language; those of the house are there."""
    if language != HOUSE:
        await async_get_translations(hass, language, _CATEGORY, [DOMAIN])


class Texts:
    """The texts of a language that is loaded."""

    @callback
    def __init__(self, hass: HomeAssistant, language: str = HOUSE) -> None:
        """Read them."""
        if language == HOUSE:
            language = hass.config.language
        self._texts = async_get_cached_translations(hass, language, _CATEGORY, DOMAIN)

    def __call__(self, key: str, **values: Any) -> str:
        """Return a text by its group and name, with values in it."""
        group, _, name = key.partition(".")
        text = self._texts[f"component.{DOMAIN}.{_CATEGORY}.{group}.options.{name}"]
        return text.format(**values)
