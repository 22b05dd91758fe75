"""Runs the benchmarks and prints what they show."""

import argparse
import asyncio

from . import throughput


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    for is_recorded in (False, True):
        rows = await throughput.measure(
            options.rounds, options.scale, is_recorded=is_recorded
        )
        noop, yaml = rows[0], rows[1]
        print(f"recorder {'on' if is_recorded else 'off'}")
        for row in rows:
            print(
                f"{row.name:18} {row.rate:7.0f}/s  {row.rate / noop.rate:5.2f} x no-op"
                f"  {row.rate / yaml.rate:5.2f} x YAML  p99 {row.p99 * 1e3:6.1f} ms"
                f" {row.p99 / noop.p99:5.2f} x  cpu {row.cpu * 1e3:6.3f} ms"
                f" {row.cpu / noop.cpu:5.2f} x"
            )


asyncio.run(main())
