"""Tests of what a comparison raises, corrects and removes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.bleemeo.api.client import ApiClient
from custom_components.bleemeo.api.listing import ListedMetric
from custom_components.bleemeo.api.reconcile import FirstLook, SecondLook
from custom_components.bleemeo.condition import CONDITIONS
from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from custom_components.bleemeo.core import RealName, Status
from homeassistant.const import ATTR_ENTITY_ID, EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.condition import ConditionConfig
from homeassistant.util import dt as dt_util
from scripts.simulated_api import Account, Fault, SimulatedApi
from tests import (
    AGENT,
    METRIC,
    OTHER_ACCOUNT,
    journal_rows,
    look_again,
    payload,
    settle_agreement,
    setup_integration,
    state,
    states,
)
from tests.api import (
    AGENTS_PATH,
    CPU,
    CPU_STATUS,
    METRICS_PATH,
    list_cpu,
    pass_time,
    press,
    receive,
    reload,
    set_up,
    set_up_with_alert,
)


async def test_the_alert_of_a_change_that_was_found_is_no_second_event(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """What it says is taken over, and an older alert does not revert it."""
    entry = entry_with_access
    list_cpu(account, "critical")
    await set_up(hass, entry)
    entity_id = "sensor.web01_example_com_cpu_used"
    events = async_capture_events(hass, EVENT_ALERT)
    now = datetime.now(UTC)
    changed_at = {
        status: (now - timedelta(seconds=seconds)).isoformat()
        for status, seconds in ((2, 60), (0, 40))
    }
    alert = {
        "title": "web01 - CPU is Critical",
        "text": "Current value: 99.00",
        "status_changed_at": changed_at[2],
    }
    assert await receive(entry, status=2, **alert) == "repeat"
    assert await receive(entry, status=2, **alert) == "repeat"
    assert (
        await receive(entry, id=None, status=0, status_changed_at=changed_at[0])
        == "late"
    )
    await hass.async_block_till_done()
    assert not events

    async def check() -> None:
        cpu = state(hass, entity_id)
        assert cpu.state == "critical"
        assert cpu.name == "web01.example.com CPU"
        told = {key: cpu.attributes[key] for key in ("text", "event_id", "value")}
        assert told == {
            "text": "Current value: 99.00",
            "event_id": payload()["id"],
            "value": 99.0,
        }
        assert cpu.attributes["status_changed_at"] == changed_at[2]

    await check()
    await reload(hass, entry)
    await check()
    assert not events
    # a later one is news
    later = (now + timedelta(minutes=5)).isoformat()
    await receive(entry, id=None, status=0, status_changed_at=later)
    await hass.async_block_till_done()
    assert [event.data["change"] for event in events] == ["cleared"]


async def test_names_in_bleemeo_are_names_here(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Names of agents only; a metric keeps its title's name, made for people."""
    entry = entry_with_access
    list_cpu(account, "ok")
    account.agents[CPU["agent"]]["display_name"] = "Web server"
    await set_up(hass, entry)
    await receive(entry, text="Current value: 85.00")

    def names() -> tuple[str | None, str]:
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, CPU["agent"]), entry.entry_id
        )
        assert device is not None
        metric = entry.runtime_data.hub.board.metrics[CPU["agent"], CPU["metric"]]
        return device.name, metric.name

    assert names() == ("Web server", "CPU")

    account.agents[CPU["agent"]]["display_name"] = "Shop"
    account.metrics[CPU["metric"]]["unit_text"] = "%"
    account.set_status(CPU["metric"], "critical")
    account.metrics[CPU["metric"]]["status_descriptions"] = ["Current value: 99.00"]
    await press(hass)
    assert names() == ("Shop", "CPU")
    (cpu,) = [each for each in hass.states.async_all("sensor") if "CPU" in each.name]
    assert cpu.name == "Shop CPU"
    assert (cpu.attributes["value"], cpu.attributes["unit"]) == (99.0, "%")

    await hass.config_entries.async_unload(entry.entry_id)
    # before Bleemeo is asked again
    with patch("custom_components.bleemeo.api.agreement.Agreement.async_begin"):
        await hass.config_entries.async_setup(entry.entry_id)
    assert names() == ("Shop", "CPU")
    assert state(hass, "sensor.bleemeo_corrected_statuses").state == "1"
    assert entry.runtime_data.agreement.catalogue.agreed_at is not None


