"""The journal of an entry, written by its own thread.

It keeps the last alert of each metric and, bounded, every delivery with its verdict. When
`Journal.keep` returns, its records are committed to disk.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from ..core import MetricKey
from .file import JournalFile
from .incident import IncidentQuery, KeptIncident
from .record import (
    Delivery,
    DeliveryQuery,
    Forgotten,
    JournalContents,
    MetricRecord,
    Record,
    Renewal,
    Snapshot,
)
from .thread import JournalError, JournalThread

TRIM_EVERY = 1000
LATER_SECONDS = 1.0
LATER_RECORDS = 100
# how many turns of the event loop a request takes from its socket to the queue
GATHER_TURNS = 4
GATHER_SECONDS = 0.02

# records that were added together, and the future that ends when they are on disk
type Group = tuple[tuple[Record, ...], asyncio.Future[None]]


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
        on_commit: Callable[[], Coroutine[Any, Any, None]] | None = None,
        along: Callable[[], Sequence[Record]] = lambda: (),
        snapshot: Callable[[], Snapshot] = Snapshot,
        on_renewal: Callable[[Renewal], None] = lambda _: None,
    ) -> None:
        """Prepare a journal; nothing is touched before `open`.

        `on_commit` is awaited in the event loop before each commit of what was added by
        then. `along` returns what is not worth a commit: it is asked for whenever there
        is one anyway, and before the journal is read. If the file is damaged, deleted or
        replaced while it is open, `snapshot` says what a new one must hold, and
        `on_renewal` is called when it does.
        """
        self.path = path
        self._file = JournalFile(path, max_deliveries, max_age)
        self._thread = JournalThread(self._file, snapshot, on_renewal)
        self._on_commit = on_commit
        self._along = along
        self._queue: list[Group] = []
        # the batch that is being told and written
        self._taken: list[Group] = []
        self._unkept: set[MetricKey] = set()
        self._writer: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._written_since_trim = 0

    async def open(self, *, is_held: bool = False) -> JournalContents:
        """Open the file, or create it, and return its contents.

        A damaged file is replaced by a new one, with all that can be read of it.
        `is_held` is set while the files are being copied: see `hold`.

        Raises:
            JournalTooNew: a newer version wrote the file.
            JournalError: the file can be neither read nor created.
        """
        return await self._thread.open(is_held=is_held)

    async def keep(self, *records: Record) -> None:
        """Write records after all earlier ones; they are on disk on return.

        Raises:
            JournalError: not all are on disk. Those of metrics and silences are written
                along with the next record, unless it `is_unwritable`.
        """
        if records:
            await self.add(*records)

    def add(self, *records: Record, is_urgent: bool = True) -> asyncio.Future[None]:
        """Queue records; the future ends when they are on disk, or raises like `keep`.

        Records that are not urgent wait a moment for others to share their commit.

        Raises:
            JournalError: the journal is closed.
        """
        if not self._thread.is_open:
            raise JournalError("the journal is closed")
        self._add_along()
        loop = asyncio.get_running_loop()
        kept = self._enqueue(records)
        if is_urgent or len(self._queue) >= LATER_RECORDS:
            self._write_now()
        elif self._later is None:
            self._later = loop.call_later(LATER_SECONDS, self._write_now)
        return kept

    def is_kept(self, key: MetricKey) -> bool:
        """Return whether everything added about a metric is on disk."""
        return key not in self._unkept and key not in self._file.unwritable

    async def flush(self) -> None:
        """Write the lasting records that could not be written before.

        Without any, test whether the journal can be written to.

        Raises:
            JournalError: it cannot.
        """
        await self._thread.run(lambda: self._file.write([]))

    async def read(self, query: DeliveryQuery) -> list[dict[str, Any]]:
        """Return the deliveries that match, newest first.

        Each has received_at (ISO 8601, UTC), source, verdict, reason, left_out (what
        could not be read, and why), host, title, body.

        Raises:
            JournalError: they cannot be read.
        """
        await self._write_queued()
        return await self._thread.run(lambda: self._file.read(query))

    async def incidents(self, query: IncidentQuery) -> list[KeptIncident]:
        """Return the incidents that match, the last beginning first.

        Raises:
            JournalError: they cannot be read.
        """
        await self._write_queued()
        return await self._thread.run(lambda: self._file.incidents(query))

    async def size(self) -> int:
        """Return how many bytes the journal takes on disk.

        Raises:
            JournalError: the size cannot be read.
        """
        return await self._thread.run(self._file.size)

    async def prune(self, now: datetime) -> None:
        """Remove what is too old or too many, and deliveries that are too large together.

        `now` is the time as far as it is certain: a clock that is ahead would remove all.

        Raises:
            JournalError: they are still there.
        """
        await self._write_queued()
        await self._thread.run(lambda: self._file.prune(now))

    async def verify(self) -> None:
        """Check the file as it is on disk; a damaged one is renewed.

        Raises:
            JournalError: it cannot be read, or not be renewed.
        """
        await self._thread.run(self._file.verify)

    async def hold(self, is_held: bool) -> None:
        """Let others make a consistent copy of the files, until called with False.

        Raises:
            JournalError: a copy might not be consistent.
        """
        await self._thread.run(lambda: self._file.hold(is_held))

    async def close(self) -> None:
        """Write what is queued and close the file; nothing touches it afterwards.

        A file that was damaged is renewed, as long as memory knows what it held.
        """
        if self._thread.is_open:
            self._add_along()
        while self._queue or self._writer is not None:
            self._write_now()
            if self._writer is not None:
                await self._writer
        await self._thread.close()

    async def _write_queued(self) -> None:
        """Write what waits for others, or for something worth a commit."""
        self._add_along()
        if self._queue:
            self._write_now()
        # what was taken from the queue may still be told
        if waiting := self._queue or self._taken:
            await asyncio.wait([waiting[-1][1]])

    def _add_along(self) -> None:
        """Queue what is not worth a commit, for the next one; nobody waits for it."""
        if records := tuple(self._along()):
            self._enqueue(records).add_done_callback(_retrieve)

    def _enqueue(self, records: tuple[Record, ...]) -> asyncio.Future[None]:
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((records, kept))
        self._unkept.update(_keys(records))
        return kept

    def _write_now(self) -> None:
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(
                self._write_queue(), name="bleemeo journal"
            )

    async def _write_queue(self) -> None:
        """Commit the queue, batch after batch, until it is empty."""
        loop = asyncio.get_running_loop()
        try:
            while self._queue:
                await self._gather()
                batch = self._taken = self._queue
                self._queue = []
                if self._later is not None:
                    self._later.cancel()
                    self._later = None
                # announced first: once it is on disk, a repeat of it announces nothing
                if self._on_commit is not None:
                    await asyncio.wait([loop.create_task(self._on_commit())])
                if await self._keep(batch):
                    # this also wrote what could not be written before
                    waiting = (records for records, _ in self._queue)
                    self._unkept = set(_keys(chain.from_iterable(waiting)))
                self._written_since_trim += sum(len(records) for records, _ in batch)
                if self._written_since_trim >= TRIM_EVERY:
                    self._written_since_trim = 0
                    # the records are on disk; the next write meets this error again
                    with suppress(JournalError):
                        await self._thread.run(self._file.trim)
        finally:
            self._writer = None
            for _, kept in self._taken:
                # nobody waits for ever, whatever ended this
                kept.cancel()
            self._taken = []

    async def _keep(self, batch: list[Group]) -> bool:
        """Commit a batch, and end its futures; return whether all that can be is kept.

        Where a record is at fault, only those that were added with it fail.
        """
        records = [record for together, _ in batch for record in together]
        try:
            await self._thread.run(partial(self._file.write, records))
        except JournalError as error:
            if error.is_unwritable and len(batch) > 1:
                half = len(batch) // 2
                first, second = (
                    await self._keep(batch[:half]),
                    await self._keep(batch[half:]),
                )
                return first and second
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
            return error.is_unwritable
        for _, kept in batch:
            if not kept.done():
                kept.set_result(None)
        return True

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


def _retrieve(kept: asyncio.Future[None]) -> None:
    """Retrieve an error that nobody is to be told of."""
    if not kept.cancelled():
        kept.exception()


def _keys(records: Iterable[Record]) -> Iterator[MetricKey]:
    """Yield the metrics that the records are about."""
    for record in records:
        if isinstance(record, Delivery | MetricRecord | Forgotten):
            if record.key is not None:
                yield record.key
