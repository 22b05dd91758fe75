"""Tests of the spoken announcement."""

from datetime import datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.bleemeo.const import DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant, ServiceCall

from . import (
    METRIC,
    TEXT,
    Automate,
    Change,
    Restart,
    Storm,
    Wait,
    alert,
    device_of,
    sent,
)

SPEAKERS = {"voice": "tts.voice", "speakers": ["media_player.kitchen"]}
AWAKE = {**SPEAKERS, "quiet_hours": False, "pause": 0}


@pytest.fixture
def spoken(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what is spoken."""
    return async_mock_service(hass, "tts", "speak")


async def test_speakers_say_what_gets_worse_and_what_is_over(
    automate: Automate, change: Change, spoken: list[ServiceCall]
) -> None:
    """One after the other, and nothing twice."""
    await automate("announce", **AWAKE, say_over=True)
    for status in ("warning", "critical", "critical", "warning"):
        await change(status)
    assert sent(spoken) == [
        "Bleemeo. CPU on web01 is critical.",
        # no longer critical, but not over
        "Bleemeo. CPU on web01 is warning.",
    ]
    assert spoken[0].data["entity_id"] == ["tts.voice"]
    assert spoken[0].data["media_player_entity_id"] == ["media_player.kitchen"]


async def test_what_eases_is_no_news(
    automate: Automate, change: Change, spoken: list[ServiceCall]
) -> None:
    """What worsens is."""
    await automate("announce", **AWAKE, severities=["critical", "warning"])
    for status in ("warning", "critical", "warning"):
        await change(status)
    assert sent(spoken) == [
        "Bleemeo. CPU on web01 is warning.",
        "Bleemeo. CPU on web01 is critical.",
    ]


async def test_a_storm_is_one_sentence(
    automate: Automate, storm: Storm, spoken: list[ServiceCall]
) -> None:
    """With the longest of the worst."""
    await automate("announce", **AWAKE, say_over=True)
    names = [f"Disk {number}" for number in range(60)]
    await storm([alert("critical", metric_name=name) for name in names])
    await storm([alert("ok", metric_name=name) for name in names])
    first, second = sent(spoken)
    assert first.startswith("Bleemeo. 60 alerts: Disk ")
    assert first.count(" on web01 is critical") == 3
    assert first.endswith(", and 57 more.")
    assert second.startswith("Bleemeo. It is over: 60 alerts: Disk ")


@pytest.mark.parametrize(
    ("time", "options", "status", "is_spoken"),
    [
        ("21:59:40", {}, "critical", True),
        ("22:00:00", {}, "critical", False),
        ("03:00:00", {}, "critical", False),
        ("07:00:00", {}, "critical", True),
        ("03:00:00", {"quiet_hours": False}, "warning", True),
        ("03:00:00", {"critical_always": True}, "critical", True),
        ("03:00:00", {"critical_always": True}, "warning", False),
        (
            "14:30:00",
            {"quiet_from": "13:00:00", "quiet_until": "15:00:00"},
            "warning",
            False,
        ),
    ],
)
async def test_speakers_keep_quiet_hours(
    automate: Automate,
    change: Change,
    spoken: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    time: str,
    options: dict[str, Any],
    status: str,
    is_spoken: bool,
) -> None:
    """Across midnight too; critical alerts are spoken only if configured."""
    freezer.move_to(datetime.fromisoformat(f"2026-11-24T{time}Z"))
    await automate(
        "announce", **SPEAKERS, severities=["critical", "warning"], pause=0, **options
    )
    await change(status)
    assert bool(spoken) is is_spoken


async def test_quiet_hours_end_with_what_still_needs_attention(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    wait: Wait,
    interrupt: Change,
    spoken: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """Not with what is over or was acknowledged, and if that is all, with nothing."""
    freezer.move_to(datetime.fromisoformat("2026-11-24T06:00:00Z"))
    await automate("announce", **SPEAKERS, pause=0)
    for name in ("CPU", "Disk", "Memory"):
        await change("critical", metric_name=name)
    await change("ok", metric_name="Disk")
    await hass.services.async_call(
        DOMAIN, "acknowledge", {"entity_id": "sensor.web01_cpu"}, blocking=True
    )
    await interrupt()
    await wait(30)
    assert spoken == []
    await wait(30)
    assert sent(spoken) == ["Bleemeo. Still open: Memory on web01 is critical."]
    await change("ok", metric_name="Memory")
    await wait(24 * 60)
    assert len(spoken) == 1


@pytest.mark.parametrize("is_missed", [True, False])
async def test_the_end_of_quiet_hours_is_told_at_a_start_if_it_was_missed(
    automate: Automate,
    change: Change,
    restart: Restart,
    wait: Wait,
    spoken: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    is_missed: bool,
) -> None:
    """Not at any other start."""
    freezer.move_to(datetime.fromisoformat("2026-11-24T06:50:00Z"))
    await automate("announce", **SPEAKERS, pause=0)
    await change("critical")
    if not is_missed:
        await wait(15)
        assert len(spoken) == 1
        spoken.clear()
    await restart(minutes=30)
    await wait(0.2)
    expected = ["Bleemeo. Still open: CPU on web01 is critical."] if is_missed else []
    assert sent(spoken) == expected


async def test_speakers_get_words_without_markup(
    automate: Automate, change: Change, spoken: list[ServiceCall]
) -> None:
    """A speech engine could take markup for commands."""
    await automate("announce", **AWAKE, message="Hear: {{ alert.text }}")
    await automate("announce", **AWAKE)
    await change("critical", metric_name=METRIC, text=TEXT)
    said, own = sorted(sent(spoken))
    assert own.startswith("""Hear: {'a': None, "b": [1, 2]} {# } }}""")
    assert said.startswith("""Bleemeo. It's "50%" {{ 1 / 0 }} {% raw %}""")
    assert not set("<>&") & set(own + said)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("auto", "Bleemeo. CPU on web01 is critical."),
        ("en", "Bleemeo. CPU on web01 is critical."),
        ("fr", "Bleemeo. CPU sur web01\u00a0: en état critique."),
        ("de", "Bleemeo. CPU auf web01 ist kritisch."),
        ("es", "Bleemeo. CPU en web01: estado crítico."),
        ("it", "Bleemeo. CPU su web01: in stato critico."),
        ("nl", "Bleemeo. CPU op web01: kritiek."),
        ("sv", "Bleemeo. CPU på web01 har status kritisk."),
    ],
)
async def test_speakers_speak_the_language_of_the_house(
    automate: Automate,
    change: Change,
    spoken: list[ServiceCall],
    language: str,
    expected: str,
) -> None:
    """That is chosen in the form."""
    await automate("announce", **AWAKE, language=language)
    await change("critical")
    assert sent(spoken) == [expected]


