"""Tests of the sentences, in each language, through a conversation."""

from itertools import chain
import re

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.assist import sentences
from tests.assistant import DB01, DISK, about

from . import Ask, fail


async def test_problems_are_asked_for_as_people_do(
    ask: Ask, entry: MockConfigEntry
) -> None:
    """In each language; Home Assistant itself knows no such sentence."""
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    for language, question in {
        "en": "Are there any problems?",
        "de": "Gibt es Probleme?",
        "es": "¿Hay algún problema?",
        "fr": "Y a-t-il des problèmes ?",
        "it": "Ci sono problemi?",
        "nl": "Zijn er problemen?",
        "cs": "Jsou nějaké problémy se servery?",
        "da": "Er der nogen problemer?",
        "pl": "Czy są jakieś problemy?",
        "pt": "Há algum problema?",
        "pt-BR": "Tem algum problema com os meus servidores?",
        "sv": "Finns det några problem?",
    }.items():
        answer = await ask(question, language)
        assert answer.startswith("db01") and "PostgreSQL" in answer, language


async def test_servers_are_asked_whether_they_are_online(
    ask: Ask, entry: MockConfigEntry
) -> None:
    """In each language; in German, Home Assistant itself says yes to "are all"."""
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    for language, question in {
        "en": "Are all servers online?",
        "de": "Sind alle Server erreichbar?",
        "es": "¿Están todos los servidores en línea?",
        "fr": "Tous les serveurs sont en ligne ?",
        "it": "Sono online tutti i server?",
        "nl": "Zijn alle servers online?",
        "cs": "Jsou všechny servery online?",
        "da": "Er alle servere online?",
        "pl": "Czy wszystkie serwery są online?",
        "pt": "Os meus servidores estão todos online?",
        "pt-BR": "Todos os servidores estão online?",
        "sv": "Är alla servrar online?",
    }.items():
        answer = await ask(question, language)
        assert answer.startswith("db01") and "PostgreSQL" in answer, language


@pytest.mark.parametrize(
    ("language", "question", "all_ok", "wrong"),
    [
        (
            "cs",
            "Jsou všechny servery v pořádku?",
            "Všechny servery jsou v pořádku.",
            "kritický",
        ),
        ("da", "Er alle servere OK?", "Alle servere er i orden.", "kritisk"),
        (
            "de",
            "Sind alle Server in Ordnung?",
            "Alle Server sind in Ordnung.",
            "kritisch",
        ),
        (
            "es",
            "¿Están bien todos los servidores?",
            "Todos los servidores están bien.",
            "crítico",
        ),
        (
            "fr",
            "Est-ce que tous les serveurs vont bien ?",
            "Tous les serveurs vont bien.",
            "critique",
        ),
        ("it", "Stanno bene tutti i server?", "Tutti i server stanno bene.", "critico"),
        ("nl", "Zijn alle servers in orde?", "Alle servers zijn in orde.", "kritiek"),
        (
            "pl",
            "Czy wszystkie serwery działają prawidłowo?",
            "Wszystkie serwery działają prawidłowo.",
            "krytyczny",
        ),
        (
            "pt",
            "Os meus servidores estão todos bem?",
            "Todos os servidores estão OK.",
            "em estado crítico",
        ),
        (
            "pt-BR",
            "Está tudo certo com os meus servidores?",
            "Todos os servidores estão OK.",
            "em estado crítico",
        ),
        ("sv", "Är alla servrar OK?", "Alla servrar är i ordning.", "kritisk"),
    ],
)
async def test_each_language_is_understood_and_spoken(
    entry: MockConfigEntry,
    ask: Ask,
    language: str,
    question: str,
    all_ok: str,
    wrong: str,
) -> None:
    """By whoever speaks it."""
    assert await ask(question, language) == all_ok
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    assert wrong in await ask(question, language)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("cs", "Co je s web01?"),
        ("da", "Hvad er der galt med web01?"),
        ("de", "Was ist mit web01 los?"),
        ("es", "¿Qué le pasa a web01?"),
        ("fr", "Quel est le problème avec web01 ?"),
        ("it", "Che cosa non va con web01?"),
        ("nl", "Wat is er mis met web01?"),
        ("pl", "Co jest nie tak z web01?"),
        ("pl", "Czy serwer web01 działa poprawnie?"),
        ("pt", "O que se passa com o web01?"),
        ("pt", "Está tudo bem com o servidor web01?"),
        ("pt-BR", "O que há de errado com web01?"),
        ("pt-BR", "O servidor web01 está OK?"),
        ("sv", "Vad är det för fel på web01?"),
    ],
)
async def test_a_server_is_asked_for_in_each_language(
    ask: Ask, language: str, question: str
) -> None:
    """Its name is the same in all."""
    assert (await ask(question, language)).startswith("web01")


