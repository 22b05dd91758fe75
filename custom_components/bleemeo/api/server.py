"""Bleemeo's server: requests to it alone, within limits, and what its answers mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, hdrs
from yarl import URL

from ..core import decode_body, read_json
from .errors import ApiError, ServiceAway, ServiceFailing, UnusableAnswer

DEFAULT_URL = "https://api.bleemeo.com"

CONNECT_SECONDS = 5
SILENCE_SECONDS = 30
ANSWER_SECONDS = 60
CHUNK_SIZE = 64 * 1024
MAX_ANSWER_SIZE = 8 * 1024 * 1024
MAX_WAIT_SECONDS = 24 * 3600
DEFAULT_WAIT = 60
MAX_CLOCK_DIFFERENCE = timedelta(days=1)

_HEADERS: dict[str, str] = {
    hdrs.ACCEPT: "application/json",
    # a cached status would be dated to now
    hdrs.CACHE_CONTROL: "no-cache",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: its status, its body, and how many seconds it asks to wait."""

    status: int
    body: bytes = b""
    wait: int | None = None

    @property
    def json(self) -> object:
        """The decoded body.

        Raises:
            ServiceFailing: it is a page, as of a proxy or of a firewall.
            UnusableAnswer: it is not JSON.
        """
        try:
            return read_json(decode_body(self.body, None))
        except ValueError as error:
            if self.body.lstrip().startswith(b"<"):
                raise ServiceFailing(f"HTTP {self.status}, HTML") from error
            raise UnusableAnswer(f"its answer cannot be read: {error}") from error

    @property
    def is_from_api(self) -> bool:
        """Whether the API itself seems to have answered, and nothing in front of it."""
        try:
            return isinstance(self.json, dict)
        except ApiError:
            return False

    def error(self) -> ApiError:
        """Return what an answer without a result means."""
        # it is shown in texts of any language
        status, reason = self.status, f"HTTP {self.status}"
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = DEFAULT_WAIT if self.wait is None else self.wait
            return ServiceFailing(reason, wait)
        if status == HTTPStatus.UNAUTHORIZED or status >= 500:
            return ServiceFailing(reason, self.wait)
        if not self.is_from_api:
            # the page of a proxy or of a firewall, or a redirection to one
            return ServiceFailing(reason)
        return UnusableAnswer(reason)


class Server:
    """Sends requests to one server, and reads its answers within limits."""

    def __init__(self, session: ClientSession, url: str) -> None:
        """Prepare for the server at the URL, without asking anything."""
        self._session = session
        self._origin = URL(url).origin()
        self._clock: datetime | None = None

    @property
    def clock(self) -> datetime:
        """The server's time in its last answer, else ours; in UTC.

        A clock that is a day off is not trusted: no alert could overtake a status that
        it dates to the future.
        """
        now = datetime.now(UTC)
        if self._clock is None or abs(self._clock - now) > MAX_CLOCK_DIFFERENCE:
            return now
        return self._clock

    async def async_get(
        self, path: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> Answer:
        """Ask for something, and return the answer once it has arrived completely.

        Raises:
            ApiError: there is none.
        """
        return await self._async_send(hdrs.METH_GET, path, headers, params=params)

    async def async_post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send a form, and return the answer once it has arrived completely.

        Raises:
            ApiError: there is none.
        """
        headers = {"X-Requested-With": "XMLHttpRequest"}
        return await self._async_send(hdrs.METH_POST, path, headers, form=form)

    async def _async_send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        try:
            async with self._session.request(
                method,
                self._origin.with_path(path),
                params=params,
                data=form,
                headers=_HEADERS | dict(headers),
                # a redirection must not carry a token elsewhere
                allow_redirects=False,
                timeout=ClientTimeout(
                    total=ANSWER_SECONDS,
                    sock_connect=CONNECT_SECONDS,
                    sock_read=SILENCE_SECONDS,
                ),
            ) as response:
                body = await _async_read(response)
        except (ClientError, OSError) as error:
            raise ServiceAway(type(error).__name__) from error
        self._clock = _http_date(response.headers.get(hdrs.DATE))
        wait = response.headers.get(hdrs.RETRY_AFTER)
        return Answer(
            response.status, body, None if wait is None else _seconds(wait, self.clock)
        )


async def _async_read(response: ClientResponse) -> bytes:
    """Read an answer, unless it is too large."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_SIZE):
        body += chunk
        if len(body) > MAX_ANSWER_SIZE:
            response.close()
            raise UnusableAnswer(f"it has more than {MAX_ANSWER_SIZE} bytes")
    return bytes(body)


def _http_date(value: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(value).astimezone(UTC) if value else None
    except ValueError, OverflowError:
        return None


def _seconds(wait: str, now: datetime) -> int:
    """Return how many seconds to wait, given as a number or a time; at most a day."""
    if wait.isascii() and wait.isdecimal():
        seconds = int(wait[:9])
    elif until := _http_date(wait):
        seconds = max(0, round((until - now).total_seconds()))
    else:
        seconds = DEFAULT_WAIT
    return min(seconds, MAX_WAIT_SECONDS)
