"""What to do next: actions ranked by what a unit of their price is expected to gain.

A pure function of facts that others measured. It says so where the facts do not tell one action
from another, and where the best of them may be to leave the data as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from tilth.quality.intervals import Estimate, Interval, wilson
from tilth.record import changed, record

Kind = Literal["fix labels", "collect rows", "merge classes", "revise the instruction", "leave it"]


@record
class Prices:
    """What labour costs, in any one unit: minutes, or money.

    Attributes:
        label: To check one label, however many people it takes.
        row: To collect one row and label it.
        decision: To decide on a definition, such as to merge two classes.
    """

    label: float
    row: float
    decision: float = 0.0

    def __post_init__(self) -> None:
        for name in ("label", "row", "decision"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise ValueError(f"the price of a {name} is at least 0, not {getattr(self, name)}")


@record
class Action:
    """Something that could be done to the data.

    Attributes:
        kind: One of a closed list.
        what: Which labels, rows, classes or passage, in words.
        gain: Of the metric, if it were done in full; positive where it gets better.
        units: Labels to check, rows to collect or decisions to take.
        price: Of all units.
        caveat: What the gain does not tell; empty where there is nothing.
        command: What to type to begin with it; empty where there is nothing.
    """

    kind: Kind
    what: str
    gain: Estimate
    units: float
    price: float
    caveat: str = ""
    command: str = ""

    @property
    def per_price(self) -> Estimate:
        """Gain for one unit of the price; of a gain that costs nothing, infinite."""
        ends = (self.gain.value, self.gain.interval.low, self.gain.interval.high)
        value, low, high = (_per(each, self.price) for each in ends)
        return Estimate(value, Interval(low, high, self.gain.interval.level))


@record
class Ranked:
    """An action and its place.

    Attributes:
        rank: From 1; actions that cannot be told apart share it.
        action: What to do.
        verdict: Whether it is surely a gain, maybe one, or surely none.
    """

    rank: int
    action: Action
    verdict: Literal["gains", "may gain", "does not gain"]


@record
class Advice:
    """Actions, best first.

    Attributes:
        ranked: All of them.
        clear: One action is first, and surely better than to leave it.
        summary: One sentence.
    """

    ranked: tuple[Ranked, ...]
    clear: bool
    summary: str

    def text(self) -> str:
        """For a terminal: the summary, and a line for each action."""
        lines = [self.summary, ""]
        for each in self.ranked:
            action = each.action
            per = action.per_price
            lines.append(
                f"{each.rank:>2}. {action.kind}: {action.what}"
                f" - {_points(action.gain)}, price {action.price:g}, {per.value:.3g} per unit"
                f" ({each.verdict})"
            )
            if action.caveat:
                lines.append(f"    {action.caveat}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """For a program: only what JSON has; a number that is not finite is null."""
        return {
            "summary": self.summary,
            "clear": self.clear,
            "actions": [_ranked_json(each) for each in self.ranked],
        }


def fix_labels(where: str, checks: float, gain: Estimate, prices: Prices) -> Action:
    """Check labels where they look wrong, and correct those that are.

    Args:
        where: Such as a slice, or "those flagged".
        checks: Labels to look at, of which a part only is wrong.
        gain: Expected of it.
        prices: Of labour.
    """
    return _action("fix labels", where, gain, checks, checks * prices.label)


def collect_rows(where: str, rows: float, gain: Estimate, prices: Prices) -> Action:
    """Collect rows and label them as well as those there are."""
    return _action("collect rows", where, gain, rows, rows * prices.row)


def merge_classes(
    confusion: ArrayLike, classes: Sequence[str], first: str, second: str, prices: Prices
) -> Action:
    """Make two classes one: the errors between them are no longer errors.

    Args:
        confusion: Counts, true class by predicted, shape (n_classes, n_classes).
        classes: Their names, in order.
        first, second: The two.
        prices: Of labour.

    Raises:
        ValueError: A name is not there, both are one, or the counts are not counts of any row.
    """
    counts = np.asarray(confusion, dtype=float)
    if counts.shape != (len(classes), len(classes)) or not (counts >= 0).all() or not counts.sum():
        raise ValueError(f"{len(classes)} classes need that many rows and columns of counts")
    for name in (first, second):
        if name not in classes:
            raise ValueError(f"`{name}` is none of the classes {list(classes)}")
    if first == second:
        raise ValueError(f"`{first}` cannot be merged with itself")
    i, j = classes.index(first), classes.index(second)
    between, n = counts[i, j] + counts[j, i], counts.sum()
    gain = Estimate(float(between / n), wilson(between, n))
    action = _action("merge classes", f"{first} with {second}", gain, 1, prices.decision)
    return _with_caveat(action, "the model then answers a coarser question, so judge by its use")


def revise_instruction(passage: str, gain: Estimate, relabelled: float, prices: Prices) -> Action:
    """Decide what labelers disagree about, and label again the rows that it concerns."""
    price = prices.decision + relabelled * prices.label
    return _action("revise the instruction", passage, gain, relabelled, price)


def leave_it(*, level: float = 0.95) -> Action:
    """Do nothing, which gains nothing and is free."""
    return _action("leave it", "the data as it is", Estimate(0.0, Interval(0.0, 0.0, level)), 0, 0)


def advise(actions: Iterable[Action]) -> Advice:
    """Rank actions by gain per price, as far as their intervals allow.

    Two actions share a rank where each one's expected gain per price lies within the other's
    interval: what was measured does not tell them apart. An action whose interval ends below
    zero, or whose gain is not above zero, ranks behind leaving the data as it is, which is added
    where it is missing.

    Args:
        actions: In any order; their gains in the same metric, their prices in the same unit.

    Raises:
        ValueError: A gain is not a number, or a price is negative.
    """
    given = [each for each in actions if each.kind != "leave it"]
    for each in given:
        _check(each)
    ordered = sorted([*given, leave_it()], key=_order)
    ranked = tuple(
        Ranked(rank=rank, action=action, verdict=_verdict(action))
        for rank, action in zip(_ranks(ordered), ordered, strict=True)
    )
    best = [each for each in ranked if each.rank == 1]
    clear = len(best) == 1 and best[0].verdict == "gains"
    return Advice(ranked=ranked, clear=clear, summary=_summary(best, clear))


def _order(action: Action) -> tuple[bool, float, float, float, str, str]:
    """Gains first, then leaving it, then losses; the surer and the cheaper of equals first."""
    per = action.per_price
    behind = action.gain.value <= 0 and action.kind != "leave it"
    return (behind, -per.value, -per.interval.low, action.price, action.kind, action.what)


def _ranks(ordered: Sequence[Action]) -> list[int]:
    """Places from 1; who cannot be told from the leader of a place shares it."""
    ranks: list[int] = []
    leader = 0
    for place, action in enumerate(ordered):
        if place == 0 or not _alike(ordered[leader], action):
            leader = place
        ranks.append(leader + 1)
    return ranks


def _alike(first: Action, second: Action) -> bool:
    one, other = first.per_price, second.per_price
    return one.value in other.interval and other.value in one.interval


def _verdict(action: Action) -> Literal["gains", "may gain", "does not gain"]:
    if action.gain.interval.low > 0:
        return "gains"
    if action.gain.interval.high > 0 and action.gain.value > 0:
        return "may gain"
    return "does not gain"


def _summary(best: Sequence[Ranked], clear: bool) -> str:
    names = [f"{each.action.kind} ({each.action.what})" for each in best]
    if len(best) > 1:
        return f"no clear winner between {', '.join(names[:-1])} and {names[-1]}"
    if best[0].action.kind == "leave it":
        return "leave it: nothing measured is expected to gain"
    if not clear:
        return f"{names[0]} comes first, though it may gain nothing"
    return f"{names[0]}: {_points(best[0].action.gain)} for a price of {best[0].action.price:g}"


def _check(action: Action) -> None:
    ends = (action.gain.value, action.gain.interval.low, action.gain.interval.high)
    if any(np.isnan(each) for each in ends):
        raise ValueError(f"the gain of `{action.kind}: {action.what}` is not known: {ends}")
    if not (action.price >= 0 and isfinite(action.price)):
        raise ValueError(f"the price of `{action.kind}: {action.what}` is {action.price}")


def _action(kind: Kind, what: str, gain: Estimate, units: float, price: float) -> Action:
    return Action(kind=kind, what=what, gain=gain, units=units, price=price)


def _with_caveat(action: Action, caveat: str) -> Action:
    return changed(action, caveat=caveat)


def _per(gain: float, price: float) -> float:
    if price > 0:
        return gain / price
    return 0.0 if gain == 0 else float(np.copysign(np.inf, gain))


def _points(gain: Estimate) -> str:
    return f"gain {gain.value:+.4f} [{gain.interval.low:+.4f}, {gain.interval.high:+.4f}]"


def _ranked_json(each: Ranked) -> dict[str, Any]:
    action = each.action
    return {
        "rank": each.rank,
        "kind": action.kind,
        "what": action.what,
        "verdict": each.verdict,
        "gain": _estimate_json(action.gain),
        "units": action.units,
        "price": action.price,
        "gain_per_price": _estimate_json(action.per_price),
        "caveat": action.caveat or None,
        "command": action.command or None,
    }


def _estimate_json(estimate: Estimate) -> dict[str, float | None]:
    interval = estimate.interval
    told = {"value": estimate.value, "low": interval.low, "high": interval.high}
    return {name: value if isfinite(value) else None for name, value in told.items()} | {
        "level": interval.level
    }
