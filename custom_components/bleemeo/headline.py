"""What an alert is called in one line, short enough to be spoken."""

from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .core import Status
from .texts import Texts


@callback
def async_headline(
    hass: HomeAssistant, host: str | None, metric: str | None, status: Status
) -> str:
    """Return where it is, what it is and how bad, in Home Assistant's language."""
    return Texts(hass)(
        f"headline.{status.word}", host=host or DOMAIN, metric=metric or ""
    )
