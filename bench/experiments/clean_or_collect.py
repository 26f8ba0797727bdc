"""Is it worth more to clean 500 labels, of which 12 % are wrong, or to collect 500 more?

Each cell is a data set, a learner and a kind of noise. In each of several draws, training rows
are shuffled and given wrong labels, exactly 12 % of the first 500 and of the next; test rows are
clean. Arms: 500 noisy; 500 cleaned; 1,000 noisy. The decision of `tilth.quality.decision` sees
the 500 noisy rows alone.

    $ cd bench
    $ python -m experiments.clean_or_collect fetch --folder DATA
    $ python -m experiments.clean_or_collect arms --folder DATA
    $ python -m experiments.clean_or_collect decide --folder DATA
    $ python -m experiments.clean_or_collect report
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from experiments import tables
from numpy.typing import NDArray
from scipy.stats import norm

from tilth.quality.decision import clean_or_collect
from tilth.quality.planted_noise import (
    KINDS,
    Kind,
    next_classes,
    plant_ambiguous,
    plant_random,
    plant_systematic,
)
from tilth.quality.rehearsal import rehearse
from tilth.record import record

NOISE = 0.12
PRESENT = 500
UNSEEN = 100
"""The seed of the rows that decisions see: no arm was measured with it."""

SET_ASIDE = ("gauss", "made4", "news10", "phoneme", "segment", "splice")
"""Every third data set by name, from the third: nothing was tuned on them."""

SIZES = (250, 500, 707, 1000, 1414, 2000)
Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


def learner(name: str, seed: int = 0) -> Any:
    """A learner by its short name."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    return {
        "lda": LinearDiscriminantAnalysis,
        "lr": lambda: LogisticRegression(max_iter=300),
        "rf": lambda: RandomForestClassifier(50, random_state=seed),
        "svm": SVC,
    }[name]()


LEARNERS = ("lr", "rf", "svm")


@record
class Draw:
    """Rows of one draw.

    Attributes:
        features, target: Of training rows, clean.
        noisy: Kind of noise -> labels, 12 % of which are wrong in each block of sizes.
        test_features, test_target: Clean.
    """

    features: Any
    target: Codes
    noisy: Mapping[Kind, Codes]
    test_features: Any
    test_target: Codes


def draw(
    table: tables.Table,
    seed: int,
    *,
    sizes: Sequence[int] = (500, 1000),
    n_test: int = 1500,
    kinds: Iterable[Kind] = KINDS,
) -> Draw:
    """Shuffle, set test rows apart, and plant each kind of noise in each block of rows."""
    features, target = table
    rng = np.random.default_rng(seed)
    n_classes, pool = int(target.max()) + 1, max(sizes)
    while True:  # rare classes: each needs rows to be cross-validated with
        order = rng.permutation(target.size)
        train, test = order[:pool], order[pool : pool + n_test]
        if np.bincount(target[train], minlength=n_classes).min() >= 5:
            break
    clean = target[train]
    unclear = _margins(features[train], clean) if "ambiguous" in kinds else None
    noisy = {}
    for kind in kinds:
        noisy[kind] = clean.copy()
        for start, end in zip((0, *sizes), sizes, strict=False):
            rows = slice(start, end)
            noisy[kind][rows] = _planted(kind, clean, rows, n_classes, unclear, rng)
    return Draw(
        features=features[train],
        target=clean,
        noisy=noisy,
        test_features=features[test],
        test_target=target[test],
    )


def _planted(
    kind: Kind,
    clean: Codes,
    rows: slice,
    n_classes: int,
    unclear: tuple[Floats, Codes] | None,
    rng: np.random.Generator,
) -> Codes:
    labels = clean[rows]
    if kind == "random":
        return plant_random(labels, NOISE, n_classes=n_classes, seed=rng)
    if kind == "systematic":
        return plant_systematic(labels, NOISE, partner=next_classes(n_classes), seed=rng)
    assert unclear is not None
    margin, second = unclear[0][rows], unclear[1][rows]
    return plant_ambiguous(labels, NOISE, margin=margin, second=second, seed=rng)


