"""Access to Bleemeo's API: ask for it in a form, keep it, and give it up.

Only the refresh token of a login is kept, never the password, and one that comes to
nothing is given back.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
import logging
from typing import Any

import voluptuous as vol
from yarl import URL

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ..const import (
    CONF_ACCOUNT,
    CONF_REFRESH_TOKEN,
    KEY_CHECK_NOW,
    KEY_CORRECTED_STATUSES,
    KEY_LAST_COMPARISON,
    KEY_REACHED,
)
from ..hub import API_TROUBLES
from .catalogue import Catalogue, catalogue_store
from .client import ApiClient
from .errors import ApiError, LoginRefused, ServiceAway, ServiceFailing
from .labels import async_remove_labels
from .login import Login, async_log_in, async_return
from .server import DEFAULT_URL
from .tokens import TokenFile, async_remove_token

_LOGGER = logging.getLogger(__name__)

LOGIN_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_USERNAME): TextSelector(
            TextSelectorConfig(type=TextSelectorType.EMAIL, autocomplete="username")
        ),
        vol.Required(CONF_PASSWORD): TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD, autocomplete="current-password"
            )
        ),
    }
)
ACCESS_SCHEMA = LOGIN_SCHEMA.extend(
    {
        vol.Required(CONF_URL, default=DEFAULT_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL)
        )
    }
)

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# the ends of the unique ids of entities that are there only with access
_ENDS = tuple(
    f"_{key}"
    for key in (KEY_CHECK_NOW, KEY_CORRECTED_STATUSES, KEY_LAST_COMPARISON, KEY_REACHED)
)


class FormError(Exception):
    """The input of a form is wrong; show it with these `errors` and `placeholders`."""

    def __init__(self, key: str, field: str = "base", **placeholders: str) -> None:
        """Name the error by the key of its translation."""
        super().__init__(key)
        self.errors = {field: key}
        self.placeholders = placeholders


async def async_check_login(
    hass: HomeAssistant, filled_in: Mapping[str, str], url: str, only: str | None
) -> Login:
    """Log in with a form's input, and find the accounts of the login.

    With `only`, no other account is accepted.

    Raises:
        FormError: with what the form must show.
    """
    session = async_get_clientsession(hass)
    try:
        login = await async_log_in(
            session, url, filled_in[CONF_USERNAME], filled_in[CONF_PASSWORD], only
        )
    except LoginRefused as error:
        raise FormError("invalid_auth") from error
    except ServiceAway as error:
        if error.wait is not None:
            raise FormError("api_pause", seconds=str(error.wait)) from error
        is_failing = isinstance(error, ServiceFailing)
        key = "api_failing" if is_failing else "cannot_connect"
        raise FormError(key, error=str(error)) from error
    except ApiError as error:
        raise FormError("api_unusable", error=str(error)) from error
    if only is None:
        return login
    if only not in login.accounts:
        await async_return(session, url, login.refresh_token)
        raise FormError("wrong_account")
    return replace(login, accounts={only: login.accounts[only]})


def check_url(value: str) -> str:
    """Return the URL of a server; only this machine may be reached without https.

    Raises:
        FormError: it is not a URL, or a password would be sent unencrypted.
    """
    try:
        url = URL(value).origin()
    except ValueError:
        raise FormError("invalid_url", CONF_URL) from None
    is_safe = url.scheme == "https" or url.host in _LOOPBACK
    if url.scheme not in {"http", "https"} or not is_safe:
        raise FormError("invalid_url", CONF_URL)
    return str(url)


@callback
def access_data(login: Login, account_id: str) -> dict[str, str]:
    """Return the access as an entry stores it."""
    return {
        CONF_URL: login.url,
        CONF_ACCOUNT: account_id,
        CONF_REFRESH_TOKEN: login.refresh_token,
    }


@callback
def async_make_client(hass: HomeAssistant, entry: ConfigEntry) -> ApiClient:
    """Return a client with the entry's access; it keeps new tokens in a file."""
    return ApiClient(
        async_get_clientsession(hass),
        entry.data[CONF_URL],
        entry.data[CONF_ACCOUNT],
        TokenFile(hass, entry),
    )


async def async_return_login(hass: HomeAssistant, login: Login) -> None:
    """Give the token of a login back that comes to nothing."""
    await async_return(async_get_clientsession(hass), login.url, login.refresh_token)


async def async_give_up(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove access from an entry, and everything that came with it."""
    await async_revoke(hass, entry)
    for trouble in API_TROUBLES:
        trouble.async_settle(hass, entry)
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.unique_id.endswith(_ENDS):
            registry.async_remove(entity.entity_id)
    kept: dict[str, Any] = {
        key: value
        for key, value in entry.data.items()
        if key not in {CONF_URL, CONF_ACCOUNT, CONF_REFRESH_TOKEN}
    }
    hass.config_entries.async_update_entry(entry, data=kept)
    await async_remove_kept(hass, entry)


async def async_remove_kept(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete what is stored of an entry's access, besides its data."""
    store = catalogue_store(hass, entry)
    # what cannot be read tells of no labels
    with suppress(HomeAssistantError):
        catalogue = Catalogue.from_stored(await store.async_load())
        async_remove_labels(hass, entry, catalogue.labels)
    await store.async_remove()
    await async_remove_token(hass, entry)


async def async_revoke(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Ask Bleemeo to revoke the token, if it can be reached."""
    if CONF_REFRESH_TOKEN not in entry.data:
        return
    with suppress(ApiError):
        await async_make_client(hass, entry).async_revoke()
        return
    _LOGGER.info(
        "Bleemeo could not be told that %s needs its access no longer", entry.title
    )
