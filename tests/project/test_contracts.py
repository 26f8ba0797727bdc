"""Contracts in runs: held once where data enters, and where it is made, before anybody sees it."""

from __future__ import annotations

import json
import subprocess
import sys

import polars as pl
import pytest

from tilth import read_contract
from tilth.errors import ConfigError

AS_IT_IS = "import polars as pl\n\ndef clean(days: pl.DataFrame):\n    return days\n"
EXECUTORS = ["serial", "threads", "processes"]

TILTH = """
pipelines:
  main:
    nodes:
      - {call: work.clean, inputs: trips, outputs: rows}
      - {call: work.count, inputs: rows, outputs: total}
      - {call: work.look, inputs: trips, outputs: seen}
"""
WORK = """
import polars as pl

def clean(trips: pl.LazyFrame) -> pl.DataFrame:
    return trips.with_columns(late=pl.col("delay") > 15).collect()

def count(rows: pl.DataFrame) -> int:
    return rows.height

def look(trips: pl.DataFrame) -> list:
    return sorted(trips.columns)
"""
CATALOG = """
trips:
  format: csv
  location: trips.csv
  contract:
    columns:
      id: {type: int, unique: true}
      delay: {type: int, between: [-60, 1500], not_null: true}
rows:
  format: parquet
  location: out/rows.parquet
  contract:
    others: allow
    columns:
      delay: {type: int, between: {low: -60, high: 100, severity: warn}}
"""
CLEAN = "id,delay\n1,5\n2,20\n3,0\n"


@pytest.fixture
def home(make):
    return make(
        {"tilth.yml": TILTH, "catalog.yml": CATALOG, "src/work.py": WORK, "trips.csv": CLEAN}
    )


def states(home):
    with home.open() as project:
        return [(each.dataset, each.state) for each in project.history.checks()]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_data_that_keeps_its_contracts_is_checked_once_and_used(home, executor):
    told = home.done(load=("total",), executor=executor, workers=2)

    assert told["total"] == 3
    assert told.warnings == ""
    assert sorted(states(home)) == [("rows", "kept"), ("trips", "kept")]


def test_what_was_checked_is_not_checked_again(home):
    home.done()
    home.done(force=["clean"])
    home.edit("src/work.py", "> 15", "> 16")
    home.done()

    assert sorted(states(home)) == [("rows", "kept")] * 3 + [("trips", "kept")]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_source_that_breaks_its_contract_stops_whoever_reads_it(home, executor):
    home.write({"trips.csv": "id,delay\n1,5\n2,9999\n2,0\n"})

    told = home.run(executor=executor, keep_going=True)

    assert sorted(told.failures) == ["clean", "look"]
    report = told.failures["clean"]
    assert "the contract of `trips` is broken by 2 checks" in report
    assert "catalog.yml:6: `id` comes more than once: 1 of 3 rows" in report
    assert "catalog.yml:7: `delay` is not between -60 and 1500: 1 of 3 rows" in report
    assert "row 1: delay = 9999" in report
    assert "hint: " in report
    assert report == told.failures["look"]
    assert states(home) == [("trips", "broken")]
    assert not (home.folder / "out").exists()


def test_a_source_that_was_put_right_is_used(home):
    home.write({"trips.csv": "id,delay\n1,9999\n"})
    assert home.run().failures
    home.write({"trips.csv": CLEAN})

    assert home.done(load=("total",))["total"] == 3


