"""A new address: for an entry that is being set up, and in the place of another."""

from dataclasses import dataclass
from typing import Self

from homeassistant.components.webhook import async_generate_id
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from .. import gone, webhook
from ..const import MANUFACTURER
from ..hub import BleemeoHub, address
from ..journal import JournalError
from ..models import BleemeoConfigEntry, is_loaded


@dataclass
class NewAddress:
    """The address of an entry that is not made yet.

    What arrives there is refused so that it is sent again: Home Assistant alone would
    answer 200, and drop it. `is_used` is set once the entry has it.
    """

    hass: HomeAssistant
    webhook_id: str
    url: str
    is_cloudhook: bool
    is_used: bool = False

    @classmethod
    async def async_claim(cls, hass: HomeAssistant, *, is_cloudhook: bool) -> Self:
        """Claim an address, and answer there.

        Raises:
            CloudAway: there is no cloudhook to be had now.
        """
        webhook_id = async_generate_id()
        url = await address.async_claim(hass, webhook_id, is_cloudhook=is_cloudhook)
        webhook.async_reserve(hass, webhook_id)
        return cls(hass, webhook_id, url, is_cloudhook)

    @callback
    def async_give_up(self) -> None:
        """Answer there no more, and delete a cloudhook."""
        webhook.async_end_reservation(self.hass, self.webhook_id)
        if self.is_cloudhook:
            self.hass.async_create_task(
                address.async_give_back(self.hass, MANUFACTURER, self.webhook_id)
            )


async def async_change_address(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    *,
    is_cloudhook: bool,
    is_replaced: bool,
) -> None:
    """Claim an address, new or the same, and only then end the present one.

    Raises:
        CloudAway, JournalError: nothing was changed.
    """
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    if is_replaced:
        webhook_id = async_generate_id()
    await address.async_claim(hass, webhook_id, is_cloudhook=is_cloudhook)
    if is_replaced and is_loaded(entry):
        hub: BleemeoHub = entry.runtime_data.hub
        try:
            await hub.kept_address.async_keep(webhook_id, is_cloudhook)
        except JournalError:
            if is_cloudhook:
                await address.async_give_back(hass, entry.title, webhook_id)
            raise
    address.async_store(hass, entry, webhook_id, is_cloudhook)
    if is_replaced:
        webhook.async_register(hass, entry)
        await gone.async_tidy(hass, entry)
