"""Tests of reading deliveries."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.journal import JournalError
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tests import a_day, payload
from tests.conftest import Deliver

from . import get_deliveries


async def test_deliveries_are_returned_with_what_became_of_them(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Newest first, with the body as it was delivered."""
    await deliver(payload())
    await deliver([1])
    refused, changed = await get_deliveries(hass, entry)
    assert changed.pop("received_at") < refused.pop("received_at")
    assert changed == {
        "source": "webhook",
        "verdict": "changed",
        "reason": None,
        "left_out": {},
        "host": "web01.example.com",
        "title": "web01.example.com - CPU is Warning",
        "body": payload(),
    }
    assert refused == {
        "source": "webhook",
        "verdict": "refused",
        "reason": "the body is not a JSON object",
        "left_out": {},
        "host": None,
        "title": None,
        "body": [1],
    }


async def test_deliveries_are_filtered(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """By host, verdict, time and number."""
    for alert in [*a_day(), a_day()[0]]:
        await deliver(alert)
    [last, *_] = await get_deliveries(hass, entry, limit=1)
    assert last["verdict"] == "late"
    nas = await get_deliveries(hass, entry, host="nas.example.com")
    assert len(nas) == 2
    late = await get_deliveries(hass, entry, verdict=["late", "refused"])
    assert late == [last]
    assert await get_deliveries(hass, entry, verdict="late") == [last]
    assert len(await get_deliveries(hass, entry, verdict=[])) == len(a_day()) + 1
    assert await get_deliveries(hass, entry, since=last["received_at"]) == [last]
    before = await get_deliveries(hass, entry, until=last["received_at"])
    assert len(before) == len(a_day())


async def test_a_body_that_is_no_json_is_returned_as_it_is(
    hass: HomeAssistant, entry: MockConfigEntry, client: Any
) -> None:
    """As far as it could be read."""
    await client.post("/api/webhook/a-secret-that-only-bleemeo-knows", data=b"{\xff")
    [refused] = await get_deliveries(hass, entry)
    assert refused["body"] == "{\ufffd"


async def test_an_unknown_or_unloaded_entry_is_named(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """And so are invalid options."""
    with pytest.raises(ServiceValidationError, match="nothing"):
        await hass.services.async_call(
            DOMAIN,
            "get_deliveries",
            {"config_entry_id": "nothing"},
            blocking=True,
            return_response=True,
        )
    for wrong in ({"verdict": "odd"}, {"limit": 0}, {"since": "yesterday"}):
        with pytest.raises(vol.Invalid):
            await get_deliveries(hass, entry, **wrong)
    for key in ("since", "until"):
        with pytest.raises(ServiceValidationError, match="more than ten years away"):
            await get_deliveries(hass, entry, **{key: "0001-01-01 00:00:00"})
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError, match="not loaded"):
        await get_deliveries(hass, entry)


async def test_a_journal_that_cannot_be_read_is_an_error_in_words(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """It says which entry, why, and what to do."""
    with (
        patch(
            "custom_components.bleemeo.hub.store.Journal.read",
            side_effect=JournalError("disk gone"),
        ),
        pytest.raises(HomeAssistantError, match="of Bleemeo could not be read.*gone"),
    ):
        await get_deliveries(hass, entry)
