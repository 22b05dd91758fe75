"""The sentences that the built-in voice assistant understands, in each language.

They are templates of Home Assistant's sentence triggers. `{servers}` stands for the names
of all servers and accounts, `{services}` for those of what runs on servers or is measured
of them, and `{of}` for such a name and the word between it and its server.
"""

from typing import Final

# they name nothing, so that they may be meant for others
EVERYTHING: Final = [
    # en
    "[is] everything [still] (OK|okay|fine|all right|alright|up [and running]|running|working)",
    "(is|is there) anything (wrong|broken|down)",
    "(are|is) there [any|a] (problem|problems)",
    # cs
    "je [ještě] (všechno|vše) [ještě] (v pořádku|OK)",
    "(funguje|běží) [ještě] (všechno|vše) [v pořádku|jak má]",
    "(jsou [tu] [nějaké] problémy|je [tu] [nějaký] problém|máme [nějaké] problémy)",
    "je něco (špatně|v nepořádku)",
    # da
    "er alt [stadig] (OK|okay|fint|i orden|som det skal være)",
    "(kører|fungerer|virker) alt [stadig] [fint|som det skal]",
    "er der [nogen|nogle|noget|et] (problem|problemer)",
    "er der noget (galt|i vejen)",
    # de
    "[ist] [noch] alles [noch] (OK|okay|in Ordnung)",
    "(läuft|funktioniert) [noch] alles [noch]",
    "gibt es [ein|irgendwelche] (Problem|Probleme)",
    "stimmt (was|etwas|irgendwas|irgendetwas) nicht",
    # es
    "(está|va|sigue) todo (bien|en orden|OK)",
    "todo (está|va|sigue) (bien|en orden|OK)",
    "funciona todo [bien]",
    "hay [algún] (problema|problemas)",
    "hay algo (mal|que no (funcione|funciona))",
    # fr
    "[est-ce que] tout (va bien|fonctionne [bien]|marche [bien]|est OK|est en ordre)",
    "(y a-t-il|est-ce qu'il y a|il y a) (un problème|des problèmes|quelque chose qui ne va pas)",
    "est-ce que quelque chose ne va pas",
    # it
    "(va tutto bene|tutto va bene|funziona tutto|è tutto (OK|a posto|in ordine))",
    "(ci sono|c'è) [dei|qualche|un] (problemi|problema)",
    "c'è qualcosa che non va",
    # nl
    "(is|gaat) alles [nog] (OK|oké|goed|in orde)",
    "(werkt|draait) alles [nog] [goed]",
    "(is|zijn) er [nog] [een] (probleem|problemen)",
    "is er iets (mis|aan de hand)",
    # pl
    "czy wszystko [jest] [nadal] (OK|okej|w porządku)",
    "[czy] wszystko [nadal] działa [prawidłowo|poprawnie|dobrze]",
    "[czy] (są [jakieś] problemy|jest [jakiś] problem)",
    "[czy] coś (jest nie tak|nie działa)",
    # pt, pt-BR
    "(está|tá|vai|continua) tudo (bem|certo|OK|em ordem|funcionando|a funcionar)",
    "tudo (está|vai|continua) (bem|certo|OK|em ordem|funcionando|a funcionar)",
    "(há|tem|existe|existem) [algum|alguns] (problema|problemas)",
    "(há|tem) (algo|alguma coisa) (errado|errada|de errado)",
    # sv
    "är allt [fortfarande] (OK|okej|bra|i ordning|som det ska)",
    "(fungerar|funkar) allt [fortfarande] [som det ska]",
    "(finns|är) det [några|något] problem",
    "är (något|det något) fel",
]

