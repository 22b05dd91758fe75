"""Tests of the history that an action returns."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.bleemeo.core import Acknowledgement
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tests import payload, receive_alert, setup_integration

from . import CPU, respond

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEB01_STATUS = "sensor.web01_example_com_status"
DB01 = "00000000-0000-4000-8000-00000000000d"
COMPLETE = {
    "complete": True,
    "known": ["Bleemeo"],
    "not_loaded": [],
    "nothing_known": [],
    "disabled": [],
    "not_found": [],
    "not_yet_known": [],
}


def at(minutes: float) -> str:
    """Return a time in minutes before now."""
    return (NOW - timedelta(minutes=minutes)).isoformat()


def alert(minutes: float, status: int, **fields: Any) -> dict[str, Any]:
    """Return an alert about the CPU of web01, some minutes ago."""
    return payload(status_changed_at=at(minutes), status=status, id=None, **fields)


def of_db01(minutes: float, status: int) -> dict[str, Any]:
    """Return an alert about another server."""
    title = "db01.example.com - PostgreSQL is Critical"
    return alert(minutes, status, agent=DB01, title=title)


@pytest.fixture(autouse=True)
async def history(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Let two servers have had incidents, of which one is open."""
    freezer.move_to(NOW)
    await setup_integration(hass, entry)
    for each in (
        alert(3000, 1),
        alert(2900, 0),
        alert(120, 2),
        alert(60, 0),
        alert(30, 1),
        of_db01(240, 0),
        of_db01(100, 2),
        of_db01(40, 0),
    ):
        await receive_alert(entry, each)


async def get(hass: HomeAssistant, **data: Any) -> Any:
    """Return the answer."""
    return await respond(hass, "get_incidents", **data)


def times(answer: Any) -> list[tuple[str, str | None]]:
    """Return when the incidents of an answer began and ended."""
    return [(each["began_at"], each["ended_at"]) for each in answer["incidents"]]


