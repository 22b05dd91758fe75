"""Run a blocking job of Bleemeo's client in a thread, and translate its errors.

The thread is a daemon: whatever the server or the name resolver does, Home Assistant
stops without waiting for it.
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

from .errors import LoginRefused, ServiceAway, UnexpectedAnswer, UnusableAnswer

_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def begin[T](job: Callable[[], T]) -> asyncio.Future[T]:
    """Run a job in a thread; its future may be abandoned at any time.

    The future raises `ApiError`.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    # nobody retrieves the error of an abandoned job
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
            result = _translate_errors(job)
        except Exception as error:  # noqa: BLE001
            call_in_loop(loop, settle, error)
        else:
            call_in_loop(loop, settle, None, result)

    Thread(target=work, name="bleemeo_api", daemon=True).start()
    return done


def call_in_loop[*Ts](
    loop: asyncio.AbstractEventLoop, target: Callable[[*Ts], object], *args: *Ts
) -> None:
    """Call something in the loop, unless the loop has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(target, *args)


def _translate_errors[T](job: Callable[[], T]) -> T:
    """Run a job; raise the errors of the client and of `requests` as an `ApiError`."""
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
        # such as broken JSON, or an answer to a token request without a token
        raise UnusableAnswer(f"its answer cannot be read: {error!r}") from error
    except (requests.RequestException, OSError) as error:
        raise ServiceAway(f"no answer ({type(error).__name__})") from error
