"""Who watches a run is told everything, alters nothing, and cannot break it."""

from __future__ import annotations

import pytest

from tilth import hook
from tilth.engine.call import Failure
from tilth.engine.hooks import NAMES, Observer, Observers, Plugged
from tilth.errors import TilthError
from tilth.history.record import NodeRun, Run

RUN = Run(pipeline="all", started_at=1.0)
NODE_RUN = NodeRun(run=1, node="a", fingerprint="node:1", recipe="recipe:1", state="done")
ARGUMENTS = {
    "run_started": (RUN, 3),
    "run_finished": (RUN,),
    "node_started": ("a", "forced", 1),
    "node_finished": (NODE_RUN,),
    "node_reused": ("a", NODE_RUN),
    "node_failed": (NODE_RUN, Failure(kind="E", message="m")),
    "node_retried": ("a", Failure(kind="E", message="m"), 2, 1.0),
    "warned": ("careful",),
}


class Broken(Observer):
    def node_started(self, node, reason, attempt):
        raise LookupError("no bell")


class Listener(Observer):
    def __init__(self):
        self.heard = []

    def node_started(self, node, reason, attempt):
        self.heard.append((node, reason, attempt))

    def warned(self, message):
        self.heard.append(message)


def test_every_event_has_a_method_that_does_nothing_by_itself():
    for name in NAMES:
        assert getattr(Observer(), name)(*ARGUMENTS[name]) is None


def test_a_broken_hook_costs_one_warning_and_is_left_out():
    listener = Listener()
    observers = Observers([Broken(), listener])
    for _ in range(3):
        observers.fire("node_started", "a", "forced", 1)
    assert listener.heard.count(("a", "forced", 1)) == 3
    assert len(observers.warnings) == 1
    assert "hook `Broken.node_started` raised LookupError: no bell" in observers.warnings[0]
    assert observers.warnings[0] in listener.heard


def test_a_hook_that_breaks_over_a_warning_ends_nothing():
    class Worse(Observer):
        def warned(self, message):
            raise ValueError(message)

    observers = Observers([Worse(), Worse()])
    observers.fire("warned", "careful")
    assert "careful" in observers.warnings
    assert len(observers.warnings) == 3


def test_a_hook_that_ends_the_interpreter_ends_itself_alone():
    class Quitter(Observer):
        def warned(self, message):
            raise SystemExit(3)

    observers = Observers([Quitter()])
    observers.fire("warned", "careful")
    assert "`Quitter.warned` raised SystemExit: 3" in observers.warnings[1]


def test_ctrl_c_in_a_hook_ends_the_run():
    class Stop(Observer):
        def warned(self, message):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Observers([Stop()]).fire("warned", "x")


def test_a_plugin_takes_only_the_arguments_that_it_names():
    heard = []

    class Bell:
        @hook
        def node_started(self, node):
            heard.append(node)

        @hook
        def run_finished(self):
            heard.append("end")

        @hook
        def node_failed(self, failure, node_run):
            heard.append((node_run.node, failure.message))

    plugged = Plugged(Bell())
    observers = Observers([plugged])
    for name in NAMES:
        observers.fire(name, *ARGUMENTS[name])
    assert heard == ["end", "a", ("a", "m")]
    assert observers.warnings == ["careful"]


def test_a_plugin_with_an_unknown_argument_is_refused_with_its_name():
    class Odd:
        @hook
        def node_started(self, nodule):
            pass

    with pytest.raises(TilthError, match=r"hook plugin `Odd` does not fit.*nodule"):
        Plugged(Odd())


def test_a_plugin_with_an_unknown_hook_is_refused_and_told_which_there_are():
    class Odd:
        @hook
        def node_began(self, node):
            pass

    with pytest.raises(TilthError, match="node_began") as caught:
        Plugged(Odd())
    assert "`node_started`" in caught.value.hint


def test_a_broken_plugin_does_not_silence_the_others():
    heard = []

    class Bad:
        @hook
        def node_started(self, node):
            raise LookupError("bad")

    class Good:
        @hook
        def node_started(self, node):
            heard.append(node)

    observers = Observers([Plugged(Bad()), Plugged(Good())])
    observers.fire("node_started", "a", "forced", 1)
    observers.fire("node_started", "b", "forced", 1)
    assert heard == ["a", "b"]
    assert len(observers.warnings) == 1
    assert "hook `Bad.node_started` raised LookupError: bad" in observers.warnings[0]


def test_what_a_hook_is_given_can_not_be_altered():
    class Meddler(Observer):
        def node_finished(self, node_run):
            node_run.node = "other"

    observers = Observers([Meddler()])
    observers.fire("node_finished", NODE_RUN)
    assert NODE_RUN.node == "a"
    assert "cannot assign" in observers.warnings[0]
