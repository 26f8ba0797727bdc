from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

from tilth.engine.executors.processes import Processes
from tilth.engine.executors.serial import Serial
from tilth.engine.executors.threads import Threads
from tilth.errors import CrossingError, UnknownNameError, WorkerLostError
from tilth.testing.calls import perform
from tilth.testing.executors import ExecutorTests, alive, number_in, run_all, run_one


class TestSerial(ExecutorTests):
    @pytest.fixture
    def factory(self):
        return Serial


class TestThreads(ExecutorTests):
    @pytest.fixture
    def factory(self):
        return Threads


class TestForkserver(ExecutorTests):
    @pytest.fixture
    def factory(self):
        return partial(Processes, start_method="forkserver")


class TestFork(ExecutorTests):
    @pytest.fixture
    def factory(self):
        return partial(Processes, start_method="fork")


class TestSpawn(ExecutorTests):
    @pytest.fixture
    def factory(self):
        return partial(Processes, start_method="spawn")


METHODS = ("forkserver", "fork", "spawn")


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


@pytest.fixture
def make(method):
    with contextlib.ExitStack() as stack:

        def make(workers=1, **others):
            made = Processes(workers=workers, work=perform, start_method=method, **others)
            return stack.enter_context(contextlib.closing(made))

        yield make


def of_script(folder, body, **variables):
    """Standard output and error of a script that has no guard against being imported."""
    return finished(started(folder, body, **variables))


def started(folder, body, **variables):
    script = folder / "script.py"
    script.write_text(textwrap.dedent(HEAD) + textwrap.dedent(body))
    return subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | variables,
        cwd=folder,
        start_new_session=True,
    )


def finished(process):
    out, err = process.communicate()
    return process.returncode, out, err


HEAD = """\
    import os, signal, sys
    from pathlib import Path
    from tilth.engine.executors.processes import Processes
    from tilth.testing.calls import perform
    from tilth.testing.executors import number_in, run_all, run_one
    print("the script begins", flush=True)
"""


# ---------------------------------------------------------------------- choosing how to start


def test_the_environment_chooses_the_start_method(monkeypatch):
    monkeypatch.setenv("TILTH_START_METHOD", "teleport")

    with pytest.raises(UnknownNameError, match=r"TILTH_START_METHOD.*`teleport`"):
        Processes(workers=1, work=perform)


def test_a_start_method_that_is_given_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("TILTH_START_METHOD", "teleport")

    with contextlib.closing(Processes(workers=1, work=perform, start_method="spawn")) as executor:
        assert run_one(executor, "double", 1) == 2


def test_an_unknown_start_method_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        Processes(workers=1, work=perform, start_method="forkserv")
    assert caught.value.hint == "did you mean `forkserver`?"


def test_a_new_interpreter_imports_little(tmp_path):
    code, out, err = of_script(
        tmp_path,
        """
        from contextlib import closing
        with closing(Processes(workers=1, work=perform, preload=())) as executor:
            print(*run_one(executor, "modules"))
        """,
    )

    assert (code, err) == (0, "")
    heavy = {"multiprocessing", "asyncio", "subprocess", "numpy", "pytest", "rich", "msgspec"}
    # The calls of the suite themselves import subprocess.
    assert heavy & set(out.split()) == {"subprocess"}


def test_what_cannot_be_preloaded_is_left(make):
    executor = make(preload=("no_such_module_at_all", "antigravity.nor_this"))

    assert run_one(executor, "double", 2) == 4


def test_what_is_preloaded_is_there_in_what_is_forked(make, method):
    executor = make(preload=("colorsys",))

    assert ("colorsys" in run_one(executor, "modules")) == (method != "spawn")


# ---------------------------------------------------------------------- surroundings of a worker


def test_a_worker_prints_to_where_its_parent_prints(make, capfd):
    executor = make(2)
    run_all(executor, [("print", "one line"), ("print", "one more")])

    # Before it is closed: lines do not wait for the end of the worker.
    out, err = capfd.readouterr()
    assert sorted(out.splitlines()) == ["one line", "one more"]
    assert sorted(err.splitlines()) == ["ONE LINE", "ONE MORE"]


def test_a_worker_reads_nothing_from_the_terminal(make):
    assert run_one(make(), "read") == ""


def test_a_worker_has_the_variables_and_the_folder_of_its_parent(make, monkeypatch, tmp_path):
    monkeypatch.setenv("TILTH_TRIAL", "größer")
    monkeypatch.chdir(tmp_path)
    executor = make()

    assert run_one(executor, "variable", "TILTH_TRIAL") == "größer"
    assert run_one(executor, "folder") == str(tmp_path)


