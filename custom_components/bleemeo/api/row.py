"""The rows of an answer, page by page, and the fields that any of them may have."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from ..core import MAX_NAME_LENGTH, read_string
from .errors import UnexpectedAnswer, UnusableAnswer


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer: its rows, the count over all pages, and if more follow."""

    rows: list[Any]
    count: int
    has_next: bool

    @classmethod
    def from_answer(cls, answer: object) -> Self:
        """Read a decoded answer.

        Raises:
            UnexpectedAnswer: it is not a page.
        """
        match answer:
            case {"count": int() as count, "results": list() as rows, **more}:
                # the last page may come without it
                return cls(rows, count, bool(more.get("next")))
        raise UnexpectedAnswer("it is no page of a list")


@dataclass(slots=True)
class Rows[T]:
    """The rows of a resource by id; none was missed if they are whole.

    `odd` says of each row that was left out what is odd about it.
    """

    rows: dict[str, T] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)
    is_whole: bool = False

    @property
    def seen(self) -> int:
        """How many rows there were."""
        return len(self.rows) + len(self.odd)

    def check(self, nulls: int = 0) -> None:
        """Check that most rows can be used; `nulls` say nothing.

        Raises:
            UnusableAnswer: they cannot.
        """
        if (len(self.odd) + nulls) * 2 > self.seen:
            counts = Counter(
                {"most metrics have no status": nulls, **Counter(self.odd)}
            )
            raise UnusableAnswer(counts.most_common(1)[0][0])


def read_id(row: Mapping[str, Any], key: str) -> str:
    """Return an id in its canonical form.

    Raises:
        UnexpectedAnswer: it is not an id.
    """
    try:
        return str(UUID(row[key]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnexpectedAnswer(f"{key} is no UUID") from error


def read_optional_id(row: Mapping[str, Any], key: str) -> str | None:
    """Return an id that a row can do without."""
    with suppress(UnexpectedAnswer):
        return read_id(row, key)
    return None


def read_word(row: Mapping[str, Any], key: str) -> str | None:
    """Return a text cut and on one line, or None if it is empty or not a text."""
    value = row.get(key)
    if not isinstance(value, str):
        return None
    return " ".join(read_string(value).split())[:MAX_NAME_LENGTH] or None
