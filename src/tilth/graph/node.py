"""A node: a function with named inputs and outputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tilth.errors import DefinitionError
from tilth.record import changed, field, record

PARAMETER = "params:"
"""What the name of an input starts with that is a parameter: `params:model.depth`."""

_WELL_FORMED = re.compile(r"\w[\w:-]*(\.\w[\w:-]*)*")


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
        argument: Name of the argument, or its position where it has no name.
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
        return self.name == "params" or self.name.startswith(PARAMETER)

    @property
    def is_dataset(self) -> bool:
        """Whether the value is a dataset's."""
        return bool(self.name) and not self.is_parameter


@record(kw_only=False)
class Output:
    """Where one part of what the function returns goes.

    Attributes:
        name: The dataset.
        key: Which part: a position, a key or attribute; None for the whole.
    """

    name: str
    key: str | int | None = None


@record
class Options:
    """How a node is run, and what people want to know of it.

    Attributes:
        retries: How often it is tried again after a failure.
        retry_wait: Seconds before the first of these; twice as long before each next one.
        timeout: Seconds after which it is stopped, None for never.
        cache: False where it must run each time, since it is impure.
        refresh: Seconds after which its result is no longer trusted, None for never.
        resources: Name -> how much it takes of what the project has.
        depends_on: Names of functions or modules, or files, that its code needs and that
            reading it does not show. None where nothing was declared.
        owner: Who looks after it.
        layer: Where it belongs, such as `feature`.
        description: What it is for; the docstring's first line where empty.
    """

    retries: int = 0
    retry_wait: float = 1.0
    timeout: float | None = None
    cache: bool = True
    refresh: float | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    depends_on: tuple[str, ...] | None = None
    owner: str = ""
    layer: str = ""
    description: str = ""


DEFAULT = Options()


@record(kw_only=False)
class Function:
    """What a node calls.

    Attributes:
        name: `package.module:qualified.name`.
        maker: Of a function that cannot be imported under its name (a lambda, a partial, one
            made by a factory): what makes the pipeline that holds it; empty otherwise.
        callable: The function itself, where it is at hand; it does not count in comparisons.
    """

    name: str
    maker: str = ""
    callable: Callable[..., Any] | None = field(default=None, compare=False, repr=False)

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(":")[2].rpartition(".")[2]

    @property
    def importable(self) -> bool:
        """Whether it can be had by importing its module."""
        return not self.maker


@record(kw_only=False)
class Node:
    """A function with named inputs and outputs. Immutable; made by `node`.

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

    def __hash__(self) -> int:
        # With the output, since nodes of one function share a name until a pipeline parts them.
        return hash((self.name, self.outputs[0].name if self.outputs else ""))

    @property
    def reads(self) -> list[str]:
        """Names of the datasets that it reads."""
        # Asked for many times per node, so that the property's call would count.
        return [
            each.name
            for each in self.inputs
            if each.name and each.name[:7] != PARAMETER and each.name != "params"
        ]

    @property
    def makes(self) -> list[str]:
        """Names of the datasets that it makes."""
        return [each.name for each in self.outputs]

    @property
    def namespace(self) -> str:
        """What stands before the last dot of its name."""
        return self.name.rpartition(".")[0]

    @property
    def fans_out(self) -> bool:
        """Whether it runs once per partition."""
        return any(each.each for each in self.inputs)

    def renamed(self, name: str) -> Node:
        """The same node under another name."""
        return changed(self, name=name)

    def tagged(self, tags: Iterable[str]) -> Node:
        """The same node with these tags as well."""
        return changed(self, tags=self.tags | frozenset(tags))

    def with_datasets(self, names: Mapping[str, str]) -> Node:
        """The same node, its datasets and parameters called otherwise."""
        inputs = tuple(changed(each, name=names.get(each.name, each.name)) for each in self.inputs)
        outputs = tuple(
            changed(each, name=names.get(each.name, each.name)) for each in self.outputs
        )
        return changed(self, inputs=inputs, outputs=outputs)


InputSpec = str | Each | Sequence[Any] | Mapping[str, Any] | None
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
            `x` at a time.
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
    what = Function(function_name(function), _maker(function), function)
    return build(
        what,
        parameters_of(function),
        inputs=inputs,
        outputs=outputs,
        name=name,
        tags=tags,
        options=options_from(what.short, options),
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
    short = name or _plain(function.short)
    bound = bound_inputs(short, parameters, inputs)
    return Node(
        name=_checked(short, "node", short),
        function=function,
        inputs=bound,
        outputs=_outputs(short, outputs if outputs is not None else _plain(function.short)),
        tags=frozenset([tags] if isinstance(tags, str) else tags),
        options=options,
        named=bool(name),
        place=place,
    )


@record(kw_only=False)
class Parameter:
    """One parameter of a function's signature.

    Attributes:
        name: Its name.
        required: Whether it has no default.
        kind: `positional`, `any`, `keyword`, `rest` for `*args`, `rest_named` for `**kwargs`.
    """

    name: str
    required: bool = True
    kind: str = "any"


_CODE_FLAGS_REST, _CODE_FLAGS_REST_NAMED = 0x04, 0x08
_KINDS = ("positional", "any", "rest", "keyword", "rest_named")


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a callable, in order.

    A plain function is read off its code object, which is fast; anything else by `inspect`.
    """
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__") or hasattr(function, "__self__"):
        return _inspected(function)
    names, n, n_keyword = code.co_varnames, code.co_argcount, code.co_kwonlyargcount
    first_default = n - len(getattr(function, "__defaults__", None) or ())
    keyword_defaults = getattr(function, "__kwdefaults__", None) or {}
    found = [
        Parameter(
            names[i], i < first_default, "positional" if i < code.co_posonlyargcount else "any"
        )
        for i in range(n)
    ]
    found += [
        Parameter(each, each not in keyword_defaults, "keyword")
        for each in names[n : n + n_keyword]
    ]
    rest = n + n_keyword
    if code.co_flags & _CODE_FLAGS_REST:
        found.append(Parameter(names[rest], False, "rest"))
        rest += 1
    if code.co_flags & _CODE_FLAGS_REST_NAMED:
        found.append(Parameter(names[rest], False, "rest_named"))
    return tuple(found)


