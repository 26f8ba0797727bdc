"""What to do next, ranked by what a unit of its price is expected to gain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any

from tilth.errors import DefinitionError, suggestion

if TYPE_CHECKING:
    from tilth.quality.advice import Action, Prices
    from tilth.quality.intervals import Estimate
    from tilth.quality.learning_curve import CurveFit

PRICES: Mapping[str, float] = {"check_label": 1.0, "collect_row": 2.0, "decide": 30.0}
"""In minutes, say: to look at a label, to collect a row and label it, to settle a definition."""

_LEAST_ACCURACY, _LEAST_SHARE = 0.002, 0.02

_CALIBRATED = 0.12
"""The share of wrong labels at which the gain of cleaning was calibrated by experiment."""

LABELS = "LABELS"
"""Stands in a command for a label set, of which the stage knows none."""

_UNPRICED = ("add a feature", "leave it", "collect rows")
"""What a slice may need that is told in words, where no gain could be put on it."""

_HARD = 0.5
"""From this share of hard rows among those suspected on, classes may be too fine."""

_ONE_PAIR = 0.3
"""From this share of all errors on, two classes are not told apart."""


def advise(
    slices: dict[str, Any],
    *,
    noise: dict[str, Any] | None = None,
    curve: dict[str, Any] | None = None,
    rehearsal: dict[str, Any] | None = None,
    robust: dict[str, Any] | None = None,
    prices: dict[str, float] | None = None,
    least_gain: float | None = None,
) -> dict[str, Any]:
    """Rank what could be done to the data.

    Args:
        slices: What `diagnose_slices` found.
        noise: What `examine_labels` found.
        curve: What `learning_curve` found.
        rehearsal: What `rehearse_cleaning` found.
        robust: What `compare_training` found.
        prices: `check_label`, `collect_row` and `decide`, in one unit; `PRICES` for what is not
            given.
        least_gain: A gain below this is not worth doing; 0.002 of accuracy, or of another
            metric 2 % of what it is now, where not given.

    Returns:
        `summary`, `clear`, `actions` (see `tilth.quality.advice.Advice.as_json`), `too_small`
        (actions that gain too little to be ranked), `exchange` (what a checked label is worth in
        new rows), `metric`, `prices`, `least_gain`, and `notes`: what else a person should know.

    Raises:
        DefinitionError: A price that there is not, or that is none.
    """
    from tilth.quality.advice import advise as ranked

    facts = _Facts(slices, noise or {}, curve or {}, rehearsal or {}, prices or {})
    actions = list(facts.actions())
    least = facts.least_gain if least_gain is None else least_gain
    worth = [each for each in actions if each.gain.value >= least]
    small = [each for each in actions if each.gain.value < least]
    advice = ranked(worth).as_json()
    reason, bound = facts.why_not(), facts.bound(least)
    if not actions:
        advice["summary"] = bound or f"cannot say what would gain: {reason}"
    too_small = ranked(small).as_json()["actions"]
    return {
        **advice,
        "metric": facts.metric,
        "too_small": [each for each in too_small if each["kind"] != "leave it"],
        "exchange": facts.exchange(),
        "prices": {**PRICES, **(prices or {})},
        "least_gain": least,
        "notes": [
            *([f"{bound or reason}."] if reason and actions else []),
            *_of_training(robust or {}),
            *facts.notes(worth),
        ],
    }


class _Facts:
    """What was measured, as actions."""

    def __init__(
        self,
        slices: Mapping[str, Any],
        noise: Mapping[str, Any],
        curve: Mapping[str, Any],
        rehearsal: Mapping[str, Any],
        prices: Mapping[str, float],
    ) -> None:
        self._slices, self._noise, self._curve = slices, noise, curve
        self._rehearsal = rehearsal if "clean" in rehearsal else {}
        self._prices = _prices(prices)
        self.metric = curve.get("metric", "")
        self._fit = _fit(curve) if curve else None
        self._present: int = curve.get("rows", 0)

    @property
    def least_gain(self) -> float:
        """The gain below which nothing is worth doing, where nobody says so."""
        means = self._curve.get("means")
        if not means or self.metric == "accuracy":
            return _LEAST_ACCURACY
        return _LEAST_SHARE * float(means[-1])

    def actions(self) -> Iterator[Action]:
        """All that could be done, whether it is worth it or not."""
        yield from self._cleaning()
        yield from self._collecting()
        yield from self._collecting_of_slices()
        yield from self._merging()

    # Labels

    def _clean_gain(self) -> Estimate | None:
        """What it gains to correct all labels that are clearly wrong; None where not known."""
        from tilth.quality.intervals import Estimate, Interval
        from tilth.stages.evaluate.labels import clear_rate

        if not self._noise.get("suspects"):
            return None
        rate = clear_rate(self._noise)
        if self._rehearsal:
            return _times(Estimate.from_dict(self._rehearsal["clean"]), rate["value"] / _CALIBRATED)
        if self._fit is None:
            return None
        value, low, high = (self._gain_at(rate[end]) for end in ("value", "low", "high"))
        ends = Interval(low.interval.low, high.interval.high, value.interval.level)
        return Estimate(value.value, ends)

    def _gain_at(self, rate: float) -> Estimate:
        """Right labels teach what so many times as many noisy ones do, by theory."""
        from tilth.quality.noise import sample_size_factor

        assert self._fit is not None
        factor = min(sample_size_factor(rate, len(self._noise["classes"])), 1e6)
        return self._fit.gain(self._present, self._present * (factor - 1))

    def _checks(self, *kinds: str) -> int:
        """Labels of the training table to look at, those not looked at yet by their share."""
        looked_at: int = self._noise["train_rows_looked_at"]
        if not looked_at:
            return 0
        found: int = sum(self._noise["suspects_in_train"][kind] for kind in kinds)
        return round(found * self._present / looked_at)

    def _cleaning(self) -> Iterator[Action]:
        from tilth.quality.advice import fix_labels, revise_instruction

        gain = self._clean_gain()
        if gain is None or self._checks("random", "systematic") == 0:
            return
        slips, swaps = self._checks("random"), self._checks("systematic")
        conventions = self._noise["conventions"]
        if not conventions:
            slips, swaps = slips + swaps, 0
        if slips:
            part = _times(gain, slips / (slips + swaps))
            what = f"the {slips:,} that look wrong{self._mostly()}"
            yield self._noted(fix_labels(what, slips, part, self._prices))
        if swaps:
            part = _times(gain, swaps / (slips + swaps))
            first = conventions[0]
            what = f"when is it `{first['given']}`, and when `{first['suggested']}`?"
            yield self._noted(revise_instruction(what, part, swaps, self._prices))

    def _mostly(self) -> str:
        """The slice whose labels are to be checked first."""
        for each in self._slices["findings"]:
            causes = each.get("diagnoses") or []
            if causes and causes[0]["cause"] == "noisy labels":
                return f", those in `{each['title']}` first"
        return ""

    def _noted(self, action: Action) -> Action:
        from tilth.record import changed

        if self._rehearsal:
            caveat = "predicted from a rehearsal; no label was changed"
        else:
            caveat = "as theory has it for labels that are wrong at random; a convention costs more"
        return changed(action, caveat=caveat)

    # Rows

    def _collecting(self) -> Iterator[Action]:
        from tilth.quality.advice import collect_rows
        from tilth.quality.intervals import Estimate
        from tilth.record import changed

        gain = None
        if self._fit is not None:
            gain = self._fit.gain(self._present, self._present)
        if self._rehearsal:
            # What cleaning gains is of the same prediction, and only so can they be compared.
            gain = Estimate.from_dict(self._rehearsal["collect"])
        if gain is not None:
            what = f"{self._present:,} more, of all kinds"
            action = collect_rows(what, self._present, gain, self._prices)
            yield changed(action, command=self._order(self._present))

    def _collecting_of_slices(self) -> Iterator[Action]:
        from tilth.quality.advice import collect_rows
        from tilth.record import changed

        for each in self._curve.get("slices", ()):
            fit, present = _fit(each | self._kind_of_score()), each["present"]
            if fit is None or present == 0:
                continue
            gain = _times(fit.gain(present, present), each["share"])
            action = collect_rows(f"{present:,} more of `{each['title']}`", present, gain,
                                  self._prices)  # fmt: skip
            yield changed(
                action,
                caveat="as if only rows of its own kind taught it",
                command=self._order(present, each["slice"]),
            )

    def _order(self, rows: int, of: str = "") -> str:
        """What to type to have rows collected."""
        part = f" --slice {quote(of)}" if of else ""
        return f"tilth data order {quote(self._curve['train'])}{part} --rows {rows}"

    def _kind_of_score(self) -> dict[str, Any]:
        return {name: self._curve[name] for name in ("greater_is_better", "seed")}

    # Classes

    def _merging(self) -> Iterator[Action]:
        """Two of several classes that make up much of all errors, and whose rows are hard."""
        import numpy as np

        from tilth.quality.advice import merge_classes
        from tilth.record import changed

        names = self._slices.get("classes") or []
        kinds = self._noise.get("kinds")
        if len(names) < 3 or not kinds or (kinds["ambiguous"]["value"] or 0.0) <= _HARD:
            return
        counts = np.asarray(self._slices["confusion"], dtype=float)
        wrong = counts + counts.T - 2 * np.diag(counts.diagonal())
        first, second = np.unravel_index(int(wrong.argmax()), wrong.shape)
        if wrong[first, second] * 2 >= _ONE_PAIR * wrong.sum() > 0:
            merged = merge_classes(counts, names, names[first], names[second], self._prices)
            both, to = quote(f"{names[first]},{names[second]}"), quote(str(names[first]))
            command = f"tilth labels migrate {LABELS} --merge {both} --to {to} --why '...'"
            yield changed(merged, command=command)

    # What else

    def exchange(self) -> dict[str, Any] | None:
        """What a checked label is worth in new rows; None where either is not known."""
        from tilth.quality.exchange_rate import predicted_rate

        gain = self._clean_gain()
        checks = self._checks("random", "systematic") if self._noise.get("suspects") else 0
        if gain is None or self._fit is None or not checks:
            return None
        rate = predicted_rate(self._fit, gain, present=self._present, checked=checks)
        return {"text": str(rate), **_finite(rate.per_label.as_dict()), "checked": checks}

    def why_not(self) -> str:
        """Why it is not known what more rows would bring; empty where it is."""
        if not self._curve:
            return "the stage was not given `train`"
        if self._curve["refusal"]:
            return str(self._curve["refusal"]["message"])
        return self._curve["too_far"] or ""

    def bound(self, least: float) -> str:
        """What more rows would gain at most, where no family of curves fits; empty where unknown.

        Args:
            least: A gain below this is not worth doing.
        """
        doubling = self._curve.get("doubling")
        if self._fit is not None or not doubling or self._curve["sizes"][-1] < self._present:
            return ""
        sizes = self._curve["sizes"]
        seen = (
            f"from {sizes[-2]:,} to {sizes[-1]:,} rows each doubling brought "
            f"{doubling['value']:.2g} of {self.metric} "
            f"({doubling['low']:.2g} to {doubling['high']:.2g})"
        )
        if doubling["high"] < least:
            return f"more rows of all kinds are not worth it: {seen}, and {least:.2g} would be"
        return f"twice as many rows bring no more than the last ones did: {seen}"

    def notes(self, worth: Sequence[Action]) -> Iterator[str]:
        """What no price can be put on, and what is not among the actions that are worth it."""
        if "left_out" in self._noise:
            yield f"labels were not looked at: {self._noise['left_out']}."
        if self._noise.get("warning"):
            yield f"{self._noise['warning']}."
        for each in self._slices["findings"]:
            causes = each.get("diagnoses") or []
            advised = any(f"`{each['title']}`" in action.what for action in worth)
            if causes and not advised and causes[0]["action"] in _UNPRICED:
                yield f"`{each['title']}`: {causes[0]['action']}; {causes[0]['text']}."


def _of_training(robust: Mapping[str, Any]) -> Iterator[str]:
    """Whether training that bears wrong labels is worth it: it costs no labour, so no price."""
    if not robust or "left_out" in robust:
        return
    if not robust["better"]:
        yield "no way of training that bears wrong labels surely beats plain training here."
        return
    best = robust["better"][0]
    gain = robust["gains"][best]
    yield (
        f"train {best}: it gains {gain['value']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f}) "
        f"of accuracy over plain training, with no label changed "
        f"(`tilth.quality.robust_training.RobustClassifier(model, {best!r})`)."
    )


def _prices(given: Mapping[str, float]) -> Prices:
    from tilth.quality.advice import Prices

    for name in given:
        if name not in PRICES:
            raise DefinitionError(
                f"stage `evaluate`: there is no price `{name}`",
                hint=suggestion(name, PRICES, kind="price"),
            )
    known = {**PRICES, **given}
    try:
        return Prices(
            label=known["check_label"], row=known["collect_row"], decision=known["decide"]
        )
    except (ValueError, TypeError) as error:
        raise DefinitionError(f"stage `evaluate`: {error}") from error


def _fit(curve: Mapping[str, Any]) -> CurveFit | None:
    """The curve, extended again; None where that was refused."""
    from tilth.quality.learning_curve import Refusal, curve_of, fit_curve

    if curve.get("fit") is None or curve["too_far"]:
        return None
    greater = bool(curve["greater_is_better"])
    measured = curve_of(curve["sizes"], curve["scores"], greater_is_better=greater)
    found = fit_curve(measured, seed=curve["seed"])
    return None if isinstance(found, Refusal) else found


def _times(estimate: Estimate, factor: float) -> Estimate:
    from tilth.quality.intervals import Estimate, Interval

    ends = estimate.interval
    return Estimate(
        estimate.value * factor, Interval(ends.low * factor, ends.high * factor, ends.level)
    )


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """JSON has no word for infinity."""
    from math import isfinite

    return {name: value if isfinite(value) else None for name, value in values.items()}
