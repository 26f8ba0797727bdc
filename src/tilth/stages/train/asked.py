"""What a person asked of the stage, read once and told in plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tilth.errors import DefinitionError, UnknownNameError, nearest
from tilth.graph.name import checked
from tilth.record import field, record
from tilth.stages.train.known import BASELINES, KNOWN, OWN, USUAL
from tilth.stages.train.spaces import read_space

Task = Literal["auto", "classification", "regression"]
TASKS = ("auto", "classification", "regression")

PREFERENCES = ("best", "simplest")

TRIALS = 30
"""Of each estimator, where nobody says otherwise: enough for boosting to gain most of what there
is to gain (Probst, Boulesteix and Bischl 2019, figure 1), ten of them drawn at random."""


@record
class Candidate:
    """A model that is to be compared with others.

    Attributes:
        name: Of this model among the others.
        kind: The name of a known estimator, or the dotted name of a class or function.
        settings: What it is made with.
        baseline: Whether it is there to be beaten.
    """

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    baseline: bool = False

    @property
    def own(self) -> bool:
        """Whether it is a class of the user's own, or of a library."""
        return self.kind not in KNOWN

    @property
    def simplicity(self) -> int:
        """Rank among the others, 0 for the simplest."""
        return OWN if self.own else KNOWN[self.kind].simplicity

    def as_dict(self) -> dict[str, Any]:
        """As plain data; `Candidate(**...)` reads it back."""
        return {
            "name": self.name,
            "kind": self.kind,
            "settings": dict(self.settings),
            "baseline": self.baseline,
        }


def read_candidates(
    given: Sequence[Any] | Mapping[str, Any] | None, *, timed: bool
) -> list[Candidate]:
    """The models to compare: the baselines, then those that were asked for.

    Args:
        given: A list of names, of dotted names, or of mappings from one name to settings; or one
            mapping. `class` among the settings says what it is, where the name does not.
        timed: Whether rows have a time, so that "as it was the last time" is a baseline.

    Raises:
        DefinitionError: It is something else, or names a model twice.
        UnknownNameError: A name without a dot is not known.
    """
    usual = (*BASELINES, "last_value") if timed else BASELINES
    asked = [_candidate(name, settings) for name, settings in _listed(given)]
    names = [each.name for each in asked]
    for each in names:
        if names.count(each) > 1:
            raise DefinitionError(
                f"stage `train`: two estimators are named `{each}`",
                hint="give one another name: `{other: {class: shop.models.Other}}`",
            )
    baselines = [Candidate(name=name, kind=name, baseline=True) for name in usual]
    return [*(each for each in baselines if each.name not in names), *asked]


