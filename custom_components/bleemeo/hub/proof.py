"""The proof that an address works: Home Assistant posts to itself, as Bleemeo does.

The body has a nonce. Only who runs the check knows what to answer to it, so that nothing
else on the way can pass for this Home Assistant.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from errno import EACCES, EPERM
from http import HTTPStatus
import os
import re
import secrets
from ssl import SSLError
from time import monotonic

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSSLError,
    ClientTimeout,
)
from aiohttp.hdrs import LOCATION, SERVER
from yarl import URL

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .address import current_url, is_cloudhook
from .troubles import (
    CLOUDHOOK_DELETED,
    CLOUDHOOK_LOST,
    NO_EXTERNAL_URL,
    PRIVATE_ADDRESS,
    async_find_address_trouble,
)

TIMEOUT_SECONDS = 15
MAX_ANSWER_SIZE = 4096
MAX_WORDS_LENGTH = 200

_MARKUP = re.compile(r"[^\w .,:;/()'+-]")
_ERRNO = re.compile(r"\[Errno (\d+)\]")
_NONCE = "home_assistant_asks_itself"


class Outcome(StrEnum):
    """What became of the request; each has a text for people."""

    CAME_BACK = "came_back"
    CAME_BACK_INSIDE = "came_back_inside"
    BAD_CERTIFICATE = "bad_certificate"
    BAD_GATEWAY = "bad_gateway"
    BROKEN_OFF = "broken_off"
    LOGIN = "login"
    NAME_NOT_FOUND = "name_not_found"
    NO_ADDRESS = "no_address"
    NO_ANSWER = "no_answer"
    NOT_ALLOWED = "not_allowed"
    NOT_ENCRYPTED = "not_encrypted"
    OTHER_CONTENT = "other_content"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNTRUSTED_PROXY = "untrusted_proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a check found: the outcome, and what it takes to say it in words.

    `through` is what stands before Home Assistant, as far as it says so, `detail` the
    reason of a failed connection, or where a redirect leads.
    """

    outcome: Outcome
    host: str = ""
    seconds: float = 0.0
    status: int | None = None
    through: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class _Check:
    """A check under way: where its nonce must arrive, and what is answered there."""

    webhook_id: str
    answer: str


_CHECKS: HassKey[dict[str, _Check]] = HassKey(f"{DOMAIN}_checks")


async def async_prove(hass: HomeAssistant, entry: ConfigEntry) -> Proof:
    """Post to an entry's public address, and return what became of it."""
    has_cloudhook = is_cloudhook(hass, entry)
    trouble = async_find_address_trouble(hass, entry, is_cloudhook=has_cloudhook)
    if trouble in (CLOUDHOOK_DELETED, CLOUDHOOK_LOST, NO_EXTERNAL_URL):
        return Proof(outcome=Outcome.NO_ADDRESS)
    url = URL(current_url(hass, entry))
    nonce = secrets.token_urlsafe()
    check = _Check(entry.data[CONF_WEBHOOK_ID], secrets.token_urlsafe())
    checks = hass.data.setdefault(_CHECKS, {})
    checks[nonce] = check
    begun_at = monotonic()
    try:
        async with async_get_clientsession(hass).post(
            url,
            json={_NONCE: nonce},
            allow_redirects=False,
            timeout=ClientTimeout(total=TIMEOUT_SECONDS),
        ) as response:
            proof = _judge(response, await _read(response), check)
    except (ClientError, OSError) as error:
        words = _words(error).replace(url.raw_path, "/")
        proof = Proof(outcome=_why_not(error), detail=_as_text(words))
    finally:
        del checks[nonce]
    seconds = round(monotonic() - begun_at, 2)
    proof = replace(proof, host=url.host or "", seconds=seconds)
    if has_cloudhook:
        return replace(proof, through="Home Assistant Cloud")
    if proof.outcome is Outcome.CAME_BACK and trouble is PRIVATE_ADDRESS:
        return replace(proof, outcome=Outcome.CAME_BACK_INSIDE)
    return proof


