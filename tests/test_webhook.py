"""Tests of the webhook's answers, and of their side effects."""

import asyncio
import codecs
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import contextmanager
from datetime import timedelta
import gzip
from http import HTTPStatus
import json
import logging
import random
from sqlite3 import OperationalError
from typing import Any
from unittest.mock import patch

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from custom_components.bleemeo.entrance import _ENTRANCES
from custom_components.bleemeo.hub import BleemeoHub
from custom_components.bleemeo.hub.announcer import MAX_DELAY_SECONDS
from custom_components.bleemeo.journal import JournalError
from custom_components.bleemeo.webhook import MAX_BODY_SIZE
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.aiohttp import MockRequest

from . import (
    ACCOUNT,
    OTHER_ACCOUNT,
    WEBHOOK_ID,
    WEBHOOK_PATH,
    documented,
    journal_rows,
    payload,
    settle_journal,
    state,
    states,
    without,
)
from .conftest import Deliver

type Client = TestClient[Any, Any]


async def test_an_alert_is_answered_by_what_became_of_it(deliver: Deliver) -> None:
    """Changed, repeat or late: all of them are acknowledged."""
    first, later = payload(), payload(status_changed_at="2026-11-20T09:00:00Z", id=None)
    answers = [await deliver(alert) for alert in (later, later, first)]
    assert [answer.status for answer in answers] == [HTTPStatus.OK] * 3
    assert [await answer.json() for answer in answers] == [
        {"result": "changed"},
        {"result": "repeat"},
        {"result": "late"},
    ]


@pytest.mark.parametrize(
    "times",
    [(), ("status_changed_at", "happened_at", "created_at", "modified_at")],
)
async def test_no_sender_says_when_an_alert_arrived(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    times: tuple[str, ...],
) -> None:
    """Nor does what was sent say it after a restart."""
    sent = payload(_arrived_at="2098-01-01T00:00:00Z") | dict.fromkeys(times)
    assert (await deliver(sent)).status == HTTPStatus.OK
    for _ in range(2):
        [metric] = entry.runtime_data.hub.board.metrics.values()
        assert abs(metric.received_at - dt_util.utcnow()) < timedelta(minutes=1)
        assert metric.alert.arrived_at == (metric.received_at if times else None)
        await hass.config_entries.async_reload(entry.entry_id)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", HTTPStatus.BAD_REQUEST, "the body is not JSON"),
        (b"{", HTTPStatus.BAD_REQUEST, "the body is not JSON"),
        (b"\xef\xbb\xbf\x00\r\n", HTTPStatus.BAD_REQUEST, "the body is not JSON"),
        (b"\x80\xff" * 1000, HTTPStatus.BAD_REQUEST, "the body is not JSON"),
        (b"[" * 10_000, HTTPStatus.BAD_REQUEST, "the body is not JSON"),
        (b"[]", HTTPStatus.BAD_REQUEST, "the body is not a JSON object"),
        (b'"alert"', HTTPStatus.BAD_REQUEST, "the body is not a JSON object"),
        (b"null", HTTPStatus.BAD_REQUEST, "the body is not a JSON object"),
        (
            json.dumps(without(payload(), "agent")).encode(),
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "agent: required key not provided",
        ),
        (
            json.dumps(payload(status=7)).encode(),
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "status: expected 0, 1, 2 or 3",
        ),
        (
            json.dumps(payload(account=OTHER_ACCOUNT)).encode(),
            HTTPStatus.FORBIDDEN,
            "account: not the one that this webhook is for",
        ),
        (
            json.dumps(payload(text="x" * MAX_BODY_SIZE)).encode(),
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body is larger than {MAX_BODY_SIZE} bytes",
        ),
    ],
)
async def test_a_refusal_says_why_and_is_kept_with_its_reason(
    hass: HomeAssistant,
    client: Client,
    deliver: Deliver,
    entry: MockConfigEntry,
    body: bytes,
    status: HTTPStatus,
    error: str,
) -> None:
    """The board does not change."""
    await deliver(documented())
    before = states(hass)
    events = async_capture_events(hass, EVENT_ALERT)

    response = await client.post(WEBHOOK_PATH, data=body)
    await hass.async_block_till_done()

    assert response.status == status
    assert await response.json() == {"error": error}
    await settle_journal(entry)
    rows = journal_rows(
        hass, entry, "SELECT verdict, reason FROM delivery ORDER BY id LIMIT 1"
    )
    assert rows == [("refused", error)]
    assert events == []
    assert states(hass) == before | {"sensor.bleemeo_rejected_alerts": "1"}


