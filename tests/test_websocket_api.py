"""Tests of the WebSocket commands of the dashboard."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.bleemeo.core import Acknowledgement, Silence, Status
from custom_components.bleemeo.journal.file import JournalFile
from custom_components.bleemeo.overview import feed
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from tests import WEBHOOK_ID, a_day, payload, receive_alert, setup_integration

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENTRY = "01JBLEEMEO0000000000000000"
WEB01: str = payload()["agent"]
CPU: str = payload()["metric"]
DISK = "00000000-0000-4000-8000-000000000001"
DB01 = "00000000-0000-4000-8000-00000000000d"
WEB01_KEY, DB01_KEY = f"{ENTRY}/{WEB01}", f"{ENTRY}/{DB01}"


def at(minutes: float) -> str:
    """Return a time in minutes before now, as Bleemeo writes it."""
    return (NOW - timedelta(minutes=minutes)).isoformat()


def began(minutes: float) -> int:
    """Return a time in minutes before now, as an incident is known by it."""
    return round((NOW - timedelta(minutes=minutes)).timestamp() * 1e6)


def alert(minutes: float, status: int, **fields: Any) -> dict[str, Any]:
    """Return an alert about the CPU of web01, some minutes ago."""
    return payload(status_changed_at=at(minutes), status=status, id=None, **fields)


def of_disk(minutes: float, status: int) -> dict[str, Any]:
    """Return an alert about another metric of web01."""
    title = "web01.example.com - Disk is Critical"
    return alert(minutes, status, metric=DISK, title=title)


def of_db01(minutes: float, status: int) -> dict[str, Any]:
    """Return an alert about another server."""
    title = "db01.example.com - PostgreSQL is Critical"
    return alert(minutes, status, agent=DB01, title=title)


@pytest.fixture(autouse=True)
async def present(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Let it be noon, with an entry that has heard nothing."""
    freezer.move_to(NOW)
    await setup_integration(hass, entry)


