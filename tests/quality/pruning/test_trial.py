"""The smallest model within a loss that is allowed, measured on rows that are held out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import mean_absolute_error, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tilth.errors import DataError
from tilth.quality.preparation import decided, preparation_of
from tilth.quality.pruning.attempt import ORIGINAL
from tilth.quality.pruning.packed import PackedTrees


def fitted(model, material):
    return model.fit(material.table, material.truth)


def named(found, name):
    return next(each for each in found.candidates if each.name == name)


# The choice


@pytest.mark.parametrize("allowed", [0.0, 0.02, 0.1, 0.3])
@pytest.mark.parametrize("classes", [0, 2])
def test_the_smallest_within_what_is_allowed_is_taken(smaller, make_material, allowed, classes):
    material = make_material(classes=classes)
    kind = RandomForestClassifier if classes else RandomForestRegressor
    model = fitted(kind(20, random_state=0), material)

    found = smaller(model, material, allowed=allowed, means=["pack", "fewer_trees", "distil"])

    assert found.chosen.loss.value <= allowed
    for each in found.candidates:
        if each.cost.n_bytes < found.chosen.cost.n_bytes:
            assert each.loss.value > allowed
    assert found.original.name == ORIGINAL
    assert found.original.model is model
    sizes = [each.cost.n_bytes for each in found.candidates[1:]]
    assert sizes == sorted(sizes, reverse=True)
    assert found.times_smaller > 2


def test_what_is_measured_is_what_scikit_learn_measures_on_the_same_folds(smaller, make_material):
    material = make_material()
    model = fitted(RandomForestClassifier(16, random_state=0), material)

    found = smaller(model, material, means=["pack", "fewer_trees"], seed=4)

    candidate = named(found, "6 of 16 trees, packed")
    expected = []
    for trained, held in material.folds(3, classes=True, seed=4):
        short = RandomForestClassifier(6, random_state=0)
        short.fit(material.table[trained], material.truth[trained])
        said = short.predict_proba(material.table[held])[:, 1]
        expected.append(roc_auc_score(material.truth[held], said))
    assert found.metric == "roc_auc"
    np.testing.assert_allclose(candidate.values, expected, rtol=1e-12)
    before = found.original.value
    assert candidate.loss.value == pytest.approx((before - np.mean(expected)) / before)


def test_of_an_error_a_loss_is_by_how_much_it_grows(smaller, make_material):
    material = make_material(classes=0)
    model = fitted(DecisionTreeRegressor(random_state=0), material)

    found = smaller(model, material, means=["distil", "prune_trees"])

    for each in found.candidates:
        grown = each.value / found.original.value - 1
        assert each.loss.value == pytest.approx(grown, abs=1e-12)
    said = [
        mean_absolute_error(
            material.truth[held],
            DecisionTreeRegressor(random_state=0)
            .fit(material.table[trained], material.truth[trained])
            .predict(material.table[held]),
        )
        for trained, held in material.folds(3, classes=False, seed=0)
    ]
    np.testing.assert_allclose(found.original.values, said)


def test_packing_alone_loses_nothing(smaller, make_material):
    material = make_material(classes=3)
    model = fitted(RandomForestClassifier(8, random_state=0), material)

    found = smaller(model, material, means=["pack"], allowed=0)

    assert [each.name for each in found.candidates] == [ORIGINAL, "packed"]
    assert found.chosen.name == "packed"
    assert (found.chosen.loss.value, found.chosen.loss.interval.width) == (0, 0)
    assert found.chosen.values == found.original.values


def test_nothing_is_taken_that_loses_too_much(smaller, make_material):
    material = make_material(classes=0)
    model = fitted(RandomForestRegressor(30, random_state=0), material)

    found = smaller(model, material, means=["fewer_features"], allowed=0.0)

    small = [each for each in found.candidates if each.loss.value > 0]
    assert small
    assert found.chosen not in small


def test_the_cautious_want_the_whole_interval_within(smaller, make_material):
    material = make_material()
    model = fitted(RandomForestClassifier(20, random_state=0), material)
    means = ["pack", "fewer_trees"]

    bold = smaller(model, material, means=means, allowed=0.05)
    cautious = smaller(model, material, means=means, allowed=0.05, cautious=True)

    assert cautious.chosen.loss.interval.high <= 0.05
    assert cautious.chosen.cost.n_bytes >= bold.chosen.cost.n_bytes
    assert bold.chosen.loss.interval.high > 0.05


def test_no_slice_loses_more_than_is_allowed_there(smaller, make_material):
    material = make_material(400)
    right = (material.table["b"] > 0).to_numpy()
    material = make_material(400, slices={"b >= 0": right, "b < 0": ~right})
    model = fitted(RandomForestClassifier(12, random_state=0), material)
    means = ["pack", "fewer_trees", "fewer_features"]

    anywhere = smaller(model, material, means=means, allowed=0.3)
    nowhere = smaller(model, material, means=means, allowed=0.3, in_slices=0.02)

    assert set(anywhere.chosen.slices) == {"b >= 0", "b < 0"}
    assert anywhere.chosen.worst_slice[1] > 0.02
    assert max(nowhere.chosen.slices.values()) <= 0.02


def test_relative_to_the_lead_less_is_allowed(smaller, make_material):
    material = make_material()
    model = fitted(RandomForestClassifier(20, random_state=0), material)
    means = ["pack", "fewer_trees"]

    of_value = smaller(model, material, means=means)
    of_lead = smaller(model, material, means=means, relative_to="lead")

    for each, other in zip(of_value.candidates, of_lead.candidates, strict=True):
        if each is not of_value.original:  # the area under the curve of a guess is a half
            lead = of_value.original.value - 0.5
            lost = (of_value.original.value - each.value) / lead
            assert each.lead_lost == pytest.approx(lost)
            assert other.loss.value == pytest.approx(lost)
    assert of_lead.chosen.lead_lost <= 0.1 < of_value.chosen.lead_lost
    assert of_lead.chosen.cost.n_bytes > of_value.chosen.cost.n_bytes


def test_the_same_seed_tries_and_takes_the_same(smaller, make_material):
    material = make_material()
    model = fitted(HistGradientBoostingClassifier(max_iter=8, random_state=0), material)

    first, second = (smaller(model, material, seed=3, n_folds=2) for _ in range(2))

    assert [e.name for e in first.candidates] == [e.name for e in second.candidates]
    assert [e.values for e in first.candidates] == [e.values for e in second.candidates]
    assert first.chosen.name == second.chosen.name


def test_what_loses_far_too_much_on_the_first_folds_is_not_tried_on_the_others(
    smaller, make_material
):
    material = make_material(1200, classes=0)
    model = fitted(RandomForestRegressor(12, random_state=0), material)
    means = ["pack", "distil"]

    found = smaller(model, material, means=means, allowed=0.1)
    patient = smaller(model, material, means=means, allowed=10)

    assert "distilled into a tree of 8 leaves, packed" in found.given_up
    assert all(lost > 0.3 for lost in found.given_up.values())
    assert not found.given_up.keys() & {each.name for each in found.candidates}
    assert not patient.given_up
    assert {each.name for each in patient.candidates} == {
        *found.given_up, *(each.name for each in found.candidates)
    }  # fmt: skip
    within = [each for each in patient.candidates if each.loss.value <= 0.1]
    assert found.chosen.name == min(within, key=lambda each: each.cost.n_bytes).name


def test_on_few_rows_nothing_is_given_up(smaller, make_material):
    material = make_material(299)
    model = fitted(RandomForestClassifier(12, random_state=0), material)

    found = smaller(model, material, allowed=0)

    assert not found.given_up


# The means


def test_a_tree_is_cut_as_scikit_learn_cuts_it(smaller, make_material):
    material = make_material()
    model = fitted(DecisionTreeClassifier(random_state=0), material)

    found = smaller(model, material, means=["prune_trees"], metric="accuracy")

    cut = [each for each in found.candidates if each.means == ("prune_trees",)]
    leaves = [each.model.get_n_leaves() for each in cut]
    assert len(cut) >= 2
    assert leaves == sorted(leaves, reverse=True)
    assert leaves[0] < model.get_n_leaves()
    assert all(each.model.ccp_alpha > 0 for each in cut)


def test_columns_that_do_not_matter_go_first(smaller, make_material):
    material = make_material(classes=0)
    prepare = make_column_transformer((StandardScaler(), list("abcde")))
    model = fitted(make_pipeline(prepare, RandomForestRegressor(10, random_state=0)), material)

    found = smaller(model, material, means=["fewer_features"])

    two = named(found, "2 of 5 columns")
    assert set(two.model.feature_names_in_) == {"a", "b"}
    assert two.loss.value < 0.1
    assert named(found, "1 of 5 columns").loss.value > 0.3


def test_coefficients_that_are_small_are_dropped_with_their_columns(smaller, make_material):
    random = np.random.default_rng(1)
    material = make_material(300)
    truth = (material.table["a"].to_numpy() + 0.3 * random.normal(size=300) > 0).astype(int)
    material = type(material)(table=material.table, truth=truth)
    prepare = make_column_transformer((StandardScaler(), list("abcde")))
    model = fitted(make_pipeline(prepare, LogisticRegression()), material)

    found = smaller(model, material, means=["sparse"])

    strong = named(found, "coefficients dropped at 0.3").model
    assert list(strong.feature_names_in_) == ["a"]
    assert strong[-1].coef_.shape == (1, 1)


@pytest.mark.parametrize(
    ("last", "means"),
    [(LogisticRegression(), "sparse"), (RandomForestClassifier(10), "fewer_features")],
)
def test_what_stage_prepare_makes_is_fitted_on_fewer_columns_as_well(
    smaller, make_material, last, means
):
    material = make_material(300)
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 10, 26), eager=True)
    table = material.table.with_columns(day=days, town=pl.Series(["Bonn", "Ulm", "Rom"] * 100))
    truth = (table["a"].to_numpy() > 0).astype(int)
    material = type(material)(table=table, truth=truth)
    prepare = preparation_of(decided(table), n_rows=300, beside=["y"])
    model = fitted(Pipeline([("prepare", prepare), ("model", last)]), material)

    found = smaller(model, material, means=[means])

    assert not found.left_out
    least = min(found.candidates, key=lambda each: len(each.model.feature_names_in_))
    assert list(least.model.feature_names_in_) == ["a"]
    # the columns that it does without may be there all the same
    assert (least.model.predict(table.with_columns(y=1)) == truth).mean() > 0.95


def test_a_quantity_by_a_linear_model_is_dropped_likewise(smaller, make_material):
    material = make_material(classes=0)
    material = type(material)(table=material.table, truth=3 * material.table["c"].to_numpy() + 1)
    model = fitted(make_pipeline(StandardScaler(), Ridge()), material)

    found = smaller(model, material, means=["sparse"], metric="r2")

    assert list(named(found, "coefficients dropped at 0.1").model.feature_names_in_) == ["c"]


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_a_small_model_learns_what_the_large_one_says(smaller, make_material, classes):
    material = make_material(400, classes=classes)
    kind = RandomForestClassifier if classes else RandomForestRegressor
    model = fitted(kind(15, random_state=0), material)

    found = smaller(model, material, means=["distil"])

    names = {each.name for each in found.candidates}
    assert {"distilled into a tree of 8 leaves", "distilled into a linear model"} <= names
    large = named(found, "distilled into a tree of 64 leaves")
    assert large.loss.value < named(found, "distilled into a tree of 8 leaves").loss.value + 0.05
    agreed = large.model.predict(material.table) == model.predict(material.table)
    assert not classes or agreed.mean() > 0.85


@pytest.mark.parametrize(
    "model",
    [
        GradientBoostingRegressor(n_estimators=10, random_state=0),
        HistGradientBoostingRegressor(max_iter=10, random_state=0),
        RandomForestRegressor(10, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_fewer_trees_are_the_first_ones_packed_or_not(smaller, make_material, model):
    material = make_material(classes=0)
    fitted(model, material)

    plain = smaller(model, material, means=["fewer_trees"])
    small = smaller(model, material, means=["fewer_trees", "pack"])

    for each in plain.candidates[1:]:
        other = named(small, f"{each.name}, packed")
        np.testing.assert_allclose(each.values, other.values, rtol=1e-12)
        assert other.cost.n_bytes < each.cost.n_bytes
        assert isinstance(other.model, PackedTrees)
        np.testing.assert_allclose(
            each.model.predict(material.table), other.model.predict(material.table), rtol=1e-12
        )


def test_means_that_do_nothing_for_a_model_are_left_out(smaller, make_material):
    material = make_material()
    model = fitted(LogisticRegression(), material)

    found = smaller(model, material)

    assert {name for each in found.candidates for name in each.means} == {
        "fewer_features", "sparse", "distil", "pack",
    }  # fmt: skip
    assert found.left_out == {}


@pytest.mark.parametrize(
    "last", [LogisticRegression(), RandomForestClassifier(4, random_state=0)], ids=repr
)
def test_numbers_may_be_sparse(smaller, make_material, last):
    material = make_material()
    towns = pl.Series("town", ["Oslo", "Bonn", "Ulm", "Rome"] * 60)
    material = type(material)(table=material.table.with_columns(towns), truth=material.truth)
    spread = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town"]),
        ("passthrough", ["a"]),
        sparse_threshold=1.0,
    )
    model = fitted(make_pipeline(spread, last), material)
    assert issparse(model[:-1].transform(material.table))

    found = smaller(model, material)

    assert found.left_out == {}
    assert found.chosen.model.predict(material.table).shape == (240,)


# Rows


def test_no_group_is_on_both_sides(make_material):
    groups = np.repeat(np.arange(60), 4)
    material = make_material(groups=groups)

    for trained, held in material.folds(4, classes=True, seed=0):
        assert not set(groups[trained]) & set(groups[held])


def test_weights_count_when_models_are_fitted_anew(smaller, make_material):
    one_sided = np.where(np.arange(240) % 2, 1.0, 0.0)
    material = make_material(weights=one_sided)
    model = DecisionTreeClassifier(random_state=0)
    model.fit(material.table, material.truth, sample_weight=one_sided)

    found = smaller(model, material, means=["prune_trees"], metric="accuracy")

    expected = []
    for trained, held in material.folds(3, classes=True, seed=0):
        again = DecisionTreeClassifier(random_state=0)
        again.fit(
            material.table[trained], material.truth[trained], sample_weight=one_sided[trained]
        )
        said = again.predict(material.table[held])
        expected.append((said == material.truth[held]).mean())
    np.testing.assert_allclose(found.original.values, expected)


def test_of_many_rows_some_are_drawn_for_the_folds(smaller, make_material, monkeypatch):
    material = make_material(600)
    seen = []

    model = fitted(DecisionTreeClassifier(random_state=0), material)
    fit = DecisionTreeClassifier.fit

    def counting(self, rows, truth, **more):
        seen.append(len(truth))
        return fit(self, rows, truth, **more)

    monkeypatch.setattr(DecisionTreeClassifier, "fit", counting)
    smaller(model, material, means=["pack"], most_rows=90)

    assert seen == [60, 60, 60]


# Bad input


class Moody(ClassifierMixin, BaseEstimator):
    """Refuses some tables."""

    def __init__(self, wants=5, fits=9):
        self.wants, self.fits = wants, fits

    def fit(self, rows, truth):
        if rows.shape[1] != self.wants:
            raise ValueError("too few columns for my taste")
        if len(truth) < self.fits:
            raise RuntimeError("no more rows")
        self.classes_ = np.unique(truth)
        return self

    def predict(self, rows):
        return self.classes_[(rows["a"].to_numpy() > 0).astype(int)]


def test_what_cannot_be_made_is_told_and_the_others_are_tried(smaller, make_material):
    material = make_material()

    found = smaller(fitted(Moody(), material), material, metric="accuracy")

    assert set(found.left_out) == {f"{k} of 5 columns" for k in (4, 2, 1)}
    assert found.left_out["2 of 5 columns"] == "ValueError: too few columns for my taste"
    assert "distilled into a tree of 8 leaves, packed" in {e.name for e in found.candidates}


def test_trees_that_cannot_be_packed_are_told_of_and_made_fewer_by_fitting(smaller, make_material):
    material = make_material(classes=0)
    codes = material.table.with_columns((pl.col("c") > 0).cast(pl.Int64))
    material = type(material)(table=codes, truth=material.truth)
    model = HistGradientBoostingRegressor(categorical_features=["c"], max_iter=6, random_state=0)

    found = smaller(fitted(model, material), material, means=["pack", "fewer_trees"])

    assert "was told of categories" in found.left_out["packed"]
    assert [each.name for each in found.candidates[1:]] == [
        "4 of 6 trees", "2 of 6 trees", "1 of 6 trees",
    ]  # fmt: skip
    assert named(found, "2 of 6 trees").model.n_iter_ == 2


def test_a_model_that_cannot_be_fitted_again_is_told_of(smaller, make_material):
    material = make_material()

    with pytest.raises(DataError, match=r"Moody cannot be fitted on \d+ rows: RuntimeError: no mo"):
        smaller(fitted(Moody(fits=240), material), material, metric="accuracy", means=["distil"])


def test_a_model_without_trees_cannot_be_packed(smaller, make_material):
    material = make_material()
    model = fitted(KNeighborsClassifier(), material)

    with pytest.raises(
        DataError, match="none of the means `pack, fewer_trees` does anything for K"
    ):
        smaller(model, material, means=["pack", "fewer_trees"])


def test_fewer_rows_than_folds_are_told_of(smaller, make_material):
    material = make_material()
    model = fitted(DecisionTreeClassifier(), material)

    with pytest.raises(DataError, match="1 rows cannot be spread over 3 folds"):
        smaller(model, material.only(np.array([0])))


def test_a_metric_of_another_kind_is_told_of(smaller, make_material):
    material = make_material(classes=0)
    model = fitted(DecisionTreeRegressor(), material)

    with pytest.raises(DataError, match="there is no `accuracy` of this model, whose target is a"):
        smaller(model, material, metric="accuracy")


def test_of_a_model_that_is_no_better_than_a_guess_nothing_can_be_lost(smaller, make_material):
    random = np.random.default_rng(0)
    material = make_material(classes=0)
    material = type(material)(table=material.table, truth=random.normal(size=240))
    model = fitted(DecisionTreeRegressor(random_state=0), material)

    with pytest.raises(DataError, match=r"is .* on rows held out, where a guess has"):
        smaller(model, material, relative_to="lead")
    with pytest.raises(DataError, match=r"`r2` is -.* nothing can be lost relative to it"):
        smaller(model, material, metric="r2")


def test_a_fold_without_a_class_leaves_the_loss_open(smaller, make_material):
    material = make_material(30)
    truth = np.zeros(30, int)
    truth[:2] = 1
    material = type(material)(table=material.table, truth=truth)
    model = fitted(DecisionTreeClassifier(random_state=0), material)

    with pytest.raises(DataError, match="there is no `roc_auc` of this model in fold 0"):
        smaller(model, material, metric="roc_auc", n_folds=3, allowed=0.5)


def test_a_table_as_numbers_alone_will_do(smaller, make_material):
    material = make_material()
    model = RandomForestClassifier(5, random_state=0)
    model.fit(material.table.to_numpy(), material.truth)

    found = smaller(model, material, means=["pack", "fewer_trees"])

    assert found.chosen.loss.value <= 0.1
    assert isinstance(material.table, pl.DataFrame)


@pytest.mark.parametrize("kind", [RandomForestClassifier, HistGradientBoostingClassifier])
def test_a_class_with_one_row_lacks_in_one_fold_and_has_no_chance_there(
    smaller, make_material, kind
):
    material = make_material(classes=3)
    material.truth[7] = 3
    options = {"n_estimators": 8} if kind is RandomForestClassifier else {"max_iter": 8}
    model = fitted(kind(random_state=0, **options), material)

    found = smaller(model, material, metric="balanced_accuracy", means=["pack", "fewer_trees"])

    assert len(model.classes_) == 4
    assert len(found.candidates) > 1
    assert all(np.isfinite(each.value) for each in found.candidates)


def test_scores_of_a_class_that_lacks_in_a_fold_are_told(smaller, make_material):
    material = make_material(classes=3)
    material.truth[7] = 3
    model = fitted(LinearSVC(random_state=0), material)

    with pytest.raises(DataError, match="class `3` has no row outside of the fold") as told:
        smaller(model, material, metric="accuracy", means=["distil"])
    assert "rare classes" in told.value.hint