def test_each_sentence_is_of_a_language_and_names_servers_where_it_must() -> None:
    """Otherwise it would take what is meant for others."""
    assert all("{services}" in of for of in sentences.ONE_SERVER)
    for each in chain(*sentences.ONE_SERVER.values()):
        assert each.count("{servers}") == each.count("{of}") == 1, each
    for each in sentences.ALL_SERVERS + sentences.EVERYTHING:
        assert "{" not in each, each
    for each in sentences.ALL_SERVERS:
        assert re.search("ser[vw]", each, re.IGNORECASE), each


QUESTIONS = {
    "en": [
        "Is everything OK?",
        "Is everything all right?",
        "Everything okay?",
        "Is anything wrong?",
        "Is everything OK with my servers?",
        "Is everything OK with Bleemeo?",
    ],
    "cs": [
        "Je všechno v pořádku?",
        "Je vše OK?",
        "Funguje všechno?",
        "Je vsechno v poradku?",
        "Je všechno v pořádku se servery?",
    ],
    "da": [
        "Er alt i orden?",
        "Er alt OK?",
        "Fungerer alt som det skal?",
        "Er alt OK med mine servere?",
    ],
    "de": [
        "Ist alles in Ordnung?",
        "Alles okay?",
        "Läuft noch alles?",
        "Ist bei den Servern alles in Ordnung?",
        "Laufen meine Server noch?",
        "Was stimmt nicht mit Bleemeo?",
    ],
    "es": [
        "¿Está todo bien?",
        "¿Va todo bien?",
        "¿Todo está en orden?",
        "esta todo bien",
        "¿Está todo bien con los servidores?",
    ],
    "fr": [
        "Est-ce que tout va bien ?",
        "Tout va bien ?",
        "Est-ce que tout fonctionne ?",
        "Est-ce que tout va bien avec mes serveurs ?",
        "Mes serveurs vont-ils bien ?",
    ],
    "it": [
        "Va tutto bene?",
        "È tutto a posto?",
        "Funziona tutto?",
        "Va tutto bene con i server?",
    ],
    "nl": [
        "Is alles in orde?",
        "Werkt alles nog?",
        "Gaat alles goed?",
        "Is alles in orde met de servers?",
    ],
    "pl": [
        "Czy wszystko w porządku?",
        "Czy wszystko jest OK?",
        "Czy wszystko działa?",
        "czy wszystko dziala",
        "Czy wszystko jest w porządku z serwerami?",
    ],
    "pt": [
        "Está tudo bem?",
        "Está tudo a funcionar?",
        "Tudo está em ordem?",
        "esta tudo bem",
        "Está tudo bem com os servidores?",
    ],
    "pt-BR": [
        "Está tudo certo?",
        "Tá tudo bem?",
        "Está tudo funcionando?",
        "Tem algo errado?",
        "Tem algum problema nos servidores?",
    ],
    "sv": [
        "Är allt OK?",
        "Är allt i ordning?",
        "Fungerar allt som det ska?",
        "Är allt bra med servrarna?",
    ],
}


@pytest.mark.parametrize("language", QUESTIONS)
async def test_everything_is_asked_after_as_people_do(
    entry: MockConfigEntry, ask: Ask, language: str
) -> None:
    """In each language, with or without a word of servers."""
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    for question in QUESTIONS[language]:
        assert (await ask(question, language)).startswith("db01"), question


