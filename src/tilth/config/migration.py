"""Reads and writes label migration files: a change of the classes of a label set.

.. code-block:: yaml

    labels: tone
    why: Two people in three do not tell them apart, and the shop treats them alike.
    steps:
      - {merge: [good, neutral], to: fine}
      - {rename: bad, to: poor}
      - split: other
        into:
          - {to: late, where: contains(text, 'late')}
          - {to: broken, where: contains(text, 'broke')}
        rest: poor                  # without it, people are asked about the rest
      - {relabel: shop = 'N' and stars = 5, to: fine}
"""

from __future__ import annotations

from pathlib import Path

from tilth.config.check import check
from tilth.config.grammar import Either, Record, Sequence, Text, Truth, Whole
from tilth.config.item import Item
from tilth.config.mistake import Mistakes, Sources, quoted, refuse, shown, width
from tilth.config.parse import decode, parse
from tilth.contract.expression import ExpressionError
from tilth.contract.expression import parse as parse_condition
from tilth.errors import MissingDataError
from tilth.labels.entry import Label
from tilth.labels.migration import ChangeSet, Merge, Part, Relabel, Rename, Split, Step

_CLASS = Either(
    expected="a class: text, a whole number, `true` or `false`",
    kinds=(
        Text(expected="a class", pattern=r"\S"),
        Whole(expected="a whole number", least=-(2**53)),
        Truth(),
    ),
)
_CONDITION = Text(expected="a condition on columns: `shop = 'N' and stars > 3`")
_STEP = Record(
    what="a step",
    keys={
        "rename": _CLASS,
        "merge": Sequence(expected="a list of classes", of=_CLASS),
        "split": _CLASS,
        "relabel": _CONDITION,
        "to": _CLASS,
        "into": Sequence(
            expected="a list of classes with their conditions",
            of=Record(
                what="a part",
                keys={"to": _CLASS, "where": _CONDITION},
                required=("to", "where"),
                synonyms={"class": "to", "if": "where", "when": "where"},
            ),
        ),
        "rest": _CLASS,
    },
    one_of=("rename", "merge", "split", "relabel"),
    only_with={"into": "split", "rest": "split"},
    synonyms={"into": "to", "as": "to", "where": "relabel", "else": "rest", "otherwise": "rest"},
)
FILE = Record(
    what="a label migration",
    keys={
        "labels": Text(expected="the name of a label set"),
        "why": Text(expected="why the definition changes, in words"),
        "steps": Sequence(expected="a list of steps", of=_STEP),
    },
    required=("labels", "why", "steps"),
    synonyms={"label_set": "labels", "reason": "why", "operations": "steps", "changes": "steps"},
)


def read_migration(path: Path, shown_as: str) -> ChangeSet:
    """The change set of a file.

    Args:
        path: The file.
        shown_as: What messages call it.

    Raises:
        MissingDataError: It is not there.
        ConfigError: It holds mistakes; all of them are in it, each with its place.
    """
    mistakes = Mistakes(Sources())
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingDataError(f"`{shown_as}` cannot be read: {error.strerror}") from error
    text = decode(data, shown_as, mistakes)
    item = parse(text, shown_as, mistakes) if text is not None else None
    if item is not None:
        check(FILE, item, shown_as, mistakes)
    refuse(mistakes.errors())
    assert item is not None
    found = _change(item, mistakes)
    refuse(mistakes.errors())
    return found


def _change(item: Item, mistakes: Mistakes) -> ChangeSet:
    steps, why = _child(item, "steps"), _child(item, "why")
    if not _listed(steps):
        mistakes.add("there is no step", steps.place, expected="at least one")
    if not str(why.value).strip():
        mistakes.add("`why` is empty", why.place, expected="a reason, for those who come later")
    return ChangeSet(
        labels=str(_child(item, "labels").value),
        why=" ".join(str(why.value).split()),
        steps=tuple(made for each in _listed(steps) if (made := _step(each, mistakes)) is not None),
    )


def _step(item: Item, mistakes: Mistakes) -> Step | None:
    split = item.child("split")
    if split is not None:
        if "to" in item.child_keys() or "into" not in item.child_keys():
            mistakes.add(
                "`split` needs `into`, the classes with their conditions",
                item.place,
                hint="`into: [{to: late, where: contains(text, 'late')}]`",
            )
            return None
        return _split(item, mistakes)
    to = item.child("to")
    if to is None:
        what = next(each for each in ("rename", "merge", "relabel") if each in item.child_keys())
        mistakes.add(f"`{what}` needs `to`, the new class", item.place)
        return None
    if (old := item.child("rename")) is not None:
        return Rename(of=_label(old), to=_label(to))
    if (old := item.child("merge")) is not None:
        return Merge(of=tuple(map(_label, _listed(old))), to=_label(to))
    return Relabel(where=_condition(_child(item, "relabel"), mistakes), to=_label(to))


def _split(item: Item, mistakes: Mistakes) -> Split:
    parts = _child(item, "into")
    if not _listed(parts):
        mistakes.add("`into` names no class", parts.place)
    rest = item.child("rest")
    return Split(
        of=_label(_child(item, "split")),
        parts=tuple(
            Part(to=_label(_child(each, "to")), where=_condition(_child(each, "where"), mistakes))
            for each in _listed(parts)
        ),
        rest=None if rest is None else _label(rest),
    )


def _condition(item: Item, mistakes: Mistakes) -> str:
    text = " ".join(str(item.value).split())
    try:
        found = parse_condition(text)
    except ExpressionError as error:
        mistakes.add(str(error), item.place, hint=error.hint, width=width(item))
        return text
    if not found.is_condition or not found.columns:
        mistakes.add(
            f"{shown(item)} is no condition on a column",
            item.place,
            expected=_CONDITION.expected,
            width=width(item),
        )
    return text


def _child(item: Item, key: str) -> Item:
    found = item.child(key)
    assert found is not None, f"{quoted(key)} was found to be there"
    return found


def _listed(item: Item) -> list[Item]:
    assert isinstance(item.value, list)
    return item.value


def _label(item: Item) -> Label:
    assert isinstance(item.value, str | int)
    return item.value


def written(change: ChangeSet) -> str:
    """The text of a file that says so; `read_migration` reads it back."""
    import yaml  # type: ignore[import-untyped]  # late: only who has a file written pays for it

    said = {"labels": change.labels, "why": change.why, "steps": list(map(_plain, change.steps))}
    return str(yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=100))


def _plain(step: Step) -> dict[str, object]:
    match step:
        case Rename():
            return {"rename": step.of, "to": step.to}
        case Merge():
            return {"merge": list(step.of), "to": step.to}
        case Relabel():
            return {"relabel": step.where, "to": step.to}
        case Split():
            parts = [{"to": each.to, "where": each.where} for each in step.parts]
            rest = {} if step.rest is None else {"rest": step.rest}
            return {"split": step.of, "into": parts, **rest}