@pytest.mark.parametrize("executor", EXECUTORS)
def test_an_output_that_breaks_its_contract_is_not_kept_anywhere(home, executor):
    home.done(executor=executor)
    before = (home.folder / "out" / "rows.parquet").read_bytes()
    home.edit("src/work.py", "> 15)", '> 15, delay=pl.col("delay").cast(str))')

    told = home.run(executor=executor)

    assert "`delay` is text, not int" in told.failures["clean"]
    assert "catalog.yml:14" in told.failures["clean"]
    assert (home.folder / "out" / "rows.parquet").read_bytes() == before
    assert states(home)[0] == ("rows", "broken")
    with home.open() as project:
        assert len(project.history.versions("rows")) == 1
        assert project.history.checks()[0].version == ""


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_breach_that_warns_is_told_and_on_record(home, executor):
    home.write({"trips.csv": "id,delay\n1,5\n2,200\n"})

    told = home.done(executor=executor)

    assert (
        "`rows`: `delay` is not between -60 and 100: 1 of 2 rows (catalog.yml:14)" in told.warnings
    )
    assert told.result.as_dict()["contracts"]["rows"]["findings"][0]["count"] == 1
    with home.open() as project:
        found = project.history.checks(dataset="rows")[0]
    assert found.state == "warned"
    assert json.loads(found.report)["findings"][0]["examples"][0]["values"]["delay"] == 200


def test_a_warning_is_told_again_where_nothing_has_to_run(home):
    home.write({"trips.csv": "id,delay\n1,5\n2,200\n"})
    home.done()
    told = home.done()

    assert told.ran == {}
    assert "`delay` is not between -60 and 100" in told.warnings
    assert len(states(home)) == 2


def test_a_changed_contract_is_held_again_and_runs_nothing(home):
    home.done()
    home.edit("catalog.yml", "high: 100", "high: 10")

    told = home.done()

    assert told.ran == {}
    assert "`delay` is not between -60 and 10: 1 of 3 rows" in told.warnings
    assert sorted(states(home)) == [("rows", "kept"), ("rows", "warned"), ("trips", "kept")]


def test_a_contract_that_was_made_stricter_stops_what_was_made_before(home):
    home.done()
    home.edit("catalog.yml", "high: 100, severity: warn", "high: 10")

    told = home.run()

    assert told.ran == {}
    assert "`delay` is not between -60 and 10" in told.failures["clean"]


def test_a_column_that_is_gone_and_one_that_came_are_told(home):
    home.write({"trips.csv": "id,dely\n1,5\n"})

    report = home.run().failures["clean"]

    assert "catalog.yml:7: column `delay` is missing" in report
    assert "did you mean `dely`?" in report
    assert "the contract does not name: `dely`" in report


@pytest.mark.parametrize("shape", ["pandas.DataFrame", "pyarrow.Table", "polars.LazyFrame"])
def test_outputs_of_every_library_are_held(make, shape):
    library, _, _kind = shape.rpartition(".")
    made = {
        "pandas.DataFrame": "pandas.DataFrame({'x': [1, 99]})",
        "pyarrow.Table": "pyarrow.table({'x': [1, 99]})",
        "polars.LazyFrame": "polars.LazyFrame({'x': [1, 99]})",
    }[shape]
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [{call: work.make, outputs: rows}]}}",
            "catalog.yml": "rows: {format: parquet, location: rows.parquet, "
            "contract: {columns: {x: {between: [0, 10]}}}}",
            "src/work.py": f"import {library}\n\ndef make() -> {shape}:\n    return {made}\n",
        }
    )

    assert "row 1: x = 99" in home.run().failures["make"]
    assert not (home.folder / "rows.parquet").exists()


def test_what_is_yielded_is_held_before_it_is_put_in_its_place(make):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [{call: work.make, outputs: rows}]}}",
            "catalog.yml": """
            rows:
              format: parquet
              location: rows.parquet
              contract: {columns: {x: {unique: true}}}
            """,
            "src/work.py": """
            import polars as pl

            def make():
                yield pl.DataFrame({"x": [1, 2]})
                yield pl.DataFrame({"x": [3, 1]})
            """,
        }
    )

    assert "row 3: x = 1" in home.run().failures["make"]
    assert not (home.folder / "rows.parquet").exists()
    home.edit("src/work.py", "[3, 1]", "[3, 4]")
    home.done()
    assert pl.read_parquet(home.folder / "rows.parquet")["x"].to_list() == [1, 2, 3, 4]


