"""Tests of the roads on which an alert comes to a blueprint: it is told once on each."""

from typing import Any

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.bleemeo.const import (
    CONF_ACCOUNT,
    CONF_CLOUDHOOK,
    CONF_REFRESH_TOKEN,
    DOMAIN,
)
from homeassistant.const import CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, ServiceCall
from scripts.simulated_api import Account, SimulatedApi
from tests import (
    ACCOUNT,
    WEBHOOK_ID,
    WEBHOOK_PATH,
    look_again,
    receive_alert,
    settle_agreement,
)

from . import Automate, Change, Restart, Wait, alert, sent


@pytest.fixture
def entry(bleemeo: SimulatedApi) -> MockConfigEntry:
    """Return an entry with access to Bleemeo's API."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Bleemeo",
        unique_id=ACCOUNT,
        data={
            CONF_WEBHOOK_ID: WEBHOOK_ID,
            CONF_CLOUDHOOK: False,
            CONF_URL: bleemeo.url,
            CONF_ACCOUNT: ACCOUNT,
            CONF_REFRESH_TOKEN: bleemeo.log_in(),
        },
    )


@pytest.fixture
def texts(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what is told."""
    return async_mock_service(hass, "notify", "send_message")


@pytest.fixture
async def notify(automate: Automate, texts: list[ServiceCall]) -> None:
    """Notify of alerts."""
    await automate("notify_phone", receivers=["notify.somebody"])


@pytest.mark.usefixtures("notify")
async def test_from_the_webhook(
    client: TestClient[Any, Any], texts: list[ServiceCall], wait: Wait
) -> None:
    """The usual one; a repeat is nothing new."""
    for _ in range(2):
        response = await client.post(WEBHOOK_PATH, json=alert("critical"))
        assert response.status == 200
    await wait(0.2)
    assert sent(texts, "title") == ["web01: CPU – Critical"]


@pytest.mark.usefixtures("notify")
async def test_while_home_assistant_starts(
    entry: MockConfigEntry, texts: list[ServiceCall], restart: Restart, wait: Wait
) -> None:
    """Once it has started."""

    async def meanwhile() -> None:
        await receive_alert(entry, alert("critical"))
        assert texts == []

    await restart(meanwhile=meanwhile)
    await wait(0.2)
    assert sent(texts, "title") == ["web01: CPU – Critical"]


@pytest.mark.usefixtures("notify")
async def test_from_the_api(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    account: Account,
    texts: list[ServiceCall],
    wait: Wait,
) -> None:
    """What no alert has told."""
    agent = account.add_agent("db01")
    metric = account.add_metric(agent, "cpu_used", "ok")
    await entry.runtime_data.agreement.async_check_now()
    account.set_status(metric, "critical")
    await entry.runtime_data.agreement.async_check_now()
    await look_again(hass, entry)
    await wait(0.2)
    assert sent(texts, "title") == ["db01: CPU used – Critical"]


@pytest.mark.usefixtures("notify")
async def test_from_the_api_after_home_assistant_was_away(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    account: Account,
    texts: list[ServiceCall],
    restart: Restart,
    wait: Wait,
) -> None:
    """All in one summary."""
    agents = [account.add_agent(name) for name in ("db01", "db02")]
    metrics = [account.add_metric(agent, "cpu_used", "ok") for agent in agents]
    await entry.runtime_data.agreement.async_check_now()

    async def meanwhile() -> None:
        await settle_agreement(hass, entry)
        await look_again(hass, entry)

    def stopped() -> None:
        for metric in metrics:
            account.set_status(metric, "critical")

    await restart(stopped=stopped, meanwhile=meanwhile)
    await wait(0.2)
    assert sent(texts, "title") == ["Bleemeo: 2 alerts"]


@pytest.mark.usefixtures("notify")
async def test_from_a_test(
    hass: HomeAssistant, texts: list[ServiceCall], change: Change, wait: Wait
) -> None:
    """As any metric; it says that it is one."""
    await change("ok")
    await hass.services.async_call(
        DOMAIN,
        "send_test_alert",
        {"entity_id": "sensor.web01_cpu", "status": "critical"},
        blocking=True,
    )
    await wait(0.2)
    assert sent(texts, "title") == ["Test: web01: CPU – Critical"]
