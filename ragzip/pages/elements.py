"""Names of elements, by what they are on a page."""

from __future__ import annotations

from ragzip.pages.parse import names

__all__ = [
    "CODE_ELEMENTS",
    "FORMULA_PARTS",
    "HIDDEN_ELEMENTS",
    "INLINE_ELEMENTS",
    "LEVEL_BY_NAME",
    "MAIN_ELEMENTS",
    "PARTED_ELEMENTS",
    "PREFORMATTED_ELEMENTS",
    "RAISED_ELEMENTS",
    "SECTIONS",
    "STRUCTURE_ELEMENTS",
    "VISIBLE_IN_HEAD",
    "WITHIN_LINES",
]

FORMULA_PARTS = names("mfrac mover mroot msqrt msub msubsup msup munder munderover")
_FORMULA_ELEMENTS = (
    names("annotation math menclose mi mn mo mpadded mphantom mrow ms mspace mstyle mtext semantics")
    | {"annotation-xml"}
    | FORMULA_PARTS
)
HIDDEN_ELEMENTS = names(
    "script noscript style template svg iframe canvas audio video object applet map datalist xmp noembed noframes"
)
VISIBLE_IN_HEAD = names("title")
STRUCTURE_ELEMENTS = names("title h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table caption tr th td pre blockquote code")
INLINE_ELEMENTS = (
    names(
        "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rb rp rt rtc ruby"
        " s samp script small span strike strong sub sup time tt u var wbr meter output progress"
    )
    | {"relative-time", "time-ago"}
    | _FORMULA_ELEMENTS
)
RAISED_ELEMENTS = names("rt sub sup") | _FORMULA_ELEMENTS
WITHIN_LINES = RAISED_ELEMENTS | {"a", "code"}  # of those that writers write
MAIN_ELEMENTS = names("main article")
SECTIONS = names("article aside dd details dialog fieldset footer li main nav section")  # which end their headings
CODE_ELEMENTS = names("code kbd pre samp tt var")
PREFORMATTED_ELEMENTS = names("pre textarea")
PARTED_ELEMENTS = names("a label span strong time")  # two of these beside each other hold two words
LEVEL_BY_NAME = {f"h{level}": level for level in range(1, 7)}
