"""Several files to one value, by key, each value remembering where it came from."""

from __future__ import annotations

from collections.abc import Sequence

from tilth.config.item import Item, Scalar
from tilth.config.mistake import Mistakes, did_you_mean, quoted, shown
from tilth.config.place import Place


def joined(parts: Sequence[Item], mistakes: Mistakes) -> Item:
    """The files of one folder as one mapping; a key that two of them have is a mistake.

    Keys that begin with `_` are homes of YAML anchors, which each file may have for itself.
    """
    whole: dict[str, Item] = {}
    for part in parts:
        if not isinstance(part.value, dict):
            continue
        for key, item in part.value.items():
            first = whole.get(key)
            if first is None:
                whole[key] = item
            elif not key.startswith("_"):
                _twice(key, first, item, mistakes)
    start = parts[0]
    return Item(whole, start.file, start.spot)


def _twice(key: str, first: Item, second: Item, mistakes: Mistakes) -> None:
    mistakes.add(
        f"the key {quoted(key)} is defined twice; first in {first.key}",
        second.key,
        expected="each key in one file only",
        hint="remove one of them, or rename it",
        width=len(key),
    )


def overlaid(base: Item, over: Item) -> Item:
    """`base` with what `over` says on top: mappings by key, everything else replaced."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over.copy(replaced=(base.place, *base.replaced))
    merged = dict(base.value)
    for key, item in over.value.items():
        below = merged.get(key)
        merged[key] = item if below is None else overlaid(below, item)
    return Item(merged, base.file, base.spot, base.key_spot, replaced=base.replaced)


def overridden(params: Item, name: str, value: Item, mistakes: Mistakes) -> Item:
    """The parameters with one of them set on the command line.

    A name that begins with `+` may be new; any other must be there already, since a typo
    would else change nothing, in silence.
    """
    path = name.removeprefix("+").split(".")
    if not all(path):
        mistakes.add(
            f"{quoted(name)} is not the name of a parameter",
            value.place,
            expected="`--set name=value` or `--set group.name=value`",
        )
        return params
    if not _settable(params, path, name, value.place, mistakes):
        return params
    return overlaid(params, _nested(path, value))


def _nested(path: Sequence[str], value: Item) -> Item:
    for key in reversed(path):
        value = Item({key: value.copy(key_spot=value.spot)}, value.file, value.spot)
    return value


def _settable(
    params: Item, path: Sequence[str], name: str, place: Place, mistakes: Mistakes
) -> bool:
    item = params
    for depth, key in enumerate(path):
        if not isinstance(item.value, dict):
            group = ".".join(path[:depth])
            mistakes.add(
                f"the parameter {quoted(group)} is {shown(item)} (in {item.place}), "
                f"so {quoted(name)} cannot be set",
                place,
                expected="a group of parameters",
                hint=f"set {quoted(group)} itself",
            )
            return False
        below = item.value.get(key)
        if below is None:
            return name.startswith("+") or _unknown(params, path, name, place, mistakes)
        item = below
    return True


def _unknown(
    params: Item, path: Sequence[str], name: str, place: Place, mistakes: Mistakes
) -> bool:
    near = did_you_mean(name, parameter_names(params))
    mistakes.add(
        f"there is no parameter {quoted(name)} to set",
        place,
        expected="a parameter of params.yml",
        hint=f"{near or 'look into params.yml'}; to add one, write `--set +{'.'.join(path)}=...`",
    )
    return False


def parameter_names(item: Item, prefix: str = "") -> list[str]:
    """Every parameter and group of parameters, as `a.b.c`."""
    names: list[str] = []
    if isinstance(item.value, dict):
        for key, each in item.value.items():
            names += [prefix + key, *parameter_names(each, f"{prefix}{key}.")]
    return names


def as_text(value: Scalar) -> str:
    """A scalar in the middle of a text, as YAML would write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
