from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

CODE = """
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier


def fit(train: pl.DataFrame) -> Pipeline:
    names = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["town"]), remainder="passthrough"
    )
    model = make_pipeline(names, DecisionTreeClassifier(max_depth=4, random_state=0))
    return model.fit(train.select("town", "price", "weight"), train["back"].to_numpy())


def three(train: pl.DataFrame) -> DecisionTreeClassifier:
    rows = train.select("price", "weight").to_numpy()
    return DecisionTreeClassifier(max_depth=5, random_state=0).fit(rows, train["size"].to_numpy())
"""

NOTES = """
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline


def fit(train: pl.DataFrame) -> Pipeline:
    words = make_column_transformer((TfidfVectorizer(), "note"))
    model = make_pipeline(words, LogisticRegression())
    return model.fit(train.select("note"), train["back"].to_list())
"""

TILTH = """
name: why
pipelines:
  model: {nodes: [{call: shop.fit, outputs: model}, {call: shop.three, outputs: sizes}]}
  why: {stage: explain, with: {model: model, rows: train, target: back, most_rows: 20}}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project whose models are made; no test changes it."""
    from tilth.project import Project

    folder = tmp_path_factory.mktemp("why")
    random = np.random.default_rng(0)
    price, weight = random.normal(size=(2, 300)).round(3)
    town = random.choice(["bonn", "ulm", "kiel"], 300)
    back = np.where(price + 2 * (town == "ulm") > 0.8, "yes", "no")
    size = np.digitize(price + weight, [-1, 1])
    table = pl.DataFrame(
        {"order": range(300), "town": town, "price": price, "weight": weight, "back": back,
         "size": size}
    )  # fmt: skip
    for name, text in {
        "tilth.yml": TILTH,
        "catalog.yml": "train: {format: csv, location: data/train.csv}\n",
        "src/shop.py": CODE,
        "data/train.csv": table.write_csv(),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with Project(folder) as project:
        assert project.run().ok
    return folder


@pytest.fixture
def why(trained, monkeypatch):
    monkeypatch.chdir(trained)
    monkeypatch.setenv("NO_COLOR", "1")
    return pl.read_csv(trained / "data/train.csv")


def test_one_row_is_explained_and_the_parts_add_up(why, tilth):
    answer = tilth("explain", "model", "--row", "7")
    told = tilth("explain", "model", "--row", "7", "--json").json

    assert "model: the chance that back is yes is" in answer.out
    assert "for row 7 of train" in answer.out
    assert f"{why['town'][7]}" in answer.out
    assert "exact: all paths of its trees were gone through" in answer.out
    parts = sum(each["contribution"] for each in told["reasons"]) + told["others"]
    assert told["base"] + parts == pytest.approx(told["prediction"])
    assert [each["column"] for each in told["reasons"]][-1] == "weight"


def test_a_registered_version_is_explained_by_its_name(why, tilth):
    tilth("models", "register", "model", "--as", "back")
    answers = [tilth("explain", each, "--row", "3", "--json").json for each in ("model", "back@1")]

    assert tilth("explain", "back", "--row", "3").out.startswith("back@1: the chance")
    assert [each.pop("model") for each in answers] == ["model", "back@1"]
    assert answers[0] == answers[1]
    assert "version of model `back` `7`" in tilth("explain", "back@7", "--row", "3").err


def test_a_row_is_found_by_its_values(why, tilth):
    by_number = tilth("explain", "model", "--row", "7", "--json").json

    assert tilth("explain", "model", "--row", "order=7", "--json").json == by_number


def test_a_row_against_another(why, tilth):
    answer = tilth("explain", "model", "--row", "7", "--against", "order=8")

    assert "for row 7 of train" in answer.out
    assert "for row 8; what makes the difference:" in answer.out


def test_a_row_against_itself_differs_in_nothing(why, tilth):
    assert "no column does" in tilth("explain", "model", "--row", "7", "--against", "7").out


def test_one_class_rather_than_another(why, tilth):
    options = ("explain", "sizes", "--rows", "train", "--row", "7", "--target", "size")
    contrast = ("--of", "2", "--rather-than", "0")

    # It was fitted on an array, which does not say which columns these were.
    assert "name those as `features`" in tilth(*options, *contrast).err
    answer = tilth(*options, *contrast, "--features", "price,weight")
    told = tilth(*options, *contrast, "--features", "price,weight", "--json").json

    assert "the lead of 2 over 0 is" in answer.out
    assert told["output"] == "2 over 0"
    assert {each["column"] for each in told["reasons"]} == {"price", "weight"}
    wild = tilth(*options, *contrast, "--features", "pri*,w*", "--json").json
    assert wild == told
    parts = sum(each["contribution"] for each in told["reasons"])
    assert told["base"] + parts == pytest.approx(told["prediction"])


def test_the_model_as_a_whole(why, tilth):
    answer = tilth("explain", "model")
    told = tilth("explain", "model", "--json").json

    assert "model on 200 of 300 rows of train" in answer.out
    assert "more raises" in answer.out
    assert told["about"] == "rows"
    assert {each["column"] for each in told["columns"]} == {"town", "price", "weight"}
    assert told["columns"][0]["strength"]["low"] > 0


def test_the_other_class_and_other_scales(why, tilth):
    yes = tilth("explain", "model", "--row", "7", "--of", "yes", "--json").json
    no = tilth("explain", "model", "--row", "7", "--of", "no", "--json").json

    assert yes["prediction"] == pytest.approx(1 - no["prediction"])
    assert "has no scores" in tilth("explain", "model", "--row", "7", "--scale", "score").err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("nothing",), "there is no dataset `nothing`"),
        (("sizes",), "it is not known which rows to explain `sizes` by"),
        (("model", "--row", "300"), "dataset `train` has no row 300"),
        (("model", "--row", "town=ulm"), "rows with town=ulm"),
        (("model", "--row", "town=rome"), "has no row with town=rome"),
        (("model", "--row", "city=ulm"), "there is no column `city`"),
        (("model", "--row", "the first"), "tells no row"),
        (("model", "--against", "3"), "a contrast needs a row"),
        (("model", "--row", "3", "--of", "maybe"), "no class `maybe`"),
        (("model", "--row", "3", "--rather-than", "no"), "there is no class `no`"),
        (("train", "--rows", "train"), "cannot be explained: it has no `predict`"),
    ],
)
def test_what_cannot_be_explained_is_told(why, tilth, options, said):
    answer = tilth("explain", *options)

    assert answer.code in (1, 2)
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_rows_that_the_model_does_not_know_are_hinted_at(why, tilth):
    assert "such as `train`" in tilth("explain", "sizes").err