class Dashboard:
    """A page that is open: what it was sent, merged as the contract says."""

    def __init__(self, hass: HomeAssistant, client: MockHAClientWebSocket) -> None:
        """Use a client that has nothing subscribed."""
        self.hass = hass
        self.client = client
        self.accounts: dict[str, dict[str, Any]] = {}
        self.servers: dict[str, dict[str, Any]] = {}
        self.incidents: dict[str, dict[str, Any]] = {}

    async def subscribe(self, **fields: Any) -> dict[str, Any]:
        """Subscribe, and take the first event."""
        await self.client.send_json_auto_id({"type": "bleemeo/incidents", **fields})
        answer = await self.client.receive_json()
        assert answer["success"], answer
        assert answer["result"] is None
        [event] = await self.take()
        return event

    async def take(self) -> list[dict[str, Any]]:
        """Return the events that have come, merged as the contract says."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
        await self.client.send_json_auto_id({"type": "ping"})
        events = []
        while (message := await self.client.receive_json())["type"] != "pong":
            assert message["type"] == "event", message
            events.append(event := message["event"])
            event["incidents"] = [
                whole(each, event["metrics"]) for each in event["incidents"]
            ]
            self.accounts |= {each["entry_id"]: each for each in event["accounts"]}
            self.servers |= {each["key"]: each for each in event["servers"]}
            self.incidents |= {each["id"]: each for each in event["incidents"]}
            for entry_id in event.get("gone", {}).get("accounts", ()):
                del self.accounts[entry_id]
            for key in event.get("gone", {}).get("servers", ()):
                del self.servers[key]
            for incident_id in event.get("gone", {}).get("incidents", ()):
                del self.incidents[incident_id]
        return events

    async def news(self, freezer: FrozenDateTimeFactory) -> list[dict[str, Any]]:
        """Return the events that come within two seconds."""
        freezer.tick(2)
        async_fire_time_changed(self.hass)
        return await self.take()

    @property
    def times(self) -> list[tuple[str, str | None]]:
        """When the incidents began and ended, the last beginning first."""
        return sorted(
            ((each["began_at"], each["ended_at"]) for each in self.incidents.values()),
            reverse=True,
        )


def whole(incident: dict[str, Any], metrics: dict[str, Any]) -> dict[str, Any]:
    """Return an incident with what is known of its metric, and times to be read."""

    def time(microseconds: int | None) -> str | None:
        if microseconds is None:
            return None
        return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat()

    own = dict(incident)
    metric, start, end = (own.pop(key) for key in ("metric", "began", "ended"))
    changes = incident["steps"] or [[incident["began"], incident["worst"]]]
    steps = [[time(at), Status(number).word] for at, number in changes]
    return {
        **metrics.get(metric, {}),
        **own,
        "id": f"{metric}/{start}",
        "began_at": time(start),
        "ended_at": time(end),
        "status": steps[-1][1],
        "worst": Status(incident["worst"]).word,
        "steps": steps,
    }


@pytest.fixture
async def dashboard(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> Dashboard:
    """Return a dashboard of an admin."""
    return Dashboard(hass, await hass_ws_client(hass))


async def test_nothing_is_ok_before_anything_is_known(dashboard: Dashboard) -> None:
    """There is an account, and it waits."""
    event = await dashboard.subscribe()
    [account] = event.pop("accounts")
    device_id = account.pop("device_id")
    assert dr.async_get(dashboard.hass).async_get(device_id) is not None
    assert account == {
        "entry_id": ENTRY,
        "title": "Bleemeo",
        "loaded": True,
        "disabled": False,
        "known": False,
        "status": None,
        "last_heard_at": None,
        "known_since": None,
        "gaps": [],
        "open": 0,
        "needs_attention": 0,
        "silenced": None,
    }
    assert event == {
        "kind": "all",
        "since": (NOW - timedelta(days=1)).isoformat(),
        "until": NOW.isoformat(),
        "servers": [],
        "incidents": [],
        "metrics": {},
    }


async def test_everything_of_the_window_is_sent_at_first(
    entry: MockConfigEntry, dashboard: Dashboard
) -> None:
    """What was over before it is not; what began before and was open in it is."""
    for each in (
        alert(3000, 1),
        alert(2900, 0),
        alert(1500, 2),
        alert(1200, 0),
        alert(60, 1),
        alert(30, 2),
        of_db01(100, 1),
        of_db01(90, 0),
    ):
        await receive_alert(entry, each)
    event = await dashboard.subscribe()
    assert [each["began_at"] for each in event["incidents"]] == [
        at(60),
        at(100),
        at(1500),
    ]
    shown = dashboard.incidents[f"{WEB01_KEY}/{CPU}/{began(60)}"]
    assert shown == {
        "id": f"{WEB01_KEY}/{CPU}/{began(60)}",
        "entry_id": ENTRY,
        "agent_id": WEB01,
        "metric_id": CPU,
        "server": WEB01_KEY,
        "device_id": dashboard.servers[WEB01_KEY]["device_id"],
        "service_device_id": None,
        "entity_id": "sensor.web01_example_com_cpu",
        "metric_name": "CPU",
        "host": "web01.example.com",
        "known_since": at(3000),
        "began_at": at(60),
        "ended_at": None,
        "status": "critical",
        "worst": "critical",
        "steps": [[at(60), "warning"], [at(30), "critical"]],
        "title": "web01.example.com - CPU is Warning",
        "text": payload()["text"],
        "value": 85.0,
        "unit": "%",
        "threshold": 80.0,
        "acknowledged": None,
        "silenced": None,
        "dependent": False,
        "flapping": False,
        "needs_attention": True,
        "is_test": False,
        "began_earlier": False,
    }
    over = dashboard.incidents[f"{DB01_KEY}/{CPU}/{began(100)}"]
    assert over.keys() == shown.keys() - {
        *("title", "text", "value", "unit", "threshold", "acknowledged", "silenced"),
        *("dependent", "flapping", "needs_attention", "is_test", "began_earlier"),
    }
    assert (over["ended_at"], over["status"], over["worst"]) == (
        at(90),
        "warning",
        "warning",
    )

    server = dict(dashboard.servers[WEB01_KEY])
    device = dr.async_get(dashboard.hass).async_get(server.pop("device_id"))
    assert device is not None
    # critical for 1440 - 1200 minutes, and for the last 30
    assert server.pop("uptime") == pytest.approx(1 - 270 / 1440, abs=1e-6)
    assert server == {
        "key": WEB01_KEY,
        "entry_id": ENTRY,
        "agent_id": WEB01,
        "name": "web01.example.com",
        "area_id": None,
        "labels": [],
        "status": "critical",
        "status_since": at(30),
        "known_since": at(3000),
        "is_test": False,
        "may_control": True,
        "metrics": 1,
        "open": 1,
        "needs_attention": 1,
        "silenced": None,
        "silences": [],
        "unreachable": False,
        "problem_entity_id": "binary_sensor.web01_example_com_problem",
        "status_entity_id": "sensor.web01_example_com_status",
    }
    other = dashboard.servers[DB01_KEY]
    assert (other["status"], other["status_since"], other["open"]) == ("ok", at(90), 0)
    # known for the last 100 minutes, and never critical
    assert other["uptime"] == 1
    account = dashboard.accounts[ENTRY]
    assert (account["known"], account["status"], account["open"]) == (
        True,
        "critical",
        1,
    )
    assert account["last_heard_at"] == NOW.isoformat()


async def test_an_unknown_status_after_a_critical_one_is_no_uptime(
    entry: MockConfigEntry, dashboard: Dashboard
) -> None:
    """To be out of sight is not to be well; what was only a warning is."""
    for each in (alert(1000, 0), alert(800, 2), alert(700, 3), alert(600, 1)):
        await receive_alert(entry, each)
    await receive_alert(entry, of_db01(1000, 3))
    await dashboard.subscribe()
    uptime = dashboard.servers[WEB01_KEY]["uptime"]
    assert uptime == pytest.approx(1 - 200 / 1000, abs=1e-6)
    assert dashboard.servers[DB01_KEY]["uptime"] == 1


async def test_only_what_changed_is_sent(
    entry: MockConfigEntry, dashboard: Dashboard, freezer: FrozenDateTimeFactory
) -> None:
    """Once a second, however much it is."""
    await receive_alert(entry, alert(60, 1))
    await receive_alert(entry, of_db01(60, 1))
    await dashboard.subscribe()
    await receive_alert(entry, alert(10, 2))
    await receive_alert(entry, of_disk(9, 1))
    await receive_alert(entry, of_disk(8, 0))
    assert await dashboard.take() == []
    [event] = await dashboard.news(freezer)
    assert event["kind"] == "change"
    assert event["until"] == (NOW + timedelta(seconds=2)).isoformat()
    assert [each["key"] for each in event["servers"]] == [WEB01_KEY]
    assert [
        (each["began_at"], each["status"], each["ended_at"])
        for each in event["incidents"]
    ] == [(at(9), "warning", at(8)), (at(60), "critical", None)]
    assert [each["status"] for each in event["accounts"]] == ["critical"]
    assert event["gone"] == {"accounts": [], "servers": [], "incidents": []}
    assert await dashboard.news(freezer) == []

    # a repeat is no news
    await receive_alert(entry, alert(10, 2))
    assert await dashboard.news(freezer) == []
    # after a while of calm nobody waits
    await receive_alert(entry, alert(5, 0))
    [event] = await dashboard.take()
    assert [each["ended_at"] for each in event["incidents"]] == [at(5)]


async def test_an_incident_whose_beginning_moved_is_gone(
    entry: MockConfigEntry, dashboard: Dashboard, freezer: FrozenDateTimeFactory
) -> None:
    """A late alert says that it began earlier."""
    await receive_alert(entry, alert(100, 0))
    await receive_alert(entry, alert(60, 2))
    await dashboard.subscribe()
    await receive_alert(entry, alert(70, 1))
    [event] = await dashboard.news(freezer)
    assert event["gone"]["incidents"] == [f"{WEB01_KEY}/{CPU}/{began(60)}"]
    assert dashboard.times == [(at(70), None)]


async def test_what_is_forgotten_is_gone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A server with its incidents; of a metric, its incident ends."""
    for each in (alert(60, 2), of_disk(50, 1), of_db01(40, 2), of_db01(30, 0)):
        await receive_alert(entry, each)
    await dashboard.subscribe()
    hub = entry.runtime_data.hub
    await hub.async_forget([hub.board.metrics[WEB01, DISK]])
    await dashboard.news(freezer)
    forgotten = dashboard.incidents[f"{WEB01_KEY}/{DISK}/{began(50)}"]
    assert forgotten["ended_at"] == NOW.isoformat()
    assert "needs_attention" not in forgotten

    await hub.async_forget(list(hub.board.metrics.values()))
    await dashboard.news(freezer)
    assert (dashboard.servers, dashboard.incidents) == ({}, {})
    assert dashboard.accounts[ENTRY]["status"] is None
    # nor is it there for who comes later
    later = Dashboard(hass, dashboard.client)
    event = await later.subscribe()
    assert (event["servers"], event["incidents"]) == ([], [])


