"""Tests of the doubts whether Bleemeo can reach an entry, and of how they end."""

from collections.abc import Generator
from typing import Any
from unittest.mock import Mock, patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.const import CONF_CLOUDHOOK, DOMAIN
from custom_components.bleemeo.core import as_markdown
from homeassistant.components import cloud
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from tests import WEBHOOK_ID, payload, setup_integration
from tests.cloud import SimulatedCloud
from tests.conftest import Deliver


@pytest.fixture
def subscription(hass: HomeAssistant) -> Generator[Mock]:
    """Return a mutable Home Assistant Cloud subscription, active at first."""
    hook = {"cloudhook_url": "https://hooks.nabu.casa/1"}
    SimulatedCloud(hass).client.cloudhooks[WEBHOOK_ID] = hook
    with patch.object(cloud, "async_active_subscription", return_value=True) as mock:
        yield mock


def doubts(issue_registry: ir.IssueRegistry) -> list[ir.IssueEntry]:
    """Return our issues."""
    return [
        issue
        for (domain, _), issue in issue_registry.issues.items()
        if domain == DOMAIN and issue.active
    ]


def keys(issue_registry: ir.IssueRegistry) -> list[str | None]:
    """Return the translation keys of our issues."""
    return [issue.translation_key for issue in doubts(issue_registry)]


async def set_external_url(hass: HomeAssistant, url: str | None) -> None:
    """Set the external URL, as a user does on Home Assistant's own page."""
    await hass.config.async_update(external_url=url)
    await hass.async_block_till_done()


async def test_a_new_entry_without_an_external_url_warns_once(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """The issue links to the page where it can be set, which removes the issue."""
    await setup_integration(hass, entry)
    [issue] = doubts(issue_registry)
    assert issue.translation_key == "no_external_url"
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.learn_more_url == "homeassistant://config/network"
    assert not issue.is_fixable
    await set_external_url(hass, "https://home.example.com")
    assert doubts(issue_registry) == []


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://192.168.1.2:8123", "private_address"),
        ("https://house.local", "private_address"),
        ("http://home.example.com:8123", "plain_http"),
    ],
)
async def test_an_address_that_does_not_do_is_named(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    url: str,
    key: str,
) -> None:
    """It replaces any other doubt."""
    await setup_integration(hass, entry)
    await set_external_url(hass, url)
    [issue] = doubts(issue_registry)
    assert issue.translation_key == key
    assert issue.translation_placeholders == {
        "entry": "Bleemeo",
        "base_url": as_markdown(url),
    }
    await set_external_url(hass, None)
    assert keys(issue_registry) == ["no_external_url"]


async def test_the_first_alert_disproves_a_doubt(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Permanently: behind a reverse proxy, no external URL is needed."""
    assert keys(issue_registry) == ["no_external_url"]
    await deliver(payload())
    assert doubts(issue_registry) == []
    await hass.config_entries.async_reload(entry.entry_id)
    assert doubts(issue_registry) == []
    await set_external_url(hass, "http://192.168.1.2:8123")
    assert doubts(issue_registry) == []


async def test_an_alert_that_did_not_come_from_bleemeo_disproves_nothing(
    hass: HomeAssistant, deliver: Deliver, issue_registry: ir.IssueRegistry
) -> None:
    """A test alert does not pass through the network."""
    await hass.services.async_call(
        DOMAIN, "send_test_alert", {"status": "critical"}, blocking=True
    )
    await hass.async_block_till_done()
    assert keys(issue_registry) == ["no_external_url"]


async def test_an_alert_of_another_entry_disproves_nothing(
    hass: HomeAssistant, deliver: Deliver, issue_registry: ir.IssueRegistry
) -> None:
    """Each entry has its own address."""
    second = MockConfigEntry(
        domain=DOMAIN, title="Second", data={"webhook_id": "second"}
    )
    await setup_integration(hass, second)
    await deliver(payload())
    [issue] = doubts(issue_registry)
    assert issue.issue_id == f"no_external_url_{second.entry_id}"


async def test_an_alert_over_http_is_still_unencrypted(
    hass: HomeAssistant, deliver: Deliver, issue_registry: ir.IssueRegistry
) -> None:
    """An arrival does not prove encryption."""
    await set_external_url(hass, "http://home.example.com")
    await deliver(payload())
    assert keys(issue_registry) == ["plain_http"]


async def test_nothing_is_told_before_home_assistant_has_started(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """The cloud may need until then to connect."""
    hass.set_state(CoreState.starting)
    await setup_integration(hass, entry)
    assert doubts(issue_registry) == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert keys(issue_registry) == ["no_external_url"]


async def test_a_warning_that_is_ignored_stays_so(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """A reload does not bring it back."""
    await setup_integration(hass, entry)
    [issue] = doubts(issue_registry)
    issue_registry.async_ignore(DOMAIN, issue.issue_id, True)
    await hass.config_entries.async_reload(entry.entry_id)
    [issue] = doubts(issue_registry)
    assert issue.dismissed_version


async def test_a_cloudhook_works_while_there_is_a_subscription(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    subscription: Mock,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Without one, alerts get lost until somebody signs in again."""
    cloudhook = MockConfigEntry(
        domain=DOMAIN, title="Cloud", data={**entry.data, CONF_CLOUDHOOK: True}
    )
    await setup_integration(hass, cloudhook)
    assert doubts(issue_registry) == []

    subscription.return_value = False
    change(hass, cloud.CloudConnectionState.CLOUD_DISCONNECTED)
    await hass.async_block_till_done()
    [issue] = doubts(issue_registry)
    assert issue.translation_key == "cloudhook_lost"
    assert issue.severity is ir.IssueSeverity.ERROR
    assert issue.learn_more_url == "homeassistant://config/cloud"

    subscription.return_value = True
    change(hass, cloud.CloudConnectionState.CLOUD_CONNECTED)
    await hass.async_block_till_done()
    assert doubts(issue_registry) == []


async def test_a_cloudhook_without_the_cloud_is_lost(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """A new address fixes that."""
    cloudhook = MockConfigEntry(
        domain=DOMAIN, title="Cloud", data={**entry.data, CONF_CLOUDHOOK: True}
    )
    await set_external_url(hass, "https://home.example.com")
    await setup_integration(hass, cloudhook)
    assert keys(issue_registry) == ["cloudhook_lost"]
    hass.config_entries.async_update_entry(
        cloudhook, data={**cloudhook.data, CONF_CLOUDHOOK: False}
    )
    await hass.async_block_till_done()
    assert doubts(issue_registry) == []


async def test_a_removed_entry_leaves_no_doubt(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """No issue, and no listener."""
    listeners = dict(hass.bus.async_listeners())
    await setup_integration(hass, entry)
    assert doubts(issue_registry)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert doubts(issue_registry) == []
    assert count(hass.bus.async_listeners()) == count(listeners)


def change(hass: HomeAssistant, state: cloud.CloudConnectionState) -> None:
    """Signal a change of the connection to Home Assistant Cloud."""
    async_dispatcher_send(hass, cloud.SIGNAL_CLOUD_CONNECTION_STATE, state)


def count(listeners: Any) -> dict[str, int]:
    """Return the number of listeners to the events that the watch uses."""
    return {
        event: listeners.get(event, 0)
        for event in ("core_config_updated", "bleemeo_alert")
    }
