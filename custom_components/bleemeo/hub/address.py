"""The address that Bleemeo posts to: claim it, inspect it, and release it."""

from ipaddress import ip_address
import logging

from yarl import URL

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util.network import is_local

from ..const import CONF_CLOUDHOOK

_LOGGER = logging.getLogger(__name__)

# for the user to fill in if Home Assistant does not know its own address
UNKNOWN_BASE_URL = "https://YOUR-HOME-ASSISTANT"

_LOCAL_SUFFIXES = (".local", ".lan", ".home", ".internal", ".localdomain", ".home.arpa")


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


def is_subscribed(hass: HomeAssistant) -> bool:
    """Return whether there is a Home Assistant Cloud subscription, connected or not."""
    if "cloud" not in hass.config.components:
        return False
    # this imports the cloud's own requirements, which are installed if it is set up
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.async_active_subscription(hass)


async def async_claim(hass: HomeAssistant, webhook_id: str) -> tuple[str, bool]:
    """Return the webhook's full URL, and whether it is a cloudhook's.

    Create or reuse a cloudhook if Home Assistant Cloud is connected.
    """
    if _is_cloud_connected(hass):
        # these import the cloud's own requirements, which are installed if it is set up
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


def _is_cloud_connected(hass: HomeAssistant) -> bool:
    if not is_subscribed(hass):
        return False
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.async_is_connected(hass)
