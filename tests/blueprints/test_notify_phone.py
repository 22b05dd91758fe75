"""Tests of the notifications."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.bleemeo.const import DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from tests import receive_alert, state

from . import (
    METRIC,
    TEXT,
    Automate,
    Change,
    Pushed,
    Restart,
    Storm,
    Wait,
    alert,
    device_of,
    sent,
    settle,
)


@pytest.fixture
def phone(phones: list[str]) -> str:
    """Return the device of a phone."""
    return phones[0]


def shown(pushes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return titles and messages of what is shown."""
    return [
        (push["title"], push["message"])
        for push in pushes
        if push["message"] != "clear_notification"
    ]


def cleared(pushes: list[dict[str, Any]]) -> list[str]:
    """Return the tags of what is removed."""
    return [
        push["data"]["tag"]
        for push in pushes
        if push["message"] == "clear_notification"
    ]


async def press(
    hass: HomeAssistant,
    wait: Wait,
    push: dict[str, Any],
    number: int,
    user_id: str | None = None,
) -> None:
    """Press a button of a notification."""
    action = push["data"]["actions"][number]["action"]
    hass.bus.async_fire(
        "mobile_app_notification_action",
        {"action": action},
        context=Context(user_id=user_id),
    )
    await settle(hass)
    await wait(0)


async def test_a_phone_has_one_notification_for_each_metric(
    phone: str, automate: Automate, change: Change, pushed: Pushed
) -> None:
    """It is updated, loudly if worse and quietly if better, and removed in the end."""
    await automate("notify_phone", phones=[phone])
    await change("warning")
    [warning] = pushed()
    assert warning["title"] == "web01: CPU – Warning"
    assert warning["message"].startswith("Warning since 12:00: Current value: 85.00 %")
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
    tags = cleared(pushed())
    assert warning["data"]["tag"] in tags
    assert other["data"]["tag"] not in tags


async def test_unknown_is_no_end(
    phone: str, automate: Automate, change: Change, pushed: Pushed
) -> None:
    """A critical alert stays on the phone while nobody knows how it is."""
    await automate("notify_phone", phones=[phone], severities=["critical"])
    await change("critical")
    [critical] = pushed()
    await change("unknown")
    assert pushed() == []
    await change("ok")
    assert critical["data"]["tag"] in cleared(pushed())


async def test_a_storm_on_a_server_is_one_notification(
    phone: str, automate: Automate, storm: Storm, pushed: Pushed
) -> None:
    """The critical ones first, the others summed up."""
    await automate("notify_phone", phones=[phone])
    alerts = [alert("warning", metric_name=f"Disk {number}") for number in range(499)]
    await storm([*alerts, alert("critical", metric_name="RAID")])
    [push] = pushed()
    assert push["data"]["channel"] == "alarm_stream"
    assert push["title"] == "web01: 500 alerts"
    lines = push["message"].splitlines()
    assert lines[0] == "Critical: RAID"
    assert lines[-1] == "… + 495"
    assert len(lines) == 6


async def test_a_storm_on_many_servers_is_one_notification(
    phone: str, automate: Automate, storm: Storm, pushed: Pushed
) -> None:
    """It goes when the last alert is over."""
    await automate("notify_phone", phones=[phone])
    names = [f"web{number}" for number in range(20)]
    await storm(
        [alert("critical", name, f"Disk {n}") for name in names for n in range(3)]
    )
    [push] = pushed()
    assert push["title"] == "Bleemeo: 60 alerts"
    assert push["message"].startswith("Critical: web")
    assert push["data"]["actions"] == []
    await storm([alert("ok", name, f"Disk {n}") for name in names for n in range(3)])
    assert shown(pushed()) == []


async def test_a_summary_follows_what_is_open(
    phone: str, automate: Automate, change: Change, storm: Storm, pushed: Pushed
) -> None:
    """Until few are left, which have notifications of their own again."""
    await automate("notify_phone", phones=[phone])
    await storm([alert("critical", metric_name=f"Disk {n}") for n in range(5)])
    [summary] = pushed()
    assert summary["title"] == "web01: 5 alerts"
    await change("ok", metric_name="Disk 0")
    pushes = pushed()
    assert [title for title, _ in shown(pushes)] == ["web01: 4 alerts"]
    assert pushes[-1]["data"]["push"]["sound"] == "none"
    await change("ok", metric_name="Disk 1")
    pushes = pushed()
    assert summary["data"]["tag"] in cleared(pushes)
    assert sorted(title for title, _ in shown(pushes)) == [
        f"web01: Disk {n} – Critical" for n in (2, 3, 4)
    ]
    assert {push["data"]["push"]["sound"] for push in pushes if "title" in push} == {
        "none"
    }
    tag = pushes[-1]["data"]["tag"]
    await storm([alert("ok", metric_name=f"Disk {n}") for n in (2, 3, 4)])
    pushes = pushed()
    assert shown(pushes) == []
    assert tag in cleared(pushes)


