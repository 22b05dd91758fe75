"""Contract: the names under which Home Assistant stores what belongs to an entry.

They are in its storage and backups, and an older or newer version reads them.
"""

from datetime import datetime, timedelta
import json
from pathlib import Path
import re
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.hub import TROUBLES
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from scripts.simulated_api import Account, SimulatedApi
from tests import payload, receive_alert, settle_agreement, setup_integration

ENTRY_DATA = {"webhook_id": "a-secret-that-only-bleemeo-knows", "cloudhook": False}
OPTIONS = {
    "connection_metric": "",
    "flapping_threshold": 6,
    "max_deliveries": 10_000,
    "max_age_days": 90,
    "keep_texts": True,
}
LIMITS = {"max_metrics": 5000, "max_agents": 1000, "expire_days": 180}
OPTIONS_WITH_ACCESS = OPTIONS | {"agreement_interval": 6, "tag_labels": False}
ISSUES = {
    "account_mismatch",
    "agent_duplicated",
    "alerts_missing",
    "api_away",
    "api_failing",
    "api_list_doubtful",
    "api_token_not_kept",
    "api_unusable",
    "bounds_reached",
    "cloudhook_deleted",
    "cloudhook_lost",
    "entity_cap",
    "agent_replaced",
    "journal_damaged",
    "journal_missing",
    "journal_not_written",
    "no_external_url",
    "nothing_heard",
    "old_address_used",
    "plain_http",
    "private_address",
}


def stored_entry(**more: Any) -> MockConfigEntry:
    """Return an entry as it is read from Home Assistant's storage."""
    return MockConfigEntry(
        domain="bleemeo",
        title="Bleemeo",
        entry_id="01JBLEEMEO0000000000000000",
        version=1,
        minor_version=1,
        data=ENTRY_DATA | more,
    )


def token_file(hass: HomeAssistant) -> Path:
    """Return the path of the file with the newest token of the entry."""
    return Path(
        hass.config.path(".storage", "bleemeo.01JBLEEMEO0000000000000000.token")
    )


async def test_data_of_an_entry(hass: HomeAssistant) -> None:
    """As the set-up form leaves it."""
    await hass.config.async_update(external_url="https://home.example.com")
    form = await hass.config_entries.flow.async_init(
        "bleemeo", context={"source": "user"}
    )
    for answer in ({}, {"next_step_id": "name"}, {"name": "Servers"}):
        done = await hass.config_entries.flow.async_configure(form["flow_id"], answer)
    assert done["title"] == "Servers"
    assert done["data"].keys() == {"webhook_id", "cloudhook"}
    assert (done["version"], done["minor_version"]) == (1, 1)
    assert done["result"].options == {}


async def test_data_of_an_entry_whose_address_was_replaced(hass: HomeAssistant) -> None:
    """As the form leaves it; a later version answers at the old address."""
    await hass.config.async_update(external_url="https://home.example.com")
    entry = stored_entry()
    await setup_integration(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    await hass.config_entries.flow.async_configure(
        form["flow_id"], {"replace_address": True}
    )
    [replaced] = entry.data["replaced_addresses"]
    assert entry.data.keys() == {*ENTRY_DATA, "replaced_addresses"}
    assert replaced == ENTRY_DATA | {"replaced_at": replaced["replaced_at"]}
    assert datetime.fromisoformat(replaced["replaced_at"]).utcoffset() == timedelta()


async def test_data_and_options_of_an_entry_with_access(
    hass: HomeAssistant, bleemeo: SimulatedApi, account: Account
) -> None:
    """As the options leave it: a token instead of the password."""
    entry = stored_entry()
    await setup_integration(hass, entry)
    flows = hass.config_entries.options

    async def choose(step: str) -> Any:
        menu = await flows.async_init(entry.entry_id)
        return await flows.async_configure(menu["flow_id"], {"next_step_id": step})

    form = await choose("general")
    assert form["data_schema"]({}) == OPTIONS
    await flows.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    assert entry.options == OPTIONS

    form = await choose("limits")
    assert form["data_schema"]({}) == LIMITS
    await flows.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    assert entry.options == OPTIONS | LIMITS

    form = await choose("access")
    login = {"username": bleemeo.username, "password": bleemeo.password}
    await flows.async_configure(
        form["flow_id"], login | {"developers": {"url": bleemeo.url}}
    )
    await hass.async_block_till_done()
    await settle_agreement(hass, entry)
    # that of the login; the newest one has a file of its own
    token = entry.data["refresh_token"]
    assert json.loads(token_file(hass).read_text()) == {
        "login": token,
        "token": next(iter(bleemeo.refresh_tokens)),
    }
    account_id = "8f63c7da-700c-4fa6-a4d5-c15db2652d15"
    assert entry.unique_id == account_id
    assert entry.data == ENTRY_DATA | {
        "url": bleemeo.url,
        "account": account_id,
        "refresh_token": token,
    }
    form = await choose("general")
    assert form["data_schema"]({}) == OPTIONS_WITH_ACCESS


async def test_files(
    hass: HomeAssistant, bleemeo: SimulatedApi, hass_storage: dict[str, Any]
) -> None:
    """The journal, and what Home Assistant's own store keeps."""
    entry = stored_entry(
        url=bleemeo.url,
        account="8f63c7da-700c-4fa6-a4d5-c15db2652d15",
        refresh_token=bleemeo.log_in(),
    )
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    await receive_alert(entry, payload())
    triggers = {"trigger": "bleemeo.alert_reached", "options": {"for": {"minutes": 5}}}
    automation = {"triggers": triggers, "actions": []}
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    await hass.async_stop()

    files = {file.name for file in Path(hass.config.path(".storage")).iterdir()}
    assert files == {
        "bleemeo.01JBLEEMEO0000000000000000.db",
        "bleemeo.01JBLEEMEO0000000000000000.token",
    }
    stored = {key: hass_storage[key] for key in hass_storage if "bleemeo" in key}
    catalogue = stored.pop("bleemeo.01JBLEEMEO0000000000000000.catalogue")
    assert (catalogue["version"], catalogue["minor_version"]) == (1, 1)
    assert catalogue["data"].keys() == {
        "agents",
        "metrics",
        "twins",
        "listed_since",
        "forgotten",
        "names",
        "services",
        "labels",
        "described_at",
        "agreed_at",
        "corrected",
        "not_before",
    }
    assert stored == {}


async def test_file_of_a_damaged_journal(hass: HomeAssistant) -> None:
    """It is named in a repair, and removed with its entry."""
    journal = Path(
        hass.config.path(".storage", "bleemeo.01JBLEEMEO0000000000000000.db")
    )
    journal.parent.mkdir()
    journal.write_bytes(b"no journal at all" * 100)
    await setup_integration(hass, stored_entry())
    names = {file.name for file in journal.parent.iterdir()}
    [aside] = (name for name in names if "corrupt" in name)
    assert re.fullmatch(r"bleemeo\.01JBLEEMEO0{16}\.db\.corrupt-\d{8}T\d{12}", aside)


async def test_issues(hass: HomeAssistant, issue_registry: ir.IssueRegistry) -> None:
    """A repair that a person ignores is known by its id."""
    entry = stored_entry()
    for trouble in TROUBLES:
        trouble.async_report(hass, entry)
    issues = {
        issue_id: issue.translation_key
        for (domain, issue_id), issue in issue_registry.issues.items()
        if domain == "bleemeo"
    }
    assert issues == {f"{key}_01JBLEEMEO0000000000000000": key for key in ISSUES}
