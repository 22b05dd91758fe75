"""What is acknowledged is on disk and announced, whenever the process is killed."""

import asyncio
from collections import Counter
from collections.abc import Collection
from contextlib import closing, suppress
import os
from pathlib import Path
from random import Random
import shutil
import signal
import sqlite3
import sys
from typing import Any

from fault_table import FaultTable
import journal_child
from load import (
    MAX_DELIVERIES,
    Load,
    add_bleemeo,
    lost_alerts,
    new_seed,
    read_deliveries,
    shown_alerts,
    wait_until_saved,
)
from numbered_alerts import Account, number_of

from custom_components.bleemeo.core.alert import Alert
from custom_components.bleemeo.core.board import Board
from custom_components.bleemeo.journal import Journal
from homeassistant.util import dt as dt_util
from scripts.house import House, HouseError

# two of each kind of kill; ten times as many find what these may miss
ROUNDS = int(os.environ.get("ROUNDS") or 3)
CHILD_ROUNDS = 4 * ROUNDS
BEGINNING_ROUNDS = 2 * ROUNDS
HOUSE_ROUNDS = max(2, ROUNDS - 1)
STARTING_ROUNDS = max(1, ROUNDS - 2)
NUMBERS_A_ROUND = 100_000
CHILD_SECONDS = 20

WITNESS = Path(__file__).parent / "witness"
AUTOMATION = {
    "triggers": {"trigger": "event", "event_type": "bleemeo_alert"},
    "actions": {
        "action": "witness.note",
        "data": {"event_id": "{{ trigger.event.data.event_id }}"},
    },
    "mode": "parallel",
    "max": 1000,
}


class Witness:
    """Reads a journal after each crash and knows what it must contain."""

    def __init__(self, journal: Path, account: Account, folder: Path) -> None:
        """Watch a journal; copies of it go to the folder."""
        self._delivered: set[int] = set()
        self._journal = journal
        self._account = account
        self._folder = folder
        self._board = Board()
        self._last_row = 0

    async def lost(self, acknowledged: Collection[int]) -> set[int]:
        """Return what is acknowledged but lost, and check that nothing is incomplete.

        Open a copy, so that only the process that uses the journal next recovers it.
        """
        copy = self._copy()
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        journal = Journal(copy)
        saved = await journal.open()
        await journal.close()
        assert saved.renewal is None
        assert not saved.unreadable

        for alert in self._read_new(copy):
            self._board.judge(alert, dt_util.utcnow())
        board = Board()
        board.restore(saved.alerts, saved.histories, saved.names)
        assert _content(board) == _content(self._board)
        shown = {
            str(alert.metric_id): number_of(str(alert.event_id))
            for alert, _ in saved.alerts
        }
        return lost_alerts(acknowledged, self._account, shown, self._delivered)

    def _copy(self) -> Path:
        copy = self._folder / "copy.db"
        for suffix in ("", "-wal", "-shm"):
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)
        # the third file is only an index of the second
        for suffix in ("", "-wal"):
            source = self._journal.with_name(self._journal.name + suffix)
            if source.exists():
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        return copy

    def _read_new(self, journal: Path) -> list[Alert]:
        """Return the alerts delivered since the last crash, in the order of the alerts."""
        alerts = []
        for row, verdict, payload in read_deliveries(journal, self._last_row):
            number = number_of(payload["id"])
            assert payload == self._account.payload(number)
            assert verdict in {"changed", "repeat", "late"}
            alerts.append(Alert.from_payload(payload))
            self._delivered.add(number)
            self._last_row = row
        return sorted(alerts, key=lambda alert: alert.order)


