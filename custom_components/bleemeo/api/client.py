"""The client of Bleemeo's API, built on Bleemeo's own: requests and tokens."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bleemeo import (
    APIError,
    AuthenticationError,
    Client,
    Resource,
    ResourceNotFoundError,
    ThrottleError,
)

from .errors import LoginRefused, ServiceAway, UnexpectedAnswer
from .job import begin, call_in_loop
from .listing import (
    AGENT_FIELDS,
    METRIC_FIELDS,
    ListedMetric,
    Listing,
    Page,
    read_agent_name,
    read_id,
)
from .transport import Transport

DEFAULT_URL = Client.DEFAULT_ENDPOINT

PAGE_SIZE = 1000
MAX_PAGES = 100
JOB_SECONDS = 300
LOGIN_SECONDS = 60
CLOSE_SECONDS = 2

type ApiObject = tuple[Resource, str]


@dataclass(frozen=True, slots=True)
class Login:
    """The result of a login: a refresh token, and the names of its accounts by id."""

    refresh_token: str
    accounts: dict[str, str]


class ApiClient:
    """Queries one account, one job at a time."""

    def __init__(
        self,
        url: str,
        account_id: str,
        get_token: Callable[[], str],
        set_token: Callable[[str], None],
    ) -> None:
        """Prepare the client without asking anything.

        `set_token` is called in the event loop with each new refresh token, which
        `get_token` must return from then on.
        """
        self._url = url
        self._account_id = account_id
        self._get_token = get_token
        self._set_token = set_token
        self._lock = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None
        self._transport: Transport | None = None
        self._token = ""
        self._is_closed = False
        self._under_way: asyncio.Future[Any] | None = None

    async def async_list(self) -> Listing:
        """Return all agents, and all active metrics with their statuses.

        Raises:
            ApiError: they could not be read.
        """
        return await self._async_do(_list)

    async def async_find_gone(self, objects: Collection[ApiObject]) -> set[ApiObject]:
        """Return the objects that Bleemeo says it does not have.

        Raises:
            ApiError: Bleemeo did not say.
        """
        return await self._async_do(lambda client, _: _find_gone(client, objects))

    async def async_revoke(self) -> None:
        """Ask Bleemeo to revoke the token.

        Raises:
            ApiError: it may still be valid.
        """
        await self._async_do(lambda client, _: client.logout())

    async def async_close(self) -> None:
        """Stop asking; give a request under way a moment: it may bring a new token."""
        self._is_closed = True
        if self._transport is not None:
            self._transport.is_closed = True
        if self._under_way is not None:
            await asyncio.wait([self._under_way], timeout=CLOSE_SECONDS)

    async def _async_do[T](self, job: Callable[[Client, Transport], T]) -> T:
        async with self._lock:
            try:
                return await self._async_try(job)
            except LoginRefused:
                # a client from before a reload may have received a newer token
                self._client = None
                if self._get_token() == self._token:
                    raise
                return await self._async_try(job)

    async def _async_try[T](self, job: Callable[[Client, Transport], T]) -> T:
        if self._is_closed:
            raise ServiceAway("it is not asked any more")
        if self._under_way is not None:
            # its caller may have stopped waiting
            await asyncio.wait([self._under_way], timeout=JOB_SECONDS)
        if self._client is None or self._transport is None:
            self._loop = asyncio.get_running_loop()
            self._token = self._get_token()
            self._transport = Transport(self._url, self._take_token_soon)
            self._client = _connect(
                self._transport,
                account_id=self._account_id,
                oauth_initial_refresh_token=self._token,
            )
        client, transport = self._client, self._transport
        under_way: asyncio.Future[T] = begin(lambda: _do(client, transport, job))
        self._under_way = under_way
        # it continues if this is cancelled, until `async_close`
        await asyncio.wait([under_way], timeout=JOB_SECONDS)
        if not under_way.done():
            transport.is_closed = True
            self._client = self._under_way = None
            raise ServiceAway("it took too long to answer")
        return under_way.result()

    def _take_token_soon(self, token: str) -> None:
        """Pass on a token from a job's thread."""
        assert self._loop is not None
        call_in_loop(self._loop, self._take_token, token)

    def _take_token(self, token: str) -> None:
        if self._get_token() != self._token:
            # a later login replaced it, maybe for another server
            return
        self._token = token
        self._set_token(token)


