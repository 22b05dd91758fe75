"""What the recorder writes per alert: rows and bytes, for ours and the handwritten."""

import asyncio
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
import sqlite3

from . import handwritten
from .alerts import Account, requests
from .process import quiet
from .sender import send
from .throughput import METRICS, furnished

COMMIT_SECONDS = 1
TABLES = ("states", "state_attributes", "events", "event_data", "states_meta")


@dataclass(frozen=True)
class Recorded:
    """Rows per table and bytes of the database, for one alert."""

    name: str
    rows: dict[str, float]
    size: float


async def measure(alerts: int) -> list[Recorded]:
    """Record the same alerts with both, one after the other."""
    account, other = Account("throughput", METRICS), Account("throughput", METRICS)
    configuration = {"recorder": {"commit_interval": COMMIT_SECONDS}}
    async with furnished(account, configuration) as (house, path):
        database = house.path / "home-assistant_v2.db"
        recorded = []
        for name, address, changing in (
            ("handwritten YAML", f"/api/webhook/{handwritten.WEBHOOK_ID}", other),
            ("Bleemeo", path, account),
        ):
            # do not count what is written once per entity
            await send(house.port, requests(address, changing.changes(METRICS)))
            before = await _content(house.pid, database)
            await send(house.port, requests(address, changing.changes(alerts)))
            after = await _content(house.pid, database)
            recorded.append(
                Recorded(
                    name,
                    {
                        table: (after[table] - before[table]) / alerts
                        for table in TABLES
                    },
                    (after["bytes"] - before["bytes"]) / alerts,
                )
            )
    return recorded


async def _content(pid: int, database: Path) -> Counter[str]:
    """Return the rows of each table and the bytes in use, once all is committed."""
    await asyncio.sleep(1.2 * COMMIT_SECONDS)
    await quiet(pid)
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as reader:
        content = Counter(
            {
                table: reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                for table in TABLES
            }
        )
        pages, free, size = (
            reader.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    content["bytes"] = (pages - free) * size
    return content
