"""Tests of the set-up form, the address, and a renewed login."""

from datetime import timedelta
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from hass_nabucasa.exceptions import NabuCasaBaseError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import (
    CONF_CLOUDHOOK,
    CONF_REPLACE_ADDRESS,
    DOMAIN,
    PANEL_URL,
)
from custom_components.bleemeo.journal.handle import Handle
from homeassistant.components.cloud import CloudNotAvailable
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER, ConfigFlowResult
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_USERNAME, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.data_entry_flow import FlowResultType
from scripts.simulated_api import SimulatedApi

from . import (
    ACCOUNT,
    OTHER_ACCOUNT,
    WEBHOOK_ID,
    WEBHOOK_PATH,
    kept_token,
    payload,
    settle_agreement,
    setup_integration,
)
from .cloud import SimulatedCloud


def shown_url(result: ConfigFlowResult) -> str:
    """Return the address that a step shows."""
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    return placeholders["webhook_url"]


@pytest.fixture
def cloud(hass: HomeAssistant) -> SimulatedCloud:
    """Return a connected Home Assistant Cloud."""
    return SimulatedCloud(hass)


@pytest.fixture
async def cloudhook_entry(
    hass: HomeAssistant, cloud: SimulatedCloud, entry: MockConfigEntry
) -> MockConfigEntry:
    """Return an entry that is set up and has a cloudhook."""
    await cloud.cloudhooks.async_create(WEBHOOK_ID, True)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: True}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, *, replace: bool
) -> ConfigFlowResult:
    """Submit the form to reconfigure an entry."""
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_REPLACE_ADDRESS: replace}
    )


async def name_it(hass: HomeAssistant, name: str) -> ConfigFlowResult:
    """Fill in the form that adds an entry."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: name}
    )


@pytest.fixture
async def external_url(hass: HomeAssistant) -> None:
    """Give Home Assistant an address that Bleemeo can reach."""
    await async_process_ha_core_config(
        hass, {"external_url": "https://home.example.com"}
    )


@pytest.mark.usefixtures("mock_setup_entry", "external_url")
async def test_one_form_makes_an_entry_and_shows_the_address(
    hass: HomeAssistant,
) -> None:
    """The last page shows the URL to copy."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "user"
    assert form["errors"] == {}

    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: "Servers"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Servers"
    webhook_id = result["data"][CONF_WEBHOOK_ID]
    assert len(webhook_id) == 64
    assert result["data"] == {CONF_WEBHOOK_ID: webhook_id, CONF_CLOUDHOOK: False}
    assert result["result"].unique_id is None
    assert result["description_placeholders"] == {
        "webhook_url": f"https://home.example.com/api/webhook/{webhook_id}",
        "panel_url": PANEL_URL,
    }


@pytest.mark.usefixtures("mock_setup_entry", "external_url")
async def test_there_may_be_an_entry_for_each_account(hass: HomeAssistant) -> None:
    """Each with its own webhook."""
    for name in ("Bleemeo", "Second"):
        await name_it(hass, name)
    entries = hass.config_entries.async_entries(DOMAIN)
    assert len({entry.data[CONF_WEBHOOK_ID] for entry in entries}) == 2


@pytest.mark.usefixtures("mock_setup_entry", "external_url")
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "name_empty"),
        (" \t\n ", "name_empty"),
        ("\u200b", "name_empty"),
        ("x" * 101, "name_too_long"),
        ("x" * 5000, "name_too_long"),
        ("Bleemeo", "name_taken"),
        (" bleemeo ", "name_taken"),
    ],
)
async def test_a_name_that_tells_nothing_is_refused_and_can_be_corrected(
    hass: HomeAssistant, name: str, error: str
) -> None:
    """Each entry has a name of its own that can be read."""
    await name_it(hass, "Bleemeo")
    form = await name_it(hass, name)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {CONF_NAME: error}
    assert (form["description_placeholders"] or {})["max_length"] == "100"
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: "  Our \n servers 🏠 "}
    )
    assert result["title"] == "Our servers 🏠"


@pytest.mark.usefixtures("mock_setup_entry", "external_url")
async def test_the_form_suggests_a_name_that_is_free(hass: HomeAssistant) -> None:
    """A person with two accounts need not think of one."""
    suggested = []
    for _ in range(3):
        form = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        schema = form["data_schema"]
        assert schema is not None
        [field] = schema.schema
        suggested.append(field.description["suggested_value"])
        await hass.config_entries.flow.async_configure(
            form["flow_id"], {CONF_NAME: suggested[-1]}
        )
    assert suggested == ["Bleemeo", "Bleemeo 2", "Bleemeo 3"]


