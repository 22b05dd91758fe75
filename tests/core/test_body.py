"""Tests of reading a body: from bytes to text, and from text to JSON."""

import codecs
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core.body import decode_body, read_json

TEXT = '{"title": "Größe – 大きさ"}'
LATIN = '{"title": "Größe"}'


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (TEXT.encode(), None),
        (codecs.BOM_UTF8 + TEXT.encode(), None),
        (codecs.BOM_UTF8 * 2 + TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-8"),
        (TEXT.encode("utf-16-le"), None),
        (TEXT.encode("utf-32"), None),
        (TEXT.encode() + b" \r\n\x00", None),
        (b"\n " + TEXT.encode(), None),
        (TEXT.encode("utf-16") + b"\x00\x00", "utf-16"),
        (TEXT.encode(), "utf-16"),
        (TEXT.encode(), "iso-8859-1"),
        (TEXT.encode(), "unheard-of"),
        (TEXT.encode(), "a\x00b"),
        (TEXT.encode("gb18030"), None),
    ],
)
def test_a_body_is_read_in_any_encoding_of_unicode(
    body: bytes, charset: str | None
) -> None:
    """What the bytes show outweighs what is declared, which a cloud may have undone."""
    if body == TEXT.encode("gb18030"):
        assert "\N{REPLACEMENT CHARACTER}" in decode_body(body, charset)
    else:
        assert decode_body(body, charset) == TEXT


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "cp850"])
def test_a_declared_charset_counts_where_the_bytes_are_not_utf_8(charset: str) -> None:
    """As in texts of old programs."""
    assert decode_body(LATIN.encode(charset), charset) == LATIN


@pytest.mark.parametrize("charset", ["idna", "hex", "utf-7", "rot13", "unicode_escape"])
def test_a_codec_that_is_no_charset_is_not_used(charset: str) -> None:
    """Some take long, others mean something else."""
    expected = '{"title": "Gr\N{REPLACEMENT CHARACTER}"}'
    assert decode_body(b'{"title": "Gr\xf6"}', charset) == expected


@given(st.binary(), st.none() | st.text() | st.sampled_from(["utf-16", "cp437"]))
def test_any_bytes_become_a_text_that_can_be_stored(
    body: bytes, charset: str | None
) -> None:
    """Whatever was declared."""
    decode_body(body, charset).encode()


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_what_is_json_is_read(value: object) -> None:
    """As it was written."""
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "x\ny\t"}', {"a": "x\ny\t"}),
        ('{"a": "\\ud800"}', {"a": "\ud800"}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        (f'{{"a": {"9" * 5000}}}', {"a": float("inf")}),
        ('{"a": -1e999}', {"a": float("-inf")}),
    ],
)
def test_what_is_nearly_json_is_read_too(text: str, value: object) -> None:
    """One odd value must not cost the others."""
    assert read_json(text) == value


@pytest.mark.parametrize("text", ["", "{", "{}x", "'a'", "[" * 200_000])
def test_other_texts_are_not_json(text: str) -> None:
    """They raise, however deep they are nested."""
    with pytest.raises(ValueError, match="."):
        read_json(text)
