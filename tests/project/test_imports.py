"""The user's modules are imported when they must be, as they are, and not before."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

EVERYWHERE = pytest.mark.parametrize("executor", ["serial", "threads", "processes"])

QUIET = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.one, inputs: []}
              - {call: work.two, inputs: [one]}
        """,
    "src/work.py": """
        import loud

        def one():
            return 1

        def two(one):
            return one + loud.ONE
        """,
    "src/loud.py": """
        from pathlib import Path

        with (Path(__file__).parent.parent / "calls.txt").open("a") as file:
            file.write("imported ")

        ONE = 1
        """,
}

ASK = """
    import sys
    from tilth import Project

    with Project(".") as project:
        assert project.run().ok
        project.plan()
        project.why("two")
        project.load("two")
        assert project.run().counts == {"reused": 2}
    assert "work" not in sys.modules
    """


def test_nothing_is_imported_where_nothing_must_run(make):
    home = make(QUIET)
    home.done()
    assert home.calls() == ["imported"]
    done = home.python(ASK)
    assert done.returncode == 0, done.stderr
    assert home.calls() == ["imported"]


def test_nothing_is_imported_for_a_plan_of_what_never_ran(make):
    home = make(QUIET)
    assert home.plan() == {"one": "never ran", "two": "waits for upstream"}
    assert home.calls() == []


def test_a_module_that_cannot_be_imported_fails_its_nodes_with_the_users_line(make):
    home = make(QUIET)
    home.edit("src/loud.py", "ONE = 1", "ONE = 1 / 0")
    told = home.run(keep_going=True)
    assert told.result.state == "failed"
    assert "src/loud.py:6" in told.failures["one"]
    assert "ZeroDivisionError" in told.failures["one"]


@EVERYWHERE
def test_an_edit_while_a_run_is_under_way_is_told_and_nothing_false_is_kept(make, executor):
    home = make(
        {
            "tilth.yml": """
                pipelines:
                  main:
                    nodes:
                      - {call: early.edit, inputs: []}
                      - {call: late.used, inputs: [edit]}
                """,
            "src/early.py": """
                from pathlib import Path

                def edit():
                    path = Path(__file__).parent / "late.py"
                    path.write_text(path.read_text().replace("return 1", "return 2"))
                    return 0
                """,
            "src/late.py": """
                def used(edit):
                    return 1
                """,
        }
    )
    told = home.run(executor=executor)
    assert "the source of module `late` changed after this run had begun" in told.failures["used"]
    assert home.done(load=("used",), executor=executor)["used"] == 2
    home.edit("src/late.py", "return 2", "return 1")
    assert home.done(load=("used",), executor=executor)["used"] == 1


@EVERYWHERE
def test_an_open_project_sees_what_is_edited_between_two_runs(make, executor):
    home = make(QUIET)
    with home.open() as project:
        for n in range(1, 5):
            home.edit("src/loud.py", f"ONE = {n}", f"ONE = {n + 1}")
            assert project.run(executor=executor, workers=2)["two"] == n + 2


def test_a_new_module_is_found_at_once(make):
    home = make(QUIET)
    with home.open() as project:
        project.run()
        home.write({"src/fresh.py": "TEN = 10\n"})
        home.edit("src/work.py", "import loud", "import loud\nimport fresh")
        home.edit("src/work.py", "one + loud.ONE", "one + fresh.TEN")
        assert project.run().checked()["two"] == 11


def test_a_module_that_was_imported_before_is_taken_as_it_is_now(make):
    home = make(QUIET)
    done = home.python(
        """
        import sys
        sys.path.insert(0, "src")
        import loud, work
        from pathlib import Path
        from tilth import Project

        path = Path("src/loud.py")
        path.write_text(path.read_text().replace("ONE = 1", "ONE = 5"))
        with Project(".") as project:
            print(project.run().checked()["two"])
        """
    )
    assert done.stdout.strip() == "6", done.stderr


@pytest.mark.parametrize("packaged", [False, True], ids=["module", "package"])
def test_a_stranger_with_the_name_of_a_module_of_the_project_gives_way(make, monkeypatch, packaged):
    """Such as a script beside the project, whose folder is on Python's path."""
    files = dict(QUIET)
    if packaged:
        files["src/work/__init__.py"] = ""
        files["src/work/deep.py"] = files.pop("src/work.py")
        files["tilth.yml"] = files["tilth.yml"].replace("work.", "work.deep.")
    home = make(files)
    stranger = ModuleType("work")
    stranger.__file__ = "/elsewhere/work.py"
    monkeypatch.setitem(sys.modules, "work", stranger)

    with home.open() as project:
        assert project.run().checked()["two"] == 2


