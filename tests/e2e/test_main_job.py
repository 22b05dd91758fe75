"""A real Home Assistant receives a day of alerts, and shows, announces and keeps them.

The tests follow a user on one Home Assistant, from adding the integration to removing
it. Each can run alone; its fixtures do what it needs of the steps before.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from scripts.house import House
from scripts.simulated_bleemeo import STATUS_WORDS, Alert, expected_board, read_day

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
DOCUMENTED: Alert = json.loads((FIXTURES / "documented.json").read_text())
DAY = read_day(FIXTURES / "a_day.jsonl")
ALERTS = [DOCUMENTED, *DAY]
NEWEST = {alert["metric"]: alert for alert in ALERTS}
HOSTS = {alert["agent"]: alert["title"].split(" - ")[0] for alert in ALERTS}

ENTRY_NAME = "Our servers"
OTHER_ACCOUNT = "3d0e3b5c-8d1a-4f0e-9d1c-0c9f7a4b2e11"
TOO_LARGE = json.dumps(DOCUMENTED | {"text": "x" * 64 * 1024}).encode()

PROBLEM_STATES = {0: "off", 1: "on", 2: "on", 3: "unknown"}
# Bleemeo's Unknown ranks between OK and Warning
SEVERITY = {0: 0, 3: 1, 1: 2, 2: 3}

# logged for deliveries that the tests send to be refused
EXPECTED_LOG = ("[custom_components.bleemeo.entrance] Our servers refused ",)


@dataclass
class Account:
    """The integration after its first alerts, with their results."""

    house: House
    entry_id: str
    address: str
    answers: list[tuple[int, Any]]
    events: list[dict[str, Any]]

    @property
    def webhook_id(self) -> str:
        """The secret part of the webhook's address."""
        return self.address.rpartition("/")[2]

    async def post(self, body: Any) -> tuple[int, Any]:
        """Post bytes as is, or anything else as JSON; return status and answer."""
        content = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.house.session.post(self.address, **content) as answer:
            return answer.status, await answer.json()

    async def entities(self) -> dict[str, dict[str, Any]]:
        """Return the entity registry's rows of the integration by unique id."""
        return {
            entity["unique_id"]: entity
            for entity in await self.house.entities()
            if entity["platform"] == "bleemeo"
        }

    async def devices(self) -> dict[str, dict[str, Any]]:
        """Return the device registry's rows of the integration by identifier."""
        return {
            identifier: device
            for device in await self.house.devices()
            for domain, identifier in device["identifiers"]
            if domain == "bleemeo"
        }

    async def states(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return states and attributes of the integration's entities by entity id."""
        ours = {entity["entity_id"] for entity in (await self.entities()).values()}
        return {
            entity_id: (state["state"], state["attributes"])
            for entity_id, state in (await self.house.states()).items()
            if entity_id in ours
        }

    async def metric_statuses(self) -> dict[str, tuple[str, str, dict[str, Any]]]:
        """Return entity id, state and attributes of the status sensors by metric."""
        return {
            attributes["metric_id"]: (entity_id, state, attributes)
            for entity_id, (state, attributes) in (await self.states()).items()
            if entity_id.startswith("sensor.") and "metric_id" in attributes
        }

    def kept_files(self) -> list[Path]:
        """Return the files of the entry's journal."""
        folder = self.house.path / ".storage"
        return [path for path in folder.iterdir() if self.entry_id in path.name]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def account(house: House) -> AsyncIterator[Account]:
    """Return the integration after the documented alert and the day, sent once each."""
    entry_id, address = await house.add_bleemeo(ENTRY_NAME)
    account = Account(house, entry_id, address, [], [])
    async with house.events("bleemeo_alert") as events:
        for alert in ALERTS:
            account.answers.append(await account.post(alert))
        account.events = await events.settled()
    yield account


async def test_webhook_is_registered(account: Account) -> None:
    """It accepts requests from anywhere: Bleemeo is not in the local network."""
    [webhook] = [
        webhook
        for webhook in await account.house.webhooks()
        if webhook["domain"] == "bleemeo"
    ]
    assert webhook["name"] == ENTRY_NAME
    assert not webhook["local_only"]


async def test_each_alert_is_acknowledged(account: Account) -> None:
    """The first time, every alert changes the board."""
    assert account.answers == [(200, {"result": "changed"})] * len(ALERTS)


async def test_metrics_show_their_newest_alert(account: Account) -> None:
    """There is exactly one status sensor for each metric."""
    statuses = await account.metric_statuses()
    assert {
        metric: (state, attributes["text"], attributes["title"], attributes["event_id"])
        for metric, (_, state, attributes) in statuses.items()
    } == {
        metric: (
            STATUS_WORDS[alert["status"]],
            alert["text"],
            alert["title"],
            alert["id"],
        )
        for metric, alert in NEWEST.items()
    }


async def test_numbers_are_read_from_the_text(account: Account) -> None:
    """A text's value, unit and threshold become attributes."""
    disk = next(alert for alert in DAY if "(/home)" in alert["title"])
    _, _, attributes = (await account.metric_statuses())[disk["metric"]]
    numbers = [attributes[key] for key in ("value", "unit", "threshold")]
    assert numbers == [88.0, "%", 80.0]


async def test_problem_follows_status(account: Account) -> None:
    """Each metric also has a problem sensor, which Home Assistant counts no more."""
    states = await account.states()
    problems = {
        unique_id: entity
        for unique_id, entity in (await account.entities()).items()
        if entity["entity_id"].startswith("binary_sensor.")
    }
    for metric, alert in NEWEST.items():
        [problem] = [entity for uid, entity in problems.items() if metric in uid]
        state, attributes = states[problem["entity_id"]]
        assert state == PROBLEM_STATES[alert["status"]]
        assert "device_class" not in attributes
        name = expected_board([alert])[0].metric
        assert problem["original_name"] == f"{name} problem"


async def test_devices(account: Account) -> None:
    """The account is a service, and each agent a device under it, named by its host."""
    devices = await account.devices()
    [service] = [
        device for device in devices.values() if device["entry_type"] == "service"
    ]
    assert service["name"] == ENTRY_NAME
    agents = {
        identifier: (device["name"], device["via_device_id"])
        for identifier, device in devices.items()
        if device is not service
    }
    assert agents == {agent: (host, service["id"]) for agent, host in HOSTS.items()}
    assert all(
        device["config_entries"] == [account.entry_id] for device in devices.values()
    )


async def test_unique_ids_hold_no_names(account: Account) -> None:
    """They use only what never changes, so a rename in Bleemeo changes no entity."""
    entities = await account.entities()
    statuses = await account.metric_statuses()
    for metric, alert in NEWEST.items():
        entity_id = statuses[metric][0]
        [unique_id] = [
            unique_id
            for unique_id, entity in entities.items()
            if entity["entity_id"] == entity_id
        ]
        assert alert["agent"] in unique_id
        assert metric in unique_id
    devices = await account.devices()
    for host, unique_id in ((h, u) for h in HOSTS.values() for u in entities):
        assert host.split(".")[0] not in unique_id
    assert {entity["device_id"] for entity in entities.values()} == {
        device["id"] for device in devices.values()
    }


async def test_each_alert_is_told_once(account: Account) -> None:
    """The bus has one event per alert, in order, that says what changed."""
    previous: dict[str, int] = {}
    expected = []
    for alert in ALERTS:
        before = previous.get(alert["metric"])
        previous[alert["metric"]] = alert["status"]
        row = expected_board([alert])[0]
        expected.append(
            {
                "entry_id": account.entry_id,
                "account_id": alert["account"],
                "agent_id": alert["agent"],
                "metric_id": alert["metric"],
                "event_id": alert["id"],
                "change": _change(before, alert["status"]),
                "status": row.status,
                "previous_status": None if before is None else STATUS_WORDS[before],
                "host": row.host,
                "metric_name": row.metric,
                "title": alert["title"],
                "text": alert["text"],
                "changes_last_hour": alert["number_status_change_last_hour"],
                "source": "webhook",
            }
        )
    told = [{key: event[key] for key in expected[0]} for event in account.events]
    assert told == expected


async def test_events_name_device_and_entity(account: Account) -> None:
    """An automation can find the device and the status sensor of an event."""
    devices = await account.devices()
    statuses = await account.metric_statuses()
    for event in account.events:
        assert event["device_id"] == devices[event["agent_id"]]["id"]
        assert event["entity_id"] == statuses[event["metric_id"]][0]


async def test_same_day_again_changes_nothing(account: Account) -> None:
    """A repeated delivery is acknowledged, but neither shown nor announced again."""
    before = await account.states()
    async with account.house.events("bleemeo_alert") as events:
        answers = [await account.post(alert) for alert in ALERTS]
        assert await events.settled() == []
    assert [status for status, _ in answers] == [200] * len(ALERTS)
    assert {answer["result"] for _, answer in answers} == {"repeat", "late"}
    for alert, (_, answer) in zip(ALERTS, answers, strict=True):
        is_newest = NEWEST[alert["metric"]] is alert
        assert answer["result"] == ("repeat" if is_newest else "late")
    assert await account.states() == before


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        (b"{", 400, "JSON"),
        (b"", 400, "JSON"),
        (b"\xff\xfe", 400, "JSON"),
        ([], 400, "object"),
        (DOCUMENTED | {"account": OTHER_ACCOUNT}, 403, "account"),
        (TOO_LARGE, 413, "65536 bytes"),
        (DOCUMENTED | {"status": 7}, 422, "status"),
        (DOCUMENTED | {"status": True}, 422, "status"),
        ({key: DOCUMENTED[key] for key in DOCUMENTED if key != "agent"}, 422, "agent"),
    ],
    ids=[
        "broken JSON",
        "empty",
        "not UTF-8",
        "array",
        "other account",
        "too large",
        "status out of range",
        "status is no number",
        "no agent",
    ],
)
async def test_refusals_name_what_is_wrong(
    account: Account, body: Any, status: int, named: str
) -> None:
    """A refused delivery is not acknowledged, changes nothing, and is told why."""
    before = await account.metric_statuses()
    answer = await account.post(body)
    assert answer[0] == status
    assert named in answer[1]["error"]
    assert await account.metric_statuses() == before


