"""What differs between two values made of mappings, lists and scalars, as JSON has them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

from tilth.record import record

Path = tuple[str | int, ...]

_LONGEST = 2_000
"""Items of a list that are aligned; the time for that grows with the square."""


@record
class Edit:
    """One thing that differs.

    Attributes:
        path: Keys and positions that lead to it; positions are those of the side that has it,
            of the new one where both have.
        kind: Whether it was `added`, `removed` or `changed`.
        old: What was there; None where nothing was.
        new: What is there.
    """

    path: Path
    kind: Literal["added", "removed", "changed"]
    old: Any = None
    new: Any = None

    @property
    def place(self) -> str:
        """The path as one writes it: `tree.depth`, `rows[3].price`."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        return text


def structural_difference(old: Any, new: Any) -> list[Edit]:
    """Say what differs between two values, as deep as they agree in structure.

    Mappings are compared by key. Items of lists are aligned first, so that one that is put in
    between does not make all behind it differ; where as many went as came in one place, they
    are compared with one another. NaN equals NaN, and `1`, `1.0` and `true` are three values.

    Args:
        old: A value.
        new: Another.

    Returns:
        In the order of the new value; what was removed stands where it was.
    """
    return list(_differences(old, new, ()))


def _differences(old: Any, new: Any, path: Path) -> Iterator[Edit]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_mappings(old, new, path)
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        yield from _of_lists(old, new, path)
    elif _text(old) != _text(new):
        yield Edit(path=path, kind="changed", old=old, new=new)


def _of_mappings(old: Mapping[Any, Any], new: Mapping[Any, Any], path: Path) -> Iterator[Edit]:
    for key in dict.fromkeys([*new, *old]):
        where = (*path, str(key))
        if key not in new:
            yield Edit(path=where, kind="removed", old=old[key])
        elif key not in old:
            yield Edit(path=where, kind="added", new=new[key])
        else:
            yield from _differences(old[key], new[key], where)


def _of_lists(old: Sequence[Any], new: Sequence[Any], path: Path) -> Iterator[Edit]:
    for i, j, k, n in _replaced(old, new):
        paired = min(j - i, n - k)
        for step in range(paired):
            yield from _differences(old[i + step], new[k + step], (*path, k + step))
        for at in range(i + paired, j):
            yield Edit(path=(*path, at), kind="removed", old=old[at])
        for at in range(k + paired, n):
            yield Edit(path=(*path, at), kind="added", new=new[at])


def _replaced(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of both lists that are not the same; ends excluded."""
    if max(len(old), len(new)) > _LONGEST:
        yield 0, len(old), 0, len(new)  # by position alone
        return
    before, after = ([_text(each) for each in items] for items in (old, new))
    for what, i, j, k, n in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            yield i, j, k, n


def _text(value: Any) -> str:
    """The same text for the same value, and for no other."""
    try:
        return json.dumps(value, sort_keys=True, default=repr)
    except (TypeError, ValueError):  # keys of several kinds, or a value that holds itself
        return repr(value)
