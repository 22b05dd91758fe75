"""A stand-in for the command `bleemeo/incidents`: it tells what a test says.

It also stands in for the actions that change what is told, and counts who subscribes.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import voluptuous as vol

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN = "incidents_stand_in"
BLEEMEO = "bleemeo"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)

KEYS = {"accounts": "entry_id", "servers": "key", "incidents": "id"}

type Json = dict[str, Any]


def now() -> str:
    """Return the time, as the command tells times."""
    return datetime.now(UTC).isoformat()


class StandIn:
    """What is told, and whom."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know nothing at first."""
        self.hass = hass
        self.told: Json = {kind: [] for kind in KEYS}
        self.calls: list[Json] = []
        self.asked = 0
        self.subscribers: list[Callable[[Json], None]] = []

    def first(self, since: str) -> Json:
        """Return the first event of a subscription."""
        return {"kind": "all", "since": since, "until": now(), **self.told}

    def show(self, told: Json) -> None:
        """Tell the subscribers what is different."""
        changed: Json = {"kind": "change", "until": now()}
        gone: Json = {}
        for kind, key in KEYS.items():
            before = {each[key]: each for each in self.told[kind]}
            changed[kind] = [
                each for each in told[kind] if before.get(each[key]) != each
            ]
            gone[kind] = [*(before.keys() - {each[key] for each in told[kind]})]
        changed["gone"] = {kind: gone[kind] for kind in ("servers", "incidents")}
        self.told = told
        for tell in self.subscribers:
            tell(changed)

    async def act(self, call: ServiceCall) -> None:
        """Do what an action does to incidents and servers."""
        data = {**call.data}
        entities = data.pop("entity_id", [])
        devices = data.pop("device_id", [])
        self.calls.append({"action": call.service, "data": {**call.data}})
        user = await self.hass.auth.async_get_user(call.context.user_id or "")
        by = user.name if user else None
        until = data.get("until")
        if (duration := data.get("duration")) is not None:
            until = (datetime.now(UTC) + timedelta(**duration)).isoformat()
        mark = {"until": until, "comment": data.get("comment"), "by": by}
        mark["user_id"] = call.context.user_id
        told = {kind: [{**each} for each in self.told[kind]] for kind in KEYS}
        if call.service in {"acknowledge", "unacknowledge"}:
            is_seen = call.service == "acknowledge"
            for incident in told["incidents"]:
                if incident["entity_id"] in entities and incident["ended_at"] is None:
                    incident["acknowledged"] = (
                        {**mark, "at": now()} if is_seen else None
                    )
                    incident["needs_attention"] = not is_seen
        elif call.service in {"silence", "unsilence"}:
            silence = {**mark, "id": "1", "from": now(), "target": "server"}
            for server in told["servers"]:
                if server["device_id"] in devices:
                    server["silenced"] = silence if call.service == "silence" else None
        self.show(told)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the command that is stood in for, and those that tests use."""
    stand_in = StandIn(hass)

    @websocket_api.websocket_command(
        {
            vol.Required("type"): f"{BLEEMEO}/incidents",
            vol.Optional("since"): str,
            vol.Optional("config_entry_id"): str,
            vol.Optional("device_id"): [str],
        }
    )
    @callback
    def subscribe(
        hass: HomeAssistant, connection: websocket_api.ActiveConnection, message: Json
    ) -> None:
        identifier = message["id"]

        def tell(event: Json) -> None:
            connection.send_message(websocket_api.event_message(identifier, event))

        stand_in.asked += 1
        stand_in.subscribers.append(tell)
        connection.subscriptions[identifier] = lambda: stand_in.subscribers.remove(tell)
        connection.send_result(identifier)
        tell(stand_in.first(message.get("since", now())))

    @websocket_api.websocket_command(
        {
            vol.Required("type"): f"{BLEEMEO}/address",
            vol.Required("config_entry_id"): str,
        }
    )
    @websocket_api.require_admin
    @callback
    def address(
        hass: HomeAssistant, connection: websocket_api.ActiveConnection, message: Json
    ) -> None:
        url = "https://example.com/api/webhook/0123456789abcdef"
        connection.send_result(message["id"], {"url": url, "problem": None})

    @websocket_api.websocket_command(
        {vol.Required("type"): f"{DOMAIN}/show", vol.Required("told"): dict}
    )
    @callback
    def show(
        hass: HomeAssistant, connection: websocket_api.ActiveConnection, message: Json
    ) -> None:
        # the integration may have registered its own since the last time
        for action in (
            "acknowledge",
            "unacknowledge",
            "silence",
            "unsilence",
            "send_test_alert",
        ):
            hass.services.async_register(BLEEMEO, action, stand_in.act)
        stand_in.show(message["told"])
        connection.send_result(message["id"])

    @websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/heard"})
    @callback
    def heard(
        hass: HomeAssistant, connection: websocket_api.ActiveConnection, message: Json
    ) -> None:
        told = {
            "calls": stand_in.calls,
            "asked": stand_in.asked,
            "subscribers": len(stand_in.subscribers),
        }
        connection.send_result(message["id"], told)
        stand_in.calls = []

    for command in (subscribe, address, show, heard):
        websocket_api.async_register_command(hass, command)
    return True