async def async_log_in(url: str, username: str, password: str) -> Login:
    """Log in, and find the accounts of the login.

    Raises:
        ApiError: the login failed.
    """
    transport = Transport(url)

    def log_in() -> Login:
        client = _connect(transport, username=username, password=password)
        with client.session:
            return Login(client.tokens[1], _find_accounts(client, transport))

    try:
        async with asyncio.timeout(LOGIN_SECONDS):
            return await begin(log_in)
    except TimeoutError:
        raise ServiceAway("it took too long to answer") from None


def _connect(transport: Transport, **credentials: str) -> Client:
    """Return a client that uses the transport, and never retries by itself."""
    client = Client(
        api_url=str(transport.origin),
        throttle_max_auto_retry_delay=0,
        custom_headers={
            "User-Agent": "HomeAssistant Bleemeo integration",
            # a cached status would be dated to now
            "Cache-Control": "no-cache",
        },
        **credentials,  # type: ignore[arg-type]
    )
    client.session.mount("http://", transport)
    client.session.mount("https://", transport)
    return client


def _do[T](
    client: Client, transport: Transport, job: Callable[[Client, Transport], T]
) -> T:
    # a connection kept for hours may be dead
    with client.session:
        return job(client, transport)


def _list(client: Client, transport: Transport) -> Listing:
    listing = Listing()
    is_whole, pages = _read(client, transport, Resource.AGENT, AGENT_FIELDS)
    for row, _ in pages:
        agent_id = read_id(row, "id")
        listing.agents[agent_id] = read_agent_name(row) or agent_id[:8]
    listing.is_complete &= is_whole
    is_whole, pages = _read(
        client, transport, Resource.METRIC, METRIC_FIELDS, active="true"
    )
    listing.metrics = [ListedMetric.from_row(row, as_of) for row, as_of in pages]
    listing.is_complete &= is_whole
    listing.check()
    return listing


def _read(
    client: Client,
    transport: Transport,
    resource: Resource,
    fields: str,
    **filters: str,
) -> tuple[bool, list[tuple[dict[str, Any], datetime]]]:
    """Return whether all rows were read, and each row with the time it is valid for.

    That is the server's time in its previous answer: it is earlier than when the server
    read the row, so whatever happens after that counts as newer.
    """
    rows: dict[str, tuple[dict[str, Any], datetime]] = {}
    counts = set()
    for number in range(1, MAX_PAGES + 1):
        as_of = transport.clock
        answer = client.get_page(
            resource,
            page=number,
            page_size=PAGE_SIZE,
            params={"fields": fields, **filters},
        )
        page = Page.from_answer(answer.json())
        counts.add(page.count)
        rows |= {read_id(row, "id"): (row, as_of) for row in page.rows}
        if not page.has_next:
            return counts == {len(rows)}, list(rows.values())
    raise UnexpectedAnswer(f"a list has more than {MAX_PAGES} pages")


def _find_gone(client: Client, objects: Collection[ApiObject]) -> set[ApiObject]:
    gone: set[ApiObject] = set()
    for resource, uid in objects:
        try:
            client.get(resource, uid, fields=["id"])
        except ResourceNotFoundError:
            gone.add((resource, uid))
    return gone


def _find_accounts(client: Client, transport: Transport) -> dict[str, str]:
    """Return the accounts' names by id; if they cannot be listed, the agents' ones."""
    try:
        _, rows = _read(client, transport, Resource.ACCOUNT, "id,name")
        accounts = {
            read_id(row, "id"): str(row.get("name") or row["id"]) for row, _ in rows
        }
    except (APIError, UnexpectedAnswer) as error:
        if isinstance(error, AuthenticationError | ThrottleError):
            raise
        _, rows = _read(client, transport, Resource.AGENT, "id,account")
        accounts = {read_id(row, "account"): str(row["account"]) for row, _ in rows}
    if not accounts:
        raise UnexpectedAnswer("the login has no account")
    return accounts
