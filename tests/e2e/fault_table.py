"""The table of faults at the end of the run: what was done, and what it cost."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest


class Fault(NamedTuple):
    """One row: a fault, how often it was caused, and how the alerts fared."""

    name: str
    rounds: int
    acknowledged: int
    lost: int


class FaultTable:
    """Collects the rows and notes."""

    def __init__(self) -> None:
        """Start empty."""
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    def add(self, name: str, *, rounds: int, acknowledged: int, lost: int) -> None:
        """Add a row; call this before asserting what the row says."""
        self.faults.append(Fault(name, rounds, acknowledged, lost))

    def note(self, text: str) -> None:
        """Add a line below the table."""
        self.notes.append(text)

    def lines(self) -> list[str]:
        """Return the table in aligned columns, then the notes."""
        rows = [Fault._fields, *(tuple(map(str, fault)) for fault in self.faults)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return [*(_line(row, widths) for row in rows), *self.notes]


_TABLE = pytest.StashKey[FaultTable]()


def pytest_configure(config: pytest.Config) -> None:
    """Create the table of this run."""
    config.stash[_TABLE] = FaultTable()


@pytest.fixture(scope="session")
def fault_table(pytestconfig: pytest.Config) -> FaultTable:
    """Return the table of this run."""
    return pytestconfig.stash[_TABLE]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table unless it is empty."""
    table = config.stash[_TABLE]
    if table.faults:
        terminalreporter.section("faults")
        for line in table.lines():
            terminalreporter.write_line(line)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = row
    cells = [name.ljust(widths[0])]
    cells += [
        text.rjust(width) for text, width in zip(numbers, widths[1:], strict=True)
    ]
    return " | ".join(cells)
