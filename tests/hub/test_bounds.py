"""Tests of the bounds: what is beyond them makes nothing, and there is a way back."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
import json
from typing import Any
from uuid import UUID

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bleemeo.const import (
    CONF_MAX_AGENTS,
    CONF_MAX_METRICS,
    DOMAIN,
    EVENT_ALERT,
)
from custom_components.bleemeo.core import AgentProfile, Silence
from custom_components.bleemeo.hub import turn
from custom_components.bleemeo.journal import DeliveryQuery, Forgotten, Record
from custom_components.bleemeo.journal.file import JournalFile
from custom_components.bleemeo.repairs import TIME_FORMAT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from scripts.simulated_api import Account
from tests import (
    AGENT,
    journal_rows,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
)
from tests.conftest import Deliver
from tests.test_repairs import FLOW, begin, choose

BOUNDS = {CONF_MAX_METRICS: 10, CONF_MAX_AGENTS: 4}

type Client = TestClient[Any, Any]


@pytest.fixture(autouse=True)
async def repairs(hass: HomeAssistant) -> None:
    """Set up repair flows, whose routes must exist before the server starts."""
    assert await async_setup_component(hass, "config", {})
    assert await async_setup_component(hass, "repairs", {})
    await hass.config.async_update(external_url="https://home.example.com")


@pytest.fixture
def entry(entry: MockConfigEntry) -> MockConfigEntry:
    """Return an entry with low bounds."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        entry_id=entry.entry_id,
        data=dict(entry.data),
        options=BOUNDS,
    )


def alert(agent: int, metric: int = 0, **fields: Any) -> dict[str, Any]:
    """Return an alert of an agent and a metric, by their numbers."""
    return payload(
        agent=str(UUID(int=agent)),
        metric=str(UUID(int=agent * 100 + metric)),
        id=None,
        title=f"host{agent} - Metric{metric} is Warning",
        **fields,
    )


def ok(agent: int, metric: int = 0, **fields: Any) -> dict[str, Any]:
    """Return the same as OK."""
    return alert(agent, metric, status=0, **fields)


def hosts(entry: MockConfigEntry) -> list[str]:
    """Return the hosts on the board."""
    board = entry.runtime_data.hub.board
    return sorted(agent.name for agent in board.agents.values())


