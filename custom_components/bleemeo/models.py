"""The runtime data of an entry."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback

from .api import Agreement, ApiError, async_give_up
from .const import DOMAIN
from .hub import BleemeoHub, HubNotReady, is_reached as is_board_reached
from .journal import JournalError

SURVEY_SECONDS = 30

type BleemeoConfigEntry = ConfigEntry[BleemeoData]


@dataclass(slots=True)
class BleemeoData:
    """The hub of an entry and, with access to Bleemeo's API, its agreement.

    The platforms are those that were set up for the entry.
    """

    hub: BleemeoHub
    agreement: Agreement | None = None
    platforms: list[Platform] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        """Whether Bleemeo has told anything of the account yet; a test tells nothing."""
        return self.agreed_at is not None or any(self.hub.board.account.counts)

    @property
    def agreed_at(self) -> datetime | None:
        """When the board was last compared with what Bleemeo says, if it ever was."""
        return self.agreement.catalogue.agreed_at if self.agreement else None

    async def async_quiesce(self) -> None:
        """Stop taking alerts, end all comparisons, and announce what is not yet told."""
        self.hub.async_stop_taking()
        if self.agreement is not None:
            await self.agreement.async_close()
        await self.hub.announcer.async_announce_all()

    async def async_close(self) -> None:
        """Quiesce, then close everything; closing twice is harmless."""
        await self.async_quiesce()
        await self.hub.async_close()


async def async_stop_asking(entry: BleemeoConfigEntry) -> None:
    """End what an entry asks of the API, until it is reloaded; alerts are still taken."""
    if is_loaded(entry) and entry.runtime_data.agreement:
        await entry.runtime_data.agreement.async_close()


async def async_end_access(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Remove an entry's access to the API, and reload the entry without it."""
    await async_stop_asking(entry)
    if is_loaded(entry):
        await entry.runtime_data.hub.listed.async_hide_agents()
    await async_give_up(hass, entry)
    hass.config_entries.async_schedule_reload(entry.entry_id)


def is_loaded(entry: BleemeoConfigEntry) -> bool:
    """Return whether an entry is loaded, so that its hub can be asked."""
    return entry.state is ConfigEntryState.LOADED


@callback
def loaded_hubs(hass: HomeAssistant) -> list[BleemeoHub]:
    """Return the hubs of all entries that are loaded."""
    entries: list[BleemeoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return [entry.runtime_data.hub for entry in entries]


def is_reached(entry: BleemeoConfigEntry) -> bool:
    """Return whether Bleemeo has reached an entry that is loaded."""
    return is_loaded(entry) and is_board_reached(entry.runtime_data.hub.board)


async def async_survey(entry: BleemeoConfigEntry) -> dict[str, str] | None:
    """Ask Bleemeo's API what the account has, in numbers for a text.

    Return None without access, or if there is no answer in time: a person waits for it.
    """
    if not is_loaded(entry) or (agreement := entry.runtime_data.agreement) is None:
        return None
    try:
        async with asyncio.timeout(SURVEY_SECONDS):
            await agreement.async_check_now()
    except ApiError, HubNotReady, JournalError, TimeoutError:
        return None
    state, rollup = agreement.state, entry.runtime_data.hub.board.account
    return {
        "servers": str(state["agents"]),
        "metrics": str(state["metrics"]),
        # what was never seen is an alert only if it lasts
        "alerts": str(rollup.open + state["waiting"]),
    }
