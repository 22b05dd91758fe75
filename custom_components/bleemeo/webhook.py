"""The HTTP edge: read a delivery, hand it to the hub, and answer with the outcome.

The answers are a contract with Bleemeo, which takes any 2xx as received, and of which
nobody knows whether it sends an alert again.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
import logging

from aiohttp import StreamReader
from aiohttp.hdrs import (
    ALLOW,
    CONTENT_LENGTH,
    METH_GET,
    METH_POST,
    METH_PUT,
    RETRY_AFTER,
)
from aiohttp.web import Request, RequestPayloadError, Response

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .const import DOMAIN
from .core import Alert, InvalidAlert
from .hub import BleemeoHub, Lifecycle
from .journal import JournalError
from .models import BleemeoConfigEntry, BleemeoData

_LOGGER = logging.getLogger(__name__)

MAX_BODY_SIZE = 64 * 1024
READ_TIMEOUT = 10
RETRY_AFTER_SECONDS = 10
LOG_INTERVAL = timedelta(minutes=1)
MAX_WAITING = 100
WAIT_SECONDS = 8

_LOADING = (
    ConfigEntryState.NOT_LOADED,
    ConfigEntryState.SETUP_IN_PROGRESS,
    # the first retry comes within the time to wait
    ConfigEntryState.SETUP_RETRY,
    ConfigEntryState.UNLOAD_IN_PROGRESS,
)


class Refusal(Exception):
    """A refused delivery: the status of the answer, and the reason."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        """Set the status and the reason, which must not contain a secret."""
        super().__init__(reason)
        self.status = status


class RefusalLog:
    """Logs refusals, at most one line a minute, with their count."""

    def __init__(self) -> None:
        """Start with nothing logged."""
        self._count = 0
        self._logged_at: datetime | None = None

    def add(self, title: str, reason: str) -> None:
        """Log a refusal by the entry with the title, or count it for a later line."""
        self._count += 1
        now = dt_util.utcnow()
        if self._logged_at is not None and now - self._logged_at < LOG_INTERVAL:
            return
        if self._count == 1:
            _LOGGER.warning("%s refused a delivery: %s", title, reason)
        else:
            _LOGGER.warning(
                "%s refused %s deliveries since the last such line; the latest: %s",
                title,
                self._count,
                reason,
            )
        self._count = 0
        self._logged_at = now


class NotNow(Exception):
    """The entry takes no alerts now; the message says why."""


class Entrance:
    """The entrance of an entry: lets deliveries wait for it while it is loaded.

    It outlives reloads of the entry, and so does the log of what was refused.
    """

    def __init__(self, hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
        """Open the entrance of an entry, whatever the entry's state."""
        self.entry = entry
        self.log = RefusalLog()
        self._hass = hass
        self._waiting: set[asyncio.Future[None]] = set()
        entry.async_on_state_change(self._wake)
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._wake)

    async def async_hub(self) -> BleemeoHub:
        """Return the entry's hub as soon as it takes alerts.

        Raises:
            NotNow: it will not, not in time, or too many deliveries wait already.
        """
        if (hub := self._hub()) is not None:
            return hub
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while (hub := self._hub()) is None:
                    await self._async_change()
        except TimeoutError:
            raise NotNow("not ready yet: try again") from None
        return hub

    def _hub(self) -> BleemeoHub | None:
        """Return the hub if it takes alerts, or None if one soon may."""
        data: BleemeoData | None = getattr(self.entry, "runtime_data", None)
        if data is not None and data.hub.lifecycle is Lifecycle.READY:
            return data.hub
        if self._hass.is_stopping:
            raise NotNow("Home Assistant is stopping: try again")
        if self.entry.disabled_by:
            raise NotNow("this integration is disabled in Home Assistant")
        if self.entry.state not in _LOADING:
            raise NotNow("this integration could not be set up in Home Assistant")
        return None

    async def _async_change(self) -> None:
        if len(self._waiting) >= MAX_WAITING:
            raise NotNow("not ready yet, and too many alerts wait: try again")
        change = self._hass.loop.create_future()
        self._waiting.add(change)
        try:
            await change
        finally:
            self._waiting.discard(change)

    @callback
    def _wake(self, *_: object) -> None:
        """Let all that wait look again."""
        for change in self._waiting:
            if not change.done():
                change.set_result(None)


_ENTRANCES: HassKey[dict[str, Entrance]] = HassKey(f"{DOMAIN}_entrances")


