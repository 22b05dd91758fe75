"""Contract with Bleemeo: what the webhook answers, case by case.

Only 2xx tells Bleemeo that an alert was received, and only what is on disk is received.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
import json
from sqlite3 import OperationalError
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo import entrance, webhook
from custom_components.bleemeo.journal import JournalError
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests import payload, without

PATH = "/api/webhook/a-secret-that-only-bleemeo-knows"
REPLACED_PATH = "/api/webhook/the-secret-that-it-knew-before"

REPLACED = {
    "webhook_id": "the-secret-that-it-knew-before",
    "cloudhook": False,
    "replaced_at": "2026-11-20T08:00:00+00:00",
}


def alert(**fields: Any) -> bytes:
    """Return the body of an alert, with some fields replaced."""
    return json.dumps(payload(**fields)).encode()


def of_size(size: int) -> bytes:
    """Return an alert of so many bytes."""
    return alert(text="x" * (size - len(alert(text=""))))


NEW = alert()


async def endless() -> AsyncGenerator[bytes]:
    """Yield the beginning of a body, and no end within reach."""
    yield b"{"
    await asyncio.sleep(5)


def damaged_disk() -> AbstractContextManager[Any]:
    """Let no journal be opened."""
    return patch(
        "custom_components.bleemeo.hub.store.Journal.open",
        side_effect=JournalError("disk on fire"),
    )


def full_disk() -> AbstractContextManager[Any]:
    """Let nothing be written to a journal."""
    return patch(
        "custom_components.bleemeo.journal.journal.JournalFile.write",
        side_effect=OperationalError("full"),
    )


def defect() -> AbstractContextManager[Any]:
    """Let the integration have a bug."""
    return patch(
        "custom_components.bleemeo.hub.BleemeoHub.async_receive",
        side_effect=RuntimeError("a bug"),
    )


def defect_at_setup() -> AbstractContextManager[Any]:
    """Let the integration have a bug in its set-up."""
    return patch(
        "custom_components.bleemeo.hub.BleemeoHub.async_open",
        side_effect=RuntimeError("a bug"),
    )


def crowd() -> AbstractContextManager[Any]:
    """Let no more alerts wait."""
    return patch("custom_components.bleemeo.entrance.MAX_WAITING", 0)


def crowded() -> AbstractContextManager[Any]:
    """Let there be no room for another metric."""
    return patch(
        "custom_components.bleemeo.hub.bounds.Bounds.has_room_for", return_value=False
    )


def impatience() -> AbstractContextManager[Any]:
    """Let the webhook wait for a body no longer than a test may take."""
    return patch("custom_components.bleemeo.webhook.READ_TIMEOUT", 0.1)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is sent, and what is answered.

    `before` was delivered earlier. `at_setup` is in force while the entry is set up, and
    `meanwhile` while the answer is awaited.
    """

    body: bytes | Callable[[], AsyncGenerator[bytes]] = NEW
    method: str = "POST"
    path: str = PATH
    before: bytes | None = None
    at_setup: Callable[[], AbstractContextManager[Any]] = nullcontext
    meanwhile: Callable[[], AbstractContextManager[Any]] = nullcontext
    is_unloaded: bool = False
    disabled_by: ConfigEntryDisabler | None = None
    status: int
    answer: dict[str, str] | None
    headers: dict[str, str] = field(default_factory=dict)


def not_now(reason: str, **circumstances: Any) -> Case:
    """Return a case in which the sender is asked to come back."""
    return Case(
        status=503,
        answer={"error": reason},
        headers={"Retry-After": "10"},
        **circumstances,
    )


def gone(**circumstances: Any) -> Case:
    """Return a case in which the sender is told that the address was replaced."""
    return Case(
        path=REPLACED_PATH,
        status=410,
        answer={
            "error": "this address was replaced: use the one that Home Assistant shows "
            "under Settings > Devices & services > Bleemeo > Reconfigure"
        },
        **circumstances,
    )


