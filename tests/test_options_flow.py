"""Tests of the options, and of giving and removing access to Bleemeo's API."""

import asyncio
from pathlib import Path
import time
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import (
    CONF_ACCOUNT,
    CONF_AGREEMENT_INTERVAL,
    CONF_CLOUDHOOK,
    CONF_CONNECTION_METRIC,
    CONF_EXPIRE_DAYS,
    CONF_FLAPPING_THRESHOLD,
    CONF_KEEP_TEXTS,
    CONF_MAX_AGE_DAYS,
    CONF_MAX_AGENTS,
    CONF_MAX_DELIVERIES,
    CONF_MAX_METRICS,
    CONF_REFRESH_TOKEN,
    CONF_WATCHDOG_DAYS,
    DOMAIN,
)
from custom_components.bleemeo.core import MAX_NAME_LENGTH
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from scripts.simulated_api import Account, Fault, SimulatedApi

from . import (
    ACCOUNT,
    AGENT,
    OTHER_ACCOUNT,
    WEBHOOK_ID,
    WEBHOOK_PATH,
    a_day,
    kept_token,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
    states,
)

METRICS_PATH = "/v1/metric/"


async def choose(
    hass: HomeAssistant, entry: MockConfigEntry, step: str
) -> ConfigFlowResult:
    """Open the options and select from the menu."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["type"] is FlowResultType.MENU
    assert step in menu["menu_options"]
    return await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": step}
    )


async def answer(
    hass: HomeAssistant, form: ConfigFlowResult, answers: dict[str, Any]
) -> ConfigFlowResult:
    """Submit a form and return the next step."""
    return await hass.config_entries.options.async_configure(form["flow_id"], answers)


def login(bleemeo: SimulatedApi, url: str | None = None) -> dict[str, Any]:
    """Return a user's input: also that in the section for developers."""
    return {
        CONF_USERNAME: bleemeo.username,
        CONF_PASSWORD: bleemeo.password,
        "developers": {CONF_URL: url or bleemeo.url},
    }


