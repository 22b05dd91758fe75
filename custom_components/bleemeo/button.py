"""Buttons of the account: check the address, compare the board with Bleemeo."""

from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .address_check import async_check_and_tell
from .api import (
    Agreement,
    ApiError,
    ListDoubtful,
    LoginRefused,
    ServiceAway,
    ServiceFailing,
    TokenNotKept,
    UnderMaintenance,
)
from .const import DOMAIN, KEY_CHECK_ADDRESS, KEY_CHECK_NOW
from .entity import BleemeoEntity
from .hub import BleemeoHub
from .journal import JournalError
from .models import BleemeoConfigEntry

PARALLEL_UPDATES = 0

CHECK_ADDRESS = ButtonEntityDescription(
    key=KEY_CHECK_ADDRESS,
    translation_key="check_address",
    entity_category=EntityCategory.DIAGNOSTIC,
)
CHECK_NOW = ButtonEntityDescription(
    key=KEY_CHECK_NOW,
    translation_key="check_now",
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the account's buttons: with access to Bleemeo's API, one more."""
    data = entry.runtime_data
    buttons: list[ButtonEntity] = [
        CheckAddressButton(data.hub, data.hub, CHECK_ADDRESS)
    ]
    if data.agreement is not None:
        buttons.append(CheckNowButton(data.hub, data.agreement))
    async_add_entities(buttons)


class CheckAddressButton(BleemeoEntity, ButtonEntity):
    """Posts to the public address; the press ends when it is known what came of it."""

    @override
    async def async_press(self) -> None:
        """Check the address, and tell in a notification; raise if it does not work."""
        await async_check_and_tell(self.hass, self.hub.entry)


class CheckNowButton(BleemeoEntity, ButtonEntity):
    """Compares immediately; the press ends when the board agrees with Bleemeo."""

    def __init__(self, hub: BleemeoHub, agreement: Agreement) -> None:
        """Add the button to the account's device."""
        super().__init__(hub, hub, CHECK_NOW)
        self._agreement = agreement

    @override
    async def async_press(self) -> None:
        """Compare, or raise an error that tells the user why that failed."""
        try:
            await self._agreement.async_check_now()
        except (ApiError, JournalError) as error:
            placeholders = {"entry": self.hub.entry.title, "error": str(error)}
            match error:
                case JournalError():
                    key = "journal_not_kept"
                case LoginRefused():
                    key = "api_refused"
                case UnderMaintenance():
                    key = "api_maintenance"
                case ServiceAway(wait=int() as wait):
                    key = "api_pause"
                    placeholders["seconds"] = str(wait)
                case ServiceFailing():
                    key = "api_failing"
                case ListDoubtful():
                    key = "api_list_doubtful"
                case TokenNotKept():
                    key = "api_token_not_kept"
                case ServiceAway():
                    key = "api_away"
                case _:
                    key = "api_unusable"
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key=key,
                translation_placeholders=placeholders,
            ) from error