def test_each_partition_is_held_and_only_new_ones_are(make):
    home = make(
        {
            "tilth.yml": """
            pipelines:
              main:
                nodes:
                  - {call: work.clean, inputs: [{each: days}], outputs: rows}
            """,
            "catalog.yml": """
            days:
              format: csv
              location: days/{day}.csv
              contract: {columns: {x: {type: int, between: [0, 10]}}}
            """,
            "src/work.py": AS_IT_IS,
            "days/1.csv": "x\n1\n",
            "days/2.csv": "x\n2\n",
        }
    )
    home.done()
    assert len(states(home)) == 2

    home.write({"days/3.csv": "x\n99\n"})
    assert "row 0: x = 99" in home.run().failures["clean"]
    assert [state for _, state in states(home)] == ["broken", "kept", "kept"]


@pytest.mark.parametrize(
    ("inputs", "body"),
    [
        ("[{each: days}]", "def clean(days: pl.DataFrame):\n    return days\n"),
        ("[days]", "def clean(days: dict[str, pl.DataFrame]):\n    return days\n"),
        ("[days]", "def clean(days: dict[str, pl.DataFrame]):\n    yield from days.items()\n"),
    ],
)
def test_partitions_that_are_made_are_held_once_each(make, inputs, body):
    home = make(
        {
            "tilth.yml": f"""
            pipelines:
              main:
                nodes:
                  - {{call: work.clean, inputs: {inputs}, outputs: rows}}
            """,
            "catalog.yml": """
            days: {format: csv, location: "days/{day}.csv"}
            rows:
              format: csv
              location: "out/{day}.csv"
              contract: {columns: {x: {type: int, between: [0, 10]}}}
            """,
            "src/work.py": f"import polars as pl\n\n{body}",
            "days/1.csv": "x\n1\n",
            "days/2.csv": "x\n2\n",
        }
    )
    home.done()
    home.done()
    assert states(home) == [("rows", "kept")] * 2

    home.write({"days/2.csv": "x\n99\n"})
    (report,) = home.run().failures.values()

    assert "row 0: x = 99" in report
    assert (home.folder / "out" / "2.csv").read_text() == "x\n2\n"


def test_a_value_that_is_no_table_cannot_have_a_contract(make):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [{call: work.make, outputs: rows}]}}",
            "catalog.yml": "rows: {contract: {columns: {x: int}}}",
            "src/work.py": "def make():\n    return 3\n",
        }
    )

    assert "cannot be read as a table" in home.run().failures["make"]


# References


REFERRING = {
    "tilth.yml": """
    pipelines:
      main:
        nodes:
          - {call: work.clean, inputs: trips, outputs: rows}
    """,
    "catalog.yml": """
    trips:
      format: csv
      location: trips.csv
      contract:
        columns:
          id: int
          tail: {references: planes.tail}
    planes: {format: csv, location: planes.csv}
    """,
    "src/work.py": "import polars as pl\n\ndef clean(trips: pl.DataFrame):\n    return trips\n",
    "trips.csv": "id,tail\n1,a\n2,b\n",
    "planes.csv": "tail\na\nb\n",
}


def test_a_dataset_that_is_looked_up_is_read_and_its_change_counts(make):
    home = make(REFERRING)
    home.done()
    home.done()
    assert states(home) == [("trips", "kept")]

    home.write({"planes.csv": "tail\na\n"})
    told = home.run()

    assert "`tail` is not among `tail` of `planes`: 1 of 2 rows" in told.failures["clean"]
    assert "row 1: tail = 'b'" in told.failures["clean"]


def test_a_looked_up_file_that_is_missing_is_told(make):
    home = make(REFERRING)
    (home.folder / "planes.csv").unlink()

    report = home.run().failures["clean"]

    assert "it refers to `planes`, which cannot be read" in report
    assert "there is no file planes.csv" in report


