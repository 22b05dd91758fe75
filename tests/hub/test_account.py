"""Tests of the account: alerts of any other are refused, and a person is told."""

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests import payload, receive_alert, setup_integration
from tests.conftest import Deliver


def account(number: int) -> str:
    """Return the id of an account that is not the entry's."""
    return f"00000000-0000-4000-8000-{number:012}"


async def test_foreign_accounts_are_told_once_each_and_at_most_ten(
    hass: HomeAssistant, deliver: Deliver, issue_registry: ir.IssueRegistry
) -> None:
    """So the right one is not lost among those that somebody made up."""
    await deliver(payload())
    told = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)
    for _ in range(3):
        for number in range(15):
            response = await deliver(payload(account=account(number)))
            assert response.status == 403
    issues = [key for domain, key in issue_registry.issues if domain == DOMAIN]
    shown = [key for key in issues if key.startswith("account_mismatch")]
    assert [key.rpartition("_")[2] for key in shown] == [
        account(number) for number in range(10)
    ]
    assert len(told) == 10


async def test_an_account_that_gets_its_entry_is_told_no_more_and_the_others_are(
    hass: HomeAssistant, deliver: Deliver, issue_registry: ir.IssueRegistry
) -> None:
    """Each report is about one account."""
    await deliver(payload())
    for number in range(2):
        await deliver(payload(account=account(number)))
    second = MockConfigEntry(domain=DOMAIN, data={CONF_WEBHOOK_ID: "second"})
    await setup_integration(hass, second)
    await receive_alert(second, payload(account=account(0)))
    told = [key for domain, key in issue_registry.issues if domain == DOMAIN]
    assert [key.rpartition("_")[2] for key in told] == [account(1)]
