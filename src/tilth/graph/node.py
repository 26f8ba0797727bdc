"""A node: a function with named inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from tilth.errors import DefinitionError
from tilth.graph.function import Function, Parameter, function_of, parameters_of
from tilth.graph.input import NOTHING, Each, Input, InputSpec, bound_inputs, each
from tilth.graph.name import checked, is_parameter
from tilth.graph.options import DEFAULT, Options, options_from
from tilth.record import changed, field, record

__all__ = ["NOTHING", "Each", "Input", "Node", "Output", "build", "each", "node"]


@record(kw_only=False)
class Output:
    """Where one part of what the function returns goes.

    Attributes:
        name: The dataset.
        key: Which part: a position, a key or attribute; None for the whole.
    """

    name: str
    key: str | int | None = None


@record(kw_only=False)
class Node:
    """A function with named inputs and outputs. Immutable; made by `node`.

    Two nodes are equal if they do the same under the same name. A name that nobody gave does
    not count, since a pipeline gives the nodes of one function new ones to tell them apart.

    Attributes:
        name: Unique in a pipeline; dots part namespaces.
        function: What is called.
        inputs: In the order of the function's arguments.
        outputs: In the order in which the function returns them.
        tags: Words to select it by.
        options: How it is run.
        named: Whether a person gave the name.
        place: Where it is defined, `file:line`, empty where not known.
    """

    name: str
    function: Function
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    tags: frozenset[str] = frozenset()
    options: Options = DEFAULT
    named: bool = False
    place: str = field(default="", compare=False)

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        return (
            isinstance(other, Node)
            and self.outputs == other.outputs
            and self.named == other.named
            and (self.name == other.name or not self.named)
            and self.function == other.function
            and self.inputs == other.inputs
            and self.tags == other.tags
            and self.options == other.options
        )

    def __hash__(self) -> int:
        # A dataset has one maker, so its name tells nodes apart well enough.
        return hash(self.outputs[0].name if self.outputs else self.function.name)

    @property
    def reads(self) -> list[str]:
        """Names of the datasets that it reads."""
        return [each.name for each in self.inputs if each.is_dataset]

    @property
    def makes(self) -> list[str]:
        """Names of the datasets that it makes."""
        return [each.name for each in self.outputs]

    @property
    def namespace(self) -> str:
        """What stands before the last dot of its name."""
        return self.name.partition(":")[0].rpartition(".")[0]

    @property
    def fans_out(self) -> bool:
        """Whether it runs once per partition."""
        return True in [each.each for each in self.inputs]

    def renamed(self, name: str) -> Node:
        """The same node under another name."""
        return changed(self, name=name)

    def tagged(self, tags: Iterable[str]) -> Node:
        """The same node with these tags as well."""
        return changed(self, tags=self.tags | frozenset(tags))

    def with_datasets(self, names: Mapping[str, str]) -> Node:
        """The same node, its datasets and parameters called otherwise."""
        inputs = tuple([_called(each, names) for each in self.inputs])
        outputs = tuple([_called(each, names) for each in self.outputs])
        return changed(self, inputs=inputs, outputs=outputs)


T = TypeVar("T", Input, Output)


def _called(what: T, names: Mapping[str, str]) -> T:
    name = names.get(what.name)
    return what if name is None else changed(what, name=name)


OutputSpec = str | Sequence[str] | Mapping[str, str] | None


def node(
    function: Callable[..., Any],
    inputs: InputSpec = None,
    outputs: OutputSpec = None,
    *,
    name: str | None = None,
    tags: str | Iterable[str] = (),
    **options: Any,
) -> Node:
    """Make a node of a function.

    Args:
        function: Any callable; a plain function is best.
        inputs: Datasets, by position (a string or a list) or by argument (a mapping). Where
            it is left out, each argument that has no default reads the dataset of its name.
            `params:a.b` is a parameter, `params` all of them, `each("x")` one partition of
            `x` at a time, `{"value": 3}` a literal.
        outputs: One name for what the function returns; a list for a tuple; a mapping from
            key to name for a dictionary or a dataclass. Where it is left out, the
            function's name; an empty list where nothing is kept.
        name: Unique in its pipeline; the function's name where it is left out.
        tags: Words to select it by.
        **options: See `Options`: `retries`, `timeout`, `cache`, `resources` and so on.

    Raises:
        DefinitionError: The inputs do not fit the function's arguments, a name is malformed,
            or an option is unknown.

    Example:
        >>> from tilth import node
        >>> def late(flights, late_after=15): ...
        >>> node(late, outputs="trips").reads
        ['flights']
    """
    what = function_of(function)
    return build(
        what,
        parameters_of(function),
        inputs=inputs,
        outputs=outputs,
        name=name,
        tags=tags,
        options=options_from(name or what.short, options),
    )


def build(
    function: Function,
    parameters: Sequence[Parameter],
    *,
    inputs: InputSpec,
    outputs: OutputSpec,
    name: str | None = None,
    tags: str | Iterable[str] = (),
    options: Options = DEFAULT,
    place: str = "",
) -> Node:
    """Make a node of a function that is known by its parameters; `node` and tilth.yml meet here."""
    usual = plain(function.short)
    short = usual if name is None else checked(name, "a node")
    bound = bound_inputs(short, parameters, inputs)
    if any(given.each for given in bound):
        _refuse_both(short, bound)
    return Node(
        short,
        function,
        bound,
        _outputs(short, usual if outputs is None else outputs),
        _tags(short, tags) if tags else _NO_TAGS,
        options,
        name is not None,
        place,
    )


_NO_TAGS: frozenset[str] = frozenset()


def _refuse_both(node_name: str, inputs: Sequence[Input]) -> None:
    one_by_one = {given.name for given in inputs if given.each}
    for given in inputs:
        if given.name in one_by_one and not given.each:
            raise DefinitionError(
                f"node `{node_name}` reads `{given.name}` one partition at a time and as a whole",
                hint="let a node of its own make what is needed of the whole",
            )


def _tags(node_name: str, tags: str | Iterable[str]) -> frozenset[str]:
    found = [tags] if isinstance(tags, str) else list(tags)
    for tag in found:
        if not isinstance(tag, str) or not tag.strip():
            raise DefinitionError(f"node `{node_name}`: {tag!r:.80} cannot be a tag")
    return frozenset(found)


def _outputs(
    node_name: str, outputs: str | Sequence[str] | Mapping[str, str]
) -> tuple[Output, ...]:
    if isinstance(outputs, str):
        return (Output(_made(outputs, node_name)),)
    if isinstance(outputs, Mapping):
        made = [Output(_made(name, node_name), key) for key, name in outputs.items()]
    elif not isinstance(outputs, Sequence):
        raise DefinitionError(
            f"node `{node_name}`: its outputs are {outputs!r:.80}",
            hint="write a name, a list of names, or a mapping from key to name",
        )
    elif len(outputs) == 1:
        made = [Output(_made(outputs[0], node_name))]
    else:
        made = [Output(_made(name, node_name), i) for i, name in enumerate(outputs)]
    if len({each.name for each in made}) < len(made):
        raise DefinitionError(f"node `{node_name}` names one of its outputs twice")
    return tuple(made)


def _made(name: Any, node_name: str) -> str:
    fine = checked(name, f"an output of node `{node_name}`")
    if is_parameter(fine):
        raise DefinitionError(f"node `{node_name}` makes `{fine}`, but parameters are read only")
    return fine


def plain(name: str) -> str:
    """A function's name as a node may have it."""
    return "lambda" if name == "<lambda>" else name
