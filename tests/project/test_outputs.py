"""What a function may return, what it may not, and what becomes of it."""

from __future__ import annotations

import textwrap

import pytest

from tilth import Project

FEW = ["serial", "threads", "processes"]


def project(functions, nodes, catalog="{}", **more):
    return {
        "tilth.yml": "pipelines:\n  main:\n    nodes:\n"
        + "".join(f"      - {each}\n" for each in nodes),
        "catalog.yml": catalog,
        "src/work.py": functions,
        **more,
    }


def test_a_list_of_outputs_is_a_tuple_in_order(make):
    home = make(
        project(
            "def split():\n    return [1], [2, 3]\n",
            ["{call: work.split, outputs: [left, right]}"],
        )
    )
    told = home.done(load=("left", "right"))
    assert (told["left"], told["right"]) == ([1], [2, 3])
    assert home.done().ran == {}


def test_a_mapping_of_outputs_takes_keys_of_a_dictionary(make):
    home = make(
        project(
            "def split():\n    return {'a': 1, 'b': 2, 'rest': object}\n",
            ["{call: work.split, outputs: {a: left, b: right}}"],
        )
    )
    told = home.done(load=("left", "right"))
    assert (told["left"], told["right"]) == (1, 2)


def test_a_mapping_of_outputs_takes_fields_of_a_dataclass(make):
    home = make(
        project(
            """
            from dataclasses import dataclass

            @dataclass
            class Parts:
                a: list
                b: dict

            def split():
                return Parts([1], {"x": 2})
            """,
            ["{call: work.split, outputs: {a: left, b: right}}"],
        )
    )
    told = home.done(load=("left", "right"))
    assert (told["left"], told["right"]) == ([1], {"x": 2})


def test_a_list_of_one_output_is_the_whole_value(make):
    home = make(
        project("def only():\n    return [1, 2]\n", ["{call: work.only, outputs: [numbers]}"])
    )
    assert home.done(load=("numbers",))["numbers"] == [1, 2]


def test_a_node_without_outputs_runs_once_for_its_effect(make):
    home = make(
        project(
            """
            from pathlib import Path

            NOTE = Path(__file__).parent.parent / "calls.txt"

            def send():
                with NOTE.open("a") as file:
                    file.write("sent ")
            """,
            ["{call: work.send, outputs: []}"],
        )
    )
    assert home.done().ran == {"send": "never ran"}
    assert home.done().ran == {}
    assert home.calls() == ["sent"]


@pytest.mark.parametrize(
    ("body", "outputs", "message"),
    [
        ("return 1, 2", "[a, b, c]", "should return 3 values, but returned 2"),
        ("return 7", "[a, b]", "should return 2 values, but returned an int"),
        ("return 'ab'", "[a, b]", "should return 2 values, but returned a str"),
        ("return {'a': 1}", "{a: x, b: y}", "should return something with `b` for `y`"),
        ("return None", "x", "should make `x`, but its function returned None"),
        ("pass", "[x, y]", "should make `x`, `y`, but its function returned None"),
        ("return iter(())", "[a, b]", "should return 2 values"),
    ],
)
@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_a_broken_promise_is_told_with_what_came(make, body, outputs, message, executor):
    home = make(project(f"def bad():\n    {body}\n", [f"{{call: work.bad, outputs: {outputs}}}"]))
    told = home.run(executor=executor)
    assert told.result.state == "failed"
    assert "node `bad`" in told.failures["bad"]
    assert message in told.failures["bad"]
    assert told.result.failures["bad"].at_fault == "promise"
    assert "Traceback" not in told.failures["bad"]
    again = home.run(executor=executor)
    assert again.result.state == "failed", "nothing half-done was kept"


def test_none_in_one_of_several_outputs_is_a_value(make):
    home = make(
        project("def pair():\n    return None, 1\n", ["{call: work.pair, outputs: [a, b]}"])
    )
    told = home.done(load=("a", "b"))
    assert (told["a"], told["b"]) == (None, 1)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_a_generator_of_tables_is_written_chunk_by_chunk(make, suffix):
    home = make(
        project(
            """
            from pandas import DataFrame

            def chunks():
                for i in range(3):
                    yield DataFrame({"n": [i, i + 10]})

            def total(chunks: DataFrame):
                return int(chunks["n"].sum())
            """,
            ["{call: work.chunks}", "{call: work.total, inputs: [chunks]}"],
            f"chunks: {{format: {suffix}, location: out/chunks.{suffix}}}\n",
        )
    )
    assert home.done(load=("total",))["total"] == 36
    assert (home.folder / f"out/chunks.{suffix}").stat().st_size
    assert home.done().ran == {}


