"""A Home Assistant Cloud without the network, for the cloud integration's own functions."""

from types import SimpleNamespace
from typing import Any, cast, override

from hass_nabucasa.cloudhooks import Cloudhooks, GeneratedCloudhookDetails

from homeassistant.components.cloud import _SIGNAL_CLOUDHOOKS_UPDATED
from homeassistant.components.cloud.const import DATA_CLOUD
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send


class SimulatedCloud:
    """A subscription that is signed in and connected, until a test says otherwise."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Take the place of the cloud in Home Assistant."""
        self.is_logged_in = True
        self.subscription_expired = False
        self.iot = SimpleNamespace(
            connected=True,
            register_on_connect=lambda _: None,
            async_send_message=self._ignore,
        )
        self.events = SimpleNamespace(publish=self._ignore)
        self.client = SimulatedClient(hass)
        self.cloudhooks = SimulatedCloudhooks(self)  # type: ignore[arg-type]
        hass.data[DATA_CLOUD] = cast(Any, self)
        hass.config.components.add("cloud")

    @property
    def is_connected(self) -> bool:
        """Whether the cloud can be reached."""
        return bool(self.iot.connected)

    @property
    def urls(self) -> dict[str, str]:
        """The addresses of the cloudhooks by webhook id."""
        hooks = self.client.cloudhooks
        return {key: hooks[key]["cloudhook_url"] for key in hooks}

    async def _ignore(self, *_: object, **__: object) -> None:
        pass


class SimulatedClient:
    """Keeps the cloudhooks, which is known without a connection too."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without any."""
        self._hass = hass
        self.cloudhooks: dict[str, dict[str, Any]] = {}

    async def async_cloudhooks_update(self, data: dict[str, dict[str, Any]]) -> None:
        """Keep these instead, and tell so as the cloud integration does."""
        self.cloudhooks = data
        async_dispatcher_send(self._hass, _SIGNAL_CLOUDHOOKS_UPDATED, data)


class SimulatedCloudhooks(Cloudhooks):
    """Generates addresses here, or fails with `error`."""

    error: Exception | None = None
    generated = 0

    @override
    async def generate(self) -> GeneratedCloudhookDetails:
        """Return a new address, as the service would."""
        if self.error is not None:
            raise self.error
        self.generated += 1
        url = f"https://hooks.nabu.casa/{self.generated}"
        return {"url": url, "cloudhook_id": str(self.generated)}
