"""A converted model is used where it says what the model says, on every row at the edges."""

from __future__ import annotations

import numpy as np
import onnx
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tilth.errors import DataError
from tilth.quality.conversion import OnnxModel, convert, converted, onnx_of
from tilth.quality.conversion.edges import edges_of
from tilth.quality.conversion.parity import parity_of, said_of

N = 400


def numbers(gaps=0.0):
    rng = np.random.default_rng(0)
    found = rng.normal(size=(N, 4))
    found[rng.random(found.shape) < gaps] = np.nan
    return pl.DataFrame(found, schema=list("abcd"))


def labels(table, kind=int):
    filled = table.fill_nan(0.0).to_numpy()
    return (filled[:, 0] + filled[:, 1] * filled[:, 2] > 0).astype(kind)


def columns(table):
    found = []
    for name, dtype in table.schema.items():
        levels = sorted(table[name].drop_nulls().unique()) if dtype == pl.String else None
        found.append({"name": name, "type": str(dtype), "levels": levels})
    return found


def arrays(rows):
    return rows.to_numpy()


def fitted(model, table, truth):
    return model.fit(table.to_numpy(), truth)


def outcome(model, table, **more):
    return converted(model, columns(table), table, given=arrays, **more)


CLASSIFIERS = [
    LogisticRegression(),
    RandomForestClassifier(15, random_state=0),
    RandomForestClassifier(15, min_samples_leaf=5, random_state=0),
    ExtraTreesClassifier(15, random_state=0),
    DecisionTreeClassifier(max_depth=4),
    DecisionTreeClassifier(max_leaf_nodes=2),
    GradientBoostingClassifier(n_estimators=10),
    HistGradientBoostingClassifier(max_iter=10),
    MLPClassifier((8,), max_iter=20, random_state=0),
]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda each: str(each)[:40])
@pytest.mark.parametrize("kind", [int, bool, str])
def test_classifiers_say_the_same_whatever_labels_are(model, kind):
    table = numbers()
    fitted(model, table, labels(table, kind))

    found = outcome(model, table)

    assert found.passed, found.why
    assert found.precision == "float64"
    parity = found.tried["float64"]
    assert (parity.off, parity.labels_differ, parity.worst) == (0, 0.0, None)
    assert parity.largest < 1e-12
    other = OnnxModel(found.content)
    assert other.predict(table).tolist() == model.predict(table.to_numpy()).tolist()


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(12, random_state=0),
        RandomForestClassifier(12, min_samples_leaf=9, random_state=0),
        GradientBoostingClassifier(n_estimators=6),
        HistGradientBoostingClassifier(max_iter=6),
    ],
    ids=str,
)
def test_so_do_trees_of_three_classes(model):
    table = numbers()
    fitted(model, table, np.array(["low", "middle", "high"])[np.arange(N) % 3])

    found = outcome(model, table)

    assert found.passed, found.why


@pytest.mark.parametrize(
    "model",
    [
        Ridge(),
        RandomForestRegressor(10, random_state=0),
        GradientBoostingRegressor(n_estimators=10),
        HistGradientBoostingRegressor(max_iter=10),
        HistGradientBoostingRegressor(max_iter=10, loss="poisson"),
        HistGradientBoostingRegressor(max_iter=10, min_samples_leaf=N),
    ],
    ids=str,
)
def test_so_do_models_of_quantities(model):
    table = numbers()
    fitted(model, table, np.abs(table["a"].to_numpy() * 1000))

    found = outcome(model, table)

    assert found.passed, found.why
    assert found.tried["float64"].largest < 1e-12


@pytest.mark.parametrize(
    "model",
    [RandomForestClassifier(15, random_state=0), HistGradientBoostingClassifier(max_iter=10)],
    ids=str,
)
def test_trees_that_learned_from_gaps_send_them_the_same_way(model):
    table = numbers(gaps=0.2)
    fitted(model, table, labels(table))

    found = outcome(model, table)

    assert found.passed, found.why
    said = OnnxModel(found.content).predict_proba(table)
    assert np.abs(said - model.predict_proba(table.to_numpy())).max() < 1e-12


# What skl2onnx gets wrong without a word is found out.