@callback
def async_answer_to(hass: HomeAssistant, webhook_id: str, body: str) -> str | None:
    """Return the answer to a check that is under way, or None if the body is another."""
    if not (checks := hass.data.get(_CHECKS)) or _NONCE not in body:
        return None
    for nonce, check in checks.items():
        if check.webhook_id == webhook_id and nonce in body:
            return check.answer
    return None


async def _read(response: ClientResponse) -> bytes:
    """Return the beginning of what was answered."""
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_SIZE:
            break
    return body


def _judge(response: ClientResponse, body: bytes, check: _Check) -> Proof:
    """Return what an answer says about who gave it."""
    status = response.status
    through = response.headers.get(SERVER)
    if through and "aiohttp" in through:
        # that is Home Assistant's own
        through = None
    detail = None
    if status == HTTPStatus.OK and check.answer.encode() in body:
        outcome = Outcome.CAME_BACK
    elif 300 <= status < 400:
        outcome = Outcome.REDIRECTED
        detail = _origin(response)
    else:
        match status:
            case HTTPStatus.BAD_REQUEST:
                outcome = Outcome.UNTRUSTED_PROXY
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                outcome = Outcome.LOGIN
            case HTTPStatus.OK | HTTPStatus.NOT_FOUND | HTTPStatus.METHOD_NOT_ALLOWED:
                outcome = Outcome.OTHER_CONTENT
            case _ if status > HTTPStatus.INTERNAL_SERVER_ERROR:
                outcome = Outcome.BAD_GATEWAY
            case _:
                outcome = Outcome.REFUSED
    return Proof(
        outcome=outcome,
        status=status,
        through=_as_text(through) if through else None,
        detail=detail,
    )


def _origin(response: ClientResponse) -> str:
    """Return where a redirect leads, without a path, which may be a secret."""
    try:
        target = response.url.join(URL(response.headers.get(LOCATION, "")))
        return str(target.origin())
    except ValueError:
        return "?"


def _as_text(words: str) -> str:
    """Return what another machine said so that it is read as text, never as markup."""
    return " ".join(_MARKUP.sub(" ", words).split())[:MAX_WORDS_LENGTH]


def _why_not(error: Exception) -> Outcome:
    """Return what a failed request means."""
    match error:
        case ClientConnectorCertificateError():
            return Outcome.BAD_CERTIFICATE
        case ClientSSLError():
            return Outcome.NOT_ENCRYPTED
        case ClientConnectorDNSError():
            return Outcome.NAME_NOT_FOUND
        case TimeoutError():
            return Outcome.NO_ANSWER
        case ClientConnectorError(os_error=reason):
            # a firewall forbids it here, before anything is sent
            is_forbidden = _numbers(reason) and _numbers(reason) <= {EPERM, EACCES}
            return Outcome.NOT_ALLOWED if is_forbidden else Outcome.UNREACHABLE
        case _:
            return Outcome.BROKEN_OFF


def _words(error: Exception) -> str:
    """Return the reason of a failed request, in the words of who knows it."""
    match error:
        case ClientConnectorCertificateError(certificate_error=reason):
            return str(getattr(reason, "verify_message", reason))
        case ClientSSLError(os_error=SSLError(reason=str() as reason)):
            # its number is none of the system's
            return reason.replace("_", " ").lower()
        case ClientConnectorError(os_error=reason) | (OSError() as reason):
            words = map(os.strerror, sorted(_numbers(reason)))
            return ", ".join(words) or reason.strerror or _plain(reason)
        case _:
            return _plain(error)


def _plain(error: Exception) -> str:
    return str(error) or type(error).__name__


def _numbers(error: OSError) -> set[int]:
    """Return the system's numbers of an error, which can be made of several.

    That is so where a name has several addresses, and none of them works.
    """
    numbers = {int(each) for each in _ERRNO.findall(error.strerror or "")}
    if error.errno and error.errno > 0:
        numbers.add(error.errno)
    return numbers
