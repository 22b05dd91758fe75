"""Bleemeo's API, by Bleemeo's own client: what is asked, and the token that it costs."""

import asyncio
from collections.abc import Callable, Iterable
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

from .api_job import LoginRefused, ServiceAway, begin, call_in_loop
from .api_line import Line
from .api_listing import (
    AGENT_FIELDS,
    METRIC_FIELDS,
    ListedMetric,
    Listing,
    Page,
    UnexpectedAnswer,
    read_agent_name,
    read_id,
)

DEFAULT_URL = Client.DEFAULT_ENDPOINT

PAGE_SIZE = 1000
MAX_PAGES = 100
JOB_SECONDS = 300
LOGIN_SECONDS = 60
CLOSE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Login:
    """What a login gives: a token that stands for it, and its accounts' names by id."""

    refresh_token: str
    accounts: dict[str, str]


class BleemeoApi:
    """Asks for one account. One job is done at a time."""

    def __init__(
        self,
        url: str,
        account_id: str,
        get_token: Callable[[], str],
        set_token: Callable[[str], None],
    ) -> None:
        """Prepare; nothing is asked yet.

        `set_token` is called in the event loop with each new refresh token: from then
        on `get_token` must return that one.
        """
        self._url = url
        self._account_id = account_id
        self._get_token = get_token
        self._set_token = set_token
        self._lock = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None
        self._line: Line | None = None
        self._token = ""
        self._is_closed = False
        self._under_way: asyncio.Future[Any] | None = None

    async def async_list(self) -> Listing:
        """Return all agents, and all active metrics with their statuses.

        Raises:
            ApiError: it could not be had.
        """
        return await self._async_do(_list)

    async def async_find_gone(
        self, wanted: Iterable[tuple[Resource, str]]
    ) -> set[tuple[Resource, str]]:
        """Return those of the objects of which Bleemeo says that it has them not.

        Raises:
            ApiError: it could not be found out.
        """
        objects = list(wanted)
        return await self._async_do(lambda client, _: _find_gone(client, objects))

    async def async_revoke(self) -> None:
        """Have Bleemeo take the token back; it is of no use to anybody then.

        Raises:
            ApiError: it may still be valid.
        """
        await self._async_do(lambda client, _: client.logout())

    async def async_close(self) -> None:
        """Ask no more; a request under way has a moment to end, for it may bring a token."""
        self._is_closed = True
        if self._line is not None:
            self._line.is_closed = True
        if self._under_way is not None:
            await asyncio.wait([self._under_way], timeout=CLOSE_SECONDS)

    async def _async_do[T](self, job: Callable[[Client, Line], T]) -> T:
        async with self._lock:
            try:
                return await self._async_try(job)
            except LoginRefused:
                # one that a reload left behind may have been given a newer token
                self._client = None
                if self._get_token() == self._token:
                    raise
                return await self._async_try(job)

    async def _async_try[T](self, job: Callable[[Client, Line], T]) -> T:
        if self._is_closed:
            raise ServiceAway("it is not asked any more")
        if self._under_way is not None:
            # whoever asked last may not have waited for it
            await asyncio.wait([self._under_way], timeout=JOB_SECONDS)
        if self._client is None or self._line is None:
            self._loop = asyncio.get_running_loop()
            self._token = self._get_token()
            self._line = Line(self._url, self._take_token_soon)
            self._client = _connect(
                self._line,
                account_id=self._account_id,
                oauth_initial_refresh_token=self._token,
            )
        client, line = self._client, self._line
        under_way: asyncio.Future[T] = begin(lambda: _do(client, line, job))
        self._under_way = under_way
        # it goes on where this is cancelled: `async_close` sees to its end
        await asyncio.wait([under_way], timeout=JOB_SECONDS)
        if not under_way.done():
            line.is_closed = True
            self._client = self._under_way = None
            raise ServiceAway("it took too long to answer")
        return under_way.result()

    def _take_token_soon(self, token: str) -> None:
        """Pass on a token that a job's thread was given."""
        assert self._loop is not None
        call_in_loop(self._loop, self._take_token, token)

    def _take_token(self, token: str) -> None:
        if self._get_token() != self._token:
            # a later login stands, which may be to another server
            return
        self._token = token
        self._set_token(token)


async def async_log_in(url: str, username: str, password: str) -> Login:
    """Log in, and find out which accounts the login has.

    Raises:
        ApiError: it did not work.
    """
    line = Line(url)

    def log_in() -> Login:
        client = _connect(line, username=username, password=password)
        with client.session:
            return Login(client.tokens[1], _find_accounts(client, line))

    try:
        async with asyncio.timeout(LOGIN_SECONDS):
            return await begin(log_in)
    except TimeoutError:
        raise ServiceAway("it took too long to answer") from None


def _connect(line: Line, **credentials: str) -> Client:
    """Return a client that sends over the line, and waits for nothing by itself."""
    client = Client(
        api_url=str(line.origin),
        throttle_max_auto_retry_delay=0,
        custom_headers={
            "User-Agent": "HomeAssistant Bleemeo integration",
            # a status out of a cache would be dated to now
            "Cache-Control": "no-cache",
        },
        **credentials,  # type: ignore[arg-type]
    )
    client.session.mount("http://", line)
    client.session.mount("https://", line)
    return client


def _do[T](client: Client, line: Line, job: Callable[[Client, Line], T]) -> T:
    # a connection that is kept for hours may be dead when it is used again
    with client.session:
        return job(client, line)


def _list(client: Client, line: Line) -> Listing:
    listing = Listing()
    is_whole, pages = _read(client, line, Resource.AGENT, AGENT_FIELDS)
    for row, _ in pages:
        agent_id = read_id(row, "id")
        listing.agents[agent_id] = read_agent_name(row) or agent_id[:8]
    listing.is_complete &= is_whole
    is_whole, pages = _read(client, line, Resource.METRIC, METRIC_FIELDS, active="true")
    listing.metrics = [ListedMetric.from_row(row, as_of) for row, as_of in pages]
    listing.is_complete &= is_whole
    listing.check()
    return listing


def _read(
    client: Client, line: Line, resource: Resource, fields: str, **filters: str
) -> tuple[bool, list[tuple[dict[str, Any], datetime]]]:
    """Return whether all rows are there, and each with the time that it is true for.

    That is the server's time at its answer before this one: earlier than the moment at
    which it looked up the row, so what happens from then on counts as newer.
    """
    rows: dict[str, tuple[dict[str, Any], datetime]] = {}
    counts = set()
    for number in range(1, MAX_PAGES + 1):
        as_of = line.clock
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


def _find_gone(
    client: Client, objects: Iterable[tuple[Resource, str]]
) -> set[tuple[Resource, str]]:
    gone = set()
    for resource, uid in objects:
        try:
            client.get(resource, uid, fields=["id"])
        except ResourceNotFoundError:
            gone.add((resource, uid))
    return gone


def _find_accounts(client: Client, line: Line) -> dict[str, str]:
    """Return the accounts' names by id; those of agents where no list of them is had."""
    try:
        _, rows = _read(client, line, Resource.ACCOUNT, "id,name")
        accounts = {
            read_id(row, "id"): str(row.get("name") or row["id"]) for row, _ in rows
        }
    except (APIError, UnexpectedAnswer) as error:
        if isinstance(error, AuthenticationError | ThrottleError):
            raise
        _, rows = _read(client, line, Resource.AGENT, "id,account")
        accounts = {read_id(row, "account"): str(row["account"]) for row, _ in rows}
    if not accounts:
        raise UnexpectedAnswer("the login has no account")
    return accounts