def test_two_datasets_may_refer_to_each_other_and_one_to_itself(make):
    home = make(REFERRING)
    home.edit("catalog.yml", "id: int", "id: {type: int, references: trips.id}")
    home.edit(
        "catalog.yml",
        "planes: {format: csv, location: planes.csv}",
        "planes: {format: csv, location: planes.csv, "
        "contract: {columns: {tail: {references: trips.tail}}}}",
    )

    home.done()

    assert sorted(states(home)) == [("planes", "kept"), ("trips", "kept")]


MAKES_PLANES = "      - {call: work.fleet, inputs: [], outputs: planes}\n"
FLEET = """
import polars as pl

def clean(trips: pl.DataFrame):
    return trips

def fleet():
    return pl.DataFrame({"tail": ["a", "b"]})
"""


def test_what_another_node_makes_can_be_looked_up(make):
    home = make(REFERRING)
    home.edit("tilth.yml", "      - {call: work.clean", MAKES_PLANES + "      - {call: work.clean")
    home.edit("catalog.yml", "planes: {format: csv, location: planes.csv}", "planes: {format: csv}")
    home.write({"src/work.py": FLEET})

    home.done()
    assert home.done().ran == {}
    home.edit("src/work.py", '["a", "b"]', '["a"]')
    told = home.run()

    assert list(told.ran) == ["fleet", "trips.contract"]
    assert "`tail` is not among `tail` of `planes`" in told.failures["trips.contract"]


def test_the_distribution_of_an_earlier_version_is_compared(make):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [{call: work.make, outputs: rows}]}}",
            "catalog.yml": """
            rows:
              format: parquet
              contract:
                columns:
                  x: {type: int, distribution: {like: "@1", severity: warn}}
            """,
            "src/work.py": "import polars as pl\n\ndef make():\n"
            "    return pl.DataFrame({'x': list(range(1000))})\n",
        }
    )
    # There is no run 1 yet to compare with.
    assert "has no version `1`" in home.run().failures["make"]
    home.edit("catalog.yml", '"@1"', '"@2"')
    home.edit("catalog.yml", ", distribution: {like:", "} # ")
    home.done()
    home.edit("catalog.yml", "} # ", ", distribution: {like:")
    home.edit("src/work.py", "range(1000)", "range(500, 1500)")

    told = home.done()

    assert "`x` is distributed otherwise than in `@2`" in told.warnings
    with home.open() as project:
        found = json.loads(project.history.checks(dataset="rows")[0].report)["findings"]
    assert [each["kind"] for each in found] == ["skew"]


# Quarantine


QUARANTINE = CATALOG.replace("unique: true}", "unique: {severity: quarantine}}").replace(
    "between: [-60, 1500]", "between: {low: -60, high: 1500, severity: quarantine}"
)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_rows_of_a_source_are_set_apart_with_the_reason(home, executor):
    home.write({"catalog.yml": QUARANTINE, "trips.csv": "id,delay\n1,5\n2,9999\n2,0\n3,7\n1,-99\n"})

    told = home.done(load=("trips", "trips.rejected", "trips.incoming", "total"), executor=executor)

    assert told["trips"].rows() == [(1, 5), (3, 7)]
    assert told["total"] == told["trips"].height
    assert (
        told["trips"].height + told["trips.rejected"].height == told["trips.incoming"].height == 5
    )
    why = dict(told["trips.rejected"].select("delay", "rejected_because").rows())
    assert why[9999] == ["`delay` is not between -60 and 1500"]
    assert len(why[-99]) == 2
    assert "set apart in `trips.rejected`" in told.warnings


def test_rows_of_an_output_are_set_apart_and_its_file_holds_what_is_kept(home):
    home.edit("catalog.yml", "high: 100, severity: warn", "high: 10, severity: quarantine")

    told = home.done(load=("rows", "rows.rejected", "total"))

    assert told["rows"]["delay"].to_list() == [5, 0]
    assert told["rows.rejected"]["delay"].to_list() == [20]
    assert told["total"] == 2
    assert pl.read_parquet(home.folder / "out" / "rows.parquet").height == 2