async def test_a_server_has_one_metric_less_once_one_that_is_ok_is_forgotten(
    entry: MockConfigEntry, dashboard: Dashboard, freezer: FrozenDateTimeFactory
) -> None:
    """At once, and without any incident."""
    for each in (alert(60, 2), of_disk(50, 0)):
        await receive_alert(entry, each)
    await dashboard.subscribe()
    assert dashboard.servers[WEB01_KEY]["metrics"] == 2
    hub = entry.runtime_data.hub
    await hub.async_forget([hub.board.metrics[WEB01, DISK]])
    [event] = await dashboard.news(freezer)
    assert dashboard.servers[WEB01_KEY]["metrics"] == 1
    assert event["incidents"] == []


async def test_what_happens_after_a_while_without_news_shows_at_once(
    entry: MockConfigEntry, dashboard: Dashboard, freezer: FrozenDateTimeFactory
) -> None:
    """As it is then, and not as it was when it was told."""
    for each in (alert(60, 2), of_db01(30, 0)):
        await receive_alert(entry, each)
    await dashboard.subscribe()
    hub = entry.runtime_data.hub
    begins_at = hub.now() - timedelta(seconds=2)
    quiet = Silence(id="a", begins_at=begins_at, subjects=frozenset({WEB01}))
    await hub.silencer.async_add([quiet])
    for _ in range(2):
        await dashboard.news(freezer)
    await hub.silencer.async_remove([quiet])
    await dashboard.take()
    assert len(dashboard.servers[WEB01_KEY]["silences"]) == 1
    for agent_id, left in ((WEB01, {DB01_KEY}), (DB01, set())):
        for _ in range(2):
            await dashboard.news(freezer)
        await hub.async_forget(hub.board.metrics_of(agent_id))
        await dashboard.take()
        assert dashboard.servers.keys() == left


