"""A model that nobody looks at is told of, with the lines that would change it."""

from __future__ import annotations

from textwrap import dedent

import pytest
import yaml

from tilth.project.doctor import examine
from tilth.project.unexamined import is_model, unseen

FILES = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.rows, inputs: []}
              - {call: work.scaler, inputs: [rows]}
              - {call: work.model, inputs: [rows]}
              - {call: work.said, inputs: [model, rows]}
        """,
    "catalog.yml": """
        model: {format: skops, location: model.skops}
        """,
    "src/work.py": """
        import polars as pl
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        def rows() -> pl.DataFrame:
            return pl.DataFrame({"x": [float(i) for i in range(60)], "y": [0] * 30 + [1] * 30})

        def scaler(rows: pl.DataFrame):
            return StandardScaler().fit(rows.select("x"))

        def model(rows: pl.DataFrame):
            return LogisticRegression().fit(rows.select("x"), rows["y"])

        def said(model, rows: pl.DataFrame) -> pl.DataFrame:
            return rows.with_columns(said=pl.Series(model.predict(rows.select("x"))))
        """,
}


def test_a_model_that_nobody_looks_at_is_told_until_a_stage_does(make):
    home = make(FILES)
    with home.open() as project:
        assert unseen(project) == []
        project.run().checked()
        assert unseen(project) == ["model"]
        (told,) = [each for each in examine(project).findings if each.code == "T407"]
        assert told.level == "note"
        assert "where the model `model` fails" in told.message

    added = told.hint.split("`")[3]
    said = added.replace("target: COLUMN, prediction: COLUMN", "target: y, prediction: said")
    settings = yaml.safe_load(added)["errors"]["with"]
    assert settings["predictions"] == "said"
    assert (settings["model"], settings["train"]) == ("model", "rows")
    home.write({"tilth.yml": FILES["tilth.yml"] + f"  {said}\n"})
    with home.open() as project:
        assert project.run().checked()["said_advice"]["summary"]
        assert unseen(project) == []


def test_people_with_a_label_set_look_at_models(make):
    labels = "labels: {s: {data: rows, key: x, label: y}}\n"
    home = make({**FILES, "tilth.yml": labels + dedent(FILES["tilth.yml"])})
    with home.open() as project:
        project.run().checked()
        assert unseen(project) == []


@pytest.mark.parametrize(
    ("shape", "is_one"),
    [
        ("sklearn.pipeline.Pipeline", True),
        ("lightgbm.sklearn.LGBMClassifier", True),
        ("sklearn.compose._column_transformer.ColumnTransformer", False),
        ("sklearn.preprocessing._data.StandardScaler", False),
        ("polars.DataFrame", False),
        ("dict", False),
        ("", False),
    ],
)
def test_a_model_is_known_by_its_type(shape, is_one):
    assert is_model(shape) == is_one
