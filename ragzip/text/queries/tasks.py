"""Queries that ask for something to be done with a whole text: "Translate it into Polish", "Write a tweet about this".

They name no subject that a part of the text could answer. Each language has its words; a sentence is such a task where
it has a verb of one language and no words but those of that language, save for what follows "into", "as" and the like.
An order begins with its verb and points to the text ("the", "this", "it") or says "please"; keywords do neither: "list
of names", "create table", "change language".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters import sentences

__all__ = ["task_of"]

_WORD = pattern_of(r"(?:[^\W_]|[\u0900-\u0963])+")  # the signs of Hindi vowels are no \w
_MAX_CHARACTERS, _MAX_WORDS = 400, 16  # of a query, and of a sentence of it
_QUESTION_MARKS = "?？؟"
_MAX_FREE_WORDS, _MAX_BETWEEN = 4, 3  # any words after "into" and the like: "as a funny sea shanty"
_OPENING = re.compile(  # words before the verb of an order
    r"(?:please|kindly|can|could|would|you|i|d|want|need|like|to|help|me|us|now|then|also|just|bitte|kannst|könntest"
    r"|können|könnten|du|sie|s|il|te|vous|plaît|plait|peux|pouvez|pourriez|tu|por|favor|puedes|podrías|puede|per"
    r"|favore|puoi|potresti|pode|podes|poderia|alsjeblieft|alstublieft|kun|kunt|je|u)"
)
_SHIFTING = frozenset(["change", "turn", "adapt"])  # "change the language" is done to something else
_OF = frozenset(["of", "von", "vom", "der", "de", "des", "du", "del", "di", "dei", "do", "van"])  # after a noun
_BEFORE_A_TARGET = pattern_of(  # "Translate to French", "Simplify for children"
    r"transl|rewr|rewo|rephr|paraphr|simplif|übersetz|tradu|vert[aä]?al"
)
_TARGETS = frozenset(["into", "to", "as"])
_CHECKING = frozenset(["check", "correct", "fix", "improve"])
_GRAMMAR = frozenset(["grammar", "spelling", "punctuation", "typos", "and"])


class _Words(NamedTuple):
    """Words of tasks in one language: verbs of changing a text, of making something of it, and of summing it up;
    objects and what stands around them; and what leads to a language, a form or a reader.
    """

    changing: frozenset[str]
    making: frozenset[str]
    gist: frozenset[str]
    other_words: frozenset[str]
    leading: frozenset[str]
    pointing: frozenset[str]  # articles and pronouns, and what is said in orders alone; none: all are orders
    is_verb_last: bool


def _words(
    changing: str,
    making: str,
    gist: str,
    other_words: str,
    leading: str,
    pointing: str = "",
    *,
    is_verb_last: bool = False,
) -> _Words:
    leads = frozenset(leading.split())
    return _Words(
        frozenset(changing.split()),
        frozenset(making.split()),
        frozenset(gist.split()),
        leads.union(other_words.split()),
        leads,
        frozenset(pointing.split()),
        is_verb_last,
    )


_ENGLISH = """
    me us it this that these those the a an all any every each of and or from for on with based given above below
    following whole entire full my our your please kindly can could would you i want need like main key most important
    text texts document documents passage passages article articles paragraph paragraphs sentence sentences content
    contents context page pages email emails letter message report contract essay story transcript excerpt words lines
    input material in everything mentioned help d"""
_VOCABULARIES = (
    _words(
        """translate rewrite reword rephrase paraphrase convert transform transliterate reformat format turn put
        simplify shorten proofread correct edit polish improve copyedit spellcheck restructure change adapt
        localize localise anonymize anonymise render""",
        "make write draft compose create generate produce prepare check count fix classify assess rate",
        "summarize summarise condense recap",
        f"""{_ENGLISH} about new one two three few some short brief concise long longer shorter simpler clearer better
        more sound formal informal simple plain professional readable e mail mails notes grammar spelling punctuation
        typos mistakes style tone wording language sentiment table list bullet bullets points poem tweet post posts
        linkedin blog facebook instagram headline title caption newsletter speech summary memo json csv markdown slides
        presentation quiz flashcards song haiku dialogue script outline reply response press release author sender
        reader names people dates numbers figures amounts rules to""",
        "into to as in for like",
        """the a an it this that these those all any every each my our your following given above below whole entire
        please kindly""",
    ),
    _words(
        "",
        "extract list find give show read collect count determine identify name",
        "",
        f"""{_ENGLISH} names people persons places locations organizations organisations dates numbers figures amounts
        entities takeaways keywords quotes rules sentiment tone language years months percentages countries cities
        companies currencies measurements acronyms abbreviations that are is appear occur contained named""",
        "",
        """the a an it this that these those all any every each my our your following given above below whole entire
        please kindly""",
    ),
    _words(
        """übersetze übersetzen übersetz übersetzt korrigiere korrigieren verbessere verbessern überarbeite
        überarbeiten formuliere formulieren umformulieren umschreiben vereinfache vereinfachen kürze kürzen
        wandle wandeln umwandeln verwandle verwandeln konvertiere konvertieren formatiere formatieren
        lektoriere""",
        """schreibe schreib schreiben prüfe prüfen überprüfe mach mache machen erstelle erstellen zähle zählen
        extrahiere extrahieren liste nenne verfasse verfassen""",
        "fasse fass fassen zusammenfassen resümiere",
        """den die das der dem des diesen dieses diese diesem dieser text texte texts dokument dokuments artikel absatz
        abschnitt inhalt satz sätze brief es ihn sie folgenden folgende folgendes obigen ganzen gesamten
        alle aller allen mir uns mich bitte kannst könntest können könnten du um zusammen eine einen einem
        einer ein und von vom aus daraus davon darüber auf grammatik rechtschreibung fehler stil
        zeichensetzung zusammenfassung stichpunkte stichpunkten tabelle liste gedicht e mail tweet namen
        personen orte daten zahlen beträge jahre jahreszahlen prozentzahlen länder städte firmen erwähnten
        genannten wörter kurze kurz kurzen
        höflicher einfacher formeller kürzer länger verständlicher besser zwei drei fünf sätzen""",
        "ins in nach auf als zu zum zur für",
        """den die das dem dieses diesen diese diesem dieser es ihn sie folgenden folgende folgendes ins alle allen
        ganzen gesamten eine einen ein einem bitte""",
        is_verb_last=True,
    ),
    _words(
        """traduis traduire traduisez traduit corrige corriger corrigez réécris réécrire réécrivez reformule reformuler
        reformulez simplifie simplifier simplifiez raccourcis raccourcir convertis convertir transforme
        transformer transformez mets mettez améliore améliorer""",
        """rédige rédiger rédigez écris écrire écrivez fais faites extrais extraire extrayez vérifie vérifier vérifiez
        compte compter liste""",
        "résume résumer résumez synthétise",
        """le la les l ce cet cette ces texte textes document article passage paragraphe contenu suivant suivante ci
        dessous dessus s il te vous plaît plait peux pouvez pourriez tu moi nous me m de du des d un une et
        tout tous toutes grammaire orthographe fautes erreurs style ponctuation résumé tableau liste poème
        puces noms personnes lieux dates chiffres montants années pourcentages pays villes
        mentionnés mentionnées cités citées mots court courte""",
        "en au aux à dans sous pour vers comme",
        "le la les l ce cet cette ces tout tous toutes un une plaît plait",
    ),
    _words(
        """traduce traducir traduzca traduzcan traduzcas corrige corregir corrija reescribe reescribir reescriba
        reformula reformular simplifica simplificar acorta acortar convierte convertir convierta transforma
        transformar pon mejora mejorar""",
        "haz hacer escribe escribir redacta redactar extrae extraer revisa revisar cuenta contar enumera",
        "resume resumir resuma sintetiza",
        """el la los las lo este esta estos esto texto textos documento artículo pasaje párrafo contenido siguiente por
        favor puedes podrías puede me de del un una y todo todos todas gramática ortografía errores estilo
        puntuación resumen tabla lista poema puntos nombres personas lugares fechas números importes años
        porcentajes países ciudades mencionados mencionadas palabras breve corto""",
        "al a en como para",
        "el la los las lo este esta esto estos un una todo todos todas favor",
    ),
    _words(
        """traduci tradurre traduca traducete correggi correggere riscrivi riscrivere riformula riformulare semplifica
        semplificare accorcia converti convertire trasforma trasformare metti migliora migliorare""",
        "scrivi scrivere fai estrai estrarre controlla controllare conta elenca",
        "riassumi riassumere sintetizza",
        """il lo la i gli le l questo questa quest testo testi documento articolo brano paragrafo contenuto seguente
        per favore puoi potresti mi di del della dello un una e tutto tutti tutte grammatica ortografia
        errori stile punteggiatura riassunto tabella elenco poesia punti nomi persone luoghi date numeri
        anni percentuali paesi città menzionati menzionate citati importi parole breve""",
        "in al a come per",
        "il lo la i gli le l questo questa quest un una tutto tutti tutte favore",
    ),
    _words(
        """traduza traduzir traduz corrija corrigir reescreva reescrever reformule simplifique simplificar encurte
        converta converter transforme transformar coloque melhore melhorar""",
        "escreva escrever faça extraia extrair verifique conte liste",
        "resuma resumir sintetize",
        """o a os as este esta esse essa texto textos documento artigo trecho parágrafo conteúdo seguinte por favor
        pode podes poderia me de do da um uma e todo todos todas gramática ortografia erros estilo pontuação
        resumo tabela lista poema pontos nomes pessoas lugares datas números anos percentagens
        países cidades mencionados mencionadas valores palavras breve""",
        "para em ao no na como",
        "o a os as este esta esse essa um uma todo todos todas favor",
    ),
    _words(
        """vertaal vertalen corrigeer corrigeren verbeter verbeteren herschrijf herschrijven herformuleer vereenvoudig
        vereenvoudigen verkort zet""",
        "maak schrijf schrijven controleer tel haal noem",
        "vat samenvatten",
        """de het deze dit die tekst teksten document artikel alinea inhoud volgende alsjeblieft alstublieft kun kunt
        je u me mij om samen een en alle hele grammatica spelling fouten stijl samenvatting tabel lijst
        gedicht namen personen plaatsen datums getallen jaren jaartallen percentages
        landen steden genoemde bedragen woorden uit eruit van korte te""",
        "naar in als tot voor",
        "de het deze dit die een alle hele alsjeblieft alstublieft",
        is_verb_last=True,
    ),
    _words(
        """przetłumacz przetłumaczyć popraw poprawić przepisz przeredaguj uprość skróć zamień przekształć""",
        "napisz sprawdź policz wypisz zrób",
        "streść podsumuj",
        """ten tę to tego tej tekst tekstu dokument artykuł akapit treść następujący poniższy powyższy proszę możesz mi
        go z i cały wszystkie gramatykę błędy styl pisownię streszczenie tabelę listę wiersz imiona nazwiska
        daty liczby kwoty słowa osoby""",
        "na w jako do po",
    ),
    _words(
        """переведи переведите перевести исправь исправьте перепиши перепишите переформулируй упрости сократи
        преобразуй преврати""",
        "напиши напишите сделай проверь проверьте посчитай выпиши извлеки",
        "резюмируй обобщи перескажи суммируй",
        """этот эту это текст текста документ статью абзац содержание следующий пожалуйста можешь можете мне его из и
        весь все всех грамматику ошибки стиль орфографию таблицу список стихотворение резюме имена даты
        числа суммы слова людей""",
        "на в как по",
    ),
    _words(
        "ترجم ترجمي صحح حول حوّل اختصر",
        "اكتب استخرج",
        "لخص لخّص",
        "النص هذا هذه المقال الوثيقة الفقرة المستند التالي التالية من فضلك لي القواعد الأخطاء الأسماء جميع كل",
        "إلى الى في",
    ),
    _words(
        "अनुवाद", "लिखो लिखें", "सारांश", "इस पाठ का की को लेख दस्तावेज़ कृपया करें करो कीजिए दें दो हिंदी हिन्दी अंग्रेज़ी अंग्रेजी", "में"
    ),
)
_CHINESE_TEXT = (
    r"(?:这|這|该|以下|上述|下面|上面|全)?(?:段|篇|个|個|份)?"
    r"(?:文字|文本|文章|内容|內容|原文|全文|材料|文档|话|句子)?(?:的内容)?"
)
_CHINESE_START = (  # "文章校对" is a noun
    rf"(?:(?:请|請|帮我|麻烦){{1,2}}(?:把|将|將)?{_CHINESE_TEXT}|(?:把|将|將){_CHINESE_TEXT}"
    rf"|(?=[^成为為到至一]{{1,12}}+(?:[成为為到至]|一下)|(?:这|這|该|以下|上述|下面|上面|全)){_CHINESE_TEXT}"
    r"|(?=(?:\w{2})(?:全|这|這|该|以下|上述|下面|上面|文章|内容|內容|原文|文字|文本)))"
)
_JAPANESE_START = (
    r"(?:この|次の|以下の|上の)?(?:テキスト|文章|文|記事|文書|内容|英文|段落)(?:を|の(?=\w{1,12}お願い))"
    r"(?:\w{1,8}?[にへで])?"
)
_JAPANESE_END = r"(?:する)?(?:(?:[しえ]?て|って|せよ|しろ|しなさい|を?お願い)\w{0,8}+)?[。！]?"
_KOREAN_START = r"(?:(?:이|다음|위|아래)\s?)?(?:텍스트|글|문서|문장|기사|내용)\w?\s(?:\w{1,8}(?:로|에)\s)?"
_KOREAN_END = r"(?:[해하]|(?<=바꿔)(?=\s?[주줘]))\w{0,4}+(?:\s\w{1,4}+){0,2}[.!]?"
_CHANGED_WITHOUT_SPACES = pattern_of(
    rf"{_CHINESE_START}(?:翻译|翻譯|译|改写|改寫|润色|转换|整理|校对)(?:一下)?{_CHINESE_TEXT}"
    r"(?:[成为為到至]\w{1,8}+)?[。！.!]?"
    rf"|{_JAPANESE_START}(?:翻訳|訳し?|書き換え|(?:書き)?直し|修正|校正|変換|添削){_JAPANESE_END}"
    rf"|{_KOREAN_START}(?:번역|수정|교정|변환|바꿔){_KOREAN_END}"
)
_SUMMED_WITHOUT_SPACES = pattern_of(
    rf"{_CHINESE_START}(?:总结|總結|概括|归纳|歸納|摘要)(?:一下)?{_CHINESE_TEXT}[。！.!]?"
    rf"|{_JAPANESE_START}(?:要約|まとめ){_JAPANESE_END}"
    rf"|{_KOREAN_START}(?:요약|정리){_KOREAN_END}"
)
_WHOLE_QUESTION = pattern_of(  # "What are the pros and cons?", "Who, what, when, where?"
    r"(?:what (?:are|were) |list |name )?(?:all |the |its ){0,2}(?:main |key )?"
    r"(?:pros and cons|advantages and disadvantages|(?:key )?take-?aways?|strengths and weaknesses)"
    r"|(?:(?:who|what|when|where|why|how)\b[\s,]{0,3}(?:and )?){3,6}"
    r"|(?:which|what) (?:years|dates|times|names|numbers|figures|amounts|percentages|people|persons|places|countries"
    r"|cities|companies|organi[sz]ations) (?:are|is) (?:mentioned|named|given|listed)"
    r"(?: (?:in|by) (?:the|this|these) (?:text|document|passage|article|context|source)s?)?"
    r"|welche (?:jahre|jahreszahlen|daten|namen|zahlen|personen|orte|länder|städte|firmen) werden (?:erwähnt|genannt)"
    r"|quell?e?s (?:années|dates|noms|chiffres|personnes|lieux|pays|villes) sont (?:mentionn|cit)ée?s"
    r"|qué (?:años|fechas|nombres|números|personas|lugares|países|ciudades) se (?:mencionan|nombran|citan)"
)


def task_of(query: str) -> Literal["all", "gist"] | None:
    """The part of a text for a query that asks for something to be done with it, and says nothing of its content:
    all of it, as a translation does, or its gist; None of other queries.
    """
    query = query.strip()
    if len(query) > _MAX_CHARACTERS:
        return None
    if _WHOLE_QUESTION.fullmatch(query.strip("?.! ¿").lower()) or _CHANGED_WITHOUT_SPACES.fullmatch(query):
        return "all"
    if _SUMMED_WITHOUT_SPACES.fullmatch(query):
        return "gist"
    parts = [_WORD.findall(query[start:end].lower()) for start, end in sentences(query)]
    tasks = [next(filter(None, (_task_of_sentence(part, words) for words in _VOCABULARIES)), None) for part in parts]
    is_question = any(mark in query for mark in _QUESTION_MARKS)
    if "all" in tasks and (all(tasks) or not is_question):  # "Translate this. Keep it short."
        return "all"
    return "gist" if tasks and all(tasks) else None


def _task_of_sentence(sentence: Sequence[str], words: _Words) -> Literal["all", "gist"] | None:
    if not 2 <= len(sentence) <= _MAX_WORDS:
        return None
    known = words.changing | words.making | words.gist | words.other_words
    free_places = [place for place, word in enumerate(sentence) if word not in known]
    is_changing = not words.changing.isdisjoint(sentence)
    if free_places:
        before = sentence[max(0, free_places[0] - _MAX_BETWEEN) : free_places[0]]
        is_led = not words.leading.isdisjoint(before)  # with an article or an adjective between
        if not is_changing or not is_led or len(free_places) > _MAX_FREE_WORDS:
            return None
    if words.pointing and not _is_order(sentence, words):
        return None
    if is_changing or not words.making.isdisjoint(sentence):
        return "all"
    return None if words.gist.isdisjoint(sentence) else "gist"


def _is_order(sentence: Sequence[str], words: _Words) -> bool:
    """Whether a sentence tells someone to do something with a text at hand: no keywords, no "list of names"."""
    verbs = words.changing | words.making | words.gist
    words_of_order = (number for number, word in enumerate(sentence) if not _OPENING.fullmatch(word) or word in verbs)
    place = next(words_of_order, None)
    if place is None:  # "Could you please?"
        return False
    verb = sentence[place]
    is_pointing = not words.pointing.isdisjoint(sentence)
    if verb not in verbs:  # "den Text ins Deutsche übersetzen", "Kunt u dit vertalen naar het Engels?"
        return words.is_verb_last and is_pointing and (sentence[-1] in verbs or place > 0)
    behind = sentence[place + 1 :]
    if not behind or behind[0] in _OF - words.pointing:
        return False
    if verb in words.gist:
        return True
    if verb in _SHIFTING:
        return is_pointing and not _TARGETS.isdisjoint(behind)
    is_led = behind[0] in words.leading and (
        _BEFORE_A_TARGET.match(verb) is not None or (behind[0] in _TARGETS and words.other_words.issuperset(behind))
    )
    return is_pointing or is_led or verb == "extract" or (verb in _CHECKING and _GRAMMAR.issuperset(behind))
