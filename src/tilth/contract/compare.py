"""What differs between two contracts, and whether it became stricter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tilth.contract.contract import Contract, Promise
from tilth.contract.setting import text_of
from tilth.record import fields_of, record

Effect = Literal["stricter", "looser", "other"]


@record
class Difference:
    """One thing that differs.

    Attributes:
        where: `column delay`, or `table`.
        what: The check, or `column`.
        old: What was promised; empty where nothing was.
        new: What is promised; empty where nothing is.
        effect: Whether data that kept the old one may break the new one (`stricter`), or the
            other way round (`looser`); `other` where neither is plain.
    """

    where: str
    what: str
    old: str = ""
    new: str = ""
    effect: Effect = "other"

    @property
    def text(self) -> str:
        """One line for people: `~ column delay: between 0 to 10 -> 0 to 5 (stricter)`."""
        sign = "+" if not self.old else "-" if not self.new else "~"
        said = " -> ".join(each for each in (self.old, self.new) if each)
        effect = f" ({self.effect})" if self.effect != "other" else ""
        return f"{sign} {self.where}: {self.what} {said}".rstrip() + effect

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {name: getattr(self, name) for name in fields_of(self)}


def differences(old: Contract, new: Contract) -> list[Difference]:
    """What differs, columns first; an empty list for contracts that promise the same."""
    found = [*_columns(old, new), *_promises(old, new)]
    if old.others != new.others:
        ranks = {"allow": 0, "warn": 1, "stop": 2}
        effect = _effect(ranks[old.others], ranks[new.others]) or "other"
        found.append(Difference(where="table", what="others", old=old.others, new=new.others,
                                effect=effect))  # fmt: skip
    if (old.schema, old.code) != (new.schema, new.code):
        found.append(Difference(where="table", what="schema", old=old.schema, new=new.schema))
    return found


def _columns(old: Contract, new: Contract) -> Iterator[Difference]:
    for name in old.columns:
        if name not in new.columns:
            yield Difference(where=f"column {name}", what="column", old="named", effect="looser")
    for name in new.columns:
        if name not in old.columns:
            yield Difference(where=f"column {name}", what="column", new="named", effect="stricter")
    for name in set(old.columns) & set(new.columns):
        if (name in old.optional) != (name in new.optional):
            was, now = (
                ("optional", "required") if name in old.optional else ("required", "optional")
            )
            effect: Effect = "stricter" if now == "required" else "looser"
            yield Difference(where=f"column {name}", what="is", old=was, new=now, effect=effect)


def _promises(old: Contract, new: Contract) -> Iterator[Difference]:
    before, after = _by_name(old), _by_name(new)
    for key, promise in before.items():
        other = after.get(key)
        where = _where(promise)
        if other is None:
            yield Difference(where=where, what=promise.name, old=_told(promise), effect="looser")
        elif promise.identity != other.identity:
            yield Difference(
                where=where,
                what=promise.name,
                old=_told(promise),
                new=_told(other),
                effect=_compared(promise, other),
            )
    for key, promise in after.items():
        if key not in before:
            yield Difference(
                where=_where(promise), what=promise.name, new=_told(promise), effect="stricter"
            )


def _by_name(contract: Contract) -> dict[tuple[str, ...], Promise]:
    """Promises by what makes them the same one, changed: a column has one of each name."""
    found: dict[tuple[str, ...], Promise] = {}
    for each in contract.promises:
        key = (each.name, *each.check.columns) if each.name != "relation" else (
            each.name, str(each.check.given["holds"])
        )  # fmt: skip
        found[key] = each
    return found


def _where(promise: Promise) -> str:
    alone = "column" in getattr(promise.check, "about", ()) and len(promise.check.columns) == 1
    return f"column {promise.check.columns[0]}" if alone else "table"


def _told(promise: Promise) -> str:
    given = promise.check.given
    if {"low", "high"} & set(given):
        ends = [text_of(given.get(end)) if given.get(end) is not None else "" for end in
                ("low", "high")]  # fmt: skip
        said = f"{ends[0]} to {ends[1]}" if all(ends) else f"from {ends[0]}" if ends[0] else (
            f"up to {ends[1]}"
        )  # fmt: skip
        given = {key: each for key, each in given.items() if key not in ("low", "high")}
    else:
        said = ""
    more = [_setting(name, value) for name, value in given.items()]
    severity = [f"[{promise.severity}]"] if promise.severity != "stop" else []
    return " ".join(filter(None, [said, *more, *severity])) or "yes"


def _setting(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        shown = ", ".join(map(text_of, value[:8])) + (" ..." if len(value) > 8 else "")
        return f"[{shown}]"
    if name == "at_most":
        return f"at most {value:.3g}" if isinstance(value, float) else f"at most {value}"
    return text_of(value)


_RANKS = {"warn": 0, "quarantine": 1, "stop": 2}


def _compared(old: Promise, new: Promise) -> Effect:
    """Whether one asks more than the other; only where that is plain."""
    effects = {_effect(_RANKS[old.severity], _RANKS[new.severity])}
    a, b = old.check.given, new.check.given
    for name in {*a, *b}:
        if a.get(name) != b.get(name):
            effects.add(_of_setting(name, a, b))
    effects.discard(None)
    plain: set[Effect] = {each for each in effects if each is not None}
    return plain.pop() if len(plain) == 1 else "other"


def _of_setting(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Effect | None:
    a, b = old.get(name), new.get(name)
    if name == "among" and isinstance(a, list) and isinstance(b, list):
        if all(each in b for each in a):
            return "looser"
        return "stricter" if all(each in a for each in b) else "other"
    if name not in ("low", "high", "at_most", "within", "distance"):
        return "other"
    if a is None or b is None:
        usual = 0.0 if name == "at_most" else None
        a, b = (usual if a is None else a), (usual if b is None else b)
    if a is None or b is None:  # an end that is open asks nothing
        return "stricter" if a is None else "looser"
    try:
        return _effect(a, b) if name == "low" else _effect(b, a)
    except TypeError:
        return "other"


def _effect(old: Any, new: Any) -> Effect | None:
    """Stricter where the number grew."""
    if old == new:
        return None
    return "stricter" if new > old else "looser"