async def test_options_are_kept_and_apply(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Without changing the rest of the entry."""
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "general")
    assert form["type"] is FlowResultType.FORM
    result = await answer(
        hass,
        form,
        {
            CONF_FLAPPING_THRESHOLD: 3,
            CONF_MAX_DELIVERIES: 500,
            CONF_WATCHDOG_DAYS: 14,
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.options == {
        CONF_CONNECTION_METRIC: "",
        CONF_FLAPPING_THRESHOLD: 3,
        CONF_MAX_DELIVERIES: 500,
        CONF_MAX_AGE_DAYS: 90,
        CONF_KEEP_TEXTS: True,
        CONF_WATCHDOG_DAYS: 14,
    }
    assert entry.runtime_data.hub.board._flapping_threshold == 3


async def test_a_metric_can_be_named_that_says_whether_a_server_is_connected(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """While it is open, the server's others depend on it; an emptied field takes it back."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload(status=2))
    ping = payload(
        metric="00000000-0000-4000-8000-000000000001",
        title="web01.example.com - Ping is Critical",
        status=2,
    )
    await receive_alert(entry, ping)
    for answers, dependent in (({CONF_CONNECTION_METRIC: " ping "}, True), ({}, False)):
        form = await choose(hass, entry, "general")
        await answer(hass, form, answers)
        await hass.async_block_till_done()
        cpu = hass.states.get("sensor.web01_example_com_cpu")
        assert cpu is not None
        assert cpu.attributes["dependent"] is dependent
        assert cpu.attributes["needs_attention"] is not dependent


async def test_limits_are_kept_beside_the_general_options_and_apply(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Each form leaves what the other one asked for."""
    await setup_integration(hass, entry)
    await answer(hass, await choose(hass, entry, "general"), {})
    form = await choose(hass, entry, "limits")
    await answer(hass, form, {CONF_MAX_METRICS: 7, CONF_EXPIRE_DAYS: 0})
    await hass.async_block_till_done()
    limits = {CONF_MAX_METRICS: 7, CONF_MAX_AGENTS: 1000, CONF_EXPIRE_DAYS: 0}
    assert entry.options.items() > limits.items()
    assert entry.runtime_data.hub.bounds.max_metrics == 7
    await answer(hass, await choose(hass, entry, "general"), {})
    await hass.async_block_till_done()
    assert entry.options.items() > limits.items()


async def test_a_limit_is_not_below_what_there_is(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It would keep out all that is new, and nobody would have said so."""
    await setup_integration(hass, entry)
    for alert in a_day():
        await receive_alert(entry, alert)
    board = entry.runtime_data.hub.board
    form = await choose(hass, entry, "limits")
    result = await answer(hass, form, {CONF_MAX_METRICS: 1, CONF_MAX_AGENTS: 1})
    assert result["errors"] == dict.fromkeys(
        (CONF_MAX_METRICS, CONF_MAX_AGENTS), "limit_too_low"
    )
    assert result["description_placeholders"] == {
        "metrics": str(len(board.metrics)),
        "servers": str(len(board.agents)),
    }
    present = {
        CONF_MAX_METRICS: len(board.metrics),
        CONF_MAX_AGENTS: len(board.agents),
    }
    await answer(hass, result, present)
    # the options reload the entry
    await hass.async_block_till_done()
    assert entry.options.items() > present.items()


async def test_the_interval_is_asked_for_where_there_is_access(
    hass: HomeAssistant, entry_with_access: MockConfigEntry
) -> None:
    """The option stays when the access is removed."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "general")
    await answer(hass, form, {CONF_AGREEMENT_INTERVAL: 0})
    await hass.async_block_till_done()
    assert entry.options[CONF_AGREEMENT_INTERVAL] == 0
    form = await choose(hass, entry, "remove_access")
    await answer(hass, form, {})
    await hass.async_block_till_done()
    form = await choose(hass, entry, "general")
    await answer(hass, form, {CONF_FLAPPING_THRESHOLD: 4})
    await hass.async_block_till_done()
    assert entry.options[CONF_AGREEMENT_INTERVAL] == 0


async def test_how_long_silence_may_last_follows_the_access_until_it_is_chosen(
    hass: HomeAssistant, entry_with_access: MockConfigEntry
) -> None:
    """Off without access; with it, each answer counts as heard."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    for days, kept in ((7, None), (0, 0), (7, None)):
        form = await choose(hass, entry, "general")
        await answer(hass, form, {CONF_WATCHDOG_DAYS: days})
        await hass.async_block_till_done()
        assert entry.options.get(CONF_WATCHDOG_DAYS) == kept
    form = await choose(hass, entry, "remove_access")
    await answer(hass, form, {})
    await hass.async_block_till_done()
    form = await choose(hass, entry, "general")
    assert form["data_schema"] is not None
    [shown] = [
        each for each in form["data_schema"].schema if each == CONF_WATCHDOG_DAYS
    ]
    assert shown.description == {"suggested_value": 0}


async def test_access_is_given_with_a_login_and_used_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, bleemeo: SimulatedApi, account: Account
) -> None:
    """Only its token is stored."""
    account.add_metric(AGENT, "cpu_used", "critical")
    await setup_integration(hass, entry)
    assert not any("check_now" in entity_id for entity_id in states(hass))
    form = await choose(hass, entry, "access")
    assert form["step_id"] == "access"
    result = await answer(hass, form, login(bleemeo))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "access_given"
    assert result["description_placeholders"] == {
        "servers": "1",
        "metrics": "1",
        "alerts": "1",
    }
    await settle_agreement(hass, entry)
    await look_again(hass, entry)
    (token,) = bleemeo.refresh_tokens
    assert entry.data == {
        CONF_WEBHOOK_ID: WEBHOOK_ID,
        CONF_CLOUDHOOK: False,
        CONF_URL: bleemeo.url,
        CONF_ACCOUNT: ACCOUNT,
        CONF_REFRESH_TOKEN: entry.data[CONF_REFRESH_TOKEN],
    }
    assert kept_token(hass, entry) == token
    assert entry.unique_id == ACCOUNT
    shown = states(hass)
    assert shown["sensor.web01_cpu_used"] == "critical"
    # nobody had chosen a name
    assert entry.title == "Servers"
    assert "button.servers_check_now" in shown
    assert shown["sensor.servers_corrected_statuses"] == "1"


async def test_a_name_that_a_person_chose_stays(
    hass: HomeAssistant, bleemeo: SimulatedApi
) -> None:
    """And the access is kept although Bleemeo has not said yet what there is."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Ours",
        data={CONF_WEBHOOK_ID: WEBHOOK_ID, CONF_CLOUDHOOK: False},
    )
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    bleemeo.faults[METRICS_PATH] = Fault(status=503, times=9)
    result = await answer(hass, form, login(bleemeo))
    assert result["reason"] == "access_given_unanswered"
    assert entry.title == "Ours"
    assert CONF_REFRESH_TOKEN in entry.data


async def test_the_address_of_the_api_is_for_developers(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """It is in a section that is closed, and one that was set is kept."""
    await setup_integration(hass, entry_with_access)
    form = await choose(hass, entry_with_access, "access")
    assert form["data_schema"] is not None
    fields = form["data_schema"].schema
    assert set(fields) == {CONF_USERNAME, CONF_PASSWORD, "developers"}
    assert fields["developers"].options["collapsed"] is True
    filled_in = login(bleemeo)
    del filled_in["developers"]
    result = await answer(hass, form, filled_in)
    assert result["reason"] == "access_given"
    assert entry_with_access.data[CONF_URL] == bleemeo.url


async def test_a_login_with_several_accounts_asks_which(
    hass: HomeAssistant, entry: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """If no alert has named it yet."""
    bleemeo.accounts[OTHER_ACCOUNT] = Account("Other")
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    form = await answer(hass, form, login(bleemeo))
    assert form["step_id"] == "account"
    result = await answer(hass, form, {CONF_ACCOUNT: OTHER_ACCOUNT})
    assert result["reason"] == "access_given"
    await hass.async_block_till_done()
    assert entry.data[CONF_ACCOUNT] == entry.unique_id == OTHER_ACCOUNT


async def test_accounts_of_one_name_can_be_told_apart(
    hass: HomeAssistant, entry: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """By the beginnings of their ids; a name is on one line, and no longer than one."""
    bleemeo.accounts[ACCOUNT].name = "Our\nservers " + "x" * 5000
    third = str(UUID(int=7))
    for uid in (OTHER_ACCOUNT, third):
        bleemeo.accounts[uid] = Account("Servers")
    await setup_integration(hass, entry)
    form = await answer(hass, await choose(hass, entry, "access"), login(bleemeo))
    assert form["data_schema"] is not None
    [selector] = form["data_schema"].schema.values()
    labels = {each["value"]: each["label"] for each in selector.config["options"]}
    assert labels.pop(ACCOUNT) == ("Our servers " + "x" * 5000)[:MAX_NAME_LENGTH]
    assert labels == {
        OTHER_ACCOUNT: f"Servers ({OTHER_ACCOUNT[:8]})",
        third: "Servers (00000000)",
    }
    await answer(hass, form, {CONF_ACCOUNT: ACCOUNT})
    await hass.async_block_till_done()
    # a person may not give it a longer one either
    assert entry.title == ("Our servers " + "x" * 5000)[:96]


async def test_the_account_of_the_alerts_is_the_one_that_is_asked(
    hass: HomeAssistant, entry: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """A login without this account is rejected."""
    bleemeo.accounts[OTHER_ACCOUNT] = Account("Other")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, unique_id=OTHER_ACCOUNT)
    await hass.config_entries.async_setup(entry.entry_id)
    form = await choose(hass, entry, "access")
    other = bleemeo.accounts.pop(OTHER_ACCOUNT)
    form = await answer(hass, form, login(bleemeo))
    assert form["errors"] == {"base": "wrong_account"}
    bleemeo.accounts[OTHER_ACCOUNT] = other
    result = await answer(hass, form, login(bleemeo))
    assert result["reason"] == "access_given"
    await hass.async_block_till_done()
    assert entry.data[CONF_ACCOUNT] == OTHER_ACCOUNT


async def test_an_account_that_was_refused_elsewhere_has_its_entry_now(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    bleemeo: SimulatedApi,
    issue_registry: ir.IssueRegistry,
) -> None:
    """What was told about the other entry is over, before any alert arrives here."""
    other = MockConfigEntry(
        domain=DOMAIN, unique_id=OTHER_ACCOUNT, data={CONF_WEBHOOK_ID: "other"}
    )
    await setup_integration(hass, other)
    other.runtime_data.hub.account.async_report(ACCOUNT)
    issue_id = f"account_mismatch_{other.entry_id}_{ACCOUNT}"
    assert issue_registry.async_get_issue(DOMAIN, issue_id)
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    result = await answer(hass, form, login(bleemeo))
    assert result["reason"] == "access_given"
    assert not issue_registry.async_get_issue(DOMAIN, issue_id)
    await hass.async_block_till_done()
    await settle_agreement(hass, entry)


async def test_an_account_belongs_to_one_entry(
    hass: HomeAssistant, entry: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """Two entries would announce each alert twice."""
    other = MockConfigEntry(
        domain=DOMAIN, unique_id=ACCOUNT, data=entry.data | {CONF_WEBHOOK_ID: "other"}
    )
    other.add_to_hass(hass)
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    result = await answer(hass, form, login(bleemeo))
    assert result["reason"] == "already_configured"
    assert CONF_REFRESH_TOKEN not in entry.data


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://api.example.com", "invalid_url"),
        ("ftp://127.0.0.1", "invalid_url"),
        ("api.bleemeo.com", "invalid_url"),
        ("https://[half", "invalid_url"),
        ("http://127.0.0.1:9", "cannot_connect"),
    ],
)
async def test_a_password_goes_nowhere_unencrypted(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    bleemeo: SimulatedApi,
    url: str,
    error: str,
) -> None:
    """Except to this machine itself."""
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    form = await answer(hass, form, login(bleemeo, url))
    assert form["errors"] == {"base": error}
    result = await answer(hass, form, login(bleemeo))
    assert result["reason"] == "access_given"
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("fault", "error", "placeholders"),
    [
        (Fault(status=400, body='{"error": "invalid_grant"}'), "invalid_auth", {}),
        (
            Fault(status=403, body="<h1>Forbidden</h1>"),
            "api_failing",
            {"error": "HTTP 403"},
        ),
        (Fault(status=503), "api_failing", {"error": "HTTP 503"}),
        (
            Fault(status=429, headers={"Retry-After": "30"}),
            "api_pause",
            {"seconds": "30"},
        ),
        (
            Fault(status=404),
            "api_unusable",
            {"error": "HTTP 404"},
        ),
    ],
)
async def test_what_is_wrong_with_a_login_is_told_and_can_be_mended(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    bleemeo: SimulatedApi,
    fault: Fault,
    error: str,
    placeholders: dict[str, str],
) -> None:
    """If the service is away, the password is not blamed."""
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    bleemeo.faults["/o/token/"] = fault
    fault.times = 1
    form = await answer(hass, form, login(bleemeo))
    assert form["errors"] == {"base": error}
    assert form["description_placeholders"] == placeholders
    result = await answer(hass, form, login(bleemeo))
    assert result["reason"] == "access_given"
    await hass.async_block_till_done()


@pytest.mark.parametrize("is_away", [False, True])
async def test_removed_access_leaves_nothing_behind(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    entity_registry: er.EntityRegistry,
    hass_storage: dict[str, Any],
    is_away: bool,
) -> None:
    """Neither here nor, if it can be reached, at Bleemeo."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    assert f"{DOMAIN}.{entry.entry_id}.catalogue" in hass_storage
    if is_away:
        bleemeo.faults["/o/token/"] = Fault(status=503)
        bleemeo.faults["/o/revoke_token/"] = Fault(status=503)
    form = await choose(hass, entry, "remove_access")
    assert form["type"] is FlowResultType.FORM
    result = await answer(hass, form, {})
    assert result["reason"] == "access_removed"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data == {CONF_WEBHOOK_ID: WEBHOOK_ID, CONF_CLOUDHOOK: False}
    assert bool(bleemeo.refresh_tokens) is is_away
    assert f"{DOMAIN}.{entry.entry_id}.catalogue" not in hass_storage
    assert not any(
        key in entity_id
        for entity_id in [*states(hass), *entity_registry.entities]
        for key in ("check_now", "agreement", "corrected")
    )
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["menu_options"] == ["general", "limits", "access"]


async def test_trouble_with_the_api_ends_with_the_access(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Nothing would settle it later."""
    entry = entry_with_access
    bleemeo.faults[METRICS_PATH] = Fault(body="[]")
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    told = {issue.translation_key for issue in issue_registry.issues.values()}
    assert "api_unusable" in told
    form = await choose(hass, entry, "remove_access")
    await answer(hass, form, {})
    await hass.async_block_till_done()
    told = {issue.translation_key for issue in issue_registry.issues.values()}
    assert "api_unusable" not in told


async def test_alerts_are_taken_while_access_is_removed_and_bleemeo_stalls(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """They do not need the API."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    client = await hass_client_no_auth()
    bleemeo.faults["/o/revoke_token/"] = Fault(stalls=True)
    form = await choose(hass, entry, "remove_access")
    removing = hass.async_create_task(answer(hass, form, {}))
    async with asyncio.timeout(5):
        await bleemeo.met_fault("/o/revoke_token/")
    response = await client.post(WEBHOOK_PATH, json=payload())
    assert response.status == 200
    bleemeo._released.set()
    assert (await removing)["reason"] == "access_removed"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_tokens_that_nothing_uses_are_given_back(
    hass: HomeAssistant, entry: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """Of a login that was not gone on with, and of one that another replaced."""
    bleemeo.accounts[OTHER_ACCOUNT] = Account("Other")
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    form = await answer(hass, form, login(bleemeo))
    assert form["step_id"] == "account"
    assert len(bleemeo.refresh_tokens) == 1
    hass.config_entries.options.async_abort(form["flow_id"])
    await hass.async_block_till_done()
    assert not bleemeo.refresh_tokens

    del bleemeo.accounts[OTHER_ACCOUNT]
    for _ in range(2):
        form = await choose(hass, entry, "access")
        result = await answer(hass, form, login(bleemeo))
        assert result["reason"] == "access_given"
        await hass.async_block_till_done()
        await settle_agreement(hass, entry)
        assert {kept_token(hass, entry)} == bleemeo.refresh_tokens
    hass.config_entries.async_update_entry(entry, unique_id=OTHER_ACCOUNT)
    form = await choose(hass, entry, "access")
    form = await answer(hass, form, login(bleemeo))
    assert form["errors"] == {"base": "wrong_account"}
    assert {kept_token(hass, entry)} == bleemeo.refresh_tokens


async def test_a_login_that_arrives_after_the_page_was_closed_is_given_back(
    hass: HomeAssistant, entry: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """The entry is as it was."""
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    bleemeo.held = "/v1/account/"
    bleemeo.may_answer.clear()
    logging_in = hass.async_create_task(answer(hass, form, login(bleemeo)))
    while not bleemeo.refresh_tokens:
        await asyncio.sleep(0.01)
    hass.config_entries.options.async_abort(form["flow_id"])
    bleemeo.may_answer.set()
    with pytest.raises(UnknownFlow):
        await logging_in
    await hass.async_block_till_done()
    assert not bleemeo.refresh_tokens
    assert CONF_REFRESH_TOKEN not in entry.data


@pytest.mark.parametrize("has_it", [True, False])
async def test_an_alert_that_tells_the_account_while_it_is_asked_for_counts(
    hass: HomeAssistant, entry: MockConfigEntry, bleemeo: SimulatedApi, has_it: bool
) -> None:
    """What is here already would be of another account than what comes."""
    for uid in (OTHER_ACCOUNT, str(UUID(int=7))):
        bleemeo.accounts[uid] = Account(uid)
    if not has_it:
        del bleemeo.accounts[ACCOUNT]
    await setup_integration(hass, entry)
    form = await choose(hass, entry, "access")
    form = await answer(hass, form, login(bleemeo))
    assert form["step_id"] == "account"
    await receive_alert(entry, payload())
    form = await answer(hass, form, {CONF_ACCOUNT: OTHER_ACCOUNT})
    assert entry.unique_id == ACCOUNT
    assert CONF_REFRESH_TOKEN not in entry.data
    if has_it:
        assert form["step_id"] == "account"
        result = await answer(hass, form, {CONF_ACCOUNT: ACCOUNT})
        assert result["reason"] == "access_given"
        await hass.async_block_till_done()
        assert entry.data[CONF_ACCOUNT] == ACCOUNT
    else:
        assert form["step_id"] == "access"
        assert form["errors"] == {"base": "wrong_account"}
        await hass.async_block_till_done()
        assert not bleemeo.refresh_tokens


async def test_nobody_waits_long_for_a_token_to_be_revoked(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """The entry is gone although Bleemeo stalls."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    bleemeo.expire()
    for path in ("/o/token/", "/o/revoke_token/"):
        bleemeo.faults[path] = Fault(stalls=True)
    entry.runtime_data.agreement._start()
    await bleemeo.met_fault("/o/token/")
    start = time.monotonic()
    await hass.config_entries.async_remove(entry.entry_id)
    assert time.monotonic() - start < 6
    folder = Path(hass.config.path(".storage"))
    assert not list(folder.glob(f"{DOMAIN}*"))


async def test_a_removed_entry_gives_its_token_back(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, bleemeo: SimulatedApi
) -> None:
    """Nothing uses it any more."""
    await setup_integration(hass, entry_with_access)
    await settle_agreement(hass, entry_with_access)
    with patch("custom_components.bleemeo.api.access._LOGGER.info") as info:
        await hass.config_entries.async_remove(entry_with_access.entry_id)
    assert not bleemeo.refresh_tokens
    info.assert_not_called()
