"""The thread of a journal: it alone uses the file, and has a lost one renewed."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from .connection import is_lost, is_unwritable
from .file import JournalFile
from .record import JournalContents, Renewal, Snapshot
from .schema import JournalTooNew


class JournalError(Exception):
    """The journal could not be read or written; the message says why.

    `is_unwritable` is set if a record is at fault, which is not tried again.
    """

    def __init__(self, cause: Exception | str) -> None:
        """Use the message of the cause, or else its name."""
        super().__init__(str(cause) or type(cause).__name__)
        self.is_lost = not isinstance(cause, str) and is_lost(cause)
        self.is_unwritable = not isinstance(cause, str) and is_unwritable(cause)


class JournalThread:
    """Runs jobs on a file one at a time, from its opening until it is closed."""

    def __init__(
        self,
        file: JournalFile,
        snapshot: Callable[[], Snapshot],
        on_renewal: Callable[[Renewal], None],
    ) -> None:
        """Prepare for a file; `on_renewal` is called once a new one has the snapshot."""
        self._file = file
        self._snapshot = snapshot
        self._on_renewal = on_renewal
        # only while the file is open
        self._executor: ThreadPoolExecutor | None = None
        self._renewing = asyncio.Lock()
        self._renewals = 0

    @property
    def is_open(self) -> bool:
        """Whether jobs can be run."""
        return self._executor is not None

    async def open(self, *, is_held: bool) -> JournalContents:
        """Begin, with the opening of the file.

        Raises:
            JournalTooNew: a newer version wrote the file.
            JournalError: the file can be neither read nor created.
        """
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="bleemeo_journal")
        try:
            return await self._do(partial(self._file.open, is_held=is_held))
        except BaseException as error:
            # one that was cut off may still be at work
            self._executor.shutdown(wait=isinstance(error, JournalError))
            self._executor = None
            if isinstance(error.__cause__, JournalTooNew):
                raise error.__cause__ from None
            raise

    async def run[T](self, job: Callable[[], T]) -> T:
        """Run a job; if the file is lost, renew it and run the job again.

        Raises:
            JournalError: the job failed, or the file is closed.
        """
        renewals = self._renewals
        try:
            return await self._do(job)
        except JournalError as error:
            if not error.is_lost:
                raise
        async with self._renewing:
            if self._renewals == renewals:
                await self._renew()
        return await self._do(job)

    async def close(self) -> None:
        """End, with the closing of the file; one that was damaged is renewed first."""
        with suppress(JournalError):
            await self.run(self._file.verify)
        with suppress(JournalError):
            await self._do(self._file.close)
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()

    async def _renew(self) -> None:
        try:
            renewal = await self._do(partial(self._file.renew, self._snapshot()))
            self._renewals += 1
            self._on_renewal(renewal)
        except JournalError:
            raise
        except Exception as error:
            raise JournalError(error) from error

    async def _do[T](self, job: Callable[[], T]) -> T:
        if self._executor is None:
            raise JournalError("the journal is closed")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, job)
        except Exception as error:
            raise JournalError(error) from error
