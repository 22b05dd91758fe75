"""Texts that somebody might send, each made to be more than text where it is shown."""

from markdown_it import MarkdownIt

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/spy.png'>",
    "<script>alert(1)</script>",
    "<b>bold</b> and <i>not</i>",
    "<a href='https://evil.example'>Home Assistant</a>",
    "<!-- hidden --> shown",
    "<ha-icon icon='mdi:skull'></ha-icon>",
    "<svg onload=alert(1)>",
    "<iframe src='//evil.example'></iframe>",
    "<br><br><hr>",
    "<speak><break time='10s'/></speak>",
    "</speak><audio src='https://evil.example/a.mp3'/>",
    "<font color='red'>Everything is fine</font>",
    "a < b > c & d",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "![spy](https://evil.example/spy.png)",
    "[click](https://evil.example)",
    "[click](javascript:alert(1))",
    "[click]: https://evil.example",
    "https://evil.example/path?a=b&c=d",
    "www.evil.example",
    "mail me@evil.example",
    "<https://evil.example>",
    "# Heading",
    "> quoted",
    "- a list",
    "+ another",
    "* a third",
    "1. first",
    "2) second",
    "***",
    "---",
    "===",
    "**strong** _emphasis_ ~~struck~~",
    "`code` ``more``",
    "```\ncode\n```",
    "    indented\n\n    code",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "ends with a backslash \\",
    "{{ states('person.me') }} {% for x in y %} {# gone #}",
)
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
