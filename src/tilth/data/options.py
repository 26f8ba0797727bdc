"""What may be set on a format: each option has a name, a test and a default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tilth.errors import DefinitionError, UnknownNameError
from tilth.record import record


@record
class Option:
    """One setting of a format.

    Attributes:
        expects: What it takes, in words that follow "must be".
        accepts: Whether a value from the catalog is such a thing.
        default: What holds where the catalog says nothing.
    """

    expects: str
    accepts: Callable[[Any], bool]
    default: Any = None


def checked(
    where: str, given: Mapping[str, Any] | None, options: Mapping[str, Option]
) -> dict[str, Any]:
    """Every option with its value: the given one, or the default.

    Args:
        where: Whose options these are, such as "format `csv`, `read`".
        given: What the catalog says.
        options: What may be said.

    Raises:
        UnknownNameError: An option that there is not.
        DefinitionError: A value of a wrong kind.
    """
    values = {name: option.default for name, option in options.items()}
    if given is not None and not isinstance(given, Mapping):
        raise DefinitionError(f"{where}: must be options by name, not {_shown(given)}")
    for name, value in (given or {}).items():
        if name not in options:
            raise UnknownNameError("option", str(name), options, where=where)
        if not options[name].accepts(value):
            raise DefinitionError(
                f"{where}: option `{name}` must be {options[name].expects}, not {_shown(value)}"
            )
        values[name] = value
    return values


def no_options(
    format: str, read: Mapping[str, Any] | None, write: Mapping[str, Any] | None
) -> None:
    """See that nothing is said to a format that takes no options.

    Raises:
        UnknownNameError: Something is.
    """
    checked(f"format `{format}`, `read`", read, {})
    checked(f"format `{format}`, `write`", write, {})


def text(default: str | None = None) -> Option:
    """Any text."""
    return Option(expects="text", accepts=lambda value: isinstance(value, str), default=default)


def character(default: str | None = None) -> Option:
    """A single character of one byte."""
    return Option(
        expects="one ASCII character",
        accepts=lambda value: isinstance(value, str) and len(value) == 1 and value.isascii(),
        default=default,
    )


def flag(default: bool) -> Option:
    """True or false."""
    return Option(
        expects="true or false", accepts=lambda value: isinstance(value, bool), default=default
    )


def encoding() -> Option:
    """The name of an encoding of text."""
    return Option(
        expects="an encoding that Python knows, such as `latin-1`",
        accepts=_is_encoding,
        default="utf-8",
    )


def _is_encoding(value: Any) -> bool:
    try:
        return isinstance(value, str) and "".encode(value) is not None
    except (LookupError, ValueError):
        return False


def count(default: int | None = None, *, least: int = 0) -> Option:
    """A whole number, not less than the least."""
    return Option(
        expects=f"a whole number from {least} on",
        accepts=lambda value: type(value) is int and value >= least,
        default=default,
    )


def one_of(*choices: Any, default: Any) -> Option:
    """One of a few words or numbers."""
    return Option(
        expects="one of " + ", ".join(f"`{choice}`" for choice in choices),
        # `in` alone would take true for 1.
        accepts=lambda value: any(value == each and type(value) is type(each) for each in choices),
        default=default,
    )


def texts() -> Option:
    """A list of texts, or one text alone."""
    return Option(
        expects="text or a list of texts",
        accepts=lambda value: (
            isinstance(value, str)
            or (isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value))
        ),
    )


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
