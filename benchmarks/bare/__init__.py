"""As many entities as this integration has, and nothing behind them.

A webhook adds the entities of so many metrics at once; a restart adds them again.
"""

from aiohttp.web import Request, Response

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import HomeAssistantView

from .entity import BareEntry

PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR]
WEBHOOK_ID = "bare"


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[BareEntry]) -> bool:
    """Set up the entry with the metrics that it had before."""
    entry.runtime_data = BareEntry(entry.data["metrics"])
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    async def handle(hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
        """Add as many metrics as the request's body says."""
        metrics = int(await request.text())
        entry.runtime_data.add(metrics)
        hass.config_entries.async_update_entry(entry, data={"metrics": metrics})
        return HomeAssistantView.json({"result": "added"})

    webhook.async_register(hass, "bare", "Bare", WEBHOOK_ID, handle)
    return True
