"""Tests of the daily digest."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import HomeAssistant, ServiceCall
from tests.hostile import HOSTILE, line

from . import METRIC, Automate, Change, Restart, device_of, sent, settle

DIGEST = [{"action": "notify.digest", "data": {"message": "{{ digest }}"}}]


@pytest.fixture
def digests(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> list[ServiceCall]:
    """Return the digests that are sent, starting on a Friday at noon UTC."""
    freezer.move_to("2026-11-20T12:00:00Z")
    return async_mock_service(hass, "notify", "digest")


async def next_morning(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Move the time to eight o'clock."""
    freezer.tick(timedelta(hours=20))
    async_fire_time_changed(hass)
    await settle(hass)


def in_hours(calls: list[ServiceCall]) -> list[str]:
    """Return the messages, as Home Assistant before 2026.11 rounds what is nearly a day."""
    return [text.replace("for 1 day", "for 24 hours") for text in sent(calls)]


async def test_a_digest_has_all_open_alerts_the_worst_first(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """With how long they have been open, and their acknowledgements."""
    await hass.config.async_set_time_zone("UTC")
    receivers = async_mock_service(hass, "notify", "send_message")
    await automate("daily_digest", digest_actions=DIGEST, receivers=["notify.somebody"])
    await change("warning")
    await change("unknown", host="db01", metric_name="Certificate")
    await change("critical", host="db01", metric_name=METRIC)
    await change("ok", metric_name="Memory")
    await hass.services.async_call(
        DOMAIN,
        "acknowledge",
        {"entity_id": "sensor.web01_cpu_status"},
        blocking=True,
    )
    await next_morning(hass, freezer)
    expected = (
        "Bleemeo: 3 open alerts\n"
        f"- Critical: db01, {METRIC.replace('<', '‹')}, for 24 hours\n"
        "- Warning: web01, CPU, for 24 hours (acknowledged)\n"
        "- Unknown: db01, Certificate, for 24 hours"
    )
    assert in_hours(digests) == in_hours(receivers) == [expected]


async def test_a_digest_has_no_markup_whatever_was_sent(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A phone may read it as HTML."""
    await automate("daily_digest", digest_actions=DIGEST, most=60)
    for number, text in enumerate(HOSTILE):
        await change("critical", host=f"host{number}", metric_name=text)
    await next_morning(hass, freezer)
    [digest] = sent(digests)
    assert "<" not in digest
    assert digest.startswith("Bleemeo: 40 open alerts\n")
    for text in HOSTILE:
        assert line(text.replace("<", "‹")) in line(digest)


async def test_a_digest_may_leave_things_out(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """By severity, by server, by acknowledgement and by number."""
    await hass.config.async_set_time_zone("UTC")
    await change("critical")
    await automate(
        "daily_digest",
        digest_actions=DIGEST,
        severities=["critical"],
        hosts=[device_of(hass, "sensor.web01_cpu_status")],
        with_acknowledged=False,
        most=1,
    )
    await hass.services.async_call(
        DOMAIN,
        "acknowledge",
        {"entity_id": "sensor.web01_cpu_status"},
        blocking=True,
    )
    await change("critical", host="db01")
    await change("warning", metric_name="Disk")
    for number in range(3):
        await change("critical", metric_name=f"Metric {number}")
    await next_morning(hass, freezer)
    assert in_hours(digests) == [
        "Bleemeo: 3 open alerts\n- Critical: web01, Metric 0, for 24 hours\n- and 2 more"
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
    await hass.config.async_set_time_zone("UTC")
    await automate("daily_digest", digest_actions=DIGEST)
    await change("critical")
    await restart()
    await change("ok")
    await next_morning(hass, freezer)
    assert digests == []
    await automate(
        "daily_digest", digest_actions=DIGEST, say_all_clear=True, weekdays=["mon"]
    )
    for _ in range(3):
        freezer.tick(timedelta(hours=4))
        await next_morning(hass, freezer)
    assert sent(digests) == ["Bleemeo: all clear"]


async def test_a_digest_is_never_calm_about_what_is_not_known(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    digests: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """An account that is not loaded is named, also where all clear is not told."""
    await hass.config.async_set_time_zone("UTC")
    await automate("daily_digest", digest_actions=DIGEST)
    await change("ok")
    [entry] = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_unload(entry.entry_id)
    await next_morning(hass, freezer)
    assert sent(digests) == [
        f"Bleemeo: not all is known\n- Nothing is known of {entry.title}"
    ]
