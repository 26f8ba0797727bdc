from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

import tilth as tilth_itself


@pytest.fixture
def failed(tilth, project, edit):
    edit("src/shop/flow.py", "* rate", "* rate / 0")
    tilth("run")


def test_the_inputs_are_there_under_their_arguments_names(tilth, failed):
    answer = tilth("debug", "total", "--command", "print(len(clean), rate, function.__name__)")

    assert answer.code == 0
    assert answer.out == "2 2.0 total\n"


def test_names_of_the_functions_module_are_at_hand(tilth, failed):
    assert tilth("debug", "total", "--command", "print(tell(1.0)[:7])").out == "We took\n"


def test_call_takes_the_inputs_as_they_are_at_the_prompt(tilth, project):
    tilth("run")

    answer = tilth("debug", "total", "--command", "rate = 10.0; print(call())")

    assert answer.out == "170.0\n"


def test_what_a_persons_code_raises_is_shown_without_lines_of_ours(tilth, failed):
    answer = tilth("debug", "total", "--command", "call()")

    assert answer.code == 1
    assert answer.err.endswith("ZeroDivisionError: float division by zero\n")
    assert "flow.py" in answer.err
    assert "debugging.py" not in answer.err


def test_the_prompt_begins_with_the_failing_line(tilth, failed, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)  # as where it is not installed
    lines = iter(["print(rate + 1)"])
    monkeypatch.setattr(
        "builtins.input", lambda _: next(lines, None) or (_ for _ in ()).throw(EOFError)
    )

    answer = tilth("debug", "total")

    assert "run 1 failed:" in answer.err
    assert "* rate / 0" in answer.err
    assert answer.out.strip() == "3.0"


def test_the_prompt_is_that_of_ipython_where_it_is_installed(tilth, failed, monkeypatch):
    def start(argv, user_ns):
        user_ns["rate"] = 10.0  # as somebody types it
        with pytest.raises(ZeroDivisionError) as caught:
            user_ns["call"]()
        home = Path(tilth_itself.__file__).parent
        ours = [entry for entry in caught.traceback if home in Path(entry.path).parents]
        assert len(ours) == 2
        assert all(entry.locals["__tracebackhide__"] for entry in ours)
        print(argv, len(user_ns["clean"]), user_ns["project"].name)

    ipython = ModuleType("IPython")
    ipython.start_ipython = start
    monkeypatch.setitem(sys.modules, "IPython", ipython)

    answer = tilth("debug", "total")

    assert "run 1 failed:" in answer.err
    assert answer.out == "['--no-banner'] 2 shop\n"


def test_it_loads_what_the_failed_run_read_rather_than_what_is_there_now(tilth, failed, edit):
    edit("src/shop/flow.py", 'if each["paid"]', "")
    tilth("run", "--to", "clean")

    answer = tilth("debug", "total", "--command", "print(len(clean))")

    assert answer.out == "2\n"


def test_a_source_that_has_changed_since_is_told(tilth, project, edit):
    edit("src/shop/flow.py", 'each["paid"]', 'each["payed"]')
    tilth("run")
    edit("data/orders.json", "Ada", "Ann")

    answer = tilth("debug", "clean", "--json")

    assert answer.json["state"] == "failed"
    assert answer.json["notes"] == [
        "`orders` has changed since the last run: this is how it is now"
    ]


def test_an_input_that_was_not_made_yet_is_told(tilth, project):
    answer = tilth("debug", "total", "--command", "pass")

    assert answer.code == 1
    assert "`clean` has not been made yet" in answer.err


def test_an_unknown_node_is_told(tilth, project):
    assert tilth("debug", "totl").code == 2


def test_what_goes_wrong_at_the_prompt_is_not_told_as_a_consequence(tilth, failed, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    monkeypatch.setattr("code.InteractiveConsole.raw_input", _lines("1 / 0"))

    told = tilth("debug", "total").err

    assert "ZeroDivisionError" in told
    assert "IPython" not in told


def _lines(*lines: str):
    left = list(lines)

    def read(console, prompt=""):
        if not left:
            raise EOFError
        return left.pop(0)

    return read
