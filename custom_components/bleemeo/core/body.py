"""The body of a delivery: from bytes to text, and from text to JSON.

The journal reads the text of a last alert again, so both use the same reader.
"""

import codecs
from contextlib import suppress
import json
import re

_AROUND = " \t\r\n\x00\ufeff"
# a codec that a sender names must be one of these: others can be slow, or no charset
_CHARSETS = re.compile(r"(utf-(8|16|32)|iso8859-|cp\d|koi8-|mac-)")
_MAX_DIGITS = 300
# the decoder gives up by itself, but only after a while
_TOO_DEEP = "[" * 10_000


def decode_body(body: bytes, charset: str | None) -> str:
    """Return the body as text, whatever its encoding and what stands around it.

    A byte order mark outweighs the declared charset, and so does being valid UTF-8:
    the cloud sends on as UTF-8 what was declared otherwise. Bytes that fit nowhere are
    replaced.
    """
    detected = json.detect_encoding(body)
    with suppress(UnicodeDecodeError):
        return body.decode(detected).strip(_AROUND)
    with suppress(UnicodeDecodeError):
        return body.decode(_known(charset)).strip(_AROUND)
    return body.decode(detected, "replace").strip(_AROUND)


def read_json(text: str) -> object:
    """Return the decoded JSON; control characters may stand in strings.

    Raises:
        ValueError: it is not JSON, or nested too deep.
    """
    if _TOO_DEEP not in text:
        with suppress(RecursionError):
            return _DECODER.decode(text)
    raise ValueError("nested too deep")


def _known(charset: str | None) -> str:
    """Return the codec of a declared charset, else that of JSON."""
    try:
        codec = codecs.lookup(charset or "").name
    except LookupError, ValueError:
        return "utf-8"
    return codec if _CHARSETS.match(codec) else "utf-8"


def _integer(digits: str) -> int | float:
    """Read a number of any length, which `int` alone refuses."""
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


_DECODER = json.JSONDecoder(strict=False, parse_int=_integer)
