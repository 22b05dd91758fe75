"""Tell a person that something could not be written down."""

from collections.abc import Awaitable

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .hub import BleemeoHub
from .journal import JournalError


async def async_kept(hub: BleemeoHub, keeping: Awaitable[object]) -> None:
    """Wait until the journal has kept it.

    Raises:
        HomeAssistantError: it has not, in words for a person.
    """
    try:
        await keeping
    except JournalError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="journal_not_kept",
            translation_placeholders={"entry": hub.entry.title, "error": str(error)},
        ) from error
