"""The address that Bleemeo posts to: claim it, inspect it, replace it, and release it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
import logging
from typing import Any, Self

from yarl import URL

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util
from homeassistant.util.network import is_local

from ..const import CONF_CLOUDHOOK, CONF_REPLACED_ADDRESSES

_LOGGER = logging.getLogger(__name__)

# for the user to fill in if Home Assistant does not know its own address
UNKNOWN_BASE_URL = "https://YOUR-HOME-ASSISTANT"

_LOCAL_SUFFIXES = (".local", ".lan", ".home", ".internal", ".localdomain", ".home.arpa")


class CloudAway(Exception):
    """Home Assistant Cloud gave no address, for the reason in the text."""


@dataclass(frozen=True)
class ReplacedAddress:
    """An address that an entry had before, as the entry's data keeps it."""

    webhook_id: str
    is_cloudhook: bool
    replaced_at: datetime

    @classmethod
    def from_stored(cls, stored: dict[str, str | bool]) -> Self:
        """Return the address that `as_stored` wrote."""
        return cls(
            str(stored["webhook_id"]),
            bool(stored["cloudhook"]),
            datetime.fromisoformat(str(stored["replaced_at"])),
        )

    def as_stored(self) -> dict[str, str | bool]:
        """Return the address in a form that JSON can hold."""
        return {
            "webhook_id": self.webhook_id,
            "cloudhook": self.is_cloudhook,
            "replaced_at": self.replaced_at.isoformat(),
        }


def base_url(hass: HomeAssistant) -> str:
    """Return the external URL, else another of Home Assistant's, else a placeholder."""
    try:
        return get_url(hass, allow_cloud=False, prefer_external=True)
    except NoURLAvailableError:
        return UNKNOWN_BASE_URL


def external_url(hass: HomeAssistant) -> URL | None:
    """Return the external URL, if there is one."""
    try:
        return URL(get_url(hass, allow_internal=False, allow_cloud=False))
    except NoURLAvailableError:
        return None


def is_private(url: URL | None) -> bool:
    """Return whether the host is known only in a home network."""
    host = url.host or "" if url else ""
    try:
        return is_local(ip_address(host))
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_SUFFIXES)


def is_encrypted(url: URL | None) -> bool:
    """Return whether requests to the URL are encrypted."""
    return url is not None and url.scheme == "https"


def is_cloudhook(hass: HomeAssistant, entry: ConfigEntry | None) -> bool:
    """Return whether the entry has a cloudhook, or a new entry would get one."""
    if entry is None:
        return _is_cloud_connected(hass)
    return bool(entry.data.get(CONF_CLOUDHOOK))


