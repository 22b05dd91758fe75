"""Tests of the troubles that a user is told about, and of how they end."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
import resource
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.hub import TROUBLES, Trouble
from custom_components.bleemeo.hub.store import RETRY_INTERVAL, journal_path
from custom_components.bleemeo.journal import Alive
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests import (
    ACCOUNT,
    OTHER_ACCOUNT,
    journal_rows,
    payload,
    receive_alert,
    setup_integration,
    state,
)
from tests.conftest import Deliver
from tests.source import texts


@pytest.fixture(autouse=True)
async def external_url(hass: HomeAssistant) -> None:
    """Give Home Assistant an address that Bleemeo can reach; test_reach has others."""
    await hass.config.async_update(external_url="https://home.example.com")


@pytest.fixture
async def repairs(hass: HomeAssistant) -> None:
    """Set up repair flows, whose routes must exist before the server starts."""
    assert await async_setup_component(hass, "repairs", {})


def issues(issue_registry: ir.IssueRegistry) -> dict[str, ir.IssueEntry]:
    """Return our issues by translation key."""
    return {
        issue.translation_key or "": issue
        for (domain, _), issue in issue_registry.issues.items()
        if domain == DOMAIN
    }


@contextmanager
def full_disk(hass: HomeAssistant, entry: MockConfigEntry) -> Generator[None]:
    """Limit the size of any file to the current size of the journal's."""
    files = journal_path(hass, entry).parent.glob(f"{DOMAIN}*")
    size = max(file.stat().st_size for file in files)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def confirm(client: TestClient[Any, Any], issue: ir.IssueEntry) -> None:
    """Submit the repair flow of an issue."""
    answer = await client.post(
        "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue.issue_id}
    )
    form = await answer.json()
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == issue.translation_placeholders
    answer = await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
    assert (await answer.json())["type"] == "create_entry"


