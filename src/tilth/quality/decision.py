"""Clean the labels there are, or collect as many rows again? Decided from noisy rows alone.

Both gains are predicted from a rehearsal: what more noise of the kind that is there costs, and
what half of the rows cost. Either is measured at the wrong place (more noise instead of less,
fewer rows instead of more) and on few rows, so it is drawn towards what is usual by two straight
lines, fitted where both the rehearsal and the truth were known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from scipy.special import ndtr, ndtri

from tilth.quality.intervals import Estimate, Interval
from tilth.quality.planted_noise import KINDS, Kind
from tilth.quality.rehearsal import Rehearsal
from tilth.record import record


@record
class Calibration:
    """How measured costs become predicted gains.

    Attributes:
        clean: Intercept and slope of the gain of cleaning on the cost of more noise.
        collect: Intercept and slope of the gain of doubling on the cost of halving.
        spread_clean, spread_collect, spread: How far predictions of either gain, and of their
            difference, err on data sets that the lines were not fitted on: the standard
            deviation of a normal variable that is as often within its 80 % interval.
        scale: What the chance is read off with: the difference in units of it is a normal
            deviate. It is smaller than `spread`, since errors have long tails.
    """

    clean: tuple[float, float]
    collect: tuple[float, float]
    spread_clean: float
    spread_collect: float
    spread: float
    scale: float


TUNED = Calibration(
    clean=(0.0188, 0.135),
    collect=(0.0104, 0.168),
    spread_clean=0.0313,
    spread_collect=0.0249,
    spread=0.0309,
    scale=0.02,
)
"""Lines of 11 data sets, three learners and three kinds of noise, with 500 rows of which 12 % are
mislabelled; spreads of six other data sets. `docs/explanation/clean_or_collect.md` has them, and
how often the decision is right on either."""


@record
class Decision:
    """Which is worth more, and how surely.

    Attributes:
        better: What is expected to gain more.
        chance: That it does, 0.5 to 1; about 0.5 where both are worth the same.
        clean: Gain of accuracy, were all labels clean.
        collect: Gain of accuracy, were there twice as many rows as noisy as these.
        difference: The first less the second.
        looks_like: The kind of noise that weighs most.
        suffers: Accuracy that more noise of the kind cost in the rehearsal.
        lacks: Accuracy that halving the rows cost.
        relabelling: What giving the flagged rows the model's labels changed, by its own labels:
            a hint only, since a model agrees with itself.
    """

    better: Literal["clean", "collect"]
    chance: float
    clean: Estimate
    collect: Estimate
    difference: Estimate
    looks_like: Kind
    suffers: float
    lacks: float
    relabelling: float

    def text(self) -> str:
        """In a few lines, for people."""
        said = {
            "random": "slips, spread over all classes alike",
            "systematic": "another convention for some classes",
            "ambiguous": "rows that are hard to tell",
        }[self.looks_like]
        verb = "clean the labels" if self.better == "clean" else "collect as many rows again"
        return "\n".join(
            [
                f"{verb}: better with a chance of {self.chance:.0%}",
                f"  the wrong labels look like {said}",
                f"  to clean them all: {_told(self.clean)}",
                f"  to double the rows: {_told(self.collect)}",
                f"  as much noise again cost {self.suffers:+.4f}, half of the rows "
                f"{self.lacks:+.4f}",
            ]
        )


def clean_or_collect(
    rehearsal: Rehearsal,
    *,
    weights: Mapping[str, float] | None = None,
    level: float = 0.8,
    calibration: Calibration = TUNED,
) -> Decision:
    """Predict both gains, and name the greater.

    Args:
        rehearsal: On the rows there are.
        weights: `random`, `systematic` and `ambiguous` -> how much of the noise is of that kind,
            where somebody knows better than the contradictions of the rehearsal; they sum to 1.
        level: Of confidence of the intervals of prediction.
        calibration: Of another experiment, where one was made.

    Raises:
        ValueError: The level is not between 0 and 1, or weights are not of these kinds or do not
            sum to 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    shares = rehearsal.contradicted.weights if weights is None else _checked(weights)
    as_is = float(rehearsal.as_is.mean())
    suffers = sum(
        shares[kind] * (as_is - float(dosed.mean())) for kind, dosed in rehearsal.dosed.items()
    )
    lacks = as_is - float(rehearsal.half.mean())
    clean = _line(calibration.clean, suffers)
    collect = _line(calibration.collect, lacks)
    difference = clean - collect
    return Decision(
        better="clean" if difference > 0 else "collect",
        chance=float(ndtr(abs(difference) / calibration.scale)),
        clean=_estimate(clean, calibration.spread_clean, level),
        collect=_estimate(collect, calibration.spread_collect, level),
        difference=_estimate(difference, calibration.spread, level),
        looks_like=max(shares, key=shares.__getitem__),
        suffers=suffers,
        lacks=lacks,
        relabelling=float(rehearsal.relabelled.mean()) - as_is,
    )


def _checked(weights: Mapping[str, float]) -> dict[Kind, float]:
    found: dict[Kind, float] = {kind: float(weights.get(kind, 0.0)) for kind in KINDS}
    known = set(weights) <= set(KINDS) and min(found.values()) >= 0
    if not known or abs(sum(found.values()) - 1) > 1e-6:
        raise ValueError(f"weights of {list(KINDS)} sum to 1, unlike {dict(weights)}")
    return found


def _line(line: tuple[float, float], value: float) -> float:
    return line[0] + line[1] * value


def _estimate(value: float, spread: float, level: float) -> Estimate:
    half = float(ndtri((1 + level) / 2)) * spread
    return Estimate(value, Interval(value - half, value + half, level))


def _told(gain: Estimate) -> str:
    return f"{gain.value:+.4f} [{gain.interval.low:+.4f}, {gain.interval.high:+.4f}]"
