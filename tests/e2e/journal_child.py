"""Drive a journal and a board like a hub does, until killed.

Usage: journal_child.py JOURNAL FIRST_NUMBER SEED. It prints a line when it starts, then
the number of each alert, one per line, as soon as the alert is kept.
"""

import asyncio
from datetime import UTC, datetime
from itertools import count
import json
import os
from pathlib import Path
from random import Random
import sys
from types import ModuleType

from numbered_alerts import METRICS, Account, out_of_order

if __name__ == "__main__":
    # the package itself imports Home Assistant, which these modules do not need
    root = Path(__file__).resolve().parents[2]
    package = ModuleType("custom_components.bleemeo")
    package.__path__ = [str(root / "custom_components" / "bleemeo")]
    sys.modules[package.__name__] = package
    sys.path.append(str(root))

from custom_components.bleemeo.core.alert import Alert
from custom_components.bleemeo.core.board import Board
from custom_components.bleemeo.journal import Journal
from custom_components.bleemeo.journal.record import Delivery, MetricRecord

ACCOUNT = Account("child.example.com")
DELIVERIES_AT_ONCE = 16
# high enough that none is ever removed
MAX_DELIVERIES = 10**9


async def deliver_until_killed(path: Path, first: int, random: Random) -> None:
    """Keep alerts, several at once and out of order."""
    os.write(sys.stdout.fileno(), b"\n")
    journal = Journal(path, max_deliveries=MAX_DELIVERIES)
    board = Board()
    saved = await journal.open()
    board.restore(saved.alerts, saved.histories, saved.names)
    numbers = out_of_order(count(first), random, held=2 * METRICS)

    async def deliver() -> None:
        for number in numbers:
            payload = ACCOUNT.payload(number)
            alert = Alert.from_payload(payload)
            now = datetime.now(UTC)
            judgement = board.judge(alert, now)
            await journal.keep(
                Delivery(
                    received_at=now,
                    source=alert.source,
                    verdict=judgement.verdict,
                    host=judgement.metric.agent.name,
                    alert=alert,
                    body=json.dumps(payload),
                    # a late one can show something new, and is not the last
                    metric=MetricRecord(judgement.metric.alert, now)
                    if judgement.refreshed
                    else None,
                    unseen_changes=judgement.unseen_changes,
                )
            )
            os.write(sys.stdout.fileno(), b"%d\n" % number)

    async with asyncio.TaskGroup() as group:
        for _ in range(DELIVERIES_AT_ONCE):
            group.create_task(deliver())


if __name__ == "__main__":
    asyncio.run(
        deliver_until_killed(Path(sys.argv[1]), int(sys.argv[2]), Random(sys.argv[3]))
    )
