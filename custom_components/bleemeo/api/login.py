"""A login: what a user name and a password give, and how it is given back."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import ClientSession

from .client import ApiClient
from .errors import ApiError, ServiceAway
from .server import Server
from .tokens import async_ask_tokens, async_give_back

LOGIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Login:
    """A refresh token of a server, and the names of the login's accounts by id."""

    url: str
    refresh_token: str
    accounts: dict[str, str]


class _Unkept:
    """The tokens of a login that is only being tried."""

    def __init__(self, token: str) -> None:
        self.token = token

    async def async_load(self) -> str:
        return self.token

    async def async_save(self, token: str) -> None:
        self.token = token


async def async_log_in(
    session: ClientSession,
    url: str,
    username: str,
    password: str,
    account_id: str | None = None,
) -> Login:
    """Log in, and find the accounts of the login; those of the account if it is known.

    Raises:
        ApiError: the login failed, and its token was given back.
    """
    server = Server(session, url)
    try:
        async with asyncio.timeout(LOGIN_SECONDS):
            tokens = await async_ask_tokens(
                server,
                {"grant_type": "password", "username": username, "password": password},
            )
            kept = _Unkept(tokens.refresh)
            client = ApiClient(session, url, account_id, kept, tokens)
            try:
                accounts = await client.async_find_accounts()
            except BaseException:
                await async_return(session, url, kept.token)
                raise
    except TimeoutError:
        raise ServiceAway("it took too long to answer") from None
    return Login(url, kept.token, accounts)


async def async_return(session: ClientSession, url: str, token: str) -> None:
    """Give a token back that is not used, if Bleemeo takes it."""
    with suppress(ApiError):
        await async_give_back(Server(session, url), token)