def test_another_promise_that_sets_apart_runs_no_more_than_it_must(home):
    home.edit("catalog.yml", "high: 100, severity: warn", "high: 100, severity: quarantine")
    home.done()

    home.edit("catalog.yml", "high: 100", "high: 50")
    told = home.done()
    assert list(told.ran) == ["rows.contract"]

    home.edit("catalog.yml", "high: 50", "high: 10")
    told = home.done(load=("total",))
    assert list(told.ran) == ["rows.contract", "count"]
    assert told["total"] == 2


def test_partitions_are_set_apart_one_by_one(make):
    home = make(
        {
            "tilth.yml": """
            pipelines:
              main:
                nodes:
                  - {call: work.clean, inputs: [{each: days}], outputs: rows}
            """,
            "catalog.yml": """
            days:
              format: csv
              location: days/{day}.csv
              contract: {severity: quarantine, columns: {x: {type: int, between: [0, 10]}}}
            """,
            "src/work.py": AS_IT_IS,
            "days/1.csv": "x\n1\n99\n",
            "days/2.csv": "x\n2\n",
        }
    )

    told = home.done(load=("days", "days.rejected", "rows"))

    assert {key: each["x"].to_list() for key, each in told["rows"].items()} == {"1": [1], "2": [2]}
    assert told["days.rejected"]["1"]["x"].to_list() == [99]
    home.write({"days/3.csv": "x\n3\n"})
    assert sorted(home.done().ran) == ["clean[3]", "days.contract[3]"]


def test_a_type_that_is_wrong_stops_though_rows_are_set_apart(home):
    home.write({"catalog.yml": QUARANTINE, "trips.csv": "id,delay\n1,x\n"})

    told = home.run()

    assert "`delay` is text, not int" in told.failures["trips.contract"]


def test_rows_that_refer_to_nothing_are_set_apart_by_what_another_node_makes(make):
    home = make(REFERRING)
    home.edit("tilth.yml", "      - {call: work.clean", MAKES_PLANES + "      - {call: work.clean")
    home.edit("catalog.yml", "planes: {format: csv, location: planes.csv}", "planes: {format: csv}")
    home.edit("catalog.yml", "planes.tail", "{to: planes.tail, severity: quarantine}")
    home.write({"src/work.py": FLEET.replace('["a", "b"]', '["a"]')})

    told = home.done(load=("trips", "trips.rejected"))

    assert told["trips"]["tail"].to_list() == ["a"]
    assert told["trips.rejected"]["tail"].to_list() == ["b"]


# Schemas of other libraries


def test_a_model_of_pydantic_is_taken_for_a_contract(home):
    home.write(
        {
            "src/schemas.py": """
            from pydantic import BaseModel, field_validator

            class Trip(BaseModel):
                id: int
                delay: int

                @field_validator("delay")
                def is_even(cls, delay):
                    if delay % 2:
                        raise ValueError("delays are even")
                    return delay
            """,
            "catalog.yml": "trips: {format: csv, location: trips.csv, contract: schemas.Trip}\n",
        }
    )

    report = home.run().failures["clean"]
    assert "`delay`: value error, delays are even: 1 rows" in report
    assert "row 0: delay = 5" in report

    home.edit("src/schemas.py", "delay % 2", "delay % 5")
    home.done()
    home.edit("catalog.yml", "schemas.Trip", "schemas.Trp")
    with pytest.raises(ConfigError, match="did you mean"):
        home.run()


def test_a_check_of_the_projects_own_is_held_and_its_code_counts(home):
    home.write(
        {
            "src/checks.py": """
            import polars as pl

            from tilth.contract.check import RowCheck

            class Even(RowCheck):
                def rows(self, view):
                    return pl.col(self.column) % 2 == 0

                @property
                def said(self):
                    return f"`{self.column}` is odd"
            """,
            "catalog.yml": """
            trips:
              format: csv
              location: trips.csv
              contract: {columns: {id: int, delay: {checks.Even: true}}}
            """,
        }
    )

    assert "`delay` is odd: 1 of 3 rows" in home.run().failures["clean"]
    home.edit("src/checks.py", "% 2", "% 5")
    home.done()
    home.edit("catalog.yml", "checks.Even", "checks.Evn")
    with pytest.raises(ConfigError, match="did you mean"):
        home.run()


