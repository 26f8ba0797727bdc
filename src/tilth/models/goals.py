"""What a version of a model must meet to go live, as it is written in `goals.yml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from tilth.config.check import check
from tilth.config.goals_layout import FILE, GOALS, MODEL
from tilth.config.item import Item, plain
from tilth.config.mistake import Mistakes, Sources, refuse
from tilth.config.parse import decode, parse
from tilth.config.place import Place, spot
from tilth.config.unit import n_bytes, seconds
from tilth.fingerprint.canonical import of_value
from tilth.installed import normalised
from tilth.models.goal_mistakes import note_mistakes
from tilth.models.host import Host
from tilth.models.promotion import PromotionRule
from tilth.quality.measures.measure import MEASURES, Measure
from tilth.record import field, fields_of, record

Kind = Literal[
    "measure", "gap", "latency_ms", "size_mb", "invariance", "direction", "minimum"
]  # fmt: skip

ALPHA = 0.05
DRAWS = 2000
LEAST_ROWS = 30


@record
class Goal:
    """One thing that a version must meet.

    Attributes:
        kind: What it is about.
        bound: The number in it: a floor or a ceiling, what is allowed, a gap, milliseconds.
        is_floor: Whether the bound is one that must be reached from above.
        measure: For `measure` and `gap`; None otherwise.
        against: `live`, `baseline`, or empty where the bound is for the measure itself. Then the
            gain must be more than `bound`, which is below zero where some loss is allowed.
        slices: Conditions; each slice must meet it. Empty for all rows.
        by: Columns each level of which must meet it.
        column: For `gap`, `invariance` and `direction`.
        rises: For `direction`: whether the answer must rise with the column.
        change: A change of an answer below this is none.
        share: Of rows that may break it, for `invariance`, `direction` and `latency_ms`.
        dataset: For `minimum`: where the rows are.
        least_rows: Fewer are too few to judge.
        alpha: The chance of passing what does not meet it, at most.
        unproven_passes: Whether it stands in nobody's way that nothing can be shown.
        why: The reason.
        place: Where it is written: `goals.yml:12`; empty where it is in no file.
    """

    kind: Kind
    bound: float = 0.0
    is_floor: bool = True
    measure: Measure | None = None
    against: str = ""
    slices: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    column: str = ""
    rises: bool = True
    change: float = 0.0
    share: float = 0.0
    dataset: str = ""
    least_rows: int = LEAST_ROWS
    alpha: float = ALPHA
    unproven_passes: bool = False
    why: str = ""
    place: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """What must hold, in words."""
        return f"{_WORDS[self.kind](self)}{self._where()}"

    def _where(self) -> str:
        if self.by:
            return " for each level of " + ", ".join(f"`{each}`" for each in self.by)
        if len(self.slices) == 1:
            return f" where {self.slices[0]}"
        return f" on each of {len(self.slices)} slices" if self.slices else ""


def _of_measure(goal: Goal) -> str:
    assert goal.measure is not None  # it is of one
    name = goal.measure.name
    if not goal.against:
        return f"{name} at {'least' if goal.is_floor else 'most'} {goal.bound:g}"
    other = "what is live" if goal.against == "live" else "the baseline"
    if goal.bound < 0:
        return f"{name} worse than {other} by no more than {-goal.bound:g}"
    by = f" by more than {goal.bound:g}" if goal.bound else ""
    return f"{name} better than {other}{by}"


def _of_gap(goal: Goal) -> str:
    assert goal.measure is not None  # it is of one
    return f"{goal.measure.name} apart by no more than {goal.bound:g} between `{goal.column}`"


def _of_direction(goal: Goal) -> str:
    way = "lowers" if goal.rises else "raises"
    return f"more `{goal.column}` never {way} the answer{_but(goal)}"


def _but(goal: Goal) -> str:
    change = f", by more than {goal.change:g}" if goal.change else ""
    return change + (f", but for {goal.share:.2g} of rows" if goal.share else "")


_WORDS: Mapping[Kind, Callable[[Goal], str]] = {
    "measure": _of_measure,
    "gap": _of_gap,
    "latency_ms": lambda goal: f"95 of 100 answers within {goal.bound:g} ms",
    "size_mb": lambda goal: f"at most {goal.bound:g} MB",
    "invariance": lambda goal: f"`{goal.column}` does not change the answer{_but(goal)}",
    "direction": _of_direction,
    "minimum": lambda goal: f"all rows of `{goal.dataset}` answered rightly",
}


@record
class ModelGoals:
    """What versions of one model must meet, and on which rows that is seen.

    Attributes:
        model: The name that it is registered under.
        rows: The dataset, or a version of it.
        target: The column with what is so.
        features: Columns that the model is given; none where it knows itself.
        positive: Of two classes, the one that measures are about; None for the rarer one.
        together: A column that says which rows belong together; empty without.
        baseline: A dataset or a version of a model; empty for the best constant.
        draws: Resamples.
        seed: Of these.
        goals: What it must meet.
        promotion: What aliases ask for beside that; no part of the digest, as no verdict
            depends on it.
        runs_on: What is there for the version that an alias points at; no part of it either.
        place: Where they are written.
    """

    model: str
    rows: str
    target: str
    features: tuple[str, ...] = ()
    positive: Any = None
    together: str = ""
    baseline: str = ""
    draws: int = DRAWS
    seed: int = 0
    goals: tuple[Goal, ...]
    promotion: tuple[PromotionRule, ...] = ()
    runs_on: tuple[Host, ...] = ()
    place: str = field(default="", compare=False)

    @property
    def digest(self) -> str:
        """What stands for them: other goals, or other rows, have another one. Reasons count."""
        return of_value("goals", _plain(self))


def read_goals(folder: Path) -> dict[str, ModelGoals]:
    """Model -> its goals, as the project's `goals.yml` has them; none where there is no file.

    Raises:
        ConfigError: It holds mistakes; all of them are in it, each with its place.
    """
    path = folder / FILE
    mistakes = Mistakes(Sources())
    if path.with_suffix(".yaml").exists():
        mistakes.add(
            "the file ends in `.yaml`, and would not be read",
            Place(path.with_suffix(".yaml").name, 1, 1),
            expected="the ending `.yml`",
            hint=f"rename it to `{FILE}`",
        )
        refuse(mistakes.errors())
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        mistakes.add(f"the file cannot be read: {reason}", Place(FILE, 1, 1), expected="a file")
        refuse(mistakes.errors())
        return {}
    text = decode(data, FILE, mistakes)
    item = parse(text, FILE, mistakes) if text is not None else None
    if item is not None and item.value is not None:
        check(GOALS, item, FILE, mistakes)
    if item is not None and not mistakes.errors():
        for name in _names(item):
            note_mistakes(item.child(name), mistakes)
    refuse(mistakes.errors())
    if item is None:
        return {}
    return {name: _model(name, item.child(name)) for name in _names(item)}


def goals_from(
    settings: Mapping[str, Any], model: str = "model", *, parsed: bool = True
) -> ModelGoals:
    """Goals from Python: a mapping as it would stand in `goals.yml` below the model's name.

    Args:
        settings: That mapping.
        model: The name.
        parsed: Whether the texts of slices are looked into, which takes Polars.

    Raises:
        ConfigError: It holds mistakes; all of them are in it.

    Example:
        >>> from tilth.models.goals import goals_from
        >>> floor = {"measure": "accuracy", "at_least": 0.8, "why": "a rule has as much"}
        >>> goals_from({"rows": "test", "target": "late", "goals": [floor]}).goals[0].text
        'accuracy at least 0.8'
    """
    mistakes = Mistakes(Sources())
    item = _item(settings)
    check(MODEL, item, f"model `{model}`", mistakes)
    if not mistakes.errors():
        note_mistakes(item, mistakes, parsed=parsed)
    refuse(mistakes.errors())
    return _model(model, item)


def _names(item: Item) -> list[str]:
    return [name for name in item.child_keys() if not name.startswith("_")]


def _item(value: Any) -> Item:
    """A value of Python's as if it had been written in a file without a name."""
    if isinstance(value, Mapping):
        value = {str(name): _item(each) for name, each in value.items()}
    elif isinstance(value, list | tuple):
        value = [_item(each) for each in value]
    return Item(value, "", spot(1, 1))


