"""Functions, values and errors that are out of the ordinary, and what became of their makers."""

from __future__ import annotations

import pytest

EVERYWHERE = pytest.mark.parametrize("executor", ["serial", "threads", "processes"])


def project(functions, nodes, catalog="{}", **more):
    return {
        "tilth.yml": "pipelines:\n  main:\n    nodes:\n"
        + "".join(f"      - {each}\n" for each in nodes),
        "catalog.yml": catalog,
        "src/work.py": functions,
        **more,
    }


ERRORS = {
    "no words": (
        """
        class Evil(Exception):
            def __str__(self):
                raise ValueError("no words")

        def bad():
            raise Evil
        """,
        "Evil",
    ),
    "cannot be pickled": (
        """
        import threading

        class Evil(Exception):
            def __init__(self, lock):
                self.lock = lock
                super().__init__("holds a lock")

        def bad():
            raise Evil(threading.Lock())
        """,
        "holds a lock",
    ),
    "a group": (
        """
        def bad():
            raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])
        """,
        "several",
    ),
    "endless recursion": ("def bad():\n    return bad()\n", "RecursionError"),
    "a long message": ("def bad():\n    raise ValueError('line\\n' * 1000)\n", "ValueError: line"),
    "no memory": ("def bad():\n    raise MemoryError\n", "MemoryError"),
    "an end": ("def bad():\n    raise StopIteration(3)\n", "StopIteration"),
    "a wrong call": ("def bad(*, missing=1):\n    return absent\n", "name 'absent' is not defined"),
}


@EVERYWHERE
@pytest.mark.parametrize(("functions", "message"), ERRORS.values(), ids=list(ERRORS))
def test_whatever_a_node_raises_is_told_and_others_go_on(make, executor, functions, message):
    home = make(
        project(functions, ["{call: work.bad, inputs: []}", "{call: good.one, inputs: []}"])
    )
    home.write({"src/good.py": "def one():\n    return 1\n"})
    told = home.run(executor=executor, keep_going=True, workers=2)
    assert told.result.counts == {"failed": 1, "done": 1}
    assert message in told.failures["bad"]
    assert len(told.failures["bad"].splitlines()) < 60


def test_an_input_that_cannot_be_shown_does_not_hide_the_error(make):
    home = make(
        project(
            """
            class Shy:
                def __init__(self):
                    self.n = 1

                def __repr__(self):
                    raise RuntimeError("not me")

                def __len__(self):
                    raise RuntimeError("not me either")

            def shy():
                return Shy()

            def bad(shy):
                raise LookupError("the real one")
            """,
            ["{call: work.shy}", "{call: work.bad}"],
        )
    )
    told = home.run()
    assert "the real one" in told.failures["bad"]


@EVERYWHERE
def test_an_async_function_is_refused_clearly(make, executor):
    home = make(project("async def later():\n    return 1\n", ["{call: work.later}"]))
    told = home.run(executor=executor)
    assert told.result.state == "failed"
    assert "async" in told.failures["later"]


@EVERYWHERE
def test_a_node_that_changes_its_folder_harms_nobody(make, executor, monkeypatch):
    home = make(
        project(
            """
            import os

            def wander():
                os.chdir("/")
                return 1

            def text(wander):
                return "here"
            """,
            ["{call: work.wander}", "{call: work.text}"],
            "text: {format: text, location: out/text.txt}\n",
        )
    )
    monkeypatch.chdir(home.folder)
    home.done(executor=executor)
    assert (home.folder / "out/text.txt").read_text() == "here"


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_a_node_that_plays_ctrl_c_ends_itself_or_the_run_but_never_hangs(make, executor):
    home = make(
        project(
            "def bad():\n    raise KeyboardInterrupt\n\n\ndef one():\n    return 1\n",
            ["{call: work.bad}", "{call: work.one}"],
        )
    )
    done = home.python(
        f"""
        from tilth import Project

        with Project(".") as project:
            print(project.run(executor={executor!r}, workers=2, keep_going=True).state)
        """
    )
    assert done.stdout.strip() == "failed", done.stderr


FAN = project(
    """
    def parts():
        return {f"p{i}": f"{i}" * 5000 for i in range(4)}

    def doubled(parts):
        return parts * 2

    def total(doubled):
        return sum(map(len, doubled.values())) + 0
    """,
    [
        "{call: work.parts}",
        "{call: work.doubled, inputs: [{each: parts}]}",
        "{call: work.total, inputs: [doubled]}",
    ],
)


def blob(home, content):
    (path,) = (
        each
        for each in (home.folder / ".tilth/store").glob("??/*")
        if each.parent.name != "tmp" and each.read_bytes() == content
    )
    return path


@EVERYWHERE
def test_only_damaged_partitions_are_made_again(make, executor):
    home = make(FAN)
    home.done()
    paths = [blob(home, each * 10_000) for each in (b"2", b"3")]
    for path in paths:
        path.chmod(0o644)
        path.write_bytes(b"!" * 10_000)
    home.edit("src/work.py", "+ 0", "+ 1")
    told = home.done(load=("total",), executor=executor)
    assert told["total"] == 40_001
    assert told.ran == {
        "doubled[p2]": "output lost",
        "doubled[p3]": "output lost",
        "total": "code changed",
    }
    assert [path.read_bytes() for path in paths] == [b"2" * 10_000, b"3" * 10_000]


