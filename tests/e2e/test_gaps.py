"""An alert waits for its entry, or is refused, so that it is delivered again later."""

import asyncio
from collections import Counter
import json
from random import Random

from fault_table import FaultTable
from load import (
    Answer,
    Load,
    add_bleemeo,
    lost_alerts,
    new_seed,
    post,
    read_deliveries,
    shown_alerts,
)
from numbered_alerts import METRICS, Account, number_of
import pytest
from yarl import URL

from scripts.house import Events, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

RELOADS = 5
DISABLINGS = 2
RESTARTS = 1
DISABLED_SECONDS = 0.2
BEGUN_SECONDS = 0.2


async def test_reloading_loses_no_alert_and_tells_each_once(
    house: House, fault_table: FaultTable
) -> None:
    """Each alert waits for the entry, and its sender notices nothing."""
    random = Random(new_seed())
    entry_id, url = await add_bleemeo(house, "Reloaded")
    load = Load(url, Account("reloaded.example.com"))
    async with house.events("bleemeo_alert") as events:
        async with load.running():
            for _ in range(RELOADS):
                await load.acknowledges(random.randint(20, 120))
                await reload(house, entry_id)
        counts = await told(events, entry_id)
    lost = await find_lost(house, entry_id, load)
    fault_table.add(
        "reload of the entry",
        rounds=RELOADS,
        acknowledged=len(load.acknowledged),
        lost=len(lost),
    )
    assert not lost
    assert not load.unanswered
    assert not load.swallowed
    assert not load.refusals
    assert counts == Counter(load.acknowledged)


async def test_a_disabled_entry_asks_for_its_alerts_later(
    house: House, fault_table: FaultTable
) -> None:
    """Its webhook stays, so Home Assistant itself does not acknowledge its alerts."""
    random = Random(new_seed())
    entry_id, url = await add_bleemeo(house, "Disabled")
    account = Account("disabled.example.com")
    load = Load(url, account)
    async with house.events("bleemeo_alert") as events:
        async with load.running():
            for _ in range(DISABLINGS):
                await load.acknowledges(random.randint(20, 120))
                await disable(house, entry_id, "user")
                answer = await post(house.session, url, account.payload(METRICS))
                assert is_not_now(answer)
                taken = len(load.acknowledged)
                await asyncio.sleep(DISABLED_SECONDS)
                assert len(load.acknowledged) == taken
                await disable(house, entry_id, None)
        counts = await told(events, entry_id)
    lost = await find_lost(house, entry_id, load)
    fault_table.add(
        "disabling of the entry",
        rounds=DISABLINGS,
        acknowledged=len(load.acknowledged),
        lost=len(lost),
    )
    assert not lost
    assert not load.unanswered
    assert not load.swallowed
    assert all(is_not_now(answer) for answer in load.refusals)
    assert counts == Counter(load.acknowledged)


async def test_an_alert_that_arrives_around_a_reload_is_told_once(house: House) -> None:
    """Its second half arrives after the hub that got the first half was closed."""
    entry_id, url = await add_bleemeo(house, "Slow")
    address = URL(url)
    payload = Account("slow.example.com").payload(METRICS)
    body = json.dumps(payload).encode()
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.authority}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    async with house.events("bleemeo_alert") as events:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(head.encode() + body[:100])
        await asyncio.sleep(BEGUN_SECONDS)
        await reload(house, entry_id)
        writer.write(body[100:])
        _, status, *_ = (await reader.readline()).split()
        writer.close()
        answer = await post(house.session, url, payload)
        counts = await told(events, entry_id)
    assert (status, answer.result) in {(b"200", "repeat"), (b"503", "changed")}
    assert counts == {METRICS: 1}


async def test_a_restart_loses_no_alert_that_the_integration_has_acknowledged(
    house: House, fault_table: FaultTable
) -> None:
    """What Home Assistant itself acknowledged is noticed at the metric's next alert."""
    entry_id, url = await add_bleemeo(house, "Restarted")
    load = Load(url, Account("restarted.example.com"))
    lost: set[int] = set()
    async with load.running():
        for _ in range(RESTARTS):
            # enough that each metric has its turn
            await load.acknowledges(2 * METRICS)
            await house.restart()
            lost |= await find_lost(house, entry_id, load)
        await load.acknowledges(2 * METRICS)
    lost |= await find_lost(house, entry_id, load)
    fault_table.add(
        "restart of Home Assistant",
        rounds=RESTARTS,
        acknowledged=len(load.acknowledged),
        lost=len(lost),
    )
    fault_table.note(load.swallowed_note(RESTARTS))
    assert not lost
    assert not load.unanswered
    ours = [answer for answer in load.refusals if answer.error is not None]
    assert all(is_not_now(answer) for answer in ours)
    unseen = {n for n in load.acknowledged if n - METRICS in load.swallowed}
    assert await missed_changes(house, entry_id) == len(unseen)


async def find_lost(house: House, entry_id: str, load: Load) -> set[int]:
    """Return what was acknowledged but is missing on the board or in the journal."""
    acknowledged = set(load.acknowledged)
    shown = shown_alerts((await house.states()).values())
    journal = house.path / ".storage" / f"bleemeo.{entry_id}.db"
    delivered = {number_of(body["id"]) for _, _, body in read_deliveries(journal)}
    return lost_alerts(acknowledged, load.account, shown, delivered)


async def told(events: Events, entry_id: str) -> Counter[int]:
    """Return how often the bus announced each alert of an entry."""
    return Counter(
        number_of(event["event_id"])
        for event in await events.settled()
        if event["entry_id"] == entry_id
    )


async def missed_changes(house: House, entry_id: str) -> int:
    """Return how many unseen changes the integration reports."""
    (entity_id,) = (
        entity["entity_id"]
        for entity in await house.entities()
        if entity["unique_id"] == f"{entry_id}_missed_changes"
    )
    return int((await house.states())[entity_id]["state"])


async def reload(house: House, entry_id: str) -> None:
    """Reload an entry, like its menu does."""
    await house.post(f"/api/config/config_entries/entry/{entry_id}/reload")


async def disable(house: House, entry_id: str, by: str | None) -> None:
    """Disable an entry, or enable it if `by` is None."""
    await house.command("config_entries/disable", entry_id=entry_id, disabled_by=by)


def is_not_now(answer: Answer) -> bool:
    """Return whether the answer asks for the same delivery later, and says when."""
    return (
        answer.status == 503
        and answer.error is not None
        and int(answer.retry_after or 0) > 0
    )
