"""Tests of the spoken announcement."""

import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from homeassistant.core import HomeAssistant, ServiceCall
from tests.hostile import HOSTILE

from . import METRIC, TEXT, Automate, Change, Wait, device_of, sent

SPEAKERS = {"voice": "tts.voice", "speakers": ["media_player.kitchen"]}


@pytest.fixture
def spoken(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what is spoken."""
    return async_mock_service(hass, "tts", "speak")


async def test_speakers_say_what_gets_worse_and_what_is_over(
    automate: Automate, change: Change, spoken: list[ServiceCall], wait: Wait
) -> None:
    """One after the other, and nothing twice."""
    await automate("announce", **SPEAKERS, quiet_hours=False, say_over=True)
    for status in ("warning", "critical", "critical", "warning", "critical", "ok"):
        await change(status)
        await wait(1)
    assert sent(spoken) == [
        "Attention. CPU on web01 is critical.",
        "All clear. CPU on web01 is only warning.",
        "Attention. CPU on web01 is critical.",
        "All clear. CPU on web01 is OK again.",
    ]
    assert spoken[0].data["entity_id"] == ["tts.voice"]
    assert spoken[0].data["media_player_entity_id"] == ["media_player.kitchen"]


@pytest.mark.parametrize(
    ("time", "options", "status", "is_spoken"),
    [
        ("21:59:59", {}, "critical", True),
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
    hass: HomeAssistant,
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
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to(f"2026-11-24T{time}Z")
    await automate(
        "announce", **SPEAKERS, severities=["critical", "warning"], pause=0, **options
    )
    await change(status)
    assert bool(spoken) is is_spoken


async def test_speakers_get_words_without_markup(
    automate: Automate, change: Change, spoken: list[ServiceCall]
) -> None:
    """A speech engine could take markup for commands."""
    await automate(
        "announce",
        **SPEAKERS,
        quiet_hours=False,
        pause=0,
        message="Hear: {{ alert.text }}",
    )
    await change("critical", metric_name=METRIC, text=TEXT)
    [said] = sent(spoken)
    assert said.startswith("""Hear: {'a': None, "b": [1, 2]} {# } }}""")
    assert not set("<>&") & set(said)
    await change("ok", metric_name=METRIC, text=None)
    await change("critical", metric_name=METRIC, text=None)
    assert sent(spoken)[1:] == ["Hear: None"]


async def test_speakers_get_no_command_whatever_was_sent(
    automate: Automate, change: Change, spoken: list[ServiceCall]
) -> None:
    """Each text is spoken all the same."""
    await automate(
        "announce",
        **SPEAKERS,
        quiet_hours=False,
        pause=0,
        message="Hear: {{ alert.text }}",
    )
    for number, text in enumerate(HOSTILE):
        await change("critical", metric_name="M" * (number + 1), text=text)
        said = sent(spoken)[-1]
        assert len(sent(spoken)) == number + 1
        assert not set("<>&") & set(said)
        words = re.findall(r"\w+", text)
        assert [word for word in words if word not in said] == []


async def test_speakers_leave_out_what_flaps_and_other_servers(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    spoken: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """Unless configured otherwise."""
    freezer.move_to("2026-11-20T08:05:00Z")
    await change("ok")
    await automate(
        "announce",
        **SPEAKERS,
        quiet_hours=False,
        pause=0,
        hosts=[device_of(hass, "sensor.web01_cpu_status")],
    )
    await change("critical", host="db01")
    await change("critical", number_status_change_last_hour=6)
    assert spoken == []
    await change("warning")
    await change("critical")
    assert len(spoken) == 1


@pytest.mark.parametrize(
    ("status", "say_flapping", "count"),
    [("critical", False, 1), ("ok", False, 0), ("critical", True, 1)],
)
async def test_speakers_tell_what_stays_after_it_flapped(
    automate: Automate,
    change: Change,
    wait: Wait,
    spoken: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    status: str,
    say_flapping: bool,
    count: int,
) -> None:
    """An hour later, unless it was told at once; what is over by then is not told."""
    freezer.move_to("2026-11-20T08:02:00Z")
    await automate(
        "announce", **SPEAKERS, quiet_hours=False, pause=0, say_flapping=say_flapping
    )
    await change(status, number_status_change_last_hour=6)
    assert len(spoken) == say_flapping
    await wait(61)
    assert len(spoken) == count
