"""Tell a person that something could not be kept, or read again, or finds no room."""

from collections.abc import Awaitable

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .hub import MAX_SILENCES, BleemeoHub, TooManySilences
from .journal import JournalError


async def async_kept(hub: BleemeoHub, keeping: Awaitable[object]) -> None:
    """Wait until the journal has kept it.

    Raises:
        HomeAssistantError: it has not, in words for a person.
    """
    try:
        await keeping
    except TooManySilences as error:
        raise too_many_silences(hub) from error
    except JournalError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="journal_not_kept",
            translation_placeholders={"entry": hub.entry.title, "error": str(error)},
        ) from error


def not_read(hub: BleemeoHub, error: JournalError | None) -> HomeAssistantError:
    """Return the error that says that what the journal has kept could not be read."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="journal_not_read",
        translation_placeholders={"entry": hub.entry.title, "error": str(error)},
    )


def too_many_silences(hub: BleemeoHub) -> ServiceValidationError:
    """Return the error that says that there can be no more silences."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="too_many_silences",
        translation_placeholders={
            "entry": hub.entry.title,
            "max": str(MAX_SILENCES),
        },
    )