def _margins(features: Any, target: Codes) -> tuple[Floats, Codes]:
    """How clear each row is to the better of a linear model and a forest, and its other class."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    found = [
        cross_val_predict(learner(name), features, target, cv=folds, method="predict_proba")
        for name in ("lr", "rf")
    ]
    best = max(found, key=lambda each: float((each.argmax(1) == target).mean()))
    rows = np.arange(target.size)
    own, others = best[rows, target], best.copy()
    others[rows, target] = -1
    return own - others.max(1), others.argmax(1)


def score(name: str, seed: int, each: Draw, labels: Codes, n_rows: int) -> float:
    """Accuracy on clean test rows, after training on the first rows."""
    model = learner(name, seed).fit(each.features[:n_rows], labels[:n_rows])
    return float(model.score(each.test_features, each.test_target))


def curves(
    name: str,
    table_of: Callable[[int], tables.Table],
    kind: Kind,
    *,
    seeds: Iterable[int],
    sizes: Sequence[int],
    n_test: int,
) -> tuple[Floats, Floats]:
    """Noisy scores, shape (n_sizes, n_draws), and those of 500 cleaned rows, (n_draws,)."""
    noisy, clean = [], []
    for seed in seeds:
        each = draw(table_of(seed), seed, sizes=sizes, n_test=n_test, kinds=[kind])
        noisy.append([score(name, seed, each, each.noisy[kind], size) for size in sizes])
        clean.append(score(name, seed, each, each.target, PRESENT))
    return np.array(noisy).T, np.array(clean)


def nearest_mean_curves(*, seeds: Iterable[int], distance: float = 2.0) -> tuple[Floats, Floats]:
    """As `curves`, of the nearest-mean rule on two clouds, by its exact risk."""
    noisy, clean = [], []
    for seed in seeds:
        features, target = tables.gauss(max(SIZES), distance=distance, seed=seed)
        rng = np.random.default_rng([seed, 1])
        labels = target.copy()
        for start, end in zip((0, *SIZES), SIZES, strict=False):
            block = target[start:end]
            labels[start:end] = plant_random(block, NOISE, n_classes=2, seed=rng)
        noisy.append([_risk_free(features[:n], labels[:n], distance) for n in SIZES])
        clean.append(_risk_free(features[:PRESENT], target[:PRESENT], distance))
    return np.array(noisy).T, np.array(clean)


def _risk_free(features: Floats, labels: Codes, distance: float) -> float:
    """Accuracy of the nearest-mean rule over the two clouds, in closed form."""
    first, second = features[labels == 0].mean(0), features[labels == 1].mean(0)
    weights = second - first
    offset = -weights @ (first + second) / 2
    length = float(np.linalg.norm(weights))
    at = weights[0] * distance / 2
    return float(norm.cdf((at + offset) / length) + norm.cdf((at - offset) / length)) / 2


def found_by_review(each: Draw, kind: Kind, *, reviews: Sequence[int], by: str = "lr") -> Floats:
    """Share of wrong labels among the first so many rows of a ranking by 5-fold margin."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    labels = each.noisy[kind][:PRESENT]
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    chance = cross_val_predict(
        learner(by), each.features[:PRESENT], labels, cv=folds, method="predict_proba"
    )
    rows = np.arange(PRESENT)
    others = chance.copy()
    others[rows, labels] = -1
    ranking = np.argsort(chance[rows, labels] - others.max(1), kind="stable")
    wrong = labels != each.target[:PRESENT]
    return np.array([wrong[ranking[:count]].sum() / wrong.sum() for count in reviews])


def arms(folder: Path, n_draws: int, names: Sequence[str]) -> dict[str, list[list[float]]]:
    """Cell -> for each draw: 500 noisy, 500 cleaned, 1,000 noisy."""
    found: dict[str, list[list[float]]] = {}
    for data in names:
        table, started = tables.load(data, folder), time.perf_counter()
        for seed in range(n_draws):
            each = draw(table, seed)
            for name in LEARNERS:
                cleaned = score(name, seed, each, each.target, PRESENT)
                for kind, labels in each.noisy.items():
                    few, many = (score(name, seed, each, labels, n) for n in (500, 1000))
                    found.setdefault(f"{data}/{name}/{kind}", []).append([few, cleaned, many])
        print(f"{data}: {time.perf_counter() - started:.0f} s", flush=True)
    return found


