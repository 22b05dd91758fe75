"""The dashboard and its cards: ES modules that each page of the frontend loads.

They are served from memory, as they were when Home Assistant started, under an address that
changes with any of them: no page ever mixes modules from before and after an update.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

from aiohttp import web

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http.static import CACHE_HEADERS
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.setup import async_when_setup

from ..const import DOMAIN
from .resource import ADDRESS, async_keep_resource, async_remove_resource

__all__ = ["async_keep_resource", "async_remove_resource", "async_setup_frontend"]

FOLDER: Final = Path(__file__).parent
# it imports the others
ENTRY: Final = "bleemeo.js"


@callback
def async_setup_frontend(hass: HomeAssistant) -> None:
    """Let the frontend load the modules, once it is set up."""
    async_when_setup(hass, "frontend", _async_load_modules)


async def _async_load_modules(hass: HomeAssistant, _: str) -> None:
    view = ModuleView(await hass.async_add_executor_job(_read))
    hass.http.register_view(view)
    url = hass.data[ADDRESS] = f"/{DOMAIN}/{view.version}/{ENTRY}"
    add_extra_js_url(hass, url)
    async_when_setup(hass, "lovelace", async_keep_resource)


def _read() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in FOLDER.glob("*.js")}


class ModuleView(HomeAssistantView):
    """The modules, for browsers to keep."""

    # of any version, so that an outdated page learns that it is
    url = f"/{DOMAIN}/{{version}}/{{name}}"
    name = DOMAIN
    requires_auth = False

    def __init__(self, modules: dict[str, bytes]) -> None:
        """Serve these modules, by name, under one version."""
        self._modules = modules
        content = repr(sorted(modules.items())).encode()
        self.version = sha256(content).hexdigest()[:16]

    @callback
    def get(self, request: web.Request, version: str, name: str) -> web.Response:
        """Return a module; that of another version is gone."""
        if version != self.version:
            raise web.HTTPGone
        if name not in self._modules:
            raise web.HTTPNotFound
        return web.Response(
            body=self._modules[name],
            content_type="text/javascript",
            headers=CACHE_HEADERS,
        )

    head = get
