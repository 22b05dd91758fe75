"""Tests of the proof that an address works, with real servers at the external URL."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from errno import EPERM
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
import os
from pathlib import Path
import ssl
import threading
from typing import Any
from unittest.mock import Mock, patch

from aiohttp import ClientConnectorError, ClientSession, web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import CONF_CLOUDHOOK
from custom_components.bleemeo.hub import Outcome, Proof, async_prove
from custom_components.bleemeo.hub.proof import _CHECKS
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import HomeAssistantTCPConnector
from homeassistant.util import dt as dt_util
from tests import WEBHOOK_ID, WEBHOOK_PATH, journal_rows, setup_integration
from tests.cloud import SimulatedCloud

type Handler = Callable[[web.Request], Any]
type Serve = Callable[[Handler], Any]

NAME = "home.example.com"


@pytest.fixture
async def serve(socket_enabled: None) -> AsyncIterator[Serve]:
    """Return a function that starts a server which answers as a handler does."""
    servers: list[TestServer] = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        server = TestServer(app)
        servers.append(server)
        await server.start_server()
        return str(server.make_url("")).rstrip("/")

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def home(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> str:
    """Return the address of a Home Assistant that has the entry set up."""
    await setup_integration(hass, entry)
    client = await hass_client_no_auth()
    return str(client.make_url("")).rstrip("/")


async def prove(
    hass: HomeAssistant, entry: MockConfigEntry, external_url: str
) -> Proof:
    """Check the address at an external URL."""
    await hass.config.async_update(external_url=external_url)
    proof = await async_prove(hass, entry)
    assert hass.data.get(_CHECKS, {}) == {}
    return proof


def passing_on(home: str, **headers: str) -> Handler:
    """Return the handler of a reverse proxy before Home Assistant."""

    async def handle(request: web.Request) -> web.Response:
        async with (
            ClientSession() as session,
            session.request(
                request.method, home + request.path, data=await request.read()
            ) as answer,
        ):
            return web.Response(
                status=answer.status, body=await answer.read(), headers=headers
            )

    return handle


async def test_it_comes_back_by_its_name_and_tells_what_it_went_through(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, serve: Serve
) -> None:
    """Neither as an alert, nor as a refused delivery."""
    proxy = await serve(passing_on(home, Server="nginx/1.31 [evil](x)"))
    port = int(proxy.rpartition(":")[2])

    async def resolve(*_: object, **__: object) -> list[dict[str, Any]]:
        return [
            {
                "hostname": NAME,
                "host": "127.0.0.1",
                "port": port,
                "family": 2,
                "proto": 0,
                "flags": 0,
            }
        ]

    with patch.object(HomeAssistantTCPConnector, "_resolve_host", resolve):
        proof = await prove(hass, entry, f"http://{NAME}:{port}")
    assert proof.outcome is Outcome.CAME_BACK
    assert (proof.host, proof.status) == (NAME, 200)
    # what another machine says is text, never markup
    assert proof.through == "nginx/1.31 evil (x)"
    hub = entry.runtime_data.hub
    assert hub.statistics.rejected_deliveries == 0
    assert not hub.board.metrics
    assert journal_rows(hass, entry, "SELECT * FROM delivery") == []


async def test_that_it_came_back_in_the_own_network_proves_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, socket_enabled: None
) -> None:
    """Bleemeo is outside."""
    proof = await prove(hass, entry, home)
    assert proof.outcome is Outcome.CAME_BACK_INSIDE
    assert proof.through is None


async def test_it_is_answered_while_the_entry_is_being_reloaded(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, socket_enabled: None
) -> None:
    """The way is what is checked, and not the entry."""
    await hass.config_entries.async_unload(entry.entry_id)
    proof = await prove(hass, entry, home)
    assert proof.outcome is Outcome.CAME_BACK_INSIDE


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.OTHER_CONTENT),
        (404, Outcome.OTHER_CONTENT),
        (405, Outcome.OTHER_CONTENT),
        (400, Outcome.UNTRUSTED_PROXY),
        (401, Outcome.LOGIN),
        (407, Outcome.LOGIN),
        (403, Outcome.REFUSED),
        (429, Outcome.REFUSED),
        (500, Outcome.REFUSED),
        (502, Outcome.BAD_GATEWAY),
        (503, Outcome.BAD_GATEWAY),
        (522, Outcome.BAD_GATEWAY),
    ],
)
async def test_an_answer_of_something_else_says_what_stands_there(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    home: str,
    serve: Serve,
    status: int,
    outcome: Outcome,
) -> None:
    """An echo of what was sent is no proof either."""

    async def handle(request: web.Request) -> web.Response:
        return web.Response(
            status=status, body=await request.read(), headers={"Server": "Caddy"}
        )

    proof = await prove(hass, entry, await serve(handle))
    assert proof.outcome is outcome
    assert (proof.status, proof.through) == (status, "Caddy")


async def test_a_redirect_is_not_followed_and_its_target_named_without_a_secret(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, serve: Serve
) -> None:
    """Whoever sends alerts may not follow it, or lose the body on the way."""

    async def handle(request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently(f"{home}{request.path}")

    proof = await prove(hass, entry, await serve(handle))
    assert proof.outcome is Outcome.REDIRECTED
    assert (proof.status, proof.detail) == (301, home)


async def test_a_redirect_to_nowhere_is_one_too(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, serve: Serve
) -> None:
    """Some proxies write what is no address."""

    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "mailto:nobody"})

    proof = await prove(hass, entry, await serve(handle))
    assert (proof.outcome, proof.detail) == (Outcome.REDIRECTED, "?")


async def test_another_home_assistant_is_not_this_one(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, serve: Serve
) -> None:
    """It takes any webhook for one of its own, and answers 200."""
    proof = await prove(hass, entry, await serve(passing_on(f"{home}/api/webhook/x")))
    assert proof.outcome is Outcome.OTHER_CONTENT


async def test_nothing_there_is_told_apart_from_no_answer(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, serve: Serve
) -> None:
    """And neither lasts for ever."""
    proof = await prove(hass, entry, "http://127.0.0.1:9")
    assert proof.outcome is Outcome.UNREACHABLE
    assert proof.detail == "Connection refused"

    async def stall(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    with patch("custom_components.bleemeo.hub.proof.TIMEOUT_SECONDS", 0.2):
        proof = await prove(hass, entry, await serve(stall))
    assert proof.outcome is Outcome.NO_ANSWER
    assert proof.seconds < 5


@pytest.mark.parametrize(
    ("reason", "outcome", "detail"),
    [
        (
            # as where a name has several addresses
            OSError(
                None,
                "Multiple exceptions: [Errno 111] Connect call failed ('192.0.2.1', "
                "443), [Errno 101] Network is unreachable",
            ),
            Outcome.UNREACHABLE,
            "Network is unreachable, Connection refused",
        ),
        (OSError(1, "Operation not permitted"), Outcome.NOT_ALLOWED, None),
        (
            OSError(None, "[Errno 13] Permission denied, [Errno 1] Not permitted"),
            Outcome.NOT_ALLOWED,
            "Operation not permitted, Permission denied",
        ),
        (OSError(None, "no words"), Outcome.UNREACHABLE, "no words"),
        (OSError(), Outcome.UNREACHABLE, "OSError"),
    ],
    ids=str,
)
async def test_a_reason_is_in_words_and_without_numbers(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    home: str,
    socket_enabled: None,
    reason: OSError,
    outcome: Outcome,
    detail: str | None,
) -> None:
    """Whoever refuses the connection, and if it is the machine itself, that is told."""
    error = ClientConnectorError(Mock(ssl=None), reason)
    with patch.object(HomeAssistantTCPConnector, "connect", side_effect=error):
        proof = await prove(hass, entry, f"https://{NAME}")
    assert proof.outcome is outcome
    assert proof.detail == (detail or reason.strerror)


async def test_a_name_that_is_not_found_is_named(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, socket_enabled: None
) -> None:
    """With the reason of who looked for it."""
    with patch.object(
        HomeAssistantTCPConnector, "_resolve_host", side_effect=OSError("no such name")
    ):
        proof = await prove(hass, entry, f"https://{NAME}")
    assert proof.outcome is Outcome.NAME_NOT_FOUND
    assert (proof.host, proof.detail) == (NAME, "no such name")


async def test_a_connection_that_breaks_off_does_not_tell_the_address(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, serve: Serve
) -> None:
    """It is a secret, also in what a library says."""

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    proof = await prove(hass, entry, await serve(hang_up))
    assert proof.outcome is Outcome.BROKEN_OFF
    assert proof.detail
    assert WEBHOOK_ID not in str(proof)


async def test_what_is_wrong_with_the_encryption_is_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    home: str,
    serve: Serve,
    tmp_path: Path,
) -> None:
    """A certificate that nobody has signed, and none at all."""

    async def handle(_: web.Request) -> web.Response:
        return web.Response()

    with encrypting_server(self_signed(tmp_path)) as url:
        proof = await prove(hass, entry, url)
    assert proof.outcome is Outcome.BAD_CERTIFICATE
    assert proof.detail == "self-signed certificate"

    url = await serve(handle)
    proof = await prove(hass, entry, url.replace("http:", "https:"))
    assert proof.outcome is Outcome.NOT_ENCRYPTED
    assert proof.detail != os.strerror(EPERM)


@pytest.mark.parametrize("has_cloudhook", [True, False])
async def test_without_an_address_there_is_nothing_to_check(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, has_cloudhook: bool
) -> None:
    """No request goes to an internal address instead."""
    await hass.config.async_update(internal_url=home)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: has_cloudhook}
    )
    assert await async_prove(hass, entry) == Proof(outcome=Outcome.NO_ADDRESS)


async def test_a_cloudhook_is_checked_at_its_own_address(
    hass: HomeAssistant, entry: MockConfigEntry, home: str, serve: Serve
) -> None:
    """And a person is told that the cloud stands between."""
    cloud = SimulatedCloud(hass)
    url = await serve(passing_on(home))
    hook = {"webhook_id": WEBHOOK_ID, "cloudhook_url": f"{url}{WEBHOOK_PATH}"}
    cloud.client.cloudhooks[WEBHOOK_ID] = hook
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: True}
    )
    proof = await async_prove(hass, entry)
    assert proof.outcome is Outcome.CAME_BACK
    assert proof.through == "Home Assistant Cloud"


async def test_a_nonce_of_no_check_is_a_refused_body(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    home: str,
    serve: Serve,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Also one that was right a moment ago, and one of another entry's check."""
    sent: list[bytes] = []

    async def keep(request: web.Request) -> web.Response:
        sent.append(await request.read())
        other = await client.post("/api/webhook/other", data=sent[0])
        answers.append(await other.json())
        return web.Response()

    answers: list[Any] = []
    client = await hass_client_no_auth()
    second = MockConfigEntry(
        domain="bleemeo", title="Second", data={"webhook_id": "other"}
    )
    await setup_integration(hass, second)
    await prove(hass, entry, await serve(keep))
    assert second.runtime_data.hub.statistics.rejected_deliveries == 1
    assert answers == [{"error": "account: required key not provided"}]
    late = await client.post(WEBHOOK_PATH, data=sent[0])
    assert late.status == 422
    assert entry.runtime_data.hub.statistics.rejected_deliveries == 1


@contextmanager
def encrypting_server(context: ssl.SSLContext) -> Iterator[str]:
    """Run a server in a thread: a failed handshake is not this event loop's business."""
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return the TLS of a server whose certificate nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt_util.utcnow()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