CASES = {
    "new": Case(status=200, answer={"result": "changed"}),
    "repeated": Case(before=NEW, status=200, answer={"result": "repeat"}),
    "late": Case(
        before=alert(status_changed_at="2026-11-20T09:00:00Z", id=None),
        status=200,
        answer={"result": "late"},
    ),
    "beyond the bounds": Case(
        before=NEW,
        body=alert(metric=None, id=None),
        meanwhile=crowded,
        status=200,
        answer={"result": "beyond_bounds"},
    ),
    "as large as may be": Case(
        body=of_size(65536), status=200, answer={"result": "changed"}
    ),
    "empty": Case(body=b"", status=400, answer={"error": "the body is not JSON"}),
    "not JSON": Case(body=b"{", status=400, answer={"error": "the body is not JSON"}),
    "not an object": Case(
        body=b"[]", status=400, answer={"error": "the body is not a JSON object"}
    ),
    "of another account": Case(
        before=NEW,
        body=alert(account="3d0e3b5c-8d1a-4f0e-9d1c-0c9f7a4b2e11"),
        status=403,
        answer={"error": "account: not the one that this webhook is for"},
    ),
    "GET": Case(
        method="GET",
        status=405,
        answer={"error": "use POST"},
        headers={"Allow": "POST"},
    ),
    "PUT": Case(
        method="PUT",
        status=405,
        answer={"error": "use POST"},
        headers={"Allow": "POST"},
    ),
    "too slow": Case(
        body=endless,
        meanwhile=impatience,
        status=408,
        answer={"error": "the body did not arrive within 0.1 seconds"},
    ),
    "at an address that was replaced": gone(),
    "GET at an address that was replaced": gone(method="GET"),
    "not JSON at an address that was replaced": gone(body=b"{"),
    "at an address that was replaced of an entry that is not set up": gone(
        at_setup=damaged_disk
    ),
    "at an address that was replaced of an entry that is unloaded": gone(
        is_unloaded=True
    ),
    "too large": Case(
        body=of_size(65537),
        status=413,
        answer={"error": "the body is larger than 65536 bytes"},
    ),
    "a field missing": Case(
        body=json.dumps(without(payload(), "agent")).encode(),
        status=422,
        answer={"error": "agent: required key not provided"},
    ),
    "a field of the wrong type": Case(
        body=alert(title=5), status=422, answer={"error": "title: expected a string"}
    ),
    "a field out of range": Case(
        body=alert(status=7),
        status=422,
        answer={"error": "status: expected 0, 1, 2 or 3"},
    ),
    "HEAD": Case(method="HEAD", status=200, answer=None),
    "not set up": not_now("not ready yet: try again", at_setup=damaged_disk),
    "never set up": not_now(
        "this integration could not be set up in Home Assistant",
        at_setup=defect_at_setup,
    ),
    "unloaded": not_now("not ready yet: try again", is_unloaded=True),
    "one too many": not_now(
        "not ready yet, and too many alerts wait: try again",
        is_unloaded=True,
        meanwhile=crowd,
    ),
    "disabled": not_now(
        "this integration is disabled in Home Assistant",
        disabled_by=ConfigEntryDisabler.USER,
    ),
    "not kept": not_now("the alert could not be kept: try again", meanwhile=full_disk),
    "mishandled": not_now(
        "the alert could not be handled: try again", meanwhile=defect
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_the_answer(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    entry: MockConfigEntry,
    case: Case,
) -> None:
    """Status, body, and the headers that belong to the status."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "replaced_addresses": [REPLACED]}
    )
    with case.at_setup():
        assert await async_setup_component(hass, "bleemeo", {})
        await hass.async_block_till_done()
    client = await hass_client_no_auth()
    if case.before is not None:
        assert (await client.post(PATH, data=case.before)).status == 200
    if case.is_unloaded:
        assert await hass.config_entries.async_unload(entry.entry_id)
    if case.disabled_by:
        await hass.config_entries.async_set_disabled_by(
            entry.entry_id, case.disabled_by
        )

    body = case.body() if callable(case.body) else case.body
    with case.meanwhile(), patch.object(entrance, "WAIT_SECONDS", 0.1):
        response = await client.request(case.method, case.path, data=body)

    assert response.status == case.status
    if case.answer is not None:
        assert await response.json() == case.answer
    own = {"Allow", "Retry-After"}
    assert {key: response.headers[key] for key in own & set(response.headers)} == (
        case.headers
    )


def test_the_time_that_an_answer_may_take() -> None:
    """In seconds, for the body and for the entry; the cases above have it shortened."""
    assert webhook.READ_TIMEOUT == 10
    assert entrance.WAIT_SECONDS == 8