async def test_a_window_and_servers_can_be_chosen(
    entry: MockConfigEntry, dashboard: Dashboard, freezer: FrozenDateTimeFactory
) -> None:
    """Of one account, and of it some servers."""
    for each in (alert(60, 2), alert(50, 0), of_db01(10, 2)):
        await receive_alert(entry, each)
    event = await dashboard.subscribe(since=at(20), config_entry_id=ENTRY)
    assert (len(event["servers"]), dashboard.times) == (2, [(at(10), None)])
    assert dashboard.servers[DB01_KEY]["uptime"] == 0
    assert dashboard.servers[WEB01_KEY]["uptime"] == 1

    chosen = Dashboard(dashboard.hass, dashboard.client)
    device_id = dashboard.servers[WEB01_KEY]["device_id"]
    await chosen.subscribe(device_id=[device_id])
    assert chosen.servers.keys() == {WEB01_KEY}
    assert chosen.times == [(at(60), at(50))]
    # the account is whole
    assert chosen.accounts[ENTRY]["open"] == 1


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ({"config_entry_id": "unknown"}, "not_found", "unknown"),
        ({"since": "2027-01-01T00:00:00Z"}, "invalid_format", "future"),
        ({"since": "yesterday"}, "invalid_format", "since"),
        ({"device_id": 7}, "invalid_format", "device_id"),
    ],
)
async def test_what_cannot_be_subscribed_to_is_an_error(
    dashboard: Dashboard, fields: dict[str, Any], code: str, says: str
) -> None:
    """It says which, and nothing is sent."""
    command = {"type": "bleemeo/incidents", **fields}
    await dashboard.client.send_json_auto_id(command)
    answer = await dashboard.client.receive_json()
    assert (answer["success"], answer["error"]["code"]) == (False, code)
    assert says in answer["error"]["message"]
    assert await dashboard.take() == []


