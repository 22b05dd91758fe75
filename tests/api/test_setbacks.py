"""Tests of what becomes of questions that fail, using the real client and server."""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.file import WriteError
from scripts.simulated_api import Account, Fault, SimulatedApi
from tests import state
from tests.api import (
    AGENTS_PATH,
    CPU,
    CPU_STATUS,
    issues,
    list_cpu,
    pass_time,
    press,
    receive,
    set_up,
    set_up_with_alert,
)


async def test_it_is_asked_later_and_later_where_the_service_is_away(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    issue_registry: ir.IssueRegistry,
) -> None:
    """An issue is raised if it lasts; alerts still arrive."""
    caplog.set_level(logging.INFO)
    entry = entry_with_access
    list_cpu(account, "critical")
    bleemeo.faults[AGENTS_PATH] = Fault(status=503, times=99)
    await set_up(hass, entry)
    for minutes, asked in ((1, 2), (1, 2), (1, 3), (4, 4), (8, 5), (16, 6), (60, 7)):
        is_told = bleemeo.asked(AGENTS_PATH) >= 4
        assert issues(issue_registry) == ({"api_failing"} if is_told else set())
        await pass_time(hass, entry, freezer, timedelta(minutes=minutes))
        assert bleemeo.asked(AGENTS_PATH) == asked
    assert await receive(entry) == "changed"
    bleemeo.faults.clear()
    await pass_time(hass, entry, freezer, timedelta(hours=1))
    assert not issues(issue_registry)
    assert caplog.text.count("Bleemeo could not be asked") == 1
    assert caplog.text.count("Bleemeo could be asked again") == 1
    assert "refresh-" not in caplog.text
    assert "access-" not in caplog.text


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ("network", "api_away"),
        ("servers", "api_list_doubtful"),
        ("disk", "api_token_not_kept"),
        ("rights", "api_unusable"),
    ],
)
async def test_a_person_is_told_what_it_is_that_lasts(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
    lost: str,
    told: str,
) -> None:
    """Each has another way out, and the button says the same."""
    entry = entry_with_access
    list_cpu(account, "ok")
    await set_up(hass, entry)
    bleemeo.faults[AGENTS_PATH] = fault = Fault(status=500, times=4)
    for _ in range(4):
        await pass_time(hass, entry, freezer, timedelta(hours=7))
    assert issues(issue_registry) == {"api_failing"}
    agents = account.agents
    disk: AbstractContextManager[Any] = nullcontext()
    match lost:
        case "network":
            fault.status, fault.headers = 200, {"Content-Encoding": "gzip"}
            fault.times = 9
        case "servers":
            account.agents = {}
        case "disk":
            bleemeo.expire()
            disk = patch(
                "custom_components.bleemeo.api.tokens.save_json",
                side_effect=WriteError("no room"),
            )
        case "rights":
            fault.status, fault.times = 403, 9
    with disk, pytest.raises(HomeAssistantError) as error:
        await press(hass)
    assert issues(issue_registry) == {told}
    assert error.value.translation_key == told
    bleemeo.faults.clear()
    account.agents = agents
    await press(hass)
    assert not issues(issue_registry)


async def test_maintenance_is_said_calmly_and_nothing_is_asked_meanwhile(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    issue_registry: ir.IssueRegistry,
) -> None:
    """It is no failure, however long it takes."""
    caplog.set_level(logging.INFO)
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    bleemeo.is_maintained = True
    bleemeo.requests.clear()
    with pytest.raises(HomeAssistantError) as error:
        await press(hass)
    assert error.value.translation_key == "api_maintenance"
    for _ in range(9):
        await pass_time(hass, entry, freezer, timedelta(minutes=11))
    assert {path for path, _ in bleemeo.requests} == {"/v1/info/"}
    assert not issues(issue_registry)
    assert caplog.text.count("under maintenance") == 1
    bleemeo.is_maintained = False
    account.set_status(CPU["metric"], "critical")
    await pass_time(hass, entry, freezer, timedelta(minutes=11))
    assert state(hass, CPU_STATUS).state == "critical"


async def test_a_person_is_asked_for_a_login_after_three_refusals(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is tried slowly, nothing else is asked, and the prompt goes if one works."""
    caplog.set_level(logging.INFO)
    entry = entry_with_access
    await set_up(hass, entry)
    bleemeo.expire()
    tokens, bleemeo.refresh_tokens = bleemeo.refresh_tokens, set()
    flows = hass.config_entries.flow
    with patch("custom_components.bleemeo.api.setbacks.uniform", return_value=1.2):
        await pass_time(hass, entry, freezer, timedelta(hours=7))
        for minutes, asked in ((11, 1), (2, 1), (23, 2), (2, 2)):
            assert bleemeo.asked("/o/token/") == 1 + asked
            assert not flows.async_progress_by_handler(DOMAIN)
            with pytest.raises(HomeAssistantError) as error:
                await press(hass)
            assert error.value.translation_key == "api_refused"
            entry.runtime_data.agreement.async_ask_soon()
            await pass_time(hass, entry, freezer, timedelta(minutes=minutes))
    assert len(flows.async_progress_by_handler(DOMAIN)) == 1
    bleemeo.refresh_tokens = tokens
    await pass_time(hass, entry, freezer, timedelta(hours=2))
    assert not flows.async_progress_by_handler(DOMAIN)
    assert not issues_of_reauth(hass)
    assert caplog.text.count("Bleemeo refused the token") == 1
    assert caplog.text.count("Bleemeo could be asked again") == 1
    await press(hass)


def issues_of_reauth(hass: HomeAssistant) -> list[str]:
    """Return the repairs that ask for a login."""
    return [each for _, each in ir.async_get(hass).issues if "reauth" in each]
