"""The client of Bleemeo's API: what it is asked, for one account of a login."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import ClientSession

from .errors import ServiceAway, UnderMaintenance, UnexpectedAnswer, UnusableAnswer
from .listing import (
    AGENT_FIELDS,
    METRIC_FIELDS,
    ListedAgent,
    ListedMetric,
    Listing,
    NameMetric,
    plain_name,
)
from .row import Page, Rows, read_id, read_word
from .server import Answer, Server
from .tokens import KeptToken, TokenKeeper, Tokens, async_give_back

INFO_PATH: Final = "/v1/info/"
ACCOUNT_PATH: Final = "/v1/account/"
AGENT_PATH: Final = "/v1/agent/"
METRIC_PATH: Final = "/v1/metric/"

PAGE_SIZE = 1000
# 20,000 metrics where a server gives no more than 25 rows a page
MAX_PAGES = 1000
LIST_SECONDS = 300

# the path of a resource, and an id
type ApiObject = tuple[str, str]


class ApiClient:
    """Queries one account; whoever asks may be cancelled at any time."""

    def __init__(
        self,
        session: ClientSession,
        url: str,
        account_id: str | None,
        kept: KeptToken,
        tokens: Tokens | None = None,
    ) -> None:
        """Prepare the client without asking anything.

        Without an account, Bleemeo chooses the first one of the login. Without tokens,
        the one that is kept is exchanged.
        """
        self._server = Server(session, url)
        self._headers = {} if account_id is None else {"X-Bleemeo-Account": account_id}
        self._account_id = account_id
        self._keeper = TokenKeeper(self._server, kept, tokens)

    async def async_check_maintenance(self) -> None:
        """Check that Bleemeo is not under maintenance; that needs no login.

        Raises:
            UnderMaintenance: it is.
            ServiceAway: there is no answer.
        """
        answer = await self._server.async_get(INFO_PATH, {}, {})
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise answer.error()
        if not answer.is_from_api:
            # what this tells is of use, but not needed
            return
        match answer.json:
            case {"maintenance": True}:
                raise UnderMaintenance("it is under maintenance", answer.wait)

    async def async_list(self, name: NameMetric = plain_name) -> Listing:
        """Return all agents of the account, and all their active metrics with statuses.

        `name` says what people call a metric.

        Raises:
            ApiError: they could not be read.
        """
        assert self._account_id is not None
        account_id = self._account_id
        try:
            async with asyncio.timeout(LIST_SECONDS):
                agents = await self.async_read(
                    AGENT_PATH,
                    AGENT_FIELDS,
                    lambda row, _: ListedAgent.from_row(row, account_id),
                )
                metrics = await self.async_read(
                    METRIC_PATH,
                    METRIC_FIELDS,
                    lambda row, as_of: ListedMetric.from_row(row, as_of, name),
                    active="true",
                )
        except TimeoutError:
            raise ServiceAway("it took too long to answer") from None
        return Listing.from_rows(agents, metrics)

    async def async_find_gone(self, objects: Collection[ApiObject]) -> set[ApiObject]:
        """Return the objects that Bleemeo says it does not have.

        Raises:
            ApiError: Bleemeo did not say.
        """
        gone: set[ApiObject] = set()
        for path, uid in objects:
            answer = await self._async_ask(f"{path}{uid}/", {"fields": "id"})
            if answer.status == HTTPStatus.NOT_FOUND and answer.is_from_api:
                gone.add((path, uid))
            elif answer.status not in {HTTPStatus.OK, HTTPStatus.FORBIDDEN}:
                raise answer.error()
        return gone

    async def async_read[T](
        self,
        path: str,
        fields: str,
        read: Callable[[Mapping[str, Any], datetime], T],
        **filters: str,
    ) -> Rows[T]:
        """Read all pages of a resource; each row with a time for which it is valid.

        Without fields, a row has whatever Bleemeo gives.

        That is the server's time in its previous answer: it is earlier than when the server
        read the row, so whatever happens after that counts as newer.

        Raises:
            ApiError: they could not be read.
        """
        found, has_vanished = await self._async_read_once(path, fields, read, **filters)
        if has_vanished:
            found, _ = await self._async_read_once(path, fields, read, **filters)
        return found

    async def async_revoke(self) -> None:
        """Ask Bleemeo to revoke the token.

        Raises:
            ApiError: it may still be valid.
        """
        token = await self._keeper.async_refresh_token()
        await async_give_back(self._server, token)

    async def async_close(self) -> None:
        """Give a token on its way a moment to arrive; ask for none any more."""
        await self._keeper.async_close()

    async def async_find_accounts(self) -> dict[str, str]:
        """Return the accounts' names by id; if they cannot be listed, the agents' ones.

        Raises:
            ApiError: they could not be read.
        """
        accounts: dict[str, str] = {}
        try:
            found = await self.async_read(ACCOUNT_PATH, "id,name", _read_account)
            accounts = dict(found.rows.values())
        except UnusableAnswer:
            pass
        if not accounts:
            agents = await self.async_read(
                AGENT_PATH, "id,account", lambda row, _: read_id(row, "account")
            )
            accounts = {uid: uid for uid in agents.rows.values()}
        if not accounts:
            raise UnusableAnswer("the login has no account")
        return accounts

    async def _async_read_once[T](
        self,
        path: str,
        fields: str,
        read: Callable[[Mapping[str, Any], datetime], T],
        **filters: str,
    ) -> tuple[Rows[T], bool]:
        """Read all pages once; return whether one vanished before it was read.

        They are not whole if the list changed meanwhile.
        """
        found, counts = Rows[T](), set[int]()
        for number in range(1, MAX_PAGES + 1):
            as_of = self._server.clock
            paging = {"page": str(number), "page_size": str(PAGE_SIZE)}
            picked = {"fields": fields} if fields else {}
            answer = await self._async_ask(path, {**picked, **filters, **paging})
            if answer.status == HTTPStatus.NOT_FOUND and number > 1:
                return found, True
            if answer.status != HTTPStatus.OK:
                raise answer.error()
            try:
                page = Page.from_answer(answer.json)
            except UnexpectedAnswer as error:
                raise UnusableAnswer(str(error)) from error
            counts.add(page.count)
            for row in page.rows:
                try:
                    uid = read_id(row, "id")
                    found.rows[uid] = read(row, as_of)
                except UnexpectedAnswer as error:
                    found.odd.append(str(error))
            if not page.has_next:
                found.is_whole = counts == {found.seen}
                return found, False
        raise UnusableAnswer(f"a list has more than {MAX_PAGES} pages")

    async def _async_ask(self, path: str, params: Mapping[str, str]) -> Answer:
        """Ask with an access token, and with a new one if it has expired."""
        access = await self._keeper.async_access()
        answer = await self._async_get(path, params, access)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            access = await self._keeper.async_access(spent=access)
            answer = await self._async_get(path, params, access)
        return answer

    async def _async_get(
        self, path: str, params: Mapping[str, str], access: str
    ) -> Answer:
        headers = {"Authorization": f"Bearer {access}", **self._headers}
        return await self._server.async_get(path, params, headers)


def _read_account(row: Mapping[str, Any], _: datetime) -> tuple[str, str]:
    uid = read_id(row, "id")
    return uid, read_word(row, "name") or uid