async def test_no_more_than_400_days_are_read(dashboard: Dashboard) -> None:
    """There are no older incidents."""
    event = await dashboard.subscribe(since="2001-01-01T00:00:00Z")
    assert event["since"] == (NOW - timedelta(days=400)).isoformat()


async def test_the_latest_of_too_many_incidents_are_sent(
    entry: MockConfigEntry, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it says so; uptime counts all."""
    monkeypatch.setattr(feed, "MAX_INCIDENTS", 2)
    for began in (120, 90, 60):
        await receive_alert(entry, alert(began, 2))
        await receive_alert(entry, alert(began - 10, 0))
    event = await dashboard.subscribe(since=at(100))
    assert "truncated" not in event
    event = await dashboard.subscribe(since=at(120))
    assert event["truncated"] is True
    assert [each["began_at"] for each in event["incidents"]] == [at(60), at(90)]
    assert event["servers"][0]["uptime"] == pytest.approx(0.75)


async def test_uptime_goes_on_without_news(
    entry: MockConfigEntry, dashboard: Dashboard, freezer: FrozenDateTimeFactory
) -> None:
    """Once a minute."""
    await receive_alert(entry, alert(60, 0))
    await receive_alert(entry, alert(30, 2))
    await dashboard.subscribe()
    assert dashboard.servers[WEB01_KEY]["uptime"] == pytest.approx(0.5)
    freezer.tick(1800)
    async_fire_time_changed(dashboard.hass)
    [event] = await dashboard.take()
    assert event["incidents"] == []
    assert dashboard.servers[WEB01_KEY]["uptime"] == pytest.approx(1 / 3, abs=1e-6)


async def test_who_has_seen_it_and_what_keeps_it_quiet_is_shown(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Of the silences in force, the one that ends last."""
    for each in (alert(60, 2), of_disk(50, 1)):
        await receive_alert(entry, each)
    await dashboard.subscribe()
    hub = entry.runtime_data.hub
    seen = Acknowledgement(NOW, NOW + timedelta(hours=1), "On it", "a-user", "Ada")
    await hub.acknowledger.async_acknowledge([hub.board.metrics[WEB01, CPU]], seen)
    await dashboard.news(freezer)
    cpu = dashboard.incidents[f"{WEB01_KEY}/{CPU}/{began(60)}"]
    assert cpu["acknowledged"] == {
        "at": NOW.isoformat(),
        "until": at(-60),
        "comment": "On it",
        "user_id": "a-user",
        "by": "Ada",
    }
    assert cpu["needs_attention"] is False
    assert dashboard.servers[WEB01_KEY]["needs_attention"] == 1

    for silence_id, subject, minutes in (
        ("of account", ENTRY, 20),
        ("of server", WEB01, 10),
        ("of metric", f"{WEB01}_{DISK}", 30),
    ):
        silence = Silence(
            id=silence_id,
            begins_at=NOW,
            ends_at=NOW + timedelta(minutes=minutes),
            subjects=frozenset({subject}),
            comment="Moving",
        )
        await hub.silencer.async_add([silence])
    await dashboard.news(freezer)
    assert [
        shown["silenced"] and (shown["silenced"]["id"], shown["silenced"]["target"])
        for shown in (
            dashboard.accounts[ENTRY],
            dashboard.servers[WEB01_KEY],
            dashboard.incidents[f"{WEB01_KEY}/{DISK}/{began(50)}"],
        )
    ] == [
        ("of account", "account"),
        ("of account", "account"),
        ("of metric", "metric"),
    ]
    assert dashboard.accounts[ENTRY]["silenced"] == {
        "id": "of account",
        "from": NOW.isoformat(),
        "until": at(-20),
        "comment": "Moving",
        "user_id": None,
        "by": None,
        "target": "account",
    }
    assert dashboard.accounts[ENTRY]["needs_attention"] == 0
    await hub.silencer.async_remove([hub.board.silences["of account"]])
    await dashboard.news(freezer)
    assert dashboard.accounts[ENTRY]["silenced"] is None
    assert dashboard.servers[WEB01_KEY]["silenced"]["target"] == "server"


async def test_a_silence_of_the_place_of_a_server_is_that_server_s(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Its area, its labels, and those of its area."""
    await receive_alert(entry, alert(60, 2))
    await receive_alert(entry, of_db01(60, 2))
    await dashboard.subscribe()
    cellar = ar.async_get(hass).async_create("Cellar", labels={"quiet"})
    devices = dr.async_get(hass)
    device_id = dashboard.servers[WEB01_KEY]["device_id"]
    devices.async_update_device(device_id, area_id=cellar.id, labels={"old"})
    await dashboard.news(freezer)
    server = dashboard.servers[WEB01_KEY]
    assert (server["area_id"], server["labels"]) == (cellar.id, ["old"])
    silencer = entry.runtime_data.hub.silencer
    for silence, target in (
        (Silence(id="1", begins_at=NOW, areas=frozenset({cellar.id})), "area"),
        (Silence(id="2", begins_at=NOW, labels=frozenset({"quiet"})), "label"),
        (Silence(id="3", begins_at=NOW, labels=frozenset({"old"})), "label"),
    ):
        await silencer.async_add([silence])
        await dashboard.news(freezer)
        silenced = dashboard.servers[WEB01_KEY]["silenced"]
        assert (silenced["target"], silenced["until"]) == (target, None)
        assert dashboard.servers[DB01_KEY]["silenced"] is None
        await silencer.async_remove([silence])


async def test_a_server_out_of_reach_says_so(
    entry: MockConfigEntry, dashboard: Dashboard
) -> None:
    """What depends on that is dependent."""
    connection = alert(
        20, 2, metric=None, title="web01.example.com - Agent connection is Critical"
    )
    for each in (alert(60, 2), connection):
        await receive_alert(entry, each)
    await dashboard.subscribe()
    assert dashboard.servers[WEB01_KEY]["unreachable"] is True
    cpu = dashboard.incidents[f"{WEB01_KEY}/{CPU}/{began(60)}"]
    agent = dashboard.incidents[f"{WEB01_KEY}//{began(20)}"]
    assert (cpu["dependent"], agent["dependent"]) == (True, False)
    assert (agent["metric_id"], agent["entity_id"]) == (
        None,
        "sensor.web01_example_com_agent_connection",
    )


async def test_names_are_those_that_a_person_gave(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    freezer: FrozenDateTimeFactory,
) -> None:
    """To the device and to the sensor."""
    await receive_alert(entry, alert(60, 2))
    er.async_get(hass).async_update_entity(
        "sensor.web01_example_com_cpu", name="Processor"
    )
    await dashboard.subscribe()
    [incident] = dashboard.incidents.values()
    assert incident["metric_name"] == "Processor"
    device_id = dashboard.servers[WEB01_KEY]["device_id"]
    dr.async_get(hass).async_update_device(device_id, name_by_user="Web")
    await dashboard.news(freezer)
    assert dashboard.servers[WEB01_KEY]["name"] == "Web"


async def test_a_user_sees_servers_of_whose_entities_one_may_be_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_admin_user: MockUser,
    freezer: FrozenDateTimeFactory,
) -> None:
    """And of the account, what these are."""
    for each in (alert(60, 1), of_db01(60, 2)):
        await receive_alert(entry, each)
    hass_admin_user.groups = []
    hass_admin_user.mock_policy(
        {"entities": {"entity_ids": {"sensor.web01_example_com_cpu": True}}}
    )
    dashboard = Dashboard(hass, await hass_ws_client(hass))
    await dashboard.subscribe()
    assert dashboard.servers.keys() == {WEB01_KEY}
    assert [each["agent_id"] for each in dashboard.incidents.values()] == [WEB01]
    account = dashboard.accounts[ENTRY]
    assert (account["status"], account["open"]) == ("warning", 1)
    # to acknowledge or silence it, all of its entities must be the user's to control
    assert dashboard.servers[WEB01_KEY]["may_control"] is False
    await receive_alert(entry, of_db01(10, 0))
    assert await dashboard.news(freezer) == []

    device_id = dashboard.servers[WEB01_KEY]["device_id"]
    ids = [
        each.entity_id
        for each in er.async_entries_for_device(
            er.async_get(hass), device_id, include_disabled_entities=True
        )
    ]
    for policy, may_control in ((True, True), ({"read": True}, False)):
        policies = dict.fromkeys(ids, policy)
        hass_admin_user.mock_policy({"entities": {"entity_ids": policies}})
        later = Dashboard(hass, dashboard.client)
        await later.subscribe()
        assert later.servers[WEB01_KEY]["may_control"] is may_control


async def test_an_entry_that_is_not_loaded_is_not_ok(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Whether it is so from the beginning, or from now on; and it comes back whole."""
    for each in (alert(60, 2), alert(50, 0), of_db01(40, 2)):
        await receive_alert(entry, each)
    await dashboard.subscribe()
    before = dict(dashboard.incidents)
    await hass.config_entries.async_set_disabled_by(ENTRY, ConfigEntryDisabler.USER)
    await dashboard.news(freezer)
    account = dashboard.accounts[ENTRY]
    assert (account["loaded"], account["known"], account["status"]) == (
        False,
        False,
        None,
    )
    assert (dashboard.servers, dashboard.incidents) == ({}, {})
    later = Dashboard(hass, dashboard.client)
    event = await later.subscribe()
    assert [each["loaded"] for each in event["accounts"]] == [False]

    await hass.config_entries.async_set_disabled_by(ENTRY, None)
    await hass.async_block_till_done()
    await dashboard.news(freezer)
    assert dashboard.accounts[ENTRY]["loaded"] is True
    assert dashboard.incidents.keys() == before.keys()


async def test_an_entry_that_is_removed_is_gone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    freezer: FrozenDateTimeFactory,
) -> None:
    """With all that was told of it."""
    await receive_alert(entry, alert(60, 2))
    await dashboard.subscribe()
    await hass.config_entries.async_remove(ENTRY)
    await dashboard.news(freezer)
    assert (dashboard.accounts, dashboard.servers, dashboard.incidents) == ({}, {}, {})


async def test_a_test_alert_is_no_word_of_bleemeo_s(
    hass: HomeAssistant, dashboard: Dashboard
) -> None:
    """Nobody is heard by it."""
    await hass.services.async_call(
        "bleemeo", "send_test_alert", {"status": "warning"}, blocking=True
    )
    await dashboard.subscribe()
    account = dashboard.accounts[ENTRY]
    assert (account["open"], account["known"], account["last_heard_at"]) == (
        1,
        False,
        None,
    )


async def test_history_survives_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, dashboard: Dashboard
) -> None:
    """Neither the recorder nor memory is asked."""
    for each in (*a_day()[:2], alert(60, 1)):
        await receive_alert(entry, each)
    assert await hass.config_entries.async_reload(ENTRY)
    await dashboard.subscribe()
    began, worst = a_day()[0]["status_changed_at"], "critical"
    [incident] = dashboard.incidents.values()
    assert datetime.fromisoformat(incident["began_at"]) == datetime.fromisoformat(began)
    assert (incident["worst"], incident["status"]) == (worst, "warning")


