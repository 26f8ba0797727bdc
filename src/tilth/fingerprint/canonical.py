"""Values to bytes, one way only, and bytes to fingerprints.

A fingerprint is `kind:` and 40 hexadecimal digits of BLAKE3.
The kind is mixed into the digest, so two kinds never meet; only kind `bytes` is the plain
BLAKE3 of the content, whose first 40 digits `b3sum` prints as well.

The canonical form has a tag for each type and a length for each thing that can vary, so two
different values cannot have one form. What was decided where equality is a matter of taste:

- `1`, `1.0` and `True` differ; so do `"a"` and `b"a"`, a list and a tuple.
- `-0.0` differs from `0.0`, as they compute differently; every NaN is the same NaN.
- The order of a dictionary and of a set does not matter, that of a list does.
- `Decimal("1.0")` differs from `Decimal("1.00")`: the number of digits is part of it.
- A date and time with a zone counts by its wall time, offset and zone name.
- A path counts as it is written; nothing is resolved.
- A NumPy array counts by dtype, shape and bytes in C order.

What is not listed in `of_value` is refused: a form that we guessed (a `repr` with an address,
say) would either never or always be the same.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from pathlib import PurePath, PureWindowsPath
from struct import Struct
from typing import Any, NewType

from blake3 import blake3

from tilth.errors import FingerprintError

Fingerprint = NewType("Fingerprint", str)

DIGEST_BYTES = 20

# What is longer than this is worth waking the other cores for.
_MANY_BYTES = 4 << 20

_DOUBLE = Struct(">d").pack
_LENGTH = Struct("<Q").pack
_NAN = _DOUBLE(float("nan"))

Other = Callable[[object, str], "Fingerprint | None"]
"""Says what a value without a canonical form counts as, given its place; None refuses it."""


def of_bytes(data: bytes | bytearray | memoryview, kind: str = "bytes") -> Fingerprint:
    """The fingerprint of a run of bytes."""
    threads = blake3.AUTO if len(data) > _MANY_BYTES else 1
    if kind == "bytes":
        return Fingerprint(f"bytes:{blake3(data, max_threads=threads).hexdigest(DIGEST_BYTES)}")
    hasher = blake3(_head(kind), max_threads=threads)
    return Fingerprint(f"{kind}:{hasher.update(data).hexdigest(DIGEST_BYTES)}")


def combine(kind: str, *parts: str | bytes) -> Fingerprint:
    """The fingerprint of several texts or bytes in order; where one ends counts."""
    pieces = [_head(kind)]
    for part in parts:
        if isinstance(part, str):
            tag, data = b"s", part.encode("utf-8", "surrogatepass")
        else:
            tag, data = b"b", part
        pieces += (tag, _LENGTH(len(data)), data)
    return Fingerprint(f"{kind}:{blake3(b''.join(pieces)).hexdigest(DIGEST_BYTES)}")


def of_value(
    kind: str, value: object, *, name: str | None = None, other: Other | None = None
) -> Fingerprint:
    """The fingerprint of a plain value.

    Args:
        kind: What the value is.
        value: None, bool, int, float, complex, str, bytes, list, tuple, named tuple, dict,
            set, frozenset, dataclass, enum, date, datetime, time, timedelta, path, Decimal,
            UUID, NumPy scalar or array, or any nesting of these.
        name: What errors call the value; as its kind, if not given.
        other: What to do with anything else; without it, or where it returns None, the value
            is refused.

    Raises:
        FingerprintError: Something inside has no canonical form; says where.
    """
    form = _Form(other).of(value, name or kind)
    return Fingerprint(f"{kind}:{blake3(_head(kind) + form).hexdigest(DIGEST_BYTES)}")


def _head(kind: str) -> bytes:
    return kind.encode() + b"\0"


def _sized(tag: bytes, data: bytes) -> bytes:
    return tag + _LENGTH(len(data)) + data


def _text(tag: bytes, text: str) -> bytes:
    return _sized(tag, text.encode("utf-8", "surrogatepass"))


def _class_name(kind: type) -> bytes:
    return _text(b"@", f"{kind.__module__}.{kind.__qualname__}")


def _double(value: float) -> bytes:
    return _DOUBLE(value) if value == value else _NAN  # noqa: PLR0124 (only NaN differs from itself)


_PLAIN: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: b"N",
    bool: lambda value: b"T" if value else b"F",
    int: lambda value: _text(b"i", f"{value:x}"),
    float: lambda value: b"f" + _double(value),
    complex: lambda value: b"c" + _double(value.real) + _double(value.imag),
    str: lambda value: _text(b"s", value),
    bytes: lambda value: _sized(b"b", value),
    date: lambda value: _text(b"a", value.isoformat()),
    timedelta: lambda value: _text(b"e", f"{value.days} {value.seconds} {value.microseconds}"),
}


class _Form:
    """Builds the canonical form of one value; remembers what it is inside of."""

    def __init__(self, other: Other | None) -> None:
        self._other = other
        self._around: set[int] = set()

    def of(self, value: Any, path: str) -> bytes:
        kind = type(value)
        plain = _PLAIN.get(kind)
        if plain is not None:
            return plain(value)
        if id(value) in self._around:
            raise FingerprintError(
                f"`{path}` contains itself, so it has no canonical form",
                hint="pass a value without a circle",
            )
        self._around.add(id(value))
        try:
            return self._nested(value, kind, path)
        except RecursionError:
            raise FingerprintError(
                f"`{path[:100]}...` is nested too deeply to have a canonical form"
            ) from None
        finally:
            self._around.discard(id(value))

    def _nested(self, value: Any, kind: type, path: str) -> bytes:
        if kind is list or kind is tuple:
            return self._sequence(b"l" if kind is list else b"t", value, path)
        if kind is dict:
            return self._dict(value, path)
        if kind is set or kind is frozenset:
            return self._set(b"S" if kind is set else b"Z", value, path)
        return self._special(value, kind, path)

    def _special(self, value: Any, kind: type, path: str) -> bytes:
        if isinstance(value, enum.Enum):
            return (
                b"E" + _class_name(kind) + _text(b"s", str(value.name)) + self.of(value.value, path)
            )
        if kind is datetime or kind is time:
            return _moment(value, kind, path)
        if isinstance(value, PurePath):
            return _text(b"w" if isinstance(value, PureWindowsPath) else b"p", value.as_posix())
        return self._made_by_others(value, kind, path)

    def _made_by_others(self, value: Any, kind: type, path: str) -> bytes:
        # By name, since the modules of these two take 4 ms to load.
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name == "decimal.Decimal":
            return _text(b"m", str(value))
        if name == "uuid.UUID":
            return b"u" + bytes(value.bytes)
        if hasattr(kind, "__dataclass_fields__"):
            return self._dataclass(value, kind, path)
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return b"n" + _class_name(kind) + self._sequence(b"t", tuple(value), path)
        if _is_numpy(kind):
            return self._numpy(value, path)
        return self._unknown(value, path)

    def _sequence(self, tag: bytes, value: Any, path: str) -> bytes:
        items = [self.of(item, f"{path}[{index}]") for index, item in enumerate(value)]
        return tag + _LENGTH(len(items)) + b"".join(items)

    def _dict(self, value: dict[Any, Any], path: str) -> bytes:
        pairs = sorted(
            self.of(key, f"the key {key!r} of {path}" if type(key) is str else f"a key of {path}")
            + self.of(item, f"{path}.{key}" if type(key) is str else f"{path}[{key!r}]")
            for key, item in value.items()
        )
        return b"d" + _LENGTH(len(pairs)) + b"".join(pairs)

    def _set(self, tag: bytes, value: Any, path: str) -> bytes:
        items = sorted(self.of(item, f"a member of {path}") for item in value)
        return tag + _LENGTH(len(items)) + b"".join(items)

    def _dataclass(self, value: Any, kind: Any, path: str) -> bytes:
        from dataclasses import fields  # loads `inspect`, 10 ms

        names = [each.name for each in fields(kind)]
        pairs = [
            _text(b"s", name) + self.of(getattr(value, name), f"{path}.{name}") for name in names
        ]
        return b"D" + _class_name(kind) + _LENGTH(len(pairs)) + b"".join(pairs)

    def _numpy(self, value: Any, path: str) -> bytes:
        array = hasattr(value, "tolist") and type(value).__name__ == "ndarray"
        head = (b"Y" if array else b"y") + _text(b"s", repr(value.dtype.descr))
        head += _text(b"s", repr(tuple(value.shape)))
        if value.dtype.hasobject:
            return head + self.of(value.tolist(), path)
        return head + _sized(b"b", value.tobytes("C"))

    def _unknown(self, value: object, path: str) -> bytes:
        counted = self._other(value, path) if self._other else None
        if counted is not None:
            return _text(b"o", counted)
        kind = type(value)
        raise FingerprintError(
            f"`{path}` is a {kind.__module__}.{kind.__qualname__}, which has no canonical form",
            hint="pass numbers, texts, dates, paths, lists, dictionaries or dataclasses of these",
        )


def _moment(value: datetime | time, kind: type, path: str) -> bytes:
    zone = value.tzinfo
    if zone is not None and type(zone) is not timezone and type(zone).__module__ != "zoneinfo":
        raise FingerprintError(
            f"`{path}` has a time zone of type {type(zone).__module__}.{type(zone).__qualname__}, "
            "which has no canonical form",
            hint="use datetime.timezone or zoneinfo.ZoneInfo",
        )
    tag = b"A" if kind is datetime else b"h"
    return _text(tag, f"{value.isoformat()} {value.fold} {zone}")


def _is_numpy(kind: type) -> bool:
    """Whether it is a plain array or scalar of NumPy, told without importing it."""
    bases = {f"{base.__module__}.{base.__name__}" for base in kind.__mro__}
    return "numpy.generic" in bases or f"{kind.__module__}.{kind.__name__}" == "numpy.ndarray"
