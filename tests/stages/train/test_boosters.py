"""What boosting of other libraries asks for: codes for labels, all rows, no word of the time."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.data.formats.skops import Skops
from tilth.errors import DefinitionError, MissingLibraryError
from tilth.quality.classes import classes_of
from tilth.stages.train.making import WithCodes, made_by_library
from tilth.stages.train.nodes import fit_chosen, score_candidate
from tilth.testing.formats import read, written

LIBRARIES = ("lightgbm", "xgboost", "catboost")


@pytest.fixture(params=LIBRARIES)
def library(request):
    pytest.importorskip(request.param)
    return request.param


def rows_of(labels):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 2))
    code = (x[:, 0] > 0).astype(int) + (x[:, 1] > 1)
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": [labels[each] for each in code]})


def few(library):
    return {"iterations" if library == "catboost" else "n_estimators": 10}


def fitted(library, rows, ask, model, **settings):
    told = model(library, **few(library), **settings)
    choice = {"name": library, "tuned": {}}
    return fit_chosen(rows, choice, [told], ask(task="auto"))


@pytest.mark.parametrize(
    "labels", [["no", "yes", "yes"], [False, True, True], [3, 7, 9], ["a", "b", "c"]]
)
def test_labels_come_back_as_they_were(library, labels, ask, model):
    rows = rows_of(labels)
    found = fitted(library, rows, ask, model)
    said = found.predict(rows).tolist()

    assert set(said) <= set(labels)
    assert {type(each) for each in said} == {type(labels[0])}
    assert np.mean(np.array(said) == rows["y"].to_numpy()) > 0.9
    assert found.predict_proba(rows).shape == (120, len(set(labels)))


def test_the_same_rows_give_the_same_bytes_again(library, ask, model):
    rows = rows_of(["a", "b", "c"])
    first, second = (written(Skops(), fitted(library, rows, ask, model)) for _ in range(2))

    assert first == second


def test_it_is_read_where_its_library_is_trusted(library, ask, model):
    rows = rows_of(["a", "b", "c"])
    found = fitted(library, rows, ask, model)
    back = read(Skops(read={"trusted": ["sklearn", library]}), written(Skops(), found))

    assert (back.predict_proba(rows) == found.predict_proba(rows)).all()


def test_a_regressor_has_no_classes(library, ask, model, quantity):
    found = fitted(library, quantity, ask, model)

    assert classes_of(found) is None
    assert np.corrcoef(found.predict(quantity), quantity["y"])[0, 1] > 0.7


def test_rows_count_by_their_weights(library, ask, model):
    rows = pl.DataFrame({"a": [0.0, 1.0, 0.0, 1.0] * 100, "y": ["no", "no", "yes", "yes"] * 100})
    rows = rows.with_columns(w=pl.when(pl.col("y") == "yes").then(3).otherwise(1))
    told = [model(library, **{"iterations" if library == "catboost" else "n_estimators": 100})]
    found = fit_chosen(rows, {"name": library, "tuned": {}}, told, ask(weights="w"))

    assert found.predict_proba(rows.select("a"))[:, 1] == pytest.approx(0.75, abs=0.02)


def test_a_setting_that_stops_early_is_refused_as_there_are_no_rows_to_stop_by(library, ask, model):
    with pytest.raises(DefinitionError, match="needs rows to stop by") as caught:
        fitted(library, rows_of(["a", "b", "c"]), ask, model, early_stopping_rounds=5)
    assert "tune" in caught.value.hint


def test_a_class_of_xgboost_by_its_dotted_name_takes_texts_too(ask, model):
    pytest.importorskip("xgboost")
    kind = "xgboost.XGBClassifier"
    own = made_by_library(kind, {"n_estimators": 50, "n_jobs": 1})
    found = score_candidate(
        rows_of(["a", "b", "c"]),
        model("XGBClassifier", kind),
        ask(folds=3, metric="accuracy"),
        estimator=own,
    )

    assert min(found["scores"]) > 0.8


def test_codes_of_a_regressor_are_not_made(ask, model, quantity):
    pytest.importorskip("xgboost")
    found = fitted("xgboost", quantity, ask, model)

    assert not isinstance(found.named_steps["model"], WithCodes)


def test_without_the_library_the_extra_is_named(ask, model, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    with pytest.raises(MissingLibraryError, match="estimator `lightgbm` needs") as caught:
        fitted("lightgbm", rows_of(["a", "b", "c"]), ask, model)
    assert "tilth[boosting]" in caught.value.hint