def _inspected(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    import inspect  # heavy, and plain functions do without

    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise DefinitionError(
            f"the arguments of `{function_name(function)}` cannot be known: {error}",
            hint="wrap it into a function of your own",
        ) from error
    return tuple(
        Parameter(
            each.name,
            each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD),
            _KINDS[each.kind],
        )
        for each in found
    )


def function_name(function: Callable[..., Any]) -> str:
    """`package.module:qualified.name` of a callable; a partial goes by what it wraps."""
    inner = function
    while hasattr(inner, "func"):  # functools.partial
        inner = inner.func
    module = getattr(inner, "__module__", None) or "builtins"
    qualified = getattr(inner, "__qualname__", None)
    if qualified is None:
        kind = type(inner)
        return f"{kind.__module__}:{kind.__qualname__}"
    return f"{module}:{qualified}"


def _maker(function: Callable[..., Any]) -> str:
    """Empty for what importing finds again; otherwise a mark that `project` replaces."""
    qualified = getattr(function, "__qualname__", "<instance>")
    simple = hasattr(function, "__code__") and "<" not in qualified
    return "" if simple and not hasattr(function, "__self__") else "?"


def bound_inputs(
    node_name: str, parameters: Sequence[Parameter], inputs: InputSpec
) -> tuple[Input, ...]:
    """Give each argument its dataset, as the lenient forms of `node` allow.

    Raises:
        DefinitionError: Too many, too few, or an argument that the function lacks.
    """
    if inputs is None:
        return tuple(Input(each.name, each.name) for each in parameters if each.required)
    if isinstance(inputs, Mapping):
        bound = _by_name(node_name, parameters, inputs)
    else:
        listed = [inputs] if isinstance(inputs, str | Each) else list(inputs)
        bound = _by_position(node_name, parameters, listed)
    given = {each.argument for each in bound}
    missing = [
        each.name
        for i, each in enumerate(parameters)
        if each.required and each.name not in given and i not in given
    ]
    if missing:
        raise DefinitionError(
            f"node `{node_name}` gives its function no `{missing[0]}`",
            hint=f"it takes {_listed(parameters)}; name a dataset for each that has no default",
        )
    return bound


def _by_position(
    node_name: str, parameters: Sequence[Parameter], inputs: Sequence[Any]
) -> tuple[Input, ...]:
    positional = [each for each in parameters if each.kind in ("positional", "any")]
    has_rest = any(each.kind == "rest" for each in parameters)
    if len(inputs) > len(positional) and not has_rest:
        raise DefinitionError(
            f"node `{node_name}` has {len(inputs)} inputs, "
            f"but its function takes {len(positional)}: {_listed(parameters)}"
        )
    # Where some are spread over `*args`, all before them must go by position as well.
    spread = len(inputs) > len(positional)
    return tuple(
        _input(
            node_name,
            i if spread or positional[i].kind == "positional" else positional[i].name,
            each,
        )
        for i, each in enumerate(inputs)
    )


