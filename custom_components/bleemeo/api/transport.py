"""The transport to Bleemeo's server: what Bleemeo's own client leaves to `requests`.

Requests are limited in time and size and go to one server only, a `Retry-After` of any
form is understood, and a new refresh token is passed on as soon as it arrives.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from io import BytesIO
import json
import time
from typing import Any, override

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL
from urllib3.exceptions import HTTPError
from yarl import URL

from .errors import UnexpectedAnswer

CONNECT_SECONDS = 5
SILENCE_SECONDS = 30
ANSWER_SECONDS = 60
CHUNK_SIZE = 64 * 1024
MAX_ANSWER_SIZE = 32 * 1024 * 1024
MAX_WAIT_SECONDS = 24 * 3600
DEFAULT_WAIT = 60
MAX_CLOCK_DIFFERENCE = timedelta(days=1)

_TOKEN_PATH = "/o/token/"


class Transport(HTTPAdapter):
    """Sends requests to one server, and reads its answers within limits."""

    def __init__(self, url: str, on_token: Callable[[str], None] | None = None) -> None:
        """Prepare for the server at the URL.

        `on_token` is called with each new refresh token, in the thread that sends.
        """
        super().__init__()
        self.origin = URL(url).origin()
        self.is_closed = False
        self._on_token = on_token
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

    @override
    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send a request, and return its answer once it has arrived completely."""
        url = URL(request.url or "")
        if url.origin() != self.origin:
            # a redirect must not carry a token elsewhere
            raise InvalidURL("it refers to another server")
        if self.is_closed:
            raise requests.ConnectionError("the transport is closed")
        kwargs |= {"stream": True, "timeout": (CONNECT_SECONDS, SILENCE_SECONDS)}
        response = super().send(request, *args, **kwargs)
        body = _read_body(response)
        response.raw = BytesIO(body)
        self._clock = _http_date(response.headers.get("Date"))
        if (wait := response.headers.get("Retry-After")) is not None:
            response.headers["Retry-After"] = str(_seconds(wait, self.clock))
        if url.path == _TOKEN_PATH and response.status_code == HTTPStatus.OK:
            self._pass_on_token(body)
        return response

    def _pass_on_token(self, body: bytes) -> None:
        with suppress(ValueError):
            match json.loads(body):
                case {"refresh_token": str() as token} if self._on_token is not None:
                    self._on_token(token)


def _read_body(response: requests.Response) -> bytes:
    """Read an answer, unless it is too large or takes too long."""
    body, end = bytearray(), time.monotonic() + ANSWER_SECONDS
    try:
        while chunk := response.raw.read1(CHUNK_SIZE, decode_content=True):
            body += chunk
            if len(body) > MAX_ANSWER_SIZE:
                raise UnexpectedAnswer(f"it has more than {MAX_ANSWER_SIZE} bytes")
            if time.monotonic() > end:
                raise requests.ReadTimeout("it came too slowly")
    except HTTPError as error:
        raise requests.ConnectionError(error) from error
    finally:
        # a complete answer has already returned its connection
        response.raw.close()
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
