"""What an alert is called in one line, short enough to be spoken."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN
from .core import Status


@callback
def async_headline(
    hass: HomeAssistant, host: str | None, metric: str | None, status: Status
) -> str:
    """Return where it is, what it is and how bad, in Home Assistant's language."""
    texts = async_get_cached_translations(
        hass, hass.config.language, "selector", DOMAIN
    )
    text = texts[f"component.{DOMAIN}.selector.headline.options.{status.word}"]
    return text.format(host=host or DOMAIN, metric=metric or "")
