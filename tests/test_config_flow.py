"""Tests of the set-up, the address shown again, and a renewed login."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from hass_nabucasa.exceptions import NabuCasaBaseError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.bleemeo.const import (
    CONF_ACCOUNT,
    CONF_CLOUDHOOK,
    DOMAIN,
    PANEL_URL,
)
from custom_components.bleemeo.hub import Outcome, async_prove, journal_path
from custom_components.bleemeo.journal.handle import Handle
from homeassistant.components.cloud import CloudNotAvailable
from homeassistant.components.webhook import DOMAIN as WEBHOOK_DOMAIN
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import (
    CONF_ADDRESS,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_URL,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from scripts.simulated_api import Account, Fault, SimulatedApi

from . import (
    ACCOUNT,
    AGENT,
    OTHER_ACCOUNT,
    WEBHOOK_ID,
    WEBHOOK_PATH,
    kept_token,
    payload,
    settle_agreement,
    setup_integration,
)
from .cloud import SimulatedCloud

THIRD_ACCOUNT = "0b9f2c7e-52c1-4c56-8d65-5b8b3a0c9d01"


def suggested(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form have at first."""
    schema = form["data_schema"]
    assert schema is not None
    return {
        str(field): field.description["suggested_value"]
        for field in schema.schema
        if field.description
    }


def fields(form: ConfigFlowResult) -> set[str]:
    """Return the names of a form's fields."""
    assert form["data_schema"] is not None
    return {str(field) for field in form["data_schema"].schema}


def shown_url(form: ConfigFlowResult) -> str:
    """Return the address that a form has in a field to copy it from."""
    return str(suggested(form)[CONF_ADDRESS])


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


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Add the integration, and return the first step."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )


async def choose(
    hass: HomeAssistant, menu: ConfigFlowResult, option: str
) -> ConfigFlowResult:
    """Choose from a menu."""
    assert menu["type"] is FlowResultType.MENU
    assert option in menu["menu_options"]
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": option}
    )


async def answer(
    hass: HomeAssistant, form: ConfigFlowResult, **answers: Any
) -> ConfigFlowResult:
    """Submit a form and return the next step."""
    return await hass.config_entries.flow.async_configure(form["flow_id"], answers)


async def go_to_name(hass: HomeAssistant) -> ConfigFlowResult:
    """Go on to the form that asks for the name, without access to the API."""
    menu = await answer(hass, await start(hass))
    assert menu["step_id"] == "api"
    return await choose(hass, menu, "name")


async def name_it(hass: HomeAssistant, name: str) -> ConfigFlowResult:
    """Go through the set-up without access to the API."""
    return await answer(hass, await go_to_name(hass), name=name)


def login(bleemeo: SimulatedApi) -> dict[str, Any]:
    """Return what a person fills in to log in to the simulated service."""
    return {
        CONF_USERNAME: bleemeo.username,
        CONF_PASSWORD: bleemeo.password,
        "developers": {CONF_URL: bleemeo.url},
    }


@pytest.fixture
async def external_url(hass: HomeAssistant) -> None:
    """Give Home Assistant an address that Bleemeo can reach."""
    await async_process_ha_core_config(
        hass, {"external_url": "https://home.example.com"}
    )


@pytest.mark.usefixtures("external_url")
async def test_the_address_is_given_before_the_entry_is_made(
    hass: HomeAssistant,
) -> None:
    """Then access to the API is offered, and the name is asked last."""
    form = await start(hass)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "address"
    assert form["description_placeholders"] == {"panel_url": PANEL_URL}
    url = shown_url(form)
    assert not hass.config_entries.async_entries(DOMAIN)

    # whatever is typed into the field that it is copied from
    menu = await answer(hass, form, address="something else")
    assert menu["menu_options"] == ["access", "name"]
    form = await choose(hass, menu, "name")
    assert suggested(form) == {CONF_NAME: "Bleemeo"}
    result = await answer(hass, form, name="Servers")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Servers"
    assert result["description"] is None
    webhook_id = result["data"][CONF_WEBHOOK_ID]
    assert len(webhook_id) == 64
    assert url == f"https://home.example.com/api/webhook/{webhook_id}"
    assert result["data"] == {CONF_WEBHOOK_ID: webhook_id, CONF_CLOUDHOOK: False}
    assert result["result"].unique_id is None


