"""Tests of who may do what, over WebSocket and REST as Home Assistant's own actions."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from . import a_day, receive_alert, setup_integration
from .services import (
    ACCOUNT_STATUS,
    CPU,
    DISK,
    NAS,
    UPS,
    attribute,
    call,
    get_alerts,
    is_acknowledged,
    respond,
)

CONTROL: list[tuple[str, dict[str, Any]]] = [
    ("acknowledge", {}),
    ("unacknowledge", {}),
    ("silence", {"duration": 60}),
    ("unsilence", {}),
]
ADMIN: list[tuple[str, dict[str, Any]]] = [
    ("forget", {"entity_id": DISK}),
    ("send_test_alert", {"status": "ok"}),
    ("send_test_alert", {"status": "ok", "entity_id": CPU}),
    ("get_deliveries", {"config_entry_id": "01JBLEEMEO0000000000000000"}),
]

type Try = Callable[[str, dict[str, Any]], Awaitable[bool]]


@pytest.fixture(autouse=True)
async def house(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up a house whose server NAS has open alerts."""
    for component in ("api", "websocket_api"):
        assert await async_setup_component(hass, component, {})
    await setup_integration(hass, entry)
    for alert in a_day():
        await receive_alert(entry, alert)
    await hass.async_block_till_done()


@pytest.fixture(params=["websocket", "rest"])
def attempt(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> Callable[[str], Try]:
    """Return a function that performs an action with a token; is it permitted?"""

    def over_websocket(token: str) -> Try:
        async def perform(action: str, data: dict[str, Any]) -> bool:
            client = await hass_ws_client(hass, token)
            message = {
                "type": "call_service",
                "domain": "bleemeo",
                "service": action,
                "service_data": data,
                "return_response": action.startswith("get_"),
            }
            await client.send_json_auto_id(message)
            answer = await client.receive_json()
            if not answer["success"]:
                assert answer["error"]["code"] in {
                    "unauthorized",
                    "home_assistant_error",
                }
            return bool(answer["success"])

        return perform

    def over_rest(token: str) -> Try:
        async def perform(action: str, data: dict[str, Any]) -> bool:
            client = await hass_client(token)
            wants = "?return_response" if action.startswith("get_") else ""
            response = await client.post(
                f"/api/services/bleemeo/{action}{wants}", json=data
            )
            assert response.status in {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}
            return response.status == HTTPStatus.OK

        return perform

    return over_websocket if request.param == "websocket" else over_rest


@pytest.fixture
async def user_token(hass: HomeAssistant) -> str:
    """Return the token of a user who may control everything."""
    user = await hass.auth.async_create_user("user", group_ids=["system-users"])
    refresh = await hass.auth.async_create_refresh_token(user, "https://example.com")
    return hass.auth.async_create_access_token(refresh)


async def test_an_admin_may_do_everything(
    attempt: Callable[[str], Try], hass_access_token: str
) -> None:
    """Read, control, and what only an admin may."""
    perform = attempt(hass_access_token)
    for action, data in CONTROL:
        assert await perform(action, {"entity_id": NAS, **data}), action
    for action, data in [*ADMIN[::-1], ("get_alerts", {})]:
        assert await perform(action, data), action


async def test_a_user_may_control_and_read_alerts(
    hass: HomeAssistant, attempt: Callable[[str], Try], user_token: str
) -> None:
    """But not forget servers, read what was delivered raw, or raise false alarms."""
    perform = attempt(user_token)
    for action, data in CONTROL:
        assert await perform(action, {"entity_id": NAS, **data}), action
    assert await perform("get_alerts", {})
    before = len(hass.states.async_all())
    for action, data in ADMIN:
        assert not await perform(action, data), action
    assert len(hass.states.async_all()) == before


@pytest.mark.parametrize("data", [{}, {"config_entry_id": "unknown"}])
async def test_who_may_not_is_told_so_whatever_is_asked(
    hass: HomeAssistant, hass_read_only_user: MockUser, data: dict[str, Any]
) -> None:
    """And not what is missing; for an admin there is only one account to mean."""
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await respond(hass, "get_deliveries", context, **data)
    assert (await respond(hass, "get_deliveries"))["deliveries"]


async def test_a_user_who_may_only_read_changes_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    attempt: Callable[[str], Try],
    hass_read_only_access_token: str,
    entity_registry: er.EntityRegistry,
) -> None:
    """Not by an entity, a device or the account either."""
    perform = attempt(hass_read_only_access_token)
    assert await perform("get_alerts", {})
    device = entity_registry.entities[NAS].device_id
    for target in (
        {"entity_id": NAS},
        {"device_id": device},
        {"entity_id": ACCOUNT_STATUS},
    ):
        for action, data in CONTROL:
            assert not await perform(action, {**target, **data}), action
    for action, data in ADMIN:
        assert not await perform(action, data), action
    assert not is_acknowledged(hass, UPS)
    assert not entry.runtime_data.hub.board.silences
    assert hass.states.get("sensor.test_test") is None