class Child:
    """A process that keeps alerts and reports each; it ends only when killed."""

    def __init__(self, journal: Path, first: int, random: Random) -> None:
        """Prepare a child that starts with the given alert."""
        self.acknowledged: set[int] = set()
        self._command = (
            *(sys.executable, journal_child.__file__),
            *(str(journal), str(first), str(random.random())),
        )

    async def live(self, seconds: float, *, is_open: bool) -> None:
        """Run for some time, from the first alert kept or the start, and be killed."""
        process = await asyncio.create_subprocess_exec(
            *self._command, stdout=asyncio.subprocess.PIPE
        )
        output = process.stdout
        assert output is not None
        try:
            async with asyncio.timeout(CHILD_SECONDS):
                await output.readline()
                first = await output.readline() if is_open else b""
            await asyncio.sleep(seconds)
        finally:
            # a child that is already gone has failed
            with suppress(ProcessLookupError):
                process.kill()
            rest = await output.read()
            assert await process.wait() == -signal.SIGKILL
        self.acknowledged = {int(line) for line in (first + rest).splitlines()}


def _content(board: Board) -> tuple[Any, ...]:
    """Return what a board says, except the times of arrival.

    What keeps alerts quiet is not in the records that the child writes.
    """
    return (
        {key: metric.alert for key, metric in board.metrics.items()},
        {key: (agent.name, agent.rollup.counts) for key, agent in board.agents.items()},
        board.account.counts,
    )


async def test_a_killed_journal_has_every_delivery_it_has_kept(
    tmp_path: Path, fault_table: FaultTable
) -> None:
    """One file survives all crashes, and no process ever closes it."""
    random = Random(new_seed())
    journal = tmp_path / "journal.db"
    witness = Witness(journal, journal_child.ACCOUNT, tmp_path)
    acknowledged: set[int] = set()
    lost: set[int] = set()
    for number in range(1, CHILD_ROUNDS + 1):
        child = Child(journal, number * NUMBERS_A_ROUND, random)
        await child.live(random.uniform(0.02, 0.3), is_open=True)
        assert child.acknowledged
        acknowledged |= child.acknowledged
        lost |= await witness.lost(acknowledged)
    fault_table.add(
        "kill -9 of a process that keeps alerts",
        rounds=CHILD_ROUNDS,
        acknowledged=len(acknowledged),
        lost=len(lost),
    )
    assert not lost


async def test_a_journal_that_is_killed_as_it_begins_can_be_opened(
    tmp_path: Path, fault_table: FaultTable
) -> None:
    """At every moment, a new file is either empty or a journal."""
    random = Random(new_seed())
    acknowledged = lost = 0
    for number in range(1, BEGINNING_ROUNDS + 1):
        journal = tmp_path / f"journal-{number}.db"
        child = Child(journal, number * NUMBERS_A_ROUND, random)
        await child.live(random.uniform(0.0, 0.006), is_open=False)
        witness = Witness(journal, journal_child.ACCOUNT, tmp_path)
        acknowledged += len(child.acknowledged)
        lost += len(await witness.lost(child.acknowledged))
    fault_table.add(
        "kill -9 of a process that begins a journal",
        rounds=BEGINNING_ROUNDS,
        acknowledged=acknowledged,
        lost=lost,
    )
    assert not lost


async def test_home_assistant_has_every_alert_it_has_acknowledged_when_it_is_killed(
    tmp_path: Path, fault_table: FaultTable
) -> None:
    """It is killed as an acknowledgement arrives, running or starting, under load."""
    random = Random(new_seed())
    account = Account("killed.example.com")
    lost: set[int] = set()
    async with House(tmp_path / "house") as house:
        entry_id, url = await add_bleemeo(house, "Killed")
        await wait_until_saved(house, entry_id, max_deliveries=MAX_DELIVERIES)
        journal = house.path / ".storage" / f"bleemeo.{entry_id}.db"
        witness = Witness(journal, account, tmp_path)
        load = Load(url, account, disorder=random)
        async with load.running():
            for _ in range(HOUSE_ROUNDS):
                await load.acknowledges(random.randint(100, 300))
                await house.kill()
                lost |= await witness.lost(load.acknowledged)
                await house.start()
                acknowledged = set(load.acknowledged)
                shown = shown_alerts((await house.states()).values())
                lost |= lost_alerts(acknowledged, account, shown, acknowledged)
            await house.stop()
            for _ in range(STARTING_ROUNDS):
                starting = asyncio.create_task(house.start())
                await load.acknowledges(random.randint(1, 30))
                await house.kill()
                with suppress(HouseError):
                    await starting
                lost |= await witness.lost(load.acknowledged)
            await house.start()
        await house.stop()
        lost |= await witness.lost(load.acknowledged)
    fault_table.add(
        "kill -9 of Home Assistant",
        rounds=HOUSE_ROUNDS + STARTING_ROUNDS,
        acknowledged=len(load.acknowledged),
        lost=len(lost),
    )
    fault_table.note(load.swallowed_note(HOUSE_ROUNDS + STARTING_ROUNDS))
    assert not lost
    assert not load.unanswered