@pytest.mark.usefixtures("external_url")
async def test_what_comes_before_the_set_up_is_finished_is_to_come_again(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Home Assistant alone would answer 200, and drop the alert."""
    assert await async_setup_component(hass, "webhook", {})
    client = await hass_client_no_auth()
    form = await start(hass)
    path = URL(shown_url(form)).path
    early = await client.post(path, json=payload())
    assert early.status == 503
    assert early.headers["Retry-After"]
    assert (await client.get(path)).status == 405
    form = await choose(hass, await answer(hass, form), "name")
    await answer(hass, form, name="Servers")
    assert (await client.post(path, json=payload())).status == 200


async def test_a_set_up_that_is_given_up_leaves_no_address_behind(
    hass: HomeAssistant, cloud: SimulatedCloud
) -> None:
    """Neither here nor in the cloud."""
    form = await start(hass)
    assert shown_url(form) in cloud.urls.values()
    handlers = hass.data[WEBHOOK_DOMAIN]
    assert len(handlers) == 1
    hass.config_entries.flow.async_abort(form["flow_id"])
    await hass.async_block_till_done()
    assert not cloud.urls
    assert not handlers


@pytest.mark.usefixtures("external_url")
async def test_there_may_be_an_entry_for_each_account(hass: HomeAssistant) -> None:
    """Each with its own webhook."""
    for name in ("Bleemeo", "Second"):
        await name_it(hass, name)
    entries = hass.config_entries.async_entries(DOMAIN)
    assert len({entry.data[CONF_WEBHOOK_ID] for entry in entries}) == 2


@pytest.mark.usefixtures("external_url")
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
    result = await answer(hass, form, name="  Our \n servers 🏠 ")
    assert result["title"] == "Our servers 🏠"


@pytest.mark.usefixtures("external_url")
async def test_the_form_suggests_a_name_that_is_free(hass: HomeAssistant) -> None:
    """A person with two accounts need not think of one."""
    names = []
    for _ in range(3):
        form = await go_to_name(hass)
        names.append(suggested(form)[CONF_NAME])
        await answer(hass, form, name=names[-1])
    assert names == ["Bleemeo", "Bleemeo 2", "Bleemeo 3"]


@pytest.mark.parametrize(
    ("core_config", "concern"),
    [
        ({"internal_url": "http://192.168.1.5:8123"}, "no_external_url"),
        ({"external_url": "https://192.168.1.5:8123"}, "private_address"),
        ({"external_url": "http://homeassistant.local:8123"}, "private_address"),
        ({"external_url": "https://nas"}, "private_address"),
        ({"external_url": "https://[fe80::1]"}, "private_address"),
    ],
)
async def test_no_address_is_offered_until_one_can_work(
    hass: HomeAssistant, core_config: dict[str, str], concern: str
) -> None:
    """A person looks again once it can, or goes on and is told at the end."""
    await async_process_ha_core_config(hass, core_config)
    menu = await start(hass)
    assert menu["step_id"] == concern
    assert menu["menu_options"] == ["address", "api"]
    base_url = core_config.get("external_url", "http://192.168.1.5:8123")
    assert menu["description_placeholders"] == {"base_url": base_url}
    menu = await choose(hass, menu, "address")
    assert menu["step_id"] == concern

    menu = await choose(hass, menu, "api")
    form = await choose(hass, menu, "name")
    result = await answer(hass, form, name="Bleemeo")
    assert result["description"] == "without_address"
    assert len(result["data"][CONF_WEBHOOK_ID]) == 64
    assert result["data"][CONF_CLOUDHOOK] is False

    menu = await start(hass)
    await hass.config.async_update(external_url="https://home.example.com")
    form = await choose(hass, menu, "address")
    assert shown_url(form).startswith("https://home.example.com/api/webhook/")


async def test_an_address_without_encryption_is_used_only_if_a_person_says_so(
    hass: HomeAssistant,
) -> None:
    """It works, but somebody else may read it."""
    await async_process_ha_core_config(
        hass, {"external_url": "http://home.example.com"}
    )
    menu = await start(hass)
    assert menu["step_id"] == "plain_http"
    assert menu["menu_options"] == ["address", "use_plain_http"]
    form = await choose(hass, menu, "use_plain_http")
    assert shown_url(form).startswith("http://home.example.com/api/webhook/")


async def test_a_cloudhook_is_used_where_the_cloud_is_connected(
    hass: HomeAssistant, cloud: SimulatedCloud
) -> None:
    """Then an external URL does not matter."""
    form = await start(hass)
    url = shown_url(form)
    form = await choose(hass, await answer(hass, form), "name")
    result = await answer(hass, form, name="Bleemeo")
    assert result["data"][CONF_CLOUDHOOK] is True
    assert cloud.urls == {result["data"][CONF_WEBHOOK_ID]: url}


@pytest.mark.usefixtures("external_url")
@pytest.mark.parametrize(
    "error",
    [CloudNotAvailable, NabuCasaBaseError, TimeoutError, ValueError],
)
async def test_a_cloud_that_gives_no_address_can_be_done_without(
    hass: HomeAssistant, cloud: SimulatedCloud, error: type[Exception]
) -> None:
    """Or asked once more."""
    cloud.cloudhooks.error = error("away")
    menu = await start(hass)
    assert menu["step_id"] == "cloud_away"
    assert menu["menu_options"] == ["address", "external_url", "api"]
    assert "away" in (menu["description_placeholders"] or {})["error"]
    form = await choose(hass, menu, "external_url")
    assert shown_url(form).startswith("https://home.example.com/")

    menu = await start(hass)
    cloud.cloudhooks.error = None
    form = await choose(hass, menu, "address")
    assert shown_url(form) in cloud.urls.values()


@pytest.mark.usefixtures("external_url")
async def test_access_gives_the_real_name_and_says_what_it_found(
    hass: HomeAssistant, bleemeo: SimulatedApi, account: Account
) -> None:
    """Before any alert has arrived."""
    account.add_metric(AGENT, "cpu_used", "critical")
    account.add_metric(AGENT, "mem_used", "ok")
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    assert form["step_id"] == "access"
    form = await answer(hass, form, **login(bleemeo))
    assert form["step_id"] == "name"
    assert suggested(form) == {CONF_NAME: "Servers"}
    result = await answer(hass, form, name="Servers")
    assert result["description"] == "found"
    assert result["description_placeholders"] == {
        "servers": "1",
        "metrics": "2",
        "alerts": "1",
    }
    entry = result["result"]
    await hass.async_block_till_done()
    assert {kept_token(hass, entry)} == bleemeo.refresh_tokens
    assert entry.unique_id == entry.data[CONF_ACCOUNT] == ACCOUNT
    assert bleemeo.password not in str(entry.as_dict())
    issues = ir.async_get(hass).issues.values()
    assert [issue.translation_key for issue in issues if issue.domain == DOMAIN] == []


@pytest.mark.usefixtures("external_url")
async def test_a_login_that_comes_to_nothing_is_given_back(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """Whether the set-up is abandoned, or its account has got an entry meanwhile."""
    for is_abandoned in (True, False):
        form = await choose(hass, await answer(hass, await start(hass)), "access")
        form = await answer(hass, form, **login(bleemeo))
        assert form["step_id"] == "name"
        assert len(bleemeo.refresh_tokens) == 1
        if is_abandoned:
            hass.config_entries.flow.async_abort(form["flow_id"])
        else:
            MockConfigEntry(domain=DOMAIN, unique_id=ACCOUNT).add_to_hass(hass)
            result = await answer(hass, form, name="Late")
            assert result["reason"] == "already_configured"
        await hass.async_block_till_done()
        assert not bleemeo.refresh_tokens


@pytest.mark.usefixtures("external_url")
async def test_two_set_ups_with_one_login_make_one_entry(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """Whichever is submitted first, at the same moment; the other login is given back."""
    forms = []
    for _ in range(2):
        form = await choose(hass, await answer(hass, await start(hass)), "access")
        forms.append(await answer(hass, form, **login(bleemeo)))
    await asyncio.gather(
        *(answer(hass, form, name=form["flow_id"]) for form in forms),
        return_exceptions=True,
    )
    await hass.async_block_till_done()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.unique_id == ACCOUNT
    assert {kept_token(hass, entry)} == bleemeo.refresh_tokens


@pytest.mark.usefixtures("external_url")
async def test_an_account_has_its_entry_also_while_that_cannot_be_set_up(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """A second entry would be there once the disk has room again."""
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    form = await answer(hass, form, **login(bleemeo))
    with patch.object(Handle, "connect", side_effect=OSError("no room")):
        result = await answer(hass, form, name="Servers")
    assert result["result"].state is ConfigEntryState.SETUP_RETRY
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    result = await answer(hass, form, **login(bleemeo))
    assert result["reason"] == "already_configured"


@pytest.mark.usefixtures("external_url")
async def test_what_was_told_of_an_account_is_over_when_it_gets_its_entry(
    hass: HomeAssistant,
    bleemeo: SimulatedApi,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Its alerts had come to the address of another one."""
    other = MockConfigEntry(
        domain=DOMAIN, unique_id=OTHER_ACCOUNT, data={CONF_WEBHOOK_ID: "other"}
    )
    await setup_integration(hass, other)
    other.runtime_data.hub.account.async_report(ACCOUNT)
    issue_id = f"account_mismatch_{other.entry_id}_{ACCOUNT}"
    assert issue_registry.async_get_issue(DOMAIN, issue_id)
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    form = await answer(hass, form, **login(bleemeo))
    await answer(hass, form, name="Servers")
    assert not issue_registry.async_get_issue(DOMAIN, issue_id)


@pytest.mark.usefixtures("external_url")
async def test_a_login_that_arrives_after_the_page_was_closed_is_given_back(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """Bleemeo may take a minute to answer, and a person less to give up."""
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    bleemeo.held = "/v1/account/"
    bleemeo.may_answer.clear()
    logging_in = hass.async_create_task(answer(hass, form, **login(bleemeo)))
    while not bleemeo.refresh_tokens:
        await asyncio.sleep(0.01)
    hass.config_entries.flow.async_abort(form["flow_id"])
    bleemeo.may_answer.set()
    with pytest.raises(UnknownFlow):
        await logging_in
    await hass.async_block_till_done()
    assert not bleemeo.refresh_tokens


async def test_a_cloudhook_that_arrives_after_the_page_was_closed_is_given_back(
    hass: HomeAssistant, cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing answers there."""
    generate = cloud.cloudhooks.generate

    async def slowly() -> object:
        [flow] = hass.config_entries.flow.async_progress(include_uninitialized=True)
        hass.config_entries.flow.async_abort(flow["flow_id"])
        return await generate()

    monkeypatch.setattr(cloud.cloudhooks, "generate", slowly)
    with pytest.raises(UnknownFlow):
        await start(hass)
    await hass.async_block_till_done()
    assert not cloud.urls
    assert not hass.data[WEBHOOK_DOMAIN]


@pytest.mark.usefixtures("external_url")
async def test_a_login_that_does_not_work_can_be_done_without(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """Bleemeo has the address already, and it would be worth nothing."""
    form = await start(hass)
    url = shown_url(form)
    form = await choose(hass, await answer(hass, form), "access")
    assert "without_access" not in fields(form)
    filled_in = {**login(bleemeo), CONF_PASSWORD: "wrong"}
    form = await answer(hass, form, **filled_in)
    assert form["errors"] == {"base": "invalid_auth"}
    assert "without_access" in fields(form)
    form = await answer(hass, form, **filled_in, without_access=True)
    assert form["step_id"] == "name"
    result = await answer(hass, form, name="Servers")
    assert url.endswith(result["data"][CONF_WEBHOOK_ID])
    assert set(result["data"]) == {CONF_WEBHOOK_ID, CONF_CLOUDHOOK}


async def test_what_was_found_is_said_without_an_address_too(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """With what is to do about the address."""
    form = await choose(hass, await choose(hass, await start(hass), "api"), "access")
    form = await answer(hass, form, **login(bleemeo))
    result = await answer(hass, form, name="Servers")
    assert result["description"] == "found_without_address"
    # nothing of it is open that could have told the account
    assert result["result"].unique_id == ACCOUNT


@pytest.mark.usefixtures("external_url")
async def test_an_entry_is_made_although_bleemeo_does_not_say_what_there_is(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """It is asked again later."""
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    form = await answer(hass, form, **login(bleemeo))
    bleemeo.faults["/v1/metric/"] = Fault(status=503, times=9)
    result = await answer(hass, form, name="Servers")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["description"] is None


@pytest.mark.usefixtures("external_url")
async def test_a_login_is_asked_for_until_it_works(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """The form says what is wrong with it, also in the part for developers."""
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    filled_in = login(bleemeo)
    form = await answer(hass, form, **{**filled_in, CONF_PASSWORD: "wrong"})
    assert form["errors"] == {"base": "invalid_auth"}
    form = await answer(
        hass, form, **{**filled_in, "developers": {CONF_URL: "http://api.example.com"}}
    )
    assert form["errors"] == {"base": "invalid_url"}
    form = await answer(hass, form, **filled_in)
    assert form["step_id"] == "name"


@pytest.mark.usefixtures("external_url")
async def test_of_several_accounts_those_without_an_entry_are_offered(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """Two entries for one account would announce each alert twice."""
    bleemeo.accounts[OTHER_ACCOUNT] = Account("Other")
    bleemeo.accounts[THIRD_ACCOUNT] = Account("Servers")
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    form = await answer(hass, form, **login(bleemeo))
    assert form["step_id"] == "account"
    last = await answer(hass, form, account=OTHER_ACCOUNT)
    assert suggested(last) == {CONF_NAME: "Other"}
    for uid, title in ((ACCOUNT, "Servers"), (OTHER_ACCOUNT, "Other")):
        MockConfigEntry(domain=DOMAIN, unique_id=uid, title=title).add_to_hass(hass)
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    form = await answer(hass, form, **login(bleemeo))
    # the only one that is left, whose name another entry has
    assert suggested(form) == {CONF_NAME: "Servers 2"}

    result = await answer(hass, last, name="Late")
    assert result["reason"] == "already_configured"

    MockConfigEntry(domain=DOMAIN, unique_id=THIRD_ACCOUNT).add_to_hass(hass)
    form = await choose(hass, await answer(hass, await start(hass)), "access")
    result = await answer(hass, form, **login(bleemeo))
    assert result["reason"] == "already_configured"


@pytest.mark.usefixtures("external_url")
async def test_reconfigure_shows_the_address_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It does not change anything unless asked to."""
    await setup_integration(hass, entry)
    before = dict(entry.data)
    form = await entry.start_reconfigure_flow(hass)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "reconfigure"
    assert shown_url(form) == f"https://home.example.com{WEBHOOK_PATH}"
    result = await answer(hass, form, address="typed", replace_address=False)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert dict(entry.data) == before


@pytest.mark.parametrize("is_connected", [True, False])
@pytest.mark.parametrize("has_cloudhook", [True, False])
@pytest.mark.usefixtures("external_url")
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
    if has_cloudhook:
        assert shown_url(form) == cloud.urls[WEBHOOK_ID]
    else:
        assert shown_url(form) == f"https://home.example.com{WEBHOOK_PATH}"
    result = await answer(hass, form, replace_address=False)
    assert result["reason"] == "reconfigure_successful"
    assert (dict(entry.data), cloud.urls) == before


@pytest.mark.parametrize("url", [None, "https://192.168.1.5:8123"])
async def test_reconfigure_shows_no_address_that_cannot_work(
    hass: HomeAssistant, entry: MockConfigEntry, url: str | None
) -> None:
    """A person looks again once it can, or closes the page."""
    await hass.config.async_update(external_url=url)
    await setup_integration(hass, entry)
    menu = await entry.start_reconfigure_flow(hass)
    assert menu["step_id"] == ("private_address" if url else "no_external_url")
    assert menu["menu_options"] == ["reconfigure", "keep"]
    result = await choose(hass, menu, "keep")
    assert result["reason"] == "reconfigure_successful"

    menu = await entry.start_reconfigure_flow(hass)
    await hass.config.async_update(external_url="https://home.example.com")
    form = await choose(hass, menu, "reconfigure")
    assert shown_url(form) == f"https://home.example.com{WEBHOOK_PATH}"


async def test_an_address_at_which_an_alert_arrived_is_shown_whatever_the_settings(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """A reverse proxy may know more than Home Assistant."""
    await hass.config.async_update(external_url="https://192.168.1.5:8123")
    await setup_integration(hass, entry)
    client = await hass_client_no_auth()
    await client.post(WEBHOOK_PATH, json=payload())
    form = await entry.start_reconfigure_flow(hass)
    assert shown_url(form) == f"https://192.168.1.5:8123{WEBHOOK_PATH}"


async def test_reconfigure_warns_of_an_address_without_encryption(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """And shows it to a person who wants it so."""
    await hass.config.async_update(external_url="http://home.example.com")
    await setup_integration(hass, entry)
    menu = await entry.start_reconfigure_flow(hass)
    assert menu["step_id"] == "plain_http"
    # as the frontend does to show a flow that is under way
    again = await hass.config_entries.flow.async_configure(menu["flow_id"])
    assert (again["step_id"], again["menu_options"]) == (
        "plain_http",
        ["reconfigure", "use_plain_http", "keep"],
    )
    form = await choose(hass, again, "use_plain_http")
    assert shown_url(form) == f"http://home.example.com{WEBHOOK_PATH}"


@pytest.mark.usefixtures("external_url")
async def test_a_replaced_address_works_at_once_and_the_old_one_says_that_it_is_gone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """What is sent to the old one is refused; Home Assistant alone would say 200."""
    await setup_integration(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    form = await answer(hass, form, replace_address=True)
    assert form["step_id"] == "new_address"
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    assert webhook_id != WEBHOOK_ID
    assert shown_url(form) == f"https://home.example.com/api/webhook/{webhook_id}"
    result = await answer(hass, form)
    assert result["reason"] == "address_changed"

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
    form = await answer(hass, form, replace_address=True)
    assert form["step_id"] == "new_address"
    [early] = answers
    assert (early.status, await early.json()) == (200, {"result": "changed"})
    assert (await client.post(WEBHOOK_PATH, json=payload())).status == 410


async def test_a_replaced_cloudhook_stays_to_say_that_it_is_gone(
    hass: HomeAssistant, cloud: SimulatedCloud, cloudhook_entry: MockConfigEntry
) -> None:
    """Without it, Home Assistant Cloud would answer, nobody knows what."""
    form = await cloudhook_entry.start_reconfigure_flow(hass)
    former = shown_url(form)
    form = await answer(hass, form, replace_address=True)
    webhook_id = cloudhook_entry.data[CONF_WEBHOOK_ID]
    assert cloudhook_entry.data[CONF_CLOUDHOOK] is True
    assert cloud.urls[webhook_id] == shown_url(form) != former
    assert cloud.urls[WEBHOOK_ID] == former


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
    form = await answer(hass, form, replace_address=True)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "cloud_away"}
    assert (form["description_placeholders"] or {})["error"]
    assert (dict(entry.data), cloud.urls) == before
    client = await hass_client_no_auth()
    response = await client.post(WEBHOOK_PATH, json=payload())
    assert response.status == 200

    cloud.cloudhooks.error, cloud.iot.connected = None, True
    form = await answer(hass, form, replace_address=True)
    assert form["step_id"] == "new_address"


@pytest.mark.usefixtures("external_url")
async def test_an_external_url_can_be_replaced_while_the_cloud_is_away(
    hass: HomeAssistant, cloud: SimulatedCloud, entry: MockConfigEntry
) -> None:
    """It never needed the cloud, and somebody else may know it."""
    cloud.cloudhooks.error = TimeoutError()
    await setup_integration(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    form = await answer(hass, form, replace_address=True)
    assert shown_url(form).startswith("https://home.example.com/")


@pytest.mark.usefixtures("external_url")
async def test_reconfigure_takes_a_cloudhook_if_a_person_says_so(
    hass: HomeAssistant, cloud: SimulatedCloud, entry: MockConfigEntry
) -> None:
    """For users who have subscribed to the cloud since."""
    entry.add_to_hass(hass)
    form = await entry.start_reconfigure_flow(hass)
    assert shown_url(form).endswith(WEBHOOK_PATH)
    form = await answer(hass, form, replace_address=False, use_cloud=True)
    assert form["step_id"] == "new_address"
    assert cloud.urls == {WEBHOOK_ID: shown_url(form)}
    assert entry.data == {CONF_WEBHOOK_ID: WEBHOOK_ID, CONF_CLOUDHOOK: True}


@pytest.mark.usefixtures("external_url")
async def test_reconfigure_leaves_a_cloud_that_is_signed_out_if_a_person_says_so(
    hass: HomeAssistant, cloud: SimulatedCloud, cloudhook_entry: MockConfigEntry
) -> None:
    """The page says that no alert arrives, and offers an address that works."""
    cloud.is_logged_in = cloud.iot.connected = False
    menu = await cloudhook_entry.start_reconfigure_flow(hass)
    assert menu["step_id"] == "cloudhook_lost"
    assert menu["menu_options"] == ["reconfigure", "external_url", "keep"]
    assert cloudhook_entry.data[CONF_CLOUDHOOK] is True
    form = await choose(hass, menu, "external_url")
    assert form["step_id"] == "new_address"
    assert shown_url(form) == f"https://home.example.com{WEBHOOK_PATH}"
    assert cloudhook_entry.data[CONF_CLOUDHOOK] is False


@pytest.mark.usefixtures("external_url")
async def test_a_cloudhook_that_was_deleted_is_told_and_can_be_replaced(
    hass: HomeAssistant,
    cloud: SimulatedCloud,
    cloudhook_entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """By a switch on the page of the cloud; no other address is shown as if in use."""
    entry, issue = cloudhook_entry, f"cloudhook_deleted_{cloudhook_entry.entry_id}"
    former = cloud.urls[WEBHOOK_ID]
    assert not issue_registry.async_get_issue(DOMAIN, issue)
    await cloud.cloudhooks.async_delete(WEBHOOK_ID)
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, issue)
    assert (await async_prove(hass, entry)).outcome is Outcome.NO_ADDRESS
    menu = await entry.start_reconfigure_flow(hass)
    assert menu["step_id"] == "cloudhook_deleted"
    assert menu["menu_options"] == ["new_cloudhook", "external_url", "keep"]
    cloud.cloudhooks.error = TimeoutError("away")
    menu = await choose(hass, menu, "new_cloudhook")
    assert menu["step_id"] == "cloud_away"
    assert menu["menu_options"] == ["new_cloudhook", "external_url", "keep"]
    cloud.cloudhooks.error = None
    form = await choose(hass, menu, "new_cloudhook")
    assert form["step_id"] == "new_address"
    assert shown_url(form) == cloud.urls[WEBHOOK_ID] != former
    await hass.async_block_till_done()
    assert not issue_registry.async_get_issue(DOMAIN, issue)


@pytest.mark.usefixtures("external_url")
async def test_a_cloudhook_that_was_deleted_can_be_done_without(
    hass: HomeAssistant, cloud: SimulatedCloud, cloudhook_entry: MockConfigEntry
) -> None:
    """The address at the external URL takes its place."""
    await cloud.cloudhooks.async_delete(WEBHOOK_ID)
    menu = await cloudhook_entry.start_reconfigure_flow(hass)
    form = await choose(hass, menu, "external_url")
    assert form["step_id"] == "new_address"
    assert shown_url(form) == f"https://home.example.com{WEBHOOK_PATH}"
    assert cloudhook_entry.data[CONF_CLOUDHOOK] is False


async def test_a_cloud_is_not_left_for_an_address_that_cannot_work(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Not even where the cloud is not set up any more."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CLOUDHOOK: True}
    )
    menu = await entry.start_reconfigure_flow(hass)
    assert menu["step_id"] == "cloudhook_lost"
    menu = await choose(hass, menu, "external_url")
    assert menu["step_id"] == "no_external_url"
    assert entry.data[CONF_CLOUDHOOK] is True


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


async def test_a_renewed_login_that_arrives_after_the_page_was_closed_is_given_back(
    hass: HomeAssistant, bleemeo: SimulatedApi, entry_with_access: MockConfigEntry
) -> None:
    """As when the token works again meanwhile; the entry goes on with that."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    form = await start_reauth(hass, entry)
    before, tokens = dict(entry.data), set(bleemeo.refresh_tokens)
    bleemeo.held = "/v1/account/"
    bleemeo.may_answer.clear()
    filled_in = {CONF_USERNAME: bleemeo.username, CONF_PASSWORD: bleemeo.password}
    logging_in = hass.async_create_task(answer(hass, form, **filled_in))
    while bleemeo.refresh_tokens == tokens:
        await asyncio.sleep(0.01)
    hass.config_entries.flow.async_abort(form["flow_id"])
    bleemeo.may_answer.set()
    with pytest.raises(UnknownFlow):
        await logging_in
    await hass.async_block_till_done()
    assert dict(entry.data) == before
    assert bleemeo.refresh_tokens == tokens


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
        form = await answer(hass, form, replace_address=True)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "address_not_stored"}
    assert (form["description_placeholders"] or {})["error"] == "no room"
    assert (dict(entry.data), cloud.urls) == before
    client = await hass_client_no_auth()
    assert (await client.post(WEBHOOK_PATH, json=payload())).status == 200
    form = await answer(hass, form, replace_address=True)
    assert form["step_id"] == "new_address"


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
    await answer(hass, form, replace_address=True)
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
    await answer(hass, await entry.start_reconfigure_flow(hass), replace_address=True)
    await hass.config_entries.async_unload(entry.entry_id)
    await answer(hass, await entry.start_reconfigure_flow(hass), replace_address=True)
    newest = entry.data[CONF_WEBHOOK_ID]
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.data[CONF_WEBHOOK_ID] == newest


@pytest.mark.usefixtures("external_url")
async def test_a_new_address_leaves_the_journal_once_it_was_read_from_the_entry(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """At the next start, to the last byte: until then, only there it is sure to be kept."""
    await setup_integration(hass, entry)
    await answer(hass, await entry.start_reconfigure_flow(hass), replace_address=True)
    journal = journal_path(hass, entry)
    secret = entry.data[CONF_WEBHOOK_ID].encode()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    assert secret in journal.read_bytes()
    hass.set_state(CoreState.not_running)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.running)
    assert secret not in journal.read_bytes()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.data[CONF_WEBHOOK_ID].encode() == secret