async def test_the_last_day_is_returned_unless_told_otherwise(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The last beginning first, with uptime of accounts and servers."""
    answer = await get(hass)
    incidents, uptime = answer.pop("incidents"), answer.pop("uptime")
    assert answer == {
        "since": (NOW - timedelta(days=1)).isoformat(),
        "until": NOW.isoformat(),
        "count": 3,
        **COMPLETE,
    }
    assert times({"incidents": incidents}) == [
        (at(30), None),
        (at(100), at(40)),
        (at(120), at(60)),
    ]
    assert {
        key: incidents[1][key]
        for key in ("host", "metric_name", "status", "worst", "acknowledgements")
    } == {
        "host": "db01.example.com",
        "metric_name": "PostgreSQL",
        "status": "critical",
        "worst": "critical",
        "acknowledgements": [],
    }
    assert incidents[0]["entity_id"] == CPU
    assert incidents[0]["device_id"]
    shares = {each["host"]: each["uptime"] for each in uptime["servers"]}
    assert shares == pytest.approx(
        {"web01.example.com": 1 - 60 / 1440, "db01.example.com": 1 - 60 / 240}
    )
    assert uptime["metrics"] == []
    [account] = uptime["accounts"]
    assert (account["entry_id"], account["title"]) == (entry.entry_id, "Bleemeo")
    assert account["uptime"] == pytest.approx(sum(shares.values()) / 2)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"since": at(3200)}, [30, 100, 120, 3000]),
        ({"since": at(3200), "until": at(2950)}, [3000]),
        ({"since": at(50)}, [30, 100]),
        ({"since": at(90), "until": at(80)}, [100, 120]),
        ({"until": at(2000)}, [3000]),
        ({"since": at(2800), "until": at(2000)}, []),
        ({"limit": 1}, [30]),
        ({"since": at(3200), "entity_id": CPU}, [30, 120, 3000]),
        ({"entity_id": "sensor.db01_example_com_status"}, [100]),
    ],
)
async def test_a_window_and_a_target_can_be_chosen(
    hass: HomeAssistant, data: dict[str, Any], expected: list[int]
) -> None:
    """What was open at any time in it, in UTC or by the clock on the wall."""
    answer = await get(hass, **data)
    assert [each["began_at"] for each in answer["incidents"]] == [*map(at, expected)]


async def test_uptime_is_that_of_the_window(hass: HomeAssistant) -> None:
    """Of a target, also for each metric; nothing is known before the first alert."""
    answer = await get(hass, since=at(110), until=at(90), entity_id=WEB01_STATUS)
    [server], [metric] = answer["uptime"]["servers"], answer["uptime"]["metrics"]
    assert (server["uptime"], metric["uptime"]) == (0, 0)
    assert (metric["entity_id"], metric["metric_name"]) == (CPU, "CPU")
    answer = await get(hass, since=at(400), until=at(300))
    shares = {each["host"]: each["uptime"] for each in answer["uptime"]["servers"]}
    assert shares == {"web01.example.com": 1, "db01.example.com": None}
    assert answer["uptime"]["accounts"][0]["uptime"] == 1


async def test_who_has_seen_it_is_told(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """With what ended that."""
    hub = entry.runtime_data.hub
    [cpu] = [each for each in hub.board.metrics.values() if each.name == "CPU"]
    seen = Acknowledgement(NOW, None, "On it", "a-user", "Ada")
    await hub.acknowledger.async_acknowledge([cpu], seen)
    await receive_alert(entry, alert(-1, 0))
    answer = await get(hass, limit=1)
    assert answer["incidents"][0]["acknowledgements"] == [
        {
            "acknowledged_at": NOW.isoformat(),
            "until": None,
            "comment": "On it",
            "user_id": "a-user",
            "by": "Ada",
            "end": "cleared",
        }
    ]


async def test_who_has_seen_it_is_known_although_a_late_alert_moves_its_beginning(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Also when the next incident has begun, and after a restart."""
    hub = entry.runtime_data.hub
    [cpu] = [each for each in hub.board.metrics.values() if each.name == "CPU"]
    await hub.acknowledger.async_acknowledge([cpu], Acknowledgement(NOW, by="Ada"))
    freezer.move_to(NOW + timedelta(minutes=9))
    for each in (alert(-1, 0), alert(-3, 2), alert(35, 2)):
        await receive_alert(entry, each)
    for _ in range(2):
        answer = await get(hass, limit=2)
        assert times(answer) == [(at(-3), None), (at(35), at(-1))]
        seen = [each["acknowledgements"] for each in answer["incidents"]]
        assert [[each["by"] for each in acks] for acks in seen] == [[], ["Ada"]]
        await hass.config_entries.async_reload(entry.entry_id)


async def test_what_is_forgotten_stays_in_the_history(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Its server is not there any more, and has no uptime."""
    hub = entry.runtime_data.hub
    await hub.async_forget(list(hub.board.metrics.values()))
    answer = await get(hass)
    assert times(answer) == [
        (at(30), NOW.isoformat()),
        (at(100), at(40)),
        (at(120), at(60)),
    ]
    forgotten = answer["incidents"][0]
    assert (forgotten["host"], forgotten["metric_name"]) == ("web01.example.com", "CPU")
    assert (forgotten["device_id"], forgotten["entity_id"]) == (None, None)
    assert answer["uptime"]["servers"] == []
    assert answer["nothing_known"] == ["Bleemeo"]


async def test_an_answer_says_what_it_lacks(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """An entry that is disabled has a history that cannot be read."""
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    answer = await get(hass)
    assert (answer["incidents"], answer["complete"]) == ([], False)
    assert (answer["known"], answer["disabled"]) == ([], ["Bleemeo"])


async def test_a_user_is_told_of_servers_that_may_be_read(
    hass: HomeAssistant, hass_read_only_user: MockUser
) -> None:
    """And of nothing else."""
    hass_read_only_user.groups = []
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {CPU: True}}})
    context = Context(user_id=hass_read_only_user.id)
    answer = await respond(hass, "get_incidents", context)
    assert times(answer) == [(at(30), None), (at(120), at(60))]
    hosts = [each["host"] for each in answer["uptime"]["servers"]]
    assert hosts == ["web01.example.com"]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"since": at(10), "until": at(20)}, "window_empty"),
        ({"since": at(-10)}, "window_empty"),
        ({"since": "2024-01-01T00:00:00Z", "until": "2025-01-01"}, "window_too_old"),
        ({"since": "0001-01-01T00:00:00"}, "time_impossible"),
        ({"config_entry_id": "unknown"}, "entry_unknown"),
        ({"entity_id": "sensor.unknown"}, "target_unknown"),
    ],
)
async def test_what_cannot_be_answered_is_an_error_in_words(
    hass: HomeAssistant, data: dict[str, Any], key: str
) -> None:
    """It says what is possible."""
    with pytest.raises(ServiceValidationError) as error:
        await get(hass, **data)
    assert error.value.translation_key == key


async def test_a_journal_that_cannot_be_read_is_an_error_and_no_calm(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty history would say that nothing was."""

    def fail(*_: object) -> None:
        raise OSError("disk on fire")

    monkeypatch.setattr(JournalFile, "incidents", fail)
    with pytest.raises(HomeAssistantError, match="disk on fire"):
        await get(hass)