def test_freshness_is_judged_anew_while_the_data_stays(home):
    home.write(
        {
            "trips.csv": "id,delay,at\n1,5,2020-01-01\n",
            "catalog.yml": """
            trips:
              format: csv
              location: trips.csv
              read: {parse_dates: true}
              contract:
                columns:
                  id: {type: int, between: {low: 5, severity: warn}}
                  delay: int
                  at: {freshness: {within: 52w, severity: warn}}
            """,
        }
    )
    told = home.run()
    again = home.run()

    for each in (told, again):
        assert "the newest `at` is 2020-01-01" in each.warnings
        assert "`id` is below 5" in each.warnings
    assert states(home) == [("trips", "warned")]


# The same contract everywhere


def test_one_contract_is_held_in_collection_training_a_batch_and_a_request(home):
    text = "columns:\n  id: {type: int}\n  delay: {type: int, between: [0, 100]}\n"
    home.write(
        {
            "contracts/trips.yml": text,
            "catalog.yml": """
            trips: {format: csv, location: trips.csv, contract: contracts/trips.yml}
            train: {contract: contracts/trips.yml}
            """,
            "tilth.yml": """
            pipelines:
              main: {nodes: [{call: work.same, inputs: trips, outputs: train}]}
              other: {nodes: [{call: work.broken, inputs: [], outputs: train}]}
            default: main
            """,
            "src/work.py": """
            import polars as pl

            def same(trips: pl.DataFrame):
                return trips

            def broken():
                return pl.DataFrame({"id": [1], "delay": [999]})
            """,
            "trips.csv": "id,delay\n1,999\n",
        }
    )
    said = "contracts/trips.yml:3: `delay` is not between 0 and 100: 1 of 1 rows"
    contract = read_contract(home.folder / "contracts" / "trips.yml")

    assert said in home.run().failures["same"]
    assert said in home.run("other").failures["broken"]
    for table in (pl.DataFrame({"id": [1], "delay": [999]}), {"id": 1, "delay": 999}):
        report = contract.check(table)
        assert report.text.endswith("row 0: delay = 999")
        assert said in report.text


# What it costs, and what it keeps to itself


def test_a_project_with_contracts_is_opened_without_a_library_of_tables(home):
    code = "import sys; from tilth import Project; Project('.').plan; " \
           "sys.exit(int('polars' in sys.modules))"  # fmt: skip

    ended = subprocess.run([sys.executable, "-c", code], cwd=home.folder, check=False)

    assert ended.returncode == 0


def test_a_project_without_contracts_loads_nothing_of_them(home):
    home.write({"catalog.yml": "trips: {format: csv, location: trips.csv}\n"})
    code = (
        "import sys; from tilth import Project; Project('.').run().checked(); "
        "sys.exit(len([each for each in sys.modules if each.startswith('tilth.contract')]))"
    )

    ended = subprocess.run([sys.executable, "-c", code], cwd=home.folder, check=False)

    assert ended.returncode == 0


def test_a_secret_in_a_contract_is_told_to_nobody(home, monkeypatch):
    monkeypatch.setenv("CODEWORD", 'abra"cadabra')
    home.write(
        {
            "catalog.yml": """
            trips:
              format: csv
              location: trips.csv
              contract:
                columns:
                  id: {levels: {among: ["${env:CODEWORD}"], severity: warn}}
                  delay: int
            """,
            "trips.csv": "id,delay\nabra,1\n",
        }
    )

    told = home.run()

    assert "`id` is none of `${env:CODEWORD}`" in told.warnings
    assert "cadabra" not in told.warnings
    assert "cadabra" not in str(told.result.as_dict())
    kept = b"".join(path.read_bytes() for path in home.folder.rglob(".tilth/history*"))
    assert b"cadabra" not in kept
