"""How a model ages: how much worse an older one is on the very same rows than a fresh one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.record import record

Integers = NDArray[np.int64]
Losses = Callable[[Integers, Integers], NDArray[np.float64]]
"""Trains on rows, and gives the loss on each of other rows."""

FEW = 20
"""A window with fewer rows than this cannot be scored."""

_FEW_WINDOWS = 3
"""An age that fewer windows tell of is not told."""

_LEAST = 0.02
"""A loss is worse where it is more than this share above the fresh one's, if nobody says."""


@record
class Windows:
    """Stretches of time with rows to train on or to score.

    Attributes:
        edges: Their ends, shape (n_windows + 1,), in the unit of the times.
        rows: Positions of the rows of each.
    """

    edges: tuple[float, ...]
    rows: tuple[Integers, ...]

    @property
    def length(self) -> float:
        """Of one of them."""
        return self.edges[1] - self.edges[0]


def windows_of(times: NDArray[np.float64], n: int) -> Windows:
    """Stretches of equal length from the first moment to the last.

    Args:
        times: When each row was, shape (n_rows,), finite.
        n: How many.

    Raises:
        ValueError: All rows are of one moment.
    """
    first, last = float(times.min()), float(times.max())
    if first == last:
        raise ValueError("all rows are of one moment")
    edges = np.linspace(first, last, n + 1)
    place = np.clip(np.searchsorted(edges, times, "right") - 1, 0, n - 1)
    rows = tuple(np.flatnonzero(place == i) for i in range(n))
    return Windows(edges=tuple(edges.tolist()), rows=rows)


def staleness(
    windows: Windows, losses: Losses, *, memory: int, allowed: float = _LEAST
) -> dict[str, Any]:
    """Train at one time, score at each later time, and compare ages on the same rows.

    Every model learns from `memory` windows, so that an old one has not learned from fewer rows.
    On each window the model of age k is compared with that of age 1: what is hard in that window
    is hard for both. (A curve of the loss by age alone mixes both.)

    Args:
        windows: Of the rows.
        losses: Trains on the rows of the first argument, and gives the loss of those of the
            second.
        memory: Windows that each model learns from.
        allowed: By which share of the fresh loss an older model may be worse.

    Returns:
        `fresh` (mean loss of age 1), `ages`: `age` in windows, `extra` (mean loss above the fresh
        one's, with `low` and `high` at 95 % together), `windows` that were compared;
        `retrain_after` (the largest age that is not surely worse than allowed, in windows) and
        `is_bounded` (whether a larger one is).

    Raises:
        ValueError: Fewer than three windows can be scored.

    References:
        D. Vela et al., "Temporal quality degradation in AI models", Scientific Reports 12, 2022:
        train at t, score at t + k. The pairing by window is ours.
    """
    means = _means(windows, losses, memory)
    fresh = {target: mean for (target, age), mean in means.items() if age == 1}
    if len(fresh) < 2:
        raise ValueError("fewer than two windows can be scored by a fresh model")
    extras = _extras(means, fresh)
    if not extras:
        raise ValueError("too few windows to compare ages")
    ages: list[dict[str, Any]] = [
        {"age": age, "windows": len(extra), "extra": _interval(extra, len(extras))}
        for age, extra in extras.items()
    ]
    level = float(np.mean(list(fresh.values())))
    bad = [each["age"] for each in ages if _is_worse(each["extra"], allowed * level)]
    return {
        "fresh": level,
        "allowed": allowed * level,
        "ages": ages,
        "retrain_after": min(bad) - 1 if bad else ages[-1]["age"],
        "is_bounded": bool(bad),
    }


def _means(windows: Windows, losses: Losses, memory: int) -> dict[tuple[int, int], float]:
    """(Window, age of the model) -> mean loss."""
    found = {}
    n = len(windows.rows)
    for last in range(memory - 1, n - 1):
        train = np.concatenate(windows.rows[last - memory + 1 : last + 1])
        targets = [i for i in range(last + 1, n) if len(windows.rows[i]) >= FEW]
        if len(train) < FEW or not targets:
            continue
        scored = losses(train, np.concatenate([windows.rows[i] for i in targets]))
        ends = np.cumsum([len(windows.rows[i]) for i in targets])
        for target, part in zip(targets, np.split(scored, ends[:-1]), strict=True):
            found[target, target - last] = float(part.mean())
    return found


def _extras(
    means: Mapping[tuple[int, int], float], fresh: Mapping[int, float]
) -> dict[int, list[float]]:
    """Age -> how much worse than fresh on each window; of ages that enough windows tell of."""
    found: dict[int, list[float]] = {}
    for (target, age), mean in sorted(means.items()):
        if age > 1 and target in fresh:
            found.setdefault(age, []).append(mean - fresh[target])
    return {age: found[age] for age in sorted(found) if len(found[age]) >= _FEW_WINDOWS}


def _interval(values: Sequence[float], n_asked: int) -> Mapping[str, float]:
    """Mean of differences between windows, by Student's t: windows are what was drawn.

    All intervals hold together at 95 % (Bonferroni), so that no age is called worse by looking
    at many.
    """
    from scipy.stats import t  # 0.3 s, and only who trains on stretches of time needs it

    mean = float(np.mean(values))
    reach = float(
        t.ppf(1 - 0.025 / n_asked, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    )
    return {"value": mean, "low": mean - reach, "high": mean + reach}


def _is_worse(extra: Mapping[str, float], allowed: float) -> bool:
    return extra["value"] > allowed and extra["low"] > 0