def _by_name(
    node_name: str, parameters: Sequence[Parameter], inputs: Mapping[str, Any]
) -> tuple[Input, ...]:
    known = {each.name: i for i, each in enumerate(parameters) if not each.kind.startswith("rest")}
    open_ended = any(each.kind == "rest_named" for each in parameters)
    for argument in inputs:
        if argument not in known and not open_ended:
            raise DefinitionError(
                f"node `{node_name}` gives its function `{argument}`, which it does not take",
                hint=f"it takes {_listed(parameters)}",
            )
    bound = []
    for argument, what in inputs.items():
        i = known.get(argument, -1)
        by_position = i >= 0 and parameters[i].kind == "positional"
        bound.append(
            (i if i >= 0 else len(known), _input(node_name, i if by_position else argument, what))
        )
    return tuple(each for _, each in sorted(bound, key=lambda pair: pair[0]))


def _input(node_name: str, argument: str | int, what: Any) -> Input:
    if isinstance(what, str):
        return Input(argument, _checked(what, "input", node_name))
    if isinstance(what, Each):
        return Input(argument, _checked(what.dataset, "input", node_name), each=True)
    if isinstance(what, Mapping) and len(what) == 1:
        ((kind, value),) = what.items()
        if kind == "each":
            return Input(argument, _checked(value, "input", node_name), each=True)
        if kind == "value":
            return Input(argument, "", value=value)
    raise DefinitionError(
        f"node `{node_name}`: input `{argument}` is {what!r}, which names no dataset",
        hint='write a name, `params:a.b`, `each("name")` or `{"value": literal}`',
    )


def _outputs(
    node_name: str, outputs: str | Sequence[str] | Mapping[str, str]
) -> tuple[Output, ...]:
    if isinstance(outputs, str):
        made = [Output(outputs)]
    elif isinstance(outputs, Mapping):
        made = [Output(name, key) for key, name in outputs.items()]
    elif len(outputs) == 1:
        made = [Output(outputs[0])]
    else:
        made = [Output(name, i) for i, name in enumerate(outputs)]
    for each in made:
        _checked(each.name, "output", node_name)
        if each.name == "params" or each.name.startswith(PARAMETER):
            raise DefinitionError(
                f"node `{node_name}` makes `{each.name}`, but parameters are read only"
            )
    if len({each.name for each in made}) < len(made):
        raise DefinitionError(f"node `{node_name}` names one of its outputs twice")
    return tuple(made)


def _listed(parameters: Sequence[Parameter]) -> str:
    shown = [each.name if each.required else f"{each.name} (optional)" for each in parameters]
    return ", ".join(f"`{name}`" for name in shown) or "no arguments"


def _plain(name: str) -> str:
    return "lambda" if name == "<lambda>" else name


def _checked(name: Any, kind: str, node_name: str) -> str:
    """Refuse names that would be paths, or that people could not type again."""
    if isinstance(name, str):
        bare = name.removeprefix(PARAMETER)
        # `isidentifier` on the whole is the fast way for most names.
        if bare.isidentifier() or _WELL_FORMED.fullmatch(bare):
            return name
    raise DefinitionError(
        f"node `{node_name}`: {name!r} cannot be the name of its {kind}"
        if kind != "node"
        else f"{name!r} cannot be the name of a node",
        hint="letters, digits, `_`, `-` and `:`, with dots between namespaces",
    )


def options_from(node_name: str, given: Mapping[str, Any]) -> Options:
    """Options of a node from keyword arguments.

    Raises:
        DefinitionError: One is unknown.
    """
    if not given:
        return DEFAULT
    known = Options.__dataclass_fields__
    for name in given:
        if name not in known:
            raise DefinitionError(
                f"node `{node_name}` has no option `{name}`",
                hint="there are " + ", ".join(f"`{each}`" for each in known),
            )
    fixed = dict(given)
    if fixed.get("depends_on") is not None:
        declared = fixed["depends_on"]
        fixed["depends_on"] = (declared,) if isinstance(declared, str) else tuple(declared)
    return Options(**fixed)
