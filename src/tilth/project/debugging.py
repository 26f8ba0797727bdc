"""All that is needed to call a node's function by hand, as its last run did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tilth.engine.load import load, load_parts
from tilth.engine.save import parts_in
from tilth.engine.step import PARTITIONS
from tilth.engine.typed import instance
from tilth.errors import DefinitionError
from tilth.graph.node import Input, Node
from tilth.history.record import Made, NodeRun
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project


@record
class Prepared:
    """A node, ready to be called by hand.

    Attributes:
        node: Its definition.
        function: The user's function itself.
        arguments: Argument -> value, loaded in the shape that the function asks for.
        last: Its last node run that failed, else its last one, None where it never ran.
        notes: What one should know, such as an input that is not what the last run read.
    """

    node: Node
    function: Callable[..., Any]
    arguments: Mapping[str | int, Any]
    last: NodeRun | None
    notes: tuple[str, ...] = ()

    def call(self, arguments: Mapping[str | int, Any] | None = None) -> Any:
        """Call the function with its arguments, or with others."""
        __tracebackhide__ = True  # for IPython, which then shows the person's lines alone
        given = self.arguments if arguments is None else arguments
        positional = [given[key] for key in sorted(k for k in given if isinstance(k, int))]
        named = {key: value for key, value in given.items() if isinstance(key, str)}
        return self.function(*positional, **named)


def prepared(project: Project, name: str) -> Prepared:
    """Load a node's inputs as its last run read them; imports the user's module.

    Args:
        project: What it belongs to.
        name: A node, a dataset that it makes, or one partition of a fan-out as `node[key]`.

    Raises:
        UnknownNameError: There is no such node.
        MissingDataError: An input has not been made yet.
    """
    node = project.node(name)
    key = name.partition("[")[2].removesuffix("]") or None
    last = _last(project, node, key)
    if node.fans_out and key is None:
        key = _key_of(last)
        if key is None:
            raise DefinitionError(
                f"node `{node.name}` runs once per partition",
                hint=f"say which: `tilth debug '{node.name}[KEY]'`",
            )
    notes: list[str] = []
    shapes = project.recipes.shapes(node)
    arguments: dict[str | int, Any] = {
        each.argument: _value(project, node, each, shapes.get(each.argument, ""), key, last, notes)
        for each in node.inputs
    }
    return Prepared(
        node=node,
        function=project.code.held(node.function),
        arguments=arguments,
        last=last,
        notes=tuple(notes),
    )


def _last(project: Project, node: Node, key: str | None) -> NodeRun | None:
    """The node run to look at: the last one, or the failed one among its last attempts."""
    if node.fans_out and key is None:
        attempts = _of_partitions(project, node)
    else:
        name = node.name if key is None else f"{node.name}[{key}]"
        attempts = project.history.attempts(name, 20)
        if attempts and attempts[0].state in ("done", "reused"):
            return attempts[0]
    failed = (each for each in attempts if each.state == "failed")
    return next(failed, attempts[0] if attempts else None)


def _of_partitions(project: Project, node: Node) -> list[NodeRun]:
    """What became of its partitions in the newest run that had it."""
    for run in project.history.runs(n=10):
        node_runs = project.history.node_runs(run.id)
        found = [each for each in node_runs if each.node.startswith(f"{node.name}[")]
        if found:
            return found
    return []


def _key_of(last: NodeRun | None) -> str | None:
    return last.node.partition("[")[2].removesuffix("]") or None if last is not None else None


def _value(  # noqa: PLR0917 - one place calls it
    project: Project,
    node: Node,
    given: Input,
    shape: str,
    key: str | None,
    last: NodeRun | None,
    notes: list[str],
) -> Any:
    if not given.name:
        return given.value
    if given.is_parameter:
        value = project.load(given.name)
        if "." not in shape:
            return value
        project.code.held(node.function)  # its module makes the class importable
        return instance(shape, value, f"node `{node.name}`")
    made = _version(project, given, key, last, notes)
    return _loaded(project, made, shape, key if given.each else None)


def _version(
    project: Project, given: Input, key: str | None, last: NodeRun | None, notes: list[str]
) -> Made:
    """The version that the last run read, or the newest where that cannot be had."""
    wanted = last.inputs.get(given.name) if last is not None else None
    newest = _newest(project, given, key)
    if wanted is None or newest.fingerprint == wanted:
        return newest
    for made, _, _ in project.history.versions(given.name):
        if made.fingerprint == wanted and made.kept:
            notes.append(f"`{given.name}` is as the last run read it; it has changed since")
            return made
    notes.append(f"`{given.name}` has changed since the last run: this is how it is now")
    return newest


def _newest(project: Project, given: Input, key: str | None) -> Made:
    made = project.version(given.name)
    if not given.each:
        return made
    parts = parts_in(project.workspace.bytes_of(made), made.dataset)
    if key not in parts:
        raise DefinitionError(
            f"`{given.name}` has no partition `{key}`",
            hint="it has " + ", ".join(f"`{each}`" for each in list(parts)[:8]),
        )
    return parts[key]


def _loaded(project: Project, made: Made, shape: str, key: str | None) -> Any:
    space = project.workspace
    if made.format != PARTITIONS:
        return load(space.stored(made, verified=False, key=key), shape)
    parts = parts_in(space.bytes_of(made), made.dataset)
    stored = {each: space.stored(part, verified=False, key=each) for each, part in parts.items()}
    return load_parts(stored, shape, made.dataset)


def module_names(project: Project, node: Node) -> dict[str, Any]:
    """What the function's module knows, so that its helpers are at hand by name."""
    import sys

    module = sys.modules.get(node.function.name.partition(":")[0])
    names = vars(module) if module is not None else {}
    return {name: value for name, value in names.items() if not name.startswith("__")}