async def test_the_end_of_a_storm_is_told_of_all_servers(
    phone: str, automate: Automate, storm: Storm, pushed: Pushed
) -> None:
    """Also of those that a trigger no longer describes."""
    await automate("notify_phone", phones=[phone])
    names = [f"web{number}" for number in range(3)]
    for name in names:
        await storm([alert("critical", name, f"Disk {n}") for n in range(20)])
    summaries = {push["title"]: push["data"]["tag"] for push in pushed()}
    assert summaries.keys() == {f"{name}: 20 alerts" for name in names}
    await storm([alert("ok", name, f"Disk {n}") for name in names for n in range(14)])
    assert {title for title, _ in shown(pushed())} == {
        f"{name}: 6 alerts" for name in names
    }
    await storm(
        [alert("ok", name, f"Disk {n}") for name in names for n in range(14, 20)]
    )
    assert set(summaries.values()) <= set(cleared(pushed()))


async def test_who_has_seen_a_storm_is_told_once(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    storm: Storm,
    wait: Wait,
    pushed: Pushed,
) -> None:
    """Not once for each alert."""
    await automate("notify_phone", phones=[phone])
    await storm([alert("critical", metric_name=f"Disk {n}") for n in range(60)])
    pushed()
    account = device_of(hass, "sensor.bleemeo_status")
    await hass.services.async_call(
        DOMAIN, "acknowledge", {"device_id": account}, blocking=True
    )
    await wait(0)
    assert shown(pushed()) == [("web01", "Acknowledged")]


async def test_the_button_acknowledges_on_all_phones(
    phones: list[str],
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    wait: Wait,
    pushed: Pushed,
    anna: Context,
) -> None:
    """They say who it was, have no button any more, and remind of nothing."""
    await automate("notify_phone", phones=phones)
    await change("critical")
    first, second = pushed()
    assert {first["push_token"], second["push_token"]} == {"Anna", "Bert"}
    assert [button["title"] for button in first["data"]["actions"]] == [
        "Acknowledge",
        "Silence for an hour",
    ]
    er.async_get(hass).async_update_entity(
        "sensor.web01_cpu", new_entity_id="sensor.renamed"
    )
    await settle(hass)
    await press(hass, wait, first, 0, anna.user_id)
    assert state(hass, "sensor.renamed").attributes["acknowledged"] is True
    pushes = [push for push in pushed() if "title" in push]
    assert [push["push_token"] for push in pushes] == ["Anna", "Bert"]
    for push in pushes:
        assert push["title"] == "web01: CPU – Critical"
        assert push["message"] == "Acknowledged: Anna"
        assert push["data"]["tag"] == first["data"]["tag"]
        assert push["data"]["actions"] == []
        assert push["data"]["push"]["sound"] == "none"
    await wait(20)
    await wait(300)
    assert pushed() == []


async def test_the_button_silences_for_an_hour(
    phones: list[str],
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    wait: Wait,
    pushed: Pushed,
    anna: Context,
) -> None:
    """Then what is still open is told again."""
    await automate("notify_phone", phones=phones, remind=False)
    await change("critical")
    push = pushed()[0]
    await press(hass, wait, push, 1, anna.user_id)
    assert (
        shown(pushed())
        == [("web01: CPU – Critical", "Silenced until 2026-11-20 13:00: Anna")] * 2
    )
    await change("ok")
    await change("critical")
    assert shown(pushed()) == []
    await wait(61)
    pushes = pushed()
    assert [title for title, _ in shown(pushes)] == ["web01: CPU – Critical"] * 2
    assert len(pushes[0]["data"]["actions"]) == 2


async def test_the_button_of_a_summary_acknowledges_the_server(
    phones: list[str],
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    storm: Storm,
    wait: Wait,
    pushed: Pushed,
    anna: Context,
) -> None:
    """Each phone is told once, and no other server is touched."""
    await automate("notify_phone", phones=phones)
    await change("critical", host="db01")
    await storm([alert("critical", metric_name=f"Disk {n}") for n in range(10)])
    summary = pushed()[-1]
    assert summary["title"] == "web01: 10 alerts"
    await press(hass, wait, summary, 0, anna.user_id)
    assert shown(pushed()) == [("web01", "Acknowledged: Anna")] * 2
    for name, expected in (("web01_disk_9", True), ("db01_cpu", False)):
        found = state(hass, f"sensor.{name}")
        assert found.attributes["acknowledged"] is expected


