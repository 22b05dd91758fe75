"""The journal: what must outlive Home Assistant, in one SQLite file per entry.

It keeps the last alert of each metric and, bounded, every delivery with its verdict. A
delivery is kept when `Journal.keep` returns: it is committed to disk by then.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
import sqlite3
from typing import Any

from .alert import MetricKey
from .journal_file import JournalFile, is_damage
from .journal_record import Record, Saved, Wanted
from .journal_tables import JournalTooNew

TRIM_EVERY = 1000
LATER_SECONDS = 1.0
LATER_RECORDS = 100
# turns of the event loop that a request takes from its socket to the queue
GATHER_TURNS = 4
GATHER_SECONDS = 0.02


class JournalError(Exception):
    """The journal could not be read or written; the message says why.

    `is_damage` is set where trying again does not help: the file must be opened anew.
    """

    def __init__(self, cause: Exception | str) -> None:
        """Take over the message of what went wrong."""
        super().__init__(str(cause))
        self.is_damage = isinstance(cause, sqlite3.Error) and is_damage(cause)


class Journal:
    """A journal file, written by a thread of its own.

    Records that arrive together, or while a commit is under way, share the next one.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_deliveries: int = 10_000,
        max_age: timedelta = timedelta(days=90),
        on_commit: Callable[[], None] = lambda: None,
        is_held: bool = False,
    ) -> None:
        """Prepare a journal; nothing is touched before it is opened.

        `on_commit` is called in the event loop whenever a commit begins: what takes the
        interpreter for a while does no harm then.
        """
        self.path = path
        self._file = JournalFile(path, max_deliveries, max_age, is_held)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="bleemeo_journal")
        self._on_commit = on_commit
        self._queue: list[tuple[tuple[Record, ...], asyncio.Future[None]]] = []
        self._unkept: set[MetricKey] = set()
        self._writer: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._is_open = False
        self._written_since_trim = 0

    async def open(self) -> Saved:
        """Open the file, or begin it, and return what it holds.

        A damaged file is renamed and a new one begun.

        Raises:
            JournalTooNew: where a newer version wrote the file.
            JournalError: where the file can be neither read nor begun.
        """
        try:
            saved = await self._run(self._file.open)
        except JournalError, JournalTooNew:
            self._executor.shutdown()
            raise
        self._is_open = True
        return saved

    async def keep(self, *records: Record) -> None:
        """Write records, after those that came before; on return they are on disk.

        Raises:
            JournalError: not all are on disk. What is to be kept of metrics is not
                forgotten even so: it is written along with the next record.
        """
        if records:
            await self.add(*records)

    def add(self, *records: Record, is_urgent: bool = True) -> asyncio.Future[None]:
        """Queue records; the future is done when they are on disk, or raises as `keep`.

        What is not urgent goes with the next that is, or with others like it.

        Raises:
            JournalError: the journal is closed.
        """
        if not self._is_open:
            raise JournalError("the journal is closed")
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._queue.append((records, kept))
        self._unkept.update(_keys(records))
        if is_urgent or len(self._queue) >= LATER_RECORDS:
            self._write_now()
        elif self._later is None:
            self._later = loop.call_later(LATER_SECONDS, self._write_now)
        return kept

    def is_kept(self, key: MetricKey) -> bool:
        """Whether all that was ever added of a metric is on disk."""
        return key not in self._unkept

    async def flush(self) -> None:
        """Write what was to be kept of metrics and could not be before.

        Raises:
            JournalError: it still cannot.
        """
        await self._run(lambda: self._file.write([]))

    async def read(self, wanted: Wanted) -> list[dict[str, Any]]:
        """Return deliveries, the newest first, each with what is kept of it.

        Raises:
            JournalError: they cannot be read.
        """
        if self._queue:
            self._write_now()
            await asyncio.wait([self._queue[-1][1]])
        return await self._run(lambda: self._file.read(wanted))

    async def size(self) -> int:
        """Return how many bytes the journal takes on disk.

        Raises:
            JournalError: this cannot be found out.
        """
        return await self._run(self._file.size)

    async def prune(self) -> None:
        """Remove the deliveries that are too old, and those beyond the other bounds.

        Raises:
            JournalError: they are still there.
        """
        await self._run(self._file.prune)

    async def hold(self, is_held: bool) -> None:
        """While held, a copy of the files is consistent whenever it is made.

        Raises:
            JournalError: it would not be.
        """
        await self._run(lambda: self._file.hold(is_held))

    async def close(self) -> None:
        """Write what is queued and close the file; later deliveries are not kept."""
        if not self._is_open:
            return
        self._is_open = False
        if self._queue:
            self._write_now()
        if self._writer is not None:
            await self._writer
        with suppress(JournalError):
            await self._run(self._file.close)
        self._executor.shutdown()

    async def _run[T](self, job: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, job)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(error) from error
        except RuntimeError as error:
            # the thread is gone
            raise JournalError("the journal is closed") from error

    def _write_now(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(
                self._write_queue(), name="bleemeo journal"
            )

    async def _write_queue(self) -> None:
        """Commit the queue, batch after batch, until it is empty."""
        loop = asyncio.get_running_loop()
        while self._queue:
            await self._gather()
            batch, self._queue = self._queue, []
            records = [record for together, _ in batch for record in together]
            error: JournalError | None = None
            try:
                await self._run(partial(self._commit, loop, records))
            except JournalError as cause:
                error = cause
            else:
                # what could not be written before went along
                self._unkept = {
                    key for records, _ in self._queue for key in _keys(records)
                }
            for _, kept in batch:
                if kept.done():
                    continue
                if error is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(error)
            self._written_since_trim += len(records)
            if self._written_since_trim >= TRIM_EVERY:
                self._written_since_trim = 0
                # the records are kept; trouble here is met again by the next
                with suppress(JournalError):
                    await self._run(self._file.trim)
        self._writer = None

    def _commit(self, loop: asyncio.AbstractEventLoop, records: list[Record]) -> None:
        loop.call_soon_threadsafe(self._on_commit)
        self._file.write(records)

    async def _gather(self) -> None:
        """Wait for what arrives together: a commit for many costs little more than one.

        The thread and the event loop, too, do better in turns than against each other.
        """
        loop = asyncio.get_running_loop()
        until, count = loop.time() + GATHER_SECONDS, 0
        while count < len(self._queue) and loop.time() < until:
            count = len(self._queue)
            for _ in range(GATHER_TURNS):
                await asyncio.sleep(0)


def _keys(records: Iterable[Record]) -> Iterator[MetricKey]:
    """Return the metrics of which there is something to keep."""
    return (record.key for record in records if record.key is not None)
