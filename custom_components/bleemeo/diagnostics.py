"""Diagnostics to attach to a report: verdicts and numbers, no names, texts or secrets."""

from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .address import find_entry_concern
from .alert import Status
from .const import CONF_ACCOUNT, CONF_REFRESH_TOKEN, DOMAIN
from .hub import BleemeoConfigEntry
from .journal import JournalError
from .journal_record import Wanted

TO_REDACT = {
    CONF_ACCOUNT,
    CONF_REFRESH_TOKEN,
    CONF_URL,
    CONF_WEBHOOK_ID,
    "title",
    "unique_id",
}
DELIVERIES = 50


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BleemeoConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of an account."""
    hub = entry.runtime_data
    return {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "address_concern": find_entry_concern(hass, entry),
        "is_account_known": entry.unique_id is not None,
        "agents": len(hub.board.agents),
        "metrics": {status.word: hub.board.account.counts[status] for status in Status},
        "last_alert_at": hub.last_alert_at,
        "delivery_delay": hub.delivery_delay,
        "rejected_deliveries": hub.rejected_deliveries,
        "unseen_changes": hub.unseen_changes,
        "agreement": hub.agreement and hub.agreement.state,
        "journal": await _async_journal(entry),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: BleemeoConfigEntry, device: dr.AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of an agent, or of the account where it is its device."""
    hub = entry.runtime_data
    agents = {(DOMAIN, agent.uid): agent for agent in hub.board.agents.values()}
    for identifier in device.identifiers & agents.keys():
        agent = agents[identifier]
        return {
            "is_host_known": agent.host is not None,
            "metrics": [
                {
                    **async_redact_data(metric.details, {"title", "text"}),
                    "status": metric.alert.status.word,
                    "source": metric.alert.source,
                    "received_at": metric.received_at,
                    "flapping": hub.is_flapping(metric),
                }
                for metric in hub.board.metrics.values()
                if metric.agent is agent
            ],
        }
    return await async_get_config_entry_diagnostics(hass, entry)


async def _async_journal(entry: BleemeoConfigEntry) -> dict[str, Any]:
    """Return the journal's size, and what became of the last deliveries."""
    journal = entry.runtime_data.keeper.journal
    try:
        deliveries = await journal.read(Wanted(limit=DELIVERIES))
        size = await journal.size()
    except JournalError as error:
        return {"error": str(error)}
    kept = ("received_at", "source", "verdict", "reason")
    return {
        "size": size,
        "deliveries": [{key: row[key] for key in kept} for row in deliveries],
    }
