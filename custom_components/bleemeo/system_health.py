"""Information for Home Assistant's system information page."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .hub import BleemeoHub, address, async_find_address_trouble
from .journal import JournalError
from .models import loaded_hubs


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register the callback that gathers the information."""
    register.async_register_info(_async_system_health_info)


async def _async_system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    hubs = loaded_hubs(hass)
    trouble = async_find_address_trouble(
        hass, None, is_cloudhook=address.is_cloudhook(hass, None)
    )
    return {
        "address": trouble.key if trouble else "ok",
        "accounts": len(hubs),
        "agents": sum(len(hub.board.agents) for hub in hubs),
        "metrics": sum(len(hub.board.metrics) for hub in hubs),
        "rejected_deliveries": sum(hub.statistics.rejected_deliveries for hub in hubs),
        "missed_changes": sum(hub.statistics.missed_changes for hub in hubs),
        "journal_size": await _async_journal_size(hubs),
    }


async def _async_journal_size(hubs: list[BleemeoHub]) -> str | None:
    try:
        sizes = [await hub.store.journal.size() for hub in hubs]
    except JournalError:
        return None
    return f"{sum(sizes) / 1024:.0f} KiB"