def test_in_a_notebook_it_shows_itself(why, trained):
    from tilth.project import Project

    with Project(trained) as project:
        whole, one = project.explain("model"), project.explain("model", row=3)

    assert "<td>price</td>" in whole._repr_html_()
    assert "<td>town = " in one._repr_html_()
    assert json.dumps(one.as_dict())


def test_of_a_column_of_texts_the_words_that_counted_are_told(tmp_path, monkeypatch, tilth):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/notes.py").write_text(NOTES)
    nodes = "[{call: notes.fit, outputs: model}]"
    (tmp_path / "tilth.yml").write_text(f"pipelines: {{it: {{nodes: {nodes}}}}}\n")
    (tmp_path / "catalog.yml").write_text("train: {format: csv, location: train.csv}\n")
    texts = ["it came broken", "a lovely parcel", "broken again", "lovely and blue"] * 10
    pl.DataFrame({"note": texts, "back": ["yes", "no"] * 20}).write_csv(tmp_path / "train.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    assert tilth("run").code == 0
    options = ("explain", "model", "--rows", "train", "--row", "0", "--target", "back")

    answer, told = tilth(*options), tilth(*options, "--of", "no", "--json").json

    assert "words of note, each by what would be missing without it: broken +0." in answer.out
    assert told["words"]["note"][0]["word"] == "broken"
    assert told["words"]["note"][0]["effect"] < 0
    assert tilth(*options, "--against", "1", "--json").json["words"] == {}
    over = tilth(*options, "--json").json
    assert over["words"]["note"][0]["effect"] == pytest.approx(-told["words"]["note"][0]["effect"])