@pytest.mark.usefixtures("mock_setup_entry")
@pytest.mark.parametrize(
    ("core_config", "concern", "base_url"),
    [
        (
            {"internal_url": "http://192.168.1.5:8123"},
            "no_external_url",
            "http://192.168.1.5:8123",
        ),
        (
            {"external_url": "http://home.example.com"},
            "plain_http",
            "http://home.example.com",
        ),
        (
            {"external_url": "https://192.168.1.5:8123"},
            "private_address",
            "https://192.168.1.5:8123",
        ),
        (
            {"external_url": "http://homeassistant.local:8123"},
            "private_address",
            "http://homeassistant.local:8123",
        ),
        ({"external_url": "https://nas"}, "private_address", "https://nas"),
        ({"external_url": "https://[fe80::1]"}, "private_address", "https://[fe80::1]"),
    ],
)
async def test_the_form_says_what_is_wrong_with_the_address_and_goes_on(
    hass: HomeAssistant, core_config: dict[str, str], concern: str, base_url: str
) -> None:
    """The user may know better, or fix it later."""
    await async_process_ha_core_config(hass, core_config)
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert form["errors"] == {"base": concern}
    assert (form["description_placeholders"] or {})["base_url"] == base_url

    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: "Bleemeo"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert shown_url(result).startswith(f"{base_url}/api/webhook/")


@pytest.mark.usefixtures("mock_setup_entry")
async def test_an_address_that_nobody_knows_is_left_for_the_user_to_fill_in(
    hass: HomeAssistant,
) -> None:
    """The path is always known."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert form["errors"] == {"base": "no_external_url"}
    hass.config.api = None
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: "Bleemeo"}
    )
    assert shown_url(result).startswith("https://YOUR-HOME-ASSISTANT/api/webhook/")


@pytest.mark.usefixtures("mock_setup_entry")
async def test_a_cloudhook_is_used_where_the_cloud_is_connected(
    hass: HomeAssistant, cloud: SimulatedCloud
) -> None:
    """Then an external URL does not matter."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert form["errors"] == {}
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: "Bleemeo"}
    )
    assert result["data"][CONF_CLOUDHOOK] is True
    assert cloud.urls == {result["data"][CONF_WEBHOOK_ID]: shown_url(result)}


@pytest.mark.usefixtures("mock_setup_entry", "external_url")
@pytest.mark.parametrize(
    "error",
    [CloudNotAvailable, NabuCasaBaseError, TimeoutError, ValueError],
)
async def test_the_external_url_stands_in_for_a_cloudhook_that_cannot_be_had(
    hass: HomeAssistant,
    cloud: SimulatedCloud,
    error: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log says so, and what to do."""
    cloud.cloudhooks.error = error("away")
    result = await name_it(hass, "Bleemeo")
    assert result["data"][CONF_CLOUDHOOK] is False
    assert shown_url(result).startswith("https://home.example.com/")
    assert "Reconfigure the entry to try again" in caplog.text


@pytest.mark.usefixtures("external_url")
async def test_reconfigure_shows_the_address_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It does not change the address unless asked to."""
    await setup_integration(hass, entry)
    url = f"https://home.example.com{WEBHOOK_PATH}"
    form = await entry.start_reconfigure_flow(hass)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "reconfigure"
    assert shown_url(form) == url

    result = await submit(hass, form, replace=False)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert shown_url(result) == url
    assert entry.data[CONF_WEBHOOK_ID] == WEBHOOK_ID


@pytest.mark.parametrize("is_connected", [True, False])
@pytest.mark.parametrize("has_cloudhook", [True, False])
async def test_to_look_at_the_address_changes_nothing(
    hass: HomeAssistant,
    cloud: SimulatedCloud,
    entry: MockConfigEntry,
    has_cloudhook: bool,
    is_connected: bool,
) -> None:
    """Neither here nor in the cloud, which may be away for a moment."""
    if has_cloudhook:
        await cloud.cloudhooks.async_create(WEBHOOK_ID, True)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: has_cloudhook}
    )
    cloud.iot.connected = is_connected
    before = dict(entry.data), cloud.urls
    form = await entry.start_reconfigure_flow(hass)
    assert (dict(entry.data), cloud.urls) == before
    if has_cloudhook:
        assert shown_url(form) == cloud.urls[WEBHOOK_ID]
        assert form["errors"] == {}
    else:
        assert shown_url(form).endswith(WEBHOOK_PATH)


@pytest.mark.usefixtures("external_url")
async def test_a_replaced_address_works_at_once_and_the_old_one_says_that_it_is_gone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """What is sent to the old one is refused; Home Assistant alone would say 200."""
    await setup_integration(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, form, replace=True)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "address_replaced"
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    assert webhook_id != WEBHOOK_ID
    url = shown_url(result)
    assert url == f"https://home.example.com/api/webhook/{webhook_id}"

    client = await hass_client_no_auth()
    response = await client.post(f"/api/webhook/{webhook_id}", json=payload())
    assert await response.json() == {"result": "changed"}
    response = await client.post(WEBHOOK_PATH, json=payload(status=0))
    assert response.status == 410
    assert "was replaced" in (await response.json())["error"]


