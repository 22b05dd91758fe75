"""Tests of the platforms that are set up only for whoever has turned on their entity."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.config_entries import RELOAD_AFTER_UPDATE_DELAY, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from . import setup_integration, state, states

CALENDAR = "calendar.bleemeo_incidents"
LIST = "todo.bleemeo_open_alerts"
BOTH = {CALENDAR, LIST}
USER = er.RegistryEntryDisabler.USER


async def enable(
    hass: HomeAssistant, entry: MockConfigEntry, *entity_ids: str, **changes: Any
) -> None:
    """Enable entities, or change them otherwise, and reload their entry."""
    registry = er.async_get(hass)
    for entity_id in entity_ids:
        registry.async_update_entity(entity_id, **{"disabled_by": None, **changes})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


def loaded(hass: HomeAssistant) -> set[str]:
    """Return which of the two components are set up: each is in everybody's sidebar."""
    return hass.config.components & {"calendar", "todo"}


def ours(hass: HomeAssistant) -> set[str]:
    """Return which of the two entities are there."""
    # Home Assistant itself may say of an enabled one that it is unavailable
    return BOTH & {
        key for key, value in states(hass).items() if value != STATE_UNAVAILABLE
    }


@pytest.mark.parametrize(
    ("language", "names", "entity_ids"),
    [
        ("en", {"Incidents", "Open alerts"}, BOTH),
        (
            "de",
            {"Vorfälle", "Offene Alarme"},
            {"calendar.bleemeo_vorfalle", "todo.bleemeo_offene_alarme"},
        ),
        # we have no texts in it
        ("ru", {"Incidents", "Open alerts"}, BOTH),
    ],
)
async def test_at_first_they_are_found_and_nothing_is_set_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
    language: str,
    names: set[str],
    entity_ids: set[str],
) -> None:
    """On the account's device, under the name and id that their platform gives them."""
    hass.config.language = language
    await setup_integration(hass, entry)
    assert loaded(hass) == set()
    account = device_registry.async_get_device_by_identifier(
        (DOMAIN, entry.entry_id), entry.entry_id
    )
    assert account is not None
    found = [
        each
        for each in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        if each.domain in {"calendar", "todo"}
    ]
    assert {each.entity_id for each in found} == entity_ids
    assert {each.original_name for each in found} == names
    assert {each.disabled_by for each in found} == {
        er.RegistryEntryDisabler.INTEGRATION
    }
    assert {each.device_id for each in found} == {account.id}

    # nothing but what the entity can do is other when the platform takes them over
    before = {each.entity_id: each for each in found}
    await enable(hass, entry, *entity_ids)
    assert loaded(hass) == {"calendar", "todo"}
    for entity_id, old in before.items():
        new = entity_registry.entities[entity_id]
        for key in (
            "id",
            "unique_id",
            "original_name",
            "translation_key",
            "has_entity_name",
            "object_id_base",
            "suggested_object_id",
            "device_id",
        ):
            assert getattr(new, key) == getattr(old, key), key


@pytest.mark.parametrize(
    ("entity_id", "component"), [(CALENDAR, "calendar"), (LIST, "todo")]
)
async def test_who_enables_one_has_it_and_not_the_other(
    hass: HomeAssistant, entry: MockConfigEntry, entity_id: str, component: str
) -> None:
    """Until it is disabled again."""
    await setup_integration(hass, entry)
    await enable(hass, entry, entity_id)
    assert loaded(hass) == {component}
    assert ours(hass) == {entity_id}
    await enable(hass, entry, entity_id, disabled_by=USER)
    assert ours(hass) == set()
    assert er.async_get(hass).entities[entity_id].disabled_by is USER
    assert component not in entry.runtime_data.platforms


async def test_home_assistant_reloads_the_entry_of_what_was_enabled(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A person does nothing but enable it."""
    await setup_integration(hass, entry)
    er.async_get(hass).async_update_entity(CALENDAR, disabled_by=None)
    await hass.async_block_till_done()
    assert ours(hass) == set()
    freezer.tick(RELOAD_AFTER_UPDATE_DELAY + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ours(hass) == {CALENDAR}


@pytest.mark.parametrize("enabled", [set(), {CALENDAR}, {LIST}, BOTH])
async def test_what_was_set_up_is_unloaded(
    hass: HomeAssistant, entry: MockConfigEntry, enabled: set[str]
) -> None:
    """Also if the entities were enabled or disabled meanwhile."""
    # as for other integrations; nothing is unloaded from a component that is not there
    for component in ("calendar", "todo"):
        assert await async_setup_component(hass, component, {})
    await setup_integration(hass, entry)
    await enable(hass, entry, *enabled)
    assert ours(hass) == enabled
    registry = er.async_get(hass)
    for entity_id in BOTH:
        disabled_by = USER if entity_id in enabled else None
        registry.async_update_entity(entity_id, disabled_by=disabled_by)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    await enable(hass, entry, *BOTH)
    assert ours(hass) == BOTH


async def test_what_a_person_has_named_stays_as_it_is(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The name and the id, while it is enabled and while it is not."""
    await setup_integration(hass, entry)
    await enable(hass, entry, LIST, name="Mine", new_entity_id="todo.mine")
    assert state(hass, "todo.mine").name.endswith("Mine")
    await enable(hass, entry, "todo.mine", disabled_by=USER)
    await enable(hass, entry, "todo.mine")
    assert state(hass, "todo.mine").name.endswith("Mine")
