"""Fixtures: a separate Home Assistant for each test, with an entry of ours."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.bleemeo.const import (
    CONF_ACCOUNT,
    CONF_CLOUDHOOK,
    CONF_REFRESH_TOKEN,
    DOMAIN,
)
from custom_components.bleemeo.logbook import async_describe_events
from homeassistant.const import CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.setup import async_setup_component
from scripts.simulated_api import Account, SimulatedApi

from . import ACCOUNT, AGENT, WEBHOOK_ID, WEBHOOK_PATH, a_day, setup_integration

# how warnings of Home Assistant about an integration, and of Python, look
DEPRECATION = re.compile(r"Detected (that|code)|[Dd]eprecat|DeprecationWarning")

# a busy machine is no failure
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

type Deliver = Callable[[Any], Awaitable[ClientResponse]]
type Describe = Callable[[Event[Any]], dict[str, str]]


@pytest.fixture(autouse=True)
def found_integration(request: pytest.FixtureRequest) -> None:
    """Let a Home Assistant find the integration; most tests of plain Python have none."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("config_directory")
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def config_directory(hass: HomeAssistant, tmp_path: Path) -> None:
    """Give a test its own configuration folder, which contains the journal."""
    hass.config.config_dir = str(tmp_path)


@pytest.fixture(autouse=True)
async def enable_event_loop_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check threads as asyncio's debug mode does, without the stack of each future.

    Those stacks, which the plugin's own fixture asks for, take half of a run.
    """
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    monkeypatch.setattr(loop, "get_debug", lambda: False)


@pytest.fixture(autouse=True)
def in_a_container() -> Generator[None]:
    """Run as in a container: outside of one, Home Assistant calls itself deprecated."""
    with patch("homeassistant.helpers.system_info.is_docker_env", return_value=True):
        yield


@pytest.fixture(autouse=True)
def no_deprecations(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Fail if a test uses anything that Home Assistant or Python deprecates."""
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    messages = [record.getMessage() for record in records]
    assert [text for text in messages if DEPRECATION.search(text)] == []


@pytest.fixture
def mock_setup_entry() -> Generator[None]:
    """Skip the set-up of entries, for tests of the flow alone."""
    with patch("custom_components.bleemeo.async_setup_entry", return_value=True):
        yield


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Write snapshots like core does, without what differs between runs."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def enabled_by_default() -> Generator[None]:
    """Enable all entities, including those that are disabled by default."""
    with (
        patch(
            "homeassistant.helpers.entity.Entity.entity_registry_enabled_default", True
        ),
        patch("custom_components.bleemeo.on_demand.AT_FIRST", None),
    ):
        yield


@pytest.fixture
def entry() -> MockConfigEntry:
    """Return an entry as created by the config flow."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Bleemeo",
        entry_id="01JBLEEMEO0000000000000000",
        data={CONF_WEBHOOK_ID: WEBHOOK_ID, CONF_CLOUDHOOK: False},
    )


@pytest.fixture
async def client(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    entry: MockConfigEntry,
) -> TestClient[Any, Any]:
    """Return a client of a Home Assistant that has the entry set up."""
    await setup_integration(hass, entry)
    # its routes must exist before the server starts
    assert await async_setup_component(hass, "websocket_api", {})
    return await hass_client_no_auth()


@pytest.fixture
def deliver(hass: HomeAssistant, client: TestClient[Any, Any]) -> Deliver:
    """Return a function that posts a payload to the webhook as JSON."""

    async def _deliver(payload: Any) -> ClientResponse:
        response = await client.post(WEBHOOK_PATH, json=payload)
        await hass.async_block_till_done()
        return response

    return _deliver


@pytest.fixture
async def day(deliver: Deliver) -> None:
    """Deliver the constructed day, after which five alerts stay open."""
    for alert in a_day():
        await deliver(alert)


@pytest.fixture
async def anna(hass: HomeAssistant) -> Context:
    """Return the context of a user who is a person, and may control everything."""
    user = await hass.auth.async_create_user("anna", group_ids=["system-users"])
    for name, user_id in (("Bob", "of nobody"), ("Anna", user.id)):
        attributes = {"user_id": user_id, "friendly_name": name}
        hass.states.async_set(f"person.{name.lower()}", "home", attributes)
    return Context(user_id=user.id)


@pytest.fixture
def describe(hass: HomeAssistant) -> Describe:
    """Return a function that describes our events as the logbook does."""
    described: dict[str, Describe] = {}

    def collect(domain: str, event_type: str, function: Describe) -> None:
        described[event_type] = function

    async_describe_events(hass, collect)
    return lambda event: described[str(event.event_type)](event)


@pytest.fixture
async def bleemeo(socket_enabled: None) -> AsyncIterator[SimulatedApi]:
    """Return a server that stands in for Bleemeo's API, with an account."""
    server = SimulatedApi()
    server.accounts[ACCOUNT] = Account("Servers")
    server.accounts[ACCOUNT].add_agent("web01", AGENT)
    async with server.running():
        yield server


@pytest.fixture
def account(bleemeo: SimulatedApi) -> Account:
    """Return the account's contents."""
    return bleemeo.accounts[ACCOUNT]


@pytest.fixture
def entry_with_access(entry: MockConfigEntry, bleemeo: SimulatedApi) -> MockConfigEntry:
    """Return an entry with access to the server."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        entry_id=entry.entry_id,
        unique_id=ACCOUNT,
        data={
            **entry.data,
            CONF_URL: bleemeo.url,
            CONF_ACCOUNT: ACCOUNT,
            CONF_REFRESH_TOKEN: bleemeo.log_in(),
        },
    )
