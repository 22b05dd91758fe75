"""The WebSocket commands of the frontend: what was and is, live, and who may act on it."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

import voluptuous as vol

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .caller import async_server_controller, async_server_reader
from .const import DOMAIN
from .hub import Trouble, address, async_find_address_trouble
from .journal import MAX_INCIDENT_AGE
from .overview import Feed, Scope

DEFAULT_SPAN: Final = timedelta(hours=24)


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, _subscribe_incidents)
    websocket_api.async_register_command(hass, _get_address)
    websocket_api.async_register_command(hass, _get_may_control)


@websocket_api.websocket_command(
    {
        vol.Required("type"): "bleemeo/incidents",
        vol.Optional("since"): cv.datetime,
        vol.Optional("config_entry_id"): str,
        vol.Optional("device_id"): [str],
    }
)
@websocket_api.async_response
async def _subscribe_incidents(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send accounts, servers and incidents, and then what changes of them."""
    now = dt_util.utcnow()
    since = dt_util.as_utc(msg["since"]) if "since" in msg else now - DEFAULT_SPAN
    entry_id, device_ids = msg.get("config_entry_id"), msg.get("device_id")
    if entry_id is not None and _entry(hass, entry_id) is None:
        _send_not_found(connection, msg)
        return
    if since > now:
        connection.send_error(
            msg["id"],
            websocket_api.ERR_INVALID_FORMAT,
            "since is in the future: use a time of the last 400 days",
        )
        return
    user = None if connection.user.is_admin else connection.user
    scope = Scope(
        since=max(since, now - MAX_INCIDENT_AGE),
        may_read=partial(async_server_reader, hass, user),
        may_control=partial(async_server_controller, hass, user),
        entry_id=entry_id,
        device_ids=None if device_ids is None else frozenset(device_ids),
    )
    feed = Feed(hass, scope, partial(connection.send_event, msg["id"]))
    connection.subscriptions[msg["id"]] = feed.async_start()
    connection.send_result(msg["id"])
    await feed.async_begin()


@websocket_api.websocket_command(
    {
        vol.Required("type"): "bleemeo/address",
        vol.Required("config_entry_id"): str,
        vol.Required("language"): str,
    }
)
@websocket_api.require_admin
@websocket_api.async_response
async def _get_address(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Return the address to give to Bleemeo, and what is wrong with it in words."""
    entry = _entry(hass, msg["config_entry_id"])
    if entry is None:
        _send_not_found(connection, msg)
        return
    trouble = async_find_address_trouble(
        hass, entry, is_cloudhook=address.is_cloudhook(hass, entry)
    )
    connection.send_result(
        msg["id"],
        {
            "url": address.current_url(hass, entry),
            "problem": await _words(hass, trouble, msg["language"])
            if trouble
            else None,
        },
    )


@websocket_api.websocket_command(
    {vol.Required("type"): "bleemeo/may_control", vol.Required("entity_id"): str}
)
@callback
def _get_may_control(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Return whether the user may act on the server of an entity, as the feed says it."""
    entity = er.async_get(hass).async_get(msg["entity_id"])
    may_control = False
    if entity is not None and (entry := _entry(hass, f"{entity.config_entry_id}")):
        user = None if connection.user.is_admin else connection.user
        agent_id, _, _ = entity.unique_id.partition("_")
        may_control = async_server_controller(hass, user)(entry, agent_id)
    connection.send_result(msg["id"], {"may_control": may_control})


def _entry(hass: HomeAssistant, entry_id: str) -> ConfigEntry | None:
    entry = hass.config_entries.async_get_entry(entry_id)
    return entry if entry is not None and entry.domain == DOMAIN else None


def _send_not_found(connection: ActiveConnection, msg: dict[str, Any]) -> None:
    connection.send_error(
        msg["id"],
        websocket_api.ERR_NOT_FOUND,
        f"No entry of Bleemeo has the id {msg['config_entry_id']}",
    )


async def _words(hass: HomeAssistant, trouble: Trouble, language: str) -> str:
    """Return what is wrong, in the language of whoever looks."""
    texts = await async_get_translations(hass, language, "config", {DOMAIN})
    return texts[f"component.{DOMAIN}.config.step.{trouble.key}.title"]