def reported(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
    """Return whether the person was told."""
    issue_id = f"bounds_reached_{entry.entry_id}"
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None


async def answer(client: Client, step: Any, data: dict[str, Any]) -> Any:
    """Submit a form, and return the next step."""
    response = await client.post(f"{FLOW}/{step['flow_id']}", json=data)
    return await response.json()


async def test_an_alert_beyond_the_bounds_makes_nothing_but_is_kept_and_told(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """What is known goes on, and so do new metrics as long as there is room."""
    for agent in range(4):
        assert await (await deliver(alert(agent))).json() == {"result": "changed"}
    entities, devices = er.async_get(hass), dr.async_get(hass)
    before = len(entities.entities), len(devices.devices)
    assert not reported(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)

    response = await deliver(alert(5))
    assert (response.status, await response.json()) == (
        200,
        {"result": "beyond_bounds"},
    )
    assert (len(entities.entities), len(devices.devices)) == before
    assert hosts(entry) == ["host0", "host1", "host2", "host3"]
    assert events == []
    assert reported(hass, entry)
    assert journal_rows(hass, entry, "SELECT count(*) FROM metric") == [(4,)]
    [kept] = await entry.runtime_data.hub.store.journal.read(
        DeliveryQuery(verdicts=["beyond_bounds"])
    )
    assert (kept["host"], json.loads(kept["body"])) == ("host5", alert(5))

    later = "2026-11-20T10:00:00Z"
    answered = await (await deliver(ok(0, status_changed_at=later))).json()
    assert answered == {"result": "changed"}
    for metric in range(1, 7):
        answered = await (await deliver(alert(1, metric))).json()
        assert answered == {"result": "changed"}
    assert await (await deliver(alert(1, 8))).json() == {"result": "beyond_bounds"}
    assert entry.runtime_data.hub.statistics.beyond_bounds == 2


async def test_what_was_beyond_the_bounds_stays_counted_after_a_restart(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """And is taken when there is room: raised options tell no more."""
    for agent in range(7):
        await deliver(alert(agent))
    hass.config_entries.async_update_entry(entry, options={CONF_MAX_AGENTS: 5})
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.hub.statistics.beyond_bounds == 3
    assert not reported(hass, entry)
    assert await (await deliver(alert(6))).json() == {"result": "changed"}


async def test_more_than_there_may_be_is_told_without_any_alert(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Such as what a flood left before there were bounds; nothing is removed by itself."""
    for agent in range(4):
        await deliver(alert(agent))
    hass.config_entries.async_update_entry(entry, options={CONF_MAX_AGENTS: 3})
    await hass.config_entries.async_reload(entry.entry_id)
    assert reported(hass, entry)
    assert len(hosts(entry)) == 4


async def test_what_is_ok_and_silent_longest_is_forgotten_in_one_click_and_one_commit(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The preview says which; what is open stays, and all else goes on."""
    now = dt_util.utcnow()
    freezer.move_to(now - timedelta(days=4))
    for agent in (2, 0, 1, 3):
        await deliver(alert(agent) if agent == 2 else ok(agent))
        await deliver(ok(agent, 1))
        freezer.tick(timedelta(days=1))
    freezer.move_to(now)
    await deliver(alert(5))
    admin = await hass_client()
    menu = await begin(admin, f"bounds_reached_{entry.entry_id}")
    assert menu["menu_options"] == ["silent", "since", "keep"]
    assert menu["description_placeholders"] == {
        "entry": "Bleemeo",
        "metrics": "8",
        "max_metrics": "10",
        "agents": "4",
        "max_agents": "4",
        "count": "1",
    }
    form = await choose(admin, menu, "silent")
    shown = form["description_placeholders"]
    assert shown["names"] == "- host0 (2)"
    assert (shown["metrics"], shown["agents"], shown["open"]) == ("2", "1", "0")
    commits: list[int] = []
    write = JournalFile.write

    def count(file: JournalFile, records: Sequence[Record]) -> None:
        commits.append(sum(isinstance(each, Forgotten) for each in records))
        write(file, records)

    monkeypatch.setattr(JournalFile, "write", count)
    assert (await answer(admin, form, {}))["type"] == "create_entry"
    assert hosts(entry) == ["host1", "host2", "host3"]
    assert commits == [2]
    rows = journal_rows(hass, entry, "SELECT DISTINCT host FROM delivery WHERE id > 0")
    assert sorted(rows) == [("host1",), ("host2",), ("host3",)]
    assert not reported(hass, entry)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, str(UUID(int=0))), entry.entry_id
    )
    assert device is None
    assert await (await deliver(alert(5))).json() == {"result": "changed"}


async def test_what_is_open_silenced_or_listed_by_the_api_is_not_silent(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """With nothing else there, the repair says what can be done instead."""
    for agent in range(4):
        await deliver(ok(agent) if agent > 1 else alert(agent))
    hub = entry.runtime_data.hub
    hub.board.take_profiles({str(UUID(int=3)): AgentProfile(name="listed")})
    silence = Silence(
        id="a", begins_at=hub.now(), subjects=frozenset({str(UUID(int=2))})
    )
    await hub.silencer.async_add([silence])
    await deliver(alert(5))
    admin = await hass_client()
    step = await begin(admin, f"bounds_reached_{entry.entry_id}")
    aborted = await choose(admin, step, "silent")
    assert (aborted["type"], aborted["reason"]) == ("abort", "nothing_silent")
    assert len(hosts(entry)) == 4


async def test_to_forget_that_is_cut_off_makes_no_room(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stop meanwhile leaves all on disk, and the repair with it."""
    monkeypatch.setattr(turn, "TURN_SECONDS", -1)
    for agent in range(5):
        await deliver(ok(agent))
    hub = entry.runtime_data.hub
    forgetting = hass.async_create_task(hub.async_forget([*hub.board.metrics.values()]))
    while len(hub.board.metrics) > 2:
        await asyncio.sleep(0)
    forgetting.cancel()
    await asyncio.wait([forgetting])
    assert reported(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    assert reported(hass, entry)
    assert len(hosts(entry)) == 4


async def test_all_that_came_since_a_time_is_forgotten_in_one_click(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Open or not, also after a restart; what was known before stays, however new."""
    await deliver(alert(0))
    # a sensor's age cannot be frozen, and the form takes whole seconds
    await asyncio.sleep(1.1)
    since = dt_util.now().strftime(TIME_FORMAT)
    await deliver(ok(0, status_changed_at=dt_util.utcnow().isoformat()))
    for agent in (1, 2, 3, 4):
        await deliver(alert(agent) if agent == 2 else ok(agent))
    await hass.config_entries.async_reload(entry.entry_id)
    admin = await hass_client()
    menu = await begin(admin, f"bounds_reached_{entry.entry_id}")
    form = await choose(admin, menu, "since")
    later = (dt_util.now() + timedelta(hours=1)).strftime(TIME_FORMAT)
    form = await answer(admin, form, {"since": later})
    assert form["errors"] == {"base": "nothing_since"}
    preview = await answer(admin, form, {"since": since})
    assert preview["step_id"] == "confirm_since"
    shown = preview["description_placeholders"]
    assert (shown["metrics"], shown["agents"], shown["open"]) == ("3", "3", "1")
    assert shown["names"].splitlines() == ["- host1 (1)", "- host2 (1)", "- host3 (1)"]
    assert (await answer(admin, preview, {}))["type"] == "create_entry"
    assert hosts(entry) == ["host0"]
    assert not reported(hass, entry)


async def test_an_hour_before_it_was_told_is_suggested_to_forget_what_came_since(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """In the time of the house, whenever the person gets to it."""
    await hass.config.async_set_time_zone("Asia/Tokyo")
    for agent in range(5):
        await deliver(alert(agent))
    issue_id = f"bounds_reached_{entry.entry_id}"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.data is not None
    told_at = datetime.fromisoformat(str(issue.data["since"]))
    admin = await hass_client()
    form = await choose(admin, await begin(admin, issue_id), "since")
    [field] = form["data_schema"]
    # in summer and winter alike
    expected = told_at + timedelta(hours=9) - timedelta(hours=1)
    assert field["description"]["suggested_value"] == expected.strftime(TIME_FORMAT)


async def test_the_repair_can_leave_all_as_it_is_and_comes_back(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """With the next alert that is beyond the bounds."""
    for agent in range(5):
        await deliver(alert(agent))
    admin = await hass_client()
    step = await begin(admin, f"bounds_reached_{entry.entry_id}")
    assert (await choose(admin, step, "keep"))["type"] == "create_entry"
    assert not reported(hass, entry)
    await deliver(alert(5))
    assert reported(hass, entry)


@pytest.mark.parametrize("option", ["silent", "since"])
async def test_nothing_is_forgotten_while_the_entry_is_not_loaded(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    option: str,
) -> None:
    """The repair says so, and stays."""
    for agent in range(5):
        await deliver(ok(agent))
    admin = await hass_client()
    menu = await begin(admin, f"bounds_reached_{entry.entry_id}")
    await hass.config_entries.async_unload(entry.entry_id)
    aborted = await choose(admin, menu, option)
    assert (aborted["type"], aborted["reason"]) == ("abort", "entry_not_loaded")
    aborted = await begin(admin, f"bounds_reached_{entry.entry_id}")
    assert aborted["reason"] == "entry_not_loaded"
    assert reported(hass, entry)


async def test_only_an_admin_makes_room(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_admin_user: MockUser,
) -> None:
    """A user of the house can neither see how much there is, nor forget any of it."""
    for agent in range(5):
        await deliver(ok(agent))
    user = await hass_client()
    for groups in (["system-users"], ["system-read-only"]):
        hass_admin_user.groups = [
            group
            for group in await hass.auth._store.async_get_groups()
            if group.id in groups
        ]
        hass_admin_user.invalidate_cache()
        assert not hass_admin_user.is_admin
        response = await user.post(
            FLOW,
            json={"handler": DOMAIN, "issue_id": f"bounds_reached_{entry.entry_id}"},
        )
        assert response.status in (401, 403)
        response = await user.post(
            "/api/config/config_entries/options/flow", json={"handler": entry.entry_id}
        )
        assert response.status in (401, 403)
    assert len(hosts(entry)) == 4


async def test_a_test_alert_for_which_there_is_no_room_is_an_error(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """It says what to do."""
    for agent in range(4):
        await deliver(alert(agent))
    with pytest.raises(ServiceValidationError, match="There is no room") as error:
        await hass.services.async_call(
            DOMAIN, "send_test_alert", {"status": "critical"}, blocking=True
        )
    assert error.value.translation_key == "no_room"


async def test_what_the_api_tells_beyond_the_bounds_is_told_but_is_no_delivery(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Each comparison tells it again, which would fill the list."""
    entry = entry_with_access
    for number in range(3):
        account.add_metric(AGENT, f"metric{number}", "critical")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={CONF_MAX_METRICS: 2})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await settle_agreement(hass, entry)
    await look_again(hass, entry)
    hub = entry.runtime_data.hub
    assert len(hub.board.metrics) == 2
    assert reported(hass, entry)
    assert hub.statistics.beyond_bounds == 1
    await hass.config_entries.async_unload(entry.entry_id)
    query = "SELECT count(*) FROM delivery WHERE verdict = 'beyond_bounds'"
    assert journal_rows(hass, entry, query) == [(0,)]


async def test_agents_that_the_api_lists_are_within_the_bounds_too(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    device_registry: dr.DeviceRegistry,
) -> None:
    """No more devices come than there is room for; what is there stays."""
    entry = entry_with_access
    for number in range(3):
        account.add_agent(f"web1{number}")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={CONF_MAX_AGENTS: 3})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await settle_agreement(hass, entry)
    hub, agreement = entry.runtime_data.hub, entry.runtime_data.agreement
    shown = set(hub.board.agents)
    assert len(shown) == 3
    assert reported(hass, entry)
    # besides that of the account
    assert len(device_registry.devices) == 4
    await agreement.async_check_now()
    assert set(hub.board.agents) == shown
    account.agents = {uid: account.agents[uid] for uid in list(shown)[:2]}
    account.add_metric(next(iter(account.agents)), "cpu_used", "ok")
    await agreement.async_check_now()
    assert len(hub.board.agents) == 2
    assert not reported(hass, entry)


async def test_what_was_forgotten_while_the_form_was_open_is_not_forgotten_again(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Nor is what has an open alert since."""
    for agent in range(4):
        await deliver(ok(agent))
        await deliver(ok(agent, 1))
    await deliver(alert(5))
    admin = await hass_client()
    menu = await begin(admin, f"bounds_reached_{entry.entry_id}")
    form = await choose(admin, menu, "silent")
    hub = entry.runtime_data.hub
    first = hub.board.metrics_of(str(UUID(int=0)))
    await hub.async_forget(first[:1])
    await receive_alert(entry, alert(0, 1, status_changed_at="2026-11-21T08:00:00Z"))
    assert (await answer(admin, form, {}))["type"] == "create_entry"
    assert hosts(entry) == ["host0", "host1", "host2", "host3"]


@pytest.mark.parametrize("option", ["silent", "since"])
async def test_after_a_reload_the_preview_is_shown_anew(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    option: str,
) -> None:
    """What was shown is not there any more, and what is there was not shown."""
    for agent in range(5):
        await deliver(ok(agent))
    admin = await hass_client()
    menu = await begin(admin, f"bounds_reached_{entry.entry_id}")
    form = shown = await choose(admin, menu, option)
    since = {"since": "2020-01-01 00:00:00"}
    if option == "since":
        form = await answer(admin, form, since)
    await hass.config_entries.async_reload(entry.entry_id)
    form = await answer(admin, form, {})
    assert (form["type"], form["step_id"]) == ("form", shown["step_id"])
    assert len(hosts(entry)) == 4
    if option == "since":
        form = await answer(admin, form, since)
    assert (await answer(admin, form, {}))["type"] == "create_entry"
    assert len(hosts(entry)) < 4


async def test_room_that_is_there_is_found_at_a_start(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A report of before is withdrawn."""
    await setup_integration(hass, entry)
    entry.runtime_data.hub.bounds.async_report()
    assert reported(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    assert not reported(hass, entry)
