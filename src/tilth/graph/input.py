"""Inputs: what each argument of a node's function is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.errors import DefinitionError, nearest
from tilth.graph.function import Parameter, listed
from tilth.graph.name import checked, is_parameter
from tilth.record import record


class _Nothing:
    """The one value that stands for "not given", since None is a value."""

    def __repr__(self) -> str:
        return "NOTHING"

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()


@record(kw_only=False)
class Each:
    """An input that makes its node run once per partition of a dataset."""

    dataset: str


def each(dataset: str) -> Each:
    """Run the node once for each partition of this dataset, and only for those that changed.

    A node with several `each` inputs gets the partitions with the same key together.
    Its outputs are partitioned by the same keys; a node that reads one of them without
    `each` gets all of them: as one table where its signature asks for a table, as a
    dictionary from key to value otherwise.

    Example:
        >>> from tilth import each, node
        >>> def clean(flights): ...
        >>> node(clean, inputs=each("flights"), outputs="clean_flights").inputs[0].each
        True
    """
    return Each(dataset)


@record(kw_only=False)
class Input:
    """What one argument of a node's function is given.

    Attributes:
        argument: Name of the argument, or its position where it must go by position.
        name: A dataset, or a parameter as `params:a.b`; empty for a literal.
        each: Whether the node runs once per partition of the dataset.
        value: The literal, `NOTHING` for anything else.
    """

    argument: str | int
    name: str
    each: bool = False
    value: Any = NOTHING

    @property
    def is_parameter(self) -> bool:
        """Whether the value comes from params.yml."""
        return is_parameter(self.name)

    @property
    def is_dataset(self) -> bool:
        """Whether the value is a dataset's."""
        name = self.name
        return bool(name) and (name[0] != "p" or not is_parameter(name))


InputSpec = str | Each | Sequence[Any] | Mapping[str, Any] | None


def bound_inputs(
    node_name: str, parameters: Sequence[Parameter], inputs: InputSpec
) -> tuple[Input, ...]:
    """Give each argument its dataset, as the lenient forms of `node` allow.

    Raises:
        DefinitionError: Too many, too few, or an argument that the function lacks.
    """
    if inputs is None:
        inputs = {each.name: each.name for each in parameters if each.required}
    if isinstance(inputs, Mapping):
        return _by_name(node_name, parameters, inputs)
    if isinstance(inputs, str | Each):
        return _by_position(node_name, parameters, (inputs,))
    if not isinstance(inputs, Sequence):
        raise DefinitionError(
            f"node `{node_name}`: its inputs are {inputs!r:.80}",
            hint="write a name, a list of names, or a mapping from argument to name",
        )
    return _by_position(node_name, parameters, inputs)


def _by_position(
    node_name: str, parameters: Sequence[Parameter], inputs: Sequence[Any]
) -> tuple[Input, ...]:
    positional = [each for each in parameters if each.kind in ("positional", "any")]
    spread = len(inputs) > len(positional)
    if spread and not any(each.kind == "rest" for each in parameters):
        raise DefinitionError(
            f"node `{node_name}` has {_counted(len(inputs), 'input')}, "
            f"but its function takes {len(positional)}: {listed(parameters)}",
            hint=_hint_at_keywords(parameters),
        )
    # Where some are spread over `*args`, all before them must go by position as well.
    bound = [
        _input(
            node_name,
            i if spread or positional[i].kind == "positional" else positional[i].name,
            each,
        )
        for i, each in enumerate(inputs)
    ]
    given = {each.name for each in positional[: len(inputs)]}
    _refuse_missing(node_name, parameters, given)
    return tuple(bound)


def _by_name(
    node_name: str, parameters: Sequence[Parameter], inputs: Mapping[str, Any]
) -> tuple[Input, ...]:
    known = {each.name: i for i, each in enumerate(parameters) if not each.kind.startswith("rest")}
    open_ended = any(each.kind == "rest_named" for each in parameters)
    for argument in inputs:
        if argument not in known and not (open_ended and str(argument).isidentifier()):
            near = nearest(str(argument), known)
            raise DefinitionError(
                f"node `{node_name}` gives its function `{argument}`, which it does not take",
                hint=f"did you mean `{near}`?" if near else f"it takes {listed(parameters)}",
            )
    _refuse_missing(node_name, parameters, set(inputs))
    _refuse_gaps(node_name, parameters, inputs)
    named = [(known.get(argument, len(known)), argument, what) for argument, what in inputs.items()]
    named.sort(key=lambda each: each[0])
    return tuple(
        _input(
            node_name,
            i if i < len(known) and parameters[i].kind == "positional" else argument,
            what,
        )
        for i, argument, what in named
    )


def _refuse_missing(node_name: str, parameters: Sequence[Parameter], given: set[str]) -> None:
    for each in parameters:
        if each.required and each.name not in given:
            raise DefinitionError(
                f"node `{node_name}` gives its function no `{each.name}`",
                hint=f"it takes {listed(parameters)}; name a dataset for each that has no default",
            )


def _refuse_gaps(
    node_name: str, parameters: Sequence[Parameter], inputs: Mapping[str, Any]
) -> None:
    """What goes by position cannot leave out one before it, whatever its default is."""
    left_out = ""
    for each in parameters:
        if each.kind != "positional":
            return
        if each.name not in inputs:
            left_out = left_out or each.name
        elif left_out:
            raise DefinitionError(
                f"node `{node_name}` gives its function `{each.name}`, but not `{left_out}`; "
                "both go by position",
                hint=f"give `{left_out}` as well",
            )


def _hint_at_keywords(parameters: Sequence[Parameter]) -> str | None:
    if any(each.kind.startswith(("keyword", "rest_named")) for each in parameters):
        return "give the others by name, as a mapping from argument to dataset"
    return None


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _input(node_name: str, argument: str | int, what: Any) -> Input:
    if isinstance(what, str):
        return Input(argument, checked(what, f"an input of node `{node_name}`"))
    if isinstance(what, Mapping) and len(what) == 1:
        ((kind, value),) = what.items()
        if kind == "value":
            return Input(argument, "", False, value)
        if kind == "each":
            what = Each(value)
    if isinstance(what, Each):
        name = checked(what.dataset, f"an input of node `{node_name}`")
        if is_parameter(name):
            raise DefinitionError(
                f"node `{node_name}`: `each` of `{name}`, but parameters have no partitions"
            )
        return Input(argument, name, True)
    raise DefinitionError(
        f"node `{node_name}`: input `{argument}` is {what!r:.80}, which names no dataset",
        hint='write a name, `params:a.b`, `each("name")` or `{"value": literal}`',
    )
