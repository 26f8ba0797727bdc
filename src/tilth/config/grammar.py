"""The words in which the files of a project are described.

A description is data.
`check.py` holds a file against it, and `schema.py` makes of it what editors understand, so
that the two cannot say different things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, dataclass_transform

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _Description:
    """What a data class would be, without the millisecond that each of them costs at import.

    A dozen of them would be an eighth of the time in which a project is opened.
    """

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Complaint(NamedTuple):
    """What is wrong with a text, as the end of a sentence that begins with the text."""

    message: str
    hint: str | None = None


class Text(_Description):
    """Text that a judge finds nothing wrong with."""

    expected: str
    judge: Callable[[str], Complaint | None] | None = None
    pattern: str | None = None


class Whole(_Description):
    """A whole number from `least` on."""

    expected: str
    least: int = 0


class Number(_Description):
    """A number, with its ends: both belong to it, and None is no end."""

    expected: str
    least: float | None = None
    most: float | None = None


class Truth(_Description):
    """`true` or `false`."""

    expected: str = "`true` or `false`"


class Choice(_Description):
    """One of a closed list of words."""

    options: tuple[str, ...]

    @property
    def expected(self) -> str:
        """The words."""
        return "one of " + ", ".join(f"`{each}`" for each in self.options)


class Quantity(_Description):
    """A number with a unit: a duration, a size.

    Attributes:
        read: Gives it in its base unit; raises ValueError with the end of a sentence.
        bare: Whether it may be a number without a unit.
        units: The words that may follow the number.
    """

    expected: str
    read: Callable[[float | str], float]
    units: tuple[str, ...]
    bare: bool = True


class Anything(_Description):
    """Any value at all."""

    expected: str = "a value"


class Sequence(_Description):
    """A list of one kind."""

    expected: str
    of: Kind


class Table(_Description):
    """A mapping whose keys are chosen freely.

    Attributes:
        keys: What a key must be.
        of: The kind of its values.
        special: Kinds of the values behind certain keys.
        homes: Whether keys that begin with `_` are passed over, as homes of YAML anchors.
        not_only: A key that must not stand alone, with the hint that it then gets: it would
            be taken for another form of the same setting.
    """

    expected: str
    keys: Text
    of: Kind
    special: Mapping[str, Kind] = _NONE
    homes: bool = False
    not_only: Mapping[str, str] = _NONE


class Record(_Description):
    """A mapping with known keys.

    Attributes:
        what: What it describes, as a noun with its article.
        required: Keys that must be there.
        one_of: Keys of which exactly one must be there.
        only_with: Key -> the key that it makes sense with.
        synonyms: Words of other tools -> our word, for hints.
        homes: As for a table.
        named_by: Keys whose text says which one it is, for messages; the first that is there.
        dotted: Whether a key may also be the dotted name of an extension of the user's own,
            which then counts as one of `one_of`.
    """

    what: str
    keys: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    only_with: Mapping[str, str] = _NONE
    synonyms: Mapping[str, str] = _NONE
    homes: bool = False
    named_by: tuple[str, ...] = ()
    dotted: bool = False

    @property
    def expected(self) -> str:
        """The noun."""
        return f"{self.what}: a mapping"


class Either(_Description):
    """One of several kinds, told apart by what YAML makes of the value."""

    expected: str
    kinds: tuple[Kind, ...]
    hint: str | None = None


class Late(_Description):
    """A kind that is made when it is asked for, since making it takes imports.

    Most projects never ask: what they say of the matter is nothing.
    """

    expected: str
    of: Callable[[], Record]

    @property
    def made(self) -> Record:
        """The kind; made once."""
        if "_made" not in self.__dict__:
            self.__dict__["_made"] = self.of()
        return self.__dict__["_made"]  # type: ignore[no-any-return]  # what `of` gave


Kind: TypeAlias = (
    Text
    | Whole
    | Number
    | Truth
    | Choice
    | Quantity
    | Anything
    | Sequence
    | Table
    | Record
    | Either
    | Late
)
