"""Sources of all kinds, made small."""

from __future__ import annotations

import json

import numpy as np

from tilth.project.mini.project import MiniProject


def test_a_project_without_sources_runs_as_it_is(tested):
    files = {
        "flow.py": """
            from tilth import node, pipeline

            def readings() -> list[int]:
                return [41, 27, 22]

            def driest(readings: list[int]) -> int:
                return min(readings)

            pipeline = pipeline([node(readings), node(driest)])
            """
    }

    outcome = tested(files)

    assert outcome.ok
    assert outcome.sources == ()
    assert outcome.n_nodes == 2


def test_a_text_and_a_list_and_partitions_are_made_small(make, tmp_path):
    files = {
        "tilth.yml": """
            name: odd
            pipelines:
              main:
                nodes:
                  - call: work.count
                    inputs: [story, entries, months, arrays]
            """,
        "catalog.yml": """
            story: {format: text, location: story.txt}
            entries: {format: json, location: entries.json}
            months: {format: csv, location: "months/{month}.csv"}
            arrays: {format: numpy, location: arrays.npy}
            count: {format: metrics, location: count.json}
            """,
        "src/work.py": """
            import numpy as np
            import polars as pl

            def count(
                story: str, entries: list, months: dict[str, pl.DataFrame], arrays: np.ndarray
            ) -> dict:
                return {"story": len(story), "entries": len(entries), "months": len(months),
                        "arrays": len(arrays)}
            """,
        "story.txt": "a line of some length\n" * 300_000,
        "entries.json": json.dumps(["x" * 90] * 60_000),
        **{f"months/{i:02}.csv": "a\n1\n2\n" for i in range(12)},
    }
    home = make(files)
    np.save(home.folder / "arrays.npy", np.zeros((20_000, 40)))

    with home.open() as project:
        outcome = project.test(rows=120, keep=tmp_path / "kept")

    assert outcome.ok, outcome.as_dict()
    with MiniProject.reopened(tmp_path / "kept") as mini:
        assert mini.load("count") == {
            "story": 22 * 120, "entries": 120, "months": 6, "arrays": 120
        }  # fmt: skip
    assert {each.dataset: each.note for each in outcome.sources} == {
        "story": "its first 120 lines",
        "entries": "120 of the 60,000 entries of its list",
        "months": "6 of its 12 partitions",
        "arrays": "120 of its 20,000 rows",
    }


def test_columns_keep_their_types_though_few_rows_tell_less(make, tmp_path, small):
    rows = "".join(f"{i:05},{i},\n" for i in range(2_000)) + "A1234,1,9\n"
    files = {**small, "data/numbers.csv": "code,x,seldom\n" + rows}
    files["src/work.py"] = """
        import polars as pl

        def doubled(numbers: pl.DataFrame) -> pl.DataFrame:
            assert numbers.schema == {"code": pl.String, "x": pl.Int64, "seldom": pl.Int64}
            return numbers

        def total(doubled: pl.DataFrame) -> dict:
            return {"codes": doubled["code"].str.len_chars().mean()}
        """

    with make(files).open() as project:
        outcome = project.test(rows=20, keep=tmp_path / "kept")

    assert outcome.ok, outcome.as_dict()


def test_a_dialect_of_csv_is_kept(tested, small):
    text = "n;x;text\n" + "".join(f"{i};{i},5;{'NA' if i % 2 else 'é;'!r}\n" for i in range(50))
    files = {**small, "data/numbers.csv": text.replace("'", '"').encode("latin-1")}
    files["catalog.yml"] = small["catalog.yml"].replace(
        "location: data/numbers.csv",
        'location: data/numbers.csv, read: {separator: ";", null_values: [NA], '
        "encoding: latin-1, decimal_comma: true}",
    )
    files["src/work.py"] = """
        import polars as pl

        def doubled(numbers: pl.DataFrame) -> pl.DataFrame:
            assert numbers["x"].dtype == pl.Float64
            assert set(numbers["text"]) <= {None, "é;"}
            return numbers

        def total(doubled: pl.DataFrame) -> dict:
            return {"nulls": doubled["text"].null_count()}
        """

    outcome = tested(files, rows=10)

    assert outcome.ok, outcome.as_dict()
