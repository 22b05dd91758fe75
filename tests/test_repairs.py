"""Tests of the flows of repairs that do more than to confirm."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.api import reconcile
from custom_components.bleemeo.const import CONF_REFRESH_TOKEN, DOMAIN
from custom_components.bleemeo.hub.account import Account as EntryAccount
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
from scripts.simulated_api import Account, SimulatedApi

from . import (
    ACCOUNT,
    AGENT,
    OTHER_ACCOUNT,
    documented,
    journal_rows,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
    states,
)
from .conftest import Deliver

FLOW = "/api/repairs/issues/fix"


@pytest.fixture(autouse=True)
async def repairs(hass: HomeAssistant) -> None:
    """Set up repair flows, whose routes must exist before the server starts."""
    assert await async_setup_component(hass, "repairs", {})
    await hass.config.async_update(external_url="https://home.example.com")


@pytest.fixture
async def admin(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> TestClient[Any, Any]:
    """Return a client that is logged in."""
    return await hass_client()


def issues(hass: HomeAssistant) -> list[str]:
    """Return the ids of our issues."""
    return [key for domain, key in ir.async_get(hass).issues if domain == DOMAIN]


async def begin(client: TestClient[Any, Any], issue_id: str) -> Any:
    """Open a repair, and return its first step."""
    answer = await client.post(FLOW, json={"handler": DOMAIN, "issue_id": issue_id})
    return await answer.json()


async def choose(client: TestClient[Any, Any], step: Any, option: str) -> Any:
    """Choose an option of a menu, and return the next step."""
    answer = await client.post(
        f"{FLOW}/{step['flow_id']}", json={"next_step_id": option}
    )
    return await answer.json()


async def take_over(client: TestClient[Any, Any], issue_id: str) -> Any:
    """Choose to take over, confirm it, and return the last step."""
    step = await choose(client, await begin(client, issue_id), "take_over")
    return await submit(client, step)


async def submit(client: TestClient[Any, Any], step: Any) -> Any:
    """Submit a form that asks nothing, and return the next step."""
    answer = await client.post(f"{FLOW}/{step['flow_id']}", json={})
    return await answer.json()


def mine(alert: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an alert of the account that is really the person's."""
    return (alert or payload()) | {"account": OTHER_ACCOUNT}


async def test_an_entry_that_the_documented_example_tied_is_taken_over_once_confirmed(
    hass: HomeAssistant,
    deliver: Deliver,
    admin: TestClient[Any, Any],
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """What the example left goes, and alerts of the real account are taken."""
    await deliver(documented())
    assert (await deliver(mine())).status == 403
    [issue_id] = issues(hass)
    menu = await begin(admin, issue_id)
    assert (menu["type"], menu["step_id"]) == ("menu", "init")
    assert menu["menu_options"] == ["take_over", "keep"]
    assert menu["description_placeholders"]["present"] == ACCOUNT
    assert menu["description_placeholders"]["account"] == OTHER_ACCOUNT

    step = await choose(admin, menu, "take_over")
    assert (step["type"], step["step_id"]) == ("form", "take_over")
    preview = step["description_placeholders"]
    assert [preview[key] for key in ("agents", "metrics", "open", "names")] == [
        "1",
        "1",
        "0",
        "- voip01.example.com (1)",
    ]
    assert entry.unique_id == ACCOUNT

    assert (await submit(admin, step))["type"] == "create_entry"
    assert issues(hass) == []
    assert entry.unique_id == OTHER_ACCOUNT
    assert not [each for each in states(hass) if "voip01" in each]
    [device] = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert device.identifiers == {(DOMAIN, entry.entry_id)}
    assert entry.runtime_data.hub.statistics.last_alert_at is None
    assert states(hass)["sensor.bleemeo_status"] == "unknown"

    response = await deliver(mine())
    assert (response.status, await response.json()) == (200, {"result": "changed"})
    assert (await deliver(documented())).status == 403
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.unique_id == OTHER_ACCOUNT
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(1,)]


async def test_of_many_servers_that_go_the_first_are_named(
    deliver: Deliver, admin: TestClient[Any, Any], hass: HomeAssistant
) -> None:
    """And that there are more."""
    for number in range(11):
        title = f"web{number} - CPU is Warning"
        await deliver(payload(agent=str(UUID(int=number)), id=None, title=title))
    await deliver(mine())
    [issue_id] = issues(hass)
    step = await choose(admin, await begin(admin, issue_id), "take_over")
    named = step["description_placeholders"]["names"].splitlines()
    assert named == [*(f"- web{number} (1)" for number in range(10)), "- …"]


async def test_a_takeover_can_be_taken_back(
    hass: HomeAssistant,
    deliver: Deliver,
    admin: TestClient[Any, Any],
    entry: MockConfigEntry,
) -> None:
    """With the next alert of the former account, in the same way."""
    await deliver(payload())
    for account in (OTHER_ACCOUNT, ACCOUNT):
        await deliver(payload(account=account))
        [issue_id] = issues(hass)
        await take_over(admin, issue_id)
        assert entry.unique_id == account
        assert (await deliver(payload(account=account))).status == 200


async def test_a_test_alert_stays_with_its_entry(
    hass: HomeAssistant, deliver: Deliver, admin: TestClient[Any, Any]
) -> None:
    """It is of no account of Bleemeo's."""
    await hass.services.async_call(
        DOMAIN, "send_test_alert", {"status": "critical"}, blocking=True
    )
    await hass.async_block_till_done()
    before = states(hass)
    await deliver(documented())
    await deliver(mine())
    [issue_id] = issues(hass)
    await take_over(admin, issue_id)
    await hass.async_block_till_done()
    assert states(hass).keys() == before.keys()


