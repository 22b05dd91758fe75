"""Text as text: what a sender wrote is escaped where Home Assistant renders Markdown."""

import re

_SPECIAL = re.compile(
    r"""
    [\\`*\[\]<>&|~@\#$^{}!=]   # means something anywhere
    | (?<![^\W_])_ | _(?![^\W_])   # within a word it means nothing
    | ^[-+]                    # a list
    | (?<=:)//                 # a link, as is the next
    | (?<=\bwww)\.
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(\d+)([.)])")


class Markdown(str):
    """A text that is Markdown already, with all that a sender wrote escaped."""

    __slots__ = ()


def as_markdown(text: str) -> Markdown:
    """Return Markdown that is rendered as the text, in one line."""
    if isinstance(text, Markdown):
        return text
    line = " ".join(text.split())
    return Markdown(_NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", line)))
