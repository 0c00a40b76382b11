"""Wordings, by language, of sentences that state for whom or what the rule before them does not hold."""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["DUE", "IS_EXEMPT", "NOT_APPLIED", "THIS_NOT_APPLIED"]

_SUBJECT = r"[^.!?;:]{2,60}?\s"
THIS_NOT_APPLIED = pattern_of(  # at the beginning of a sentence: it says nothing without the rule
    r"(?:this|these|that|those|such an?)(?: [\w-]+){1,2} (?:do|does|did|shall) not (?:apply|cover|include|hold)\b"
    r"|diese[rs]? [\w-]+ (?:gilt|gelten|besteht|bestehen) (?:jedoch |aber |allerdings )?nicht\b"
    rf"|{_SUBJECT}(?:davon|hiervon) (?:befreit|ausgenommen)\b"
    r"|(?:cet|cette|ce|ces) [\w-]+ ne (?:s['’]appliqu\w+|val\w+) pas\b"
    rf"|{_SUBJECT}en (?:est|sont) (?:toutefois |cependant )?(?:exempt|dispens|exclu|exonér)\w+"
    r"|est[eao]s? [\w-]+ no se aplican?\b|quest[oaei] [\w-]+ non (?:si applican?o?|val(?:e|gono))\b"
    r"|ciò non (?:vale|si applica)\b"
    rf"|{_SUBJECT}ne (?:è|sono) (?:esclus|esentat|esonerat|dispensat|esent)\w\b"
    r"|est[eao]s? [\w-]+ não se aplicam?\b"
    rf"|deze [\w-]+ geld(?:t|en) niet\b|{_SUBJECT}(?:hiervan|daarvan) (?:vrijgesteld|uitgezonderd)\b"
    r"|\w+ t[aeo] nie (?:obowiązuje|dotyczy|ma zastosowania)\b|nie dotyczy\b"
    r"|(?:данн|эт|настоящ)\w+ [\w-]+ не (?:распространя|относ|каса|применя|действу)\w+"
    rf"|bu [\w-]+ [^.!?]{{0,60}}?(?:geçerli değil|uygulanmaz|kapsamaz)|{_SUBJECT}bundan muaf"
    r"|[^。！？]{1,60}?(?:除外|不在此限|不受此限|この限りで|[をは]除[くき])|(?:此|该|該|上述|前述)[^。！？]{1,16}?不[适適]用"
    r"|[^。！？]{0,60}?(?:この|その|上記の|前項の)[^。！？]{1,16}?適用(?:し|され)(?:ない|ません)"
    r"|[^.!?]{1,60}?(?:제외(?:됩|합|한|된)|예외)|(?:이|위|그) [^.!?]{1,24}?적용(?:되|하)지 않"
    r"|و?(?:يستثنى|يُستثنى|تستثنى|تُستثنى|باستثناء|ما عدا)\s|و?لا (?:ينطبق|يسري|تنطبق|تسري) (?:ذلك|هذا|هذه)\b"
    r"|यह [^।!?]{1,60}?लागू नहीं|[^।!?]{1,40}?इससे मुक्त",
    re.IGNORECASE,
)
NOT_APPLIED = pattern_of(  # anywhere in a sentence, which may also be read by itself
    r"\b(?=[dgnuн])(?:"  # what one of them begins with: the search is three times as fast
    r"do(?:es)? not apply\b|(?:gilt|gelten) nicht\b|ne s['’]appliqu\w+ pas\b|no se aplica(?:n|rán?)?\b"
    r"|non (?:si applican?o?|val(?:e|gono) per)\b|não se aplicam?\b|geld(?:t|en) niet\b"
    r"|nie (?:obowiązuje|dotyczy)\b|не (?:распространя|применя)\w+|uygulanmaz|geçerli değil)"
    r"|不[适適]用|適用(?:し|され)(?:ない|ません)|적용(?:되|하)지 않|لا (?:ينطبق|يسري|تنطبق|تسري)|लागू नहीं",
    re.IGNORECASE,
)
DUE = pattern_of(  # what is to be paid or done
    r"\d\s?(?:[€$£]|euros?\b|dollars?\b|pounds?\b)|[€$£]\s?\d|\b(?:must|due|fees?|pays?|paid|costs?|charged?|required"
    r"|needs?|has to|have to|muss|müssen|zahl\w{0,3}|kost\w{0,3}|gebühr\w{0,2}|fällig|pai(?:e|ent)|coûte\w{0,2}"
    r"|doi(?:t|vent)|debe[ns]?|paga[nr]?|cuestan?|deve|devono|costan?|devem|betaal\w?|betalen|moet(?:en)?)\b"
    r"|\b(?:плат|взнос|стоит|стоимост|обязан|руб\b)|\b(?:płac|kosztuje|opłat|składk|wstęp\b|zł\b|ponosi)"
    r"|\b(?:ücret|aidat|öde[rn]|TL\b)|\b(?:custam?\b|pagam?\b|multa|pénalité|amende|penali|franchigia)"
    r"|[费費元円원]|料金|手数料|缴|[须須]|회비|요금|냅니다|내야|رسوم|ريال|تدفع|تُدفع|शुल्क|रुपये",
    re.IGNORECASE,
)
IS_EXEMPT = pattern_of(  # for whom it is not
    r"\b(?=[befghimnqszèöüбно])(?:"  # what one of them begins with
    r"(?:haben|hat) freien (?:Eintritt|Zutritt)\b|(?:sind|ist) (?:\w{0,20}frei|kostenlos|gratis|befreit)\b"
    r"|entrent? (?:gratuitement|gratis)|(?:est|sont) (?:exempt|dispens|exonér)\w+|entran? (?:gratis|gratuit\w+)"
    r"|(?:están?|quedan?|est(?:á|ão)|fica[m]?) (?:exent|isent)\w+|entram? (?:grátis|de graça)|entran?o? grati\w+"
    r"|(?:è|sono) (?:esent|esentat|esonerat)\w\b|(?:is|zijn|zit|gaan) (?:gratis|vrijgesteld|vrij)\b"
    r"|освобожда\w+|бесплатн\w+|не платят\b|bezpłatn\w+|zwolnien\w+|nie płac\w+|za darmo\b"
    r"|ücretsiz|muaf|ödeme[zm])|免[费費收缴除交]|無料|不要です|무료|면제|يُعفى|يعفى|معفى|مجان|निःशुल्क|मुक्त",
    re.IGNORECASE,
)
