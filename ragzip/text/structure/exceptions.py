"""Items of a list that take back something of the one above them."""

from __future__ import annotations

import re

__all__ = ["EXCEPTION"]

EXCEPTION = re.compile(  # the beginning of an item
    r"(?:[-*+•–][ \t]{1,4}|\d{1,3}[.)][ \t]{1,4})?[(*_]{0,3}"
    r"(?:except|but not|unless|excluding|other than|apart from|with the exception|only if|only when|not for|not on"
    r"|not in|außer|ausser|aber nicht|es sei denn|ausgenommen|nur wenn|nicht für|sauf|excepté|hormis|mais pas"
    r"|à moins|excepto|salvo|pero no|a menos|tranne|eccetto|ma non|exceto|mas não|behalve|maar niet|tenzij)\b",
    re.IGNORECASE,
)