@callback
def async_register(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Register the entry's webhook; it answers whatever the entry's state."""
    entrances = hass.data.setdefault(_ENTRANCES, {})
    if (entrance := entrances.get(entry.entry_id)) is None:
        entrance = entrances[entry.entry_id] = Entrance(hass, entry)
    webhook.async_unregister(hass, entry.data[CONF_WEBHOOK_ID])
    webhook.async_register(
        hass,
        DOMAIN,
        entry.title,
        entry.data[CONF_WEBHOOK_ID],
        partial(_handle, entrance),
        # Home Assistant would log the id, a secret, for a method that is not allowed,
        # except for HEAD, which it answers by itself
        allowed_methods=(METH_GET, METH_POST, METH_PUT),
    )


@callback
def async_unregister(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Unregister the webhook of an entry that is removed."""
    hass.data.get(_ENTRANCES, {}).pop(entry.entry_id, None)
    webhook.async_unregister(hass, entry.data[CONF_WEBHOOK_ID])


async def _handle(
    entrance: Entrance, hass: HomeAssistant, webhook_id: str, request: Request
) -> Response:
    """Answer a delivery; raise nothing, for Home Assistant would answer 200."""
    if request.method != METH_POST:
        response = _answer(HTTPStatus.METHOD_NOT_ALLOWED, "error", "use POST")
        response.headers[ALLOW] = METH_POST
        return response
    try:
        return await _take(entrance, request)
    except NotNow as reason:
        return _not_now(str(reason))
    except JournalError as error:
        _LOGGER.debug("An alert could not be kept: %s", error)
        return _not_now("the alert could not be kept: try again")
    except Exception:
        _LOGGER.exception("An alert of %s could not be handled", entrance.entry.title)
        return _not_now("the alert could not be handled: try again")


async def _take(entrance: Entrance, request: Request) -> Response:
    """Read an alert and hand it to the hub, or refuse the delivery."""
    body = b""
    alert: Alert | None = None
    try:
        body = await _read_body(request)
        alert = _read_alert(body)
        # the entry may have been reloaded while the body arrived
        hub = await entrance.async_hub()
        _check_account(hub, alert)
    except Refusal as refusal:
        hub = await entrance.async_hub()
        entrance.log.add(hub.entry.title, str(refusal))
        with suppress(JournalError):
            await hub.async_refuse(str(refusal), body.decode(errors="replace"), alert)
        return _answer(refusal.status, "error", str(refusal))
    verdict = await hub.async_receive(alert, body.decode())
    return _answer(HTTPStatus.OK, "result", verdict)


async def _read_body(request: Request) -> bytes:
    """Read the body, up to the size limit of an alert.

    A request through a cloudhook or the WebSocket API has no `read`, and each access of
    its `content` starts from the beginning.
    """
    length = request.headers.get(CONTENT_LENGTH, "")
    if length.isdecimal() and int(length) > MAX_BODY_SIZE:
        raise _too_large()
    content = request.content
    try:
        if isinstance(content, StreamReader) and content.is_eof():
            # most bodies have arrived already
            body = content.read_nowait(MAX_BODY_SIZE + 1)
        else:
            async with asyncio.timeout(READ_TIMEOUT):
                body = await _read_bounded(content)
    except TimeoutError:
        raise Refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            f"the body did not arrive within {READ_TIMEOUT} seconds",
        ) from None
    except (RequestPayloadError, ConnectionError) as error:
        raise Refusal(
            HTTPStatus.BAD_REQUEST, f"the body cannot be read: {error}"
        ) from None
    if len(body) > MAX_BODY_SIZE:
        raise _too_large()
    return body


async def _read_bounded(content: StreamReader) -> bytes:
    """Read to the end, or to the first byte over the limit."""
    body = bytearray()
    while chunk := await content.read(MAX_BODY_SIZE + 1 - len(body)):
        body += chunk
    return bytes(body)


def _too_large() -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is larger than {MAX_BODY_SIZE} bytes",
    )


def _read_alert(body: bytes) -> Alert:
    try:
        payload = json_loads(body)
    except JSON_DECODE_EXCEPTIONS:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
    if not isinstance(payload, dict):
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
    try:
        return Alert.from_payload(payload)
    except InvalidAlert as error:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None


def _check_account(hub: BleemeoHub, alert: Alert) -> None:
    if not hub.accepts_account(alert.account_id):
        hub.async_report_mismatch(alert.account_id)
        raise Refusal(
            HTTPStatus.FORBIDDEN, "account: not the one that this webhook is for"
        )


def _answer(status: HTTPStatus, key: str, text: str) -> Response:
    # the view's own helper prepares to compress it, which does not pay here
    return Response(
        body=json_bytes({key: text}), status=status, content_type="application/json"
    )


def _not_now(reason: str) -> Response:
    response = _answer(HTTPStatus.SERVICE_UNAVAILABLE, "error", reason)
    response.headers[RETRY_AFTER] = str(RETRY_AFTER_SECONDS)
    return response