async def test_whether_everything_is_fine_is_asked_for_as_people_do(
    ask: Ask, entry: MockConfigEntry
) -> None:
    """In each language, of all servers."""
    await fail(entry, about("db01.example.com", "PostgreSQL", 2, DB01))
    for language, question in {
        "en": "Is everything fine with my servers?",
        "de": "Ist bei meinen Servern alles in Ordnung?",
        "es": "¿Va todo bien con mis servidores?",
        "fr": "Est-ce que tout va bien avec mes serveurs ?",
        "it": "È tutto a posto con i miei server?",
        "nl": "Is alles goed met de servers?",
        "cs": "Je se servery všechno v pořádku?",
        "da": "Er alt i orden med serverne?",
        "pl": "Czy wszystko w porządku z serwerami?",
        "pt": "Está tudo bem com os servidores?",
        "pt-BR": "Tá tudo certo com os meus servidores?",
        "sv": "Är allt bra med servrarna?",
    }.items():
        answer = await ask(question, language)
        assert answer.startswith("db01") and "PostgreSQL" in answer, language


OF_A_SERVER = {
    "en": [
        "Is everything OK with {}?",
        "Is everything all right on {}?",
        "Is there a problem with {}?",
        "Is {} still running?",
        "How is {}?",
    ],
    "cs": [
        "Je všechno v pořádku s {}?",
        "Je s {} vše v pořádku?",
        "Funguje {}?",
        "Je problém s {}?",
    ],
    "da": [
        "Er alt i orden med {}?",
        "Er der noget galt med {}?",
        "Kører {} stadig?",
        "Er der problemer med {}?",
    ],
    "de": [
        "Was stimmt nicht mit {}?",
        "Was stimmt mit {} nicht?",
        "Ist bei {} alles in Ordnung?",
        "Ist alles in Ordnung mit {}?",
        "Läuft {} noch?",
        "Gibt es Probleme mit {}?",
    ],
    "es": [
        "¿Está todo bien con {}?",
        "¿Hay algún problema con {}?",
        "¿Funciona {}?",
        "¿Cómo está {}?",
    ],
    "fr": [
        "Est-ce que tout va bien avec {} ?",
        "Est-ce que {} fonctionne ?",
        "Y a-t-il un problème avec {} ?",
        "Comment va {} ?",
    ],
    "it": [
        "Va tutto bene con {}?",
        "Ci sono problemi con {}?",
        "{} funziona?",
        "È tutto a posto su {}?",
    ],
    "nl": [
        "Is alles in orde met {}?",
        "Is er iets mis met {}?",
        "Werkt {} nog?",
        "Zijn er problemen met {}?",
    ],
    "pl": [
        "Czy wszystko w porządku z {}?",
        "Czy z {} wszystko w porządku?",
        "Czy są problemy z {}?",
        "Jak działa {}?",
    ],
    "pt": [
        "Está tudo bem com {}?",
        "Há algum problema com {}?",
        "{} está a funcionar?",
    ],
    "pt-BR": [
        "Está tudo certo com {}?",
        "Tem algum problema com {}?",
        "Como está {}?",
    ],
    "sv": [
        "Är allt OK med {}?",
        "Är det något fel på {}?",
        "Fungerar {}?",
        "Finns det problem med {}?",
    ],
}
OF_A_SERVICE = {
    "en": "PostgreSQL on db01",
    "cs": "PostgreSQL na db01",
    "da": "PostgreSQL på db01",
    "de": "PostgreSQL auf db01",
    "es": "PostgreSQL en db01",
    "fr": "PostgreSQL sur db01",
    "it": "PostgreSQL su db01",
    "nl": "PostgreSQL op db01",
    "pl": "PostgreSQL na db01",
    "pt": "o PostgreSQL do servidor db01",
    "pt-BR": "o PostgreSQL no db01",
    "sv": "PostgreSQL på db01",
}


@pytest.mark.parametrize("language", OF_A_SERVER)
async def test_a_server_and_what_runs_on_it_are_asked_after_as_people_do(
    entry: MockConfigEntry, ask: Ask, language: str
) -> None:
    """Of the service, only what is wrong with it is told."""
    await fail(
        entry,
        about("db01.example.com", "PostgreSQL", 1, DB01),
        about("db01.example.com", "CPU", 2, DB01, DISK),
    )
    for question in OF_A_SERVER[language]:
        answer = await ask(question.format("db01"), language)
        assert answer.startswith("db01") and "CPU" in answer, question
        answer = await ask(question.format(OF_A_SERVICE[language]), language)
        assert answer.startswith("db01") and "PostgreSQL" in answer, question
        assert "CPU" not in answer, question
