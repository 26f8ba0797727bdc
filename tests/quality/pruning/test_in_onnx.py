"""Models in ONNX are candidates like others, and how alike they answer is told."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import polars as pl
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from tilth.errors import DataError
from tilth.quality.conversion import OnnxModel, onnx_of
from tilth.quality.conversion.quantised import quantised
from tilth.quality.preparation import decided, preparation_of
from tilth.quality.pruning import in_onnx
from tilth.quality.pruning.material import Material, fit
from tilth.quality.pruning.metric import metric_of
from tilth.quality.pruning.names import checked_means
from tilth.quality.pruning.trial import pruned
from tilth.stages.prune.size import size_by

N = 300
SINGLE, EIGHT = "ONNX", "ONNX, matrices in 8 bits"


def table():
    rng = np.random.default_rng(0)
    found = pl.DataFrame(rng.normal(size=(N, 5)), schema=list("abcde"))
    return found.with_columns(town=pl.Series(rng.choice(["Oslo", "Bonn", "Ulm"], N)))


def smaller(last, **more):
    rows = table()
    truth = np.where(rows["a"].to_numpy() + rows["b"].to_numpy() ** 2 > 0.7, "late", "early")
    slices = {"town = Ulm": (rows["town"] == "Ulm").to_numpy()}
    material = Material(table=rows, truth=truth, slices=slices)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = fit(make_pipeline(preparation_of(decided(rows), n_rows=N), last), material)
    metric = metric_of("accuracy", model.classes_, truth, "here")
    settings = {"means": ["onnx"], "n_folds": 3, **more}
    return model, rows, pruned(model, material, metric, size_by(model)[1], **settings)


NETWORK = MLPClassifier((120, 120), max_iter=30, random_state=0)


def named(found):
    return {each.name: each for each in found.candidates}


def test_a_network_in_eight_bits_is_the_smallest():
    model, rows, found = smaller(NETWORK)

    made = named(found)
    sizes = [made[each].cost.n_bytes for each in ("as it is", SINGLE, EIGHT)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 0.5 * sizes[1]
    assert found.chosen.name == EIGHT
    assert found.chosen.means == ("onnx",)
    same = found.chosen.model.predict(rows) == model.predict(rows)
    assert same.mean() > 0.95


def test_parity_is_told_of_each_and_differs():
    _, _, found = smaller(NETWORK)

    made = named(found)
    assert made["as it is"].parity == ""
    assert made[SINGLE].parity.startswith("all ")
    assert "rows are answered otherwise" in made[EIGHT].parity


def test_they_are_judged_on_rows_held_out_and_on_slices():
    _, _, found = smaller(NETWORK)

    for each in (named(found)[name] for name in (SINGLE, EIGHT)):
        assert len(each.values) == 3
        assert set(each.slices) == {"town = Ulm"}
    assert named(found)[SINGLE].loss.value == 0.0


def test_what_loses_too_much_is_not_taken(monkeypatch):
    def wrong(model, rows, kind):
        made = onnx_of(model, in_onnx._columns(rows), precision="float32")
        other = OnnxModel(made)
        other.classes_ = other.classes_[::-1]
        other._label = {"late": "early", "early": "late"}
        return other

    monkeypatch.setattr("tilth.quality.pruning.means.in_onnx", wrong)
    _, _, found = smaller(NETWORK)

    assert found.chosen.name == "as it is"
    assert not named(found)[EIGHT].within


@pytest.mark.parametrize(
    "last",
    [LogisticRegression(), RandomForestClassifier(5, random_state=0)],
    ids=["linear", "forest"],
)
def test_what_has_no_matrices_says_so(last):
    _, _, found = smaller(last)

    assert SINGLE in named(found)
    assert found.left_out[EIGHT] == "it has no matrices that could be quantised"


def test_boosting_in_single_precision_tells_where_it_is_wrong():
    _, _, found = smaller(HistGradientBoostingClassifier(max_iter=10))

    assert "answered otherwise" in named(found)[SINGLE].parity


def test_it_is_tried_only_where_it_is_asked_for():
    assert "onnx" not in checked_means(None, "here")
    assert checked_means("onnx", "here") == ("onnx",)


def test_without_the_libraries_it_is_left_out_with_what_to_install(monkeypatch):
    monkeypatch.setattr(in_onnx, "find_spec", lambda name: None if name == "skl2onnx" else name)
    _, _, found = smaller(RandomForestClassifier(5, random_state=0), means=["pack", "onnx"])

    assert found.left_out == {SINGLE: "skl2onnx not installed: `pip install 'tilth[onnx]'`"}
    assert SINGLE not in named(found)


def test_a_quantised_model_still_refuses_what_the_model_refuses():
    rows = table().drop("town")
    model = make_pipeline(MLPClassifier((20,), max_iter=5, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(rows, rows["a"].to_numpy() > 0)
    refuses = {"a": ["gaps"]}
    content = onnx_of(model, in_onnx._columns(rows), precision="float32", refuses=refuses)

    small = OnnxModel(quantised(content))

    with pytest.raises(ValueError, match="column `a` holds a gap"):
        small.predict(rows[:1].with_columns(a=None))
    assert quantised(content) == quantised(content)


def test_nothing_is_quantised_in_a_file_without_matrices():
    rows = table().drop("town")
    model = LogisticRegression().fit(rows.to_numpy(), rows["a"].to_numpy() > 0)
    content = onnx_of(model, in_onnx._columns(rows), precision="float32")

    with pytest.raises(DataError, match="no matrices"):
        quantised(content)


def test_a_model_in_onnx_goes_into_a_skops_file_and_to_another_process():
    _, rows, found = smaller(NETWORK)
    model = found.chosen.model
    kind = "tilth.quality.conversion.onnx_model.OnnxModel"

    file = skops.io.dumps(model)
    assert skops.io.get_untrusted_types(data=file) == [kind]
    for back in (skops.io.loads(file, trusted=[kind]), pickle.loads(pickle.dumps(model))):
        assert back == model
        assert np.array_equal(back.predict_proba(rows), model.predict_proba(rows))
