"""Words for the numbers from one to twelve, by language, and for ranks from first to tenth."""

from __future__ import annotations

__all__ = ["NUMBER_OF_WORD", "RANK_OF_WORD", "number_words"]

_WORDS = {  # a bar parts words for the same number
    "en": "one two three four five six seven eight nine ten eleven twelve",
    "de": "einem|einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "un dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "it": "un due tre quattro cinque sei sette otto nove dieci undici dodici",
    "pt": "um dois|duas três quatro cinco seis sete oito nove dez onze doze",
    "nl": "een twee drie vier vijf zes zeven acht negen tien elf twaalf",
}
NUMBER_OF_WORD = {
    language: {word: number for number, forms in enumerate(words.split(), 1) for word in forms.split("|")}
    for language, words in _WORDS.items()
}

RANK_OF_WORD = {
    word: rank
    for rank, words in enumerate(
        (
            "first 1st erster erste ersten premier première primer primero primera primo prima",
            "second 2nd zweiter zweite zweiten deuxième segundo segunda secondo seconda",
            "third 3rd dritter dritte dritten troisième tercero tercera tercer terzo terza",
            "fourth 4th vierter vierte vierten quatrième cuarto cuarta quarto quarta",
            "fifth 5th fünfter fünfte fünften cinquième quinto quinta",
            "sixth 6th",
            "seventh 7th",
            "eighth 8th",
            "ninth 9th",
            "tenth 10th",
        ),
        1,
    )
    for word in words.split()
}


def number_words(least: int, greatest: int) -> str:
    """The words of all languages for the numbers from ``least`` to ``greatest``, as alternatives of a pattern."""
    numbers = (item for words in NUMBER_OF_WORD.values() for item in words.items())
    return "|".join(dict.fromkeys(word for word, number in numbers if least <= number <= greatest))
