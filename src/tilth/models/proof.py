"""Whether rows show that a measure meets its bound, or that it does not, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from tilth.models.goals import Goal
from tilth.models.verdict import Outcome, Part
from tilth.quality.drift.multiple import adjusted
from tilth.quality.measures.resampled import Resampled, Resamples
from tilth.record import changed


def part_of(
    goal: Goal,
    found: Resampled | None,
    n_rows: int,
    *,
    other: str | None,
    text: str = "",
    known: tuple[float, float] = (0.0, 0.0),
) -> Part:
    """What some rows say of a goal for a measure.

    Args:
        goal: For a measure, alone or against another model.
        found: The measure of the models on resamples of these rows; None where they are too few.
        n_rows: How many rows there are.
        other: The model that it is compared with; None where the bound is for the measure itself.
        text: The slice that the rows are.
        known: p-values of a test for this very measure: that the number is at most, and at least,
            the bound. The larger one counts.
    """
    if found is None or found.n_rows < goal.least_rows:
        n = n_rows if found is None else found.n_rows
        return Part(slice=text, outcome="undecided", n_rows=n_rows, evidence=_too_few(n, goal))
    if other is None:
        return _alone(goal, found, Part(slice=text, outcome="undecided", n_rows=n_rows), known)
    part = Part(slice=text, outcome="undecided", n_rows=n_rows)
    return _compared(goal, found, other, part, known)


def _alone(goal: Goal, found: Resampled, part: Part, known: tuple[float, float]) -> Part:
    assert goal.measure is not None  # it is of one
    own = found.of(goal.measure, CANDIDATE)
    part = changed(_numbers(goal, part, own, known), after=own.value)
    return _told(goal, part, f"{goal.measure.name} is {own.value:.4g}")


def _compared(
    goal: Goal, found: Resampled, other: str, part: Part, known: tuple[float, float]
) -> Part:
    assert goal.measure is not None  # it is of one
    gain = found.gain(goal.measure, other, CANDIDATE)
    part = _numbers(goal, part, gain.resamples, known)
    part = changed(part, before=gain.before, after=gain.after)
    name = goal.measure.name
    said = f"{name} is {gain.after:.4g} after {gain.before:.4g}, {_way(part.value)}"
    return _told(goal, part, said)


def _numbers(goal: Goal, part: Part, own: Resamples, known: tuple[float, float]) -> Part:
    """With the number, its interval, and how it stands to the bound."""
    estimate = own.estimate(level=1 - 2 * goal.alpha)
    at_most = max(own.p_at_most(goal.bound), known[0])
    at_least = max(own.p_at_least(goal.bound), known[1])
    upwards = goal.is_floor or bool(goal.against)
    return changed(
        part,
        value=estimate.value,
        low=estimate.interval.low,
        high=estimate.interval.high,
        p_value=at_most if upwards else at_least,
        p_against=at_least if upwards else at_most,
    )


CANDIDATE = "candidate"
"""What the version that is judged is called among the models."""


def _way(gain: float) -> str:
    if not isfinite(gain) or gain == 0:
        return "the same"
    return f"{'better' if gain > 0 else 'worse'} by {abs(gain):.3g}"


def _told(goal: Goal, part: Part, said: str) -> Part:
    """With its outcome, each part for itself, and with the evidence."""
    if not isfinite(part.value):
        name = goal.measure.name if goal.measure is not None else ""
        return changed(
            part,
            evidence=f"{name} is not defined for these {part.n_rows:,} rows: a class is absent",
        )
    ends = f"{part.low:.4g} to {part.high:.4g}" if isfinite(part.low) else "without an interval"
    if goal.against:
        ends = f"{part.low:+.3g} to {part.high:+.3g}"
    outcome: Outcome = "undecided"
    if part.p_value <= goal.alpha:
        outcome = "passed"
    elif part.p_against <= goal.alpha:
        outcome = "failed"
    p = part.p_against if outcome == "failed" else part.p_value
    more = _enough(goal, part) if outcome == "undecided" else ""
    return changed(part, outcome=outcome, evidence=f"{said} ({ends}; p = {told_p(p)}){more}")


def told_p(value: float) -> str:
    """A p-value as people write it."""
    return f"{value:.1g}" if value < 0.1 else f"{value:.2f}"


def _too_few(n: int, goal: Goal) -> str:
    if n == 0:
        return "none of the rows is in it"
    return f"{n:,} rows, and fewer than {goal.least_rows:,} are too few for a judgement"


_FEW = 3


def told_few(levels: Sequence[tuple[str, int]], goal: Goal) -> str:
    """In words, which levels have too few rows to be judged; empty where there are none.

    Args:
        levels: What each is called, and how many rows it has.
        goal: That is about them.
    """
    if not levels:
        return ""
    named = ", ".join(f"{name} ({n:,})" for name, n in levels[:_FEW])
    more = f" and {len(levels) - _FEW:,} more" if len(levels) > _FEW else ""
    return f"not judged, with fewer than {goal.least_rows:,} rows: {named}{more}"


def _enough(goal: Goal, part: Part) -> str:
    """How many rows would show it, were all to stay as it is; an interval shrinks by the root."""
    is_above = part.value > part.low
    good = goal.is_floor or bool(goal.against)
    away = part.value - goal.bound if good else goal.bound - part.value
    reach = part.value - part.low if good else part.high - part.value
    if away <= 0 or not is_above or not isfinite(reach) or reach <= 0:
        return ""
    wanted = part.n_rows * (reach / away) ** 2
    if wanted <= part.n_rows * 1.05 or wanted > 1e8:
        return ""
    digits = 10 ** max(0, len(str(int(wanted))) - 2)
    return f"; about {round(wanted / digits) * digits:,} rows would show it"


def together(goal: Goal, parts: Sequence[Part]) -> tuple[Outcome, tuple[Part, ...]]:
    """The outcome of a goal that each of several slices must meet.

    It is passed where each slice is shown to meet it, at alpha: to pass by mistake, the slice
    that does not meet it must pass by mistake, so that the chance stays at alpha however many
    there are (intersection-union test). It is failed where at least one slice is shown not to
    meet it; since each of many has its chance to look bad, that is by Holm's step-down.

    References:
        R. L. Berger, "Multiparameter hypothesis testing and acceptance sampling", Technometrics
        24, 1982; S. Holm, Scandinavian Journal of Statistics 6(2), 1979.
    """
    found = list(parts)
    p_values = adjusted([each.p_against for each in found]) if found else []
    for at, (part, p) in enumerate(zip(found, p_values, strict=True)):
        if part.outcome == "failed" and p > goal.alpha:
            found[at] = changed(
                part,
                outcome="undecided",
                evidence=f"{part.evidence}, which one of {len(found)} slices may show by chance",
            )
    outcomes = {each.outcome for each in found}
    if "failed" in outcomes:
        return "failed", tuple(found)
    return ("passed" if outcomes == {"passed"} else "undecided"), tuple(found)
