"""The same results wherever nodes run, whatever they do to their process or to each other."""

from __future__ import annotations

import textwrap
import time

import pytest

from tilth import Project

EXECUTORS = ["serial", "threads", "processes"]
EVERYWHERE = pytest.mark.parametrize("executor", EXECUTORS)
IN_MEMORY = pytest.mark.parametrize("executor", ["serial", "threads"])


def project(functions, nodes, **more):
    return {
        "tilth.yml": "pipelines:\n  main:\n    nodes:\n"
        + "".join(f"      - {each}\n" for each in nodes)
        + more.pop("settings", ""),
        "src/work.py": functions,
        **more,
    }


MIXED = project(
    """
    import random

    import numpy
    import polars
    from pandas import DataFrame

    class Model:
        def __init__(self, weights):
            self.weights = weights

    def source():
        return [3, 1, 2]

    def table(source: list) -> DataFrame:
        return DataFrame({"n": source, "text": [str(n) for n in source]})

    def frame(table: polars.DataFrame) -> polars.DataFrame:
        return table.sort("n").with_columns(polars.col("n") * 2)

    def array(table: DataFrame) -> numpy.ndarray:
        return table["n"].to_numpy() * 1.5

    def noise(source):
        return [random.random(), float(numpy.random.rand())]

    def model(array, noise):
        return Model([float(array.sum()), *noise])

    def words(frame: DataFrame) -> str:
        return ",".join(map(str, frame["n"]))

    def several(array):
        return {"set": {"b", "a", "c"}, "bytes": b"x" * 5000}, None

    def report(model, words, several, nothing):
        return {"weights": model.weights, "words": words, "n": len(several["bytes"])}
    """,
    [
        "{call: work.source}",
        "{call: work.table}",
        "{call: work.frame}",
        "{call: work.array}",
        "{call: work.noise}",
        "{call: work.model}",
        "{call: work.words}",
        "{call: work.several, outputs: [several, nothing]}",
        "{call: work.report}",
    ],
    **{
        "catalog.yml": """
            table: {format: csv, location: out/table.csv}
            frame: {format: parquet, location: out/frame.parquet}
            report: {format: json, location: out/report.json}
            """
    },
)


def test_serial_and_processes_make_the_same_bytes(make):
    made = {}
    for executor in ("serial", "processes"):
        home = make(MIXED)
        told = home.done(executor=executor, workers=2)
        files = {path.name: path.read_bytes() for path in (home.folder / "out").iterdir()}
        made[executor] = told.fingerprints, files
    assert made["serial"] == made["processes"]
    assert len(made["serial"][0]) == 10


def test_threads_make_the_same_bytes_where_nothing_is_drawn(make):
    made = []
    for executor in ("serial", "threads"):
        home = make(MIXED)
        home.edit("src/work.py", "random.random(), float(numpy.random.rand())", "0.5, 0.25")
        made.append(home.done(executor=executor, workers=3).fingerprints)
    assert made[0] == made[1]


def test_what_is_drawn_is_the_same_when_it_is_drawn_again(make):
    home = make(MIXED)
    first = home.done(load=("noise",))
    again = home.done(load=("noise",), force=["noise"])
    assert again.ran == {"noise": "forced"}
    assert again["noise"] == first["noise"]


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_generators_that_a_function_imports_itself_are_seeded(make, executor):
    files = project(
        """
        def drawn():
            import random

            import numpy as np

            return [random.random(), float(np.random.rand())]
        """,
        ["{call: work.drawn}"],
    )
    first, second = make(files), make(files)
    code = f"""
        from tilth import Project

        with Project(".") as project:
            print(project.run(executor={executor!r})["drawn"])
        """
    one, two = first.python(code), second.python(code)
    assert one.stdout.startswith("["), one.stderr
    assert one.stdout == two.stdout


def test_other_nodes_draw_other_numbers(make):
    home = make(
        project(
            """
            import random

            def one():
                return random.random()

            def two():
                return random.random() + 0
            """,
            ["{call: work.one}", "{call: work.two}"],
        )
    )
    told = home.done(load=("one", "two"))
    assert told["one"] != told["two"]


SHARED = """
    import time

    import numpy
    from pandas import DataFrame

    def value():
        return {value}

    def greedy(value):
        {change}
        return 1

    def honest(value):
        time.sleep({pause})
        return {look}

    def late(value, honest):
        return {look}
    """
KINDS = pytest.mark.parametrize(
    ("value", "change", "look", "expected"),
    [
        ("{'a': [1]}", "value['a'].append(2)", "value['a']", [1]),
        ("[1, 2, 3]", "value.sort(reverse=True)", "value[0]", 1),
        ("numpy.zeros(4)", "value[:] = 7", "float(value.sum())", 0.0),
        ("DataFrame({'n': [1, 2]})", "value['n'] = 0", "int(value['n'].sum())", 3),
    ],
    ids=["dict", "list", "array", "table"],
)


