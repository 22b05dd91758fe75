"""The journal of an entry, written by its own thread.

It keeps the last alert of each metric and, bounded, every delivery with its verdict. When
`Journal.keep` returns, its records are committed to disk.
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

from ..core import MetricKey
from .file import JournalFile, is_damage
from .record import DeliveryQuery, JournalContents, Record

TRIM_EVERY = 1000
LATER_SECONDS = 1.0
LATER_RECORDS = 100
# how many turns of the event loop a request takes from its socket to the queue
GATHER_TURNS = 4
GATHER_SECONDS = 0.02


class JournalError(Exception):
    """The journal could not be read or written; the message says why.

    `is_damage` is set if the file is damaged: it must be opened again, not retried.
    """

    def __init__(self, cause: Exception | str) -> None:
        """Use the message of the cause."""
        super().__init__(str(cause))
        self.is_damage = isinstance(cause, sqlite3.Error) and is_damage(cause)


class Journal:
    """A journal file with its thread.

    Records that arrive together, or while a commit is under way, share the next commit.
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
        """Prepare a journal; nothing is touched before `open`.

        `on_commit` is called in the event loop before each commit of what was added by
        then. `is_held` is set while the files are being
        copied: see `hold`.
        """
        self.path = path
        self._file = JournalFile(path, max_deliveries, max_age, is_held)
        # only while the journal is open
        self._executor: ThreadPoolExecutor | None = None
        self._on_commit = on_commit
        self._queue: list[tuple[tuple[Record, ...], asyncio.Future[None]]] = []
        self._unkept: set[MetricKey] = set()
        self._writer: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._written_since_trim = 0

    async def open(self) -> JournalContents:
        """Open the file, or create it, and return its contents.

        A damaged file is renamed and replaced by a new one.

        Raises:
            JournalTooNew: a newer version wrote the file.
            JournalError: the file can be neither read nor created.
        """
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="bleemeo_journal")
        try:
            return await self._run(self._file.open)
        except BaseException:
            self._executor.shutdown(wait=False)
            self._executor = None
            raise

    async def keep(self, *records: Record) -> None:
        """Write records after all earlier ones; they are on disk on return.

        Raises:
            JournalError: not all are on disk. Those of metrics are written along with
                the next record.
        """
        if records:
            await self.add(*records)

    def add(self, *records: Record, is_urgent: bool = True) -> asyncio.Future[None]:
        """Queue records; the future ends when they are on disk, or raises like `keep`.

        Records that are not urgent wait a moment for others to share their commit.

        Raises:
            JournalError: the journal is closed.
        """
        if self._executor is None:
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
        """Return whether everything added about a metric is on disk."""
        return key not in self._unkept

    async def flush(self) -> None:
        """Write the records of metrics that could not be written before.

        Without any, test whether the journal can be written to.

        Raises:
            JournalError: it cannot.
        """
        await self._run(lambda: self._file.write([]))

    async def read(self, query: DeliveryQuery) -> list[dict[str, Any]]:
        """Return the deliveries that match, newest first.

        Each has received_at (ISO 8601, UTC), source, verdict, reason, host, title, body.

        Raises:
            JournalError: they cannot be read.
        """
        if self._queue:
            self._write_now()
            await asyncio.wait([self._queue[-1][1]])
        return await self._run(lambda: self._file.read(query))

    async def size(self) -> int:
        """Return how many bytes the journal takes on disk.

        Raises:
            JournalError: the size cannot be read.
        """
        return await self._run(self._file.size)

    async def prune(self) -> None:
        """Remove the deliveries that are too old, too many, or too large together.

        Raises:
            JournalError: they are still there.
        """
        await self._run(self._file.prune)

    async def hold(self, is_held: bool) -> None:
        """Let others make a consistent copy of the files, until called with False.

        Raises:
            JournalError: a copy might not be consistent.
        """
        await self._run(lambda: self._file.hold(is_held))

    async def close(self) -> None:
        """Write what is queued and close the file; nothing touches it afterwards."""
        while self._queue or self._writer is not None:
            self._write_now()
            if self._writer is not None:
                await self._writer
        executor, self._executor = self._executor, None
        if executor is None:
            return
        with suppress(sqlite3.Error, OSError):
            await asyncio.get_running_loop().run_in_executor(executor, self._file.close)
        executor.shutdown()

    async def _run[T](self, job: Callable[[], T]) -> T:
        if self._executor is None:
            raise JournalError("the journal is closed")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, job)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(error) from error

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
            # announced first: once it is on disk, a repeat of it announces nothing
            loop.call_soon(self._on_commit)
            await asyncio.sleep(0)
            try:
                await self._run(partial(self._file.write, records))
            except JournalError as cause:
                error = cause
            else:
                # this also wrote what could not be written before
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
                # the records are on disk; the next write meets this error again
                with suppress(JournalError):
                    await self._run(self._file.trim)
        self._writer = None

    async def _gather(self) -> None:
        """Wait for records that arrive together: a commit of many costs little more.

        The thread and the event loop also work better in turns than in parallel.
        """
        loop = asyncio.get_running_loop()
        until, count = loop.time() + GATHER_SECONDS, 0
        while count < len(self._queue) and loop.time() < until:
            count = len(self._queue)
            for _ in range(GATHER_TURNS):
                await asyncio.sleep(0)


def _keys(records: Iterable[Record]) -> Iterator[MetricKey]:
    """Yield the metrics that the records are about."""
    return (record.key for record in records if record.key is not None)