def test_an_undeclared_generator_of_tables_is_one_table(make):
    home = make(
        project(
            """
            from pandas import DataFrame

            def chunks():
                for i in range(3):
                    yield DataFrame({"n": [i]})
            """,
            ["{call: work.chunks}"],
        )
    )
    assert list(home.done(load=("chunks",))["chunks"]["n"]) == [0, 1, 2]


def test_an_undeclared_generator_of_plain_values_is_a_list(make):
    home = make(project("def numbers():\n    yield 1\n    yield 2\n", ["{call: work.numbers}"]))
    assert home.done(load=("numbers",))["numbers"] == [1, 2]


def test_a_generator_of_pairs_makes_several_outputs(make):
    home = make(
        project(
            """
            from pandas import DataFrame

            def halves():
                for i in range(2):
                    yield DataFrame({"n": [i]}), DataFrame({"m": [i, i]})
            """,
            ["{call: work.halves, outputs: [left, right]}"],
            "left: {format: csv, location: out/left.csv}\n",
        )
    )
    told = home.done(load=("left", "right"))
    assert list(told["left"]["n"]) == [0, 1]
    assert list(told["right"]["m"]) == [0, 0, 1, 1]


def test_a_generator_that_yields_nothing_is_told(make):
    home = make(
        project("def none():\n    yield from ()\n", ["{call: work.none}"]),
    )
    assert "nothing was yielded for `none`" in home.run().failures["none"]


def test_a_generator_that_raises_half_way_leaves_nothing(make):
    home = make(
        project(
            """
            from pandas import DataFrame

            def chunks():
                yield DataFrame({"n": [1]})
                raise LookupError("half way")
            """,
            ["{call: work.chunks}"],
            "chunks: {format: csv, location: out/chunks.csv}\n",
        )
    )
    told = home.run()
    assert "half way" in told.failures["chunks"]
    assert told.result.failures["chunks"].at_fault == "user"
    assert not (home.folder / "out/chunks.csv").exists()
    assert leftovers(home) == []


def leftovers(home):
    return [
        str(path)
        for path in home.folder.rglob("*")
        if path.name.endswith(".part") or path.name.startswith(".tilth-")
    ]


LOCKS = """
    import threading

    def lock():
        note("lock")
        return threading.Lock()

    def used(lock):
        note("used")
        with lock:
            return 1

    def more(lock):
        note("more")
        return 2

    def note(word):
        from pathlib import Path

        with (Path(__file__).parent.parent / "calls.txt").open("a") as file:
            file.write(word + " ")
    """


@pytest.mark.parametrize("executor", ["serial", "threads"])
def test_what_cannot_be_written_lives_for_the_run(make, executor):
    home = make(project(LOCKS, ["{call: work.lock}", "{call: work.used, inputs: [lock]}"]))
    assert home.done(load=("used",), executor=executor)["used"] == 1
    again = home.done(executor=executor)
    assert again.ran == {}, "what comes after is reused without it"
    with home.open() as project_:
        note = {each.node.name: each.note for each in project_.plan().nodes}["lock"]
    assert "cannot be kept" in note


SAID = """
    import threading
    from collections.abc import Iterator
    from typing import TextIO

    def number() -> int:
        return 1

    def lock(number: int) -> threading.Lock:
        return threading.Lock()

    def file(number: int) -> TextIO | None:
        return None

    def texts(number: int) -> Iterator[str]:
        yield "a"
    """


def test_a_plan_says_beforehand_what_cannot_be_written_where_functions_say_it(make):
    home = make(
        project(SAID, [f"{{call: work.{name}}}" for name in ("number", "lock", "file", "texts")])
    )

    for _ in ("read from source", "remembered"):
        with home.open() as project_:
            notes = {each.node.name: each.note for each in project_.plan().nodes}
        assert "`lock` cannot be kept" in notes["lock"]
        assert "`file` cannot be kept" in notes["file"]
        assert notes["number"] == notes["texts"] == ""


def test_a_plan_says_so_of_functions_of_a_pipeline_in_python(make):
    text = """
    import threading

    from tilth import node, pipeline

    def made(n):
        def lock() -> threading.Lock:
            return threading.Lock()

        return lock

    pipeline = pipeline([node(made(1), outputs="lock")])
    """
    home = make({"flow.py": textwrap.dedent(text)})

    for _ in ("made", "remembered"):
        with Project(home.folder / "flow.py") as project_:
            (planned,) = project_.plan().nodes
        assert "`lock` cannot be kept" in planned.note


