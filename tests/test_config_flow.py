"""Tests of the set-up form, the address, and a renewed login."""

from collections.abc import Generator
from unittest.mock import AsyncMock, patch

from hass_nabucasa.exceptions import NabuCasaBaseError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import (
    CONF_CLOUDHOOK,
    CONF_REFRESH_TOKEN,
    CONF_REPLACE_ADDRESS,
    DOMAIN,
    PANEL_URL,
)
from homeassistant.components import cloud
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
    payload,
    settle_agreement,
    setup_integration,
)

CLOUDHOOK_URL = "https://hooks.nabu.casa/abc"


def shown_url(result: ConfigFlowResult) -> str:
    """Return the address that a step shows."""
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    return placeholders["webhook_url"]


@pytest.fixture
def cloudhook(hass: HomeAssistant) -> Generator[AsyncMock]:
    """Simulate a connected Home Assistant Cloud, and return its cloudhooks."""
    hass.config.components.add("cloud")
    with (
        patch.object(cloud, "async_active_subscription", return_value=True),
        patch.object(cloud, "async_is_connected", return_value=True),
        patch.object(
            cloud, "async_get_or_create_cloudhook", return_value=CLOUDHOOK_URL
        ) as create,
        patch.object(cloud, "async_delete_cloudhook") as delete,
    ):
        create.delete = delete
        yield create


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
    for _ in range(2):
        form = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        await hass.config_entries.flow.async_configure(
            form["flow_id"], {CONF_NAME: "Bleemeo"}
        )
    entries = hass.config_entries.async_entries(DOMAIN)
    assert len({entry.data[CONF_WEBHOOK_ID] for entry in entries}) == 2


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
    assert form["description_placeholders"] == {"base_url": base_url}

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
    hass: HomeAssistant, cloudhook: AsyncMock
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
    assert shown_url(result) == CLOUDHOOK_URL
    cloudhook.assert_called_once_with(hass, result["data"][CONF_WEBHOOK_ID])


@pytest.mark.usefixtures("mock_setup_entry", "external_url")
@pytest.mark.parametrize(
    "error",
    [cloud.CloudNotAvailable, NabuCasaBaseError, TimeoutError, ValueError],
)
async def test_the_external_url_stands_in_for_a_cloudhook_that_cannot_be_had(
    hass: HomeAssistant,
    cloudhook: AsyncMock,
    error: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log says so, and what to do."""
    cloudhook.side_effect = error("away")
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: "Bleemeo"}
    )
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

    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_REPLACE_ADDRESS: False}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert shown_url(result) == url
    assert entry.data[CONF_WEBHOOK_ID] == WEBHOOK_ID


@pytest.mark.usefixtures("external_url")
async def test_a_replaced_address_works_at_once_and_the_old_one_no_more(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """The old address no longer works for anyone."""
    await setup_integration(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_REPLACE_ADDRESS: True}
    )
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
    assert await response.text() == ""


async def test_replacing_the_address_replaces_the_cloudhook(
    hass: HomeAssistant, cloudhook: AsyncMock, entry: MockConfigEntry
) -> None:
    """The old cloudhook is deleted in the cloud too."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: True}
    )
    form = await entry.start_reconfigure_flow(hass)
    assert shown_url(form) == CLOUDHOOK_URL
    await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_REPLACE_ADDRESS: True}
    )
    cloudhook.delete.assert_called_once_with(hass, WEBHOOK_ID)
    cloudhook.assert_called_with(hass, entry.data[CONF_WEBHOOK_ID])
    assert entry.data[CONF_CLOUDHOOK] is True


async def test_reconfigure_takes_a_cloudhook_that_can_be_had_now(
    hass: HomeAssistant, cloudhook: AsyncMock, entry: MockConfigEntry
) -> None:
    """For users who have subscribed to the cloud since."""
    entry.add_to_hass(hass)
    form = await entry.start_reconfigure_flow(hass)
    assert shown_url(form) == CLOUDHOOK_URL
    assert entry.data == {CONF_WEBHOOK_ID: WEBHOOK_ID, CONF_CLOUDHOOK: True}


async def start_reauth(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Return the form that asks for a new login."""
    form = await entry.start_reauth_flow(hass)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "reauth_confirm"
    return form


async def test_a_login_is_renewed(
    hass: HomeAssistant, bleemeo: SimulatedApi, entry_with_access: MockConfigEntry
) -> None:
    """Its token is stored, and used immediately."""
    entry = entry_with_access
    bleemeo.refresh_tokens.clear()
    await setup_integration(hass, entry)
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
    assert {entry.data[CONF_REFRESH_TOKEN]} == bleemeo.refresh_tokens
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
