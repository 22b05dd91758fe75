"""Let a script clean up however it is told to end: by Ctrl-C, SIGTERM or SIGHUP."""

import asyncio
from collections.abc import Coroutine
import signal
from typing import Any


def run[T](main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine like `asyncio.run`; a signal cancels it and waits for its clean-up.

    Raises:
        KeyboardInterrupt: a signal ended it.
    """
    try:
        return asyncio.run(_cancelled_by_signals(main))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _cancelled_by_signals[T](main: Coroutine[Any, Any, T]) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    told = False

    def end() -> None:
        nonlocal told
        # a second one must not interrupt the clean-up
        if not told:
            told = True
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGHUP):
        # under nohup, a terminal that closes ends nothing
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, end)
    return await main
