"""Hooks: what may watch a run. They observe; nothing that they do alters it.

A plugin is any object with some of these methods, marked with `tilth.hook`. It joins through
tilth.yml (`hooks: [package.module.Watcher]`) or through the entry point group `tilth.hooks`.
Hooks are called in the process that runs the pipeline, in the order of events, whatever the
executor and its start method. What a hook raises is reported as a warning.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from tilth.engine.call import Failure
from tilth.errors import TilthError
from tilth.history.record import NodeRun, Run

NAMES = (
    "run_started",
    "run_finished",
    "node_started",
    "node_finished",
    "node_reused",
    "node_failed",
    "node_retried",
    "warned",
)


class Observer:
    """Every event that there is; each method does nothing until it is overridden."""

    @property
    def name(self) -> str:
        """What warnings call it."""
        return type(self).__name__

    def run_started(self, run: Run, n_nodes: int) -> None:
        """A run begins; `n_nodes` were asked for."""

    def run_finished(self, run: Run) -> None:
        """A run ended; `run.state` says how."""

    def node_started(self, node: str, reason: str, attempt: int) -> None:
        """A node, or one partition of a fan-out (`node[key]`), was handed to the executor."""

    def node_finished(self, node_run: NodeRun) -> None:
        """It ran to its end and is on record."""

    def node_reused(self, node: str, node_run: NodeRun) -> None:
        """An earlier node run was taken over."""

    def node_failed(self, node_run: NodeRun, failure: Failure) -> None:
        """It failed, and will not be tried again."""

    def node_retried(self, node: str, failure: Failure, attempt: int, seconds: float) -> None:
        """It failed, and will be tried again in so many seconds."""

    def warned(self, message: str) -> None:
        """Something that a person should know, though it stops nothing."""


class Observers:
    """Calls each observer in turn; a broken one costs a warning, once, and is left out."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._observers = list(observers)
        self.warnings: list[str] = []

    def add(self, observer: Observer) -> None:
        """Let one more watch."""
        self._observers.append(observer)

    def fire(self, event: str, *arguments: Any) -> None:
        """Tell all of them."""
        if event == "warned":
            self.warnings.append(arguments[0])
        if not self._observers:
            return
        for each in tuple(self._observers):
            if each not in self._observers:
                continue  # it broke over the warning about another
            try:
                getattr(each, event)(*arguments)
            except (Exception, SystemExit) as error:  # a hook is a stranger's code
                self._observers.remove(each)
                self.fire(
                    "warned",
                    f"hook `{each.name}.{event}` raised {type(error).__name__}: {error}; "
                    "it is not called any more",
                )


def hook(function: Any) -> Any:
    """Mark a method as a hook; it takes the arguments that it needs, by name.

    Example:
        >>> from tilth import hook
        >>> class Bell:
        ...     @hook
        ...     def run_finished(self, run):
        ...         print(chr(7))
    """
    import pluggy  # 10 ms, and only projects with hooks need it

    return pluggy.HookimplMarker("tilth")(function)


class Plugged(Observer):
    """Hands events on to a plugin by pluggy, so that it takes only the arguments it names.

    Raises:
        TilthError: It has a hook that there is not, or that takes what there is not.
    """

    def __init__(self, plugin: object) -> None:
        import pluggy  # 10 ms, and only projects with hooks need it

        self._plugin = plugin
        specification = pluggy.HookspecMarker("tilth")
        self._manager = pluggy.PluginManager("tilth")
        space = type("Hooks", (), {})
        for name in NAMES:
            setattr(space, name, specification(getattr(Observer, name)))
        self._manager.add_hookspecs(space)
        try:
            self._manager.register(plugin, self.name)
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise TilthError(
                f"hook plugin `{self.name}` does not fit: {str(error).splitlines()[-1]}",
                hint="hooks are " + ", ".join(f"`{name}`" for name in NAMES),
            ) from error

    @property
    def name(self) -> str:
        """The plugin's."""
        kind = self._plugin if isinstance(self._plugin, type | ModuleType) else type(self._plugin)
        return kind.__name__

    def __getattribute__(self, name: str) -> Any:
        if name in NAMES:
            return _Relay(object.__getattribute__(self, "_manager"), name)
        return object.__getattribute__(self, name)


class _Relay:
    """Calls a hook of pluggy, which takes arguments by name only."""

    def __init__(self, manager: Any, name: str) -> None:
        self._hook = getattr(manager.hook, name)
        code = getattr(Observer, name).__code__
        self._names = code.co_varnames[1 : code.co_argcount]

    def __call__(self, *arguments: Any) -> None:
        self._hook(**dict(zip(self._names, arguments, strict=True)))
