"""Bleemeo's API, by Bleemeo's own client, with what that client leaves to its user.

The client blocks, so each job runs in a thread of its own. That is a daemon: whatever the
server or the resolver of names does, Home Assistant stops without it. `_Line` settles what
the client leaves open: requests have limits of time and size, a `Retry-After` of any form
is understood, and a refresh token is told of as soon as it is there.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from io import BytesIO
import json
from threading import Thread
import time
from typing import Any, cast, override

from bleemeo import (
    APIError,
    AuthenticationError,
    Client,
    Resource,
    ResourceNotFoundError,
    ThrottleError,
)
import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL
from urllib3.exceptions import HTTPError
from yarl import URL

from .listing import (
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
CONNECT_SECONDS = 5
SILENCE_SECONDS = 30
ANSWER_SECONDS = 60
JOB_SECONDS = 300
CLOSE_SECONDS = 2
CHUNK_SIZE = 64 * 1024
MAX_ANSWER_SIZE = 32 * 1024 * 1024
MAX_WAIT_SECONDS = 24 * 3600
MAX_CLOCK_DIFFERENCE = timedelta(days=1)
DEFAULT_WAIT = 60

_TOKEN_PATH = "/o/token/"
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class ApiError(Exception):
    """Bleemeo's API was of no use this time; the message says why, without secrets."""


class ServiceAway(ApiError):
    """It could not be reached, or has trouble: later it may well answer.

    `wait` is how many seconds it asks to be left alone, where it asks for that.
    """

    def __init__(self, reason: str, wait: int | None = None) -> None:
        """Say what happened, and what the service asks for."""
        super().__init__(reason)
        self.wait = wait


class LoginRefused(ApiError):
    """User name and password, or the token, are not accepted."""


class UnusableAnswer(ApiError):
    """It answered something that this version cannot use."""


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
        self._line: _Line | None = None
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
        if self._client is not None:
            self._client.session.close()

    async def _async_do[T](self, job: Callable[[Client, _Line], T]) -> T:
        async with self._lock:
            try:
                return await self._async_try(job)
            except LoginRefused:
                # one that a reload left behind may have been given a newer token
                self._client = None
                if self._get_token() == self._token:
                    raise
                return await self._async_try(job)

    async def _async_try[T](self, job: Callable[[Client, _Line], T]) -> T:
        if self._is_closed:
            raise ServiceAway("it is not asked any more")
        if self._under_way is not None:
            # whoever asked last may not have waited for it
            await asyncio.wait([self._under_way], timeout=JOB_SECONDS)
        if self._client is None or self._line is None:
            self._loop = asyncio.get_running_loop()
            self._token = self._get_token()
            self._line = _Line(self._url, self._take_token_soon)
            self._client = _connect(
                self._line,
                account_id=self._account_id,
                oauth_initial_refresh_token=self._token,
            )
        client, line = self._client, self._line
        under_way: asyncio.Future[T] = _begin(lambda: job(client, line))
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
        _call_in_loop(self._loop, self._take_token, token)

    def _take_token(self, token: str) -> None:
        self._token = token
        self._set_token(token)


async def async_log_in(url: str, username: str, password: str) -> Login:
    """Log in, and find out which accounts the login has.

    Raises:
        ApiError: it did not work.
    """

    line = _Line(url)

    def log_in() -> Login:
        client = _connect(line, username=username, password=password)
        with client.session:
            return Login(client.tokens[1], _find_accounts(client, line))

    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _begin(log_in)
    except TimeoutError:
        raise ServiceAway("it took too long to answer") from None


