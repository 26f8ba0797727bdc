"""What a bare word in a YAML file means.

The rules are those of YAML 1.2, with one exception, so that nothing is read as something
else than it looks like:

- `true` and `false` are truth values; `yes`, `no`, `on` and `off` are text.
- `2013-01-01` and `12:30` are text; the function that takes them says what they become.
- `007` is text, where YAML 1.2 would say 7 and YAML 1.1 would count in eights.
- What stands in quotes is always text, and so is every key.
"""

from __future__ import annotations

import math
import re

from tilth.config.item import Scalar

_WHOLE = r"[-+]?(?:0|[1-9][0-9]*)\Z"
_OTHER_BASE = r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z"
_FLOAT = r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"
_MOST_DIGITS = 300  # more is an accident, and Python refuses to convert 4,300

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_NUMBER_STARTS = frozenset("0123456789+-.")


def read_scalar(text: str) -> Scalar:
    """The value of a word that stands in no quotes.

    Raises:
        OverflowError: It is a number that is too large to be meant.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    return _number(text)


def _number(text: str) -> Scalar:
    if len(text) > _MOST_DIGITS and (re.match(_WHOLE, text) or re.match(_OTHER_BASE, text)):
        raise OverflowError(f"a number of {len(text)} digits")
    if re.match(_WHOLE, text):
        return int(text)
    if re.match(_OTHER_BASE, text):
        return int(text, 0)
    if not re.match(_FLOAT, text):
        return text
    number = float(text)
    if math.isinf(number):
        raise OverflowError("a number that is too large for 64 bits")
    return number
