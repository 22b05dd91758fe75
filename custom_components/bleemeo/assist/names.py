"""What may be asked for by name, as it is said or typed, and what a sentence names."""

from collections.abc import Iterable
from dataclasses import dataclass
import re
from typing import Final, Self
import unicodedata

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from .exposure import Exposed, all_names, clear_names
from .sentences import ONE_SERVER

# each is tried with each sentence
MAX_NAMES: Final = 500
MAX_SERVICES: Final = 200

# what the templates of sentences, and their punctuation, are made of
_NOT_SPOKEN = re.compile(r"[^\w.-]+|(?<!\w)[.-]+|[.-]+(?!\w)")
# of these, what a keyboard has beside them, and a sentence may have
_NOT_TYPED = re.compile(r"[^\w.&'()+#/-]+|(?<!\w)[.-]+|[.-]+(?!\w)")

_BREAKS = str.maketrans("-_", "  ")

# letters that no accent makes, and those that have another spelling without theirs
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
_SPELLINGS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}


def _table(letters: dict[str, str]) -> dict[int, str]:
    return str.maketrans(
        letters | {key.upper(): to.title() for key, to in letters.items() if key != "ß"}
    )


_PLAIN, _SPELLED = _table(_LETTERS), _table(_SPELLINGS)

# the words between a service and its server: "on" web01
_BETWEEN = {
    words.split()[0]
    for phrase in ONE_SERVER
    for words in phrase.partition("{services}")[2].strip(" ()").split("|")
}


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of servers and accounts, and what runs on servers, by what they are called.

    Several may be called the same: servers of two accounts, or one set up anew. The ids
    are those of agents and entries.
    """

    ids: dict[str, list[str]]
    services: dict[str, list[str]]

    @classmethod
    @callback
    def async_get(cls, hass: HomeAssistant, exposed: Exposed) -> Self:
        """Return the names of what is exposed; of an account, where itself is."""
        found = exposed.servers()
        names = all_names(hass, found)
        clear = clear_names(names)
        told, listed = (
            [
                (own, agent.id)
                for _, agent, metrics in found
                if bool(metrics) is is_heard
                for own in clear[agent.id]
            ]
            for is_heard in (True, False)
        )
        # who asks by what several are called hears of each
        shared = [(own, agent_id) for agent_id, some in names.items() for own in some]
        accounts = [
            (entry.title, entry.entry_id)
            for entry in hass.config_entries.async_entries(
                DOMAIN, include_disabled=False
            )
            if entry.entry_id in exposed.uids
        ]
        metrics = [metric for *_, own in found for metric in own]
        services = dict.fromkeys(metric.name for metric in metrics) | dict.fromkeys(
            metric.service.name for metric in metrics if metric.service
        )
        return cls(
            _by_name([told, accounts, listed, shared], MAX_NAMES),
            _by_name([((name, name) for name in services)], MAX_SERVICES),
        )

    def asked(self, text: str) -> tuple[list[str], list[str]]:
        """Return the ids that a sentence names, and what runs there, if it names that.

        If it has several names, that is the last, for "server" may be one too, and the
        longest.
        """
        said = _words(text)
        places: dict[str, tuple[int, int]] = {}
        for name in self.ids:
            spoken = _words(name)
            if (begin := said.rfind(spoken)) >= 0:
                places[name] = begin + len(spoken), len(spoken)
        end, length = max(places.values(), default=(0, 0))
        ids = dict.fromkeys(
            each
            for name, own in self.ids.items()
            if places.get(name) == (end, length)
            for each in own
        )
        return list(ids), self._services(said[: end - length + 1]) if ids else []

    def _services(self, before: str) -> list[str]:
        """Return what is named before a server, as "PostgreSQL on" is."""
        found: dict[int, list[str]] = {}
        for name, own in self.services.items():
            _, is_there, after = before.rpartition(_words(name))
            if is_there and not _BETWEEN.isdisjoint(after.split()[:1]):
                found.setdefault(len(name), []).extend(own)
        return found[max(found)] if found else []


def plain(text: str) -> str:
    """Return a text without accents."""
    parts = unicodedata.normalize("NFD", text.translate(_PLAIN))
    return "".join(each for each in parts if not unicodedata.combining(each))


def _by_name(
    named: Iterable[Iterable[tuple[str, str]]], most: int
) -> dict[str, list[str]]:
    """Return ids by what they may be called.

    What has a name comes before what is only called so without accents, and what comes
    first before what comes later.
    """
    said = [[(each, uid) for own, uid in some for each in _said(own)] for some in named]
    plainly = [
        (form, uid)
        for some in said
        for each, uid in some
        for form in dict.fromkeys((plain(each), plain(each.translate(_SPELLED))))
        if form != each
    ]
    found: dict[str, list[str]] = {}
    for some in (*said, plainly):
        # to fold cases would make ss of ß
        taken = set(map(str.lower, found))
        for name, uid in some:
            if name.lower() not in taken and uid not in found.get(name, ()):
                found.setdefault(name, []).append(uid)
    return dict(list(found.items())[:most])


def _said(name: str) -> Iterable[str]:
    """Return a name as it is said, understood and typed."""
    spoken = _spoken(name)
    # as it is understood: web 01
    apart = re.sub(r"(?<=[^\W\d])(?=\d)", " ", spoken)
    # of https://shop.fr/pay Home Assistant hears https//shop.fr/pay
    typed = _without(_NOT_TYPED, name.replace("://", "//"))
    bare = typed.partition("//")[2]
    return dict.fromkeys(filter(None, (spoken, apart, typed, bare)))


def _words(text: str) -> str:
    """Return a text as it is compared: Home Assistant hears web-01 as web 01."""
    return f" {_spoken(text).translate(_BREAKS)} ".casefold()


def _spoken(text: str) -> str:
    """Return a text without what is not heard of it."""
    return _without(_NOT_SPOKEN, text)


def _without(pattern: re.Pattern[str], text: str) -> str:
    return " ".join(pattern.sub(" ", unicodedata.normalize("NFC", text)).split())
