"""A backup of Home Assistant under load contains an intact journal."""

import asyncio
from pathlib import Path
import tarfile
from typing import Any

from fault_table import FaultTable
from load import Load, lost_alerts, read_deliveries
from numbered_alerts import Account, number_of
import pytest

from custom_components.bleemeo.journal import Journal
from scripts.house import House

ROUNDS = 3
BACKUP_SECONDS = 60

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def make_backup(house: House) -> Path:
    """Make a backup with Home Assistant and return its file."""
    before = set(house.path.glob("backups/*.tar"))
    await house.command(
        "backup/generate",
        agent_ids=["backup.local"],
        include_homeassistant=True,
        include_database=False,
    )
    async with asyncio.timeout(BACKUP_SECONDS):
        while True:
            info: dict[str, Any] = await house.command("backup/info")
            made = set(house.path.glob("backups/*.tar")) - before
            if info["state"] == "idle" and made:
                return made.pop()
            await asyncio.sleep(0.1)


def restore(backup: Path, name: str, folder: Path) -> Path:
    """Extract the journal and its WAL files from a backup, and return its path."""
    folder.mkdir()
    with tarfile.open(backup) as outer:
        [inner] = [each for each in outer.getmembers() if "homeassistant" in each.name]
        file = outer.extractfile(inner)
        assert file is not None
        with tarfile.open(fileobj=file, mode="r:*") as archive:
            for member in archive.getmembers():
                if Path(member.name).name.startswith(name):
                    member.name = Path(member.name).name
                    archive.extract(member, folder, filter="data")
    return folder / name


async def test_a_backup_under_load_has_all_that_was_acknowledged_before_it(
    house: House, tmp_path: Path, fault_table: FaultTable
) -> None:
    """Its journal is intact, and alerts are taken during the backup."""
    account = Account("backup.example.com")
    entry_id, address = await house.add_bleemeo("Backup")
    load = Load(address, account)
    acknowledged, lost, restored = 0, 0, 0
    async with load.running():
        for number in range(ROUNDS):
            await load.acknowledges(300)
            before = set(load.acknowledged)
            backup = await make_backup(house)
            meanwhile = len(load.acknowledged) - len(before)

            name = f"bleemeo.{entry_id}.db"
            path = await asyncio.to_thread(
                restore, backup, name, tmp_path / str(number)
            )
            journal = Journal(path, max_deliveries=10**9)
            saved = await journal.open()
            await journal.close()
            assert saved.renewal is None
            assert not saved.unreadable
            delivered = {number_of(body["id"]) for *_, body in read_deliveries(path)}
            shown = {
                str(alert.metric_id): number_of(str(alert.event_id))
                for alert, _ in saved.alerts
            }
            acknowledged += len(before)
            lost += len(lost_alerts(before, account, shown, delivered))
            restored += len(delivered)
            assert meanwhile > 0
    fault_table.add(
        "backup under load, restored",
        rounds=ROUNDS,
        acknowledged=acknowledged,
        lost=lost,
    )
    assert lost == 0
    assert restored >= acknowledged
