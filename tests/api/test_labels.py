"""Tests of Bleemeo's tags as labels of devices."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.api.catalogue import Catalogue
from custom_components.bleemeo.const import CONF_TAG_LABELS, DOMAIN
from custom_components.bleemeo.models import async_end_access
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, label_registry as lr
from scripts.simulated_api import Account
from tests import AGENT, settle_agreement, setup_integration

PRODUCTION = "bleemeo_production"


def server(hass: HomeAssistant, entry: MockConfigEntry) -> dr.DeviceEntry:
    """Return the device of the server."""
    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, AGENT), entry.entry_id
    )
    assert found is not None
    return found


def tag(account: Account, *names: str) -> None:
    """Give the server the tags in Bleemeo, and one that Bleemeo itself gives."""
    people = [{"name": name, "tag_type": 2} for name in names]
    account.agents[AGENT]["tags"] = [*people, {"name": "linux", "tag_type": 0}]


def put_on(hass: HomeAssistant, entry: MockConfigEntry, *labels: str) -> None:
    """Have exactly these labels on the server's device, as a person does."""
    dr.async_get(hass).async_update_device(server(hass, entry).id, labels=set(labels))


async def agree(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Ask Bleemeo again, and return the labels of the server's device."""
    await entry.runtime_data.agreement.async_check_now()
    await hass.async_block_till_done()
    return server(hass, entry).labels


async def want(hass: HomeAssistant, entry: MockConfigEntry, is_wanted: bool) -> None:
    """Set the option, and wait until the entry agrees anew."""
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_TAG_LABELS: is_wanted}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await settle_agreement(hass, entry)


@pytest.fixture
async def entry(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> MockConfigEntry:
    """Return an entry that shows the tags of its server."""
    tag(account, "production")
    await setup_integration(hass, entry_with_access)
    await settle_agreement(hass, entry_with_access)
    assert server(hass, entry_with_access).labels == set()
    await want(hass, entry_with_access, True)
    return entry_with_access


async def test_a_tag_of_people_is_a_label(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account
) -> None:
    """It comes and goes with the tag, also over a restart; the label itself stays."""
    assert server(hass, entry).labels == {PRODUCTION}
    label = lr.async_get(hass).async_get_label(PRODUCTION)
    assert label is not None
    assert label.name == "Bleemeo: production"
    await hass.config_entries.async_reload(entry.entry_id)
    await settle_agreement(hass, entry)
    tag(account, "staging")
    assert await agree(hass, entry) == {"bleemeo_staging"}
    assert lr.async_get(hass).async_get_label(PRODUCTION) is not None


async def test_what_a_person_labelled_stays(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account
) -> None:
    """The same label, put on before the tag came, among them."""
    mine = lr.async_get(hass).async_create("Mine").label_id
    staging = lr.async_get(hass).async_create("Bleemeo: staging").label_id
    put_on(hass, entry, mine, staging, PRODUCTION)
    tag(account, "production", "staging")
    assert await agree(hass, entry) == {mine, staging, PRODUCTION}
    tag(account)
    assert await agree(hass, entry) == {mine, staging}


async def test_what_a_person_took_off_stays_off(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account
) -> None:
    """As long as the tag stays; a label that was renamed is used under its new name."""
    put_on(hass, entry)
    assert await agree(hass, entry) == set()
    lr.async_get(hass).async_update(PRODUCTION, name="Live")
    other = account.add_agent("db01")
    account.agents[other]["tags"] = [{"name": "production", "tag_type": 2}]
    await agree(hass, entry)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, other), entry.entry_id
    )
    assert device is not None
    assert device.labels == {PRODUCTION}


@pytest.mark.parametrize("way", ["option", "access", "entry"])
async def test_they_go_when_they_are_not_wanted_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account, way: str
) -> None:
    """And with them the labels that nothing else has and nobody has changed."""
    registry = lr.async_get(hass)
    mine = registry.async_create("Mine").label_id
    tag(account, "production", "staging", "coloured")
    await agree(hass, entry)
    other = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, entry.entry_id), entry.entry_id
    )
    assert other is not None
    dr.async_get(hass).async_update_device(other.id, labels={"bleemeo_staging"})
    registry.async_update("bleemeo_coloured", color="red")
    put_on(hass, entry, mine, *server(hass, entry).labels)
    if way == "option":
        await want(hass, entry, False)
        assert server(hass, entry).labels == {mine}
    elif way == "access":
        await async_end_access(hass, entry)
        await hass.async_block_till_done()
    else:
        await hass.config_entries.async_remove(entry.entry_id)
        await hass.async_block_till_done()
    left = {label.label_id for label in registry.async_list_labels()}
    assert PRODUCTION not in left
    assert left >= {mine, "bleemeo_coloured", "bleemeo_staging"}


def test_a_record_of_another_form_is_begun_anew() -> None:
    """Alerts matter more."""
    odd: list[object] = [None, [], {"agents": {}, "made": "x"}]
    for labels in odd:
        found = Catalogue.from_stored({"labels": labels}).labels
        assert (found.agents, found.made) == ({}, set())
