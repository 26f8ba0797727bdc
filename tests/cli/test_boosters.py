"""Models of LightGBM, XGBoost and CatBoost: trained, explained, kept like others."""

from __future__ import annotations

import io
import json
import shutil
import zipfile

import numpy as np
import polars as pl
import pytest

from tilth.project import Project

NAMES = ("a [kg] <y>", "b,{x}: 1", "größe", "town")
QUICK = {
    "lightgbm": {"n_estimators": 40},
    "xgboost": {"n_estimators": 40},
    "catboost": {"iterations": 40},
}


def table(n, seed):
    """Three classes by waves of two columns, which neither a sum nor three questions tell."""
    rng = np.random.default_rng(seed)
    a, b, size = rng.uniform(-3, 3, size=(3, n)).round(3)
    town = rng.choice(["Oslo", "Bonn"], n).tolist()
    wave = np.sin(3 * a) + np.sin(3 * b)
    y = np.select([wave < -0.5, wave > 0.5], ["low", "high"], "middle")
    gaps = [None if i % 9 == 0 else float(each) for i, each in enumerate(size)]
    made = dict(zip(NAMES, (a, b, gaps, town), strict=True))
    return pl.DataFrame({**made, "counts": rng.integers(1, 4, n), "y": y})


def layout(library):
    train = {
        "train": "rows", "test": "test", "target": "y", "weights": "counts", "prefix": "m",
        "features": list(NAMES), "folds": 3, "estimators": [{library: QUICK[library]}],
        "tune": {"trials": 2}, "evaluate": {"labels": False, "most_rows": 60},
    }  # fmt: skip
    explain = {"model": "m_model", "rows": "test", "most_rows": 4, "background_rows": 10}
    prune = {"model": "m_model", "train": "rows", "target": "y", "weights": "counts", "folds": 2}
    stages = {"train": train, "explain": explain, "prune": prune | {"means": ["distil"]}}
    return {
        "pipelines": {name: {"stage": name, "with": told} for name, told in stages.items()},
    }


@pytest.fixture(scope="module", params=["lightgbm", "xgboost", "catboost"])
def library(request):
    pytest.importorskip(request.param)
    return request.param


@pytest.fixture(scope="module")
def grown(tmp_path_factory, library):
    """A project in which one of them was trained, explained and made smaller."""
    folder = tmp_path_factory.mktemp(library)
    table(360, seed=1).write_parquet(folder / "rows.parquet")
    table(120, seed=2).write_parquet(folder / "test.parquet")
    (folder / "tilth.yml").write_text(json.dumps(layout(library)))
    entries = {
        each: {"format": "parquet", "location": f"{each}.parquet"} for each in ("rows", "test")
    }
    trusted = ["sklearn", library]
    entries["m_model"] = {
        "format": "skops", "location": "model.skops", "read": {"trusted": trusted},
    }  # fmt: skip
    (folder / "catalog.yml").write_text(json.dumps(entries))
    with Project(folder) as opened:
        run = opened.run()
        assert run.ok, run.failures
    return folder


@pytest.fixture
def folder(grown, tmp_path, monkeypatch):
    copy = tmp_path / "grown"
    shutil.copytree(grown, copy)
    monkeypatch.chdir(copy)
    return copy


def test_it_is_tuned_compared_and_chosen(folder, library):
    with Project(folder) as opened:
        best = opened.load("m_candidates").row(0, named=True)
        told = opened.load("m_tuning")
        said = opened.load("m_predictions")

    assert best["model"] == library
    assert best["accuracy"] > 0.6
    assert told[library]["counts"]["complete"] >= 1
    assert set(said["prediction"]) <= {"low", "middle", "high"}
    assert {"p_low", "p_middle", "p_high"} <= set(said.columns)


def test_it_is_explained_and_tried_to_be_made_smaller(folder):
    with Project(folder) as opened:
        matters = opened.load("m_model_importance")
        tried = opened.load("m_small_candidates")

    assert {each["column"] for each in matters["columns"][:2]} == set(NAMES[:2])
    assert tried["model"][0] == "as it is"
    assert tried.height > 1


def test_its_bundle_answers_as_it_did_and_holds_no_pickle(folder, library, tilth):
    assert tilth("models", "register", "m_model", "--as", "m").code == 0
    tested = tilth("models", "test", "m@1")
    written = tilth("models", "bundle", "m@1", "--to", "out")

    assert tested.code == 0, tested.err + tested.out
    assert "passed" in tested.out
    assert written.code == 0
    with zipfile.ZipFile(io.BytesIO((folder / "out" / "model.skops").read_bytes())) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    schema = contents.pop("schema.json").decode()
    assert '"__loader__": "OperatorFuncNode"' not in schema
    assert not any(each.startswith(b"\x80") for each in contents.values())
    assert f'"__module__": "{library}.' in schema
    assert library in (folder / "out" / "requirements.txt").read_text()


def test_it_is_made_again_to_the_byte(folder, tilth):
    told = tilth("reproduce", "last", "--json").json

    nodes = {each["node"]: each["state"] for each in told["nodes"]}
    assert nodes["fit_chosen_m"] == "same"
    assert nodes["predict_test_m"] == "same"