@pytest.mark.parametrize(
    "stored",
    [
        {"version": 9, "minor_version": 1, "data": {}},
        {"version": 1, "minor_version": 1, "data": {"agents": {}}},
        {"version": 1, "minor_version": 1, "data": {"agreed_at": 7}},
        {"version": 1, "minor_version": 1, "data": [7]},
        {
            "version": 1,
            "minor_version": 1,
            "data": {
                "agents": [7],
                "metrics": {"a": 7, "b": ["c"]},
                "twins": {"a": 7},
                "forgotten": {},
                "agreed_at": "2026-11-24",
                "corrected": "many",
                "not_before": [],
            },
        },
    ],
)
async def test_names_that_cannot_be_read_are_no_reason_to_take_no_alerts(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    hass_storage: dict[str, Any],
    stored: dict[str, Any],
) -> None:
    """The next comparison brings them back."""
    key = f"{DOMAIN}.{entry_with_access.entry_id}.catalogue"
    hass_storage[key] = {"key": key, **stored}
    await set_up(hass, entry_with_access)
    agents = entry_with_access.runtime_data.agreement.catalogue.agents
    assert [agent.name for agent in agents.values()] == ["web01"]


async def test_what_bleemeo_has_no_longer_goes(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Metrics, and agents with all of their metrics."""
    entry = entry_with_access
    for metric in ("disk", "memory"):
        account.add_metric(CPU["agent"], metric, "critical")
        account.add_metric(AGENT, metric, "critical")
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    board = entry.runtime_data.hub.board
    assert len(board.metrics) == 5

    account.metrics = {
        uid: row
        for uid, row in account.metrics.items()
        if row["agent"] == CPU["agent"] and row["label"] != "disk"
    }
    del account.agents[AGENT]
    await press(hass)
    await hass.async_block_till_done()
    assert {metric.name for metric in board.metrics.values()} == {"CPU", "memory"}
    assert list(board.agents) == [CPU["agent"]]
    assert not device_registry.async_get_device_by_identifier(
        (DOMAIN, AGENT), entry.entry_id
    )
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(2,)]


async def test_what_is_corrected_counts_also_where_the_rest_comes_to_nothing(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The rest is done later, except what the user did meanwhile."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    other = account.add_metric(CPU["agent"], "other", "critical")
    await press(hass)
    await look_again(hass, entry)
    assert len(entry.runtime_data.hub.board.metrics) == 2
    account.set_status(other, "warning")
    del account.metrics[CPU["metric"]]
    path = f"{METRICS_PATH}{CPU['metric']}/"
    bleemeo.faults[path] = Fault(status=500)
    # the server's clock ticks in whole seconds
    freezer.tick(1)
    with pytest.raises(HomeAssistantError):
        await press(hass)
    assert state(hass, "sensor.bleemeo_corrected_statuses").state == "2"

    find_gone = ApiClient.async_find_gone

    async def find_gone_slowly(*args: Any) -> Any:
        gone = await find_gone(*args)
        await hass.services.async_call(
            DOMAIN, "forget", {ATTR_ENTITY_ID: CPU_STATUS}, blocking=True
        )
        return gone

    with patch.object(ApiClient, "async_find_gone", find_gone_slowly):
        await press(hass)
    assert [
        metric.name for metric in entry.runtime_data.hub.board.metrics.values()
    ] == ["other"]


async def test_what_bleemeo_never_had_stays(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Test alerts, and agents that the login cannot see."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", uid=METRIC)
    await set_up(hass, entry)
    await receive(entry)
    await receive(entry, agent=AGENT, metric=OTHER_ACCOUNT)
    await receive(entry, agent=AGENT, metric=None)
    await hass.services.async_call(
        DOMAIN, "send_test_alert", {"status": "critical"}, blocking=True
    )
    await press(hass)
    await reload(hass, entry)
    assert len(entry.runtime_data.hub.board.metrics) == 4


@pytest.mark.parametrize("is_gone_too", [False, True])
async def test_what_was_gone_before_the_start_goes_too(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    is_gone_too: bool,
) -> None:
    """What Bleemeo had is remembered; inactive metrics stay."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", uid=METRIC)
    await set_up_with_alert(hass, entry, account)
    await hass.config_entries.async_unload(entry.entry_id)
    if is_gone_too:
        del account.metrics[CPU["metric"]]
    else:
        account.metrics[CPU["metric"]]["deactivated_at"] = "2026-11-24T08:00:00Z"
    await hass.config_entries.async_setup(entry.entry_id)
    await settle_agreement(hass, entry)
    assert bool(entry.runtime_data.hub.board.metrics) is not is_gone_too