async def test_too_large_without_a_length(account: Account) -> None:
    """A chunked body without a length is measured as it arrives."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(TOO_LARGE), 4096):
            yield TOO_LARGE[start : start + 4096]

    async with account.house.session.post(account.address, data=chunks()) as answer:
        assert "Content-Length" not in answer.request_info.headers
        assert answer.status == 413
        assert "65536 bytes" in (await answer.json())["error"]


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_only_post_is_allowed(account: Account, method: str) -> None:
    """Other methods are never taken for an alert."""
    async with account.house.session.request(
        method, account.address, json=DAY[-1]
    ) as answer:
        assert answer.status == 405


async def test_over_the_websocket(account: Account) -> None:
    """It works like this when Home Assistant Cloud forwards a request."""
    for body, status, answer in (
        (json.dumps(DAY[-1]), 200, {"result": "repeat"}),
        (TOO_LARGE.decode(), 413, None),
        ("{", 400, None),
    ):
        reply = await account.house.command(
            "webhook/handle", webhook_id=account.webhook_id, method="POST", body=body
        )
        assert reply["status"] == status
        content = json.loads(reply["body"])
        assert content == answer if answer else "error" in content


async def test_all_is_there_after_a_restart(account: Account) -> None:
    """The states are back immediately, and an earlier delivery is recognized."""
    # what was refused is shown once a second
    await asyncio.sleep(1.5)
    states = await account.states()
    entities = await account.entities()
    assert await account.house.stop() == 0
    await account.house.start()
    assert await account.states() == states
    assert (await account.entities()).keys() == entities.keys()
    async with account.house.events("bleemeo_alert") as events:
        assert await account.post(DAY[-1]) == (200, {"result": "repeat"})
        assert await events.settled() == []
    assert await account.states() == states


async def test_all_is_there_after_a_power_cut(account: Account) -> None:
    """What was acknowledged is on disk, whatever happens next."""
    alert = NEWEST[DOCUMENTED["metric"]] | {
        "id": "0d6f7a60-0b0c-4a52-8b0e-0f4c5d4f7a11",
        "status": 2,
        "status_changed_at": "2026-11-21T08:00:00Z",
        "modified_at": "2026-11-21T08:00:00.980000Z",
    }
    assert await account.post(alert) == (200, {"result": "changed"})
    await account.house.kill()
    await account.house.start()
    _, state, attributes = (await account.metric_statuses())[alert["metric"]]
    assert (state, attributes["event_id"]) == ("critical", alert["id"])
    assert await account.post(alert) == (200, {"result": "repeat"})


async def test_removal_leaves_nothing(account: Account) -> None:
    """The entry's journal, devices and webhook are removed with it."""
    assert account.kept_files()
    await account.house.delete(f"/api/config/config_entries/entry/{account.entry_id}")
    assert account.kept_files() == []
    assert await account.devices() == {}
    assert await account.entities() == {}
    assert "bleemeo" not in {
        webhook["domain"] for webhook in await account.house.webhooks()
    }


def _change(previous: int | None, status: int) -> str:
    """Return the word for a step between two statuses."""
    if previous == status:
        return "repeated"
    if status == 0:
        return "cleared"
    if not previous:
        return "raised"
    return "worsened" if SEVERITY[status] > SEVERITY[previous] else "eased"
