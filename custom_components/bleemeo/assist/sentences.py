"""The sentences that the built-in voice assistant understands, in each language.

They are templates of Home Assistant's sentence triggers. `{servers}` stands for the names
of all servers.
"""

from typing import Final

ALL_SERVERS: Final = [
    # en
    "(are|is) (all|all of|every|everything on) [the|my] (server|servers)"
    " [still] (OK|okay|fine|up|all right)",
    "how are [all] [the|my] servers",
    "(are|is) there [any|a] (problem|problems) [with [the|my] (server|servers)]",
    # de
    "(sind|laufen|funktionieren) [noch] alle [meine] Server [noch] [OK|okay|in Ordnung]",
    "wie geht es [allen] [den|meinen] Servern",
    "gibt es [ein|irgendwelche] (Problem|Probleme) [mit [den|meinen] Servern]",
    # es
    "(están|funcionan) [bien] todos (los|mis) servidores [bien]",
    "cómo están [todos] (los|mis) servidores",
    "hay [algún] (problema|problemas) [con (los|mis) servidores]",
    # fr
    "[est-ce que] tous (les|mes) serveurs (vont bien|fonctionnent|sont OK)",
    "comment vont [tous] (les|mes) serveurs",
    "(y a-t-il|est-ce qu'il y a|il y a) (un problème|des problèmes)"
    " [(avec|sur) (les|mes) serveurs]",
    # it
    "(stanno|funzionano) [bene] tutti i [miei] server [bene]",
    "come stanno [tutti] i [miei] server",
    "ci sono [dei] problemi [con i [miei] server]",
    # nl
    "(zijn|werken|draaien) alle [mijn] servers [nog] [OK|oké|goed|in orde]",
    "hoe gaat het met [alle] (de|mijn) servers",
    "zijn er [nog] problemen [met [de|mijn] servers]",
]

ONE_SERVER: Final = [
    # en
    "(what is|what's|whats) (wrong with|the matter with|up with) [the server] {servers}",
    "is [the server] {servers} (OK|okay|fine|up|all right)",
    # de
    "was ist [los] (mit|bei) [dem Server] {servers} [los]",
    "was (fehlt|hat) [dem|der] [Server] {servers}",
    "ist [der Server] {servers} (OK|okay|in Ordnung)",
    # es
    "qué (le pasa a|pasa con) [el servidor] {servers}",
    "está bien [el servidor] {servers}",
    # fr
    "(qu'est-ce qui ne va pas|quel est le problème) (avec|sur) [le serveur] {servers}",
    "[est-ce que] [le serveur] {servers} va bien",
    # it
    "(cosa|che cosa) (non va con|non va su|succede a) [il server] {servers}",
    "sta bene [il server] {servers}",
    # nl
    "wat is er (mis|aan de hand) met [de server] {servers}",
    "is [de server] {servers} (OK|oké|in orde)",
]
