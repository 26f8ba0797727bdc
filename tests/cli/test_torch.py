"""Networks of PyTorch, as the page on training shows them, go through training into a bundle."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from examples import blocks

from tilth.data.formats.skops import Skops
from tilth.project import Project
from tilth.testing.formats import read, written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how_to" / "train_models.md"
CLASSES = {"nets": "Net", "skorched": "Skorched"}


@pytest.fixture(params=CLASSES)
def module(request, tmp_path, monkeypatch):
    """A project with one of the classes of the page, which has been trained."""
    for library in ("torch", "safetensors", *(["skorch"] if request.param == "skorched" else [])):
        pytest.importorskip(library)
    (tmp_path / "src").mkdir()
    shown = {block.title: block.text for block in blocks(PAGE)}
    name = f"src/{request.param}.py"
    (tmp_path / name).write_text(shown[name])
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 300)).round(3)
    rows = pl.DataFrame({"a": a, "b": b, "y": np.where(a * b > 0, "yes", "no")})
    rows.write_parquet(tmp_path / "rows.parquet")
    kind = f"{request.param}.{CLASSES[request.param]}"
    train = {"train": "rows", "target": "y", "prefix": "m", "folds": 3, "estimators": [kind]}
    (tmp_path / "tilth.yml").write_text(
        json.dumps({"pipelines": {"it": {"stage": "train", "with": train}}})
    )
    entries = {
        "rows": {"format": "parquet", "location": "rows.parquet"},
        "m_model": {
            "format": "skops",
            "location": "m.skops",
            "read": {"trusted": ["sklearn", request.param]},
        },
    }
    (tmp_path / "catalog.yml").write_text(json.dumps(entries))
    monkeypatch.chdir(tmp_path)
    with Project(tmp_path) as opened:
        run = opened.run()
        assert run.ok, run.failures
    return request.param


def test_it_is_trained_bundled_and_answers_as_it_did(module, tilth):
    with Project(".") as opened:
        best = opened.load("m_candidates").row(0, named=True)
        model = opened.load("m_model")
    registered = tilth("models", "register", "m_model", "--as", "m")
    tested = tilth("models", "test", "m@1")
    tilth("models", "bundle", "m@1", "--to", "out")

    assert best["model"] == CLASSES[module]
    assert best["roc_auc"] > 0.95
    assert type(model.named_steps["model"]).__name__ == CLASSES[module]
    assert registered.code == 0, registered.err
    assert tested.code == 0, tested.out + tested.err
    assert Path("out", "code", f"{module}.py").is_file()
    needed = Path("out", "requirements.txt").read_text()
    assert "torch==" in needed
    assert ("skorch==" in needed) == (module == "skorched")


def test_it_is_made_again_to_the_byte(module, tilth):
    told = tilth("reproduce", "last", "--json").json

    assert {each["node"]: each["state"] for each in told["nodes"]}["fit_chosen_m"] == "same"


def test_a_net_of_skorch_by_itself_is_refused_as_it_keeps_a_pickle():
    torch, skorch = pytest.importorskip("torch"), pytest.importorskip("skorch")
    from tilth.errors import DataError

    net = skorch.NeuralNetClassifier(torch.nn.Linear, module__in_features=2, module__out_features=2)
    net.initialize()
    state = net.__getstate__()

    assert pickle.loads(state["__cuda_dependent_attributes__"])
    with pytest.raises(DataError, match="keeps a pickle inside"):
        read(Skops(), written(Skops(), net))
