"""The suite that every executor passes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tilth.engine.executor import Ended, Executor, ExecutorFactory
from tilth.errors import CrossingError, TilthError, WorkerLostError
from tilth.testing.calls import (
    StubbornError,
    Unreadable,
    die_until,
    fail_until,
    note_worker,
    perform,
)

Make = Callable[..., Executor]


def run_all(executor: Executor, calls: Iterable[Any]) -> dict[int, Ended]:
    """Submit calls as fast as there is room, with tickets from 0; how each ended."""
    ended: dict[int, Ended] = {}
    n_submitted = 0
    for ticket, call in enumerate(calls):
        while n_submitted - len(ended) >= executor.capacity:
            _collect(executor, ended)
        executor.submit(ticket, call)
        n_submitted += 1
    while len(ended) < n_submitted:
        _collect(executor, ended)
    assert executor.wait(0) == [], "a ticket ended that was never submitted"
    return ended


def _collect(executor: Executor, ended: dict[int, Ended]) -> None:
    came = executor.wait(None)
    assert came, "wait returned without an end while calls were under way"
    for each in came:
        assert each.ticket not in ended, f"ticket {each.ticket} ended twice"
        ended[each.ticket] = each


def run_one(executor: Executor, *call: Any) -> Any:
    """The value of one call; raises what it raised."""
    (ended,) = run_all(executor, [call]).values()
    if ended.error is not None:
        raise ended.error
    return ended.value


def alive(process: int) -> bool:
    """Whether a process runs; one that waits for its parent's attention does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    try:
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def number_in(note: Path) -> int:
    """What a call has written, once it has."""
    pause = threading.Event()
    while not note.exists():
        pause.wait(0.002)
    return int(note.read_text())