async def test_an_inactive_metric_is_not_asked_for_each_time(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
) -> None:
    """Every other comparison is enough."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", uid=METRIC)
    await set_up_with_alert(hass, entry, account)
    account.metrics[CPU["metric"]]["deactivated_at"] = "2026-11-24T08:00:00Z"
    for asked in (1, 1, 2, 2):
        await press(hass)
        assert bleemeo.asked(f"{METRICS_PATH}{CPU['metric']}/") == asked


@pytest.mark.parametrize("path", [AGENTS_PATH, METRICS_PATH])
@pytest.mark.parametrize(
    "body",
    [
        '{"count": 0, "next": null, "results": []}',
        '{"count": 9, "next": null, "results": []}',
    ],
)
async def test_nothing_goes_because_of_an_empty_or_short_list(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    path: str,
    body: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Even though Bleemeo would say of each that it does not exist."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    account.agents.clear()
    rows, account.metrics = account.metrics, {}
    bleemeo.faults[path] = Fault(body=body)
    if path == AGENTS_PATH:
        account.metrics = rows
    else:
        account.add_agent("web01.example.com", CPU["agent"])
    agreed_at = entry.runtime_data.agreement.catalogue.agreed_at
    with pytest.raises(HomeAssistantError, match="empty, or changed"):
        await press(hass)
    assert len(entry.runtime_data.hub.board.metrics) == 1
    # that was no agreement, and is tried again within minutes
    assert entry.runtime_data.agreement.catalogue.agreed_at == agreed_at
    account.agents = {CPU["agent"]: {"id": CPU["agent"], "display_name": "web01"}}
    account.metrics = rows
    await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert entry.runtime_data.agreement.catalogue.agreed_at > agreed_at


async def test_nothing_goes_where_most_servers_are_hidden_at_once(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """The login may see fewer than before."""
    entry = entry_with_access
    others = [account.add_agent(f"db{number}") for number in range(3)]
    for agent in others:
        account.add_metric(agent, "cpu_used", "critical")
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    for agent in others:
        del account.agents[agent]
    await press(hass)
    assert len(entry.runtime_data.hub.board.metrics) == 4


async def test_a_server_that_is_set_up_anew_keeps_its_names(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """What goes, goes before what comes."""
    entry = entry_with_access
    old = account.add_agent("db01")
    account.add_metric(old, "cpu_used", "critical")
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    assert state(hass, "sensor.db01_cpu_used").attributes["agent_id"] == old
    del account.agents[old]
    account.metrics = {
        uid: row for uid, row in account.metrics.items() if row["agent"] != old
    }
    new = account.add_agent("db01")
    account.add_metric(new, "cpu_used", "critical")
    await press(hass)
    await look_again(hass, entry)
    assert state(hass, "sensor.db01_cpu_used").attributes["agent_id"] == new
    assert not [each for each in states(hass) if each.endswith("_2")]


async def test_all_that_is_missing_is_asked_for_bit_by_bit(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    freezer: FrozenDateTimeFactory,
) -> None:
    """By itself, 50 at a time."""
    entry = entry_with_access
    ids = [account.add_metric(AGENT, f"metric{n}", "warning") for n in range(120)]
    await set_up_with_alert(hass, entry, account)
    await look_again(hass, entry)
    board = entry.runtime_data.hub.board
    assert len(board.metrics) == 121
    for uid in ids:
        del account.metrics[uid]
    await press(hass)
    for left in (71, 21, 1):
        assert len(board.metrics) == left
        await pass_time(hass, entry, freezer, timedelta(minutes=1))
    assert sum(f"{METRICS_PATH}{uid}/" in dict(bleemeo.requests) for uid in ids) == 120


async def test_what_a_person_forgot_stays_forgotten_until_its_next_alert(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Also across a restart, though Bleemeo has it at critical."""
    entry = entry_with_access
    await set_up_with_alert(hass, entry, account)
    await hass.services.async_call(
        DOMAIN, "forget", {ATTR_ENTITY_ID: CPU_STATUS}, blocking=True
    )
    account.set_status(CPU["metric"], "critical")
    board = entry.runtime_data.hub.board
    await press(hass)
    await pass_time(hass, entry, freezer, timedelta(hours=7))
    assert not board.metrics
    await reload(hass, entry)
    await pass_time(hass, entry, freezer, timedelta(hours=7))
    board = entry.runtime_data.hub.board
    assert not board.metrics
    await receive(entry)
    await press(hass)
    assert [metric.alert.status.word for metric in board.metrics.values()] == [
        "critical"
    ]