@pytest.mark.parametrize("executor", ["serial", "threads"])
def test_what_cannot_be_written_is_made_again_when_somebody_needs_it(make, executor):
    home = make(
        project(
            LOCKS,
            [
                "{call: work.lock}",
                "{call: work.used, inputs: [lock]}",
                "{call: work.more, inputs: [lock]}",
            ],
        )
    )
    home.done(executor=executor)
    home.edit("src/work.py", "return 1", "return 3")
    told = home.done(load=("used", "more"), executor=executor)
    assert told["used"] == 3
    assert told.ran == {"lock": "output lost", "used": "code changed"}
    assert sorted(home.calls()) == ["lock", "lock", "more", "used", "used"]


def test_two_that_need_what_cannot_be_written_have_it_made_again_once(make):
    home = make(
        project(
            LOCKS,
            [
                "{call: work.lock}",
                "{call: work.used, inputs: [lock]}",
                "{call: work.more, inputs: [lock]}",
            ],
        )
    )
    home.done()
    home.edit("src/work.py", "return 1", "return 3")
    home.edit("src/work.py", "return 2", "return 4")
    for executor in ("threads", "serial"):
        told = home.done(load=("used", "more"), executor=executor, workers=3)
        assert (told["used"], told["more"]) == (3, 4)
    assert home.calls().count("lock") == 2


def test_what_cannot_cross_between_processes_is_told_and_ends(make):
    home = make(project(LOCKS, ["{call: work.lock}", "{call: work.used, inputs: [lock]}"]))
    told = home.run(executor="processes", workers=2)
    assert told.result.state == "failed"
    (report,) = told.failures.values()
    assert "`lock`" in report
    assert "serial" in report or "threads" in report or "format" in report


def test_a_declared_output_that_its_format_cannot_write_is_told(make):
    home = make(
        project(
            "def thing():\n    return object()\n",
            ["{call: work.thing}"],
            "thing: {format: json, location: out/thing.json}\n",
        )
    )
    told = home.run()
    assert "`thing`" in told.failures["thing"] or "thing" in told.failures["thing"]
    assert "json" in told.failures["thing"]
    assert not (home.folder / "out/thing.json").exists()


@pytest.mark.parametrize("format_name", ["csv", "parquet", "arrow"])
def test_a_declared_table_with_two_columns_of_one_name_is_told(make, format_name):
    home = make(
        project(
            """
            from pandas import DataFrame

            def table():
                return DataFrame([[1, 2]], columns=["n", "n"])
            """,
            ["{call: work.table}"],
            f"table: {{format: {format_name}, location: out/table.x}}\n",
        )
    )
    told = home.run()
    assert told.result.state == "failed"
    assert "`n`" in told.failures["table"]


def test_an_undeclared_table_with_two_columns_of_one_name_comes_back_as_it_was(make):
    home = make(
        project(
            """
            from pandas import DataFrame

            def table():
                return DataFrame([[1, 2]], columns=["n", "n"])
            """,
            ["{call: work.table}"],
        )
    )
    assert home.done(load=("table",))["table"].values.tolist() == [[1, 2]]


@pytest.mark.parametrize("format_name", ["csv", "parquet", "arrow"])
def test_an_empty_table_keeps_its_columns(make, format_name):
    home = make(
        project(
            """
            from pandas import DataFrame

            def table():
                return DataFrame({"n": [], "text": []})

            def columns(table: DataFrame):
                return list(table.columns)
            """,
            ["{call: work.table}", "{call: work.columns, inputs: [table]}"],
            f"table: {{format: {format_name}, location: out/table.x}}\n",
        )
    )
    assert home.done(load=("columns",))["columns"] == ["n", "text"]


def test_a_deleted_output_is_put_back_without_running(make):
    home = make(
        project(
            "def text():\n    return 'hello'\n",
            ["{call: work.text}"],
            "text: {format: text, location: out/text.txt}\n",
        )
    )
    home.done()
    (home.folder / "out/text.txt").unlink()
    told = home.done()
    assert told.ran == {}
    assert (home.folder / "out/text.txt").read_text() == "hello"
    assert told.warnings == ""


