"""Tests of the action and the button that check the address."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.hub import Outcome
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.components.persistent_notification import (
    _async_get_or_create_notifications,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized

from . import WEBHOOK_ID, setup_integration
from .source import read_json

BUTTON = "button.bleemeo_check_the_address"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def real_requests(socket_enabled: None) -> None:
    """Let requests reach this machine."""


async def check(hass: HomeAssistant, **data: str) -> dict[str, Any]:
    """Call the action for its response."""
    response = await hass.services.async_call(
        DOMAIN, "check_address", data, blocking=True, return_response=True
    )
    assert response is not None
    return dict(response)


async def press(hass: HomeAssistant) -> None:
    """Press the button on the account."""
    await hass.services.async_call(
        BUTTON_DOMAIN, SERVICE_PRESS, {ATTR_ENTITY_ID: BUTTON}, blocking=True
    )


def notifications(hass: HomeAssistant) -> list[Any]:
    """Return what people can read under Notifications."""
    return list(_async_get_or_create_notifications(hass).values())


async def test_the_action_says_in_words_what_came_of_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """And in words of a program."""
    await setup_integration(hass, entry)
    client = await hass_client_no_auth()
    await hass.config.async_update(external_url=str(client.make_url("")).rstrip("/"))
    result = await check(hass)
    assert result.pop("seconds") < 5
    assert "arrived, but" in result.pop("message")
    assert result == {
        "came_back": False,
        "outcome": "came_back_inside",
        "host": "127.0.0.1",
        "status": 200,
        "through": None,
        "detail": None,
    }


async def test_the_words_are_in_home_assistants_language(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """And hold no secret."""
    hass.config.language = "fr"
    await setup_integration(hass, entry)
    await hass.config.async_update(external_url=NOBODY)
    result = await check(hass, config_entry_id=entry.entry_id)
    assert result["message"].startswith("Rien n’accepte")
    assert WEBHOOK_ID not in str(result)


async def test_without_a_response_it_is_an_error_that_nothing_came_back(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """An automation that checks the address each week fails then."""
    await setup_integration(hass, entry)
    await hass.config.async_update(external_url=NOBODY)
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call(DOMAIN, "check_address", {}, blocking=True)
    assert raised.value.translation_key == "address_not_proved"
    assert "Nothing accepts connections at 127.0.0.1" in str(raised.value)


async def test_only_who_sets_up_home_assistant_may_check(
    hass: HomeAssistant, entry: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    """It sends a request into the internet."""
    await setup_integration(hass, entry)
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "check_address",
            {},
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )


async def test_a_press_tells_where_it_can_be_read_at_leisure(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """With a link to what to do; the next press takes its place."""
    await setup_integration(hass, entry)
    await hass.config.async_update(external_url=NOBODY)
    for _ in range(2):
        with pytest.raises(HomeAssistantError):
            await press(hass)
    [told] = notifications(hass)
    assert told["title"] == "Address of Bleemeo"
    assert told["message"].startswith("Nothing accepts connections at 127.0.0.1")
    assert "docs/troubleshooting.md#check-the-address)" in told["message"]


async def test_a_press_says_too_that_the_address_works(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After how long."""
    await setup_integration(hass, entry)
    client = await hass_client_no_auth()
    await hass.config.async_update(external_url=str(client.make_url("")).rstrip("/"))
    # this machine is the internet now
    monkeypatch.setattr(
        "custom_components.bleemeo.hub.address.is_private", lambda _: False
    )
    await press(hass)
    [told] = notifications(hass)
    assert told["message"].startswith("The address works")


def test_each_outcome_has_its_words() -> None:
    """And there are no others but those around them."""
    options = read_json("translations/en.json")["selector"]["address_check"]["options"]
    assert set(options) == {*Outcome, "title", "more", "through"}