@pytest.fixture
def by_skl2onnx(monkeypatch):
    """Without converters of ours, and as it was when its trees could still be written."""
    attribute = onnx.helper.make_attribute

    def plain(key, value, *rest, **more):
        if isinstance(value, list | np.ndarray):  # protobuf 7 refuses truth values
            value = [int(each) if isinstance(each, bool | np.bool_) else each for each in value]
        return attribute(key, value, *rest, **more)

    monkeypatch.setattr(onnx.helper, "make_attribute", plain)
    monkeypatch.setattr(convert, "kinds", list)
    monkeypatch.setattr(convert, "encoders", list)


def found_out(model, table, given=arrays):
    found = converted(model, columns(table), table, given=given, precisions=("float32",))
    assert not found.passed
    assert found.content is None
    assert "answered otherwise" in found.why, found.why
    return found.tried["float32"]


def test_a_forest_with_gaps_is_found_out(by_skl2onnx):
    table = numbers(gaps=0.2)
    model = fitted(RandomForestClassifier(15, random_state=0), table, labels(table))

    parity = found_out(model, table)

    assert parity.largest > 0.1
    assert parity.worst["expected"] != parity.worst["found"]


def test_boosting_with_categories_is_found_out(by_skl2onnx):
    kinds = pl.Series("d", np.arange(N) % 6, dtype=pl.Float64)
    table = numbers().with_columns(kinds)
    model = HistGradientBoostingClassifier(max_iter=10, categorical_features=[3])
    fitted(model, table, (np.arange(N) % 6 % 2 == 0) ^ (labels(table) == 1))

    assert found_out(model, table).off > 10


def test_boosting_of_counts_is_found_out(by_skl2onnx):
    table = numbers()
    model = HistGradientBoostingRegressor(max_iter=10, loss="poisson")
    fitted(model, table, np.abs(table["a"].to_numpy()))

    parity = found_out(model, table)

    assert parity.off == parity.rows


def mixed():
    towns = np.array(["Oslo", "Bonn", "Ulm"])[np.arange(N) % 3]
    rng = np.random.default_rng(1)
    table = numbers().with_columns(pl.Series("town", towns))
    gap = pl.Series(rng.random(N) < 0.1)
    return table.with_columns(pl.when(gap).then(None).otherwise(pl.col("b")).alias("b"))


def with_columns(last):
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), list("abcd")),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["town"]),
    )
    return make_pipeline(prepare, last)


def test_boosting_behind_a_preparation_in_single_precision_is_found_out():
    table = mixed()
    truth = labels(table.select(list("abcd")).fill_null(0.0))
    model = with_columns(HistGradientBoostingClassifier(max_iter=20)).fit(table, truth)

    found_out(model, table, given=None)
    assert converted(model, columns(table), table).precision == "float64"


def test_texts_and_gaps_come_through_a_table_of_columns():
    table = mixed()
    truth = labels(table.select(list("abcd")).fill_null(0.0))
    model = with_columns(RandomForestClassifier(10, random_state=0)).fit(table, truth)

    found = converted(model, columns(table), table)

    assert found.passed, found.why
    other = OnnxModel(found.content)
    for given in (table, table.to_pandas(), table.to_dicts(), table.to_dict(as_series=False)):
        assert np.array_equal(other.predict(given), model.predict(table))


def test_what_a_model_refuses_its_conversion_refuses():
    table = numbers()
    model = fitted(LogisticRegression(), table, labels(table))

    found = outcome(model, table)

    assert found.passed, found.why
    assert found.tried["float64"].refused > 8
    other = OnnxModel(found.content)
    for odd, told in ((None, "a gap"), (float("inf"), "an infinite number")):
        row = table[:1].with_columns(pl.Series("b", [odd], dtype=pl.Float64))
        with pytest.raises(ValueError, match=f"column `b` holds {told}, which the model refuses"):
            other.predict(row)


def test_a_level_that_is_refused_is_refused():
    table = mixed().select("town")
    model = make_pipeline(OneHotEncoder(sparse_output=False), LogisticRegression())
    model.fit(table, np.arange(N) % 3 == 0)

    found = converted(model, columns(table), table)

    assert found.passed, found.why
    with pytest.raises(ValueError, match="`town` holds 'Rome', which the model refuses"):
        OnnxModel(found.content).predict({"town": ["Oslo", "Rome"]})