async def test_the_body_limit_holds_without_a_length_and_when_compressed(
    client: Client,
) -> None:
    """A sender can omit the length, or send a body that decompresses to a large one."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1024

    chunked = await client.post(WEBHOOK_PATH, data=endless())
    assert chunked.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    bomb = await client.post(
        WEBHOOK_PATH,
        data=gzip.compress(b" " * 10_000_000),
        headers={"Content-Encoding": "gzip"},
    )
    assert bomb.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_a_compressed_alert_is_taken(client: Client) -> None:
    """Home Assistant's server decompresses it."""
    response = await client.post(
        WEBHOOK_PATH,
        data=gzip.compress(json.dumps(payload()).encode()),
        headers={"Content-Encoding": "gzip"},
    )
    assert response.status == HTTPStatus.OK


async def test_the_largest_body_allowed_is_taken(client: Client) -> None:
    """The limit is inclusive."""
    body = json.dumps(payload(text=""))
    body = json.dumps(payload(text="x" * (MAX_BODY_SIZE - len(body))))
    assert len(body) == MAX_BODY_SIZE
    response = await client.post(WEBHOOK_PATH, data=body)
    assert response.status == HTTPStatus.OK


async def test_a_body_that_does_not_arrive_is_refused_in_the_end(
    client: Client,
) -> None:
    """A silent sender does not block anything."""

    async def silent() -> AsyncGenerator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    with patch("custom_components.bleemeo.webhook.READ_TIMEOUT", 0.1):
        response = await client.post(WEBHOOK_PATH, data=silent())
    assert response.status == HTTPStatus.REQUEST_TIMEOUT


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), RuntimeError("odd")])
async def test_a_body_that_breaks_off_is_no_acknowledgement(
    hass: HomeAssistant, client: Client, error: Exception
) -> None:
    """Whatever exception reading it raises."""
    request = MockRequest(b"{", "test", "POST")
    with patch("homeassistant.util.aiohttp.MockStreamReader.read", side_effect=error):
        response = await async_handle_webhook(hass, WEBHOOK_ID, request)
    assert response.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE)


