"""`tilth explain --since` says what changed since an earlier model."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

CODE = """
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier


def fit(train: pl.DataFrame, effect: float) -> LinearRegression:
    rows = train.select("price", "weight")
    model = LinearRegression().fit(rows, train["price"].to_numpy() + train["weight"].to_numpy())
    model.coef_[1] += effect
    return model


def tell(train: pl.DataFrame, depth: int, columns: list, target: str) -> DecisionTreeClassifier:
    model = DecisionTreeClassifier(max_depth=depth, random_state=0)
    return model.fit(train.select(columns), train[target].to_numpy())
"""

TILTH = """
name: why
pipelines:
  model:
    nodes:
      - {call: shop.fit, inputs: {train: train, effect: "params:effect"}, outputs: cost}
      - call: shop.tell
        inputs: {train: train, depth: "params:depth", columns: "params:columns",
                 target: "params:target"}
        outputs: back
"""


def parameters(effect, depth, columns=("price",), target="back"):
    told = {"effect": effect, "depth": depth, "columns": list(columns), "target": target}
    return json.dumps(told)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project in which two models were made twice; no test changes it but by registering."""
    from tilth.project import Project

    folder = tmp_path_factory.mktemp("since")
    random = np.random.default_rng(0)
    price, weight = random.normal(size=(2, 300)).round(3)
    back = np.where(price + 0.5 * weight > 0.3, "yes", "no")
    size = np.array(["small", "middle", "large"])[np.digitize(price, [-1, 1])]
    table = pl.DataFrame({"price": price, "weight": weight, "back": back, "size": size})
    narrow = table.drop("weight")
    for name, text in {
        "tilth.yml": TILTH,
        "catalog.yml": "train: {format: csv, location: data/train.csv}\n"
        "narrow: {format: csv, location: data/narrow.csv}\n",
        "src/shop.py": CODE,
        "data/train.csv": table.write_csv(),
        "data/narrow.csv": narrow.write_csv(),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for told in (
        parameters(0.0, 2, target="size"),
        parameters(1.0, 2),
        parameters(3.0, 4, ("price", "weight")),
    ):
        (folder / "params.yml").write_text(told)
        with Project(folder) as project:
            result = project.run()
            assert result.ok, result.failures
    return folder


@pytest.fixture
def since(trained, monkeypatch):
    monkeypatch.chdir(trained)
    monkeypatch.setenv("NO_COLOR", "1")
    return pl.read_csv(trained / "data/train.csv")


def test_a_planted_change_of_one_column_is_told_of_a_row(since, tilth):
    options = ("explain", "cost", "--since", "--rows", "train", "--row", "7", "--target", "cost")
    answer, told = tilth(*options), tilth(*options, "--json").json

    assert "cost: cost is" in answer.out
    assert f"it was {told['before']:.4g} by cost@" in answer.out
    assert "exact: so are the parts of both models" in answer.out
    assert (told["about"], told["exact"]) == ("row change", True)
    parts = {each["column"]: each["contribution"] for each in told["reasons"]}
    assert parts["price"] == pytest.approx(0, abs=1e-12)
    assert told["base"]["difference"] + parts["weight"] == pytest.approx(2 * since["weight"][7])
    assert told["now"] - told["before"] == pytest.approx(told["difference"])


def test_what_changed_as_a_whole_is_told_by_columns_and_answers(since, tilth):
    options = ("explain", "cost", "--since", "--rows", "train")
    answer, told = tilth(*options), tilth(*options, "--json").json

    assert "cost since cost@" in answer.out
    assert "it answers otherwise in 300 of 300 rows (100.0 %), by" in answer.out
    assert [each["column"] for each in told["columns"]] == ["weight", "price"]
    weight, price = told["columns"]
    assert weight["moved"]["low"] > 0
    assert weight["now"]["value"] == pytest.approx(2 * weight["before"]["value"])
    assert price["change"]["value"] == pytest.approx(0, abs=1e-12)
    assert told["answers"]["share"] == 1


def test_of_classes_it_is_told_what_became_of_what(since, tilth):
    answer = tilth("explain", "back", "--since", "--rows", "train")
    told = tilth("explain", "back", "--since", "--rows", "train", "--json").json

    moves = told["answers"]["moves"]
    assert sum(each["rows"] for each in moves) == told["answers"]["changed"] > 0
    assert f"{moves[0]['rows']} from {moves[0]['from']} to {moves[0]['to']}" in answer.out
    weight = next(each for each in told["columns"] if each["column"] == "weight")
    # The earlier model was not given this column, so it had no part.
    assert weight["before"]["value"] == 0
    assert weight["now"]["value"] > 0


def test_the_earlier_model_is_named_in_any_way_that_names_a_version(since, tilth):
    options = ("explain", "cost", "--rows", "train", "--row", "7", "--json")
    first = tilth(*options, "--since").json
    digest = first["since_fingerprint"].partition(":")[2]

    for name in ("2", digest[:10], "latest~1", "cost@2", f"cost@{digest[:10]}"):
        assert tilth(*options, "--since", name).json == first
    older = tilth(*options, "--since", "1").json
    assert older["before"] != first["before"]


def test_registered_models_are_compared_by_their_names(since, tilth):
    for version in ("cost@1", "cost@2", "cost"):
        made = tilth("models", "register", version, "--as", "price")
        assert made.code == 0, made.err
    options = ("explain", "price@3", "--rows", "train", "--row", "7", "--json")

    before = tilth(*options, "--since").json

    assert (before["model"], before["since"]) == ("price@3", "price@2")
    assert tilth(*options, "--since", "2").json == before
    assert tilth(*options, "--since", "price@1").json["since"] == "price@1"
    assert tilth("explain", "cost", *options[2:], "--since", "price@2").json["since"] == "price@2"
    assert "there is no other model before `price@1`" in tilth(
        "explain", "price@1", "--since", "--rows", "train"
    ).err  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("cost@1", "--since"), "there is no version of `cost` before"),
        (("cost", "--since", "77"), "dataset `cost` has no version `77`"),
        (("cost", "--since", "nothing"), "`nothing` names no version"),
        (("cost", "--since", "3"), "are the same model"),
        (("cost", "--since", "latest~1", "--against", "3", "--row", "1"), "leave one of them out"),
        (("cost", "--since", "--rather-than", "no"), "a contrast needs a row"),
        (("cost", "--since", "--row", "300"), "has no row 300"),
        (("cost", "--since", "back@2"), "tells of a quantity, and the earlier one of classes"),
        (("back", "--since", "1"), "name a class that both of them know"),
        (("back", "--since", "1", "--of", "yes"), "the earlier model: the model has no class"),
        (
            ("back@2", "--since", "cost", "--rows", "narrow"),
            "`narrow`, which the earlier model is",
        ),
        (("cost", "--since", "--background", "narrow"), "there is no column `weight`"),
    ],
)
def test_what_cannot_be_compared_is_told(since, tilth, options, said):
    rows = () if "--rows" in options else ("--rows", "train")
    answer = tilth("explain", *options, *rows)

    assert answer.code in (1, 2)
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_in_a_notebook_what_changed_shows_itself(since, trained):
    from tilth.project import Project

    with Project(trained) as project:
        whole = project.explain("cost", rows="train", since="")
        one = project.explain("cost", rows="train", row=3, since="2")

    assert "since cost@" in whole._repr_html_()
    assert "<td>weight</td>" in whole._repr_html_()
    assert "<td>weight = " in one._repr_html_()
    assert json.dumps(one.as_dict())
