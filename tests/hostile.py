"""Texts that somebody might send, each made to be more than text where it is shown."""

import json

from markdown_it import MarkdownIt

from . import FIXTURES

HOSTILE: list[str] = json.loads((FIXTURES / "hostile.json").read_text("utf-8"))
assert len(HOSTILE) == 40


def line(text: str) -> str:
    """Return a text in one line, as it is shown where Markdown is rendered."""
    return " ".join(text.split())


def shown(markdown: str) -> str:
    """Return what a person reads of Markdown that must have no more than text.

    Paragraphs, lists and bold words of our own are allowed for.
    """
    read, ours = [], {"paragraph", "list_item", "bullet_list", "strong"}
    for token in (
        MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    ):
        for part in token.children or [token]:
            kind = part.type.removesuffix("_open").removesuffix("_close")
            assert kind in {"inline", "text", "text_special", "softbreak", *ours}, (
                part.type,
                markdown,
            )
            read.append(" " if kind == "softbreak" else part.content)
    return "".join(read)
