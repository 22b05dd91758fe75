"""The line to Bleemeo's server, which settles what Bleemeo's client leaves open.

Requests have limits of time and size and go to one server only, a `Retry-After` of any form
is understood, and a refresh token is told of as soon as it is there.
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

from .api_listing import UnexpectedAnswer

CONNECT_SECONDS = 5
SILENCE_SECONDS = 30
ANSWER_SECONDS = 60
CHUNK_SIZE = 64 * 1024
MAX_ANSWER_SIZE = 32 * 1024 * 1024
MAX_WAIT_SECONDS = 24 * 3600
DEFAULT_WAIT = 60
MAX_CLOCK_DIFFERENCE = timedelta(days=1)

_TOKEN_PATH = "/o/token/"


class Line(HTTPAdapter):
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
            raise requests.ConnectionError("the line is closed")
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


def _read_body(response: requests.Response) -> bytes:
    """Read an answer, which may neither be too large nor drip in for ever."""
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
