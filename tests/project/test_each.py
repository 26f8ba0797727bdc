"""A node that runs once per partition: only for what is new or changed, and put together again."""

from __future__ import annotations

import pytest

from tilth.errors import ConfigError
from tilth.graph.select import Selection

MONTHS = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.clean, inputs: [{each: flights}]}
              - {call: work.total, inputs: [clean]}
        """,
    "catalog.yml": """
        flights: {format: csv, location: "data/{month}.csv"}
        """,
    "src/work.py": """
        from pandas import DataFrame

        def clean(flights: DataFrame) -> DataFrame:
            return flights[flights["n"] > 0]

        def total(clean: DataFrame) -> int:
            return int(clean["n"].sum())
        """,
    "data/01.csv": "n\n1\n-1\n",
    "data/02.csv": "n\n2\n",
}

ANYWHERE = pytest.mark.parametrize("executor", ["serial", "threads", "processes"])


@pytest.fixture
def months(make):
    return make(MONTHS)


@ANYWHERE
def test_each_partition_is_a_call_and_all_together_are_one_table(months, executor):
    told = months.done(load=("total",), executor=executor, workers=2)
    assert told.ran == {"clean[01]": "never ran", "clean[02]": "never ran", "total": "never ran"}
    assert told["total"] == 3
    assert months.done(executor=executor).ran == {}


def test_only_new_and_changed_partitions_run(months):
    months.done()
    months.write({"data/02.csv": "n\n5\n", "data/03.csv": "n\n10\n"})
    told = months.done(load=("total",))
    assert told.ran == {
        "clean[02]": "input changed",
        "clean[03]": "never ran",
        "total": "input changed",
    }
    assert told["total"] == 16


def test_a_partition_that_changes_nothing_that_matters_cuts_off(months):
    months.done()
    months.write({"data/01.csv": "n\n1\n-7\n"})
    assert months.done().ran == {"clean[01]": "input changed"}


def test_a_partition_that_is_gone_counts_no_more(months):
    months.done()
    (months.folder / "data/02.csv").unlink()
    told = months.done(load=("total", "clean"))
    assert told.ran == {"total": "input changed"}
    assert told["total"] == 1
    assert list(told["clean"]) == ["01"]


def test_a_partition_that_comes_back_is_found_again(months):
    months.done()
    (months.folder / "data/02.csv").unlink()
    months.done()
    months.write({"data/02.csv": "n\n2\n"})
    assert months.done(load=("total",))["total"] == 3
    assert months.done().ran == {}


def test_the_plan_counts_the_partitions(months):
    with months.open() as project:
        assert project.plan().nodes[0].n_tasks == 2
    months.done()
    months.write({"data/03.csv": "n\n10\n"})
    with months.open() as project:
        first = project.plan().nodes[0]
        assert (first.n_tasks, str(first.reason)) == (1, "never ran")


@pytest.fixture
def no_months(make):
    """The months, before there is one; they are only counted."""
    files = {name: text for name, text in MONTHS.items() if not name.startswith("data")}
    files["src/work.py"] += "\n        def count(clean): return len(clean)\n"
    files["tilth.yml"] = files["tilth.yml"].replace("work.total", "work.count")
    home = make(files)
    (home.folder / "data").mkdir()
    return home


def test_no_partitions_at_all_is_an_empty_whole(no_months):
    assert no_months.done(load=("count",))["count"] == 0


def test_the_first_partition_may_come_after_the_first_run(no_months):
    no_months.done()
    no_months.write({"data/01.csv": "n\n1\n"})
    told = no_months.done(load=("count",))
    assert told.ran == {"clean[01]": "never ran", "count": "input changed"}
    assert told["count"] == 1


def test_no_partitions_where_a_table_is_asked_for_is_told(make):
    home = make({name: text for name, text in MONTHS.items() if not name.startswith("data")})
    (home.folder / "data").mkdir()
    told = home.run()
    assert told.result.state == "failed"
    assert "clean" in told.failures["total"]
    assert "partition" in told.failures["total"]


def test_partitions_are_a_dictionary_for_who_asks_for_none(make):
    home = make(MONTHS)
    home.edit("src/work.py", "(clean: DataFrame) -> int", "(clean) -> dict")
    home.edit("src/work.py", 'int(clean["n"].sum())', "{k: len(v) for k, v in clean.items()}")
    assert home.done(load=("total",))["total"] == {"01": 1, "02": 1}


def test_partitions_in_a_dictionary_have_the_type_that_is_asked_for(make):
    home = make(MONTHS)
    home.edit("src/work.py", "from pandas", "import polars\nfrom pandas")
    home.edit("src/work.py", "(clean: DataFrame)", "(clean: dict[str, polars.DataFrame])")
    home.edit("src/work.py", 'int(clean["n"].sum())', "sum(v.height for v in clean.values())")
    assert home.done(load=("total",))["total"] == 2


FOUND = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.parts}
              - {call: work.squared, inputs: [{each: parts}]}
              - {call: work.total, inputs: [squared]}
        params_unused: 0
        """.replace("        params_unused: 0\n", ""),
    "src/work.py": """
        def parts():
            return {"a": 1, "b": 2}

        def squared(parts):
            return parts ** 2

        def total(squared):
            return sum(squared.values())
        """,
}


