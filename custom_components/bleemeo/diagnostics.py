"""Diagnostics to attach to a report: verdicts and numbers, no names, texts or secrets."""

from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .const import CONF_ACCOUNT, CONF_REFRESH_TOKEN, DOMAIN
from .core import Status
from .hub import (
    BleemeoHub,
    address,
    async_find_address_trouble,
    attention_data,
    incident_data,
)
from .journal import DeliveryQuery, JournalError
from .models import BleemeoConfigEntry, is_loaded

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
    """Return the diagnostics of an account, or fewer if its entry is not loaded."""
    trouble = async_find_address_trouble(
        hass, entry, is_cloudhook=address.is_cloudhook(hass, entry)
    )
    known = {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "state": entry.state.value,
        "address_trouble": trouble and trouble.key,
        "is_account_known": entry.unique_id is not None,
    }
    if not is_loaded(entry):
        return known
    hub, agreement = entry.runtime_data.hub, entry.runtime_data.agreement
    return {
        **known,
        "agents": len(hub.board.agents),
        "metrics": {status.word: hub.board.account.counts[status] for status in Status},
        "needs_attention": hub.board.account.needs_attention,
        "acknowledged": len(hub.board.acknowledged),
        "silences": len(hub.board.silences),
        "last_alert_at": hub.statistics.last_alert_at,
        "delivery_delay": hub.statistics.delivery_delay,
        "rejected_deliveries": hub.statistics.rejected_deliveries,
        "beyond_bounds": hub.statistics.beyond_bounds,
        "missed_changes": hub.statistics.missed_changes,
        "partly_read_deliveries": hub.oddities.partly_read_deliveries,
        "left_out": hub.oddities.left_out,
        "agreement": agreement and agreement.state,
        "journal": await _async_journal(hub),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: BleemeoConfigEntry, device: dr.AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of an agent, or of the account for its own device."""
    if not is_loaded(entry):
        return await async_get_config_entry_diagnostics(hass, entry)
    hub = entry.runtime_data.hub
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
                    **attention_data(metric),
                    "incident": incident_data(metric),
                }
                for metric in hub.board.metrics_of(agent.id)
            ],
        }
    return await async_get_config_entry_diagnostics(hass, entry)


async def _async_journal(hub: BleemeoHub) -> dict[str, Any]:
    """Return the journal's size and the verdicts of the last deliveries."""
    journal = hub.store.journal
    try:
        deliveries = await journal.read(DeliveryQuery(limit=DELIVERIES))
        size = await journal.size()
    except JournalError as error:
        return {"error": str(error)}
    kept = ("received_at", "source", "verdict", "reason", "left_out")
    return {
        "size": size,
        "deliveries": [{key: row[key] for key in kept} for row in deliveries],
    }
