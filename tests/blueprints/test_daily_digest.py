"""Tests of the daily digest."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant, ServiceCall

from . import METRIC, Automate, Change, Restart, Storm, alert, device_of, sent, settle

DIGEST = [{"action": "notify.digest", "data": {"message": "{{ digest }}"}}]


@pytest.fixture
def digests(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the digests that are sent."""
    return async_mock_service(hass, "notify", "digest")


async def next_morning(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Move the time to eight o'clock of the next day, from noon or eight."""
    now = freezer.time_to_freeze
    morning = now.replace(hour=8, minute=0, second=0) + timedelta(days=1)
    freezer.move_to(morning)
    async_fire_time_changed(hass)
    for _ in range(3):
        await settle(hass)
    # many incidents are read for a while
    for _ in range(1_000):
        if not any(
            each.attributes["current"] for each in hass.states.async_all(AUTOMATION)
        ):
            break
        await settle(hass)


async def test_a_digest_has_what_is_open_and_what_was_yesterday(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """The worst, longest and most frequent first."""
    receivers = async_mock_service(hass, "notify", "send_message")
    await automate("daily_digest", digest_actions=DIGEST, receivers=["notify.somebody"])
    await change("warning", after=600)
    await change("unknown", host="db01", metric_name="Certificate")
    await change("critical", host="db01", metric_name=METRIC)
    for _ in range(2):
        await change("critical", metric_name="Memory", after=300)
        await change("ok", metric_name="Memory", after=60)
    await hass.services.async_call(
        DOMAIN,
        "acknowledge",
        {"entity_id": "sensor.web01_cpu"},
        blocking=True,
    )
    await next_morning(hass, freezer)
    expected = (
        "Bleemeo – open alerts: 3\n"
        f"- Critical: db01, {METRIC}, 19 h 49 min\n"
        "- Warning: web01, CPU, 20 h 0 min (acknowledged)\n"
        "- Unknown: db01, Certificate, 19 h 50 min\n"
        "Incidents yesterday: 5\n"
        "- longest: web01, CPU, 12 h 0 min\n"
        "- db01, Certificate, 11 h 50 min\n"
        f"- db01, {METRIC}, 11 h 49 min\n"
        "- most frequent: web01, Memory, 2 ×"
    )
    assert sent(digests) == sent(receivers) == [expected]


async def test_a_digest_has_any_number_of_alerts(
    hass: HomeAssistant,
    automate: Automate,
    storm: Storm,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """The others are counted."""
    await automate("daily_digest", digest_actions=DIGEST, most=2)
    await storm(
        [
            alert("critical", f"web{n % 20}", f"Disk {n}") | {"text": "x" * 500}
            for n in range(320)
        ]
    )
    await next_morning(hass, freezer)
    [text] = sent(digests)
    lines = text.splitlines()
    assert lines[0] == "Bleemeo – open alerts: 320"
    assert lines[3] == "… + 318 more"
    assert lines[4] == "Incidents yesterday: 320"


async def test_a_digest_may_leave_things_out(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """By severity, by server, by acknowledgement, and tests always."""
    await change("critical")
    await automate(
        "daily_digest",
        digest_actions=DIGEST,
        severities=["critical"],
        target={"device_id": device_of(hass, "sensor.web01_cpu")},
        with_acknowledged=False,
        with_yesterday=False,
    )
    await hass.services.async_call(
        DOMAIN, "acknowledge", {"entity_id": "sensor.web01_cpu"}, blocking=True
    )
    await change("critical", host="db01")
    await change("warning", metric_name="Disk")
    await change("critical", metric_name="Memory")
    await hass.services.async_call(
        DOMAIN,
        "send_test_alert",
        {"status": "critical", "host": "web01"},
        blocking=True,
    )
    await next_morning(hass, freezer)
    assert sent(digests) == [
        "Bleemeo – open alerts: 1\n- Critical: web01, Memory, 19 h 59 min"
    ]


async def test_a_digest_says_all_clear_only_where_that_is_wanted(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    restart: Restart,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """And only on the selected days."""
    await change("ok")
    await automate("daily_digest", digest_actions=DIGEST)
    await next_morning(hass, freezer)
    assert digests == []
    await automate(
        "daily_digest",
        digest_actions=DIGEST,
        say_all_clear=True,
        weekdays=["mon"],
        language="de",
    )
    await restart()
    for _ in range(3):
        await next_morning(hass, freezer)
    assert sent(digests) == ["Bleemeo – alles in Ordnung"]


@pytest.mark.parametrize("is_disabled", [False, True])
async def test_a_digest_never_says_all_clear_where_nothing_is_known(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    is_disabled: bool,
) -> None:
    """Of an account that was never heard of, or whose entry is not loaded."""
    if is_disabled:
        await change("critical")
        [entry] = hass.config_entries.async_entries(DOMAIN)
        await hass.config_entries.async_set_disabled_by(
            entry.entry_id, ConfigEntryDisabler.USER
        )
    await automate("daily_digest", digest_actions=DIGEST, say_all_clear=True)
    await next_morning(hass, freezer)
    line = "\nAccount Bleemeo is disabled, nothing is known of it"
    expected = f"Bleemeo – Not known: Bleemeo{line if is_disabled else ''}"
    assert sent(digests) == [expected]


async def test_an_account_that_was_disabled_is_named_and_blocks_nothing(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """All is clear but for it."""
    MockConfigEntry(
        domain=DOMAIN, title="Old", disabled_by=ConfigEntryDisabler.USER
    ).add_to_hass(hass)
    await change("ok")
    await automate("daily_digest", digest_actions=DIGEST, say_all_clear=True)
    await next_morning(hass, freezer)
    assert sent(digests) == [
        "Bleemeo – all clear\nAccount Old is disabled, nothing is known of it"
    ]


async def test_a_digest_that_was_missed_is_sent_at_the_start(
    automate: Automate,
    change: Change,
    restart: Restart,
    digests: list[ServiceCall],
) -> None:
    """Once, and on the same day."""
    await automate("daily_digest", digest_actions=DIGEST, time="12:30:00")
    await change("critical")
    await restart(minutes=10)
    assert digests == []
    await restart(minutes=60)
    await restart(minutes=10)
    [text] = sent(digests)
    assert text == "Bleemeo – open alerts: 1\n- Critical: web01, CPU, 1 h 10 min"


async def test_a_server_that_is_gone_is_no_all_clear(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Although nothing is open."""
    await change("ok")
    await automate(
        "daily_digest",
        digest_actions=DIGEST,
        say_all_clear=True,
        target={"device_id": "gone"},
    )
    await next_morning(hass, freezer)
    assert sent(digests) == ["Bleemeo – Not known: Bleemeo"]
    caplog.clear()