def shared(value, change, look, pause=0):
    text = textwrap.dedent(SHARED)
    for word, code in (("value", value), ("change", change), ("look", look), ("pause", str(pause))):
        text = text.replace("{" + word + "}", code)
    return project(
        text,
        [f"{{call: work.{name}}}" for name in ("value", "greedy", "honest", "late")],
    )


@EVERYWHERE
@KINDS
def test_a_value_that_a_node_changes_is_as_it_was_for_others(
    make, executor, value, change, look, expected
):
    home = make(shared(value, change, look))
    told = home.done(load=("honest", "late"), executor=executor)
    assert (told["honest"], told["late"]) == (expected, expected)
    if executor == "serial":
        assert "node `greedy` changed its input `value` in place" in told.warnings


@KINDS
def test_a_change_while_another_reads_harms_nobody(make, value, change, look, expected):
    home = make(shared(value, change, look, pause=0.3))
    told = home.done(load=("honest", "late"), executor="threads", workers=3)
    assert (told["honest"], told["late"]) == (expected, expected)


@IN_MEMORY
def test_a_loaded_value_that_a_node_changes_is_as_it_was_for_others(make, executor):
    home = make(shared("{'a': [1]}", "value['a'].append(2)", "value['a']"))
    home.done(executor=executor)
    home.edit("src/work.py", "return 1", "return 2")
    home.edit("src/work.py", "time.sleep(0)", "time.sleep(0.0)")
    told = home.done(load=("honest", "late"), executor=executor)
    assert "value" not in told.ran
    assert {"greedy", "honest"} <= set(told.ran)
    assert (told["honest"], told["late"]) == ([1], [1])


@IN_MEMORY
def test_a_change_through_a_value_that_shares_its_memory_harms_nobody(make, executor):
    home = make(
        project(
            """
            def value():
                return [[1], [2]]

            def part(value):
                return value[0]

            def greedy(part):
                part.append(9)
                return len(part)

            def honest(value, greedy):
                return value

            def other(value, greedy):
                return value
            """,
            [f"{{call: work.{name}}}" for name in ("value", "part", "greedy", "honest", "other")],
        )
    )
    told = home.done(load=("honest", "other", "greedy"), executor=executor)
    assert told["greedy"] == 2
    assert told["honest"] == told["other"] == [[1], [2]]


@IN_MEMORY
def test_a_part_of_a_value_that_is_changed_later_is_as_it_was(make, executor):
    home = make(
        project(
            """
            def value():
                return [[1], [2]]

            def part(value):
                return value[0]

            def greedy(value, part):
                value[0].append(9)
                return 1

            def after(value, greedy):
                return value

            def reader(part, greedy):
                return part
            """,
            [f"{{call: work.{name}}}" for name in ("value", "part", "greedy", "after", "reader")],
        )
    )
    told = home.done(load=("after", "reader"), executor=executor)
    assert told["after"] == [[1], [2]]
    assert told["reader"] == [1]


@IN_MEMORY
def test_a_value_is_let_go_when_its_last_reader_has_finished(make, executor):
    home = make(
        project(
            """
            import gc
            import weakref

            SEEN = []

            class Thing:
                def __init__(self):
                    self.n = 1

            def thing():
                made = Thing()
                SEEN.append(weakref.ref(made))
                return made

            def first(thing):
                return thing.n

            def second(thing, first):
                return thing.n

            def dead(second):
                gc.collect()
                return [each() is None for each in SEEN]
            """,
            [
                f"{{call: work.{name}, depends_on: []}}"
                for name in ("thing", "first", "second", "dead")
            ],
        )
    )
    assert home.done(load=("dead",), executor=executor)["dead"] == [True]


BAD = {
    "raises": ("raise LookupError('no luck')", "LookupError: no luck"),
    "exits": ("import sys; sys.exit(3)", "exit"),
    "quits": ("raise SystemExit('enough')", "end the interpreter"),
}
ENDS = {
    "dies": ("import os; os._exit(7)", "exit code 7"),
    "is killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
}


def bad(body):
    return project(
        f"""
        def bad():
            {body}

        def after(bad):
            return bad

        def good():
            return 1

        def better(good):
            return good + 1
        """,
        [f"{{call: work.{name}}}" for name in ("bad", "after", "good", "better")],
    )