def chances(features: Any, labels: Codes) -> Floats:
    """Out-of-fold probabilities, the mean of a linear model's and a forest's."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    found = [
        cross_val_predict(learner(name), features, labels, cv=folds, method="predict_proba")
        for name in ("lr", "rf")
    ]
    return np.asarray(np.mean(found, axis=0))


def told(
    folder: Path, names: Sequence[str], *, seed: int, repeats: int
) -> dict[str, dict[str, Any]]:
    """Cell -> what the decision says, seeing 500 noisy rows of a draw that no arm used."""
    found = {}
    for data in names:
        started = time.perf_counter()
        each = draw(tables.load(data, folder), seed, sizes=(PRESENT,))
        for kind, labels in each.noisy.items():
            probabilities = chances(each.features, labels)
            for name in LEARNERS:
                rehearsal = rehearse(
                    learner(name), each.features, labels, probabilities, repeats=repeats
                )
                decision = clean_or_collect(rehearsal)
                found[f"{data}/{name}/{kind}"] = {
                    "better": decision.better,
                    "chance": decision.chance,
                    "looks_like": decision.looks_like,
                    "suffers": decision.suffers,
                    "lacks": decision.lacks,
                    "clean": decision.clean.value,
                    "collect": decision.collect.value,
                }
        print(f"{data}: {time.perf_counter() - started:.0f} s", flush=True)
    return found


def cells(measured: Mapping[str, Sequence[Sequence[float]]]) -> list[dict[str, Any]]:
    """Each cell's means, and whether cleaning is better by two standard errors, or worse."""
    found = []
    for cell, draws in measured.items():
        noisy, cleaned, doubled = np.array(draws).T
        gain, error = differs(cleaned, doubled)
        data, name, kind = cell.split("/")
        found.append(
            {
                "cell": cell,
                "data": data,
                "learner": name,
                "noise": kind,
                "noisy": noisy.mean(),
                "cleaned": cleaned.mean(),
                "doubled": doubled.mean(),
                "gain": gain,
                "error": error,
                "better": "tie" if abs(gain) <= 2 * error else "clean" if gain > 0 else "collect",
            }
        )
    return found


def differs(first: Floats, second: Floats) -> tuple[float, float]:
    """Mean of the paired differences, and its standard error."""
    differences = first - second
    return float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(differences.size))


def tally(rows: Sequence[Mapping[str, Any]], said: Mapping[str, Mapping[str, Any]]) -> str:
    """How often the decision, and the rule of thumb, name the better of a cell that is no tie."""
    judged = [row for row in rows if row["better"] != "tie" and row["cell"] in said]
    if not judged:
        return "no cell"
    right = np.array([said[row["cell"]]["better"] == row["better"] for row in judged])
    clean = np.array([row["better"] == "clean" for row in judged])
    each = [f"{right[which].mean():.0%}" for which in (clean, ~clean) if which.any()]
    return (
        f"{right.mean():.0%} ({right.sum()} of {right.size}; where cleaning is better and where "
        f"collecting is: {', '.join(each)}); always clean {clean.mean():.0%}"
    )


def report(
    measured: Mapping[str, Sequence[Sequence[float]]], said: Mapping[str, Mapping[str, Any]]
) -> str:
    """The table of all cells, and the tallies of the tuning cells and of those set aside."""
    rows = cells(measured)
    lines = [
        "| data | learner | noise | 500 noisy | 500 cleaned | 1,000 noisy | clean - double (s.e.) "
        "| better | told |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        answer = said.get(row["cell"])
        verdict = f"{answer['better']} ({answer['chance']:.0%})" if answer else ""
        lines.append(
            f"| {row['data']}{'*' if row['data'] in SET_ASIDE else ''} | {row['learner']} "
            f"| {row['noise']} | {row['noisy']:.3f} | {row['cleaned']:.3f} | {row['doubled']:.3f} "
            f"| {row['gain']:+.3f} ({row['error']:.3f}) | {row['better']} | {verdict} |"
        )
    for label, inside in (("tuned on", False), ("set aside", True)):
        part = [row for row in rows if (row["data"] in SET_ASIDE) == inside]
        lines += ["", f"{label}: {tally(part, said)}"]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["fetch", "arms", "decide", "report"])
    parser.add_argument("--folder", type=Path, default=Path("data"))
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--data", nargs="*", default=tables.names())
    parser.add_argument("--arms", type=Path, default=Path("arms.json"))
    parser.add_argument("--told", type=Path, default=Path("told.json"))
    given = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # a linear model that has not quite converged is what it is
    if given.step == "fetch":
        tables.fetch(given.folder)
    elif given.step == "arms":
        given.arms.write_text(json.dumps(arms(given.folder, given.draws, given.data)))
    elif given.step == "decide":
        found = told(given.folder, given.data, seed=UNSEEN, repeats=given.repeats)
        given.told.write_text(json.dumps(found))
    else:
        print(report(json.loads(given.arms.read_text()), json.loads(given.told.read_text())))


if __name__ == "__main__":
    main()