ALL_SERVERS: Final = [
    # en
    "(are|is) (all|all of|every|everything on) [the|my] (server|servers)"
    " [still] (OK|okay|fine|up|all right|alright|running|working|online|healthy|reachable)",
    "how are [all] [the|my] servers [doing]",
    "(are|is) there [any|a] (problem|problems) (with|on) [the|my] (server|servers)",
    "[is] everything [still] (OK|okay|fine|all right|alright) (with|on) [all] [the|my] servers",
    "(what is|what's|whats) (wrong with|the matter with|up with) [the|my] servers",
    # cs
    "(jsou|běží|fungují) [ještě] [všechny] [moje|mé] servery (v pořádku|OK|dobře|online|dostupné)",
    "(běží|fungují) [ještě] všechny [moje|mé] servery",
    "jak jsou na tom [všechny] [moje|mé] servery",
    "(jsou [tu] [nějaké] problémy|je [tu] [nějaký] problém|máme [nějaké] problémy)"
    " (se|s mými) servery",
    "je (všechno|vše) (v pořádku|OK) (se [všemi]|s [mými]|na [všech] [mých]) (servery|serverech)",
    "je (s|se) [všemi] [mými] servery (všechno|vše) (v pořádku|OK|dobře)",
    # da
    "(er|kører|fungerer) alle [mine] (servere|serverne) [stadig] [OK|okay|fint|i orden|online]",
    "hvordan har [alle] [mine] (servere|serverne) det",
    "er der [nogen|nogle|noget|et] (problem|problemer) med [mine] (servere|serverne)",
    "er alt [stadig] (OK|okay|fint|godt|i orden) (med|på) [alle] [mine] (servere|serverne)",
    "er der noget (galt|i vejen) (med|på) [mine] (servere|serverne)",
    # de
    "(sind|laufen|funktionieren) [noch] [alle] [die|meine] Server [noch]"
    " [OK|okay|in Ordnung|online|erreichbar|verfügbar|gesund|am Laufen]",
    "wie geht es [allen] [den|meinen] Servern",
    "gibt es [ein|irgendwelche] (Problem|Probleme) (mit|bei|auf) [den|meinen] Servern",
    "[ist] [noch] alles [noch] (OK|okay|in Ordnung) (mit|bei|auf) [allen] [den|meinen] Servern",
    "(ist|läuft) (mit|bei|auf) [allen] [den|meinen] Servern [noch] alles [noch]"
    " [OK|okay|in Ordnung]",
    "was (stimmt nicht|ist los) (mit|bei|auf) [den|meinen] Servern",
    "was (stimmt|ist) (mit|bei|auf) [den|meinen] Servern (nicht|los)",
    # es
    "(están|funcionan) [bien] [todos] (los|mis) servidores [bien|en línea|disponibles]",
    "cómo están [todos] (los|mis) servidores",
    "hay [algún] (problema|problemas) (con|en) (los|mis) servidores",
    "(está|va|sigue) todo (bien|en orden|OK) (con|en) [todos] (los|mis) servidores",
    "qué (les pasa a|pasa con) (los|mis) servidores",
    # fr
    "[est-ce que] tous (les|mes) serveurs (vont bien|fonctionnent|sont (OK|en ligne|joignables))",
    "[tous] (les|mes) serveurs (vont-ils bien|fonctionnent-ils|sont-ils OK)",
    "comment vont [tous] (les|mes) serveurs",
    "(y a-t-il|est-ce qu'il y a|il y a) (un problème|des problèmes) (avec|sur) (les|mes) serveurs",
    "[est-ce que] tout (va bien|fonctionne|est OK|est en ordre)"
    " (avec|sur|pour) [tous] (les|mes) serveurs",
    "qu'est-ce qui ne va pas (avec|sur) (les|mes) serveurs",
    # it
    "(stanno|sono|funzionano) [bene|online|raggiungibili] [tutti] i [miei] server [bene|online|raggiungibili]",
    "come stanno [tutti] i [miei] server",
    "(ci sono|c'è) [dei|qualche|un] (problemi|problema) (con i|coi|sui) [miei] server",
    "(va tutto bene|è tutto (OK|a posto|in ordine)) (con [tutti] i|coi|su [tutti] i|sui)"
    " [miei] server",
    # nl
    "(zijn|werken|draaien) [alle] [de|mijn] servers [nog] [OK|oké|goed|in orde|online|bereikbaar]",
    "hoe gaat het met [alle] (de|mijn) servers",
    "(is|zijn) er [nog] [een] (probleem|problemen) (met|op|bij) [de|mijn] servers",
    "(is|gaat) alles [nog] (OK|oké|goed|in orde) (met|op|bij) [al] [de|mijn] servers",
    "wat is er (mis|aan de hand) met [de|mijn] servers",
    # pl
    "[czy] [wszystkie] [moje] serwery"
    " (działają [prawidłowo|poprawnie|dobrze]|są (OK|okej|w porządku|sprawne|online|dostępne))",
    "[czy] z [moimi] serwerami wszystko [jest] (OK|okej|w porządku)",
    "[czy] wszystko [jest] (OK|okej|w porządku|dobrze) z [moimi] serwerami",
    "(jak działają|jak się mają) [wszystkie] [moje] serwery",
    "[czy] (są [jakieś] problemy|jest [jakiś] problem) z [moimi] serwerami",
    # pt, pt-BR
    "[todos] [os] [meus] servidores (estão|funcionam) [todos]"
    " (bem|OK|em ordem|funcionando|a funcionar|online|disponíveis)",
    "(está|tá) tudo (bem|certo|OK|em ordem) (com|em|nos) [todos] [os] [meus] servidores",
    "como (estão|vão) [todos] [os] [meus] servidores",
    "(há|tem|existe|existem) [algum|alguns] (problema|problemas) (com|em|nos) [os] [meus]"
    " servidores",
    # sv
    "(är|mår|fungerar) [alla] [mina] (servrar|servrarna) [fortfarande] [OK|okej|bra|i ordning|online|nåbara]",
    "hur (mår|är det med) [alla] [mina] (servrarna|servrar)",
    "(finns|är) det [några|något] problem (med|på) [mina] (servrarna|servrar)",
    "är allt [fortfarande] (OK|okej|bra|i ordning) (med|på) [alla] [mina] (servrarna|servrar)",
]