class Told:
    """Counts how often the bus and an automation told of each alert."""

    def __init__(self, house: House, load: Load) -> None:
        """Read what the witness of a house writes."""
        self._path = house.path / "witness.txt"
        self._load = load
        self._before: dict[str, Counter[int]] = {}
        self._acknowledged: set[int] = set()
        self.again: set[int] = set()

    def read(self) -> dict[str, Counter[int]]:
        """Return how often each alert was heard of, for the bus and the automation."""
        heard: dict[str, Counter[int]] = {"bus": Counter(), "automation": Counter()}
        for line in self._path.read_text("utf-8").splitlines():
            who, event_id = line.split()
            heard[who][number_of(event_id)] += 1
        return heard

    def note_death(self) -> None:
        """Note what was told and acknowledged when the process ended.

        What was both by then, and is told after it, is told again.
        """
        heard = self.read()
        for who, before in self._before.items():
            self.again |= {
                number
                for number in self._acknowledged
                if before[number] and heard[who][number] > before[number]
            }
        self._before, self._acknowledged = heard, set(self._load.acknowledged)


async def test_an_acknowledged_alert_is_told_once_whenever_home_assistant_is_killed(
    tmp_path: Path, fault_table: FaultTable
) -> None:
    """It is killed while it runs, while it starts, and while the entry is reloaded.

    Only what is told when the start is over can be told again, if it is killed just then.
    """
    random = Random(new_seed())
    configuration = {"witness": {}, "automation": [AUTOMATION]}
    async with House(
        tmp_path / "house", configuration=configuration, components=[WITNESS]
    ) as house:
        entry_id, url = await add_bleemeo(house, "Told")
        await wait_until_saved(house, entry_id, max_deliveries=MAX_DELIVERIES)
        load = Load(url, Account("told.example.com"))
        told = Told(house, load)
        while_starting: set[int] = set()
        async with load.running():
            for number in range(ROUNDS):
                await load.acknowledges(random.randint(20, 200))
                match number % 3:
                    case 0:
                        await house.kill()
                    case 1:
                        reloading = asyncio.create_task(
                            house.post(
                                f"/api/config/config_entries/entry/{entry_id}/reload"
                            )
                        )
                        await asyncio.sleep(random.uniform(0.0, 0.2))
                        await house.kill()
                        with suppress(Exception):
                            await reloading
                    case _:
                        await house.stop()
                        told.note_death()
                        before = set(load.acknowledged)
                        starting = asyncio.create_task(house.start())
                        await load.acknowledges(random.randint(1, 60))
                        await house.kill()
                        with suppress(HouseError):
                            await starting
                        while_starting |= load.acknowledged - before
                told.note_death()
                await house.start()
            await load.acknowledges(20)
        await house.stop()
        told.note_death()
    for who, counts in told.read().items():
        lost = {number for number in load.acknowledged if not counts[number]}
        fault_table.add(
            f"kill -9, and told to the {who}",
            rounds=ROUNDS,
            acknowledged=len(load.acknowledged),
            lost=len(lost),
        )
        twice = sum(counts[number] > 1 for number in load.acknowledged)
        fault_table.note(
            f"The {who} heard of {twice} twice, "
            f"{len(told.again)} of them acknowledged before."
        )
    for heard in told.read().values():
        assert not load.acknowledged - heard.keys()
    assert not told.again - while_starting
    assert not load.unanswered
