"""`tilth data check` and `tilth data contract`."""

from __future__ import annotations

import subprocess

import polars as pl
import pytest

from tilth.project import Project

CATALOG = """
trips: {format: csv, location: trips.csv, contract: contracts/trips.yml}
rows: {contract: {columns: {id: int, delay: int}}}
"""
CONTRACT = """columns:
  id: {type: int, unique: true}
  delay: {type: int, between: {low: 0, high: 100, severity: warn}}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    files = {
        "tilth.yml": "pipelines: {main: {nodes: "
        "[{call: work.clean, inputs: trips, outputs: rows}]}}",
        "catalog.yml": CATALOG,
        "contracts/trips.yml": CONTRACT,
        "src/work.py": "import polars as pl\n\ndef clean(trips: pl.DataFrame):\n    return trips\n",
        "trips.csv": "id,delay\n1,5\n2,10\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_check_tells_that_promises_are_kept(tilth, project):
    answer = tilth("data", "check")

    assert answer.code == 0
    assert answer.out == "trips: 5 checks, 2 rows: all kept\n"
    assert "rows: dataset `rows` has not been made yet" in answer.err


def test_check_exits_with_1_where_something_stops_and_with_0_where_it_warns(tilth, project):
    (project / "trips.csv").write_text("id,delay\n1,500\n")
    warned = tilth("data", "check", "trips")
    (project / "trips.csv").write_text("id,delay\n1,5\n1,5\n")
    stopped = tilth("data", "check", "trips")

    assert (warned.code, stopped.code) == (0, 1)
    assert (
        "warn: contracts/trips.yml:3: `delay` is not between 0 and 100: 1 of 1 rows" in warned.out
    )
    assert "contracts/trips.yml:2: `id` comes more than once: 1 of 2 rows" in stopped.out
    assert "row 1: id = 1" in stopped.out


def test_check_answers_programs(tilth, project):
    (project / "trips.csv").write_text("id,delay\n1,500\n")

    (report,) = tilth("data", "check", "trips", "--json").json

    assert report["ok"] is True
    assert report["findings"][0]["examples"] == [{"row": 0, "values": {"delay": 500}}]


def test_check_looks_at_any_version(tilth, project):
    tilth("run")
    (project / "trips.csv").write_text("id,delay\n7,5\n8,5\n9,5\n")
    tilth("run")

    assert (
        "rows: 3 checks, 2 rows: all kept" in tilth("data", "check", "rows", "--version", "1").out
    )
    assert "rows: 3 checks, 3 rows: all kept" in tilth("data", "check", "rows").out


def test_check_of_what_has_no_contract_is_told_with_what_has_one(tilth, project):
    answer = tilth("data", "check", "trip")

    assert answer.code == 2
    assert "did you mean `trips`?" in answer.err


def test_check_holds_what_arrives_where_rows_are_set_apart(tilth, project):
    (project / "contracts" / "trips.yml").write_text(CONTRACT.replace("warn", "quarantine"))
    (project / "trips.csv").write_text("id,delay\n1,500\n2,5\n")

    before = tilth("data", "check", "trips").out
    tilth("run")

    assert "quarantine: contracts/trips.yml:3: `delay`" in before
    assert tilth("data", "check", "trips").out == before


def test_python_gives_a_report_that_shows_itself(project):
    with Project(project) as opened:
        report = opened.check("trips")

    assert report.ok
    assert "all kept" in report._repr_html_()


def test_infer_prints_a_contract_and_writes_it_where_it_is_asked_to(tilth, project):
    pl.DataFrame({"id": range(100), "delay": [3] * 100}).write_csv(project / "trips.csv")

    printed = tilth("data", "contract", "infer", "trips")
    refused = tilth("data", "contract", "infer", "trips", "--write")
    (project / "contracts" / "trips.yml").unlink()
    (project / "catalog.yml").write_text("trips: {format: csv, location: trips.csv}")
    written = tilth("data", "contract", "infer", "trips", "--write")

    assert "id: {type: int, not_null: true, unique: true" in printed.out
    assert refused.code == 1
    assert "tilth data contract diff trips inferred" in refused.err
    assert written.out == "contracts/trips.yml\n"
    assert (project / "contracts" / "trips.yml").read_text() == printed.out
    assert tilth("data", "contract", "infer", "trips", "--json").json["checks"][0] == {"key": "id"}


def test_diff_compares_files_revisions_and_what_the_data_gives(tilth, project):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    (project / "contracts" / "trips.yml").write_text(CONTRACT.replace("100", "50"))
    (project / "old.yml").write_text(CONTRACT)
    line = "~ column delay: between 0 to 100 [warn] -> 0 to 50 [warn] (stricter)\n"

    assert tilth("data", "contract", "diff", "trips@HEAD", "trips").out == line
    assert tilth("data", "contract", "diff", "old.yml", "contracts/trips.yml").out == line
    assert tilth("data", "contract", "diff", "trips", "trips").out == "they promise the same\n"
    assert "+ column id: not_null" in tilth("data", "contract", "diff", "trips").out
    told = tilth("data", "contract", "diff", "old.yml", "trips", "--json").json
    assert [each["effect"] for each in told] == ["stricter"]
    assert tilth("data", "contract", "diff", "trips@nothing", "trips").code == 1


def test_checks_are_listed(tilth, project):
    assert "between\n" in tilth("list", "checks").out