@ANYWHERE
@pytest.mark.parametrize(
    "body",
    [
        'return {"a": 1, "b": 2}',
        'yield "a", 1\n    yield "b", 2',
    ],
    ids=["returned", "yielded"],
)
def test_partitions_may_be_found_during_the_run(make, executor, body):
    home = make(FOUND)
    home.edit("src/work.py", 'return {"a": 1, "b": 2}', body)
    told = home.done(load=("total", "squared"), executor=executor)
    assert told["total"] == 5
    assert told["squared"] == {"a": 1, "b": 4}
    assert set(told.ran) == {"parts", "squared[a]", "squared[b]", "total"}

    home.edit(
        "src/work.py",
        '"b", 2' if "yield" in body else '"b": 2',
        '"c", 3' if "yield" in body else '"c": 3',
    )
    told = home.done(load=("total",), executor=executor)
    assert set(told.ran) == {"parts", "squared[c]", "total"}
    assert told["total"] == 10


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return [1, 2]", "should return a dictionary of partitions for `parts`"),
        ("yield 1", "`parts` is partitioned"),
        ('yield "a", 1\n    yield "a", 2', "partition `a` of `parts` was given twice"),
        ("return {1: 2}", "keys are text"),
    ],
)
def test_what_is_no_partition_is_told(make, body, message):
    home = make(FOUND)
    home.edit("src/work.py", 'return {"a": 1, "b": 2}', body)
    assert message in home.run().failures["parts"]


def test_a_dataset_without_partitions_cannot_be_taken_one_by_one(make):
    home = make(
        {
            "tilth.yml": """
                pipelines:
                  main:
                    nodes:
                      - {call: work.use, inputs: [{each: numbers}]}
                """,
            "catalog.yml": "numbers: {format: csv, location: data.csv}\n",
            "data.csv": "n\n1\n",
            "src/work.py": "def use(numbers):\n    return 1\n",
        }
    )
    with pytest.raises(ConfigError, match="partition of `numbers`, which has none"):
        home.run()


