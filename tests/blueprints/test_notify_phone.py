"""Tests of the notifications on a phone."""

import asyncio
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.test_util.aiohttp import (
    AiohttpClientMocker,
    AiohttpClientMockResponse,
)
from yarl import URL

from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests import payload, receive_alert, state
from tests.hostile import HOSTILE, line

from . import METRIC, TEXT, Automate, Change, Restart, device_of, settle

PUSH_URL = "https://push.example.com/"


@pytest.fixture(params=["Google"])
async def phone(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    blueprints: None,
    aioclient_mock: AiohttpClientMocker,
) -> str:
    """Return the device of a phone with the app, by the test's choice of manufacturer.

    It must precede the client, because routes cannot be added to a running server.
    """
    aioclient_mock.post(PUSH_URL, json={}, status=201)
    entry = MockConfigEntry(
        domain="mobile_app",
        title="Phone",
        data={
            "app_data": {"push_token": "token", "push_url": PUSH_URL},
            "app_id": "io.homeassistant",
            "app_name": "Home Assistant",
            "app_version": "2026.10",
            "device_id": "phone-1",
            "device_name": "Phone",
            "manufacturer": request.param,
            "model": "One",
            "os_name": "OS",
            "os_version": "1",
            "supports_encryption": False,
            "user_id": "1",
            "webhook_id": "the-phone",
        },
    )
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "mobile_app", {})
    await settle(hass)
    return device_of(hass, "notify.phone")


