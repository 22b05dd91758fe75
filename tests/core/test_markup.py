"""Tests of text that is rendered as Markdown, and stays text."""

import re

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core import Markdown, as_markdown
from tests.hostile import HOSTILE, line, shown


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_sender_wrote_is_rendered_as_text(text: str) -> None:
    """Wherever it stands, and in one line."""
    assert shown(as_markdown(text)) == line(text)
    assert (
        shown(f"Bleemeo says: {as_markdown(text)}.") == f"Bleemeo says: {line(text)}."
    )
    assert shown(f"- {as_markdown(text)}") == line(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF) | st.just("\n")))
def test_any_text_is_rendered_as_it_is(text: str) -> None:
    """Whatever punctuation it has."""
    assert shown(as_markdown(text)) == line(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_becomes_a_link_by_itself(text: str) -> None:
    """Home Assistant makes links of addresses without any markup."""
    assert not re.search(r"://|www\.|(?<!\\)@", as_markdown(text))


@pytest.mark.parametrize(
    "name", ["web01.example.com", "db_01", "Disk used (/home)", "10 % of C:", "nas-2"]
)
def test_usual_names_are_left_as_they_are(name: str) -> None:
    """They are also shown where nothing is rendered."""
    assert as_markdown(name) == name


def test_markdown_is_not_escaped_again() -> None:
    """It has been."""
    assert as_markdown(as_markdown("*")) == r"\*"
    assert as_markdown(Markdown("- *one*")) == "- *one*"