# by what stands for {of}
ONE_SERVER: Final = {
    # en
    "[the|my] [service] {services} (on|of)": [
        "(what is|what's|whats) (wrong with|the matter with|up with|going on with)"
        " {of}[the server] {servers}",
        "is {of}[the server] {servers} [still] (OK|okay|fine|up|all right|alright|running|working)",
        "[is] everything [still] (OK|okay|fine|all right|alright) (with|on) {of}[the server] {servers}",
        "(is|is there) anything wrong (with|on) {of}[the server] {servers}",
        "(are|is) there [any|a] (problem|problems) (with|on) {of}[the server] {servers}",
        "(how is|how's) {of}[the server] {servers} [doing]",
    ],
    # cs
    "[služba|službou|službě] {services} na [serveru]": [
        "co (je|je špatně|se děje) (s|se) {of}[serverem] {servers}",
        "(je|funguje|běží) {of}[server] {servers} [ještě] [v pořádku|OK]",
        "je (všechno|vše) (v pořádku|OK) (s|se|na) {of}[serverem|serveru] {servers}",
        "je (s|se|na) {of}[serverem|serveru] {servers} (všechno|vše) (v pořádku|OK)",
        "je [nějaký] problém (s|se|na) {of}[serverem|serveru] {servers}",
        "jak je na tom {of}[server] {servers}",
    ],
    # da
    "[tjenesten] {services} (på|af)": [
        "hvad er der (galt|i vejen) med {of}[serveren] {servers}",
        "(er|kører|fungerer|virker) {of}[serveren] {servers} [stadig] [OK|okay|fint|i orden]",
        "er alt [stadig] (OK|okay|fint|i orden) (med|på) {of}[serveren] {servers}",
        "er der noget (galt|i vejen) (med|på) {of}[serveren] {servers}",
        "er der [nogen|nogle|noget|et] (problem|problemer) (med|på) {of}[serveren] {servers}",
        "hvordan (går det med|har) {of}[serveren] {servers} [det]",
    ],
    # de
    "[der|dem|die|das] [Dienst] {services} (auf|von|bei)": [
        "was ist [los] (mit|bei|auf) {of}[dem Server] {servers} [los]",
        "was stimmt nicht (mit|bei|an|auf) {of}[dem Server] {servers}",
        "was stimmt (mit|bei|an|auf) {of}[dem Server] {servers} nicht",
        "was (fehlt|hat) {of}[dem|der] [Server] {servers}",
        "(ist|läuft|funktioniert) {of}[der Server] {servers} [noch] [OK|okay|in Ordnung]",
        "[ist] [noch] alles [noch] (OK|okay|in Ordnung) (mit|bei|auf) {of}[dem Server] {servers}",
        "(ist|läuft) (mit|bei|auf) {of}[dem Server] {servers} [noch] alles [noch]"
        " [OK|okay|in Ordnung]",
        "gibt es [ein|irgendwelche] (Problem|Probleme) (mit|bei|auf) {of}[dem Server] {servers}",
        "wie geht es {of}[dem Server] {servers}",
    ],
    # es
    "[el|la] [servicio] {services} (en|de|del servidor)": [
        "qué (le pasa a|pasa con|pasa en|problema tiene) {of}[el servidor] {servers}",
        "(está|va|funciona) [bien] {of}[el servidor] {servers} [bien|OK|en orden]",
        "(está|va|sigue) todo (bien|en orden|OK) (con|en) {of}[el servidor] {servers}",
        "hay [algún] (problema|problemas) (con|en) {of}[el servidor] {servers}",
        "cómo está {of}[el servidor] {servers}",
    ],
    # fr
    "[le|la] [service] {services} (sur|de|du serveur)": [
        "(qu'est-ce qui ne va pas|qu'est-ce qui se passe|que se passe-t-il|quel est le problème)"
        " (avec|sur) {of}[le serveur] {servers}",
        "[est-ce que] {of}[le serveur] {servers} (va bien|fonctionne [bien]|marche [bien]|est OK)",
        "{of}[le serveur] {servers} (va-t-il bien|fonctionne-t-il)",
        "[est-ce que] tout (va bien|fonctionne [bien]|marche [bien]|est OK|est en ordre)"
        " (avec|sur) {of}[le serveur] {servers}",
        "(y a-t-il|est-ce qu'il y a|il y a) (un problème|des problèmes)"
        " (avec|sur) {of}[le serveur] {servers}",
        "comment va {of}[le serveur] {servers}",
    ],
    # it
    "[il] [servizio] {services} (su|di|del server|sul server)": [
        "(cosa|che cosa) (non va con|non va su|succede a) {of}[il server] {servers}",
        "(sta bene|funziona|è OK|è a posto) {of}[il server] {servers}",
        "{of}[il server] {servers} (sta bene|funziona [bene]|è OK|è a posto)",
        "(va tutto bene|funziona tutto|è tutto (OK|a posto|in ordine)) (con|su|sul)"
        " {of}[il] [server] {servers}",
        "(ci sono|c'è) [dei|qualche|un] (problemi|problema) (con|su|sul) {of}[il] [server] {servers}",
        "qual è il problema (con|di|su) {of}[il server] {servers}",
        "come sta {of}[il server] {servers}",
    ],
    # nl
    "[de] [dienst|service] {services} (op|van)": [
        "wat is er (mis|aan de hand) (met|op) {of}[de server] {servers}",
        "(is|werkt|draait) {of}[de server] {servers} [nog] [OK|oké|goed|in orde]",
        "(is|gaat) alles [nog] (OK|oké|goed|in orde) (met|op|bij) {of}[de server] {servers}",
        "is er iets (mis|aan de hand) (met|op) {of}[de server] {servers}",
        "(is|zijn) er [nog] [een] (probleem|problemen) (met|op|bij) {of}[de server] {servers}",
        "hoe gaat het met {of}[de server] {servers}",
    ],
    # pl
    "[usługa|usługą] {services} na [serwerze]": [
        "co [jest] nie tak (z|ze|na) {of}[serwerem|serwerze] {servers}",
        "co się (dzieje|stało) (z|ze|na) {of}[serwerem|serwerze] {servers}",
        "czy {of}[serwer] {servers} (działa [prawidłowo|poprawnie|dobrze]|jest (OK|okej|sprawny))",
        "czy (z|ze|na) {of}[serwerem|serwerze] {servers} wszystko [jest] (OK|okej|w porządku)",
        "czy wszystko [jest] (OK|okej|w porządku) (z|ze|na) {of}[serwerem|serwerze] {servers}",
        "[czy] (są [jakieś] problemy|jest [jakiś] problem) (z|ze|na) {of}[serwerem|serwerze]"
        " {servers}",
        "jak (działa|się ma) {of}[serwer] {servers}",
    ],
    # pt, pt-BR
    "[o] [serviço] {services} (em|no|na|do|da|de)": [
        "o que (se passa|há [de errado]|tem de errado|está errado|aconteceu)"
        " com {of}[o] [servidor] {servers}",
        "qual [é] o problema (com|do|de) {of}[o] [servidor] {servers}",
        "{of}[o] [servidor] {servers} (está|continua) (bem|OK|em ordem|funcionando|a funcionar)",
        "(está|tá) tudo (bem|certo|OK|em ordem) (com|em|no) {of}[o] [servidor] {servers}",
        "(há|tem|existe|existem) [algum|alguns] (problema|problemas) (com|em|no)"
        " {of}[o] [servidor] {servers}",
        "como (está|vai) {of}[o] [servidor] {servers}",
    ],
    # sv
    "[tjänsten] {services} (på|hos)": [
        "vad är [det] [för] fel (på|med) {of}[servern] {servers}",
        "(är|mår|fungerar|funkar) {of}[servern] {servers} [fortfarande] [OK|okej|bra|i ordning]",
        "är allt [fortfarande] (OK|okej|bra|i ordning) (med|på) {of}[servern] {servers}",
        "är det något fel (på|med) {of}[servern] {servers}",
        "(finns|är) det [några|något] problem (med|på) {of}[servern] {servers}",
        "hur (mår|är det med) {of}[servern] {servers}",
    ],
}