def is_deleted(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether Home Assistant Cloud does not have an entry's cloudhook any more."""
    hooks = _cloudhooks_by_id(hass)
    return hooks is not None and entry.data[CONF_WEBHOOK_ID] not in hooks


def is_subscribed(hass: HomeAssistant) -> bool:
    """Return whether there is a Home Assistant Cloud subscription, connected or not."""
    if "cloud" not in hass.config.components:
        return False
    # this imports the cloud's own requirements, which are installed if it is set up
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.async_active_subscription(hass)


def current_url(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the full URL at which the entry is reached; this changes nothing."""
    webhook_id: str = entry.data[CONF_WEBHOOK_ID]
    cloudhook = _cloudhook_url(hass, webhook_id) if is_cloudhook(hass, entry) else None
    return cloudhook or _own_url(hass, webhook_id)


async def async_claim(
    hass: HomeAssistant, webhook_id: str, *, is_cloudhook: bool
) -> str:
    """Return the webhook's full URL; a cloudhook is created unless there is one.

    Raises:
        CloudAway: there is no cloudhook to be had now.
    """
    if not is_cloudhook:
        return _own_url(hass, webhook_id)
    if not _is_cloud_connected(hass):
        raise CloudAway("it is not connected")
    from homeassistant.components import cloud  # noqa: PLC0415

    try:
        return await cloud.async_get_or_create_cloudhook(hass, webhook_id)
    except _cloud_errors() as error:
        # some of these have no text
        raise CloudAway(str(error) or type(error).__name__) from error


@callback
def async_store(
    hass: HomeAssistant, entry: ConfigEntry, webhook_id: str, is_cloudhook: bool
) -> None:
    """Store the address of an entry; one that it replaces is kept as such."""
    replaced = replaced_addresses(entry)
    if webhook_id != entry.data[CONF_WEBHOOK_ID]:
        before = ReplacedAddress(
            entry.data[CONF_WEBHOOK_ID],
            bool(entry.data.get(CONF_CLOUDHOOK)),
            dt_util.utcnow(),
        )
        replaced = [before, *replaced]
    data = entry.data | {CONF_WEBHOOK_ID: webhook_id, CONF_CLOUDHOOK: is_cloudhook}
    hass.config_entries.async_update_entry(entry, data=_with_replaced(data, replaced))


def replaced_addresses(entry: ConfigEntry) -> list[ReplacedAddress]:
    """Return the addresses that the entry had before, the latest first."""
    stored = entry.data.get(CONF_REPLACED_ADDRESSES, [])
    return [ReplacedAddress.from_stored(each) for each in stored]


async def async_let_go(
    hass: HomeAssistant, entry: ConfigEntry, gone: list[ReplacedAddress]
) -> None:
    """Forget replaced addresses, and delete the cloudhooks that they have."""
    kept = [each for each in replaced_addresses(entry) if each not in gone]
    hass.config_entries.async_update_entry(entry, data=_with_replaced(entry.data, kept))
    await _async_delete_cloudhooks(hass, entry.title, _cloudhooks(gone))


async def async_give_back(hass: HomeAssistant, title: str, webhook_id: str) -> None:
    """Delete a cloudhook that was claimed in vain."""
    await _async_delete_cloudhooks(hass, title, [webhook_id])


async def async_release(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the cloudhooks of the entry's address and of those that it replaced."""
    current = [entry.data[CONF_WEBHOOK_ID]] if is_cloudhook(hass, entry) else []
    replaced = replaced_addresses(entry)
    webhook_ids = [*current, *_cloudhooks(replaced)]
    await _async_delete_cloudhooks(hass, entry.title, webhook_ids)


def _cloudhooks(addresses: list[ReplacedAddress]) -> list[str]:
    return [each.webhook_id for each in addresses if each.is_cloudhook]


async def _async_delete_cloudhooks(
    hass: HomeAssistant, title: str, webhook_ids: list[str]
) -> None:
    if not webhook_ids or "cloud" not in hass.config.components:
        return
    from homeassistant.components import cloud  # noqa: PLC0415

    for webhook_id in webhook_ids:
        try:
            await cloud.async_delete_cloudhook(hass, webhook_id)
        except _cloud_errors() as error:
            # nothing answers it any more, so it is harmless
            _LOGGER.info("A cloudhook of %s was not deleted: %s", title, error)


def _cloud_errors() -> tuple[type[Exception], ...]:
    """Return what the cloud raises where it cannot create or delete a cloudhook."""
    # these import the cloud's own requirements, which are installed if it is set up
    from hass_nabucasa.exceptions import NabuCasaBaseError  # noqa: PLC0415

    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.CloudNotAvailable, NabuCasaBaseError, TimeoutError, ValueError


def _with_replaced(
    data: Mapping[str, Any], replaced: list[ReplacedAddress]
) -> dict[str, Any]:
    """Return an entry's data with these replaced addresses, or without any."""
    kept = {key: data[key] for key in data if key != CONF_REPLACED_ADDRESSES}
    if replaced:
        kept[CONF_REPLACED_ADDRESSES] = [each.as_stored() for each in replaced]
    return kept


def _own_url(hass: HomeAssistant, webhook_id: str) -> str:
    return f"{base_url(hass)}{webhook.async_generate_path(webhook_id)}"


def _cloudhook_url(hass: HomeAssistant, webhook_id: str) -> str | None:
    """Return the URL of an existing cloudhook, connected or not."""
    hook = (_cloudhooks_by_id(hass) or {}).get(webhook_id)
    return str(hook["cloudhook_url"]) if hook else None


def _cloudhooks_by_id(hass: HomeAssistant) -> Mapping[str, Mapping[str, Any]] | None:
    """Return the cloudhooks that there are, connected or not; None without a cloud."""
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components.cloud.const import DATA_CLOUD  # noqa: PLC0415

    # the functions that the cloud exports would create one, and only while connected
    return hass.data[DATA_CLOUD].client.cloudhooks


def _is_cloud_connected(hass: HomeAssistant) -> bool:
    if not is_subscribed(hass):
        return False
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.async_is_connected(hass)
