"""Tests of logins, against a server on the loopback address."""

from unittest.mock import patch

from aiohttp import ClientSession
import pytest

from custom_components.bleemeo.api import login as module
from custom_components.bleemeo.api.errors import (
    LoginRefused,
    ServiceAway,
    UnusableAnswer,
)
from custom_components.bleemeo.api.login import async_log_in
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from scripts.simulated_api import Account, Fault, SimulatedApi
from tests import ACCOUNT, OTHER_ACCOUNT

TOKEN_PATH = "/o/token/"


@pytest.fixture
async def session(hass: HomeAssistant) -> ClientSession:
    """Return Home Assistant's session."""
    return async_get_clientsession(hass)


async def test_a_login_has_accounts(
    session: ClientSession, bleemeo: SimulatedApi
) -> None:
    """If it may not list them, the accounts of its agents are used."""
    bleemeo.accounts[OTHER_ACCOUNT] = Account("Other")
    bleemeo.accounts[OTHER_ACCOUNT].add_agent("mail01")
    login = (session, bleemeo.url, bleemeo.username, bleemeo.password)
    found = await async_log_in(*login)
    assert found.accounts == {ACCOUNT: "Servers", OTHER_ACCOUNT: "Other"}
    assert {found.refresh_token} == bleemeo.refresh_tokens
    bleemeo.lists_accounts = False
    assert (await async_log_in(*login)).accounts == {ACCOUNT: ACCOUNT}
    # an entry that is pinned to another account than the first
    assert (await async_log_in(*login, OTHER_ACCOUNT)).accounts == {
        OTHER_ACCOUNT: OTHER_ACCOUNT
    }


async def test_a_login_that_comes_to_nothing_leaves_no_token(
    session: ClientSession, bleemeo: SimulatedApi
) -> None:
    """Each reason has its own error."""
    login = (session, bleemeo.url, bleemeo.username, bleemeo.password)
    with pytest.raises(LoginRefused):
        await async_log_in(session, bleemeo.url, bleemeo.username, "wrong")
    bleemeo.faults["/v1/account/"] = Fault(status=429, headers={"Retry-After": "5"})
    with pytest.raises(ServiceAway) as error:
        await async_log_in(*login)
    assert error.value.wait == 5
    bleemeo.faults[TOKEN_PATH] = Fault(body='{"access_token": "a"}')
    with pytest.raises(UnusableAnswer, match="refresh_token"):
        await async_log_in(*login)
    bleemeo.accounts[ACCOUNT].agents.clear()
    bleemeo.lists_accounts = False
    with pytest.raises(UnusableAnswer, match="no account"):
        await async_log_in(*login)
    assert not bleemeo.refresh_tokens
    bleemeo.faults[TOKEN_PATH] = Fault(stalls=True)
    with (
        patch.object(module, "LOGIN_SECONDS", 0.2),
        pytest.raises(ServiceAway, match="too long"),
    ):
        await async_log_in(*login)
