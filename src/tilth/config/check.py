"""Holds a file against its description, and notes every mistake."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from tilth.config.grammar import (
    Anything,
    Choice,
    Either,
    Kind,
    Late,
    Number,
    Quantity,
    Record,
    Sequence,
    Table,
    Text,
    Truth,
    Whole,
)
from tilth.config.item import Item
from tilth.config.merge import as_text
from tilth.config.mistake import Mistakes, did_you_mean, quoted, shown, width
from tilth.config.reference import is_unknown
from tilth.errors import nearest


def check(kind: Kind, item: Item, subject: str, mistakes: Mistakes) -> None:
    """Note what is wrong with a value.

    Args:
        kind: What it should be.
        subject: What it is, for the messages: "`inputs` of a node".
    """
    if is_unknown(item):
        return
    match kind:
        case Anything():
            return
        case Record():
            _record(kind, item, subject, mistakes)
        case Table():
            _table(kind, item, subject, mistakes)
        case Sequence():
            _sequence(kind, item, subject, mistakes)
        case Either():
            _either(kind, item, subject, mistakes)
        case Late():
            check(kind.made, item, subject, mistakes)
        case _:
            _single(kind, item, subject, mistakes)


def _single(
    kind: Text | Whole | Number | Truth | Choice | Quantity,
    item: Item,
    subject: str,
    mistakes: Mistakes,
) -> None:
    if not _fits(kind, item.value):
        _wrong_kind(kind, item, subject, mistakes)
        return
    match kind:
        case Text():
            _text(kind, item, subject, mistakes)
        case Whole():
            if isinstance(item.value, int) and item.value < kind.least:
                _wrong(item, f"{subject} is {shown(item)}", kind.expected, None, mistakes)
        case Number():
            _number(kind, item, subject, mistakes)
        case Choice():
            if item.value not in kind.options:
                near = did_you_mean(str(item.value), kind.options) if not item.secret else None
                _wrong(item, f"{subject} is {shown(item)}", kind.expected, near, mistakes)
        case Quantity():
            _quantity(kind, item, subject, mistakes)


def _fits(kind: Kind, value: object) -> bool:  # noqa: PLR0911 - a table of cases
    """Whether YAML made of it what this kind begins with."""
    match kind:
        case Text() | Choice():
            return isinstance(value, str)
        case Whole():
            return isinstance(value, int) and not isinstance(value, bool)
        case Number():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Truth():
            return isinstance(value, bool)
        case Quantity():
            return isinstance(value, str | int | float) and not isinstance(value, bool)
        case Sequence():
            return isinstance(value, list)
        case Table() | Record() | Late():
            return isinstance(value, dict)
        case Either():
            return any(_fits(each, value) for each in kind.kinds)
    return True


def _text(kind: Text, item: Item, subject: str, mistakes: Mistakes) -> None:
    complaint = kind.judge(str(item.value)) if kind.judge else None
    if complaint is None:
        return
    if item.written is not None:
        # What is wrong with a value from outside is not told in detail: it may be a secret.
        message, hint = f"{subject}, {shown(item)}, is not what it should be", None
    else:
        message, hint = f"{subject}, {shown(item)}, {complaint.message}", complaint.hint
        if not item.value:
            message = f"{subject} is empty"
    _wrong(item, message, kind.expected, hint, mistakes)


def _number(kind: Number, item: Item, subject: str, mistakes: Mistakes) -> None:
    value = item.value
    assert isinstance(value, int | float)
    low = kind.least is not None and not value >= kind.least  # so that NaN is outside
    if low or (kind.most is not None and not value <= kind.most) or not isfinite(value):
        _wrong(item, f"{subject} is {shown(item)}", kind.expected, None, mistakes)


def _quantity(kind: Quantity, item: Item, subject: str, mistakes: Mistakes) -> None:
    value = item.value
    assert isinstance(value, str | int | float)
    if not kind.bare and not isinstance(value, str):
        _wrong(item, f"{subject}, {shown(item)}, lacks a unit", kind.expected, None, mistakes)
        return
    try:
        kind.read(value)
    except ValueError as error:
        reason = str(error) if item.written is None else "is not what it should be"
        hint = None
        if "unit `" in reason:
            hint = did_you_mean(reason.split("`")[1], kind.units)
        _wrong(item, f"{subject}, {shown(item)}, {reason}", kind.expected, hint, mistakes)


def _record(kind: Record, item: Item, subject: str, mistakes: Mistakes) -> None:
    if not isinstance(item.value, dict):
        _wrong_kind(kind, item, subject, mistakes)
        return
    found = item.value
    subject = _by_name(kind, item) or subject
    for key, value in found.items():
        if key in kind.keys:
            # Nothing behind an optional key means that it is not set: an overlay unsets so.
            if value.value is not None or key in kind.required:
                check(kind.keys[key], value, f"`{key}` of {subject}", mistakes)
        elif not (kind.homes and key.startswith("_")) and not (kind.dotted and "." in key):
            _unknown_key(kind, key, value, subject, mistakes)
    present = [key for key, value in found.items() if value.value is not None and key in kind.keys]
    _required(kind, item, subject, present, mistakes)


def _by_name(kind: Record, item: Item) -> str | None:
    names = [item.child(key) for key in kind.named_by]
    name = next((each for each in names if each is not None and isinstance(each.value, str)), None)
    return f"{_noun(kind)} {shown(name)}" if name is not None and name.value else None


def _noun(kind: Record) -> str:
    return kind.what.split(" ", 1)[-1]


def _unknown_key(kind: Record, key: str, value: Item, subject: str, mistakes: Mistakes) -> None:
    meant = _meant(kind, key)
    mistakes.add(
        f"{subject} has no key {quoted(key)}",
        value.key,
        expected="one of " + ", ".join(f"`{each}`" for each in kind.keys),
        hint=f"did you mean `{meant}`?" if meant else None,
        width=len(key),
    )


def _meant(kind: Record, key: str) -> str | None:
    return kind.synonyms.get(key) or nearest(key, kind.keys)


def _required(
    kind: Record, item: Item, subject: str, present: list[str], mistakes: Mistakes
) -> None:
    keys = item.child_keys()
    # A key that is there under a wrong name was told already.
    meant = {_meant(kind, key) for key in keys if key not in kind.keys}
    for key in kind.required:
        if key not in keys and key not in meant:
            _lacks(item, f"{subject} lacks `{key}`", kind.keys[key].expected, mistakes)
    chosen = [key for key in present if key in kind.one_of]
    chosen += [key for key in keys if kind.dotted and "." in key and key not in kind.keys]
    options = "one of " + ", ".join(f"`{each}`" for each in kind.one_of)
    if kind.one_of and not chosen and not meant & set(kind.one_of):
        _lacks(item, f"{subject} says nothing of what it is", options, mistakes)
    for key in chosen[1:]:
        second = item.child(key)
        assert second is not None
        mistakes.add(
            f"{subject} has both `{chosen[0]}` and `{key}`",
            second.key,
            expected=options,
            hint="remove one of them",
            width=len(key),
        )
    for key, partner in kind.only_with.items():
        if key in present and partner not in {*present, *meant} and (chosen or not kind.one_of):
            _lacks_partner(kind, item, (key, partner), subject, mistakes)


def _lacks(item: Item, message: str, expected: str, mistakes: Mistakes) -> None:
    mistakes.add(message, item.key, expected=expected)


def _lacks_partner(
    kind: Record, item: Item, keys: tuple[str, str], subject: str, mistakes: Mistakes
) -> None:
    key, partner = keys
    value = item.child(key)
    assert value is not None
    mistakes.add(
        f"`{key}` of {subject} needs `{partner}` beside it",
        value.key,
        expected=f"`{partner}`: {kind.keys[partner].expected}",
        width=len(key),
    )


def _table(kind: Table, item: Item, subject: str, mistakes: Mistakes) -> None:
    if not isinstance(item.value, dict):
        _wrong_kind(kind, item, subject, mistakes)
        return
    for key, value in item.value.items():
        if kind.homes and key.startswith("_"):
            continue
        complaint = kind.keys.judge(key) if kind.keys.judge else None
        if complaint is not None:
            mistakes.add(
                f"the name {quoted(key)} in {subject} {complaint.message}",
                value.key,
                expected=kind.keys.expected,
                hint=complaint.hint,
                width=len(key),
            )
        check(kind.special.get(key, kind.of), value, _named(kind, key, subject), mistakes)
    _alone(kind.not_only, item, subject, mistakes)


def _alone(not_only: Mapping[str, str], item: Item, subject: str, mistakes: Mistakes) -> None:
    keys = item.child_keys()
    if len(keys) == 1 and keys[0] in not_only:
        mistakes.add(
            f"{subject} is a mapping with `{keys[0]}` alone, which could mean two things",
            item.place,
            hint=not_only[keys[0]],
        )


def _named(kind: Table, key: str, subject: str) -> str:
    if isinstance(kind.of, Record):
        return f"{_noun(kind.of)} {quoted(key)}"
    return f"{quoted(key)} in {subject}"


def _sequence(kind: Sequence, item: Item, subject: str, mistakes: Mistakes) -> None:
    if not isinstance(item.value, list):
        _wrong_kind(kind, item, subject, mistakes)
        return
    for number, each in enumerate(item.value, 1):
        check(kind.of, each, f"entry {number} in {subject}", mistakes)


def _either(kind: Either, item: Item, subject: str, mistakes: Mistakes) -> None:
    fitting = next((each for each in kind.kinds if _fits(each, item.value)), None)
    if fitting is None:
        _wrong_kind(kind, item, subject, mistakes, hint=kind.hint)
    else:
        check(fitting, item, subject, mistakes)


def _wrong_kind(
    kind: Kind, item: Item, subject: str, mistakes: Mistakes, *, hint: str | None = None
) -> None:
    _wrong(
        item,
        f"{subject} is {_with_kind(item)}",
        kind.expected,
        hint or _kind_hint(kind, item),
        mistakes,
    )


def _with_kind(item: Item) -> str:
    if item.written is not None:
        return f"{shown(item)}, which gives {_kind_of(item.value)}"
    if item.value is None or isinstance(item.value, dict | list):
        return shown(item)
    return f"{_kind_of(item.value)}, {shown(item)}"


def _kind_of(value: object) -> str:
    names = {bool: "a truth value", int: "a whole number", float: "a number", str: "text"}
    names |= {dict: "a mapping", list: "a list", type(None): "nothing"}
    return names[type(value)]


def _kind_hint(kind: Kind, item: Item) -> str | None:
    if item.written is not None:
        return None
    return _scalar_hint(kind, item.value) or _collection_hint(kind, item.value)


def _scalar_hint(kind: Kind, value: object) -> str | None:
    if isinstance(value, str) and _fits(kind, [value]):
        return f"write `[{value}]`" if len(value) < 40 and value.isprintable() else None
    if isinstance(value, str) and isinstance(kind, Truth):
        return "write `true`" if value.lower() in ("yes", "on", "y") else "write `false`"
    if isinstance(value, bool | int | float) and _fits(kind, ""):
        return f'if it is meant as text, put it in quotes: "{as_text(value)}"'
    return None


def _collection_hint(kind: Kind, value: object) -> str | None:
    if isinstance(value, dict) and _fits(kind, []):
        return "begin each entry of a list with `- `"
    if isinstance(value, list) and _fits(kind, {}):
        return "write `name: ...` instead of `- `"
    return None


def _wrong(item: Item, message: str, expected: str, hint: str | None, mistakes: Mistakes) -> None:
    mistakes.add(message, item.place, expected=expected, hint=hint, width=width(item))