async def test_the_present_account_can_be_kept(
    hass: HomeAssistant,
    deliver: Deliver,
    admin: TestClient[Any, Any],
    entry: MockConfigEntry,
) -> None:
    """Should another such alert arrive, it is told again."""
    await deliver(payload())
    await deliver(mine())
    [issue_id] = issues(hass)
    step = await choose(admin, await begin(admin, issue_id), "keep")
    assert step["type"] == "create_entry"
    assert issues(hass) == []
    assert entry.unique_id == ACCOUNT
    await deliver(mine())
    assert issues(hass) == [issue_id]


async def test_only_the_account_that_was_shown_is_taken_over(
    hass: HomeAssistant,
    deliver: Deliver,
    admin: TestClient[Any, Any],
    entry: MockConfigEntry,
) -> None:
    """Whatever arrives while the person reads."""
    await deliver(payload())
    await deliver(mine())
    [issue_id] = issues(hass)
    menu = await begin(admin, issue_id)
    await deliver(payload(account="4e9a70f1-3a4c-4bb0-95ad-7c0a1d7a9f11"))
    await submit(admin, await choose(admin, menu, "take_over"))
    assert entry.unique_id == OTHER_ACCOUNT


@pytest.mark.parametrize("is_while_open", [False, True])
async def test_an_account_that_has_another_entry_is_not_taken_over(
    hass: HomeAssistant,
    deliver: Deliver,
    admin: TestClient[Any, Any],
    entry: MockConfigEntry,
    is_while_open: bool,
) -> None:
    """The address of that entry belongs in its place, also if it came meanwhile."""
    second = MockConfigEntry(
        domain=DOMAIN, title="Second", data={CONF_WEBHOOK_ID: "second"}
    )
    await setup_integration(hass, second)
    await deliver(payload())
    if not is_while_open:
        await receive_alert(second, mine())
    await deliver(mine())
    [issue_id] = [each for each in issues(hass) if "account_mismatch" in each]
    step = await begin(admin, issue_id)
    if is_while_open:
        await receive_alert(second, mine())
        step = await choose(admin, step, "take_over")
    assert (step["type"], step["step_id"]) == ("form", "other_entry")
    assert step["description_placeholders"]["other"] == "Second"
    answer = await admin.post(f"{FLOW}/{step['flow_id']}", json={})
    assert (await answer.json())["type"] == "create_entry"
    assert (entry.unique_id, second.unique_id) == (ACCOUNT, OTHER_ACCOUNT)
    assert issue_id not in issues(hass)


async def test_an_entry_that_never_had_an_alert_refuses_the_account_of_another(
    hass: HomeAssistant, deliver: Deliver, admin: TestClient[Any, Any]
) -> None:
    """The repair says whose address belongs in the rule."""
    second = MockConfigEntry(
        domain=DOMAIN, title="Second", data={CONF_WEBHOOK_ID: "second"}
    )
    await setup_integration(hass, second)
    await receive_alert(second, mine())
    assert (await deliver(mine())).status == 403
    [issue_id] = [each for each in issues(hass) if "account_mismatch" in each]
    assert (await begin(admin, issue_id))["step_id"] == "other_entry"


async def test_an_entry_that_is_not_loaded_takes_nothing_over(
    hass: HomeAssistant,
    deliver: Deliver,
    admin: TestClient[Any, Any],
    entry: MockConfigEntry,
) -> None:
    """The person is told, and the repair stays."""
    await deliver(payload())
    await deliver(mine())
    await hass.config_entries.async_unload(entry.entry_id)
    [issue_id] = issues(hass)
    step = await choose(admin, await begin(admin, issue_id), "take_over")
    assert (step["type"], step["reason"]) == ("abort", "entry_not_loaded")
    assert step["description_placeholders"]["entry"] == "Bleemeo"
    assert entry.unique_id == ACCOUNT
    assert issues(hass) == [issue_id]


async def test_nothing_of_the_former_account_is_found_while_it_is_taken_over(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A comparison may be under way, and the disk may be slow."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    account.add_metric(AGENT, "cpu_used", "critical")
    agreement = entry.runtime_data.agreement
    await agreement.async_check_now()
    entry.runtime_data.hub.account.async_report(OTHER_ACCOUNT)
    [issue_id] = [each for each in issues(hass) if "account_mismatch" in each]
    admin = await hass_client()
    step = await choose(admin, await begin(admin, issue_id), "take_over")

    take_over_at_once = EntryAccount.async_take_over

    async def slowly(self: EntryAccount, account_id: str) -> None:
        await take_over_at_once(self, account_id)
        bleemeo.may_answer.set()
        await settle_agreement(hass, entry)

    monkeypatch.setattr(EntryAccount, "async_take_over", slowly)
    monkeypatch.setattr(reconcile, "SECOND_LOOK_AFTER", timedelta())
    bleemeo.may_answer.clear()
    agreement._start()
    assert (await submit(admin, step))["type"] == "create_entry"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.unique_id == OTHER_ACCOUNT
    assert entry.runtime_data.hub.board.metrics == {}


async def test_access_to_the_api_of_the_former_account_ends(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    account: Account,
) -> None:
    """Else the next comparison would bring back what is of that account."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", "critical")
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    await look_again(hass, entry)
    assert entry.runtime_data.hub.board.metrics
    entry.runtime_data.hub.account.async_report(OTHER_ACCOUNT)
    [issue_id] = [each for each in issues(hass) if "account_mismatch" in each]
    admin = await hass_client()
    await take_over(admin, issue_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert CONF_REFRESH_TOKEN not in entry.data
    assert bleemeo.refresh_tokens == set()
    assert entry.runtime_data.agreement is None
    assert entry.runtime_data.hub.board.metrics == {}
    assert entry.unique_id == OTHER_ACCOUNT
