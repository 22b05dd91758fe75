"""The HTTP edge: read a delivery, hand it to the hub, and answer with the outcome.

The answers are a contract with Bleemeo, which takes any 2xx as received.
"""

import asyncio
from contextlib import suppress
from functools import partial
from http import HTTPStatus
import logging
import re

from aiohttp import StreamReader
from aiohttp.hdrs import ALLOW, CONTENT_TYPE, METH_GET, METH_POST, METH_PUT, RETRY_AFTER
from aiohttp.web import Request, RequestPayloadError, Response

from homeassistant.components import webhook
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from . import gone
from .const import DOMAIN, MANUFACTURER
from .core import KEY_ARRIVED_AT, Alert, InvalidAlert, Verdict, decode_body, read_json
from .entrance import Entrance, NotNow, async_close_entrance, async_entrance
from .hub import BleemeoHub, async_answer_to
from .journal import JournalError
from .models import BleemeoConfigEntry

_LOGGER = logging.getLogger(__name__)

MAX_BODY_SIZE = 64 * 1024
READ_TIMEOUT = 10
RETRY_AFTER_SECONDS = 10

# Home Assistant would log the id, a secret, for a method that is not allowed, except for
# HEAD, which it answers by itself
_METHODS = (METH_GET, METH_POST, METH_PUT)
_CHARSET = re.compile(r"""charset\s*=\s*["']?(?P<charset>[\w.:-]+)""", re.IGNORECASE)


class Refusal(Exception):
    """A refused delivery: the status of the answer, the reason, and what was sent.

    `body` is as much of that as was read.
    """

    def __init__(self, status: HTTPStatus, reason: str, body: bytes = b"") -> None:
        """Set the status and the reason, which must not contain a secret."""
        super().__init__(reason)
        self.status = status
        self.body = body


@callback
def async_register(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Register the entry's webhook; it answers whatever the entry's state."""
    _unregister(hass, entry)
    gone.async_register(hass, entry)
    webhook.async_register(
        hass,
        DOMAIN,
        entry.title,
        entry.data[CONF_WEBHOOK_ID],
        partial(_handle, async_entrance(hass, entry)),
        allowed_methods=_METHODS,
    )


@callback
def async_unregister(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Unregister the webhook of an entry that is removed."""
    async_close_entrance(hass, entry)
    _unregister(hass, entry)


@callback
def async_reserve(hass: HomeAssistant, webhook_id: str) -> None:
    """Answer 503 at the address of an entry that is not made yet."""
    webhook.async_register(
        hass, DOMAIN, MANUFACTURER, webhook_id, _handle_early, allowed_methods=_METHODS
    )


@callback
def async_end_reservation(hass: HomeAssistant, webhook_id: str) -> None:
    """Give up an address whose entry was not made."""
    webhook.async_unregister(hass, webhook_id)


async def _handle_early(_: HomeAssistant, __: str, request: Request) -> Response:
    if request.method != METH_POST:
        return _use_post()
    return _not_now("the set-up in Home Assistant is not finished: try again")


def _unregister(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    webhook.async_unregister(hass, entry.data[CONF_WEBHOOK_ID])
    gone.async_unregister(hass, entry)


async def _handle(
    entrance: Entrance, hass: HomeAssistant, webhook_id: str, request: Request
) -> Response:
    """Answer a delivery; raise nothing, for Home Assistant would answer 200."""
    if request.method != METH_POST:
        return _use_post()
    try:
        return await _take(entrance, hass, webhook_id, request)
    except NotNow as reason:
        return _not_now(str(reason))
    except JournalError as error:
        _LOGGER.debug("An alert could not be kept: %s", error)
        return _not_now("the alert could not be kept: try again")
    except Exception:
        _LOGGER.exception("An alert of %s could not be handled", entrance.entry.title)
        return _not_now("the alert could not be handled: try again")


async def _take(
    entrance: Entrance, hass: HomeAssistant, webhook_id: str, request: Request
) -> Response:
    """Read an alert and hand it to the hub, or refuse the delivery."""
    text: str | None = None
    alert: Alert | None = None
    charset = _charset(request)
    try:
        text = decode_body(await _read_body(request), charset)
        if answer := async_answer_to(hass, webhook_id, text):
            return _answer(HTTPStatus.OK, "result", answer)
        alert = _read_alert(text)
        # the entry may have been reloaded while the body arrived
        hub = await entrance.async_hub()
        _check_account(hub, alert)
    except Refusal as refusal:
        hub = await entrance.async_hub()
        entrance.log.add(hub.entry.title, str(refusal))
        if text is None:
            text = decode_body(refusal.body, charset)
        hub.async_refuse(str(refusal), text, alert)
        response = _answer(refusal.status, "error", str(refusal))
        content, is_slow = request.content, refusal.status is HTTPStatus.REQUEST_TIMEOUT
        if isinstance(content, StreamReader) and not is_slow:
            if not await _finish_reading(content):
                response.force_close()
        await hub.refusals.async_slow_down()
        return response
    verdict = await hub.async_receive(alert, text)
    if verdict is Verdict.BEYOND_BOUNDS:
        await hub.refusals.async_slow_down()
    return _answer(HTTPStatus.OK, "result", verdict)


def _charset(request: Request) -> str | None:
    """Return the charset that the sender declared."""
    found = _CHARSET.search(request.headers.get(CONTENT_TYPE, ""))
    return found["charset"] if found else None


async def _read_body(request: Request) -> bytes:
    """Read the body, up to the size limit of an alert.

    A request through a cloudhook or the WebSocket API has no `read`, and each access of
    its `content` starts from the beginning.
    """
    content, body = request.content, bytearray()
    try:
        if isinstance(content, StreamReader) and content.is_eof():
            # most bodies have arrived already
            body += content.read_nowait(MAX_BODY_SIZE + 1)
        else:
            async with asyncio.timeout(READ_TIMEOUT):
                while chunk := await content.read(MAX_BODY_SIZE + 1 - len(body)):
                    body += chunk
    except TimeoutError:
        raise Refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            f"the body did not arrive within {READ_TIMEOUT} seconds",
            bytes(body),
        ) from None
    except (RequestPayloadError, ConnectionError) as error:
        reason = " ".join(str(error).split())
        raise Refusal(
            HTTPStatus.BAD_REQUEST, f"the body cannot be read: {reason}", bytes(body)
        ) from None
    if len(body) > MAX_BODY_SIZE:
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body is larger than {MAX_BODY_SIZE} bytes",
            bytes(body),
        )
    return bytes(body)