@EVERYWHERE
@pytest.mark.parametrize(("body", "message"), BAD.values(), ids=list(BAD))
def test_a_failing_node_is_told_and_others_go_on(make, executor, body, message):
    home = make(bad(body))
    told = home.run(executor=executor, keep_going=True)
    assert told.result.state == "failed"
    assert message in told.failures["bad"]
    assert told.result.counts == {"failed": 1, "skipped": 1, "done": 2}
    assert set(told.ran) == {"bad", "good", "better"}
    again = home.run(executor=executor, keep_going=True)
    assert set(again.ran) == {"bad"}, "what was done is not done again"


@pytest.mark.parametrize(("body", "message"), ENDS.values(), ids=list(ENDS))
def test_a_node_that_ends_its_process_is_told_and_others_go_on(make, body, message):
    home = make(bad(body))
    told = home.run(executor="processes", workers=2, keep_going=True)
    assert message in told.failures["bad"]
    assert told.result.counts == {"failed": 1, "skipped": 1, "done": 2}


@EVERYWHERE
def test_a_failing_node_ends_the_run_when_nobody_says_to_keep_going(make, executor):
    home = make(
        project(
            """
            def bad():
                raise LookupError("no luck")

            def one(bad):
                return 1
            """,
            ["{call: work.bad}", "{call: work.one}"],
        )
    )
    told = home.run(executor=executor)
    assert told.result.state == "failed"
    assert told.log.events[-1] == ("run_finished", "failed")
    assert list(told.failures) == ["bad"]


def test_the_report_shows_the_users_own_lines_first(make):
    home = make(
        project(
            """
            import json

            def data():
                return "{no json"

            def bad(data):
                return parsed(data)

            def parsed(text):
                return json.loads(text)
            """,
            ["{call: work.data}", "{call: work.bad}"],
        )
    )
    report = home.run().failures["bad"].splitlines()
    assert report[0].strip().startswith("src/work.py:7, in bad")
    assert report[1].strip() == "return parsed(data)"
    assert any("src/work.py:10, in parsed" in line for line in report)
    assert not any("json/decoder.py" in line for line in report)
    assert any("its inputs:" in line for line in report)


@EVERYWHERE
def test_a_node_that_hangs_is_ended_after_its_timeout(make, executor):
    home = make(
        project(
            """
            import time

            def hangs():
                time.sleep(60)

            def good():
                return 1
            """,
            ["{call: work.hangs, timeout: 0.5s}", "{call: work.good}"],
        )
    )
    told = home.run(executor=executor, workers=2, keep_going=True)
    assert "node `hangs` took longer than its timeout of 0.5 s" in told.failures["hangs"]
    assert told.result.counts == {"failed": 1, "done": 1}


@EVERYWHERE
def test_several_nodes_with_a_timeout_run_and_read_what_others_made(make, executor):
    names = [f"n{i}" for i in range(4)]
    functions = "def start():\n    return [1]\n" + "".join(
        f"def {name}(start):\n    return start + [{i}]\n" for i, name in enumerate(names)
    )
    home = make(
        project(
            functions + "def end(n0, n1, n2, n3):\n    return n0 + n1 + n2 + n3\n",
            ["{call: work.start}"]
            + [f"{{call: work.{name}, timeout: 30s}}" for name in names]
            + ["{call: work.end}"],
        )
    )
    told = home.done(load=("end",), executor=executor, workers=3)
    assert told["end"] == [1, 0, 1, 1, 1, 2, 1, 3]


FLAKY = """
    from pathlib import Path

    NOTE = Path(__file__).parent.parent / "calls.txt"

    def flaky():
        with NOTE.open("a") as file:
            file.write("call ")
        if len(NOTE.read_text().split()) < 3:
            {end}
        return 1

    def after(flaky):
        return flaky + 1
    """


@EVERYWHERE
def test_a_node_is_tried_again_with_longer_and_longer_pauses(make, executor):
    home = make(
        project(
            textwrap.dedent(FLAKY).replace("{end}", "raise OSError('the line is down')"),
            ["{call: work.flaky, retries: {times: 3, wait: 0.05s}}", "{call: work.after}"],
        )
    )
    told = home.done(load=("after",), executor=executor)
    assert told["after"] == 2
    assert [told for event, told in told.log.events if event == "node_retried"] == [
        "flaky 2 0.05",
        "flaky 3 0.1",
    ]
    assert len(home.calls()) == 3
    with home.open() as opened:
        (run,) = opened.history.attempts("flaky")
        assert (run.state, run.attempt) == ("done", 3)


def test_a_node_whose_process_died_is_tried_again(make):
    home = make(
        project(
            textwrap.dedent(FLAKY).replace("{end}", "import os; os._exit(1)"),
            ["{call: work.flaky, retries: {times: 2, wait: 0s}}", "{call: work.after}"],
        )
    )
    assert home.done(load=("after",), executor="processes")["after"] == 2


