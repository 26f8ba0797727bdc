from __future__ import annotations

import polars as pl
import pytest

from tilth.testing.stages import StageTests

CATALOG = """
predictions: {format: csv, location: data/predictions.csv}
rows: {format: csv, location: data/rows.csv}
"""


class TestEvaluate(StageTests):
    @pytest.fixture
    def stage(self):
        return "evaluate"

    @pytest.fixture
    def settings(self):
        return {
            "predictions": "predictions",
            "target": "y",
            "prediction": "said",
            "train": "rows",
            "most_rows": 200,
        }

    @pytest.fixture
    def files(self, worlds):
        train, asked = worlds(200, seed=1), worlds(200, seed=2)
        said = pl.when(pl.col("a") > 0).then(pl.lit("yes")).otherwise(pl.lit("no"))
        return {
            "catalog.yml": CATALOG,
            "data/predictions.csv": asked.with_columns(said=said).write_csv(),
            "data/rows.csv": train.write_csv(),
        }
