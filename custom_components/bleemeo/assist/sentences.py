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
    "is everything (OK|okay|fine|all right) (with|on) [all] [the|my] (server|servers)",
    # cs
    "(jsou|běží|fungují) [ještě] [všechny] [moje|mé] servery (v pořádku|OK|dobře)",
    "(běží|fungují) [ještě] všechny [moje|mé] servery",
    "jak jsou na tom [všechny] [moje|mé] servery",
    "(jsou [tu] [nějaké] problémy|je [tu] [nějaký] problém|máme [nějaké] problémy)"
    " [(se|s mými) servery]",
    "je (s|se) [všemi] [mými] servery (všechno|vše) (v pořádku|OK|dobře)",
    # da
    "(er|kører|fungerer) alle [mine] (servere|serverne) [stadig] [OK|okay|fint|i orden]",
    "hvordan har [alle] [mine] (servere|serverne) det",
    "er der [nogen|nogle|noget|et] (problem|problemer) [med [mine] (servere|serverne)]",
    "er alt (OK|okay|godt|i orden) med [alle] [mine] (servere|serverne)",
    # de
    "(sind|laufen|funktionieren) [noch] alle [meine] Server [noch] [OK|okay|in Ordnung]",
    "wie geht es [allen] [den|meinen] Servern",
    "gibt es [ein|irgendwelche] (Problem|Probleme) [mit [den|meinen] Servern]",
    "ist alles (OK|okay|in Ordnung) (bei|mit) [den|meinen] Servern",
    "ist (bei|mit) [den|meinen] Servern alles (OK|okay|in Ordnung)",
    # es
    "(están|funcionan) [bien] todos (los|mis) servidores [bien]",
    "cómo están [todos] (los|mis) servidores",
    "hay [algún] (problema|problemas) [con (los|mis) servidores]",
    "(va|está) todo (bien|OK|en orden) (con|en) (los|mis) servidores",
    # fr
    "[est-ce que] tous (les|mes) serveurs (vont bien|fonctionnent|sont OK)",
    "comment vont [tous] (les|mes) serveurs",
    "(y a-t-il|est-ce qu'il y a|il y a) (un problème|des problèmes)"
    " [(avec|sur) (les|mes) serveurs]",
    "[est-ce que] tout va bien (avec|sur|pour) (les|mes) serveurs",
    # it
    "(stanno|funzionano) [bene] tutti i [miei] server [bene]",
    "come stanno [tutti] i [miei] server",
    "ci sono [dei] problemi [con i [miei] server]",
    "(va tutto bene|è tutto (a posto|in ordine|OK)) (con i|sui) [miei] server",
    # nl
    "(zijn|werken|draaien) alle [mijn] servers [nog] [OK|oké|goed|in orde]",
    "hoe gaat het met [alle] (de|mijn) servers",
    "zijn er [nog] problemen [met [de|mijn] servers]",
    "is alles (OK|oké|goed|in orde) met [de|mijn] servers",
    # pl
    "[czy] [wszystkie] [moje] serwery"
    " (działają [prawidłowo|poprawnie|dobrze]|są (OK|okej|w porządku|sprawne))",
    "[czy] z [moimi] serwerami wszystko [jest] (OK|okej|w porządku)",
    "[czy] wszystko [jest] (OK|okej|w porządku|dobrze) z [moimi] serwerami",
    "(jak działają|jak się mają) [wszystkie] [moje] serwery",
    "[czy] (są [jakieś] problemy|jest [jakiś] problem) [z [moimi] serwerami]",
    # pt, pt-BR
    "[todos] [os] [meus] servidores (estão|funcionam) [todos]"
    " (bem|OK|em ordem|funcionando|a funcionar)",
    "(está|tá) tudo (bem|certo|OK|em ordem) com [os] [meus] servidores",
    "como (estão|vão) [todos] [os] [meus] servidores",
    "(há|tem|existe|existem) [algum|alguns] (problema|problemas) [com [os] [meus] servidores]",
    # sv
    "(är|mår|fungerar) alla [mina] servrar [fortfarande] [OK|okej|bra|i ordning]",
    "hur (mår|är det med) [alla] [mina] (servrarna|servrar)",
    "(finns|är) det [några|något] problem [med [mina] (servrarna|servrar)]",
    "är allt (OK|okej|bra|i ordning) med [mina] (servrarna|servrar)",
]

ONE_SERVER: Final = [
    # en
    "(what is|what's|whats) (wrong with|the matter with|up with) [the server] {servers}",
    "is [the server] {servers} (OK|okay|fine|up|all right)",
    # cs
    "co (je|je špatně|se děje) (s|se) [serverem] {servers}",
    "je [server] {servers} (v pořádku|OK)",
    # da
    "hvad er der (galt|i vejen) med [serveren] {servers}",
    "er [serveren] {servers} (OK|okay|i orden)",
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
    # pl
    "co [jest] nie tak z [serwerem] {servers}",
    "co się (dzieje|stało) z [serwerem] {servers}",
    "czy [serwer] {servers} (działa [prawidłowo|poprawnie|dobrze]|jest (OK|okej|sprawny))",
    "czy z [serwerem] {servers} wszystko [jest] (OK|okej|w porządku)",
    # pt, pt-BR
    "o que (se passa|há [de errado]|tem de errado|está errado|aconteceu)"
    " com [o] [servidor] {servers}",
    "qual [é] o problema (com|do|de) [o] [servidor] {servers}",
    "[o] [servidor] {servers} está (bem|OK|em ordem|funcionando|a funcionar)",
    "(está|tá) tudo (bem|certo|OK|em ordem) com [o] [servidor] {servers}",
    # sv
    "vad är [det] [för] fel (på|med) [servern] {servers}",
    "(är|mår) [servern] {servers} (OK|okej|bra|i ordning)",
]
