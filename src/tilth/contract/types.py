"""The types that contracts speak of, and which of them a column has.

A contract says `int`, not `Int32`: how many bits a file gave a column is seldom a promise. Who
means the bits writes them: `int32`.
"""

from __future__ import annotations

import re
from typing import Any

WORDS = (
    "int", "float", "number", "text", "boolean", "date", "datetime", "time", "duration",
    "category", "decimal", "binary", "list", "struct",
)  # fmt: skip
"""The types in words."""

EXACT = (
    "int8", "int16", "int32", "int64", "int128", "uint8", "uint16", "uint32", "uint64", "uint128",
    "float16", "float32", "float64",
)  # fmt: skip
"""Types to the bit."""

EXPECTED = (
    "a type: " + ", ".join(f"`{each}`" for each in WORDS) + ", `datetime[UTC]` with its time "
    "zone (`datetime[*]` for any), or to the bit: `int32`, `float64`"
)

_ZONE = re.compile(r"datetime\[([^\[\]]+)\]\Z")
_NUMBERS = frozenset({"int", "float", "decimal"})
_KINDS = {
    "String": "text", "Boolean": "boolean", "Date": "date", "Datetime": "datetime",
    "Time": "time", "Duration": "duration", "Categorical": "category", "Enum": "category",
    "Decimal": "decimal", "Binary": "binary", "List": "list", "Array": "list",
    "Struct": "struct", "Null": "null", "Object": "object",
}  # fmt: skip


def is_type(word: str) -> bool:
    """Whether a contract may say this."""
    return word in WORDS or word in EXACT or _ZONE.match(word) is not None


def kind_of(dtype: Any) -> str:
    """The word for a Polars type: `int` for `Int32`; `null` where there is nothing but nulls."""
    name = str(dtype).partition("(")[0]
    if name.startswith(("Int", "UInt")):
        return "int"
    return "float" if name.startswith("Float") else _KINDS.get(name, name.lower())


def word_of(dtype: Any) -> str:
    """The type as a contract would write it."""
    zone = getattr(dtype, "time_zone", None)
    return f"datetime[{zone}]" if zone else kind_of(dtype)


def is_of(dtype: Any, word: str) -> bool:
    """Whether a column has the type that a contract asks for.

    A column of nothing but nulls has no type yet, and contradicts none.
    """
    kind = kind_of(dtype)
    if kind in ("null", word):
        return kind == "null" or getattr(dtype, "time_zone", None) is None
    if word == "number":
        return kind in _NUMBERS
    if word == "text":
        return kind == "category"
    if word in EXACT:
        return str(dtype).lower() == word
    zone = _ZONE.match(word)
    if zone is None or kind != "datetime":
        return False
    return getattr(dtype, "time_zone", None) is not None and (
        zone[1] == "*" or dtype.time_zone == zone[1]
    )


def shown(dtype: Any) -> str:
    """A type with what matters of it, for messages."""
    word = word_of(dtype)
    exact = str(dtype)
    return f"{word} ({exact})" if word not in ("text", "boolean", "date") else word
