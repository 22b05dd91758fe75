"""The sentences that are listened for, as templates of Home Assistant.

Home Assistant reads each template name by name, before it answers anything else. So the
names are written into two templates only, and around them all that may be said before and
after. A sentence that mixes two is understood too, and asks after the server it names.
"""

from collections.abc import Iterable
import re

from .names import Names, plain
from .sentences import ONE_SERVER

_OPTIONAL = re.compile(r"\[[^\[\]]*\]")
_PLACEHOLDERS = re.compile(r"{\w+}")


def of_names(names: Names) -> list[str]:
    """Return the templates that name a server or an account."""
    if not names.ids:
        return []
    of = ""
    if names.services:
        before, after = _around(typed(ONE_SERVER))
        of = f"[{before} {_names(names.services)} {after}]"
    sentences = typed(each for some in ONE_SERVER.values() for each in some)
    found = []
    for is_begun in (True, False):
        some = [each for each in sentences if _is_begun(each) is is_begun]
        before, article, after = _around(some)
        found.append(f"{before} {of} {article} {_names(names.ids)} {after}")
    return found


def typed(sentences: Iterable[str]) -> list[str]:
    """Return sentences, and as they are typed without accents."""
    own = list(sentences)
    return list(dict.fromkeys([*own, *map(plain, own)]))


def _is_begun(sentence: str) -> bool:
    """Return whether anything must be said before the name."""
    before, _, _ = sentence.partition("{of}")
    return bool(_OPTIONAL.sub("", before).strip())


def _around(sentences: Iterable[str]) -> list[str]:
    """Return templates of what may be said before, between and after the placeholders."""
    return [
        _any(dict.fromkeys(map(str.strip, parts)))
        for parts in zip(*map(_PLACEHOLDERS.split, sentences), strict=True)
    ]


def _any(parts: Iterable[str]) -> str:
    """Return a template of any of these; nothing is said once, not in each of them."""
    own = list(parts)
    needed = [each[1:-1] if _OPTIONAL.fullmatch(each) else each for each in own]
    template = f"({'|'.join(dict.fromkeys(filter(None, needed)))})"
    return template if needed == own and all(own) else f"[{template}]"


def _names(names: Iterable[str]) -> str:
    return f"({'|'.join(re.sub(r'([()])', r'\\\1', name) for name in names)})"
