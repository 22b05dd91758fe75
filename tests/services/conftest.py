"""Fixtures of the tests of actions."""

import pytest

from homeassistant.core import Context, HomeAssistant
from tests import a_day
from tests.conftest import Deliver


@pytest.fixture
async def day(deliver: Deliver) -> None:
    """Deliver the constructed day, after which five alerts stay open."""
    for alert in a_day():
        await deliver(alert)


@pytest.fixture
async def anna(hass: HomeAssistant) -> Context:
    """Return the context of a user who is a person."""
    user = await hass.auth.async_create_user("anna", group_ids=["system-users"])
    hass.states.async_set(
        "person.a", "home", {"user_id": user.id, "friendly_name": "Anna"}
    )
    hass.states.async_set("person.b", "home", {"user_id": "b", "friendly_name": "Bob"})
    return Context(user_id=user.id)