async def test_the_old_address_takes_alerts_until_there_is_a_new_one(
    hass: HomeAssistant,
    cloud: SimulatedCloud,
    cloudhook_entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long the cloud takes to give it."""
    client = await hass_client_no_auth()
    generate, answers = cloud.cloudhooks.generate, []

    async def slowly() -> object:
        answers.append(await client.post(WEBHOOK_PATH, json=payload()))
        return await generate()

    monkeypatch.setattr(cloud.cloudhooks, "generate", slowly)
    form = await cloudhook_entry.start_reconfigure_flow(hass)
    result = await submit(hass, form, replace=True)
    assert result["reason"] == "address_replaced"
    [answer] = answers
    assert (answer.status, await answer.json()) == (200, {"result": "changed"})
    assert (await client.post(WEBHOOK_PATH, json=payload())).status == 410


async def test_a_replaced_cloudhook_stays_to_say_that_it_is_gone(
    hass: HomeAssistant, cloud: SimulatedCloud, cloudhook_entry: MockConfigEntry
) -> None:
    """Without it, Home Assistant Cloud would answer, nobody knows what."""
    form = await cloudhook_entry.start_reconfigure_flow(hass)
    result = await submit(hass, form, replace=True)
    webhook_id = cloudhook_entry.data[CONF_WEBHOOK_ID]
    assert cloudhook_entry.data[CONF_CLOUDHOOK] is True
    assert cloud.urls[webhook_id] == shown_url(result) != shown_url(form)
    assert cloud.urls[WEBHOOK_ID] == shown_url(form)


@pytest.mark.parametrize("error", [None, TimeoutError(), NabuCasaBaseError("away")])
async def test_an_address_that_cannot_be_replaced_now_is_left_as_it_is(
    hass: HomeAssistant,
    cloud: SimulatedCloud,
    cloudhook_entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    error: Exception | None,
) -> None:
    """The form says so, and may be submitted again."""
    entry = cloudhook_entry
    before = dict(entry.data), cloud.urls
    form = await entry.start_reconfigure_flow(hass)
    cloud.cloudhooks.error = error
    cloud.iot.connected = error is not None
    form = await submit(hass, form, replace=True)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "cloud_away"}
    assert (form["description_placeholders"] or {})["error"]
    assert (dict(entry.data), cloud.urls) == before
    client = await hass_client_no_auth()
    response = await client.post(WEBHOOK_PATH, json=payload())
    assert response.status == 200

    cloud.cloudhooks.error, cloud.iot.connected = None, True
    result = await submit(hass, form, replace=True)
    assert result["reason"] == "address_replaced"


@pytest.mark.usefixtures("external_url")
async def test_an_external_url_can_be_replaced_while_the_cloud_is_away(
    hass: HomeAssistant, cloud: SimulatedCloud, entry: MockConfigEntry
) -> None:
    """It never needed the cloud, and somebody else may know it."""
    cloud.cloudhooks.error = TimeoutError()
    await setup_integration(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, form, replace=True)
    assert result["reason"] == "address_replaced"
    assert shown_url(result).startswith("https://home.example.com/")


async def test_reconfigure_takes_a_cloudhook_that_can_be_had_now(
    hass: HomeAssistant, cloud: SimulatedCloud, entry: MockConfigEntry
) -> None:
    """For users who have subscribed to the cloud since; once they submit the form."""
    entry.add_to_hass(hass)
    form = await entry.start_reconfigure_flow(hass)
    assert shown_url(form).endswith(WEBHOOK_PATH)
    result = await submit(hass, form, replace=False)
    assert result["reason"] == "address_changed"
    assert cloud.urls == {WEBHOOK_ID: shown_url(result)}
    assert entry.data == {CONF_WEBHOOK_ID: WEBHOOK_ID, CONF_CLOUDHOOK: True}


@pytest.mark.usefixtures("external_url")
async def test_reconfigure_leaves_a_cloud_that_is_signed_out(
    hass: HomeAssistant, cloud: SimulatedCloud, cloudhook_entry: MockConfigEntry
) -> None:
    """The form says that no alert arrives, and submitting it gives an address that does."""
    cloud.is_logged_in = cloud.iot.connected = False
    form = await cloudhook_entry.start_reconfigure_flow(hass)
    assert form["errors"] == {"base": "cloudhook_lost"}
    assert shown_url(form) == cloud.urls[WEBHOOK_ID]
    result = await submit(hass, form, replace=False)
    assert result["reason"] == "address_changed"
    assert shown_url(result) == f"https://home.example.com{WEBHOOK_PATH}"
    assert cloudhook_entry.data[CONF_CLOUDHOOK] is False


@pytest.mark.usefixtures("external_url")
async def test_reconfigure_shows_what_there_is_where_the_cloud_is_not_even_set_up(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The form says that the address in Bleemeo belongs to the cloud."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: True}
    )
    form = await entry.start_reconfigure_flow(hass)
    assert form["errors"] == {"base": "cloudhook_lost"}
    assert shown_url(form) == f"https://home.example.com{WEBHOOK_PATH}"


async def start_reauth(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Return the form that asks for a new login."""
    form = await entry.start_reauth_flow(hass)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "reauth_confirm"
    return form


async def test_a_login_is_renewed(
    hass: HomeAssistant,
    bleemeo: SimulatedApi,
    entry_with_access: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Its token is stored, and used immediately."""
    entry = entry_with_access
    bleemeo.refresh_tokens.clear()
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    for _ in range(2):
        freezer.tick(timedelta(hours=2))
        async_fire_time_changed(hass)
        await settle_agreement(hass, entry)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"],
        {CONF_USERNAME: bleemeo.username, CONF_PASSWORD: bleemeo.password},
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    await settle_agreement(hass, entry)
    assert {kept_token(hass, entry)} == bleemeo.refresh_tokens
    assert entry.runtime_data.agreement.catalogue.agreed_at is not None
    assert bleemeo.password not in str(entry.as_dict())


@pytest.mark.usefixtures("mock_setup_entry")
async def test_a_login_that_does_not_work_can_be_tried_again(
    hass: HomeAssistant, bleemeo: SimulatedApi, entry_with_access: MockConfigEntry
) -> None:
    """The form says what is wrong with it."""
    entry = entry_with_access
    entry.add_to_hass(hass)
    form = await start_reauth(hass, entry)
    login = {CONF_USERNAME: bleemeo.username, CONF_PASSWORD: bleemeo.password}
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], login | {CONF_PASSWORD: "wrong"}
    )
    assert result["errors"] == {"base": "invalid_auth"}

    bleemeo.accounts[OTHER_ACCOUNT] = bleemeo.accounts.pop(ACCOUNT)
    result = await hass.config_entries.flow.async_configure(form["flow_id"], login)
    assert result["errors"] == {"base": "wrong_account"}

    bleemeo.accounts[ACCOUNT] = bleemeo.accounts.pop(OTHER_ACCOUNT)
    result = await hass.config_entries.flow.async_configure(form["flow_id"], login)
    assert result["reason"] == "reauth_successful"


async def test_an_address_that_cannot_be_written_down_is_not_replaced(
    hass: HomeAssistant,
    cloud: SimulatedCloud,
    cloudhook_entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """A restart would bring the old one back, and the new one would answer for nobody."""
    entry, before = cloudhook_entry, (dict(cloudhook_entry.data), cloud.urls)
    form = await entry.start_reconfigure_flow(hass)
    with patch.object(Handle, "connect", side_effect=OSError("no room")):
        form = await submit(hass, form, replace=True)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "address_not_stored"}
    assert (form["description_placeholders"] or {})["error"] == "no room"
    assert (dict(entry.data), cloud.urls) == before
    client = await hass_client_no_auth()
    assert (await client.post(WEBHOOK_PATH, json=payload())).status == 200
    result = await submit(hass, form, replace=True)
    assert result["reason"] == "address_replaced"


@pytest.mark.usefixtures("external_url")
async def test_a_new_address_outlives_a_crash_that_comes_before_the_entry_is_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Home Assistant writes entries a second later, or not at all if the disk is full."""
    await setup_integration(hass, entry)
    before = dict(entry.data)
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, replace=True)
    new_id = entry.data[CONF_WEBHOOK_ID]
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_update_entry(entry, data=before)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.data[CONF_WEBHOOK_ID] == new_id
    client = await hass_client_no_auth()
    answers = [
        (await client.post(path, json=payload())).status
        for path in (WEBHOOK_PATH, f"/api/webhook/{new_id}")
    ]
    assert answers == [410, 200]


@pytest.mark.usefixtures("external_url")
async def test_an_address_that_was_replaced_while_nothing_was_loaded_stays_replaced(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """What was written down before is older than what the entry knows."""
    await setup_integration(hass, entry)
    await submit(hass, await entry.start_reconfigure_flow(hass), replace=True)
    await hass.config_entries.async_unload(entry.entry_id)
    await submit(hass, await entry.start_reconfigure_flow(hass), replace=True)
    newest = entry.data[CONF_WEBHOOK_ID]
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.data[CONF_WEBHOOK_ID] == newest
