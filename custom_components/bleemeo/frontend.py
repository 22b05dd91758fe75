"""The dashboard and the card: one JavaScript module that each page of the frontend loads."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.setup import async_when_setup

from .const import DOMAIN

FOLDER: Final = Path(__file__).with_name("frontend")
MODULE: Final = "bleemeo.js"


@callback
def async_setup_frontend(hass: HomeAssistant) -> None:
    """Have the frontend load the module, where there is a frontend at all."""
    async_when_setup(hass, "frontend", _async_load_module)


async def _async_load_module(hass: HomeAssistant, _: str) -> None:
    """Serve the module at an address that changes with its content.

    A copy that was cached before an update has another address, so it is never used.
    """
    version = await hass.async_add_executor_job(_version)
    base = f"/{DOMAIN}/{version}"
    await hass.http.async_register_static_paths([StaticPathConfig(base, str(FOLDER))])
    add_extra_js_url(hass, f"{base}/{MODULE}")


def _version() -> str:
    return sha256((FOLDER / MODULE).read_bytes()).hexdigest()[:16]
