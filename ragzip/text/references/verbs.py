"""Italian, Spanish, Portuguese, Polish and Russian sentences that begin with a verb: their subject is that of the
sentence before.
"""

from __future__ import annotations

import re
from typing import Literal

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["SUBJECTLESS", "begins_with_verb", "is_impersonal"]

_VERBS = {  # of the third person, that are no nouns, and hardly imperatives, at the beginning of a sentence
    "it": r"""
        ha hanno aveva avevano ebbe ebbero era erano fu furono sarà saranno sarebbe viene vengono venne vennero va vanno
        faceva fece fecero dà danno può possono poteva potrà deve devono doveva dovrà vuole vogliono sa sanno
        riceve ricevono offre offrono apre aprono chiude chiudono iniziano cominciano finisce dura costano arrivano
        lavorano vive vivono abita abitano nacque nacquero morì morirono scrisse scrissero studiò divenne divennero
        diventa diventano insegnano parlano risponde rispondono comprende comprendono contiene contengono include
        includono prevede prevedono pesa pesano misurano vale valgono richiede richiedono permette permettono consente
        consentono funziona funzionano dispone dispongono appartiene appartengono rimane rimangono resta restano tornano
        prende prendono sostituisce sostituiscono ospitano gestisce dirige vende vendono serve\s(?:a|per|da)\b
        (?:inizia|comincia|termina|arriva|torna|lavora|insegna|parla)\s(?:alle|il|la\ssera|a|al|in|nel|nella|ogni|da|dal)\b
        parte\s(?:da|dal|alle|ogni)\b costa\s(?:\d|circa|solo|meno|più|tra|il)
        si\s(?:trova|trovano|tiene|svolge|chiama|compone|occupa|occupano|può\sraggiungere)
    """,
    "es": r"""
        es era eran será serán tiene tienen tenía tenían tuvo tuvieron fue fueron está están estaba estaban estuvo
        (?:ha|han|había|habían)\s\w+(?:do|to|cho) puede pueden podía podrá debe deben debía deberá hizo va van vino
        viene vienen cuesta cuestan trabajan vive viven vivió nació nacieron murió murieron escribió estudió incluye
        incluyen contiene contienen duran empiezan comienzan terminan salen llegan atiende atienden permite permiten
        mide miden pesa pesan valen funciona funcionan pertenece pertenecen dispone disponen consta constan
        ofrece ofrecen cubre cubren dirige vende venden abren cierran
        (?:abre|cierra|recibe|trabaja|empieza|comienza|termina|sale|llega)\s(?:a|los|las|el|de|cada|todos|desde|hasta|en|\d)
        dura\s(?:\d|una?|dos|tres|cuatro|cinco|media|unas|unos|desde|hasta|de) sirve\s(?:para|de|a)
        se\s(?:encuentra|encuentran|halla|llama|compone|celebra|casó|convirtió|trasladó|dedica)
    """,
    "pt": r"""
        é são era eram foi foram será serão está estão estava estavam esteve tem têm tinha tinham teve tiveram pode
        podem podia poderá deve devem deverá vai vão veio vem vêm custa custam abrem fecham recebem trabalham vive vivem
        viveu nasceu nasceram morreu morreram escreveu estudou inclui incluem contém contêm duram começam terminam
        chegam atende atendem permite permitem mede medem pesa pesam vale valem funciona funcionam pertence pertencem
        dispõe dispõem oferece oferecem cobre cobrem dirige vende vendem
        (?:abre|fecha|recebe|trabalha|começa|termina|sai|chega)\s(?:às|aos?|de|das|do|da|em|na|no|todos|todas|\d)
        dura\s(?:\d|uma?|dois|duas|três|cerca) serve\s(?:para|de) fica\s(?:em|no|na|a|aberto|aberta|perto)
        (?:situa|encontra|chama|casou|tornou|mudou|dedica|compõe)-se
    """,
    "pl": r"""
        obejmuje obejmują dotyczy dotyczą wynosi wynoszą zawiera zawierają kosztuje kosztują waży mierzy liczy posiada
        posiadają wygasa wygasają uprawnia uprawniają trwa\s(?:\d|zwykle|około|do|od|przez) urodził(?:a)?\ssię zmarł
        zmarła ukończył ukończyła napisał napisała studiował studiowała otrzymał otrzymała
    """,
    "ru": r"""
        распространяется распространяются составляет составляют включает включают содержит содержат весит длится длятся
        действует\s(?:\d|до|с|в|на|при|только) стоит\s\d родился родилась умер умерла окончил окончила написал
        написала учился училась получил получила
    """,
}
_ENDINGS = {  # that no noun has
    "it": r"(?!strisce|bisce)[^\W\d_]{2,}(?:isce|iscono|arono|erono|irono|ranno|rebbe|rebbero|avano|evano|ivano)"
    r"|(?!però|perciò|acciò|comò|oblò)[^\W\d_]{3,}(?:ò|rà)",
    "es": r"[^\W\d_]{3,}(?:aron|ieron|aban)|(?!rococó|paletó)[^\W\d_]{3,}ó|[^\W\d_]{2,}[aei]rá",
    "pt": r"[^\W\d_]{3,}(?:aram|eram|iram|avam|ou|iu)|[^\W\d_]{2,}[aei]rá",
}
_NO_VERBS = (  # names, and words that begin a sentence with its subject after the verb, or without one
    r"(?!(?:Aaron|Sharon|Tiranno|Lou|Moscou|Niccolò|Nicolò|Salò|Calò)\b)"
    r"(?!(?i:(?:no\s|non\s|não\s)?(?:habrá|haverá|caberá|bastará|basterà|convendrá|ci sarà|es decir|ou seja|é que"
    r"|(?:es|era|fue|será|é|foi|sarà|fu|está|estão|están|ha sido)\s(?:muy\s|muito\s|molto\s|più\s)?(?:prob|posib|possí"
    r"|possib|impos|necesari|necessári|necessari|importante|obligatori|obrigatóri|obbligatori|preciso|recomend|aconsej"
    r"|convenient|mejor|melhor|meglio|ciert|cert|verdad|vero|evident|rar[oa]|hora|sufic|fácil|difíc|facile|difficile|normal|obvi"
    r"|hasta|entonces|durante|prohibid|proibid|permitid|vietat|permess|quando|cuando|allora|obligad))))"
)
_CLITICS = {"it": "lo|la|li|le|gli|ne|vi|ci", "es": "lo|la|los|las|le|les", "pt": "o|a|os|as|lhe|lhes"}
_BEHIND_CLITIC = {  # verbs that cannot be nouns: "Lo sostituisce la dottoressa Colombo."
    "it": r"(?!strisce|bisce)[^\W\d_]{2,}(?:isce|iscono|arono|erono|irono|avano|evano)|ha|hanno|aveva|riceve|dirige"
    r"|offre|vende|vendono|ospita|accompagna|assiste|aiuta|segue",
    "es": r"[^\W\d_]{3,}(?:aron|ieron)|sustituye|dirige|ofrece|vende|acompaña|fundó|compró|construyó|siguió|sucedió|dio"
    r"|corresponde|atiende|lleva",
    "pt": r"substitui|substituiu|dirige|acompanha|corresponde|sucedeu",
}