@EVERYWHERE
def test_a_node_that_fails_each_time_fails_after_its_last_retry(make, executor):
    home = make(
        project(
            textwrap.dedent(FLAKY).replace("{end}", "raise OSError('the line is down')"),
            ["{call: work.flaky, retries: {times: 1, wait: 0.01s}}", "{call: work.after}"],
        )
    )
    told = home.run(executor=executor)
    assert "the line is down" in told.failures["flaky"]
    assert len(home.calls()) == 2


@EVERYWHERE
def test_a_failed_node_tells_since_when_and_for_how_long(make, executor):
    body = """
    import time

    def slow():
        time.sleep(0.3)
        raise ValueError("too late")
    """
    home = make(project(textwrap.dedent(body), ["{call: work.slow}"]))
    begun = time.time()

    told = home.run(executor=executor)

    with Project(home.folder) as opened:
        (node_run,) = opened.history.node_runs(told.result.run)
    assert node_run.state == "failed"
    assert node_run.seconds >= 0.3
    assert begun <= node_run.started_at <= time.time() - 0.3


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_no_more_runs_at_once_than_there_are_resources(make, executor):
    home = make(
        project(
            """
            import os
            import time
            from pathlib import Path

            HOME = Path(__file__).parent.parent / "running"

            def busy(n):
                HOME.mkdir(exist_ok=True)
                mine = HOME / str(n)
                mine.touch()
                seen = len(list(HOME.iterdir()))
                time.sleep(0.05)
                seen = max(seen, len(list(HOME.iterdir())))
                mine.unlink()
                return seen
            """,
            [
                f"{{call: work.busy, name: n{i}, inputs: [{{value: {i}}}], outputs: n{i}, "
                "resources: {gpu: 1}}"
                for i in range(5)
            ],
            settings="resources: {gpu: 2}\n",
        )
    )
    told = home.done(load=tuple(f"n{i}" for i in range(5)), executor=executor, workers=4)
    assert max(told[f"n{i}"] for i in range(5)) == 2


@EVERYWHERE
def test_hooks_hear_the_same_wherever_nodes_run(make, executor):
    home = make(
        project(
            """
            from tilth import hook

            def one():
                return 1

            def two(one):
                return one + 1

            def bad(two):
                raise LookupError("bad")

            class Writer:
                def __init__(self):
                    self.lines = []

                @hook
                def node_finished(self, node_run):
                    self.lines.append(f"finished {node_run.node}")

                @hook
                def node_failed(self, node_run, failure):
                    self.lines.append(f"failed {node_run.node} {failure.message}")

                @hook
                def run_finished(self, run):
                    from pathlib import Path

                    (Path(__file__).parent.parent / "heard.txt").write_text("|".join(self.lines))
            """,
            ["{call: work.one}", "{call: work.two}", "{call: work.bad}"],
            settings="hooks: [work.Writer]\n",
        )
    )
    home.run(executor=executor, workers=2)
    heard = (home.folder / "heard.txt").read_text()
    assert heard == "finished one|finished two|failed bad LookupError: bad"


@EVERYWHERE
def test_what_a_hook_does_to_a_record_does_not_reach_the_history(make, executor):
    home = make(
        project(
            """
            from tilth import hook

            def one():
                return [1]

            class Meddler:
                @hook
                def node_finished(self, node_run):
                    node_run.inputs["stolen"] = "bytes:0"
                    dict.clear(node_run.inputs)
            """,
            ["{call: work.one, inputs: []}", "{call: work.two, inputs: [one]}"],
            settings="hooks: [work.Meddler]\n",
        )
    )
    home.edit("src/work.py", "class Meddler", "def two(one):\n    return 2\n\nclass Meddler")
    home.run(executor=executor)
    with home.open() as opened:
        runs = {each.node: each for each in opened.history.node_runs(1)}
    assert dict(runs["one"].inputs) == {}
    assert list(runs["two"].inputs) == ["one"]


def test_a_class_by_its_dotted_name_is_an_executor(make):
    home = make(
        project(
            """
            from tilth.engine.executors.serial import Serial

            class Mine(Serial):
                pass

            def one():
                return 1
            """,
            ["{call: work.one}"],
        )
    )
    assert home.done(load=("one",), executor="work.Mine")["one"] == 1


def test_a_project_runs_again_with_the_same_workers(make):
    home = make(
        project(
            "import os\n\n\ndef one():\n    return os.getpid()\n",
            ["{call: work.one}"],
        )
    )
    with home.open() as opened:
        first = opened.run(executor="processes", workers=1)["one"]
        second = opened.run(executor="processes", workers=1, force=["one"])["one"]
    assert first == second
