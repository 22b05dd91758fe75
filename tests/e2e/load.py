"""A load of alerts on a webhook, and ways to see from outside where they went."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from itertools import count, pairwise
import json
import os
from pathlib import Path
from random import Random, SystemRandom
import sqlite3
from typing import Any, NamedTuple

import aiohttp
from numbered_alerts import METRICS, Account, Payload, number_of, out_of_order

from scripts.house import House

SENDERS = 8
MAX_DELIVERIES = 100_000
RETRY_SECONDS = 0.03
TWICE_EVERY = 7
ANSWER_SECONDS = 30
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 1
SAVE_SECONDS = 30


class Answer(NamedTuple):
    """The answer to a delivery; an answer of Home Assistant itself has neither text."""

    status: int
    result: str | None
    error: str | None
    retry_after: str | None


class Load:
    """Senders that deliver an account's alerts, each until the answer is final.

    Each sender has its own metrics and sends their alerts in order, unless `disorder`
    makes them overtake each other. Some alerts are delivered twice.
    """

    def __init__(
        self, url: str, account: Account, *, disorder: Random | None = None
    ) -> None:
        """Prepare a load on a webhook's address."""
        self.account = account
        self.acknowledged: set[int] = set()
        # alerts acknowledged by Home Assistant itself, unread, and when
        self.swallowed: dict[int, float] = {}
        self.unanswered: set[int] = set()
        self.refusals: Counter[Answer] = Counter()
        self._url = url
        self._disorder = disorder
        self._progress = asyncio.Condition()
        self._deadline: float | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver inside the context; on exit, finish what is under way."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        connector = aiohttp.TCPConnector(limit=SENDERS)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            asyncio.TaskGroup() as senders,
        ):
            for sender in range(SENDERS):
                senders.create_task(self._send(session, self._numbers(sender)))
            yield
            self._deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS

    async def acknowledges(self, more: int) -> None:
        """Wait until this many more alerts are acknowledged."""
        wanted = len(self.acknowledged) + more
        async with asyncio.timeout(PATIENCE_SECONDS), self._progress:
            await self._progress.wait_for(lambda: len(self.acknowledged) >= wanted)

    def swallowed_note(self, starts: int) -> str:
        """Describe what Home Assistant acknowledged in its starts, and for how long."""
        times = sorted(self.swallowed.values())
        # within a start, they follow each other closely
        seconds = sum(
            later - earlier
            for earlier, later in pairwise(times)
            if later - earlier < PAUSE_SECONDS
        )
        return (
            f"In {starts} starts, Home Assistant itself acknowledged {len(times)} alerts"
            f" in {seconds / starts:.1f} s each, before the integration was set up."
        )

    def _numbers(self, sender: int) -> Iterator[int]:
        # each metric's first alert names the one before it, so start no lower than that
        numbers = count(METRICS + sender, SENDERS)
        if self._disorder is None:
            return numbers
        return out_of_order(numbers, self._disorder, held=2 * METRICS // SENDERS)

    async def _send(
        self, session: aiohttp.ClientSession, numbers: Iterator[int]
    ) -> None:
        for number in numbers:
            if self._deadline is not None:
                return
            self.unanswered.add(number)
            if not await self._deliver(session, number):
                continue
            self.unanswered.discard(number)
            if number % TWICE_EVERY == 0 and number in self.acknowledged:
                # as if the answer had been lost in transit
                await self._deliver(session, number)

    async def _deliver(self, session: aiohttp.ClientSession, number: int) -> bool:
        """Post an alert until it is acknowledged, and return whether it was."""
        loop = asyncio.get_running_loop()
        payload = self.account.payload(number)
        while self._deadline is None or loop.time() < self._deadline:
            try:
                answer = await post(session, self._url, payload)
            except aiohttp.ClientError, TimeoutError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if answer.status != 200:
                self.refusals[answer] += 1
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if answer.result is None:
                if number not in self.acknowledged:
                    self.swallowed[number] = loop.time()
                await asyncio.sleep(RETRY_SECONDS)
                return True
            self.acknowledged.add(number)
            async with self._progress:
                self._progress.notify_all()
            return True
        return False


async def add_bleemeo(house: House, name: str) -> tuple[str, str]:
    """Add an entry that keeps all deliveries, and return its id and webhook address."""
    entry_id, url = await house.add_bleemeo(name)
    await house.set_options(entry_id, "general", {"max_deliveries": MAX_DELIVERIES})
    return entry_id, url


async def wait_until_saved(house: House, entry_id: str, **options: Any) -> None:
    """Wait until Home Assistant has written the entry, which a crash would undo."""
    path = house.path / ".storage" / "core.config_entries"
    async with asyncio.timeout(SAVE_SECONDS):
        while not any(
            entry["entry_id"] == entry_id
            and options.items() <= entry["options"].items()
            for entry in json.loads(path.read_text("utf-8"))["data"]["entries"]
        ):
            await asyncio.sleep(0.1)


async def post(session: aiohttp.ClientSession, url: str, payload: Payload) -> Answer:
    """Deliver an alert once."""
    async with session.post(url, json=payload) as reply:
        text = await reply.text()
        body = json.loads(text) if reply.content_type == "application/json" else {}
        return Answer(
            reply.status,
            body.get("result"),
            body.get("error"),
            reply.headers.get("Retry-After"),
        )


def lost_alerts(
    acknowledged: Iterable[int],
    account: Account,
    shown: Mapping[str, int],
    delivered: Collection[int],
) -> set[int]:
    """Return what is acknowledged but missing on the board or in the journal.

    Args:
        acknowledged: The numbers of the alerts that were acknowledged.
        account: The account of the alerts.
        shown: The number of the alert that the board shows for each metric.
        delivered: The numbers of the alerts in the journal.
    """
    return {
        number
        for number in acknowledged
        if number not in delivered or shown.get(account.metric_id(number), -1) < number
    }


def shown_alerts(states: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the number of the alert shown by each metric's status sensor."""
    return {
        state["attributes"]["metric_id"]: number_of(state["attributes"]["event_id"])
        for state in states
        if state["entity_id"].startswith("sensor.")
        and "event_id" in state["attributes"]
    }


def read_deliveries(path: Path, after: int = 0) -> list[tuple[int, str, Payload]]:
    """Return row, verdict and payload of a journal's deliveries, read independently."""
    query = "SELECT id, verdict, body FROM delivery WHERE id > ? ORDER BY id"
    uri = f"{path.as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        rows = connection.execute(query, (after,)).fetchall()
    return [(row, verdict, json.loads(body)) for row, verdict, body in rows]


def new_seed() -> int:
    """Return the seed in the environment, else a new one; pytest shows it on failure."""
    seed = int(os.environ.get("SEED") or SystemRandom().randrange(2**32))
    print(f"Again with: SEED={seed}")  # noqa: T201
    return seed
