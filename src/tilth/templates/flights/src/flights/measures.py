"""What makes probabilities good, for days that may count several times or not at all.

Each measure is prepared once from the flights and then taken of any mix of days, so that
hundreds of resamples cost little more than one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Measure = Callable[[np.ndarray], float]
"""How often each day counts, shape (n_days,) -> the number; not a number where it has none."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a model said of some flights, and what came.

    Attributes:
        chance: Probability of being late, shape (n_flights,).
        late: Whether the flight was late.
        day: Which day it was, from 0 on.
    """

    chance: np.ndarray
    late: np.ndarray
    day: np.ndarray

    @property
    def n_days(self) -> int:
        """How many days there are."""
        return int(self.day.max()) + 1


def measures(flights: Judged, threshold: float, miss_cost: float) -> dict[str, Measure]:
    """Prepare all measures.

    Args:
        flights: What a model said, and what came.
        threshold: From this chance on, a flight is called late.
        miss_cost: What a late flight costs that was not called so; a false alarm costs 1.
    """
    called = flights.chance >= threshold
    return {
        "auc": auc(flights),
        "average_precision": average_precision(flights),
        "log_loss": mean(flights, log_losses(flights)),
        "brier": mean(flights, (flights.chance - flights.late) ** 2),
        "cost": mean(flights, costs(flights, called, miss_cost)),
        "accuracy": mean(flights, called == flights.late),
        "recall": mean(flights, called, among=flights.late),
        "precision": mean(flights, flights.late, among=called),
    }


def auc(flights: Judged) -> Measure:
    """How often a late flight got a higher chance than one on time; ties count half.

    The pairs are counted once for each two days, which makes the measure of a mix of days a
    product with a small matrix.
    """
    by_day = [flights.day == day for day in range(flights.n_days)]
    late_day = flights.day[flights.late]
    won = np.array([_pairs_won(flights, late_day, day) for day in by_day])
    n_late = np.array([(day & flights.late).sum() for day in by_day], dtype=float)
    n_on_time = np.array([day.sum() for day in by_day]) - n_late

    def measure(days: np.ndarray) -> float:
        pairs = (days @ n_late) * (days @ n_on_time)
        return float(days @ won @ days / pairs) if pairs else np.nan

    return measure


def _pairs_won(flights: Judged, late_day: np.ndarray, on_day: np.ndarray) -> np.ndarray:
    """For each day, how often its late flights beat those on time on one day."""
    on_time = np.sort(flights.chance[on_day & ~flights.late])
    late = flights.chance[flights.late]
    beaten = np.searchsorted(on_time, late, "left") + np.searchsorted(on_time, late, "right")
    return np.bincount(late_day, beaten / 2, minlength=flights.n_days)


def average_precision(flights: Judged) -> Measure:
    """Precision at each threshold, weighted by the late flights found between thresholds."""
    order = np.argsort(-flights.chance, kind="stable")
    ranked, day, late = flights.chance[order], flights.day[order], flights.late[order]
    last_of_its_chance = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])

    def measure(days: np.ndarray) -> float:
        weight = days[day]
        called = np.cumsum(weight)[last_of_its_chance]
        found = np.cumsum(weight * late)[last_of_its_chance]
        precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
        return float(np.diff(found, prepend=0) @ precision / found[-1]) if found[-1] else np.nan

    return measure


def mean(flights: Judged, values: np.ndarray, among: np.ndarray | None = None) -> Measure:
    """The mean over all flights, or over some."""
    chosen = np.ones(len(values)) if among is None else among.astype(float)
    total = np.bincount(flights.day, values * chosen, minlength=flights.n_days)
    size = np.bincount(flights.day, chosen, minlength=flights.n_days)

    def measure(days: np.ndarray) -> float:
        n_flights = days @ size
        return float(days @ total / n_flights) if n_flights else np.nan

    return measure


def log_losses(flights: Judged) -> np.ndarray:
    """Surprise at each outcome, in nats; a chance of exactly 0 or 1 counts as almost that."""
    given = np.where(flights.late, flights.chance, 1 - flights.chance)
    surprise: np.ndarray = -np.log(np.clip(given, np.finfo(float).eps, 1))
    return surprise


def costs(flights: Judged, called: np.ndarray, miss_cost: float) -> np.ndarray:
    """What each flight costs: nothing where the call was right."""
    return np.where(flights.late, ~called * miss_cost, called * 1.0)
