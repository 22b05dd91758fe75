"""The runtime data of an entry."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .api import Agreement
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