async def let_it_retry(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Move the time forward to the next retry of the journal."""
    freezer.tick(RETRY_INTERVAL)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_full_disk_is_told_and_ends_by_itself(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The alert is shown, not acknowledged, and kept as soon as there is room."""
    await deliver(payload())
    large = {
        "metric": None,
        "title": "web01 - Large is Critical",
        "status": 2,
        "extra": "x" * 60_000,
    }
    with full_disk(hass, entry):
        answers = [
            (
                await deliver(payload(id=None, status_changed_at=changed_at, **large))
            ).status
            for changed_at in (f"2026-11-21T08:{minute:02}:00Z" for minute in range(60))
        ]
        assert HTTPStatus.SERVICE_UNAVAILABLE in answers
        assert state(hass, "sensor.bleemeo_critical").state == "1"
        issue = issues(issue_registry)["journal_not_written"]
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["entry"] == "Bleemeo"
        assert issue.translation_placeholders["error"]

    await let_it_retry(hass, freezer)
    assert issues(issue_registry) == {}
    [(changed_at,)] = journal_rows(
        hass,
        entry,
        "SELECT json_extract(payload, '$.status_changed_at') FROM metric"
        " WHERE metric_id = ''",
    )
    assert changed_at == "2026-11-21T08:59:00+00:00"
    assert (await deliver(payload(**large))).status == HTTPStatus.OK


async def test_trouble_ends_with_the_next_alert_that_can_be_kept(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Without waiting for the next retry, of which there is no limit."""
    await deliver(payload())
    journal_rows(
        hass,
        entry,
        "CREATE TRIGGER full BEFORE INSERT ON metric"
        " BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )
    worse = payload(status=2, id=None, status_changed_at="2026-11-21T08:00:00Z")
    assert (await deliver(worse)).status == HTTPStatus.SERVICE_UNAVAILABLE
    for _ in range(2):
        await let_it_retry(hass, freezer)
        assert "journal_not_written" in issues(issue_registry)
    journal_rows(hass, entry, "DROP TRIGGER full")
    response = await deliver(worse)
    assert await response.json() == {"result": "repeat"}
    assert issues(issue_registry) == {}
    assert journal_rows(
        hass, entry, "SELECT json_extract(payload, '$.status') FROM metric"
    ) == [(2,)]


async def test_trouble_ends_with_a_write_that_nobody_waits_for(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Such as that Home Assistant is alive: the alert is written along with it."""
    await deliver(payload())
    journal_rows(
        hass,
        entry,
        "CREATE TRIGGER full BEFORE INSERT ON metric"
        " BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )
    worse = payload(status=2, id=None, status_changed_at="2026-11-21T08:00:00Z")
    assert (await deliver(worse)).status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "journal_not_written" in issues(issue_registry)
    journal_rows(hass, entry, "DROP TRIGGER full")
    hub = entry.runtime_data.hub
    [key] = hub.board.metrics
    alive = Alive(dt_util.utcnow(), has_started=True)
    hub.store.async_keep_later(alive, is_urgent=True)
    async with asyncio.timeout(5):
        while issues(issue_registry):
            await asyncio.sleep(0.01)
    assert hub.store.is_kept(key)


async def test_unloading_in_trouble_leaves_nothing_behind(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """No timer keeps running."""
    await deliver(payload())
    journal_rows(
        hass,
        entry,
        "CREATE TRIGGER full BEFORE INSERT ON delivery"
        " BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )
    await deliver(payload(status=2, id=None, status_changed_at="2026-11-21T08:00:00Z"))
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_damaged_journal_is_told_until_it_is_read(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    hass_client: ClientSessionGenerator,
) -> None:
    """The issue says what was lost, and the file's new name."""
    await deliver(payload())
    await hass.config_entries.async_unload(entry.entry_id)
    path = journal_path(hass, entry)
    path.write_bytes(b"\xff" * 8192)
    await hass.config_entries.async_setup(entry.entry_id)
    assert (await deliver(payload())).status == HTTPStatus.OK

    issue = issues(issue_registry)["journal_damaged"]
    assert issue.is_persistent
    assert issue.translation_placeholders is not None
    aside = path.with_name(issue.translation_placeholders["file"])
    assert aside.read_bytes() == b"\xff" * 8192
    assert issue.translation_placeholders["metrics"] == "0"
    assert issue.translation_placeholders["deliveries"] == "0"


@pytest.mark.usefixtures("repairs")
async def test_the_person_confirms_that_a_damage_was_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Then the issue is gone for good."""
    path = journal_path(hass, entry)
    path.parent.mkdir()
    path.write_bytes(b"\xff" * 8192)
    await setup_integration(hass, entry)
    issue = issues(issue_registry)["journal_damaged"]

    await confirm(await hass_client(), issue)
    assert issues(issue_registry) == {}


async def test_alerts_of_another_account_are_told_until_it_has_its_entry(
    hass: HomeAssistant, deliver: Deliver, issue_registry: ir.IssueRegistry
) -> None:
    """Until then, the issue names both accounts."""
    await deliver(payload())
    for _ in range(2):
        await deliver(payload(account=OTHER_ACCOUNT))
    [issue] = issues(issue_registry).values()
    assert issue.translation_placeholders == {
        "entry": "Bleemeo",
        "account": OTHER_ACCOUNT,
        "present": ACCOUNT,
    }
    second = MockConfigEntry(
        domain=DOMAIN, title="Second", data={CONF_WEBHOOK_ID: "second"}
    )
    await setup_integration(hass, second)
    await receive_alert(second, payload(account=OTHER_ACCOUNT))
    assert issues(issue_registry) == {}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.key)
def test_there_is_something_to_do_about_each_trouble(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    trouble: Trouble,
) -> None:
    """Either a repair flow or a page to go to; its text is of the same kind."""
    trouble.async_report(hass, entry)
    [issue] = issues(issue_registry).values()
    assert bool(issue.is_fixable) is not bool(issue.learn_more_url)
    assert ("fix_flow" in texts()["issues"][trouble.key]) is issue.is_fixable
    trouble.async_settle(hass, entry)
    assert issues(issue_registry) == {}


async def test_removal_settles_all(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """No issue is left."""
    await deliver(payload())
    await deliver(payload(account=OTHER_ACCOUNT))
    assert issues(issue_registry)
    await hass.config_entries.async_remove(entry.entry_id)
    assert issues(issue_registry) == {}


def no_room() -> Any:
    """Make every write to a journal fail."""
    return patch(
        "custom_components.bleemeo.journal.journal.JournalFile.write",
        side_effect=OSError("no room"),
    )


async def test_a_journal_that_cannot_be_written_is_told_over_a_reload_until_it_can(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The store that reported it is gone after the reload."""
    await deliver(payload())
    with no_room():
        await deliver(payload(status=2, id=None, status_changed_at="2026-11-21T08:00Z"))
        assert "journal_not_written" in issues(issue_registry)
        await hass.config_entries.async_reload(entry.entry_id)
        await let_it_retry(hass, freezer)
        assert "journal_not_written" in issues(issue_registry)
    await let_it_retry(hass, freezer)
    assert issues(issue_registry) == {}


async def test_a_journal_that_can_be_written_after_a_reload_is_no_trouble(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """The issue is settled without waiting for the next alert."""
    await deliver(payload())
    with no_room():
        await deliver(payload(status=2, id=None, status_changed_at="2026-11-21T08:00Z"))
    assert "journal_not_written" in issues(issue_registry)
    await hass.config_entries.async_reload(entry.entry_id)
    assert issues(issue_registry) == {}


async def test_trouble_ends_where_nothing_of_a_metric_was_left_to_write(
    hass: HomeAssistant,
    deliver: Deliver,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Only a late delivery could not be kept, and it is not retried."""
    await deliver(payload())
    with no_room():
        await deliver(payload(id=None, status_changed_at="2026-11-19T08:00:00Z"))
    assert "journal_not_written" in issues(issue_registry)
    await let_it_retry(hass, freezer)
    assert issues(issue_registry) == {}


async def test_a_disabled_entry_troubles_nobody(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Anything still wrong is found again when it is enabled."""
    await deliver(payload())
    with no_room():
        await deliver(payload(status=2, id=None, status_changed_at="2026-11-21T08:00Z"))
    await deliver(payload(account=OTHER_ACCOUNT))
    assert issues(issue_registry)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert issues(issue_registry) == {}


async def test_what_was_lost_is_told_while_the_entry_is_disabled_too(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """It is not found again when the entry is enabled."""
    path = journal_path(hass, entry)
    path.parent.mkdir()
    path.write_bytes(b"\xff" * 8192)
    await setup_integration(hass, entry)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert issues(issue_registry).keys() == {"journal_damaged"}
