"""The runtime data of an entry."""

import asyncio
from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from .api import Agreement, ApiError, async_give_up
from .core import Status
from .hub import BleemeoHub, HubNotReady, is_reached as is_board_reached
from .journal import JournalError

SURVEY_SECONDS = 30

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


async def async_end_access(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Remove an entry's access to the API, and reload the entry without it."""
    if entry.state is ConfigEntryState.LOADED and entry.runtime_data.agreement:
        # alerts are still taken, however long Bleemeo takes to answer
        await entry.runtime_data.agreement.async_close()
    await async_give_up(hass, entry)
    hass.config_entries.async_schedule_reload(entry.entry_id)


def is_reached(entry: BleemeoConfigEntry) -> bool:
    """Return whether Bleemeo has reached an entry that is loaded."""
    return entry.state is ConfigEntryState.LOADED and is_board_reached(
        entry.runtime_data.hub.board
    )


async def async_survey(entry: BleemeoConfigEntry) -> dict[str, str] | None:
    """Ask Bleemeo's API what the account has, in numbers for a text.

    Return None without access, or if there is no answer in time: a person waits for it.
    """
    if (
        entry.state is not ConfigEntryState.LOADED
        or (agreement := entry.runtime_data.agreement) is None
    ):
        return None
    try:
        async with asyncio.timeout(SURVEY_SECONDS):
            await agreement.async_check_now()
    except ApiError, HubNotReady, JournalError, TimeoutError:
        return None
    counts = entry.runtime_data.hub.board.account.counts
    return {
        "servers": str(agreement.state["agents"]),
        "metrics": str(agreement.state["metrics"]),
        "alerts": str(sum(counts) - counts[Status.OK]),
    }