class ExecutorTests:
    """Subclass it, and give a fixture `factory` that returns the class of the executor.

    Tests that only make sense where workers are processes skip themselves elsewhere.
    """

    @pytest.fixture
    def factory(self) -> ExecutorFactory:
        """The executor's class."""
        raise NotImplementedError("give the suite a fixture `factory`")

    @pytest.fixture
    def make(self, factory: ExecutorFactory) -> Iterator[Make]:
        """Makes executors that are closed after the test."""
        made: list[Executor] = []

        def make(workers: int = 2, **others: Any) -> Executor:
            made.append(factory(workers=workers, work=perform, **others))
            return made[-1]

        yield make
        for each in made:
            each.close()

    @pytest.fixture
    def make_processes(self, make: Make) -> Make:
        """Makes executors whose workers are processes, or skips the test."""

        def make_processes(workers: int = 2, **others: Any) -> Executor:
            executor = make(workers, **others)
            if executor.shares_memory:
                pytest.skip("its workers are no processes")
            return executor

        return make_processes

    # ------------------------------------------------------------------ calls

    def test_each_of_many_calls_ends_once_with_its_own_value(self, make: Make) -> None:
        ended = run_all(make(), (("double", number) for number in range(2000)))

        assert {ticket: each.value for ticket, each in ended.items()} == {
            number: 2 * number for number in range(2000)
        }

    @pytest.mark.parametrize("value", [None, 0, "", (), {"a": [1, {2.5}]}, b"x" * 5_000_000])
    def test_a_value_comes_back_as_it_is(self, make: Make, value: object) -> None:
        executor = make()

        assert run_one(executor, "return", value) == value
        assert run_one(executor, "return", value) == value

    def test_as_many_calls_as_its_capacity_are_under_way_at_once(
        self, make: Make, tmp_path: Path
    ) -> None:
        executor = make(3)

        ended = run_all(executor, [("meet", tmp_path, executor.capacity)] * executor.capacity)

        assert [each.error for each in ended.values()] == [None] * executor.capacity

    def test_a_call_that_ends_first_is_told_first(self, make: Make, tmp_path: Path) -> None:
        executor = make(2)
        if executor.capacity < 2:
            pytest.skip("one call at a time")
        executor.submit(0, ("wait for", tmp_path / "told"))
        executor.submit(1, ("double", 4))

        assert executor.wait(None) == [Ended(ticket=1, value=8)]
        (tmp_path / "told").touch()
        assert executor.wait(None) == [Ended(ticket=0, value=str(tmp_path / "told"))]

    def test_calls_under_way_can_depend_on_one_another(self, make: Make, tmp_path: Path) -> None:
        executor = make(2)
        if executor.capacity < 2:
            pytest.skip("one call at a time")

        ended = run_all(executor, [("wait for", tmp_path / "a"), ("touch", tmp_path / "a")])

        assert ended[0].value == str(tmp_path / "a")

    def test_a_call_that_raises_costs_itself_alone(self, make: Make) -> None:
        ended = run_all(make(), [("double", 1), ("fail", "no such luck"), ("double", 2)])

        assert [ended[0].value, ended[2].value] == [2, 4]
        assert type(ended[1].error) is ValueError
        assert str(ended[1].error) == "no such luck"

    def test_a_call_that_exits_costs_itself_alone(self, make: Make) -> None:
        executor = make(1)
        ended = run_all(executor, [("worker",), ("exit", 3), ("worker",)])

        assert isinstance(ended[1].error, SystemExit)
        assert ended[1].error.code == 3
        assert ended[0].value == ended[2].value

    def test_an_executor_can_be_used_in_another_thread(self, make: Make) -> None:
        ended: dict[int, Ended] = {}
        executor = make()

        def use() -> None:
            ended.update(run_all(executor, [("double", 1), ("double", 2), ("fail", "here too")]))

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()

        assert (ended[0].value, ended[1].value) == (2, 4)
        # Workers outlive the thread that has started them.
        assert run_one(executor, "double", 21) == 42

    def test_two_executors_live_side_by_side(self, make: Make) -> None:
        first, second = make(), make()

        assert run_one(first, "double", 1) == 2
        assert run_one(second, "double", 2) == 4
        first.close()
        assert run_one(second, "double", 3) == 6

    # ------------------------------------------------------------------ bad use

    def test_more_calls_than_its_capacity_are_refused(self, make: Make, tmp_path: Path) -> None:
        executor = make(2)
        for ticket in range(executor.capacity):
            executor.submit(ticket, ("wait for", tmp_path / "go"))

        with pytest.raises(RuntimeError, match="full"):
            executor.submit(99, ("double", 1))
        (tmp_path / "go").touch()

    def test_a_ticket_cannot_be_under_way_twice(self, make: Make, tmp_path: Path) -> None:
        executor = make(2)
        executor.submit(7, ("wait for", tmp_path / "go"))

        with pytest.raises(RuntimeError, match="7"):
            executor.submit(7, ("double", 1))
        (tmp_path / "go").touch()

    @pytest.mark.parametrize("workers", [0, -1])
    def test_an_executor_without_workers_is_refused(self, make: Make, workers: int) -> None:
        with pytest.raises(ValueError, match=str(workers)):
            make(workers)

    # ------------------------------------------------------------------ setup

    def test_setup_is_called_once_in_each_worker(self, make: Make, tmp_path: Path) -> None:
        executor = make(2, setup=note_worker, arguments=(tmp_path,))

        ended = run_all(executor, [("worker",)] * 40)

        noted = sorted(each.name.split()[0] for each in tmp_path.iterdir())
        assert noted == sorted(set(noted))
        assert {each.value for each in ended.values()} <= set(noted)
        assert len(noted) <= executor.capacity

    def test_where_setup_fails_the_call_ends_with_its_error_and_the_next_tries_again(
        self, make: Make, tmp_path: Path
    ) -> None:
        executor = make(1, setup=fail_until, arguments=(tmp_path / "tried",))

        with pytest.raises(LookupError, match="the first setup fails"):
            run_one(executor, "double", 1)
        assert run_one(executor, "double", 2) == 4

    def test_warming_up_is_optional_and_can_be_repeated(self, make: Make, tmp_path: Path) -> None:
        executor = make(2, setup=note_worker, arguments=(tmp_path,))
        executor.warm_up()
        executor.warm_up()

        assert run_one(executor, "double", 1) == 2
        executor.warm_up()
        run_all(executor, [("double", 1)] * 10)
        assert len(list(tmp_path.iterdir())) <= executor.capacity

    # ------------------------------------------------------------------ waiting and closing

    def test_waiting_for_nothing_returns_at_once(self, make: Make) -> None:
        executor = make()

        assert executor.wait(None) == []
        assert run_one(executor, "double", 1) == 2
        assert executor.wait(None) == []

    def test_waiting_has_a_limit(self, make: Make, tmp_path: Path) -> None:
        executor = make(2)
        if executor.capacity < 2:
            pytest.skip("the call is performed while it is waited for")
        executor.submit(0, ("wait for", tmp_path / "go"))

        assert executor.wait(0) == []
        assert executor.wait(0.05) == []
        (tmp_path / "go").touch()
        assert [each.ticket for each in executor.wait(None)] == [0]

    def test_ctrl_c_interrupts_the_waiting_and_costs_no_ticket_its_end(
        self, make: Make, tmp_path: Path
    ) -> None:
        executor = make(1)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            executor.submit(0, ("interrupt", os.getpid(), tmp_path / "go"))
            with pytest.raises(KeyboardInterrupt):
                executor.wait(None)
        finally:
            signal.signal(signal.SIGINT, before)
        (tmp_path / "go").touch()

        assert [each.ticket for each in executor.wait(None)] == [0]
        assert run_one(executor, "double", 1) == 2

    def test_ctrl_c_while_a_result_is_read_costs_neither_the_result_nor_the_worker(
        self, make: Make
    ) -> None:
        executor = make(1)
        if executor.shares_memory:
            pytest.skip("results are handed on as they are")
        worker = run_one(executor, "worker")
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            executor.submit(0, ("make interrupting",))
            with pytest.raises(KeyboardInterrupt):
                executor.wait(None)
            handler = signal.getsignal(signal.SIGINT)
        finally:
            signal.signal(signal.SIGINT, before)

        assert handler is signal.default_int_handler
        (ended,) = executor.wait(None)
        assert (ended.ticket, ended.value, ended.error) == (0, "made anew", None)
        assert run_one(executor, "worker") == worker

    def test_a_closed_executor_takes_no_calls_and_can_be_closed_again(self, make: Make) -> None:
        executor = make()
        run_one(executor, "double", 1)
        executor.close()
        executor.close()
        executor.warm_up()

        with pytest.raises(RuntimeError, match="closed"):
            executor.submit(0, ("double", 1))
        assert executor.wait(None) == []

    def test_an_executor_that_was_never_used_can_be_closed(self, make: Make) -> None:
        make().close()

    def test_closing_does_not_wait_for_calls_that_hang(self, make: Make, tmp_path: Path) -> None:
        executor = make(2)
        for ticket in range(executor.capacity):
            executor.submit(ticket, ("wait for", tmp_path / "never until closed"))
        executor.wait(0) if executor.capacity > 1 else None

        executor.close()
        (tmp_path / "never until closed").touch()

    # ------------------------------------------------------------------ stopping

    def test_stopping_a_call_ends_it_alone(self, make: Make, tmp_path: Path) -> None:
        executor = make(2)
        if not executor.can_stop:
            pytest.skip("it cannot stop calls")
        executor.submit(0, ("hang", tmp_path / "hangs"))
        executor.submit(1, ("wait for", tmp_path / "go"))
        process = number_in(tmp_path / "hangs")

        executor.stop(0)
        executor.stop(0)
        (ended,) = executor.wait(None)
        (tmp_path / "go").touch()

        assert ended.ticket == 0
        assert isinstance(ended.error, TimeoutError)
        assert not alive(process)
        assert executor.wait(None) == [Ended(ticket=1, value=str(tmp_path / "go"))]
        assert run_one(executor, "double", 4) == 8

    def test_stopping_where_it_cannot_be_done_lets_the_call_end(
        self, make: Make, tmp_path: Path
    ) -> None:
        executor = make(1)
        if executor.can_stop:
            pytest.skip("it can stop calls")
        executor.submit(0, ("wait for", tmp_path / "go"))
        executor.stop(0)
        (tmp_path / "go").touch()

        assert executor.wait(None) == [Ended(ticket=0, value=str(tmp_path / "go"))]

    def test_stopping_what_is_not_under_way_does_nothing(self, make: Make) -> None:
        executor = make()
        executor.stop(5)
        assert run_one(executor, "double", 1) == 2
        executor.stop(0)
        assert run_one(executor, "double", 2) == 4

    def test_a_call_is_stopped_before_its_worker_is_up(self, make: Make, tmp_path: Path) -> None:
        executor = make(1)
        if not executor.can_stop:
            pytest.skip("it cannot stop calls")
        executor.submit(0, ("hang", tmp_path / "hangs"))
        executor.stop(0)

        (ended,) = executor.wait(None)
        assert isinstance(ended.error, TimeoutError)

    def test_a_call_that_does_not_heed_is_killed(self, make: Make, tmp_path: Path) -> None:
        executor = make(1)
        if not executor.can_stop:
            pytest.skip("it cannot stop calls")
        executor.submit(0, ("hang", tmp_path / "hangs", False))
        process = number_in(tmp_path / "hangs")
        executor.stop(0)

        (ended,) = executor.wait(None)
        assert isinstance(ended.error, TimeoutError)
        assert not alive(process)

    # ------------------------------------------------------------------ workers that are processes

    @pytest.mark.parametrize(
        ("call", "status", "told"),
        [
            (("leave", 3), 3, "exit code 3"),
            (("leave", 0), 0, "exit code 0"),
            (("die", signal.SIGKILL), -9, "SIGKILL"),
            (("die", signal.SIGSEGV), -11, "SIGSEGV"),
        ],
    )
    def test_a_call_that_kills_its_worker_costs_itself_alone(
        self, make_processes: Make, call: tuple[Any, ...], status: int, told: str
    ) -> None:
        executor = make_processes(1)
        ended = run_all(executor, [("double", 1), call, ("double", 2)])

        assert [ended[0].value, ended[2].value] == [2, 4]
        lost = ended[1].error
        assert isinstance(lost, WorkerLostError)
        assert lost.status == status
        assert told in str(lost)
        assert lost.hint

    def test_all_workers_may_die_at_once(self, make_processes: Make) -> None:
        executor = make_processes(3)
        calls = [("die", signal.SIGKILL)] * 3 + [("double", 2)] * 3
        ended = run_all(executor, calls)

        assert [type(ended[each].error) for each in range(3)] == [WorkerLostError] * 3
        assert [ended[each].value for each in range(3, 6)] == [4, 4, 4]

    def test_a_worker_that_replaces_another_is_set_up(
        self, make_processes: Make, tmp_path: Path
    ) -> None:
        executor = make_processes(1, setup=note_worker, arguments=(tmp_path,))
        ended = run_all(executor, [("worker",), ("leave", 1), ("worker",)])

        noted = {each.name.split()[0] for each in tmp_path.iterdir()}
        assert noted == {ended[0].value, ended[2].value}
        assert len(list(tmp_path.iterdir())) == 2

    def test_a_setup_that_kills_its_worker_costs_the_call_that_wanted_it(
        self, make_processes: Make, tmp_path: Path
    ) -> None:
        executor = make_processes(1, setup=die_until, arguments=(tmp_path / "tried",))

        with pytest.raises(WorkerLostError, match="exit code 4"):
            run_one(executor, "double", 1)
        assert run_one(executor, "double", 2) == 4

    def test_a_worker_that_dies_while_it_is_idle_costs_no_call(self, make_processes: Make) -> None:
        executor = make_processes(1)
        for _ in range(5):
            process = int(run_one(executor, "worker").split("-")[0])
            os.kill(process, signal.SIGKILL)
            while alive(process):
                pass

            assert run_one(executor, "double", 2) == 4

    def test_workers_are_kept_from_call_to_call(self, make_processes: Make) -> None:
        executor = make_processes(2)
        first = {each.value for each in run_all(executor, [("worker",)] * 20).values()}

        assert run_one(executor, "worker") in first

    def test_memory_is_not_shared(self, make_processes: Make) -> None:
        value = [1]
        assert run_one(make_processes(), "return", value) is not value

    def test_a_call_that_cannot_be_pickled_costs_itself_alone(self, make_processes: Make) -> None:
        executor = make_processes(1)
        calls = [("double", 1), ("return", lambda: None), ("return", Unreadable()), ("double", 2)]
        ended = run_all(executor, calls)

        assert [ended[0].value, ended[3].value] == [2, 4]
        for each in (ended[1].error, ended[2].error):
            assert isinstance(each, CrossingError)
            assert str(each).startswith("the call could not be pickled")

    @pytest.mark.parametrize("call", ["make lambda", "make unreadable"])
    def test_a_result_that_cannot_be_pickled_costs_itself_alone(
        self, make_processes: Make, call: str
    ) -> None:
        executor = make_processes(1)

        with pytest.raises(CrossingError, match="the result could not be pickled"):
            run_one(executor, call)
        assert run_one(executor, "double", 2) == 4

    @pytest.mark.parametrize(
        ("call", "told"),
        [
            ("fail oddly", f"{StubbornError.__module__}.StubbornError: this and that"),
            ("fail with lambda", "holds a function"),
        ],
    )
    def test_an_error_that_cannot_be_pickled_comes_as_text(
        self, make_processes: Make, call: str, told: str
    ) -> None:
        executor = make_processes(1)

        with pytest.raises(CrossingError) as caught:
            run_one(executor, call)
        assert told in str(caught.value)
        assert "Traceback" in caught.value.report
        assert "calls.py" in caught.value.report
        assert run_one(executor, "double", 2) == 4

    def test_an_error_brings_its_traceback_as_a_note(self, make_processes: Make) -> None:
        with pytest.raises(ValueError, match="no such luck") as caught:
            run_one(make_processes(1), "fail", "no such luck")

        assert "calls.py" in "".join(caught.value.__notes__)

    def test_a_job_that_cannot_be_pickled_is_refused_at_once(self, make_processes: Make) -> None:
        make_processes()
        with pytest.raises(TilthError, match="the work could not be pickled"):
            make_processes(setup=note_worker, arguments=(lambda: None,))

    def test_a_copy_of_a_worker_that_comes_back_is_not_heard(self, make_processes: Make) -> None:
        executor = make_processes(1)

        assert run_one(executor, "return from a copy") == 1
        assert run_one(executor, "double", 2) == 4

    @pytest.mark.parametrize("heed", [True, False])
    def test_closing_ends_processes_that_hang(
        self, make_processes: Make, tmp_path: Path, heed: bool
    ) -> None:
        executor = make_processes(2)
        notes = [tmp_path / "first", tmp_path / "second"]
        for ticket, note in enumerate(notes):
            executor.submit(ticket, ("hang", note, heed))
        executor.wait(0)
        processes = [number_in(note) for note in notes if executor.wait(0.2) == []]

        executor.close()

        assert [alive(each) for each in processes] == [False, False]

    @pytest.mark.parametrize("end", ["stop", "close", "die"])
    def test_what_a_worker_has_started_ends_with_it(
        self, make_processes: Make, tmp_path: Path, end: str
    ) -> None:
        executor = make_processes(1)
        call = "leave child and die" if end == "die" else "hang with child"
        executor.submit(0, (call, tmp_path / "child"))
        executor.wait(0.2) if end == "close" else None
        while end != "die" and not (tmp_path / "child").exists():
            executor.wait(0.02)

        if end == "stop":
            executor.stop(0)
        if end != "close":
            executor.wait(None)
        executor.close()

        child = number_in(tmp_path / "child")
        while alive(child):  # it was killed, and takes a moment
            pass