async def test_a_metric_and_its_status_are_one(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """It is not known which one alerts name: the one shown is used, else the first."""
    entry = entry_with_access
    list_cpu(account, "critical")
    account.add_metric(
        CPU["agent"], "cpu_used_status", "critical", status_of=CPU["metric"]
    )
    base = account.add_metric(AGENT, "disk_used", "critical")
    named = account.add_metric(AGENT, "disk_used_status", "warning", status_of=base)
    bare = account.add_metric(AGENT, "memory", current_status=None)
    account.add_metric(AGENT, "memory_status", "critical", status_of=bare)
    with patch("custom_components.bleemeo.api.agreement.Agreement.async_begin"):
        await setup_integration(hass, entry)
    await receive(entry, agent=AGENT, metric=named, title="web01 - Disk is Critical")
    account.set_status(named, "critical")
    await press(hass)
    await look_again(hass, entry)
    metrics = entry.runtime_data.hub.board.metrics
    assert sorted((each.name, each.alert.status.word) for each in metrics.values()) == [
        ("CPU used", "critical"),
        ("Disk", "critical"),
        ("memory", "critical"),
    ]

    # whichever an alert names, it is the one that is shown, also after a restart
    later = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    for _ in range(2):
        for number, uid in enumerate((base, named)):
            await receive(
                entry,
                id=None,
                agent=AGENT,
                metric=uid,
                status=number,
                status_changed_at=later,
            )
        await hass.config_entries.async_unload(entry.entry_id)
        with patch("custom_components.bleemeo.api.agreement.Agreement.async_begin"):
            await hass.config_entries.async_setup(entry.entry_id)
        metrics = entry.runtime_data.hub.board.metrics
        assert len(metrics) == 3
        assert metrics[AGENT, named].alert.status.word == "warning"


async def test_a_metric_and_its_status_that_are_both_shown_become_one(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Each came by an alert, before Bleemeo told that they are one."""
    entry = entry_with_access
    half = account.add_metric(
        CPU["agent"], "cpu_used_status", "critical", status_of=CPU["metric"]
    )
    list_cpu(account, "critical")
    with patch("custom_components.bleemeo.api.agreement.Agreement.async_begin"):
        await setup_integration(hass, entry)
    await receive(entry, status=2)
    await receive(
        entry, id=None, status=2, metric=half, status_changed_at="2026-11-24T08:00:00Z"
    )
    metrics = entry.runtime_data.hub.board.metrics
    assert len(metrics) == 2
    await press(hass)
    assert list(metrics) == [(CPU["agent"], half)]
    assert state(hass, "sensor.bleemeo_critical").state == "1"


async def test_what_was_never_seen_is_raised_at_the_second_look(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The list knows no grace: a short peak or a silence is no alert."""
    entry = entry_with_access
    peak = account.add_metric(AGENT, "peak", "critical")
    lasting = account.add_metric(AGENT, "lasting", "critical")
    events = async_capture_events(hass, EVENT_ALERT)
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    await press(hass)
    assert not events
    account.set_status(peak, "ok")
    await pass_time(hass, entry, freezer, timedelta(minutes=2))
    await hass.async_block_till_done()
    assert [event.data["metric_id"] for event in events] == [lasting]
    account.set_status(peak, "critical")
    await press(hass)
    assert len(events) == 1


async def test_what_was_never_seen_is_raised_although_the_clock_was_set_back(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """From then on it has its two minutes."""
    entry, now = entry_with_access, dt_util.utcnow()
    account.add_metric(AGENT, "disk", "critical")
    freezer.move_to(now + timedelta(days=400))
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    freezer.move_to(now)
    for minutes, shown in ((0, "unknown"), (1, "unknown"), (2, "critical")):
        await pass_time(hass, entry, freezer, timedelta(minutes=minutes))
        await press(hass)
        assert state(hass, "sensor.web01_status").state == shown


async def test_what_is_open_when_it_is_first_seen_is_no_calm(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Until the second look, neither its server nor the account is called OK."""
    entry = entry_with_access
    account.add_metric(AGENT, "lasting", "critical")
    calm, short = account.add_agent("calm"), account.add_agent("short")
    peak = account.add_metric(short, "peak", "critical")
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    async def shown() -> list[str]:
        await hass.async_block_till_done()
        names = ("bleemeo", "web01", "short", "calm")
        return [state(hass, f"sensor.{name}_status").state for name in names]

    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    assert await shown() == ["unknown", "unknown", "unknown", "ok"]
    assert state(hass, "binary_sensor.short_problem").state == "unknown"
    await hass.config_entries.async_reload(entry.entry_id)
    await settle_agreement(hass, entry)
    assert await shown() == ["unknown", "unknown", "unknown", "ok"]
    was_calm = {
        event.data["entity_id"]
        for event in changes
        if (told := event.data["new_state"]) and told.state in ("ok", "off")
    }
    assert not was_calm & {"sensor.bleemeo_status", "sensor.short_status"}

    account.set_status(peak, "ok")
    await pass_time(hass, entry, freezer, timedelta(minutes=2))
    assert await shown() == ["critical", "critical", "ok", "ok"]
    since = entry.runtime_data.agreement.catalogue.listed_since
    assert since[short] - since[calm] == timedelta(minutes=2)
    # a short peak on a server that was seen before is no news
    account.set_status(peak, "critical")
    await press(hass)
    assert await shown() == ["critical", "critical", "ok", "ok"]


async def test_a_server_of_which_nothing_is_told_yet_is_not_ok(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A condition says no more of it than its status does."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    peak = account.add_metric(account.add_agent("short"), "peak", "critical")
    await press(hass)
    target = {"entity_id": ["sensor.short_status"]}
    config = ConditionConfig(options={}, target=target)
    all_ok = CONDITIONS["all_ok"](hass, config)
    assert not all_ok._async_check()
    account.set_status(peak, "ok")
    await pass_time(hass, entry, freezer, timedelta(minutes=2))
    await hass.async_block_till_done()
    assert all_ok._async_check()


async def test_an_account_is_not_ok_while_nothing_is_told_yet_of_a_new_server(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The list has something open already; what is known to be open stands above that."""
    entry = entry_with_access
    disk = account.add_metric(AGENT, "disk", "warning")
    await set_up(hass, entry)
    targets: list[dict[str, Any]] = [{}, {"entity_id": ["sensor.bleemeo_status"]}]
    all_ok = [
        CONDITIONS["all_ok"](hass, ConditionConfig(options={}, target=target))
        for target in targets
    ]

    async def shown() -> list[str]:
        await hass.async_block_till_done()
        words = {str(each._async_check()) for each in all_ok}
        return [
            state(hass, "sensor.bleemeo_status").state,
            state(hass, "binary_sensor.bleemeo_problem").state,
            *words,
        ]

    assert await shown() == ["warning", "on", "False"]
    peak = account.add_metric(account.add_agent("short"), "peak", "critical")
    await press(hass)
    assert await shown() == ["warning", "on", "False"]
    account.set_status(disk, "ok")
    freezer.tick(timedelta(seconds=5))
    await press(hass)
    assert await shown() == ["unknown", "unknown", "False"]
    account.set_status(peak, "ok")
    await pass_time(hass, entry, freezer, timedelta(minutes=2))
    assert await shown() == ["ok", "off", "True"]


async def test_a_new_server_is_not_ok_because_of_its_first_alert_alone(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Bleemeo lists something else of it that is open."""
    entry = entry_with_access
    await set_up(hass, entry)
    list_cpu(account, "ok")
    account.add_metric(CPU["agent"], "disk", "critical")
    await receive(entry, status=0)
    await press(hass)
    status = "sensor.web01_example_com_status"
    assert state(hass, status).state == "unknown"
    await receive(entry, status=1, status_changed_at="2026-11-27T09:00:00Z", id=None)
    assert state(hass, status).state == "warning"
    await pass_time(hass, entry, freezer, timedelta(minutes=2))
    assert state(hass, status).state == "critical"


def test_a_look_that_was_cut_off_is_no_first_look() -> None:
    """What was not open at the next one has all its time to be over by itself."""
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    disk = ListedMetric(
        agent_id=AGENT,
        metric_id=METRIC,
        real_name=RealName("Disk"),
        status_of=None,
        is_active=True,
        status=Status.CRITICAL,
        text=None,
        as_of=at,
    )
    second_look = SecondLook()
    second_look.begin()
    assert second_look.confirm(disk, FirstLook(at, False, False)) is None
    second_look.begin()
    second_look.end()
    assert not second_look.is_due
    second_look.begin()
    later = at + timedelta(hours=2)
    assert second_look.confirm(disk, FirstLook(later, False, False)) is None