def test_an_output_that_was_changed_by_hand_is_put_back_and_the_change_is_kept(make):
    home = make(
        project(
            "def text():\n    return 'hello' * 2000\n",
            ["{call: work.text}"],
            "text: {format: text, location: out/text.txt}\n",
        )
    )
    home.done()
    (home.folder / "out/text.txt").write_text("mine")
    told = home.done()
    assert told.ran == {}
    assert (home.folder / "out/text.txt").read_text() == "hello" * 2000
    assert "`text` was changed by hand" in told.warnings
    kept = told.warnings.rpartition("bytes:")[2][:40]
    with home.open() as project_:
        assert project_.blobs.path(f"bytes:{kept}").read_text() == "mine"


def test_an_overwritten_location_keeps_its_former_bytes_in_the_store(make):
    home = make(
        project(
            "def text():\n    return 'one' * 2000\n",
            ["{call: work.text}"],
            "text: {format: text, location: out/text.txt}\n",
        )
    )
    first = home.done()
    home.edit("src/work.py", "'one'", "'two'")
    second = home.done()
    with home.open() as project_:
        assert project_.load("text", version=first.result.run) == "one" * 2000
        assert project_.load("text", version=second.result.run) == "two" * 2000
        assert project_.load("text") == "two" * 2000


def test_a_class_of_the_project_that_changes_reaches_who_only_reads_its_values(make):
    home = make(
        project(
            """
            class Model:
                def __init__(self, n):
                    self.n = n

                def predict(self):
                    return self.n + 1

            def train():
                return Model(1)

            def predicted(train):
                return train.predict()
            """,
            ["{call: work.train}", "{call: work.predicted, inputs: [train]}"],
        )
    )
    assert home.done(load=("predicted",))["predicted"] == 2
    home.edit("src/work.py", "self.n + 1", "self.n + 10")
    assert home.done(load=("predicted",))["predicted"] == 11


def test_a_value_of_a_class_of_the_project_is_loaded_where_nothing_ran(make):
    home = make(
        project(
            """
            class Model:
                def __init__(self, n):
                    self.n = n

            def train():
                return Model(5)
            """,
            ["{call: work.train}"],
        )
    )
    home.done()
    done = home.python(
        """
        from tilth import Project

        with Project(".") as project:
            result = project.run()
            print(result.counts, result["train"].n)
        """
    )
    assert done.stdout.strip() == "{'reused': 1} 5", done.stderr


@pytest.mark.parametrize(
    ("location", "format_name", "begins"),
    [
        ("t.csv", "csv", b"a\n1\n"),
        ("t.csv.gz", "csv", b"\x1f\x8b"),
        ("t.csv.zip", "csv", b"PK"),
        ("p.png", "figure", b"\x89PNG"),
        ("p.svg", "figure", b"<?xml"),
        ("p.pdf", "figure", b"%PDF"),
    ],
)
def test_what_is_written_is_what_its_file_name_says(make, location, format_name, begins):
    functions = """
        def made():
            KIND
        """.replace(
        "KIND",
        "from pandas import DataFrame; return DataFrame({'a': [1]})"
        if format_name == "csv"
        else "from matplotlib.figure import Figure; return Figure()",
    )
    catalog = f"made: {{format: {format_name}, location: out/{location}}}"
    home = make(project(functions, ["{call: work.made}"], catalog))
    home.done()
    assert (home.folder / "out" / location).read_bytes().startswith(begins)
    assert home.done().ran == {}


@pytest.mark.parametrize("executor", FEW)
def test_a_path_ends_in_what_its_file_is(make, executor):
    functions = """
        from pathlib import Path

        def table():
            from pandas import DataFrame
            return DataFrame({"a": range(3000)})

        def few(): return [1, 2]

        def packed(table: "pandas.DataFrame"): return table

        def told(table: Path, few: Path, packed: Path, source: Path) -> list:
            import pandas
            assert len(pandas.read_csv(packed)) == 3000
            assert len(few.read_text()) == 6
            return [each.name for each in (table, few, packed, source)]
        """
    catalog = """
        source: {format: text, location: data/some.log}
        packed: {format: csv, location: out/t.csv.gz}
        """
    nodes = [f"work.{each}" for each in ("table", "few", "packed", "told")]
    home = make(project(functions, nodes, catalog, **{"data/some.log": "x"}))
    told = home.done(load=("told",), executor=executor, workers=2)
    assert told["told"] == ["table.arrow", "few.json", "packed.csv.gz", "some.log"]