async def test_a_button_that_is_pressed_late_does_nothing(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    wait: Wait,
    pushed: Pushed,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A phone that was out of reach still shows what is over: that is no error."""
    await automate("notify_phone", phones=[phone])
    await change("critical")
    [push] = pushed()
    await change("ok")
    pushed()
    await press(hass, wait, push, 0)
    assert pushed() == []
    assert "Error" not in caplog.text


async def test_only_its_own_buttons_count(
    phone: str, hass: HomeAssistant, automate: Automate, change: Change, pushed: Pushed
) -> None:
    """Each automation hears the buttons of all."""
    await automate("notify_phone", phones=[phone], buttons=["acknowledge"])
    await change("critical")
    [push] = pushed()
    [button] = push["data"]["actions"]
    for action in (
        None,
        1,
        "OTHER",
        button["action"].replace("|", " "),
        button["action"].replace("notify_phone", "other"),
    ):
        hass.bus.async_fire("mobile_app_notification_action", {"action": action})
        await settle(hass)
    found = state(hass, "sensor.web01_cpu")
    assert found.attributes["acknowledged"] is False


async def test_reminders_come_in_growing_intervals(
    phone: str,
    automate: Automate,
    change: Change,
    wait: Wait,
    interrupt: Change,
    pushed: Pushed,
) -> None:
    """Whatever happens while they wait."""
    await automate("notify_phone", phones=[phone])
    await change("critical", after=10)
    assert len(shown(pushed())) == 1

    told = []
    for minutes in (10, 6, 46, 240, 245):
        await interrupt()
        await wait(minutes)
        told.append(len(shown(pushed())))
    assert told == [0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("first", "second", "every", "due"),
    [
        (10, 10, 40, {10, 50}),
        (10, 40, 20, {10, 40, 60, 80}),
        (20, 10, 30, {10, 20, 50, 80}),
        (20, 20, 20, {20, 40, 60, 80}),
    ],
)
async def test_reminders_that_are_due_at_once_are_one(
    phone: str,
    automate: Automate,
    change: Change,
    wait: Wait,
    pushed: Pushed,
    first: int,
    second: int,
    every: int,
    due: set[int],
) -> None:
    """Whatever intervals were chosen."""
    await automate(
        "notify_phone",
        phones=[phone],
        remind_first=first,
        remind_second=second,
        remind_every=every,
    )
    await change("critical", after=10)
    pushed()
    told = {}
    for minutes in range(10, 90, 10):
        await wait(9.9)
        told[minutes] = len(shown(pushed()))
    assert told == {minutes: int(minutes in due) for minutes in told}


async def test_a_reminder_that_came_due_while_away_is_told_at_the_start(
    phone: str,
    automate: Automate,
    change: Change,
    wait: Wait,
    restart: Restart,
    pushed: Pushed,
) -> None:
    """Once, although several are due."""
    await automate("notify_phone", phones=[phone])
    await change("critical")
    pushed()
    await restart(minutes=310)
    await wait(0.2)
    assert len(shown(pushed())) == 1


async def test_what_came_while_starting_is_one_summary(
    hass: HomeAssistant,
    phone: str,
    automate: Automate,
    change: Change,
    restart: Restart,
    wait: Wait,
    pushed: Pushed,
) -> None:
    """Of a server, or of all."""
    await automate("notify_phone", phones=[phone])
    await change("ok")
    [entry] = hass.config_entries.async_entries(DOMAIN)

    async def meanwhile() -> None:
        for number in range(8):
            await receive_alert(entry, alert("critical", f"web{number}"))

    await restart(meanwhile=meanwhile)
    await wait(0.2)
    [(title, _)] = shown(pushed())
    assert title == "Bleemeo: 8 alerts"


async def test_quiet_hours_end_with_what_is_still_open(
    phone: str, automate: Automate, change: Change, wait: Wait, pushed: Pushed
) -> None:
    """Critical alerts are told even then."""
    await automate(
        "notify_phone",
        phones=[phone],
        quiet_hours=True,
        quiet_from="11:00:00",
        quiet_until="14:00:00",
    )
    await change("warning", metric_name="Disk")
    await change("warning", metric_name="Memory")
    assert pushed() == []
    await change("critical")
    assert [title for title, _ in shown(pushed())] == ["web01: CPU – Critical"]
    await change("ok", metric_name="Disk")
    await wait(30)
    assert {title for title, _ in shown(pushed())} == {"web01: CPU – Critical"}
    await wait(90)
    assert max(title for title, _ in shown(pushed())) == "web01: Memory – Warning"


async def test_the_end_of_quiet_hours_is_told_at_a_start_if_it_was_missed(
    phone: str,
    automate: Automate,
    change: Change,
    restart: Restart,
    wait: Wait,
    pushed: Pushed,
) -> None:
    """And not at the next start."""
    await automate(
        "notify_phone",
        phones=[phone],
        quiet_hours=True,
        quiet_from="11:00:00",
        quiet_until="12:30:00",
        remind=False,
    )
    await change("warning")
    await restart(minutes=10)
    await wait(0.2)
    assert pushed() == []
    await restart(minutes=30)
    await wait(0.2)
    assert [title for title, _ in shown(pushed())] == ["web01: CPU – Warning"]
    await restart()
    await wait(0.2)
    assert pushed() == []


async def test_quiet_hours_may_be_quiet_even_of_what_is_critical(
    phone: str, automate: Automate, change: Change, pushed: Pushed
) -> None:
    """If that is wanted."""
    await automate(
        "notify_phone",
        phones=[phone],
        quiet_hours=True,
        quiet_from="22:00:00",
        quiet_until="12:30:00",
        critical_always=False,
    )
    await change("critical")
    assert pushed() == []


async def test_people_and_others_are_told(
    phones: list[str],
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    pushed: Pushed,
) -> None:
    """A person on each of their phones, once; other receivers as a text."""
    [tracker] = [
        entity.entity_id
        for entity in er.async_entries_for_device(er.async_get(hass), phones[1])
        if entity.domain == "device_tracker"
    ]
    hass.states.async_set(
        "person.bert", "home", {"device_trackers": [tracker, "device_tracker.gone"]}
    )
    texts = async_mock_service(hass, "notify", "send_message")
    await automate(
        "notify_phone",
        phones=[phones[1]],
        persons=["person.bert", "person.nobody"],
        receivers=["notify.mail"],
        when_over="replace",
    )
    await change("critical", text="It burns")
    [push] = pushed()
    assert push["push_token"] == "Bert"
    await change("ok")
    assert [call.data["entity_id"] for call in texts] == [["notify.mail"]] * 2
    assert sent(texts) == [
        "web01: CPU – Critical\nCritical since 12:00: It burns",
        "web01: CPU – OK\nOver",
    ]


async def test_a_phone_may_say_that_it_is_over(
    phone: str, automate: Automate, change: Change, restart: Restart, pushed: Pushed
) -> None:
    """Quietly, in place of the alert, even after a restart."""
    await automate(
        "notify_phone", phones=[phone], when_over="replace", severities=["critical"]
    )
    await change("critical")
    [told] = pushed()
    await restart()
    assert pushed() == []
    await change("warning")
    over = [push for push in pushed() if "title" in push]
    [(title, message)] = shown(over)
    assert title == "web01: CPU – Warning"
    # what is no longer severe enough is not over
    assert message.startswith("Warning since 12:00: ")
    assert over[0]["data"]["tag"] == told["data"]["tag"]
    assert over[0]["data"]["push"]["sound"] == "none"


@pytest.mark.parametrize("number", [0, 1])
async def test_a_phone_shows_texts_as_they_are(
    phones: list[str],
    automate: Automate,
    change: Change,
    storm: Storm,
    pushed: Pushed,
    number: int,
) -> None:
    """Nothing in them is taken for a template, a list or, on Android, HTML."""

    def plain(text: str) -> str:
        if number:
            return text
        return text.replace("&", "&amp;").replace("<", "&lt;")

    await automate("notify_phone", phones=[phones[number]])
    await change("warning", metric_name=METRIC, text=TEXT)
    assert shown(pushed()) == [
        (
            f"web01: {plain(METRIC)} – Warning",
            f"Warning since 12:00: {plain(TEXT)}",
        )
    ]
    await storm([alert("critical", metric_name=f"{METRIC} {n}") for n in range(4)])
    [(_, message)] = shown(pushed())
    assert f"Critical: {plain(METRIC)} 1" in message.splitlines()


@pytest.mark.parametrize("by", ["server", "account", "label", "nothing"])
async def test_a_phone_hears_only_of_what_was_chosen(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    pushed: Pushed,
    by: str,
) -> None:
    """By server, label or account, and by severity."""
    await change("ok")
    server = device_of(hass, "sensor.web01_cpu")
    label = lr.async_get(hass).async_create("Mine").label_id
    dr.async_get(hass).async_update_device(server, labels={label})
    targets: dict[str, dict[str, Any]] = {
        "server": {"device_id": [server]},
        "account": {"device_id": device_of(hass, "sensor.bleemeo_status")},
        "label": {"label_id": label},
        "nothing": {},
    }
    await automate(
        "notify_phone", phones=[phone], severities=["unknown"], target=targets[by]
    )
    await change("warning")
    await change("unknown")
    await change("unknown", host="db01", metric_name="Disk")
    everything = ["web01: CPU – Unknown", "db01: Disk – Unknown"]
    expected = everything if by in {"account", "nothing"} else everything[:1]
    assert [title for title, _ in shown(pushed())] == expected


async def test_a_server_that_is_gone_hides_no_other(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    pushed: Pushed,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was chosen along with it is told."""
    await change("ok")
    server = device_of(hass, "sensor.web01_cpu")
    await automate(
        "notify_phone", phones=[phone], target={"device_id": [server, "gone"]}
    )
    await change("critical")
    assert [title for title, _ in shown(pushed())] == ["web01: CPU – Critical"]
    assert "gone" in caplog.text
    caplog.clear()


async def test_an_entry_that_is_disabled_reminds_of_nothing(
    phone: str,
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    wait: Wait,
    pushed: Pushed,
) -> None:
    """Until it is enabled again."""
    await automate("notify_phone", phones=[phone])
    await change("critical")
    pushed()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await wait(20)
    assert pushed() == []
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await wait(1)
    assert [title for title, _ in shown(pushed())] == ["web01: CPU – Critical"]


async def test_a_test_is_marked(
    phone: str, hass: HomeAssistant, automate: Automate, wait: Wait, pushed: Pushed
) -> None:
    """In each text."""
    await automate("notify_phone", phones=[phone], when_over="replace")
    await hass.services.async_call(
        DOMAIN,
        "send_test_alert",
        {
            "status": "critical",
            "host": "web01",
            "metric": "CPU",
            "clear_after": "00:01:00",
        },
        blocking=True,
    )
    await wait(0.2)
    await wait(2)
    await wait(0.2)
    titles = [title for title, _ in shown(pushed())]
    assert titles[0] == "Test: web01: CPU – Critical"
    assert titles[-1] == "Test: web01: CPU – OK"


@pytest.mark.parametrize(
    ("language", "title", "button"),
    [
        ("en", "web01: CPU – Critical", "Acknowledge"),
        ("fr", "web01\u00a0: CPU – Critique", "Acquitter"),
        ("de", "web01: CPU – Kritisch", "Quittieren"),
        ("es", "web01: CPU – Crítico", "Reconocer"),
        ("it", "web01: CPU – Critico", "Riconosci"),
        ("nl", "web01: CPU – Kritiek", "Bevestigen"),
        ("pt-BR", "web01: CPU – Crítico", "Reconhecer"),
    ],
)
async def test_a_phone_speaks_the_language_that_was_chosen(
    phone: str,
    automate: Automate,
    change: Change,
    pushed: Pushed,
    language: str,
    title: str,
    button: str,
) -> None:
    """By the words of the integration's translations."""
    await automate("notify_phone", phones=[phone], language=language)
    await change("critical")
    [push] = pushed()
    assert push["title"] == title
    assert push["data"]["actions"][0]["title"] == button


async def test_a_tap_opens_a_page_for_everybody(
    phone: str, automate: Automate, change: Change, pushed: Pushed
) -> None:
    """On Android and iOS; or the page of one's choice."""
    await automate("notify_phone", phones=[phone])
    await automate("notify_phone", phones=[phone], path="/lovelace/servers")
    await change("critical")
    opened = [(push["data"]["url"], push["data"]["clickAction"]) for push in pushed()]
    # two automations run in no order
    assert sorted(opened) == [
        ("/dashboard-bleemeo", "/dashboard-bleemeo"),
        ("/lovelace/servers", "/lovelace/servers"),
    ]


async def test_silence_is_kept_where_that_is_wanted(
    phone: str, automate: Automate, change: Change, pushed: Pushed
) -> None:
    """Even for critical alerts."""
    await automate("notify_phone", phones=[phone], break_silence=False)
    await change("critical")
    [push] = pushed()
    assert push["data"]["channel"] == "Bleemeo"
    assert push["data"]["push"]["sound"] == "default"
