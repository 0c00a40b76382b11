"""Verbs that say the contrary without their last part: "lehnt die Haftung ab", "wees het verzoek af"."""

from __future__ import annotations

__all__ = ["PARTED_VERBS"]


def _parted(verbs: str, last_part: str) -> str:
    """The pattern of ``verbs`` whose last part ends the clause, with what is between, and a blank."""
    return rf"(?:{verbs})(?:\s[^\s.!?;:,]{{1,40}}){{1,10}}?\s{last_part}(?=\s?(?:[.,;:!?)]|(?:und|oder|en|of)\b|\Z)) "


PARTED_VERBS = (
    _parted(
        r"rät|riet(?:en)?|raten|lehn(?:t|en|te|ten)|sag(?:t|en|te|ten)|schl[äa]gt|schl[au]g(?:en)?|br[aei]ch(?:t|en)?|weist"
        r"|w[ie]{2}s(?:en)?|weisen|streite[tn]|stritt(?:en)?|sieht|sah(?:en)?|sehen|hält|h[ai]e?lt(?:en)?",
        "ab",
    )
    + _parted(
        r"schließ(?:t|en)|schloss(?:en)?|f[äa]ll(?:t|en)|fiel(?:en)?|bleib(?:t|en)|blieb(?:en)?|setz(?:t|en|te|ten)"
        r"|scheide[tn]|schied(?:en)?|steh(?:t|en)|stand(?:en)?",
        "aus",
    )
    + _parted(
        r"wijst|wijzen|wees|wezen|raadt|raden|raadde|ried|zegt|zegde|zeggen|keur(?:t|de|en)|lastte?|ziet|zien|zag(?:en)?",
        "af",
    )
)
