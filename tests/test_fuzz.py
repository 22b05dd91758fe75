"""Fuzz the whole path of a delivery, from its bytes to the answer."""

import asyncio
from http import HTTPStatus
import json
import time
from typing import Any

from hypothesis import HealthCheck, example, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.core.board import Board
from custom_components.bleemeo.journal import DeliveryQuery
from custom_components.bleemeo.webhook import MAX_BODY_SIZE
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.core import HomeAssistant
from homeassistant.util.aiohttp import MockRequest

from . import OTHER_ACCOUNT, WEBHOOK_ID, payload, setup_integration

MAX_BLOCK_SECONDS = 0.05

ANSWERS = {
    HTTPStatus.OK,
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        [
            "",
            "\x00",
            "\ud800",
            "\u202e",
            "<script>alert(1)</script>",
            "{{ states('sun.sun') }} {%",
            "a - b is ",
            " - is OK",
            "web01 - CPU is OK",
            "web02 - Load is OK",
            "web01: CPU",
            "Current value: " + "9" * 400,
            "Current value: 1 (((((",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "2026-11-24T08:00:00Z",
            OTHER_ACCOUNT,
            10**30,
            -(2**63),
            "x" * 3000,
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)
ALERTS = st.dictionaries(
    st.sampled_from(sorted(payload())) | st.text(), VALUES, max_size=6
).map(lambda fields: json.dumps(payload() | fields).encode())
TREES = VALUES.map(lambda value: json.dumps(value).encode())
BODIES = ALERTS | TREES | st.binary(max_size=500)


@pytest.fixture
async def posted(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Return a function that delivers a body and returns status and answer."""
    await setup_integration(hass, entry)

    async def _post(body: bytes) -> tuple[int, Any]:
        response = await async_handle_webhook(
            hass, WEBHOOK_ID, MockRequest(body, "test", "POST")
        )
        assert isinstance(response.body, bytes)
        return response.status, json.loads(response.body)

    return _post


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(BODIES)
@example(b"[" * 10_000 + b"]" * 10_000)
@example(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)
@example(json.dumps(payload()).encode()[:-1] + b', "status": 9}')
@example(json.dumps(payload()).encode()[:-1] + b', "status": 2}')
@example(b'{"account": NaN}')
@example(b'{"status": 1e999}')
@example(b"\xef\xbb\xbf" + json.dumps(payload()).encode())
@example(json.dumps(payload(title="\ud83d")).encode())
@example(b"\x00" * MAX_BODY_SIZE)
async def test_any_body_has_an_answer_of_the_contract(
    entry: MockConfigEntry, posted: Any, body: bytes
) -> None:
    """And a row in the journal; a refusal has a reason, and the board matches."""
    before = entry.runtime_data.hub.board.account.counts.copy()
    status, answer = await posted(body)
    assert status in ANSWERS
    if status == HTTPStatus.OK:
        assert answer["result"] in ("changed", "repeat", "late")
        verdict = answer["result"]
    else:
        assert answer["error"]
        assert entry.runtime_data.hub.board.account.counts == before
        verdict = "refused"
    # this also writes repeats, which wait for others
    [row] = await entry.runtime_data.hub.store.journal.read(DeliveryQuery(limit=1))
    assert row["verdict"] == verdict


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(ALERTS, min_size=1, max_size=5))
async def test_what_was_taken_is_the_same_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, posted: Any, bodies: list[bytes]
) -> None:
    """Whatever its names and texts contain."""
    for body in bodies:
        await posted(body)
    before: Board = entry.runtime_data.hub.board
    await hass.config_entries.async_reload(entry.entry_id)
    after: Board = entry.runtime_data.hub.board
    assert after is not before
    assert after.metrics == before.metrics
    assert after.account == before.account


@pytest.mark.parametrize(
    "body",
    [
        b"[" * MAX_BODY_SIZE,
        b'{"a":' * 13_000,
        json.dumps(payload(title="a - b is " * 7000)).encode(),
        json.dumps(payload(text="Current value: " + "1" * 60_000)).encode(),
        json.dumps(payload(text="Current value: 1 threshold (" * 2000)).encode(),
        json.dumps(payload(title="\u0000" * 10_000)).encode(),
        json.dumps({f"k{number}": number for number in range(5000)}).encode(),
        json.dumps(payload(text="x" * 10_000_000)).encode(),
    ],
    ids=range(8),
)
async def test_no_body_holds_the_event_loop_up(posted: Any, body: bytes) -> None:
    """For less than 50 ms, so that the rest of Home Assistant keeps running."""
    await posted(b"{}")
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            # the work of this thread, however busy the machine is
            start = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - start)

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0)
    await posted(body)
    watcher.cancel()
    assert longest < MAX_BLOCK_SECONDS