async def test_an_automation_may_do_everything(hass: HomeAssistant) -> None:
    """For it belongs to no user."""
    for action, data in CONTROL:
        await call(hass, action, entity_id=NAS, **data)
    for action, data in ADMIN[::-1]:
        if action.startswith("get_"):
            assert await respond(hass, action, **data)
        else:
            await call(hass, action, **data)


async def test_what_a_target_stands_for_must_be_controlled_too(
    hass: HomeAssistant, hass_read_only_user: MockUser
) -> None:
    """The server's status alone does not give its metrics away."""
    control = {"read": True, "control": True}
    policy = {"entity_ids": {NAS: control, UPS: control}}
    hass_read_only_user.mock_policy({"entities": policy})
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await call(hass, "acknowledge", context, entity_id=[UPS, DISK])
    with pytest.raises(Unauthorized):
        await call(hass, "acknowledge", context, entity_id=NAS)
    # its problem sensor is an entity of the same metric
    policy["entity_ids"]["binary_sensor.nas_example_com_ups_problem"] = control
    await call(hass, "acknowledge", context, entity_id=UPS)
    assert is_acknowledged(hass, UPS)
    await call(hass, "silence", context, entity_id=UPS, duration=60)
    assert attribute(hass, UPS, "silenced")


async def test_a_user_is_told_only_of_what_they_may_read(
    hass: HomeAssistant, hass_read_only_user: MockUser
) -> None:
    """By either entity of a metric; the others are not even counted."""
    read = {"read": True}
    readable = {
        UPS: read,
        "binary_sensor.web01_example_com_disk_used_home_problem": read,
        CPU: read,
    }
    hass_read_only_user.mock_policy({"entities": {"entity_ids": readable}})
    context = Context(user_id=hass_read_only_user.id)
    response = await respond(hass, "get_alerts", context)
    found = {alert["metric_name"] for alert in response["alerts"]}
    assert found == {"UPS", "Disk used (/home)"}
    assert response["count"] == 2
    response = await respond(hass, "get_alerts", context, entity_id=NAS)
    assert [alert["metric_name"] for alert in response["alerts"]] == ["UPS"]
    assert len(await get_alerts(hass)) == 5


@pytest.mark.parametrize("action", ["acknowledge", "get_alerts"])
async def test_a_user_who_was_deleted_may_nothing(
    hass: HomeAssistant, action: str
) -> None:
    """Their automation's last call comes too late."""
    with pytest.raises(UnknownUser):
        await respond_or_call(hass, action, Context(user_id="gone"))


async def respond_or_call(hass: HomeAssistant, action: str, context: Context) -> None:
    """Perform an action on a server."""
    if action.startswith("get_"):
        await respond(hass, action, context, entity_id=NAS)
    else:
        await call(hass, action, context, entity_id=NAS)