def test_a_module_of_the_standard_library_keeps_its_name(make):
    home = make(QUIET)
    home.write({"src/json.py": "raise ImportError('mine')\n"})
    assert home.done(load=("two",))["two"] == 2


MADE = {
    "tilth.yml": """
        pipelines:
          main: {python: plan.everything}
        params_are: unused
        """.replace("        params_are: unused\n", ""),
    "src/plan.py": """
        from functools import partial

        from tilth import node, pipeline

        def times(factor):
            def scaled(number):
                return number * factor
            return scaled

        def added(number, term):
            return number + term

        class Power:
            def __init__(self, n):
                self.n = n

            def raised(self, number):
                return number ** self.n

        def everything():
            return pipeline([
                node(lambda: 3, outputs="number", name="number"),
                node(times(5), inputs="number", outputs="scaled", name="scaled"),
                node(partial(added, term=7), inputs="number", outputs="added", name="added"),
                node(Power(2).raised, inputs="number", outputs="raised", name="raised"),
            ])
        """,
}


@EVERYWHERE
def test_functions_without_a_name_run_anywhere(make, executor):
    home = make(MADE)
    wanted = ("number", "scaled", "added", "raised")
    told = home.done(load=wanted, executor=executor, workers=2)
    assert [told[name] for name in wanted] == [3, 15, 10, 9]
    assert home.done(executor=executor).ran == {}

    for old, new, name, value in (
        ("times(5)", "times(6)", "scaled", 18),
        ("term=7", "term=8", "added", 11),
        ("Power(2)", "Power(3)", "raised", 27),
        ("number * factor", "number + factor", "scaled", 9),
    ):
        home.edit("src/plan.py", old, new)
        told = home.done(load=(name,), executor=executor, workers=2)
        assert told.ran == {name: "code changed"}, new
        assert told[name] == value


STAGE = {
    "tilth.yml": """
        pipelines:
          small: {stage: stages.powers, with: {n: 2}, namespace: small}
          large: {stage: stages.powers, with: {n: 4}, namespace: large}
        """,
    "src/stages.py": """
        from pathlib import Path

        from tilth import node, pipeline

        with (Path(__file__).parent.parent / "calls.txt").open("a") as file:
            file.write("imported ")

        def base():
            return 10

        def power(base, n):
            return base ** n

        def powers(n: int):
            return pipeline([
                node(base),
                node(power, inputs={"base": "base", "n": {"value": n}}),
            ])
        """,
}


@EVERYWHERE
def test_a_stage_with_settings_is_made_for_each(make, executor):
    home = make(STAGE)
    told = home.done(load=("small.power", "large.power"), executor=executor)
    assert (told["small.power"], told["large.power"]) == (100, 10_000)
    home.edit("tilth.yml", "n: 4", "n: 3")
    told = home.done(load=("small.power", "large.power"), executor=executor)
    assert set(told.ran) == {"large.power"}
    assert (told["small.power"], told["large.power"]) == (100, 1000)


def test_a_wrong_setting_of_a_stage_is_told(make):
    home = make(STAGE)
    home.edit("tilth.yml", "{n: 4}", "{m: 4}")
    with pytest.raises(Exception, match="m") as caught:
        home.open()
    assert "powers" in str(caught.value)
    assert "Traceback" not in str(caught.value)


@EVERYWHERE
def test_a_single_file_runs_and_is_remembered(make, executor):
    home = make(
        {
            "alone.py": """
                from tilth import node, pipeline

                def numbers():
                    return [1, 2, 3]

                def total(numbers):
                    return sum(numbers)

                pipeline = pipeline([node(numbers), node(total)])
                """
        }
    )
    home.folder = home.folder / "alone.py"
    told = home.done(load=("total",), executor=executor, workers=2)
    assert told["total"] == 6
    assert home.done().ran == {}
    text = home.folder.read_text()
    home.folder.write_text(text.replace("sum(", "max("))
    told = home.done(load=("total",), executor=executor, workers=2)
    assert told.ran == {"total": "code changed"}
    assert told["total"] == 3


def test_threads_that_import_one_module_at_the_same_time_wait_for_it(make):
    home = make(
        {
            "tilth.yml": "pipelines:\n  main:\n    nodes:\n"
            + "".join(
                f"      - {{call: work.one, name: n{i}, inputs: [{{value: {i}}}], outputs: n{i}}}\n"
                for i in range(6)
            ),
            "src/work.py": """
                import slow

                def one(i):
                    return slow.TEN + i
                """,
            "src/slow.py": """
                import time

                time.sleep(0.1)
                TEN = 10
                """,
        }
    )
    told = home.done(load=("n5",), executor="threads", workers=6)
    assert told["n5"] == 15
