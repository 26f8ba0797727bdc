"""Schemas of other libraries in the place of a contract."""

from __future__ import annotations

import sys
from types import ModuleType

import polars as pl
import pytest

from tilth.config.contracts import contract_from
from tilth.errors import ContractError, UnknownNameError

ROWS = pl.DataFrame({"a": [1, 2, 9, -1, 2], "b": ["x", "y", None, "xx", "z"]})


def named(schema, **more):
    """A contract that names a schema, which stands in a module of its own."""
    module = ModuleType("schemas_of_a_test")
    module.Schema = schema
    sys.modules["schemas_of_a_test"] = module
    return contract_from({"schema": "schemas_of_a_test.Schema", **more}, "rows")


@pytest.fixture(autouse=True)
def forget():
    yield
    sys.modules.pop("schemas_of_a_test", None)


def told(report):
    return [
        (each.column, each.kind, each.count, [row.row for row in each.examples])
        for each in report.findings
    ]


def pydantic_model():
    pydantic = pytest.importorskip("pydantic")

    class Model(pydantic.BaseModel):
        a: int = pydantic.Field(ge=0)
        b: str | None = pydantic.Field(pattern="^x+$")

        @pydantic.model_validator(mode="after")
        def is_small(self):
            if self.a > 5:
                raise ValueError("a is not small")
            return self

    return Model


def test_a_model_of_pydantic_judges_each_row_with_all_its_validators():
    report = named(pydantic_model()).check(ROWS)

    assert sorted(told(report)) == [
        ("", "rows", 1, [2]),
        ("a", "rows", 1, [3]),
        ("b", "rows", 2, [1, 4]),
    ]
    assert "`a`: input should be greater than or equal to 0: 1 rows" in report.text
    assert not report.ok


def test_a_model_of_pydantic_judges_a_request_as_a_table():
    contract = named(pydantic_model(), severity="warn")

    assert contract.check({"a": 1, "b": "x"}).findings == ()
    assert told(contract.check({"a": -1, "b": "x"})) == [("a", "rows", 1, [0])]
    assert contract.check({"a": -1, "b": "x"}).ok


def test_a_field_without_a_column_stops_whatever_its_severity():
    report = named(pydantic_model(), severity="warn").check(ROWS.rename({"b": "bb"}))

    (found,) = report.findings
    assert (found.column, found.kind, found.severity) == ("b", "schema", "stop")


def test_a_row_is_found_where_it_is_in_a_large_table():
    n = 45_000
    frame = pl.DataFrame({"a": [1] * n, "b": ["x"] * (n - 1) + ["y"]})

    assert told(named(pydantic_model()).check(frame)) == [("b", "rows", 1, [n - 1])]


def test_a_schema_of_dataframely_is_held():
    dataframely = pytest.importorskip("dataframely")

    class Schema(dataframely.Schema):
        a = dataframely.Int64(min=0, primary_key=True)
        b = dataframely.String(nullable=True, regex="x+")

        @dataframely.rule()
        def is_small(cls):
            return pl.col("a") < 5

    contract = named(Schema)

    assert sorted(told(contract.check(ROWS))) == [
        ("", "rows", 1, [2]),
        ("", "rows", 2, [1, 4]),
        ("a", "rows", 1, [3]),
        ("b", "rows", 2, [1, 4]),
    ]
    assert contract.check(ROWS.head(1)).findings == ()
    (found,) = contract.check(ROWS.rename({"a": "c"})).findings
    assert (found.kind, found.severity) == ("schema", "stop")


def test_a_schema_of_pandera_for_polars_is_held():
    pandera = pytest.importorskip("pandera.polars")

    class Schema(pandera.DataFrameModel):
        a: int = pandera.Field(ge=0, unique=True)
        b: str = pandera.Field(nullable=True, isin=["x", "xx"])

    contract = named(Schema)

    assert told(contract.check(ROWS)) == [
        ("a", "rows", 2, [1, 4]),
        ("a", "rows", 1, [3]),
        ("b", "rows", 2, [1, 4]),
    ]
    assert contract.check(ROWS.head(1)).findings == ()
    assert contract.check(ROWS.rename({"a": "c"})).findings[0].kind == "schema"


def test_a_schema_of_pandera_for_pandas_is_held():
    pandera = pytest.importorskip("pandera.pandas")
    schema = pandera.DataFrameSchema(
        {"a": pandera.Column(int, pandera.Check.ge(0)), "b": pandera.Column(nullable=True)}
    )

    assert told(named(schema).check(ROWS)) == [("a", "rows", 1, [3])]


def test_what_is_no_schema_is_told():
    with pytest.raises(ContractError, match="is no schema of `dataframely`, `pandera`, `pydantic`"):
        named(dict).check(ROWS)
    with pytest.raises(UnknownNameError, match="there is no schema"):
        contract_from({"schema": "schemas_of_a_test.Scheme"}).check(ROWS)
