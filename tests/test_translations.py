"""Tests that each language of the integration says the same as English."""

from collections import defaultdict
import json
from pathlib import Path
import re
from string import Formatter

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from syrupy.assertion import SnapshotAssertion

from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations, recursive_flatten
from homeassistant.setup import async_setup_component

from . import a_day, payload, state
from .conftest import Deliver, Describe

TRANSLATIONS = Path(__file__).parents[1] / "custom_components" / DOMAIN / "translations"

SPOKEN = "{server}: {alerts}."
DAYS = "{count} d"
# What reads the same in English: loanwords, and words that the languages share.
SAME_AS_ENGLISH = {
    "cs": {
        "1 incident, {duration}",
        "1 server",
        "Limit",
        "Server",
        "Text",
        DAYS,
        SPOKEN,
    },
    "da": {
        "1 server",
        "Labels",
        "Problem",
        "Server",
        "Status",
        "Tags",
        "Test",
        "Test: {text}",
        DAYS,
        SPOKEN,
    },
    "de": {
        "Host",
        "Labels",
        "Limit",
        "Name",
        "Problem",
        "Server",
        "Status",
        "Test",
        "Test: {text}",
        "Text",
        SPOKEN,
    },
    "es": {"Host", DAYS, SPOKEN},
    "fr": {"Application", "Incidents", "Options", "Service", "Services", "Test"},
    "it": {"1 server", "Account", "Host", "Password", "Server", SPOKEN},
    "nl": {
        "1 server",
        "Account",
        "Accounts",
        "Host",
        "Labels",
        "Metric",
        "Metrics",
        "Server",
        "Servers",
        "Status",
        "Test",
        "Test: {text}",
        "metrics",
        "servers",
        "{count} servers",
        "{metric} is {status}",
        DAYS,
        SPOKEN,
    },
    "pl": {
        "Alert",
        "Host",
        "Limit",
        "Problem",
        "Status",
        "Test",
        "Test: {text}",
        DAYS,
        SPOKEN,
    },
    "pt": {DAYS, SPOKEN},
    "pt-BR": {"Host", "Status", "Tags", "“{comment}”", DAYS, SPOKEN},
    "sv": {
        "1 incident, {duration}",
        "1 server",
        "Problem",
        "Server",
        "Status",
        "Test",
        "Test: {text}",
        "Text",
        DAYS,
        SPOKEN,
    },
}
# ... and what is the same in each of them.
SAME_EVERYWHERE = {"OK", "{metric}"}
# Where a colon stands right after the word.
COLON = {"{told}: {text}"}
# Where a language has one word for what are two in English.
ONE_WORD = {
    "de": {"Server", "Vergessen", "im Warnzustand"},
    "es": {"estado desconocido"},
    "it": {"Account", "Server", "in stato di avviso", "in stato sconosciuto"},
    "nl": {"Vergeten"},
    "pl": {"Od"},
}
LANGUAGES = sorted(SAME_AS_ENGLISH)

# What Bleemeo's panel calls them: it is in English, and people look for the word.
PANEL_WORDS = ("Notifications", "Targets", "Webhook", "endpoint URL")
MARKDOWN = re.compile(r"\*\*.+?\*\*|`.+?`|\]\(.+?\)|^\d+\. |\n\n", re.MULTILINE)

LONGEST_NAME = 25


def read(language: str) -> dict[str, str]:
    """Return the texts of a language by the path of their keys."""
    content = json.loads((TRANSLATIONS / f"{language}.json").read_text("utf-8"))
    return recursive_flatten("", content)


ENGLISH = read("en")


@pytest.fixture
def home_of_that_language(hass: HomeAssistant, language: str) -> None:
    """Set Home Assistant's language before the entry is set up."""
    hass.config.language = language


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def found_in(language: str, words: str) -> list[str]:
    """Return the keys of the texts in which one of the words is."""
    pattern = re.compile(words, re.IGNORECASE)
    return [key for key, text in read(language).items() if pattern.search(text)]