def test_what_cannot_be_converted_is_told_as_a_reason():
    class Own(LogisticRegression):
        pass

    table = numbers()
    own = fitted(Own(), table, labels(table))
    vote = VotingClassifier([("one", LogisticRegression())], voting="soft")
    categories = HistGradientBoostingClassifier(max_iter=2, categorical_features=[0])
    codes = table.with_columns(pl.Series("a", np.arange(N) % 5, dtype=pl.Float64))

    told = [
        outcome(own, table),
        outcome(fitted(vote, table, labels(table)), table),
        outcome(fitted(categories, codes, labels(codes)), codes),
    ]

    assert [each.passed for each in told] == [False] * 3
    assert "Own" in told[0].why
    assert told[1].why
    assert "was told of categories" in told[2].why
    assert told[0].as_dict()["model"] == "native"


def test_the_same_model_is_the_same_file():
    table = numbers()
    model = fitted(RandomForestClassifier(5, random_state=0), table, labels(table))

    assert onnx_of(model, columns(table)) == onnx_of(model, columns(table))


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_single_precision_takes_less_room():
    table = numbers()
    model = fitted(MLPClassifier((200,), max_iter=5, random_state=0), table, labels(table))

    sizes = [len(onnx_of(model, columns(table), precision=each)) for each in ("float64", "float32")]

    assert sizes[1] < 0.7 * sizes[0]


def test_edges_hit_thresholds_and_their_neighbours():
    table = numbers()
    model = fitted(DecisionTreeClassifier(max_leaf_nodes=2), table, labels(table))
    feature, threshold = int(model.tree_.feature[0]), float(model.tree_.threshold[0])

    edges = edges_of(model, table)

    values = edges.rows["abcd"[feature]].drop_nulls().to_list()
    near = np.float32(threshold)
    # Trees compare singles: the largest that goes left, and the first that goes right.
    down = near if near <= threshold else np.nextafter(near, np.float32(-np.inf))
    assert float(down) in values
    assert float(np.nextafter(down, np.float32(np.inf))) in values
    assert np.nextafter(float(down), np.inf) in values


def test_thresholds_are_led_back_through_a_preparation():
    table = mixed()
    truth = labels(table.select(list("abcd")).fill_null(0.0))
    model = with_columns(DecisionTreeClassifier(max_leaf_nodes=4)).fit(table, truth)

    edges = edges_of(model, table)
    told = [each for each in edges.why if each.endswith("is a threshold")]

    assert told
    row = edges.rows[edges.why.index(told[0])]
    numbers_ = np.asarray(model[:-1].transform(row))[0]
    tree = model[-1].tree_
    inner = tree.feature >= 0
    gaps = np.abs(numbers_[tree.feature[inner]] - tree.threshold[inner])
    assert gaps.min() < 1e-9


class Labels:
    """Says what it was told."""

    classes_ = np.array(["a", "b"])

    def __init__(self, labels, chances):
        self.labels, self.chances = labels, chances

    def predict(self, rows):
        return np.array(self.labels)

    def predict_proba(self, rows):
        return np.array(self.chances)


def compared(one, other):
    rows = pl.DataFrame({"x": [1.0]})
    said = [said_of(each, rows, lambda some: some) for each in (one, other)]
    return parity_of(*said, rows, ["usual"], ["a", "b"])


def test_a_label_may_differ_only_where_both_are_equally_likely():
    even = compared(Labels(["a"], [[0.5, 0.5]]), Labels(["b"], [[0.5, 0.5]]))
    other = compared(Labels(["a"], [[0.6, 0.4]]), Labels(["b"], [[0.6, 0.4]]))

    assert even.passed
    assert not other.passed
    assert other.labels_differ == 1.0
    assert "the worst: usual, expected 'a' (0.6, 0.4), found 'b' (0.6, 0.4)" in other.why


def test_chances_may_differ_by_the_tolerance_and_no_more():
    near = compared(Labels(["a"], [[0.6, 0.4]]), Labels(["a"], [[0.600009, 0.399991]]))
    far = compared(Labels(["a"], [[0.6, 0.4]]), Labels(["a"], [[0.60002, 0.39998]]))

    assert (near.passed, far.passed) == (True, False)
    assert far.largest == pytest.approx(2e-5)


def test_an_answer_where_the_model_refuses_is_a_difference():
    class Refuses(Labels):
        def predict(self, rows):
            raise TypeError("no")

    found = compared(Refuses([], []), Labels(["a"], [[1.0, 0.0]]))

    assert not found.passed
    assert "expected a refusal (TypeError)" in found.why


def test_dates_are_refused_where_nothing_of_ours_reads_them():
    table = pl.DataFrame({"day": ["2024-01-01"]}).select(pl.col("day").str.to_date())

    with pytest.raises(DataError, match="column `day` holds dates"):
        onnx_of(LogisticRegression(), columns(table))