SUBJECTLESS = pattern_of(  # "No cubre incendios.", with what it is about before it
    r"no\s(?:se|lo|la|le|los|las|es|son|está|están|debe|deben|puede|pueden|cubre|incluye|tiene|requiere|contiene)\b"
    r"|(?:non\s(?:si|è|sono|può|possono|deve|devono|vale|ha|hanno)|può|possono|deve|devono|è|contiene)\s"
    r"|não\s(?:se|é|são|pode|podem|deve|devem|cobre|inclui|tem|haverá)\b",
    re.IGNORECASE,
)
_IMPERSONAL = pattern_of(
    r"(?:hay|se (?:debe|recomienda|ruega)|es (?:necesario|obligatorio|preciso)|conviene|bisogna|occorre|è (?:necessario"
    r"|obbligatorio)|si (?:deve|prega|consiglia)|é (?:necessário|preciso|obrigatório)|deve-se|recomenda-se|há)\b",
    re.IGNORECASE,
)


def _pattern_of(language: str) -> re.Pattern[str]:
    verbs = rf"(?:{'|'.join(_VERBS[language].split())})(?![\w'’-])"
    clitic = "(?!)"
    if language in _CLITICS:
        verbs += rf"|(?:{_ENDINGS[language]})(?![\w-])"
        clitic = rf"(?:{_CLITICS[language]})\s(?:{_BEHIND_CLITIC[language]})(?!\w)"
    return pattern_of(
        rf"\A{_NO_VERBS}(?i:(?P<clitic>{clitic})|(?:(?:non|no|não|nie|не|anche|también|também)\s)?(?:{verbs}))"
    )


_PATTERNS = {language: _pattern_of(language) for language in _VERBS}


def begins_with_verb(text: str, language: str | None) -> Literal["verb", "clitic"] | None:
    """The kind of words with which ``text``, a sentence of ``language`` (its ISO 639-1 code), begins: a finite verb of
    the third person, or a pronoun that is its object and such a verb; None: anything else.
    """
    pattern = _PATTERNS.get(language or "")
    match = None if pattern is None else pattern.match(text)
    if match is None:
        return None
    return "verb" if match.group("clitic") is None else "clitic"


def is_impersonal(text: str) -> bool:
    """Whether a sentence has no subject that a verb after it could belong to: "Hay que avisar en 24 horas."."""
    return _IMPERSONAL.match(text) is not None
