"""The limit of the host: a webhook that only parses the JSON and answers.

A second webhook returns the longest block of the event loop since the previous call.
"""

from aiohttp.web import Request, Response

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.json import json_loads

DOMAIN = "noop"
LOOP_WEBHOOK_ID = "noop_loop"
TICK_SECONDS = 0.01


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register both webhooks."""
    loop = Loop(hass)
    webhook.async_register(hass, DOMAIN, DOMAIN, DOMAIN, _handle)
    webhook.async_register(hass, DOMAIN, DOMAIN, LOOP_WEBHOOK_ID, loop.handle)
    return True


async def _handle(hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
    json_loads(await request.read())
    return HomeAssistantView.json({"result": "ok"})


class Loop:
    """Watches the event loop between two calls."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Watch nothing yet."""
        self._loop = hass.loop
        self._is_watching = False
        self._blocked = 0.0
        self._due = 0.0

    async def handle(
        self, hass: HomeAssistant, webhook_id: str, request: Request
    ) -> Response:
        """Start watching, or stop and answer the longest block in seconds."""
        self._is_watching = not self._is_watching
        blocked, self._blocked = self._blocked, 0.0
        if self._is_watching:
            self._wait()
        return HomeAssistantView.json({"blocked": blocked})

    def _wait(self) -> None:
        self._due = self._loop.time() + TICK_SECONDS
        self._loop.call_at(self._due, self._tick)

    @callback
    def _tick(self) -> None:
        self._blocked = max(self._blocked, self._loop.time() - self._due)
        if self._is_watching:
            self._wait()
