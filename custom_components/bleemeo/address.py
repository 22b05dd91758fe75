"""The address that Bleemeo posts to: which one it is, and what may be wrong with it."""

from enum import StrEnum
from ipaddress import ip_address
import logging

from yarl import URL

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util.network import is_local

from .const import CONF_CLOUDHOOK

_LOGGER = logging.getLogger(__name__)

# for a person to fill in, where Home Assistant does not know any address of its own
UNKNOWN_BASE_URL = "https://YOUR-HOME-ASSISTANT"

_LOCAL_SUFFIXES = (".local", ".lan", ".home", ".internal", ".localdomain", ".home.arpa")


class Concern(StrEnum):
    """Why Bleemeo may not reach an address, or should not."""

    CLOUDHOOK_LOST = "cloudhook_lost"
    NO_EXTERNAL_URL = "no_external_url"
    PRIVATE_ADDRESS = "private_address"
    PLAIN_HTTP = "plain_http"


def base_url(hass: HomeAssistant) -> str:
    """Return the external URL, else another one of Home Assistant's, else a blank."""
    try:
        return get_url(hass, allow_cloud=False, prefer_external=True)
    except NoURLAvailableError:
        return UNKNOWN_BASE_URL


def find_concern(hass: HomeAssistant) -> Concern | None:
    """Return what is wrong with the address that an entry would be given now."""
    return None if _is_cloud_connected(hass) else _find_url_concern(hass)


def find_entry_concern(hass: HomeAssistant, entry: ConfigEntry) -> Concern | None:
    """Return what is wrong with the address that an entry was given.

    A cloudhook is not lost while Home Assistant Cloud is out of reach for a time.
    """
    if not entry.data.get(CONF_CLOUDHOOK):
        return _find_url_concern(hass)
    return None if _is_subscribed(hass) else Concern.CLOUDHOOK_LOST


async def async_claim(hass: HomeAssistant, webhook_id: str) -> tuple[str, bool]:
    """Return the webhook's full URL, and whether it is that of a cloudhook.

    A cloudhook is made, or found, where Home Assistant Cloud is connected.
    """
    if _is_cloud_connected(hass):
        # these need the cloud's own requirements, which are there where it is set up
        from hass_nabucasa.exceptions import NabuCasaBaseError  # noqa: PLC0415

        from homeassistant.components import cloud  # noqa: PLC0415

        try:
            return await cloud.async_get_or_create_cloudhook(hass, webhook_id), True
        except (
            cloud.CloudNotAvailable,
            NabuCasaBaseError,
            TimeoutError,
            ValueError,
        ) as error:
            _LOGGER.warning(
                "Home Assistant Cloud gave no cloudhook (%s); the external URL is used "
                "instead. Reconfigure the entry to try again",
                error,
            )
    return f"{base_url(hass)}{webhook.async_generate_path(webhook_id)}", False


async def async_release(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the entry's cloudhook, if it has one."""
    if not entry.data.get(CONF_CLOUDHOOK) or "cloud" not in hass.config.components:
        return
    from hass_nabucasa.exceptions import NabuCasaBaseError  # noqa: PLC0415

    from homeassistant.components import cloud  # noqa: PLC0415

    try:
        await cloud.async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])
    except (
        cloud.CloudNotAvailable,
        NabuCasaBaseError,
        TimeoutError,
        ValueError,
    ) as error:
        # nothing answers it any more, so it is harmless
        _LOGGER.info("The cloudhook of %s was not deleted: %s", entry.title, error)


def _find_url_concern(hass: HomeAssistant) -> Concern | None:
    try:
        url = URL(get_url(hass, allow_internal=False, allow_cloud=False))
    except NoURLAvailableError:
        return Concern.NO_EXTERNAL_URL
    if _is_private(url.host or ""):
        return Concern.PRIVATE_ADDRESS
    return None if url.scheme == "https" else Concern.PLAIN_HTTP


def _is_subscribed(hass: HomeAssistant) -> bool:
    if "cloud" not in hass.config.components:
        return False
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.async_active_subscription(hass)


def _is_cloud_connected(hass: HomeAssistant) -> bool:
    if not _is_subscribed(hass):
        return False
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.async_is_connected(hass)


def _is_private(host: str) -> bool:
    """Whether a host is of the kind that only a home network knows."""
    try:
        return is_local(ip_address(host))
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_SUFFIXES)