async def test_speakers_leave_out_other_servers_and_what_somebody_looks_after(
    hass: HomeAssistant, automate: Automate, change: Change, spoken: list[ServiceCall]
) -> None:
    """By a target, and by a silence."""
    await change("ok")
    await automate(
        "announce",
        **AWAKE,
        target={"device_id": device_of(hass, "sensor.web01_cpu")},
    )
    await hass.services.async_call(
        DOMAIN, "silence", {"entity_id": "sensor.web01_cpu"}, blocking=True
    )
    await change("critical", host="db01")
    await change("critical")
    assert spoken == []
    await change("critical", metric_name="Disk")
    assert sent(spoken) == ["Bleemeo. Disk on web01 is critical."]


@pytest.mark.parametrize(
    ("status", "say_flapping", "count"),
    [("critical", False, 1), ("ok", False, 0), ("critical", True, 1)],
)
async def test_speakers_tell_what_stays_after_it_flapped(
    automate: Automate,
    change: Change,
    wait: Wait,
    spoken: list[ServiceCall],
    status: str,
    say_flapping: bool,
    count: int,
) -> None:
    """An hour later, unless it was told at once; what is over by then is not told."""
    await automate("announce", **AWAKE, say_flapping=say_flapping)
    await change(status, number_status_change_last_hour=6)
    assert len(spoken) == say_flapping
    await wait(61)
    assert len(spoken) == count


async def test_a_test_is_said_to_be_one(
    hass: HomeAssistant, automate: Automate, wait: Wait, spoken: list[ServiceCall]
) -> None:
    """So that nobody runs."""
    await automate("announce", **AWAKE)
    await hass.services.async_call(
        DOMAIN,
        "send_test_alert",
        {"status": "critical", "host": "web01", "metric": "CPU"},
        blocking=True,
    )
    await wait(0.2)
    assert sent(spoken) == ["Bleemeo. Test: CPU on web01 is critical."]


async def test_an_entry_that_is_disabled_is_not_spoken_of(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    wait: Wait,
    spoken: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """Neither as open nor as over."""
    freezer.move_to(datetime.fromisoformat("2026-11-24T06:00:00Z"))
    await automate("announce", **SPEAKERS, pause=0, say_over=True)
    await change("critical")
    [entry] = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await wait(60)
    assert spoken == []
