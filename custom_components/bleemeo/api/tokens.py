"""The tokens of a login: none is used before it is on disk.

Bleemeo gives a new refresh token with each access token, and may take the old one never
again: whoever loses the new one has to log in again.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.file import WriteError
from homeassistant.util.json import load_json

from ..const import CONF_REFRESH_TOKEN, DOMAIN
from .errors import LoginRefused, ServiceAway, TokenNotKept, UnusableAnswer
from .server import Server

TOKEN_PATH = "/o/token/"
REVOKE_PATH = "/o/revoke_token/"
# of Bleemeo's own client, which anyone may use
CLIENT_ID = "1fc6de3e-8750-472e-baea-3ba22bb4eb56"
# only these say that a person has to log in again
REFUSALS = {"invalid_grant", "invalid_client", "unauthorized_client", "access_denied"}
CLOSE_SECONDS = 2.5
REVOKE_SECONDS = 2.5


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login or a refresh token is exchanged for."""

    access: str
    refresh: str


async def async_ask_tokens(server: Server, form: Mapping[str, str]) -> Tokens:
    """Exchange a password or a refresh token.

    Raises:
        LoginRefused: Bleemeo itself says that it does not accept it.
        ApiError: there was no usable answer.
    """
    answer = await server.async_post(TOKEN_PATH, {**form, "client_id": CLIENT_ID})
    if answer.status == HTTPStatus.OK:
        match answer.json:
            case {
                "access_token": str() as access,
                "refresh_token": str() as refresh,
            } if access and refresh:
                return Tokens(access, refresh)
        raise UnusableAnswer("its answer to a login has no refresh_token")
    match answer.json if answer.is_from_api else None:
        case {"error": str() as error} if error in REFUSALS and answer.status in {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNAUTHORIZED,
        }:
            raise LoginRefused(f"it answered with {error}")
    raise answer.error()


async def async_give_back(server: Server, token: str) -> None:
    """Have a refresh token revoked that nothing uses any more.

    Raises:
        ApiError: it may still be valid.
    """
    try:
        async with asyncio.timeout(REVOKE_SECONDS):
            answer = await server.async_post(
                REVOKE_PATH,
                {
                    "token": token,
                    "token_type_hint": "refresh_token",
                    "client_id": CLIENT_ID,
                },
            )
    except TimeoutError:
        raise ServiceAway("it took too long to answer") from None
    if answer.status != HTTPStatus.OK:
        raise answer.error()


class KeptToken(Protocol):
    """Where a refresh token is kept."""

    async def async_load(self) -> str:
        """Return the newest one."""

    async def async_save(self, token: str) -> None:
        """Write a new one; it is on disk on return."""


class TokenFile:
    """The newest refresh token of an entry, in a private file.

    An entry has only that of its login: Home Assistant writes entries later, and tells
    nobody if it cannot. The file counts as long as it descends from that login.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare for an entry that has access to the API."""
        self._hass = hass
        self._login: str = entry.data[CONF_REFRESH_TOKEN]
        self._path = token_path(hass, entry)

    async def async_load(self) -> str:
        """Return the newest token: that of the login if there is none, or none to read."""
        stored: Any = None
        with suppress(HomeAssistantError):
            stored = await self._hass.async_add_executor_job(load_json, self._path)
        match stored:
            case {"login": self._login, "token": str() as token} if token:
                return token
        return self._login

    async def async_save(self, token: str) -> None:
        """Write a token; it is on disk on return.

        Raises:
            TokenNotKept: it is not.
        """
        try:
            await self._hass.async_add_executor_job(self._write, token)
        except WriteError as error:
            raise TokenNotKept(str(error)) from error

    def _write(self, token: str) -> None:
        save_json(
            str(self._path),
            {"login": self._login, "token": token},
            private=True,
            atomic_writes=True,
        )


class TokenKeeper:
    """Gives access tokens, and keeps the refresh tokens that come with them."""

    def __init__(
        self, server: Server, kept: KeptToken, tokens: Tokens | None = None
    ) -> None:
        """Start with the refresh token that is kept, or with tokens just received."""
        self._server = server
        self._kept = kept
        self._refresh = tokens.refresh if tokens else None
        self._access = tokens.access if tokens else None
        self._is_on_disk = True
        self._renewing: asyncio.Task[str] | None = None
        self._is_closed = False

    async def async_access(self, spent: str | None = None) -> str:
        """Return an access token, but not the one that is spent.

        Raises:
            ApiError: there is none.
        """
        if self._is_closed:
            raise ServiceAway("it is not asked any more")
        if self._access is not None and self._access != spent:
            return self._access
        renewing = self._renewing
        if renewing is None:
            renewing = self._renewing = asyncio.create_task(self._async_renew())
            renewing.add_done_callback(self._handle_renewed)
        # whoever asked may give up, but a token on its way must arrive
        await asyncio.wait([renewing])
        if renewing.cancelled():
            raise ServiceAway("it is not asked any more")
        return renewing.result()

    async def async_refresh_token(self) -> str:
        """Return the newest refresh token."""
        if self._refresh is None:
            self._refresh = await self._kept.async_load()
        return self._refresh

    async def async_close(self) -> None:
        """Wait a moment for a token on its way, and write one down that is not yet."""
        self._is_closed = True
        if (renewing := self._renewing) is not None:
            await asyncio.wait([renewing], timeout=CLOSE_SECONDS)
            renewing.cancel()
            await asyncio.wait([renewing], timeout=0.5)
        if self._refresh is not None and not self._is_on_disk:
            with suppress(TokenNotKept):
                await self._async_write(self._refresh)

    async def _async_renew(self) -> str:
        refresh = await self.async_refresh_token()
        # where nothing can be written, the old token must not be given away
        await self._async_write(refresh)
        tokens = await async_ask_tokens(
            self._server, {"grant_type": "refresh_token", "refresh_token": refresh}
        )
        self._refresh, self._is_on_disk = tokens.refresh, False
        await self._async_write(tokens.refresh)
        self._access = tokens.access
        return tokens.access

    async def _async_write(self, token: str) -> None:
        await self._kept.async_save(token)
        self._is_on_disk = True

    def _handle_renewed(self, renewing: asyncio.Task[str]) -> None:
        self._renewing = None
        if not renewing.cancelled():
            # nobody may be waiting for it any more
            renewing.exception()


def token_path(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    """Return the path of the file with an entry's newest token."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry.entry_id}.token"))


async def async_remove_token(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the file with an entry's newest token."""
    path = token_path(hass, entry)
    with suppress(OSError):
        await hass.async_add_executor_job(lambda: path.unlink(missing_ok=True))