def test_the_languages_are_those_that_are_looked_after() -> None:
    """A new file is checked too, and no file is missing."""
    assert {file.stem for file in TRANSLATIONS.iterdir()} == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_texts_that_english_has(language: str) -> None:
    """No text is missing, unused or empty."""
    texts = read(language)
    assert texts.keys() == ENGLISH.keys()
    assert {key for key, text in texts.items() if not text or text != text.strip()} == (
        set()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_placeholders_and_the_markdown_of_english(
    language: str,
) -> None:
    """Everything that Home Assistant fills in or formats is present."""
    for key, text in read(language).items():
        assert placeholders(text) == placeholders(ENGLISH[key]), key
        assert MARKDOWN.findall(text) == MARKDOWN.findall(ENGLISH[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_keeps_the_words_of_bleemeos_panel(language: str) -> None:
    """So that users can find these words in the panel."""
    for key, text in read(language).items():
        if key.startswith("config."):
            there = {word for word in PANEL_WORDS if word in ENGLISH[key]}
            assert {word for word in there if word not in text} == set(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english_but_what_reads_the_same(language: str) -> None:
    """The list contains all of that, and nothing that is translated."""
    same = {text for key, text in read(language).items() if text == ENGLISH[key]}
    colon = set() if language == "fr" else COLON
    assert same == SAME_AS_ENGLISH[language] | SAME_EVERYWHERE | colon


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_differs_in_english_differs_in_a_language(language: str) -> None:
    """So that nobody reads the same of two things."""
    meanings = defaultdict(set)
    for key, text in read(language).items():
        meanings[text].add(ENGLISH[key].casefold())
    same = {text for text, meant in meanings.items() if len(meant) > 1}
    assert same <= ONE_WORD.get(language, set())


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_a_change_is_called_what_triggers_call_it(language: str) -> None:
    """People choose in an automation what they read of the event."""
    texts = read(language)
    event = "entity.event.alert.state_attributes.event_type.state."
    for change in ("raised", "worsened", "eased", "cleared", "unknown", "forgotten"):
        offered = texts[f"selector.alert_change.options.{change}"]
        assert texts[f"{event}{change}"] == offered


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_no_apostrophe_hides_a_placeholder(language: str) -> None:
    """In the frontend's message format, such an apostrophe starts literal text."""
    for key, text in read(language).items():
        assert not re.search("'[{}]|[{}]'", text), key


@pytest.mark.parametrize("language", ["fr", "it"])
def test_apostrophes_are_typographic_where_elisions_are_common(language: str) -> None:
    """So that none precedes a brace by mistake, and all look alike."""
    assert [key for key, text in read(language).items() if "'" in text] == []


def test_french_punctuation_stays_with_its_word() -> None:
    """No line begins with a colon, and no guillemet stands alone."""
    loose = re.compile("[ \\w)}][:;?!](?![/\\d])|« | »")
    assert [key for key, text in read("fr").items() if loose.search(text)] == []


@pytest.mark.parametrize(
    ("language", "opens", "closes"),
    [
        ("cs", "„", "“"),
        ("da", "”", "”"),
        ("de", "„", "“"),
        ("es", "«", "»"),
        ("fr", "«", "»"),
        ("it", "«", "»"),
        ("pl", "„", "”"),
        ("pt", "«", "»"),
        ("pt-BR", "“", "”"),
        ("sv", "”", "”"),
    ],
)
def test_quotes_are_those_of_the_language(
    language: str, opens: str, closes: str
) -> None:
    """None is left over from English, and each one that opens closes."""
    others = set('"„“”«»') - {opens, closes}
    for key, text in read(language).items():
        assert not others & set(text), key
        assert text.count(opens) == text.count(closes), key


def test_european_portuguese_is_not_brazilian() -> None:
    """The words that give a text away are of the country that reads it."""
    european = r"utilizador|ficheiro|palavra-passe|telemóvel|ecrã|contentor"
    brazilian = r"usuário|arquivo|senha|celular|\btela\b|contêiner|\bvocê\b"
    assert found_in("pt", brazilian) == found_in("pt-BR", european) == []
    assert found_in("pt", european)
    assert found_in("pt-BR", brazilian)


def test_polish_suits_any_number() -> None:
    """What follows a number has one form for all of them, unlike 2 alerty, 5 alertów."""
    number = re.compile(r"{(?:count|metrics|agents|deliveries|servers|alerts)} (\w+)")
    following = {word for text in read("pl").values() for word in number.findall(text)}
    assert following == {"d", "razy", "serwerów", "z"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("cs", "alarm|upozorněn"),
        ("da", "alarm"),
        ("sv", "larmat|larmad|avisering(?!sre)"),
    ],
)
def test_an_alert_is_no_alarm_that_is_armed(language: str, words: str) -> None:
    """Nor a notification: Home Assistant uses these words for something else."""
    found = re.compile(words, re.IGNORECASE)
    assert [key for key, text in read(language).items() if found.search(text)] == []


def test_czech_suits_any_number() -> None:
    """The form of a noun after a number depends on it, and nothing here chooses one."""
    counted = re.compile(r"(?<!z ){(?:agents|count|days|max|metrics|seconds)} \w{2}")
    assert [key for key, text in read("cs").items() if counted.search(text)] == []


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_names_of_entities_are_short(language: str) -> None:
    """Cards show them after the name of a server."""
    names = {
        key: text
        for key, text in read(language).items()
        if re.fullmatch(r"entity\.\w+\.\w+\.name", key)
    }
    assert len(names) > 10
    assert {key for key, text in names.items() if len(text) > LONGEST_NAME} == set()


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
async def test_no_line_in_activity_says_the_same_twice(
    hass: HomeAssistant, language: str
) -> None:
    """Home Assistant writes the name of an entity and its state: Problem → Detected."""
    assert await async_setup_component(hass, "binary_sensor", {})
    texts = read(language)
    shared = await async_get_translations(
        hass, language, "entity_component", {"binary_sensor"}
    )
    usual = "component.binary_sensor.entity_component.problem.state"
    for key in ("problem", "metric_problem", "account_problem", "not_arriving"):
        name = texts[f"entity.binary_sensor.{key}.name"].casefold()
        for state_key in ("on", "off"):
            own = texts.get(f"entity.binary_sensor.{key}.state.{state_key}")
            words = own or shared[f"{usual}.{state_key}"]
            assert words.casefold() not in name, (key, words)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_home_assistant_takes_every_text(
    hass: HomeAssistant, language: str
) -> None:
    """It would fall back to English if placeholders differed."""
    loaded: dict[str, str] = {}
    for category in {key.partition(".")[0] for key in ENGLISH}:
        loaded |= await async_get_translations(hass, language, category, {DOMAIN})
    prefix = f"component.{DOMAIN}."
    assert loaded == {f"{prefix}{key}": text for key, text in read(language).items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.usefixtures("home_of_that_language")
async def test_a_home_of_that_language_reads_it(
    hass: HomeAssistant,
    deliver: Deliver,
    describe: Describe,
    snapshot: SnapshotAssertion,
) -> None:
    """Entities' names and logbook sentences are in that language."""
    events = async_capture_events(hass, EVENT_ALERT)
    again = a_day()[3] | {"id": None, "status_changed_at": "2026-11-20T08:50:00Z"}
    unknown = payload(status=3, status_changed_at="2026-11-20T09:00:00Z")
    for alert in [*a_day()[:4], again, unknown]:
        await deliver(alert)
    entries = [describe(event) for event in events]
    assert [
        state(hass, entries[0]["entity_id"]).name,
        *(entry["message"].partition(":")[0].rstrip() for entry in entries),
    ] == snapshot
