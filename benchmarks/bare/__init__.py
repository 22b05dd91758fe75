"""The same number of entities as this integration has, with nothing behind them.

A webhook adds the entities of one or many metrics at a time; a restart adds them again.
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
    """Set up the entry with its previous metrics."""
    entry.runtime_data = BareEntry(range(entry.data["metrics"]))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    async def handle(
        hass: HomeAssistant, webhook_id: str, request: Request
    ) -> Response:
        """Add the metrics in the range of numbers given in the body."""
        first, end = map(int, (await request.text()).split())
        entry.runtime_data.add(range(first, end))
        data = {"metrics": max(end, entry.data["metrics"])}
        hass.config_entries.async_update_entry(entry, data=data)
        return HomeAssistantView.json({"result": "added"})

    webhook.async_register(hass, "bare", "Bare", WEBHOOK_ID, handle)
    return True
