"""Small projects to be tested on mini data sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tilth.project.mini import run
from tilth.project.mini.run import Asked

RANDOM = np.random.default_rng(0)
N = 4_000

SALES = pl.DataFrame(
    {
        "sale": np.arange(N),
        "customer": RANDOM.integers(0, 900, N),
        "size": RANDOM.choice(["small", "large"], N),
        "price": RANDOM.gamma(2.0, 10.0, N).round(2),
        "late": RANDOM.random(N) < 0.3,
    }
).with_columns(late=pl.col("late") | (pl.col("price") > 30))
CUSTOMERS = pl.DataFrame({"customer": np.arange(900), "age": RANDOM.integers(18, 90, 900)})

SHOP: dict[str, str | bytes] = {
    "tilth.yml": """
        name: shop
        pipelines:
          features:
            nodes:
              - call: shop.joined
                inputs: [sales, customers]
          model:
            nodes:
              - call: shop.train
                inputs: [joined]
                outputs: model
              - call: shop.predict
                inputs: [joined, model]
                outputs: predictions
              - call: shop.measure
                inputs: [predictions]
                outputs: metrics
        """,
    "catalog.yml": """
        sales:
          format: csv
          location: data/sales.csv
          contract:
            others: allow
            columns:
              price: {type: float, not_null: true, between: [0, 500]}
              size: {type: text, not_null: true, levels: [small, large, huge]}
            checks:
              - row_count: [4000, null]
        customers:
          format: csv
          location: data/customers.csv
        metrics: {format: metrics, location: results/metrics.json}
        predictions: {format: csv, location: results/predictions.csv}
        """,
    "src/shop.py": """
        import polars as pl
        from sklearn.compose import ColumnTransformer
        from sklearn.linear_model import LogisticRegression
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import Pipeline, make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        NUMBERS = ["price", "age"]


        def joined(sales: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
            return sales.join(customers, on="customer")


        def train(joined: pl.DataFrame) -> Pipeline:
            numbers = make_pipeline(SimpleImputer(), StandardScaler())
            prepared = ColumnTransformer(
                [("numbers", numbers, NUMBERS),
                 ("names", OneHotEncoder(handle_unknown="ignore"), ["size"])]
            )
            model = Pipeline([("prepared", prepared), ("model", LogisticRegression())])
            return model.fit(joined.select(*NUMBERS, "size"), joined["late"])


        def predict(joined: pl.DataFrame, model: Pipeline) -> pl.DataFrame:
            chance = model.predict_proba(joined.select(*NUMBERS, "size"))[:, 1]
            return joined.select("late", chance=pl.Series(chance))


        def measure(predictions: pl.DataFrame) -> dict:
            return {"brier": float(((predictions["chance"] - predictions["late"]) ** 2).mean())}
        """,
    "data/sales.csv": SALES.write_csv().encode(),
    "data/customers.csv": CUSTOMERS.write_csv().encode(),
}

SMALL: dict[str, str | bytes] = {
    "tilth.yml": """
        name: small
        pipelines:
          main:
            nodes:
              - call: work.doubled
                inputs: [numbers]
              - call: work.total
                inputs: [doubled]
        """,
    "catalog.yml": """
        numbers: {format: csv, location: data/numbers.csv}
        total: {format: metrics, location: results/total.json}
        """,
    "data/numbers.csv": "n,x\n" + "".join(f"{i},{i / 4}\n" for i in range(100)),
    "src/work.py": """
        import polars as pl

        def doubled(numbers: pl.DataFrame) -> pl.DataFrame:
            return numbers.with_columns(pl.col("x") * 2)

        def total(doubled: pl.DataFrame) -> dict:
            return {"total": float(doubled["x"].sum())}
        """,
}


@pytest.fixture(scope="session")
def shop_files():
    """A project that joins and learns."""
    return dict(SHOP)


@pytest.fixture(scope="session")
def small():
    """A project of two functions."""
    return dict(SMALL)


@pytest.fixture(scope="session")
def lines():
    """What was looked at and about what -> what was found, for a state."""

    def found(tested: Any, state: str) -> dict[str, str]:
        return {f"{c.name}: {c.about}".rstrip(": "): c.message for c in tested.of(state)}

    return found


@pytest.fixture(scope="session")
def listed():
    """All files of a folder but caches and the state."""

    def found(folder: Any) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not {"__pycache__", ".tilth"} & set(path.parts)
        }

    return found


@pytest.fixture
def tested(make):
    """Tests a project made of files; it runs once unless told otherwise, which saves a process."""

    def found(written, *names, rows=300, edges=False, twice=False, keep=None):
        with make(written).open() as project:
            asked = Asked(rows=rows, edges=edges, twice=twice, keep=keep)
            return run.tested(project, names, asked)

    return found
