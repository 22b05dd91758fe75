"""Measure speed and scale, and print the figures and their ratios."""

import argparse
import sys
from time import perf_counter

from scripts import ending
from scripts.house import HouseError

from . import positive, recorder, scale, throughput

# just under Home Assistant's cap of 10,000 entities an entry
METRICS = 4600
MANY_ROUNDS = 3


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument(
        "--short",
        action="store_true",
        help="a round of few alerts, without the many metrics",
    )
    parser.add_argument(
        "--rounds", type=positive, default=5, help="whose medians count"
    )
    options = parser.parse_args()
    try:
        ending.run(measure(1 if options.short else options.rounds, options.short))
    except KeyboardInterrupt:
        sys.exit("scripts/benchmark: ended before all was measured")
    except HouseError as error:
        sys.exit(f"scripts/benchmark: {error}")


async def measure(rounds: int, is_short: bool) -> None:
    """Measure and print."""
    share = 0.05 if is_short else 1.0
    began_at = perf_counter()
    for is_recorded in (False,) if is_short else (False, True):
        # the recorder is slower than what it records, and falls behind
        rows = await throughput.measure(
            rounds, share / 6 if is_recorded else share, is_recorded=is_recorded
        )
        _print_throughput(rows, is_recorded)
    if not is_short:
        _print_scale(await scale.measure(MANY_ROUNDS, METRICS, 1500), METRICS)
    _print_recorded(await recorder.measure(int(1000 * share)))
    print(f"\n{perf_counter() - began_at:.0f} s in all")


def _print_throughput(rows: list[throughput.Row], is_recorded: bool) -> None:
    noop, yaml = rows[0], rows[1]
    print(f"\nAlerts over HTTP, recorder {'on' if is_recorded else 'off'}, medians")
    print(f"{'':18}   alerts/s  x no-op  x YAML   p99 ms  x no-op  CPU ms")
    for row in rows:
        print(
            f"{row.name:18} {row.rate:10.0f} {row.rate / noop.rate:8.2f}"
            f" {row.rate / yaml.rate:7.2f} {row.p99 * 1e3:8.1f}"
            f" {row.p99 / noop.p99:8.2f} {row.cpu * 1e3:7.3f}"
        )


def _print_scale(found: scale.Round, metrics: int) -> None:
    bare, posts, burst = found.bare_burst, found.bare_posts, found.burst
    start, bare_start = found.start, found.bare_start
    print(f"\n{metrics} metrics, medians of {MANY_ROUNDS} rounds")
    print(
        f"burst                {burst.seconds:6.2f} s"
        f"  {burst.seconds / bare.seconds:5.2f} x bare at once ({bare.seconds:.2f} s)"
        f"  {burst.seconds / posts.seconds:5.2f} x bare, a POST each"
        f" ({posts.seconds:.2f} s)\n"
        f"longest block        {burst.blocked * 1e3:6.0f} ms"
        f" bare at once {bare.blocked * 1e3:.0f} ms,"
        f" bare, a POST each {posts.blocked * 1e3:.0f} ms\n"
        f"CPU for an alert     {found.cpu_with_many * 1e3:6.3f} ms"
        f" {found.cpu_with_many / found.cpu_with_few:5.2f} x with"
        f" {throughput.METRICS} metrics ({found.cpu_with_few * 1e3:.3f} ms)\n"
        f"start, CPU           {start.seconds:6.2f} s"
        f"  {start.seconds / bare_start.seconds:5.2f} x bare"
        f" ({bare_start.seconds:.2f} s)\n"
        f"memory for a metric  {start.memory / 1024:6.1f} KiB"
        f" {start.memory / bare_start.memory:4.2f} x two bare entities"
        f" ({bare_start.memory / 1024:.1f} KiB)\n"
        f"journal for a metric {found.journal / 1024:6.1f} KiB\n"
        f"idle, CPU            {found.idle * 1e3:6.1f} ms a second"
    )


def _print_recorded(recorded: list[recorder.Recorded]) -> None:
    print("\nRecorded for each alert")
    for row in recorded:
        rows = ", ".join(f"{count:.2f} {table}" for table, count in row.rows.items())
        print(f"{row.name:18} {row.size:6.0f} bytes; rows: {rows}")


if __name__ == "__main__":
    main()