async def test_a_journal_that_cannot_be_read_costs_the_history_but_not_the_present(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was is there as soon as it can be read again."""
    await receive_alert(entry, alert(60, 2))
    with monkeypatch.context() as broken:
        broken.setattr(JournalFile, "incidents", _fail)
        await dashboard.subscribe()
        assert dashboard.times == [(at(60), None)]
        assert dashboard.servers[WEB01_KEY]["uptime"] is None
    freezer.tick(61)
    await dashboard.news(freezer)
    assert dashboard.servers[WEB01_KEY]["uptime"] == 0


def _fail(*_: object) -> None:
    raise OSError("disk on fire")


async def test_nothing_is_sent_after_unsubscribing(
    entry: MockConfigEntry, dashboard: Dashboard, freezer: FrozenDateTimeFactory
) -> None:
    """Nor is anything followed."""
    await dashboard.subscribe()
    await dashboard.client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": 1}
    )
    assert (await dashboard.client.receive_json())["success"]
    await receive_alert(entry, alert(60, 2))
    assert await dashboard.news(freezer) == []


async def test_the_address_is_an_admin_s(
    hass: HomeAssistant,
    dashboard: Dashboard,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    """With what is wrong with it, in words of their language, whatever the house speaks."""
    command = {"type": "bleemeo/address", "config_entry_id": ENTRY, "language": "fr"}
    await dashboard.client.send_json_auto_id(command)
    result = (await dashboard.client.receive_json())["result"]
    assert result["url"].endswith(f"/api/webhook/{WEBHOOK_ID}")
    assert result["problem"] == "Non joignable de l’extérieur"

    hass.config.external_url = "https://home.example.com"
    await dashboard.client.send_json_auto_id(command)
    assert (await dashboard.client.receive_json())["result"] == {
        "url": f"https://home.example.com/api/webhook/{WEBHOOK_ID}",
        "problem": None,
    }
    await dashboard.client.send_json_auto_id(command | {"config_entry_id": "no"})
    error = (await dashboard.client.receive_json())["error"]
    assert error["code"] == "not_found"

    client = await hass_ws_client(hass, hass_read_only_access_token)
    await client.send_json_auto_id(command)
    answer = await client.receive_json()
    assert answer["error"]["code"] == "unauthorized"
    assert WEBHOOK_ID not in str(answer)


async def test_whoever_looks_at_an_entity_learns_whether_they_may_control_its_server(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    """As the dashboard does; of what is not ours, nobody may."""
    await receive_alert(entry, alert(60, 2))
    await hass.async_block_till_done()
    hass.states.async_set("sensor.other", "1")
    ours, other = "sensor.web01_example_com_cpu", "sensor.other"
    guest = await hass_ws_client(hass, hass_read_only_access_token)
    for client, entity_id, may_control in (
        (dashboard.client, ours, True),
        (dashboard.client, other, False),
        (guest, ours, False),
        (guest, other, False),
    ):
        command = {"type": "bleemeo/may_control", "entity_id": entity_id}
        await client.send_json_auto_id(command)
        answer = await client.receive_json()
        assert answer["result"] == {"may_control": may_control}, entity_id


async def test_an_entity_is_controlled_by_who_may_control_all_of_its_server(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dashboard: Dashboard,
    hass_admin_user: MockUser,
) -> None:
    """As the actions of the dashboard are offered by server."""
    for each in (alert(60, 2), of_disk(60, 1)):
        await receive_alert(entry, each)
    await hass.async_block_till_done()
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("bleemeo", WEB01), ENTRY
    )
    assert device is not None
    ids = [
        each.entity_id
        for each in er.async_entries_for_device(
            er.async_get(hass), device.id, include_disabled_entities=True
        )
    ]
    entity_id = "sensor.web01_example_com_cpu"
    hass_admin_user.groups = []
    for controlled, may_control in ((ids, True), ([entity_id], False)):
        policies = dict.fromkeys(controlled, True)
        hass_admin_user.mock_policy({"entities": {"entity_ids": policies}})
        command = {"type": "bleemeo/may_control", "entity_id": entity_id}
        await dashboard.client.send_json_auto_id(command)
        answer = await dashboard.client.receive_json()
        assert answer["result"] == {"may_control": may_control}
