"""Run a Home Assistant to look at while a simulated Bleemeo sends it a day of alerts.

With `--once`, it checks itself: what Home Assistant shows after the day is compared
with what it must show, and the exit code says whether the two are the same.
"""

import argparse
import asyncio
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
import sys
from typing import Any
from uuid import uuid4

from . import ending
from .house import House, HouseError
from .simulated_bleemeo import Row, SimulatedBleemeo, expected_board, read_day, shifted

DAY = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "a_day.jsonl"
PLAY_SECONDS = 60.0
QUICK_PLAY_SECONDS = 2.0
QUICK_PLAY_MOST_SECONDS = 60.0
RECORDED: dict[str, Any] = {"history": {}, "logbook": {}}

WELCOME = """
Home Assistant is at {url} (user {user}, password {password}).

A day of alerts arrives within the next minute, then one every 20 seconds. Look at
  - the integration: Settings > Devices & services > Bleemeo demo
    {url}/config/integrations/integration/bleemeo
  - a server: the device web01.example.com, once its first alert is there
    {url}/config/devices/dashboard
  - the dashboard: Settings > Dashboards > Add dashboard > Bleemeo
    {url}/config/lovelace/dashboards
  - the events: Settings > Tools > Events, listen to bleemeo_alert
    {url}/config/tools/event

Bleemeo's alerts go to the webhook {address}
An alert of your own, critical with "status": 2 and over with 0:

curl -H "Content-Type: application/json" {address} -d '{{
  "id": "'$(cat /proc/sys/kernel/random/uuid)'", "account": "{account}",
  "agent": "{agent}", "metric": "{metric}",
  "status": 2, "title": "mine.example.com - CPU is Critical",
  "text": "Current value: 99.00 %", "happened_at": "'$(date -u +%FT%T.%3NZ)'"}}'

Ctrl-C ends it and leaves nothing behind."""


async def read_board(house: House) -> list[Row]:
    """Return the board as Home Assistant shows it: the status sensor of each metric."""
    states = await house.states()
    hosts = {
        device["id"]: device["name_by_user"] or device["name"]
        for device in await house.devices()
    }
    return sorted(
        Row(
            hosts.get(entity["device_id"], "(no device)"),
            entity["name"] or entity["original_name"],
            state["state"],
        )
        for entity in await house.entities()
        if entity["platform"] == "bleemeo"
        and entity["entity_id"].startswith("sensor.")
        and (state := states.get(entity["entity_id"]))
        and "metric_id" in state["attributes"]
    )


async def show(port: int | None) -> int:
    """Run until interrupted."""
    async with House(port=port, configuration=RECORDED) as house:
        _, address = await house.add_bleemeo("Bleemeo demo")
        bleemeo = SimulatedBleemeo(address, house.session)
        day = shifted(read_day(DAY), datetime.now(UTC))
        print(
            WELCOME.format(
                url=house.url,
                user=house.username,
                password=house.password,
                address=address,
                account=day[0]["account"],
                agent=uuid4(),
                metric=uuid4(),
            ),
            flush=True,
        )
        await bleemeo.play(day, PLAY_SECONDS)
        print("The day is over; a calm one follows.", flush=True)
        await bleemeo.calm(day)
    return 0


async def check(port: int | None) -> int:
    """Play the day, print the board and return an exit code: 1 if that is wrong."""
    async with House(port=port) as house:
        _, address = await house.add_bleemeo("Bleemeo demo")
        bleemeo = SimulatedBleemeo(address, house.session)
        day = shifted(read_day(DAY), datetime.now(UTC))
        # an alert that is not acknowledged by then is missing from the board
        with suppress(TimeoutError):
            async with asyncio.timeout(QUICK_PLAY_MOST_SECONDS):
                await bleemeo.play(day, QUICK_PLAY_SECONDS)
        shown = await read_board(house)
    expected = expected_board(day)
    print(_table(shown))
    print(f"\n{len(bleemeo.acknowledged)} of {len(day)} alerts were acknowledged.")
    missing = Counter(expected) - Counter(shown)
    surplus = Counter(shown) - Counter(expected)
    if not missing and not surplus:
        print(f"All {len(shown)} metrics show what they must, and there are no others.")
        return 0
    print("This is not what the alerts say (- expected, + shown):")
    for sign, rows in (("-", missing), ("+", surplus)):
        for row in sorted(rows.elements()):
            print(sign, *row, sep="  ")
    return 1


def main() -> int:
    """Run the demo that the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--once", action="store_true", help="play the day, check the result and end"
    )
    parser.add_argument("--port", type=_port, help="default: one that is free")
    arguments = parser.parse_args()
    play = check if arguments.once else show
    with suppress(KeyboardInterrupt):
        try:
            return ending.run(play(arguments.port))
        except HouseError as error:
            sys.exit(f"scripts/demo: {error}")
    # an interrupted check has proved nothing
    return 1 if arguments.once else 0


def _port(text: str) -> int:
    """Return a TCP port."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f'"{text}" is none from 1 to 65535')
    return int(text)


def _table(rows: list[Row]) -> str:
    heading = Row("Agent", "Metric", "Status")
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in (heading, *rows)
    )


if __name__ == "__main__":
    sys.exit(main())
