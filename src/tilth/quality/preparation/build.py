"""Treatments as one unfitted pipeline of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder

from tilth.quality.preparation.transformers import ReadColumns, names_of
from tilth.quality.preparation.treatment import Treatment
from tilth.quality.preparation_plan import PreparationPlan

READ, TAKE = "read", "columns"
"""The steps: one that reads columns as they are meant, and one that makes numbers of them."""

NUMBERS, TRUTHS, LEVELS, TARGET_MEANS, DATES, WORDS = (
    "numbers", "truths", "levels", "target_means", "dates", "words_of_",
)  # fmt: skip
"""Names of the second step's parts; of words there is one part for each column."""

_AS = {"number": "number", "truth": "truth", "levels": "level", "target_mean": "level",
       "date": "date", "words": "text"}  # fmt: skip

_FOLDS = 5


def preparation_of(
    treatments: Sequence[Treatment],
    *,
    plan: PreparationPlan | None = None,
    n_rows: int = 0,
    quantity: bool = False,
    beside: Sequence[str] = (),
) -> Any:
    """One pipeline from a table to a matrix of floats without gaps, unfitted.

    Args:
        treatments: Of all columns, as `decided` gives them.
        plan: What a person wants otherwise.
        n_rows: Of the training rows, from which it follows how rare a level is that shares a
            column with others.
        quantity: Whether the target is a number rather than a class.
        beside: Columns that are not read and may be there later all the same, as the target is.
    """
    plan = plan or PreparationPlan()
    used = [each for each in treatments if each.is_used]
    specs = _specs(used)
    ignored = [each.column for each in treatments if not each.is_used] + list(beside)
    read = ReadColumns(specs, ignored=ignored, new_columns=plan.new_columns)
    rare = plan.rare or min(max(2, -(-n_rows // 200)), 50)
    parts = _parts(used, specs, plan, rare, quantity)
    # Dense, as boosting and networks take nothing else; widths are bounded by the plan.
    taken = ColumnTransformer(parts, sparse_threshold=0, verbose_feature_names_out=_may_clash(used))
    return Pipeline([(READ, read), (TAKE, taken)])


def reads(preparation: Any) -> list[str] | None:
    """The columns that a preparation of ours reads; None for any other transformer."""
    first = preparation.steps[0][1] if hasattr(preparation, "steps") else preparation
    return list(first.columns or {}) if isinstance(first, ReadColumns) else None


def _specs(used: Sequence[Treatment]) -> dict[str, dict[str, Any]]:
    """Column -> how it is read."""
    names = {each.column for each in used}
    found: dict[str, dict[str, Any]] = {}
    for each in used:
        spec: dict[str, Any] = {"as": _AS[each.treatment], "lenient": each.lenient}
        if each.treatment == "date":
            called = each.column
            while names & {f"{called}.{part}" for part in each.parts}:
                called += "."
            spec |= {"parts": list(each.parts), "called": called}
        found[each.column] = spec
    return found


def _may_clash(used: Sequence[Treatment]) -> bool:
    """Whether two numbers may get one name: a word that is a column, `town_Oslo` that is there.

    Then what is done with a column stands before each name.
    """
    before = [f"{each.column}_" for each in used if each.treatment in ("levels", "target_mean")]
    before.append("missingindicator_")
    has_words = any(each.treatment == "words" for each in used)
    return has_words or any(each.column.startswith(tuple(before)) for each in used)


def _parts(
    used: Sequence[Treatment],
    specs: dict[str, dict[str, Any]],
    plan: PreparationPlan,
    rare: int,
    quantity: bool,
) -> list[Any]:
    of: dict[str, list[str]] = {}
    for each in used:
        of.setdefault(each.treatment, []).extend(names_of(each.column, specs[each.column]))
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=rare,
        max_categories=plan.max_levels + 1,
        sparse_output=False,
    )
    made = [
        (NUMBERS, _scaled(plan, _filled("median", says_so=True)), of.get("number")),
        (TRUTHS, _filled("most_frequent", says_so=True), of.get("truth")),
        (DATES, _scaled(plan, _filled("median", says_so=False)), of.get("date")),
        (LEVELS, encoder, of.get("levels")),
        (TARGET_MEANS, _scaled(plan, _target_means(quantity)), of.get("target_mean")),
    ]
    texts = [
        (WORDS + each.column, TfidfVectorizer(vocabulary=list(each.words)), each.column)
        for each in used
        if each.treatment == "words"
    ]
    return [each for each in made if each[2]] + texts


def _filled(strategy: str, *, says_so: bool) -> Any:
    # Columns that are empty in a part of the rows stay, so that each part has the same ones.
    return SimpleImputer(strategy=strategy, add_indicator=says_so, keep_empty_features=True)


def _scaled(plan: PreparationPlan, first: Any) -> Any:
    steps = [("fill" if isinstance(first, SimpleImputer) else "encode", first)]
    return Pipeline([*steps, ("scale", StandardScaler())] if plan.scale else steps)


def _target_means(quantity: bool) -> Any:
    """Cross-fitted: the target of a row has no part in what stands for its own level.

    D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes in
    classification and prediction problems", SIGKDD Explorations 3(1), 2001; F. Pargent and
    others, "Regularized target encoding outperforms traditional methods in supervised machine
    learning with high cardinality features", Computational Statistics 37, 2022 (cross-fitting).
    """

    kind = "continuous" if quantity else "auto"
    drawn = signature(TargetEncoder).parameters.get("random_state")
    if drawn is not None and drawn.default is None:  # before 1.9, folds could not be given
        return TargetEncoder(target_type=kind, cv=_FOLDS, random_state=0)
    return TargetEncoder(target_type=kind, cv=KFold(_FOLDS, shuffle=True, random_state=0))
