"""The replacement of a journal's file: built beside it, then put into its place.

A crash at any moment leaves either the old file or the complete replacement.
"""

from contextlib import ExitStack, closing
from datetime import UTC, datetime
import errno
from pathlib import Path
import sqlite3

from .salvage import damaged, salvage
from .schema import prepare

# what lies beside the file belongs to it, so it goes first
_SUFFIXES = ("-wal", "-shm", "-journal", "")
_KEPT_ASIDE = 3


class Replacement:
    """The replacement of a file that is damaged or gone."""

    def __init__(self, path: Path) -> None:
        """Set the path of the file."""
        self._path = path
        self._begun = path.with_name(f"{path.name}.begun")
        self._complete = path.with_name(f"{path.name}.new")

    def build(
        self, source: sqlite3.Connection | None, max_deliveries: int
    ) -> Path | None:
        """Replace the file by a new one with all that can be read; it must be closed.

        That is read through `source`, if a deleted file is still open. Return the path
        of the old file, which is set aside if it is still there.

        Raises:
            sqlite3.Error, OSError: the old file is where it was.
        """
        for file in self._path.parent.glob(f"{self._begun.name}*"):
            file.unlink()
        self._begun.touch(mode=0o600)
        with (
            closing(sqlite3.connect(self._begun, autocommit=True)) as target,
            ExitStack() as stack,
        ):
            target.execute("PRAGMA synchronous = EXTRA")
            prepare(target, max_deliveries)
            (size,) = target.execute("PRAGMA page_size").fetchone()
            if source is None and any(file.exists() for file in files(self._path)):
                try:
                    first_page = self._begun.read_bytes()[:size]
                    source = stack.enter_context(damaged(self._path, first_page))
                except OSError as error:
                    # anything else, such as a full disk, ends, and then it can be read
                    if error.errno != errno.EIO:
                        raise
            if source is not None:
                target.execute("BEGIN IMMEDIATE")
                salvage(source, target)
                target.execute("COMMIT")
        self._begun.replace(self._complete)
        return self.finish()

    def finish(self) -> Path | None:
        """Put a complete replacement into its place, if there is one."""
        if not self._complete.exists():
            return None
        was_there = self._path.exists()
        prefix = f"{self._path.name}.corrupt-"
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self._path.with_name(prefix + stamp)
        for file, renamed in zip(files(self._path), files(aside), strict=True):
            if not file.exists():
                continue
            if was_there:
                file.rename(renamed)
            else:
                # what is left beside a deleted file
                file.unlink()
        self._complete.replace(self._path)
        self._remove_old(prefix)
        return aside if was_there else None

    def _remove_old(self, prefix: str) -> None:
        """Remove all but the last of the files that were set aside."""
        folder = self._path.parent
        names = (file.name for file in folder.glob(f"{prefix}*"))
        stamps = sorted({name.removeprefix(prefix).partition("-")[0] for name in names})
        for stamp in stamps[:-_KEPT_ASIDE]:
            for file in folder.glob(f"{prefix}{stamp}*"):
                file.unlink()


def files(path: Path) -> list[Path]:
    """Return the paths of a journal's file and of what SQLite puts beside it."""
    return [path.with_name(path.name + suffix) for suffix in _SUFFIXES]


def remove_journal(path: Path) -> None:
    """Delete a closed journal's files, and those set aside."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
