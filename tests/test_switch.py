"""Tests of the switch that silences a server."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import EVENT_SILENCE
from custom_components.bleemeo.core import Silence
from custom_components.bleemeo.hub import MAX_SILENCES
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er

from . import state
from .services import NAS, NEEDS_ATTENTION, UPS, attribute, call

SWITCH = "switch.nas_example_com_silenced"


async def turn(
    hass: HomeAssistant, action: str, context: Context | None = None
) -> None:
    """Turn the switch on or off."""
    await hass.services.async_call(
        "switch",
        f"turn_{action}",
        {"entity_id": SWITCH},
        blocking=True,
        context=context,
    )
    await hass.async_block_till_done()


@pytest.mark.usefixtures("day")
async def test_it_is_disabled_at_first(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """Only who automates by entities needs it."""
    assert hass.states.get(SWITCH) is None
    assert (
        entity_registry.entities[SWITCH].disabled_by
        is er.RegistryEntryDisabler.INTEGRATION
    )


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_it_silences_its_server_until_it_is_turned_off(
    hass: HomeAssistant, entry: MockConfigEntry, anna: Context
) -> None:
    """It is known who has, and it stays so over a restart."""
    events = async_capture_events(hass, EVENT_SILENCE)
    assert state(hass, SWITCH).state == "off"
    await turn(hass, "on", anna)
    assert state(hass, SWITCH).state == "on"
    assert attribute(hass, UPS, "silenced")
    assert state(hass, NEEDS_ATTENTION).state == "3"
    [began] = events
    assert (began.data["by"], began.data["until"]) == ("Anna", None)
    assert began.context is anna
    assert state(hass, "switch.web01_example_com_silenced").state == "off"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, SWITCH).state == "on"
    await turn(hass, "off", anna)
    assert state(hass, SWITCH).state == "off"
    assert state(hass, NEEDS_ATTENTION).state == "5"


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_turned_on_twice_it_is_one_silence(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """And turned off twice it is no error."""
    events = async_capture_events(hass, EVENT_SILENCE)
    for _ in range(2):
        await turn(hass, "on")
    assert len(events) == 1
    assert len(entry.runtime_data.hub.board.silences) == 1
    for _ in range(2):
        await turn(hass, "off")
    assert not entry.runtime_data.hub.board.silences


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_it_shows_and_ends_what_an_action_silenced(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What is planned it leaves alone."""
    await call(hass, "silence", entity_id=NAS, duration=60)
    await hass.async_block_till_done()
    assert state(hass, SWITCH).state == "on"
    freezer.tick(timedelta(seconds=61))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, SWITCH).state == "off"
    tomorrow = (entry.runtime_data.hub.now() + timedelta(days=1)).isoformat()
    await call(hass, "silence", entity_id=NAS, **{"from": tomorrow})
    await call(hass, "silence", entity_id=NAS)
    await turn(hass, "off")
    assert len(entry.runtime_data.hub.board.silences) == 1
    assert not attribute(hass, UPS, "silenced")


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_it_follows_also_where_nothing_is_open(hass: HomeAssistant) -> None:
    """No alert tells it then."""
    switch = "switch.voip01_example_com_silenced"
    assert state(hass, "sensor.voip01_example_com_status").state == "ok"
    for action, shown in (("silence", "on"), ("unsilence", "off")):
        await call(hass, action, entity_id="sensor.voip01_example_com_status")
        await hass.async_block_till_done()
        assert state(hass, switch).state == shown


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_it_is_its_own_silence_only(hass: HomeAssistant) -> None:
    """What the whole account silences cannot be ended for one server."""
    await call(hass, "silence", entity_id="sensor.bleemeo_status")
    await hass.async_block_till_done()
    assert state(hass, SWITCH).state == "off"
    assert attribute(hass, UPS, "silenced")


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_more_silences_than_there_can_be_are_an_error_in_words(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The switch stays off."""
    hub = entry.runtime_data.hub
    later = hub.now() + timedelta(days=1)
    for number in range(MAX_SILENCES):
        hub.board.silences[str(number)] = Silence(id=str(number), begins_at=later)
    with pytest.raises(ServiceValidationError, match="at most 1000 silences"):
        await turn(hass, "on")
    assert state(hass, SWITCH).state == "off"
