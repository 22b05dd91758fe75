"""The runtime data of an entry."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from .api import Agreement, async_give_up
from .hub import BleemeoHub

type BleemeoConfigEntry = ConfigEntry[BleemeoData]


@dataclass(slots=True)
class BleemeoData:
    """The hub of an entry and, with access to Bleemeo's API, its agreement."""

    hub: BleemeoHub
    agreement: Agreement | None = None

    async def async_quiesce(self) -> None:
        """Stop taking alerts, end all comparisons, and announce what is pending."""
        self.hub.async_stop_taking()
        if self.agreement is not None:
            await self.agreement.async_close()
        self.hub.announcer.async_announce_pending()

    async def async_close(self) -> None:
        """Quiesce, then close everything; closing twice is harmless."""
        await self.async_quiesce()
        await self.hub.async_close()


async def async_stop_asking(entry: BleemeoConfigEntry) -> None:
    """End what an entry asks of the API, until it is reloaded; alerts are still taken."""
    if entry.state is ConfigEntryState.LOADED and entry.runtime_data.agreement:
        await entry.runtime_data.agreement.async_close()


async def async_end_access(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Remove an entry's access to the API, and reload the entry without it."""
    await async_stop_asking(entry)
    if entry.state is ConfigEntryState.LOADED:
        await entry.runtime_data.hub.async_hide_agents()
    await async_give_up(hass, entry)
    hass.config_entries.async_schedule_reload(entry.entry_id)