ZIPPED = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - call: work.joined
                inputs: {left: {each: left}, right: {each: right}, factor: params:factor}
        """,
    "catalog.yml": """
        left: {format: text, location: "left/{key}.txt"}
        right: {format: text, location: "right/{key}.txt"}
        joined: {format: text, location: "out/{key}.txt"}
        """,
    "params.yml": "factor: 2\n",
    "src/work.py": """
        def joined(left: str, right: str, factor: int) -> str:
            return (left + right) * factor
        """,
    "left/x.txt": "lx",
    "right/x.txt": "rx",
    "left/y.txt": "ly",
    "right/y.txt": "ry",
}


@ANYWHERE
def test_partitions_of_two_datasets_come_together_by_key(make, executor):
    home = make(ZIPPED)
    home.done(executor=executor)
    assert (home.folder / "out/x.txt").read_text() == "lxrxlxrx"
    assert (home.folder / "out/y.txt").read_text() == "lyrylyry"
    home.write({"right/y.txt": "!"})
    assert set(home.done(executor=executor).ran) == {"joined[y]"}
    assert (home.folder / "out/y.txt").read_text() == "ly!ly!"


def test_two_datasets_with_other_keys_are_told_with_the_odd_one(make):
    home = make(ZIPPED)
    (home.folder / "right/y.txt").unlink()
    told = home.run()
    assert told.result.state == "failed"
    assert "only one of them has `y`" in told.failures["joined"]


def test_a_deleted_partition_of_an_output_is_put_back_without_running(make):
    home = make(ZIPPED)
    home.done()
    (home.folder / "out/x.txt").unlink()
    told = home.done()
    assert told.ran == {}
    assert (home.folder / "out/x.txt").read_text() == "lxrxlxrx"
    assert [path.name for path in (home.folder / "out").iterdir()] == ["x.txt", "y.txt"] or sorted(
        path.name for path in (home.folder / "out").iterdir()
    ) == ["x.txt", "y.txt"]


def test_a_deleted_partition_that_was_returned_is_put_back_without_running(make):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [{call: work.parts}]}}\n",
            "catalog.yml": 'parts: {format: text, location: "out/{key}.txt"}\n',
            "src/work.py": "def parts():\n    return {'a': 'one', 'b': 'two'}\n",
        }
    )
    home.done()
    (home.folder / "out/b.txt").unlink()
    assert home.done().ran == {}
    assert (home.folder / "out/b.txt").read_text() == "two"


def test_keys_with_odd_characters_are_kept_apart(make):
    keys = ["2013-01", "with space", "dots.in.it", "Ä_ö", "a[b]", "100%", "k=v"]
    files = {name: text for name, text in ZIPPED.items() if "/" not in name or "src" in name}
    for key in keys:
        files[f"left/{key}.txt"] = files[f"right/{key}.txt"] = key
    home = make(files)
    told = home.done()
    assert sorted(told.ran) == sorted(f"joined[{key}]" for key in keys)
    for key in keys:
        assert (home.folder / f"out/{key}.txt").read_text() == key * 4
    assert home.done().ran == {}


@pytest.mark.parametrize("key", ["../up", "a/b", "", ".hidden", "nul\0"])
def test_a_key_that_would_leave_its_folder_is_refused(make, key):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [{call: work.parts}]}}\n",
            "catalog.yml": 'parts: {format: text, location: "out/{key}.txt"}\n',
            "src/work.py": f"def parts():\n    return {{{key!r}: 'x'}}\n",
        }
    )
    told = home.run()
    assert told.result.state == "failed"
    assert repr(key) in told.failures["parts"]
    assert not (home.folder / "up.txt").exists()


@ANYWHERE
def test_one_failing_partition_fails_its_node_and_the_others_are_kept(make, executor):
    home = make(FOUND)
    home.edit("src/work.py", "return parts ** 2", "return 1 / (parts - 1)")
    told = home.run(executor=executor, keep_going=True)
    assert told.result.state == "failed"
    assert list(told.failures) == ["squared[a]"]
    assert "total" not in told.ran
    home.edit("src/work.py", '"a": 1', '"a": 3')
    told = home.done(load=("total",), executor=executor)
    assert set(told.ran) == {"parts", "squared[a]", "total"}
    assert told["total"] == 1.5


def test_all_failing_partitions_are_told(make):
    home = make(FOUND)
    home.edit("src/work.py", "return parts ** 2", "raise LookupError(str(parts))")
    told = home.run(executor="threads", workers=2, keep_going=True)
    assert sorted(told.failures) == ["squared[a]", "squared[b]"]


def test_a_dataset_cannot_be_read_one_by_one_and_as_a_whole_by_one_node(make):
    home = make(FOUND)
    home.edit("tilth.yml", "[{each: parts}]", "{parts: {each: parts}, whole: parts}")
    home.edit("src/work.py", "def squared(parts):", "def squared(parts, whole):")
    with pytest.raises(ConfigError, match="reads `parts` one partition at a time and as a whole"):
        home.run()


def test_what_is_read_one_by_one_is_partitioned_also_when_its_readers_are_not_asked_for(make):
    home = make(FOUND)
    first = home.done(selection=Selection(to_nodes=("parts",)))
    assert set(first.ran) == {"parts"}
    told = home.done(load=("total",))
    assert set(told.ran) == {"squared[a]", "squared[b]", "total"}
    assert told["total"] == 5


def test_a_dictionary_becomes_partitions_when_somebody_reads_it_one_by_one(make):
    home = make(FOUND)
    home.edit("tilth.yml", "[{each: parts}]", "[parts]")
    home.edit("src/work.py", "return parts ** 2", "return parts")
    assert home.done(load=("total",))["total"] == 3
    home.edit("tilth.yml", "[parts]", "[{each: parts}]")
    told = home.done(load=("total",))
    assert told.ran["parts"] == "format changed"
    assert told["total"] == 3


def test_several_outputs_of_a_fan_out_are_partitioned_each(make):
    home = make(FOUND)
    home.edit(
        "tilth.yml",
        "inputs: [{each: parts}]}",
        "inputs: [{each: parts}], outputs: [squared, cubed]}",
    )
    home.edit("src/work.py", "return parts ** 2", "return parts ** 2, parts ** 3")
    told = home.done(load=("squared", "cubed", "total"))
    assert told["cubed"] == {"a": 1, "b": 8}
    assert told["total"] == 5


def test_a_fan_out_of_a_fan_out(make):
    home = make(FOUND)
    home.edit(
        "tilth.yml",
        "- {call: work.total, inputs: [squared]}",
        "- {call: work.more, inputs: [{each: squared}]}\n"
        "      - {call: work.total, inputs: [more]}",
    )
    home.edit(
        "src/work.py",
        "def total(squared)",
        "def more(squared):\n    return squared + 1\n\ndef total(squared)",
    )
    told = home.done(load=("total",))
    assert told["total"] == 7
    home.edit("src/work.py", '"b": 2', '"b": 3')
    told = home.done(load=("total",))
    assert set(told.ran) == {"parts", "squared[b]", "more[b]", "total"}


def test_why_names_the_partitions_that_changed_came_and_went(months):
    months.done()
    (months.folder / "data/01.csv").unlink()
    months.write({"data/02.csv": "n\n5\n", "data/03.csv": "n\n10\n"})
    with months.open() as project:
        before = project.why("clean")
    months.done()
    with months.open() as project:
        after = project.why("clean")
    for told in (before.now_details, after.details):
        assert [each.strip() for each in told[1:]] == ["changed: `02`", "new: `03`", "gone: `01`"]


def test_why_answers_for_one_partition(months):
    months.done()
    months.write({"data/02.csv": "n\n5\n"})
    with months.open() as project:
        assert project.why("clean[01]").now == ""
        assert project.why("clean[02]").now == "input changed"
        assert project.why("clean[07]").now_details == ("`clean`: there is no partition `07`",)
    months.done()
    with months.open() as project:
        told = project.why("clean[02]")
        assert (told.node, told.reason, told.now) == ("clean[02]", "input changed", "")


def test_why_names_the_partitions_that_failed(make):
    files = dict(MONTHS)
    files["src/work.py"] = files["src/work.py"].replace("flights[", "1 / 0 or flights[")
    home = make(files)
    home.run()
    with home.open() as project:
        told = project.why("clean")
    assert told.state == "failed"
    assert "`clean[01]` failed: ZeroDivisionError" in told.details[0]


def test_a_source_without_a_file_is_warned_of_beforehand_and_in_the_run(no_months):
    with no_months.open() as project:
        assert project.plan().warnings == (
            "`flights` has no partitions: no file fits its location (catalog.yml:1)",
        )
    assert any("no partitions" in each for each in no_months.done().result.warnings)
    no_months.write({"data/01.csv": "n\n1\n"})
    assert no_months.done().result.warnings == ()
    with no_months.open() as project:
        assert project.plan().warnings == ()


@pytest.fixture
def located(make):
    """The months, cleaned ones at locations of their own."""
    files = dict(MONTHS)
    files["catalog.yml"] = """
        flights: {format: csv, location: "data/{month}.csv"}
        clean: {format: csv, location: "out/{month}.csv"}
        """
    return make(files)


def test_a_part_of_the_pipeline_takes_partitions_for_what_they_are(located):
    located.done()
    told = located.done(selection=Selection(nodes=("total",)))
    assert told.ran == {}


def test_a_file_of_a_partition_that_is_gone_is_told_of_and_not_read(located):
    located.done()
    (located.folder / "data/01.csv").unlink()
    told = located.done(load=("total",))
    assert told["total"] == 2
    assert any("`clean[01]`" in each for each in told.result.warnings)
    assert (located.folder / "out/01.csv").exists()
    again = located.done(selection=Selection(nodes=("total",)), load=("total",))
    assert (again.ran, again["total"]) == ({}, 2)


def test_a_partition_that_somebody_put_beside_those_of_a_node_is_read(located):
    located.done()
    located.write({"out/07.csv": "n\n100\n"})
    told = located.done(selection=Selection(nodes=("total",)), load=("total",))
    assert told["total"] == 103