class _Line(HTTPAdapter):
    """Carries requests to one server, and what comes back within limits."""

    def __init__(self, url: str, on_token: Callable[[str], None] | None = None) -> None:
        """Prepare the line to the server of that address."""
        super().__init__()
        self.origin = URL(url).origin()
        self.is_closed = False
        self._on_token = on_token
        self._clock: datetime | None = None

    @property
    def clock(self) -> datetime:
        """What the server's clock said in its last answer, else what ours says.

        A clock that is a day off from ours is not believed: what it would date to the
        future could not be overtaken by any alert.
        """
        now = datetime.now(UTC)
        if self._clock is None or abs(self._clock - now) > MAX_CLOCK_DIFFERENCE:
            return now
        return self._clock

    @override
    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send a request and return its answer, all of which is here by then."""
        url = URL(request.url or "")
        if url.origin() != self.origin:
            # a redirection could take a token along
            raise InvalidURL("it refers to another server")
        if self.is_closed:
            raise requests.exceptions.ConnectionError("the line is closed")
        kwargs |= {"stream": True, "timeout": (CONNECT_SECONDS, SILENCE_SECONDS)}
        response = super().send(request, *args, **kwargs)
        body = _read_body(response)
        response.raw = BytesIO(body)
        self._clock = _http_date(response.headers.get("Date"))
        if (wait := response.headers.get("Retry-After")) is not None:
            response.headers["Retry-After"] = str(_seconds(wait, self.clock))
        if url.path == _TOKEN_PATH and response.status_code == HTTPStatus.OK:
            self._tell_token(body)
        return response

    def _tell_token(self, body: bytes) -> None:
        with suppress(ValueError):
            match json.loads(body):
                case {"refresh_token": str() as token} if self._on_token is not None:
                    self._on_token(token)


def _connect(line: _Line, **credentials: str) -> Client:
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


def _list(client: Client, line: _Line) -> Listing:
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
    client: Client, line: _Line, resource: Resource, fields: str, **filters: str
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


def _find_accounts(client: Client, line: _Line) -> dict[str, str]:
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


def _begin[T](job: Callable[[], T]) -> asyncio.Future[T]:
    """Run a job in a thread; its future may be left alone at any time.

    The future raises ApiError where the API was of no use.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    # nobody may be there any more to look at an error
    done.add_done_callback(lambda future: future.cancelled() or future.exception())

    def settle(error: BaseException | None, result: T | None = None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(cast(T, result))

    def work() -> None:
        try:
            result = _in_our_words(job)
        except Exception as error:  # noqa: BLE001
            _call_in_loop(loop, settle, error)
        else:
            _call_in_loop(loop, settle, None, result)

    Thread(target=work, name="bleemeo_api", daemon=True).start()
    return done


def _call_in_loop[*Ts](
    loop: asyncio.AbstractEventLoop, target: Callable[[*Ts], object], *args: *Ts
) -> None:
    """Call something in the loop, unless that has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(target, *args)


def _in_our_words[T](job: Callable[[], T]) -> T:
    """Do a job; whatever the client, `requests` and the answers raise is an ApiError."""
    try:
        return job()
    except ThrottleError as error:
        raise ServiceAway("it asks for a pause", error.delay_seconds) from error
    except APIError as error:
        status = error.response.status_code
        reason = f"it answered with status {status}"
        if isinstance(error, AuthenticationError) and status in _REFUSALS:
            raise LoginRefused(reason) from error
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
            wait = error.response.headers.get("Retry-After")
            raise ServiceAway(reason, int(wait) if wait else None) from error
        raise UnusableAnswer(reason) from error
    except UnexpectedAnswer as error:
        raise UnusableAnswer(str(error)) from error
    except (InvalidURL, TypeError, ValueError, LookupError) as error:
        # among these are broken JSON, and a token's answer without a token
        raise UnusableAnswer(f"its answer cannot be read: {error!r}") from error
    except (requests.RequestException, OSError) as error:
        raise ServiceAway(f"no answer ({type(error).__name__})") from error


def _read_body(response: requests.Response) -> bytes:
    """Read an answer, which may neither be too large nor drip in for ever."""
    body, end = bytearray(), time.monotonic() + ANSWER_SECONDS
    try:
        while chunk := response.raw.read1(CHUNK_SIZE, decode_content=True):
            body += chunk
            if len(body) > MAX_ANSWER_SIZE:
                raise UnexpectedAnswer(f"it has more than {MAX_ANSWER_SIZE} bytes")
            if time.monotonic() > end:
                raise requests.exceptions.ReadTimeout("it came too slowly")
    except HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from error
    finally:
        # a whole answer has given its connection back already
        response.raw.close()
    return bytes(body)


def _http_date(value: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(value).astimezone(UTC) if value else None
    except ValueError, OverflowError:
        return None


def _seconds(wait: str, now: datetime) -> int:
    """Read how long to wait, given as seconds or as a time; within reason."""
    if wait.isascii() and wait.isdecimal():
        seconds = int(wait[:9])
    elif until := _http_date(wait):
        seconds = max(0, round((until - now).total_seconds()))
    else:
        seconds = DEFAULT_WAIT
    return min(seconds, MAX_WAIT_SECONDS)