@pytest.fixture
def pushed(aioclient_mock: AiohttpClientMocker) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that returns what was pushed since its last call."""

    def _pushed() -> list[dict[str, Any]]:
        calls = [data for method, _, data, _ in aioclient_mock.mock_calls]
        aioclient_mock.mock_calls.clear()
        return calls

    return _pushed


async def test_a_phone_has_one_notification_for_each_metric(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    pushed: Callable[[], list[dict[str, Any]]],
) -> None:
    """It is updated, loudly if worse and quietly if better, and removed in the end."""
    await automate("notify_phone", phone=phone)
    await change("warning")
    [warning] = pushed()
    assert warning["title"] == "web01: CPU is warning"
    assert warning["message"].startswith("Warning: Current value: 85.00 %")
    assert warning["data"]["channel"] == "Bleemeo"
    assert warning["data"]["alert_once"] is False
    assert warning["data"]["push"]["sound"] == "default"

    await change("critical")
    [critical] = pushed()
    assert critical["data"]["tag"] == warning["data"]["tag"]
    assert critical["data"]["channel"] == "alarm_stream"
    assert critical["data"]["importance"] == "high"
    assert (critical["data"]["ttl"], critical["data"]["priority"]) == (0, "high")
    assert critical["data"]["push"] == {
        "interruption-level": "critical",
        "sound": {"name": "default", "critical": 1, "volume": 1.0},
    }

    await change("critical", metric_name="Memory")
    [other] = pushed()
    assert other["data"]["tag"] != critical["data"]["tag"]
    assert other["data"]["group"] == critical["data"]["group"]

    await change("warning")
    [eased] = pushed()
    assert eased["data"]["tag"] == warning["data"]["tag"]
    assert eased["data"]["alert_once"] is True
    assert eased["data"]["push"]["sound"] == "none"

    await change("warning")
    assert pushed() == []

    await change("ok")
    [cleared] = pushed()
    assert cleared["message"] == "clear_notification"
    assert cleared["data"]["tag"] == warning["data"]["tag"]


async def test_a_tap_opens_the_page_of_the_server(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    pushed: Callable[[], list[dict[str, Any]]],
) -> None:
    """On Android and iOS."""
    await automate("notify_phone", phone=phone)
    await change("critical")
    [notification] = pushed()
    page = f"/config/devices/device/{device_of(hass, 'sensor.web01_cpu_status')}"
    assert notification["data"]["url"] == page
    assert notification["data"]["clickAction"] == page


async def test_the_button_acknowledges_the_alert(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    pushed: Callable[[], list[dict[str, Any]]],
) -> None:
    """No other button does."""
    await automate("notify_phone", phone=phone, acknowledge_label="Got it")
    await change("critical")
    [notification] = pushed()
    [button] = notification["data"]["actions"]
    assert button["title"] == "Got it"
    status = "sensor.web01_cpu_status"
    for action in (None, 1, "OTHER", f"bleemeo-acknowledge another {status}"):
        hass.bus.async_fire("mobile_app_notification_action", {"action": action})
        await settle(hass)
        assert state(hass, status).attributes["acknowledged"] is False
    hass.bus.async_fire("mobile_app_notification_action", {"action": button["action"]})
    await settle(hass)
    assert state(hass, status).attributes["acknowledged"] is True
    assert pushed() == []


async def test_a_phone_may_say_that_it_is_over(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    restart: Restart,
    pushed: Callable[[], list[dict[str, Any]]],
) -> None:
    """Quietly, in place of the alert, even after a restart."""
    await automate(
        "notify_phone", phone=phone, when_over="replace", severities=["critical"]
    )
    await change("critical")
    [alert] = pushed()
    await restart()
    assert pushed() == []
    await change("warning")
    await change("ok")
    [eased] = pushed()
    assert eased["title"] == "web01: CPU is warning"
    assert eased["message"].startswith("It was critical. Current value")
    assert eased["data"]["tag"] == alert["data"]["tag"]
    assert eased["data"]["push"]["sound"] == "none"
    await change("critical")
    await change("ok", text=None)
    _, cleared = pushed()
    assert cleared["title"] == "web01: CPU is OK again"
    assert cleared["message"] == "It was critical."


@pytest.mark.parametrize(
    ("phone", "metric_name", "text"),
    [
        ("Apple", METRIC, TEXT),
        (
            "Google",
            METRIC.replace("&", "&amp;").replace("<", "&lt;"),
            TEXT.replace("&", "&amp;").replace("<", "&lt;"),
        ),
    ],
    indirect=["phone"],
)
async def test_a_phone_shows_texts_as_they_are(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    pushed: Callable[[], list[dict[str, Any]]],
    metric_name: str,
    text: str,
) -> None:
    """Nothing in them is taken for a template, a list or, on Android, HTML."""
    await automate("notify_phone", phone=phone)
    await change("warning", metric_name=METRIC, text=TEXT)
    [notification] = pushed()
    assert notification["title"] == f"web01: {metric_name} is warning"
    assert notification["message"] == f"Warning: {text}"
    await change("critical", metric_name=METRIC, text="[1, 2]")
    [notification] = pushed()
    assert notification["message"] == "Critical: [1, 2]"


async def test_a_phone_that_reads_html_is_given_text(
    phone: str,
    automate: Automate,
    change: Change,
    pushed: Callable[[], list[dict[str, Any]]],
) -> None:
    """Read as HTML, it is what was sent; nothing in it is a tag."""
    await automate("notify_phone", phone=phone)
    for number, text in enumerate(HOSTILE):
        await change("warning", metric_name="M" * (number + 1), text=text)
        [notification] = pushed()
        message = notification["message"]
        assert "<" not in message
        assert line(unescape(message)) == line(f"Warning: {text}")


async def test_a_phone_hears_only_of_the_chosen_alerts(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    pushed: Callable[[], list[dict[str, Any]]],
) -> None:
    """By severity and by server; a new metric that is OK is no news."""
    await change("ok")
    await automate(
        "notify_phone",
        phone=phone,
        severities=["unknown"],
        hosts=[device_of(hass, "sensor.web01_cpu_status")],
        acknowledge=False,
    )
    await change("warning")
    await change("unknown", host="db01")
    await change("ok", metric_name="Memory")
    assert pushed() == []
    await change("unknown", metric=None, text=None, metric_name="Agent status")
    [notification] = pushed()
    assert notification["title"] == "web01: Agent status is unknown"
    assert notification["message"] == "Unknown: web01 - Agent status is Unknown"
    assert notification["data"]["tag"].endswith(" agent")
    assert notification["data"]["actions"] == []


async def test_silence_is_kept_where_that_is_wanted(
    phone: str,
    automate: Automate,
    change: Change,
    pushed: Callable[[], list[dict[str, Any]]],
) -> None:
    """Even for critical alerts."""
    await automate("notify_phone", phone=phone, break_silence=False)
    await change("critical")
    [notification] = pushed()
    assert notification["data"]["channel"] == "Bleemeo"
    assert notification["data"]["push"]["sound"] == "default"


@pytest.mark.parametrize("phone", ["Apple"], indirect=True)
async def test_a_critical_alert_is_not_lost_behind_many_others(
    hass: HomeAssistant,
    phone: str,
    automate: Automate,
    aioclient_mock: AiohttpClientMocker,
) -> None:
    """A push is slow, and whole racks go down together."""
    told: list[str] = []

    async def push(method: str, url: URL, data: Any) -> AiohttpClientMockResponse:
        await asyncio.sleep(0.005)
        told.append(data["title"])
        return AiohttpClientMockResponse(method, url, status=201, json={})

    await automate("notify_phone", phone=phone)
    aioclient_mock.clear_requests()
    aioclient_mock.post(PUSH_URL, side_effect=push)
    many = 150
    entry = hass.config_entries.async_loaded_entries(DOMAIN)[0]
    alerts = [
        payload(
            metric=f"4bec41e4-4efc-4bb8-b872-{number:012}",
            status=2 if number == many else 1,
            title=f"web01 - Disk {number} is full",
        )
        for number in range(many + 1)
    ]
    await asyncio.gather(*(receive_alert(entry, alert) for alert in alerts))
    async with asyncio.timeout(20):
        while len(told) < many + 1:
            await settle(hass)
    assert "is critical" in told[-1]