def _model(name: str, item: Item | None) -> ModelGoals:
    assert item is not None  # it is there, and was checked
    goals = item.child("goals")
    assert goals is not None  # as above
    assert isinstance(goals.value, list)
    told = {key: value for key, value in plain(item).items() if value is not None}
    alpha = told.get("alpha", ALPHA)
    return ModelGoals(
        model=name,
        rows=told["rows"],
        target=told["target"],
        features=tuple(told.get("features", ())),
        positive=told.get("positive"),
        together=told.get("together", ""),
        baseline=told.get("baseline", ""),
        draws=told.get("draws", DRAWS),
        seed=told.get("seed", 0),
        goals=tuple(_goal(each, alpha) for each in goals.value),
        promotion=tuple(
            PromotionRule(alias=alias, **(rule or {}))
            for alias, rule in told.get("promotion", {}).items()
        ),
        runs_on=tuple(_host(alias, each, item) for alias, each in told.get("runs_on", {}).items()),
        place=_line(item.key),
    )


def _host(alias: str, settings: Mapping[str, Any] | None, item: Item) -> Host:
    told = {key: each for key, each in (settings or {}).items() if each is not None}
    for key, read in (("memory", _bytes), ("latency", seconds), ("start", seconds)):
        if key in told:
            told[key] = read(told[key])
    if "packages" in told:
        told["packages"] = {normalised(name): each for name, each in told["packages"].items()}
    group = item.child("runs_on")
    own = group.child(alias) if group is not None else None
    return Host(alias=alias, **told, place=_line(own.key) if own is not None else "")


