"""A job for Bleemeo's client, which blocks: in a thread, with its errors in our words.

The thread is a daemon: whatever the server or the resolver of names does, Home Assistant
stops without it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from threading import Thread
from typing import cast

from bleemeo import APIError, AuthenticationError, ThrottleError
import requests
from requests.exceptions import InvalidURL

from .api_listing import UnexpectedAnswer

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


def begin[T](job: Callable[[], T]) -> asyncio.Future[T]:
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
            call_in_loop(loop, settle, error)
        else:
            call_in_loop(loop, settle, None, result)

    Thread(target=work, name="bleemeo_api", daemon=True).start()
    return done


def call_in_loop[*Ts](
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
