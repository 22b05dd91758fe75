"""Triggers tell each thing once, also if Home Assistant is killed in between."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from house_log import complaints
from load import wait_until_saved
from servers import Servers

from scripts.house import House

WITNESS = Path(__file__).parent / "witness"
PATIENCE_SECONDS = 20
# longer than an answer takes, shorter than a start
LASTING_SECONDS = 6


def telling(name: str, key: str, **options: Any) -> dict[str, Any]:
    """Return an automation that writes down what it is told, and of whom."""
    told = f"{name}-{{{{ trigger.host }}}}-{{{{ trigger.count }}}}"
    return {
        "alias": name,
        "triggers": {"trigger": f"bleemeo.{key}", "options": options},
        "actions": {"action": "witness.note", "data": {"event_id": told}},
        "mode": "queued",
        "max": 100,
    }


LASTING = {"for": {"seconds": LASTING_SECONDS}}
TOGETHER = {"together": {"seconds": LASTING_SECONDS}}
AUTOMATIONS = [
    telling("reached", "alert_reached", severity="critical"),
    telling("left", "alert_left", severity="critical"),
    telling("lasting", "alert_reached", severity="critical", **LASTING),
    telling("ended", "alert_left", severity="critical", **LASTING),
    telling("together", "alert_reached", severity="critical", **TOGETHER),
    telling("eased", "alert_reached", severity="warning", **TOGETHER),
]


class Told:
    """What the automations of a house wrote down."""

    def __init__(self, house: House) -> None:
        """Read what the witness of the house writes."""
        self._path = house.path / "witness.txt"

    def read(self) -> Counter[str]:
        """Return how often each thing was told."""
        lines = [line.split() for line in self._path.read_text("utf-8").splitlines()]
        return Counter(told for who, told in lines if who == "automation")

    async def wait_for(self, *expected: str) -> None:
        """Wait until all this was told, and a second more; it is all that was."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.read().keys() >= set(expected):
                await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        assert self.read() == Counter(expected)


async def test_what_lasts_is_told_once_over_a_kill_before_and_after_its_time(
    tmp_path: Path,
) -> None:
    """And so is its end; what waits for others is not lost."""
    configuration = {"witness": {}, "automation": AUTOMATIONS}
    async with House(
        tmp_path / "house", configuration=configuration, components=[WITNESS]
    ) as house:
        entry_id, address = await house.add_bleemeo("Told")
        servers, told = Servers(house, address), Told(house)
        await wait_until_saved(house, entry_id)
        await servers.report("early", "CPU", "critical")
        early = ["reached-early-1", "lasting-early-1", "together-early-1"]
        await told.wait_for(*early)
        # it was told, and no alert has come since
        await house.kill()
        await house.start()
        await asyncio.sleep(LASTING_SECONDS)
        await told.wait_for(*early)

        await servers.report("late", "CPU", "warning")
        await servers.report("late", "CPU", "critical")
        await house.kill()
        await house.start()
        late = ["reached-late-1", "lasting-late-1", "together-late-1"]
        await told.wait_for(*early, *late)

        ends = [
            f"{name}-{host}-1"
            for name in ("left", "ended")
            for host in ("early", "late")
        ]
        for host in ("early", "late"):
            await servers.report(host, "CPU", "warning")
        ends.append("eased-early-2")
        await told.wait_for(*early, *late, *ends)
        for host in ("one", "two"):
            await servers.report(host, "CPU", "warning")
            await asyncio.sleep(1)
        ends.append("eased-one-2")
        await told.wait_for(*early, *late, *ends)
        # the second of them waited for less than its time
        await house.kill()
        await house.start()
        await asyncio.sleep(LASTING_SECONDS)
        await servers.report("late", "CPU", "ok")
        await told.wait_for(*early, *late, *ends)
        await house.stop()
        assert complaints(house.log()) == []
