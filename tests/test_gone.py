"""Tests of replaced addresses: what is answered there, who is told, and until when."""

from datetime import timedelta
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    flush_store,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import (
    CONF_CLOUDHOOK,
    CONF_REPLACE_ADDRESS,
    CONF_REPLACED_ADDRESSES,
    DOMAIN,
)
from custom_components.bleemeo.diagnostics import async_get_config_entry_diagnostics
from custom_components.bleemeo.gone import MAX_REPLACED
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from . import WEBHOOK_ID, WEBHOOK_PATH, payload, setup_integration
from .cloud import SimulatedCloud

HOUR = timedelta(hours=1, seconds=1)


@pytest.fixture
async def http(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    entry: MockConfigEntry,
) -> TestClient[Any, Any]:
    """Return a client of a Home Assistant with an entry whose address was replaced."""
    await hass.config.async_update(external_url="https://home.example.com")
    assert await async_setup_component(hass, "repairs", {})
    await setup_integration(hass, entry)
    await replace(hass, entry)
    return await hass_client_no_auth()


async def replace(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Replace the address of an entry, as a person does."""
    form = await entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_REPLACE_ADDRESS: True}
    )
    assert result["step_id"] == "new_address"


async def status(client: TestClient[Any, Any], path: str = WEBHOOK_PATH) -> int:
    """Return the status that an alert is answered with."""
    return (await client.post(path, json=payload())).status


def told(hass: HomeAssistant) -> dict[str, str] | None:
    """Return what the repair says, or None if there is none."""
    for (domain, _), issue in ir.async_get(hass).issues.items():
        if domain == DOMAIN and issue.translation_key == "old_address_used":
            return issue.translation_placeholders
    return None


async def let_pass(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta
) -> None:
    """Move the time forward, then by another hour, and run what is due."""
    for step in (time, HOUR):
        freezer.tick(step)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_the_answer_is_that_the_address_is_gone(
    http: TestClient[Any, Any], method: str
) -> None:
    """Also to a person who opens it in a browser."""
    response = await http.request(method, WEBHOOK_PATH, data=b"anything")
    assert response.status == 410
    assert "Reconfigure" in (await response.json())["error"]


async def test_it_is_gone_whatever_becomes_of_the_entry(
    hass: HomeAssistant, http: TestClient[Any, Any], entry: MockConfigEntry
) -> None:
    """A 503 would have Bleemeo try again, and a 200 forget the alert."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await status(http) == 410
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert await status(http) == 410


async def test_it_is_still_gone_after_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """From the integration's own set-up on, even while the entry cannot be set up."""
    replaced = {
        "webhook_id": "old",
        "cloudhook": False,
        "replaced_at": "2026-11-26T12:00:00+00:00",
    }
    MockConfigEntry(
        domain=DOMAIN,
        data={**entry.data, CONF_REPLACED_ADDRESSES: [replaced]},
        disabled_by=ConfigEntryDisabler.USER,
    ).add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    client = await hass_client_no_auth()
    assert await status(client, "/api/webhook/old") == 410
    assert await status(client) == 503


async def test_a_person_is_told_how_many_alerts_went_to_the_old_address(
    hass: HomeAssistant,
    http: TestClient[Any, Any],
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """And when the last did; a reload goes on counting."""
    await hass.config.async_set_time_zone("Europe/Paris")
    assert told(hass) is None
    freezer.move_to("2026-11-26T12:00:00Z")
    await status(http)
    assert told(hass) == {
        "entry": "Bleemeo",
        "count": "1",
        "last": "2026-11-26 13:00",
    }
    assert await hass.config_entries.async_reload(entry.entry_id)
    freezer.move_to("2026-11-26T12:05:00Z")
    await status(http)
    await http.get(WEBHOOK_PATH)
    assert told(hass) == {
        "entry": "Bleemeo",
        "count": "2",
        "last": "2026-11-26 13:05",
    }


async def test_what_was_told_outlives_a_restart(
    hass: HomeAssistant, http: TestClient[Any, Any], hass_storage: dict[str, Any]
) -> None:
    """The count is kept with the repair."""
    await status(http)
    await flush_store(ir.async_get(hass)._store)
    [issue] = [
        issue
        for issue in hass_storage["repairs.issue_registry"]["data"]["issues"]
        if issue["domain"] == DOMAIN
    ]
    assert issue["translation_placeholders"] == told(hass)


async def test_a_flood_is_counted_but_told_once_a_minute(
    hass: HomeAssistant, http: TestClient[Any, Any], freezer: FrozenDateTimeFactory
) -> None:
    """Each report is written to disk and to every open page."""
    freezer.move_to("2026-11-26T12:00:00Z")
    for _ in range(110):
        await status(http)
    assert (told(hass) or {})["count"] == "100"
    freezer.tick(61)
    await status(http)
    assert (told(hass) or {})["count"] == "111"


@pytest.mark.parametrize("is_told_again", [False, True])
async def test_a_person_confirms_that_the_new_address_is_in_its_place(
    hass: HomeAssistant,
    http: TestClient[Any, Any],
    hass_client: ClientSessionGenerator,
    is_told_again: bool,
) -> None:
    """Should something arrive at the old one later, counting begins anew."""
    await status(http)
    client = await hass_client()
    [issue_id] = [key for domain, key in ir.async_get(hass).issues if domain == DOMAIN]
    answer = await client.post(
        "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue_id}
    )
    form = await answer.json()
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == told(hass)
    await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
    assert told(hass) is None
    if is_told_again:
        await status(http)
        assert (told(hass) or {})["count"] == "1"


async def test_what_was_told_is_withdrawn_when_nothing_came_for_a_week(
    hass: HomeAssistant, http: TestClient[Any, Any], freezer: FrozenDateTimeFactory
) -> None:
    """Then the new address is in its place."""
    await status(http)
    await let_pass(hass, freezer, timedelta(days=6, hours=22))
    assert told(hass)
    await let_pass(hass, freezer, HOUR)
    assert told(hass) is None
    assert await status(http) == 410


async def test_an_old_address_is_let_go_after_thirty_days(
    hass: HomeAssistant,
    http: TestClient[Any, Any],
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Nothing of it is kept."""
    await let_pass(hass, freezer, timedelta(days=29, hours=22))
    assert await status(http) == 410
    await let_pass(hass, freezer, timedelta(days=8))
    assert await status(http) == 200
    assert (told(hass), CONF_REPLACED_ADDRESSES in entry.data) == (None, False)
    assert await status(http, f"/api/webhook/{entry.data[CONF_WEBHOOK_ID]}") == 200


async def test_an_old_address_that_is_still_used_is_not_let_go(
    hass: HomeAssistant, http: TestClient[Any, Any], freezer: FrozenDateTimeFactory
) -> None:
    """Home Assistant would answer 200, and the alerts would be lost unseen."""
    for _ in range(7):
        await let_pass(hass, freezer, timedelta(days=6))
        assert await status(http) == 410


async def test_the_number_of_old_addresses_is_bounded(
    hass: HomeAssistant, http: TestClient[Any, Any], entry: MockConfigEntry
) -> None:
    """The oldest go first."""
    second = entry.data[CONF_WEBHOOK_ID]
    for _ in range(MAX_REPLACED):
        await replace(hass, entry)
    assert len(entry.data[CONF_REPLACED_ADDRESSES]) == MAX_REPLACED
    assert await status(http) == 200
    assert await status(http, f"/api/webhook/{second}") == 410


async def test_a_cloudhook_is_deleted_with_its_address(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Not before, and not the present one."""
    cloud = SimulatedCloud(hass)
    await cloud.cloudhooks.async_create(WEBHOOK_ID, True)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: True}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await replace(hass, entry)
    present = entry.data[CONF_WEBHOOK_ID]
    assert cloud.urls.keys() == {WEBHOOK_ID, present}
    await let_pass(hass, freezer, timedelta(days=30))
    assert cloud.urls.keys() == {present}

    await replace(hass, entry)
    assert len(cloud.urls) == 2
    await hass.config_entries.async_remove(entry.entry_id)
    assert cloud.urls == {}


async def test_removal_takes_old_addresses_along(
    hass: HomeAssistant, http: TestClient[Any, Any], entry: MockConfigEntry
) -> None:
    """With what was told about them."""
    await status(http)
    await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass) is None
    assert await status(http) == 200


async def test_old_addresses_are_secret_too(
    hass: HomeAssistant,
    http: TestClient[Any, Any],
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever knows one may count on somebody to use it."""
    await status(http)
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert CONF_REPLACED_ADDRESSES in str(diagnostics)
    assert WEBHOOK_ID not in str(diagnostics)
    assert WEBHOOK_ID not in "".join(
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components")
    )


async def test_what_was_confirmed_does_not_count_again(
    hass: HomeAssistant, http: TestClient[Any, Any], freezer: FrozenDateTimeFactory
) -> None:
    """The next report begins with the next alert."""
    freezer.move_to("2026-11-26T12:00:00Z")
    for _ in range(110):
        await status(http)
    for domain, issue_id in list(ir.async_get(hass).issues):
        ir.async_delete_issue(hass, domain, issue_id)
    await status(http)
    assert (told(hass) or {})["count"] == "1"