def _listed(given: Sequence[Any] | Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    if given is None:
        return [(name, None) for name in USUAL]
    if isinstance(given, str):
        return [(given, None)]
    if isinstance(given, Mapping):
        return [(str(name), settings) for name, settings in given.items()]
    found: list[tuple[str, Any]] = []
    for each in given:
        if isinstance(each, str):
            found.append((each, None))
        elif isinstance(each, Mapping) and each:
            found += [(str(name), settings) for name, settings in each.items()]
        else:
            raise DefinitionError(
                f"stage `train`: {each!r:.80} among `estimators` names none",
                hint="write `[tree, boosting, sklearn.svm.SVC]` or `{boosting: {max_iter: 300}}`",
            )
    return found


def _candidate(text: str, settings: Any) -> Candidate:
    if settings is not None and not isinstance(settings, Mapping):
        raise DefinitionError(
            f"stage `train`: the settings of estimator `{text}` are {settings!r:.80}",
            hint=f"write `{{{text}: {{max_depth: 5}}}}`",
        )
    told = {str(name): value for name, value in (settings or {}).items()}
    kind = told.pop("class", text)
    if not isinstance(kind, str):
        raise DefinitionError(f"stage `train`: `class` of estimator `{text}` is {kind!r:.80}")
    if "." not in kind and ":" not in kind and kind not in KNOWN:
        raise UnknownNameError("estimator", kind, KNOWN, where="stage `train`")
    name = text.replace(":", ".").rpartition(".")[2]
    where = f"an estimator of stage `train`, `{text}`"
    return Candidate(name=checked(name, where), kind=kind, settings=told)


# Tuning


@record
class Tuning:
    """How one estimator is tuned.

    Attributes:
        trials: How many settings are tried.
        seconds: Nothing is begun after so long, and what runs then is given up; None for no
            limit.
        workers: Processes that try settings at the same time.
        trial_seconds: A trial that takes longer has failed; None for no limit.
        prune: Whether trials are given up that are worse than the median of those before.
        spaces: Model -> parameter -> where to look, as a person wrote it.
        estimators: Which models are tuned; None for all that are asked for and can be.
    """

    trials: int = TRIALS
    seconds: float | None = None
    workers: int = 1
    trial_seconds: float | None = None
    prune: bool = True
    spaces: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    estimators: tuple[str, ...] | None = None

    def of(self, candidate: Candidate) -> dict[str, Any] | None:
        """How a model is tuned, as plain data; None where it is not."""
        own = self.spaces.get(candidate.name)
        if self.estimators is None:
            known = candidate.kind in KNOWN and not candidate.baseline
            if not known and own is None:
                return None
        elif candidate.name not in self.estimators:
            return None
        return {
            "trials": self.trials,
            "seconds": self.seconds,
            "workers": self.workers,
            "trial_seconds": self.trial_seconds,
            "prune": self.prune,
            "space": {name: _plain(each) for name, each in (own or {}).items()},
        }


def _plain(each: Any) -> Any:
    return dict(each) if isinstance(each, Mapping) else each


_TUNING = ("trials", "seconds", "workers", "trial_seconds", "prune", "spaces", "estimators")


def read_tuning(
    given: Mapping[str, Any] | int | bool | None, candidates: Sequence[Candidate]
) -> Tuning | None:
    """How models are tuned; None where they are not.

    Args:
        given: A number of trials, true for the usual one, or `trials`, `seconds`, `workers`,
            `trial_seconds`, `prune`, `estimators` and `spaces`.
        candidates: What there is to tune.

    Raises:
        DefinitionError: A setting is unknown or makes no sense.
        UnknownNameError: It is about a model that is not there.
    """
    if given is None or given is False:
        return None
    told = _told(given)
    names = [each.name for each in candidates]
    spaces = told.get("spaces") or {}
    if not isinstance(spaces, Mapping):
        raise DefinitionError(
            f"stage `train`, `tune`: `spaces` is {spaces!r:.80}",
            hint="write `spaces: {boosting: {learning_rate: {low: 0.01, high: 0.3, log: true}}}`",
        )
    estimators = told.get("estimators")
    if isinstance(estimators, str):
        estimators = [estimators]
    for name in (*spaces, *(estimators or ())):
        if name not in names:
            raise UnknownNameError("estimator", str(name), names, where="stage `train`, `tune`")
    for name, space in spaces.items():
        read_space(space, f"stage `train`, `tune`, the space of `{name}`")
    if estimators is not None:
        _refuse_without_space(estimators, spaces, candidates)
    return Tuning(
        trials=_whole(told, "trials", TRIALS),
        seconds=_seconds(told, "seconds"),
        workers=_whole(told, "workers", 1),
        trial_seconds=_seconds(told, "trial_seconds"),
        prune=_truth(told, "prune"),
        spaces=spaces,
        estimators=None if estimators is None else tuple(estimators),
    )


def _told(given: Any) -> Mapping[str, Any]:
    if given is True:
        return {}
    if isinstance(given, int):
        return {"trials": given}
    if not isinstance(given, Mapping):
        raise DefinitionError(
            f"stage `train`: `tune` is {given!r:.80}",
            hint="write a number of trials, or `{trials: 30, workers: 2}`",
        )
    for name in given:
        if name not in _TUNING:
            near = nearest(str(name), _TUNING)
            raise DefinitionError(
                f"stage `train`: `tune` has no setting `{name}`",
                hint=f"did you mean `{near}`?" if near else f"there is {', '.join(_TUNING)}",
            )
    return given


def _refuse_without_space(
    estimators: Sequence[str], spaces: Mapping[str, Any], candidates: Sequence[Candidate]
) -> None:
    for each in candidates:
        known = not each.own and (KNOWN[each.kind].space_for("classification"))
        if each.name in estimators and not known and not spaces.get(each.name):
            raise DefinitionError(
                f"stage `train`, `tune`: nobody knows where to look for settings of `{each.name}`",
                hint=f"say so: `spaces: {{{each.name}: {{a_parameter: {{low: 1, high: 9}}}}}}`",
            )


def _whole(told: Mapping[str, Any], name: str, usual: int) -> int:
    value = told.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise DefinitionError(
            f"stage `train`, `tune`: `{name}` is {value!r:.80}, not a whole number above 0"
        )
    return value


def _seconds(told: Mapping[str, Any], name: str) -> float | None:
    value = told.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise DefinitionError(f"stage `train`, `tune`: `{name}` is {value!r:.80}, not above 0")
    return float(value)


def _truth(told: Mapping[str, Any], name: str) -> bool:
    value = told.get(name, True)
    if not isinstance(value, bool):
        raise DefinitionError(
            f"stage `train`, `tune`: `{name}` is {value!r:.80}, neither true nor false"
        )
    return value


def checked_choice(name: str, value: Any, known: Sequence[str]) -> None:
    """Refuse what is none of the known words.

    Raises:
        DefinitionError: It is none of them.
    """
    if value not in known:
        near = nearest(str(value), known)
        raise DefinitionError(
            f"stage `train`: `{name}` is {value!r:.80}",
            hint=f"did you mean `{near}`?" if near else f"it is one of {', '.join(known)}",
        )