async def _finish_reading(content: StreamReader) -> bool:
    """Read the rest of a refused body and drop it; return whether it could be read.

    The server does so too after the answer, but fails on what cannot be decompressed,
    and then the answer may be lost.
    """
    try:
        async with asyncio.timeout(READ_TIMEOUT):
            while await content.readany():
                pass
    except TimeoutError:
        return True
    except RequestPayloadError, ConnectionError:
        # there is nothing left for the server to read
        content.feed_eof()
        return False
    return True


def _read_alert(body: str) -> Alert:
    try:
        payload = _read_json(body)
    except ValueError:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
    if not isinstance(payload, dict):
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
    # only the journal has that, for no sender can say it
    payload.pop(KEY_ARRIVED_AT, None)
    try:
        return Alert.from_payload(payload, arrived_at=dt_util.utcnow())
    except InvalidAlert as error:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None


def _read_json(text: str) -> object:
    """Return the decoded JSON: with the fast reader, and what that refuses with ours.

    Raises:
        ValueError: it is not JSON, or nested too deep.
    """
    with suppress(*JSON_DECODE_EXCEPTIONS):
        return json_loads(text)
    return read_json(text)


def _check_account(hub: BleemeoHub, alert: Alert) -> None:
    if not hub.account.accepts(alert.account_id):
        hub.account.async_report(alert.account_id)
        raise Refusal(
            HTTPStatus.FORBIDDEN, "account: not the one that this webhook is for"
        )


def _answer(status: HTTPStatus, key: str, text: str) -> Response:
    # the view's own helper prepares to compress it, which does not pay here
    return Response(
        body=json_bytes({key: text}), status=status, content_type="application/json"
    )


def _use_post() -> Response:
    response = _answer(HTTPStatus.METHOD_NOT_ALLOWED, "error", "use POST")
    response.headers[ALLOW] = METH_POST
    return response


def _not_now(reason: str) -> Response:
    response = _answer(HTTPStatus.SERVICE_UNAVAILABLE, "error", reason)
    response.headers[RETRY_AFTER] = str(RETRY_AFTER_SECONDS)
    return response