def test_a_worker_imports_from_where_its_parent_does(make, monkeypatch, tmp_path):
    (tmp_path / "newly_written.py").write_text("class Thing:\n    size = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    import newly_written

    assert run_one(make(), "return", newly_written.Thing()).size == 3


def test_a_script_without_a_guard_is_not_run_again(method, tmp_path):
    code, out, err = of_script(
        tmp_path,
        """
        executor = Processes(workers=2, work=perform)
        ended = run_all(executor, [("double", 1), ("double", 2)])
        print(ended[0].value, ended[1].value)
        executor.close()
        """,
        TILTH_START_METHOD=method,
    )

    assert (code, err) == (0, "")
    assert out.splitlines() == ["the script begins", "2 4"]


def test_work_of_a_script_is_refused_in_words(tmp_path):
    code, out, err = of_script(
        tmp_path,
        """
        def work(call):
            return call

        executor = Processes(workers=1, work=work, start_method="forkserver")
        executor.submit(0, 1)
        (ended,) = executor.wait(None)
        print(ended.error)
        executor.close()
        """,
    )

    assert (code, err) == (0, "")
    assert "the work could not be pickled" in out
    assert "__main__" in out


# ---------------------------------------------------------------------- nothing is left over


def test_nothing_is_left_after_closing(method, tmp_path):
    code, out, err = of_script(
        tmp_path,
        """
        descriptors = len(os.listdir("/dev/fd"))
        executor = Processes(workers=3, work=perform)
        executor.warm_up()
        run_all(executor, [("double", 1)] * 5 + [("leave", 1), ("die", 9)] * 2 + [("double", 1)])
        executor.submit(0, ("hang", Path("note")))
        number_in(Path("note"))
        executor.close()
        print(len(os.listdir("/dev/fd")) - descriptors)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print("no child, no zombie")
        """,
        TILTH_START_METHOD=method,
        PYTHONDEVMODE="1",  # complains about each socket and process that is forgotten
        PYTHONFAULTHANDLER="",
    )

    assert (code, err) == (0, "")
    assert out.splitlines()[1:] == ["0", "no child, no zombie"]


def test_workers_end_with_a_parent_that_did_not_close(method, tmp_path):
    code, _, err = of_script(
        tmp_path,
        """
        executor = Processes(workers=2, work=perform)
        executor.submit(0, ("hang", Path("first"), False))
        executor.submit(1, ("hang", Path("second")))
        number_in(Path("first")), number_in(Path("second"))
        """,
        TILTH_START_METHOD=method,
    )

    assert (code, err) == (0, "")
    wait_until_gone(tmp_path / "first", tmp_path / "second")


def test_workers_end_with_a_parent_that_is_killed(method, tmp_path):
    code, _, err = of_script(
        tmp_path,
        """
        executor = Processes(workers=3, work=perform)
        executor.submit(0, ("hang", Path("first"), False))
        executor.submit(1, ("hang with child", Path("second")))
        print(run_one, executor.warm_up())
        number_in(Path("first")), number_in(Path("second"))
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        TILTH_START_METHOD=method,
    )

    assert (code, err) == (-signal.SIGKILL, "")
    wait_until_gone(tmp_path / "first", tmp_path / "second")


def wait_until_gone(*notes):
    for note in notes:
        while alive(number_in(note)):
            pass


def test_ctrl_c_is_for_the_parent_alone(method, tmp_path):
    process = started(
        tmp_path,
        """
        executor = Processes(workers=2, work=perform)
        executor.submit(0, ("wait for", Path("go")))
        executor.submit(1, ("print", "ready"))
        try:
            print(executor.wait(None)[0].ticket, flush=True)
            executor.wait(None)
        except KeyboardInterrupt:
            Path("go").touch()
            print(executor.wait(None)[0].value, flush=True)
        executor.close()
        """,
        TILTH_START_METHOD=method,
    )
    lines = [process.stdout.readline() for _ in range(3)]
    os.killpg(process.pid, signal.SIGINT)

    code, out, err = finished(process)
    assert (code, err) == (0, "READY\n")
    assert sorted(lines) == ["1\n", "ready\n", "the script begins\n"]
    assert out == "go\n"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the server in /proc")
def test_a_lost_server_costs_the_calls_under_way_and_no_more(make, tmp_path):
    executor = make(2)
    executor.warm_up()
    run_one(executor, "double", 1)
    executor.submit(0, ("hang", tmp_path / "note"))
    worker = number_in(tmp_path / "note")
    os.kill(parent_of(worker), signal.SIGKILL)

    (ended,) = executor.wait(None)
    assert isinstance(ended.error, WorkerLostError)
    assert ended.error.status is None
    assert run_one(executor, "double", 2) == 4
    wait_until_gone(tmp_path / "note")


def parent_of(process):
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_worker_that_leaves_its_group_can_still_be_ended(make, tmp_path):
    executor = make()
    executor.submit(0, ("hang apart", tmp_path / "note"))
    number_in(tmp_path / "note")
    executor.stop(0)

    assert isinstance(executor.wait(None)[0].error, TimeoutError)


# ---------------------------------------------------------------------- all at once


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_to_calls_each_ends_once_and_as_it_should(make, method, seed):
    chance = random.Random(seed)
    n_calls = 60 if method == "spawn" else 300
    kinds = [("double", 3), ("fail", "x"), ("leave", 5), ("die", 9), ("make lambda",), ("exit", 1)]
    calls = [chance.choices(kinds, weights=[80, 5, 3, 3, 3, 3])[0] for _ in range(n_calls)]
    expected = {
        "double": type(None),
        "fail": ValueError,
        "leave": WorkerLostError,
        "die": WorkerLostError,
        "make lambda": CrossingError,
        "exit": SystemExit,
    }

    ended = run_all(make(3), calls)

    assert [type(ended[ticket].error) for ticket in range(n_calls)] == [
        expected[call[0]] for call in calls
    ]
    assert {each.value for each in ended.values() if each.error is None} == {6}
