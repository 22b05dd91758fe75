"""What asks the built-in voice assistant."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
from tests import receive_alert, setup_integration
from tests.assistant import ACCOUNT_PROBLEM, DB01, WEB01, about, expose

from . import Ask


@pytest.fixture
async def ask(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> Ask:
    """Return what asks the assistant, with two servers that are OK and exposed."""
    freezer.move_to("2026-11-20T12:00:00Z")
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    await setup_integration(hass, entry)
    await receive_alert(entry, about("web01.example.com", "CPU", 0, WEB01))
    await receive_alert(entry, about("db01.example.com", "PostgreSQL", 0, DB01))
    await hass.async_block_till_done()
    expose(hass, ACCOUNT_PROBLEM)

    async def ask(
        text: str, language: str = "en", context: Context | None = None
    ) -> str:
        freezer.tick(5)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        answer = await async_converse(hass, text, None, context or Context(), language)
        return str(answer.response.speech["plain"]["speech"])

    return ask