@EVERYWHERE
def test_only_the_deleted_partition_is_made_again(make, executor):
    home = make(FAN)
    home.done()
    blob(home, b"2" * 10_000).unlink()
    blob(home, b"1" * 5_000).unlink()
    told = home.done(load=("total",), executor=executor)
    assert told["total"] == 40_000
    assert set(told.ran) == {"parts", "doubled[p2]"}


def test_making_a_damaged_object_anew_heals_it(make):
    home = make(
        project(
            """
            def large():
                return "x" * 9000

            def size(large):
                return large.count("x")
            """,
            ["{call: work.large}", "{call: work.size}"],
        )
    )
    home.done()
    path = blob(home, b"x" * 9000)
    path.chmod(0o644)
    path.write_bytes(b"y" * 9000)
    told = home.done(force=["large", "size"], executor="processes", load=("size", "large"))
    assert told["size"] == 9000
    assert told["large"] == "x" * 9000


@EVERYWHERE
def test_two_lost_inputs_of_one_node_are_both_made_again(make, executor):
    home = make(
        project(
            """
            def one():
                return "1" * 9000

            def two():
                return "2" * 9000

            def both(one, two):
                return len(one + two) + 0
            """,
            ["{call: work.one}", "{call: work.two}", "{call: work.both}"],
        )
    )
    home.done()
    for content in (b"1" * 9000, b"2" * 9000):
        path = blob(home, content)
        path.chmod(0o644)
        path.write_bytes(content[::-1][1:] + b"?")
    home.edit("src/work.py", "+ 0", "+ 1")
    told = home.done(load=("both",), executor=executor, workers=2)
    assert told["both"] == 18_001
    assert set(told.ran) == {"one", "two", "both"}


@EVERYWHERE
def test_what_was_lost_long_before_is_made_again_from_the_start(make, executor):
    home = make(
        project(
            """
            def one():
                return "1" * 9000

            def two(one):
                return one + "2"

            def three(two):
                return len(two) + 0
            """,
            ["{call: work.one}", "{call: work.two}", "{call: work.three}"],
        )
    )
    home.done()
    for content in (b"1" * 9000, b"1" * 9000 + b"2"):
        path = blob(home, content)
        path.chmod(0o644)
        path.write_bytes(b"?" * len(content))
    home.edit("src/work.py", "+ 0", "+ 1")
    told = home.done(load=("three",), executor=executor)
    assert told["three"] == 9002
    assert told.ran == {"one": "output lost", "two": "output lost", "three": "code changed"}


def test_a_maker_that_gives_other_bytes_when_it_runs_again_is_followed(make):
    home = make(
        project(
            """
            import os

            def one():
                return os.urandom(9000)

            def two(one):
                return one[:10]

            def three(one, two):
                return one.startswith(two)
            """,
            ["{call: work.one}", "{call: work.two}", "{call: work.three}"],
        )
    )
    home.done()
    (path,) = (home.folder / ".tilth/store").glob("??/*")
    path.unlink()
    told = home.done(load=("three",))
    assert told["three"] is True
    assert told.ran == {"one": "output lost", "two": "input changed", "three": "input changed"}


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_a_damaged_object_is_never_put_back(make, executor):
    home = make(
        project(
            """
            def large():
                return "x" * 9000

            def parts():
                return {"a": "1" * 9000, "b": "2" * 9000}

            def each(parts):
                return parts + "!"
            """,
            [
                "{call: work.large}",
                "{call: work.parts}",
                "{call: work.each, inputs: [{each: parts}]}",
            ],
            """
            large: {format: text, location: out/large.txt}
            parts: {format: text, location: "out/{key}.txt"}
            each: {format: text, location: "out/each/{key}.txt"}
            """,
        )
    )
    home.done()
    kept = {path: path.read_bytes() for path in (home.folder / "out").rglob("*.txt")}
    for name in ("out/large.txt", "out/a.txt", "out/each/b.txt"):
        path = blob(home, (home.folder / name).read_bytes())
        path.chmod(0o644)
        path.write_bytes(b"?" * path.stat().st_size)
        (home.folder / name).unlink()
    told = home.done(executor=executor)
    assert told.ran == {
        "large": "output lost",
        "parts": "output lost",
        "each[b]": "output lost",
    }
    assert {path: path.read_bytes() for path in kept} == kept
    assert "damaged" in told.warnings
    assert home.done().ran == {}


def test_all_that_goes_into_the_rest_of_a_signature_is_given_as_it_asks(make):
    functions = """
        from __future__ import annotations

        import pandas as pd
        import polars as pl

        def shapes(first: int, *tables: pl.DataFrame, last: pd.DataFrame | None = None) -> str:
            return " ".join(f"{type(each).__module__[:6]} {len(each)}" for each in tables)

        def told() -> pd.DataFrame:
            return pd.DataFrame({"x": [1, 2, 3]})
        """
    nodes = [
        "{call: work.told}",
        "{call: work.shapes, inputs: [{value: 1}, told, told, parts], outputs: said}",
    ]
    catalog = 'parts: {format: csv, location: "data/{part}.csv"}'
    csv = {"data/a.csv": "x\n1\n", "data/b.csv": "x\n2\n"}
    home = make(project(functions, nodes, catalog, **csv))

    assert home.done(load=("said",)).values["said"] == "polars 3 polars 3 polars 2"