@pytest.mark.parametrize("method", ["put", "get", "delete"])
async def test_only_post_is_taken_and_the_log_says_no_secret(
    client: Client, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant itself would log the webhook id for other methods."""
    caplog.set_level(logging.WARNING)
    response = await getattr(client, method)(WEBHOOK_PATH)
    assert response.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert WEBHOOK_ID not in caplog.text


async def test_the_same_answers_go_through_the_websocket_and_cloudhooks(
    hass: HomeAssistant, client: Client, hass_ws_client: WebSocketGenerator
) -> None:
    """Their requests are of another class, without `read`."""
    websocket = await hass_ws_client(hass)

    async def handle(body: str) -> tuple[int, Any]:
        await websocket.send_json_auto_id(
            {
                "type": "webhook/handle",
                "webhook_id": WEBHOOK_ID,
                "method": "POST",
                "body": body,
            }
        )
        result = (await websocket.receive_json())["result"]
        return result["status"], json.loads(result["body"])

    body = json.dumps(payload())
    assert await handle(body) == (200, {"result": "changed"})
    assert await handle(body) == (200, {"result": "repeat"})
    assert (await handle("{"))[0] == HTTPStatus.BAD_REQUEST
    assert (await handle("x" * 70_000))[0] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_it_is_registered_for_requests_from_anywhere(
    hass: HomeAssistant,
    client: Client,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Bleemeo is not in the local network."""
    websocket = await hass_ws_client(hass)
    await websocket.send_json_auto_id({"type": "webhook/list"})
    assert (await websocket.receive_json())["result"] == [
        {
            "webhook_id": WEBHOOK_ID,
            "domain": DOMAIN,
            "name": "Bleemeo",
            "local_only": False,
            "allowed_methods": ["GET", "POST", "PUT"],
        }
    ]


async def assert_not_now(response: Any, reason: str = "try again") -> None:
    """Check that the answer asks the sender to come back, and why."""
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert int(response.headers["Retry-After"]) > 0
    assert reason in (await response.json())["error"]


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let alerts wait for their entry no longer than a test may take."""
    monkeypatch.setattr("custom_components.bleemeo.entrance.WAIT_SECONDS", 0.1)


async def test_a_sender_that_looks_whether_the_address_exists_is_told_so(
    client: Client,
) -> None:
    """As Home Assistant tells of its own webhooks."""
    assert (await client.head(WEBHOOK_PATH)).status == HTTPStatus.OK


@contextmanager
def holding_up(method: str) -> Generator[asyncio.Event]:
    """Hold a method of each hub up until the event is set."""
    may_go_on, go_on = asyncio.Event(), getattr(BleemeoHub, method)

    async def wait(hub: BleemeoHub) -> None:
        await may_go_on.wait()
        await go_on(hub)

    with patch.object(BleemeoHub, method, wait):
        yield may_go_on


@pytest.fixture
def held_up() -> Generator[asyncio.Event]:
    """Hold every set-up up until the event is set."""
    with holding_up("async_open") as may_go_on:
        yield may_go_on


async def posting_waits(
    hass: HomeAssistant, client: Client
) -> asyncio.Task[ClientResponse]:
    """Deliver an alert; return when it waits for the entry."""
    [entrance] = hass.data[_ENTRANCES].values()
    posting = hass.async_create_task(client.post(WEBHOOK_PATH, json=payload()))
    async with asyncio.timeout(5):
        while not entrance._waiting:
            await asyncio.sleep(0.001)
    assert not posting.done()
    return posting


async def test_an_alert_waits_while_the_entry_is_set_up(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    entry: MockConfigEntry,
    held_up: asyncio.Event,
) -> None:
    """It is answered as if it had come a little later."""
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "webhook", {})
    setting_up = hass.async_create_task(async_setup_component(hass, DOMAIN, {}))
    await asyncio.sleep(0)
    client = await hass_client_no_auth()
    posting = await posting_waits(hass, client)
    held_up.set()
    assert await setting_up
    assert await (await posting).json() == {"result": "changed"}


async def test_an_alert_waits_while_the_entry_is_reloaded(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry, held_up: asyncio.Event
) -> None:
    """It is told once, by the hub that keeps it."""
    events = async_capture_events(hass, EVENT_ALERT)
    reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
    posting = await posting_waits(hass, client)
    held_up.set()
    assert await reloading
    assert await (await posting).json() == {"result": "changed"}
    await hass.async_block_till_done()
    assert len(events) == 1


async def test_an_alert_waits_for_the_next_try_to_set_the_entry_up(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry
) -> None:
    """The first one comes within the time to wait."""
    with patch.object(BleemeoHub, "async_open", side_effect=JournalError("locked")):
        await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    posting = await posting_waits(hass, client)
    await hass.config_entries.async_reload(entry.entry_id)
    assert (await posting).status == HTTPStatus.OK


async def test_an_alert_waits_no_longer_where_the_entry_is_not_set_up_after_all(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry, held_up: asyncio.Event
) -> None:
    """The sender is told at once that it failed, or was disabled."""
    reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
    posting = await posting_waits(hass, client)
    with patch.object(
        hass.config_entries, "async_forward_entry_setups", side_effect=RuntimeError
    ):
        held_up.set()
        await reloading
    await assert_not_now(await posting, "could not be set up")

    held_up.clear()
    reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
    posting = await posting_waits(hass, client)
    disabling = hass.async_create_task(
        hass.config_entries.async_set_disabled_by(
            entry.entry_id, ConfigEntryDisabler.USER
        )
    )
    await asyncio.sleep(0)
    held_up.set()
    await reloading
    await disabling
    response = await client.post(WEBHOOK_PATH, json=payload())
    await assert_not_now(response, "disabled in Home Assistant")


async def test_no_alert_waits_for_an_entry_that_is_removed(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry
) -> None:
    """It does not come back, and the sender is told so at once."""
    with holding_up("async_close") as may_go_on:
        removal = hass.config_entries.async_remove(entry.entry_id)
        removing = hass.async_create_task(removal)
        posting = await posting_waits(hass, client)
        may_go_on.set()
        await removing
    async with asyncio.timeout(2):
        await assert_not_now(await posting, "removed from Home Assistant")


async def test_no_alert_waits_while_home_assistant_stops(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry, held_up: asyncio.Event
) -> None:
    """It would only make the stop longer."""
    reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
    posting = await posting_waits(hass, client)
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await assert_not_now(await posting, "Home Assistant is stopping")
    hass.set_state(CoreState.running)
    held_up.set()
    await reloading


@pytest.mark.usefixtures("impatience")
async def test_the_sender_is_asked_to_come_back_until_the_entry_is_set_up(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    entry: MockConfigEntry,
) -> None:
    """From the integration's set-up on, nothing is acknowledged and lost."""
    entry.add_to_hass(hass)
    with patch(
        "custom_components.bleemeo.hub.store.Journal.open",
        side_effect=JournalError("disk on fire"),
    ):
        assert await async_setup_component(hass, DOMAIN, {})
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.SETUP_RETRY
        client = await hass_client_no_auth()
        await assert_not_now(await client.post(WEBHOOK_PATH, json=payload()))
    await hass.config_entries.async_reload(entry.entry_id)
    response = await client.post(WEBHOOK_PATH, json=payload())
    assert response.status == HTTPStatus.OK


@pytest.mark.usefixtures("impatience")
async def test_an_unloaded_entry_asks_the_sender_to_come_back(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry
) -> None:
    """Only removal unregisters the webhook."""
    await hass.config_entries.async_unload(entry.entry_id)
    await assert_not_now(await client.post(WEBHOOK_PATH, json=payload()))
    await hass.config_entries.async_setup(entry.entry_id)
    assert (await client.post(WEBHOOK_PATH, json=payload())).status == HTTPStatus.OK

    await hass.config_entries.async_remove(entry.entry_id)
    response = await client.post(WEBHOOK_PATH, json=payload())
    assert (response.status, await response.text()) == (HTTPStatus.OK, "")


async def test_an_alert_that_cannot_be_kept_is_shown_and_not_acknowledged(
    hass: HomeAssistant, client: Client
) -> None:
    """The next delivery of it is a repeat, which is kept."""
    with patch(
        "custom_components.bleemeo.journal.journal.JournalFile.write",
        side_effect=OperationalError("full"),
    ):
        await assert_not_now(await client.post(WEBHOOK_PATH, json=payload()))
        await client.post(WEBHOOK_PATH, data=b"")
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor.web01_example_com_cpu_problem").state == "on"
    response = await client.post(WEBHOOK_PATH, json=payload())
    assert await response.json() == {"result": "repeat"}


@pytest.mark.usefixtures("impatience")
async def test_an_alert_that_arrives_slowly_while_the_entry_is_unloaded_comes_again(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry
) -> None:
    """It is announced once, by the hub that keeps it."""
    events = async_capture_events(hass, EVENT_ALERT)
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncGenerator[bytes]:
        sent = json.dumps(payload()).encode()
        yield sent[:10]
        begun.set()
        await may_end.wait()
        yield sent[10:]

    async with asyncio.TaskGroup() as together:
        posting = together.create_task(client.post(WEBHOOK_PATH, data=body()))
        await begun.wait()
        # until the webhook has begun to read
        await asyncio.sleep(0.1)
        assert await hass.config_entries.async_unload(entry.entry_id)
        may_end.set()
    await assert_not_now(posting.result())
    await asyncio.sleep(2 * MAX_DELAY_SECONDS)
    assert events == []


async def test_a_fault_of_ours_is_no_acknowledgement(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant itself would answer 200 and drop the alert."""
    with patch(
        "custom_components.bleemeo.hub.BleemeoHub.async_receive",
        side_effect=RuntimeError("a bug"),
    ):
        await assert_not_now(await client.post(WEBHOOK_PATH, json=payload()))
    assert "a bug" in caplog.text


async def test_two_accounts_need_two_entries(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry
) -> None:
    """The first alert pins the account, and then no other entry takes its alerts."""
    unpinned = entry.unique_id
    await client.post(WEBHOOK_PATH, json=payload())
    assert (unpinned, entry.unique_id) == (None, ACCOUNT)

    second = MockConfigEntry(
        domain=DOMAIN, title="Second", data={CONF_WEBHOOK_ID: "another"}
    )
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    response = await client.post("/api/webhook/another", json=payload())
    assert response.status == HTTPStatus.FORBIDDEN
    response = await client.post(
        "/api/webhook/another", json=payload(account=OTHER_ACCOUNT)
    )
    assert response.status == HTTPStatus.OK
    assert second.unique_id == OTHER_ACCOUNT


async def test_a_hundred_random_bodies_leave_the_board_untouched(
    hass: HomeAssistant, client: Client, deliver: Deliver
) -> None:
    """Half are random bytes, half are an alert with one wrong field."""
    await deliver(payload())
    before = without(states(hass), "sensor.bleemeo_rejected_alerts")
    chance = random.Random(20261124)
    fields = ["account", "agent", "status", "title"]
    wrong: list[Any] = [None, [], {}, -1, 1.5, "", True]
    for number in range(100):
        if number % 2:
            body = chance.randbytes(chance.randrange(2000))
        else:
            field = chance.choice(fields)
            body = json.dumps(payload(**{field: chance.choice(wrong)})).encode()
        response = await client.post(WEBHOOK_PATH, data=body)
        assert 400 <= response.status < 500, body
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await hass.async_block_till_done()
    assert without(states(hass), "sensor.bleemeo_rejected_alerts") == before
    assert state(hass, "sensor.bleemeo_rejected_alerts").state == "100"


async def test_the_webhook_id_reaches_no_log_of_ours(
    client: Client, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    """Not at any level, whatever is delivered."""
    caplog.set_level(logging.DEBUG)
    alerts: list[Any] = [payload(), payload(), payload(status=9), []]
    for alert in alerts:
        await deliver(alert)
    with patch(
        "custom_components.bleemeo.hub.store.Journal.keep",
        side_effect=JournalError("full"),
    ):
        await deliver(payload(status=2))
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.bleemeo")
    ]
    assert ours
    assert not any(WEBHOOK_ID in message for message in ours)


async def test_many_refusals_make_one_line_a_minute(
    deliver: Deliver, caplog: pytest.LogCaptureFixture, freezer: Any
) -> None:
    """The next line says how many there were."""
    for _ in range(5):
        await deliver([])
    assert caplog.text.count("Bleemeo refused") == 1
    assert "Bleemeo refused a delivery: the body is not a JSON object" in caplog.text
    freezer.tick(61)
    await deliver([])
    assert caplog.text.count("Bleemeo refused") == 2
    assert "Bleemeo refused 5 deliveries" in caplog.text


async def test_refusals_are_logged_on_after_a_clock_was_put_right(
    deliver: Deliver, caplog: pytest.LogCaptureFixture, freezer: Any
) -> None:
    """It was a year ahead when the last line was written."""
    ahead = dt_util.utcnow() + timedelta(days=365)
    with patch("homeassistant.util.dt.utcnow", return_value=ahead):
        await deliver([])
    freezer.tick(61)
    await deliver([])
    assert caplog.text.count("Bleemeo refused") == 2


async def test_a_reload_does_not_begin_the_refusals_anew(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    deliver: Deliver,
    caplog: pytest.LogCaptureFixture,
    freezer: Any,
) -> None:
    """Neither the minute nor the count."""
    for _ in range(3):
        await deliver([])
        assert await hass.config_entries.async_reload(entry.entry_id)
    assert caplog.text.count("Bleemeo refused") == 1
    freezer.tick(61)
    await deliver([])
    assert "Bleemeo refused 3 deliveries" in caplog.text


async def test_a_wrong_encoding_is_a_bad_request(client: Client) -> None:
    """The body is declared as compressed, but is not."""
    response = await client.post(
        WEBHOOK_PATH, data=b"not gzip", headers={"Content-Encoding": "gzip"}
    )
    assert response.status == HTTPStatus.BAD_REQUEST


BODY = json.dumps(payload(title="Größe - CPU is Critical"), ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (codecs.BOM_UTF8 + BODY.encode(), "application/json"),
        (codecs.BOM_UTF8 * 2 + BODY.encode(), "application/json"),
        (BODY.encode("utf-16"), "application/json"),
        (BODY.encode("utf-16-be"), "application/json; charset=utf-16"),
        (BODY.encode("iso-8859-1"), 'application/json; charset="ISO-8859-1"'),
        (BODY.encode(), "application/json; charset=iso-8859-1"),
        (BODY.encode() + b"\r\n\x00", "text/plain"),
        (BODY.replace("CPU", "C\nU").encode(), "text/plain"),
        (BODY.replace(" is", "\\ud800 is").encode(), "text/plain"),
        (BODY.replace('"status":', '"x": NaN, "status":').encode(), "text/plain"),
        (BODY.replace("CPU", "CPU\N{EURO SIGN}").encode("cp1252"), "text/plain"),
    ],
)
async def test_an_alert_is_read_whatever_its_encoding(
    hass: HomeAssistant,
    client: Client,
    entry: MockConfigEntry,
    body: bytes,
    content_type: str,
) -> None:
    """Over HTTP, and in a request as a cloudhook makes it; also after a restart."""
    headers = {"Content-Type": content_type}
    response = await client.post(WEBHOOK_PATH, data=body, headers=headers)
    assert await response.json() == {"result": "changed"}
    request = MockRequest(body, "cloud", "POST", headers=headers)
    again = await async_handle_webhook(hass, WEBHOOK_ID, request)
    assert again.body == b'{"result":"repeat"}'
    await hass.async_block_till_done()
    [host] = [agent.name for agent in entry.runtime_data.hub.board.agents.values()]
    if content_type != "text/plain":
        assert host == "Größe"
    before = states(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert states(hass) == before


async def test_what_was_refused_is_shown_from_its_beginning(
    hass: HomeAssistant, client: Client, entry: MockConfigEntry
) -> None:
    """Whatever the reason, and in its encoding."""

    async def endless() -> AsyncGenerator[bytes]:
        yield b"hello, slow"
        await asyncio.sleep(5)

    for body in (
        "hello, Größe".encode("utf-16"),
        b"hello, large" + b" " * MAX_BODY_SIZE,
        gzip.compress(b"hello, packed" + b" " * 10 * MAX_BODY_SIZE),
    ):
        encoding = "gzip" if body.startswith(b"\x1f\x8b") else "identity"
        await client.post(
            WEBHOOK_PATH, data=body, headers={"Content-Encoding": encoding}
        )
    with patch("custom_components.bleemeo.webhook.READ_TIMEOUT", 0.1):
        await client.post(WEBHOOK_PATH, data=endless())
    response: Any = await hass.services.async_call(
        DOMAIN,
        "get_deliveries",
        {"config_entry_id": entry.entry_id},
        blocking=True,
        return_response=True,
    )
    assert [row["body"].strip() for row in reversed(response["deliveries"])] == [
        "hello, Größe",
        "hello, large",
        "hello, packed",
        "hello, slow",
    ]


def broken(size: int) -> bytes:
    """Return a packed body of random bytes that cannot be unpacked to its end."""
    return gzip.compress(random.Random(size).randbytes(size))[:-8] + b"\x00" * 8


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (broken(1000), {400}),
        (gzip.compress(b" " * MAX_BODY_SIZE * 2)[:-8] + b"\x00" * 8, {400, 413}),
        (broken(100_000), {400, 413}),
        (gzip.compress(BODY.encode()) + b"more", {400}),
    ],
)
async def test_what_cannot_be_unpacked_has_an_answer_and_no_traceback(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    body: bytes,
    statuses: set[int],
) -> None:
    """The server reads the rest of a body that is refused, and would fail on this one."""
    response = await client.post(
        WEBHOOK_PATH, data=body, headers={"Content-Encoding": "gzip"}
    )
    assert response.status in statuses
    assert "error" in await response.json()
    assert (await client.post(WEBHOOK_PATH, json=payload())).status == HTTPStatus.OK
    assert "Unhandled exception" not in caplog.text