def _bytes(value: float | str) -> int:
    return round(n_bytes(value))


def _goal(item: Item, alpha: float) -> Goal:
    told = {key: value for key, value in plain(item).items() if value is not None}
    shared = {
        name: told[name]
        for name in ("change", "share", "least_rows", "unproven_passes", "why")
        if name in told
    }
    by = told.get("by", ())
    slices = (told["slice"],) if "slice" in told else tuple(told.get("slices", ()))
    return Goal(
        **_meaning(told),
        **shared,
        alpha=told.get("alpha", alpha),
        slices=slices,
        by=(by,) if isinstance(by, str) else tuple(by),
        place=_line(item.place),
    )


def _meaning(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the goal is about, and the number in it."""
    if "calibration" in told:
        measure = MEASURES["calibration_error"]
        return {
            "kind": "measure", "measure": measure, "bound": told["calibration"], "is_floor": False,
        }  # fmt: skip
    for kind in ("latency_ms", "size_mb"):
        if kind in told:
            return {"kind": kind, "bound": told[kind], "is_floor": False}
    for kind in ("invariance", "direction"):
        if kind in told:
            return {"kind": kind, "column": told[kind], "rises": told.get("effect") != "lowers"}
    if "minimum" in told:
        return {"kind": "minimum", "dataset": told["minimum"]}
    return _of_a_measure(told)


def _of_a_measure(told: Mapping[str, Any]) -> dict[str, Any]:
    measure = MEASURES[told["measure"]]
    if "group" in told:
        return {
            "kind": "gap", "measure": measure, "column": told["group"], "bound": told["max_gap"],
            "is_floor": False,
        }  # fmt: skip
    found = {"kind": "measure", "measure": measure}
    if "against" in told:
        bound = told["better_by"] if "better_by" in told else -told["allowed"]
        return {**found, "against": told["against"], "bound": bound}
    is_floor = "at_least" in told
    return {**found, "bound": told["at_least" if is_floor else "at_most"], "is_floor": is_floor}


def _line(place: Place) -> str:
    return f"{place.file}:{place.line}" if place.file else ""


def _plain(goals: ModelGoals) -> dict[str, Any]:
    def flat(each: Any, skipped: tuple[str, ...]) -> dict[str, Any]:
        return {name: getattr(each, name) for name in fields_of(each) if name not in skipped}

    told = [
        {**flat(each, ("place", "measure")), "measure": each.measure.name if each.measure else ""}
        for each in goals.goals
    ]
    return {**flat(goals, ("place", "goals", "promotion", "runs_on")), "goals": told}
