"""One search for better settings: its folds, its trials, and what it left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.data.metrics import Metrics
from tilth.errors import DefinitionError
from tilth.quality.search_space import Border, at_border, at_last_choice
from tilth.record import record
from tilth.stages.train.known import KNOWN
from tilth.stages.train.lesson import Lesson, Split, lesson_of
from tilth.stages.train.making import estimator_of, inside, pipeline_of, refuse_unknown, settings_of
from tilth.stages.train.preparing import default_preparation
from tilth.stages.train.scoring import Metric, check_metric, metric_of, score_fold, scorer_of
from tilth.stages.train.spaces import Choice, Space, merged, read_space
from tilth.stages.train.tuning import Budget, Tuned, tuned
from tilth.store.unfinished import unfinished

_NOT_TUNED = frozenset(
    {
        "allow_writing_files", "callbacks", "categorical_features", "class_weight", "copy_X",
        "deterministic", "device", "enable_categorical", "estimator", "force_row_wise",
        "importance_type", "interaction_cst", "max_bins", "max_fun", "missing", "monotonic_cst",
        "n_iter_no_change", "n_jobs", "nthread", "oob_score", "random_seed", "random_state",
        "scoring", "seed", "silent", "thread_count", "tol", "validation_fraction", "verbose",
        "verbosity", "warm_start",
    }
)  # fmt: skip
"""Settings that say how a model is made rather than which: nobody tunes them."""


@record
class Shared:
    """What all folds of a search share; it crosses into workers.

    Attributes:
        lesson: All rows.
        splits: Rows to train on and to score, for each fold.
        estimator: Unfitted.
        preparation: Likewise; the default one where None.
        metric: How good a trial is.
        seed: Of each fit.
    """

    lesson: Lesson
    splits: Sequence[Split]
    estimator: Any
    preparation: Any
    metric: Metric
    seed: int


def score_trial(shared: Shared, settings: Mapping[str, Any], fold: int) -> tuple[float, float]:
    """The score of settings on a fold, greater is better, and the seconds that it took."""
    model = pipeline_of(
        shared.estimator, shared.preparation, shared.lesson, seed=shared.seed, settings=settings
    )
    scorer = scorer_of(shared.metric, shared.lesson)
    found = score_fold(model, shared.lesson, shared.splits[fold], scorer)
    return found.score, found.fit_seconds + found.predict_seconds


def searched(
    train: Any,
    candidate: Mapping[str, Any],
    tuning: Mapping[str, Any],
    asked: Mapping[str, Any],
    *,
    preparation: Any,
    estimator: Any,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """See `tilth.stages.train.nodes.tune_candidate`."""
    lesson = lesson_of(train, asked, preparation)
    if preparation is None:
        preparation = default_preparation(lesson).preparation
    splits = lesson.splits(asked["folds"], asked["seed"] + 1)
    metric = metric_of(asked["metric"], lesson)
    check_metric(metric, lesson, splits)
    made = estimator_of(candidate, estimator, lesson)
    space = _space(candidate, tuning, lesson, made)
    found = tuned(
        score_trial,
        Shared(
            lesson=lesson, splits=splits, estimator=made, preparation=preparation,
            metric=metric, seed=asked["seed"],
        ),
        space,
        inside(made).get_params(deep=True),
        Budget(**{name: value for name, value in tuning.items() if name != "space"}),
        n_folds=asked["folds"],
        seed=asked["seed"],
        folder=unfinished(),
        name=candidate["name"],
    )  # fmt: skip
    settings = dict(found.best.settings)
    return {"settings": settings}, _told(candidate, found, space, made, metric)


def _space(
    candidate: Mapping[str, Any], tuning: Mapping[str, Any], lesson: Lesson, made: Any
) -> Space:
    known = KNOWN.get(candidate["kind"])
    usual = {} if known is None else known.space_for(lesson.task)
    where = f"stage `train`, `tune`, the space of `{candidate['name']}`"
    space = merged(usual, read_space(tuning["space"], where), candidate["settings"])
    refuse_unknown(made, space, where)
    if not space:
        raise DefinitionError(f"{where} is empty", hint="leave it out of `tune`, or give a range")
    return space


# What is told of it


def _told(
    candidate: Mapping[str, Any], found: Tuned, space: Space, made: Any, metric: Metric
) -> dict[str, Any]:
    varied = {key: len({repr(e.settings.get(key)) for e in found.trials[1:]}) for key in space}
    own, _ = settings_of(made)
    fixed = candidate["settings"]
    return {
        "name": candidate["name"],
        "metric": {"name": metric.name, "sign": metric.sign},
        "trials": [
            {
                "number": each.number,
                "state": "stopped" if each.state == "running" else each.state,
                "scores": list(each.scores),
                "seconds": each.seconds,
                "settings": dict(each.settings),
                "why": each.why,
            }
            for each in found.trials
        ],
        "best": found.best.number,
        "importances": dict(found.importances),
        "seconds": found.seconds,
        "known": found.known,
        "in_time": found.in_time,
        "never_varied": sorted(own - set(space) - set(fixed) - _NOT_TUNED),
        "by_hand": sorted(fixed),
        "one_value": sorted([key for key, n in varied.items() if n == 1]),
        "borders": [_border(each) for each in borders(found.best.settings, space)],
    }


def borders(settings: Mapping[str, Any], space: Space) -> list[Border]:
    """The settings that lie at an end of where they were looked for."""
    found = []
    for name, value in settings.items():
        where = space[name]
        if isinstance(where, Choice):
            found.append(at_last_choice(name, value, where.values))
        else:
            found.append(
                at_border(
                    name, value, where.low, where.high, log=where.log, lowest=where.lowest,
                    highest=where.highest,
                )
            )  # fmt: skip
    return [each for each in found if each is not None]


def _border(border: Border) -> dict[str, Any]:
    hint = "offer a value beyond it"
    if border.wider is not None:
        hint = f"`{border.end}: {border.wider:g}` would look further"
    return {
        "name": border.name,
        "value": border.value,
        "end": border.end,
        "wider": border.wider,
        "hint": hint,
    }


def reported(searches: Sequence[Mapping[str, Any]]) -> Metrics:
    """See `tilth.stages.train.nodes.report_tuning`."""
    return Metrics({each["name"]: _reported(each) for each in searches})


def _reported(search: Mapping[str, Any]) -> dict[str, Any]:
    sign, trials = search["metric"]["sign"], search["trials"]
    means = [_mean(each) for each in trials]
    whole = [e["state"] == "complete" for e in trials]
    best = max(range(len(trials)), key=lambda k: means[k] if k == search["best"] else -1e308)
    names = list(dict.fromkeys(key for each in trials for key in each["settings"]))
    return {
        search["metric"]["name"]: sign * means[best],
        "as_it_comes": sign * means[0] if whole[0] else None,
        "best_trial": search["best"],
        "best_settings": {key: str(v) for key, v in trials[best]["settings"].items()},
        "counts": {
            state: sum(each["state"] == state for each in trials)
            for state in ("complete", "pruned", "failed", "stopped")
        },
        "seconds": search["seconds"],
        "trials": {
            "trial": [each["number"] for each in trials],
            "state": [each["state"] for each in trials],
            "score": [sign * mean for mean in means],
            "best": _so_far(means, whole, sign),
            "seconds": [each["seconds"] for each in trials],
            **{key: [each["settings"].get(key) for each in trials] for key in names},
            "why": [each["why"] for each in trials],
        },
        "importances": search["importances"],
        "findings": _findings(search),
    }


def _mean(trial: Mapping[str, Any]) -> float:
    return sum(trial["scores"]) / len(trial["scores"]) if trial["scores"] else float("nan")


def _so_far(means: Sequence[float], whole: Sequence[bool], sign: int) -> list[float]:
    """The best mean of whole trials until then; NaN before the first."""
    found, best = [], float("nan")
    for mean, counts in zip(means, whole, strict=True):
        if counts and not mean <= best:
            best = mean
        found.append(sign * best)
    return found


def _findings(search: Mapping[str, Any]) -> list[str]:
    """What a person should know of the search, in sentences."""
    weights = search["importances"]
    found = []
    if search["best"] == 0:
        found.append("no trial was better than the estimator as it comes")
    for each in search["borders"]:
        weight = weights.get(each["name"])
        matters = "" if weight is None else f" (importance {weight:.0%})"
        found.append(
            f"the best `{each['name']}`{matters}, {each['value']:.4g}, lies at the {each['end']} "
            f"end of its range: {each['hint']}"
        )
    if search["one_value"]:
        found.append(f"only one value was tried of {_named(search['one_value'])}")
    if search["never_varied"]:
        found.append(f"never varied: {_named(search['never_varied'])}")
    if search["by_hand"]:
        found.append(f"set by hand, so not tuned: {_named(search['by_hand'])}")
    failed = [each for each in search["trials"] if each["state"] == "failed"]
    if failed:
        found.append(f"{len(failed)} trials failed; the first: {failed[0]['why']}")
    if not search["in_time"]:
        found.append("the time was over before all trials were made")
    return found


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{each}`" for each in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown
