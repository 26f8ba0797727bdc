"""A pipeline: nodes, and the order that the names of their datasets imply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, final

from tilth.errors import CycleError, DefinitionError, DuplicateOutputError, suggestion
from tilth.graph.name import PARAMETER, checked, is_parameter
from tilth.graph.node import Node
from tilth.record import changed


@final
class Pipeline:
    """Nodes in an order that gives each its inputs before it runs. Immutable.

    Pipelines have an algebra: `a | b` (or `a + b`) has the nodes of both, `a - b` those that
    are in `a` alone, `a & b` those in both. `pipeline` makes one, `select` takes a part.

    Building, checking and selecting take time and memory linear in nodes and edges.
    """

    __slots__ = ("__dict__", "nodes")

    nodes: tuple[Node, ...]

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        """Sort and check the nodes.

        Raises:
            DuplicateOutputError: Two of them make the same dataset.
            CycleError: Some wait for one another.
            DefinitionError: Two have the same name.
        """
        found = uniquely_named(dict.fromkeys(nodes))
        makers = _makers(found)
        _refuse_same_names(found)
        self.nodes = _sorted(found, makers)

    # What it is made of

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """Nodes by their names, in order."""
        return {each.name: each for each in self.nodes}

    @cached_property
    def makers(self) -> Mapping[str, Node]:
        """Dataset -> the node that makes it."""
        return {dataset: each for each in self.nodes for dataset in each.makes}

    @cached_property
    def readers(self) -> Mapping[str, list[Node]]:
        """Dataset -> the nodes that read it."""
        readers: dict[str, list[Node]] = {}
        for each in self.nodes:
            for dataset in dict.fromkeys(each.reads):
                readers.setdefault(dataset, []).append(each)
        return readers

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Datasets that it reads and no node of it makes, in order of first use."""
        makers = self.makers
        return tuple(dataset for dataset in self.readers if dataset not in makers)

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Datasets that it makes and no node of it reads."""
        readers = self.readers
        return tuple(dataset for dataset in self.makers if dataset not in readers)

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """All datasets that it reads or makes, in order."""
        names = (name for each in self.nodes for name in (*each.reads, *each.makes))
        return tuple(dict.fromkeys(names))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Parameters that it reads, as `params:a.b`."""
        names = (i.name for each in self.nodes for i in each.inputs if i.is_parameter)
        return tuple(dict.fromkeys(names))

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __getitem__(self, name: str) -> Node:
        return self.by_name[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pipeline) and set(self.nodes) == set(other.nodes)

    def __hash__(self) -> int:
        return hash(frozenset(self.nodes))

    def __repr__(self) -> str:
        names = [each.name for each in self.nodes[:6]] + ["..."] * (len(self.nodes) > 6)
        return f"Pipeline({', '.join(names)})"

    # The algebra

    def __or__(self, other: Pipeline) -> Pipeline:
        if not isinstance(other, Pipeline):
            return NotImplemented
        return Pipeline((*self.nodes, *other.nodes))

    __add__ = __or__

    def __radd__(self, other: object) -> Pipeline:
        if other == 0:  # what `sum` begins with
            return self
        return NotImplemented

    def __sub__(self, other: Pipeline) -> Pipeline:
        if not isinstance(other, Pipeline):
            return NotImplemented
        gone = set(other.nodes)
        return Pipeline.sorted(each for each in self.nodes if each not in gone)

    def __and__(self, other: Pipeline) -> Pipeline:
        return self.only(other.nodes) if isinstance(other, Pipeline) else NotImplemented

    @classmethod
    def sorted(cls, nodes: Iterable[Node]) -> Pipeline:
        """A pipeline of nodes that were checked and put in order before."""
        made = object.__new__(cls)
        made.nodes = tuple(nodes)
        return made

    def only(self, nodes: Iterable[Node]) -> Pipeline:
        """The part that consists of these of its nodes; they need no check again."""
        wanted = set(nodes)
        return Pipeline.sorted(each for each in self.nodes if each in wanted)

    # Copies with a change

    def tagged(self, *tags: str) -> Pipeline:
        """The same pipeline, each node with these tags as well."""
        return Pipeline.sorted(each.tagged(tags) for each in self.nodes)

    def renamed(self, names: Mapping[str, str]) -> Pipeline:
        """The same pipeline, its datasets and parameters (`params:a`) called otherwise.

        Raises:
            DefinitionError: A name to be replaced is not in it.
        """
        for inside, outside in names.items():
            self._refuse_odd(inside, outside)
        return Pipeline(each.with_datasets(names) for each in self.nodes)

    def _refuse_odd(self, inside: str, outside: str) -> None:
        checked(outside, f"what `{inside}` is called outside")
        kind = "parameter" if is_parameter(inside) else "dataset"
        known = self.parameters if is_parameter(inside) else self.datasets
        if inside not in known:
            raise DefinitionError(
                f"the pipeline has no {kind} `{inside}` to rename",
                hint=suggestion(inside, known, kind=kind),
            )
        if is_parameter(outside) != is_parameter(inside):
            raise DefinitionError(
                f"the {kind} `{inside}` cannot be called `{outside}`",
                hint="parameters are called `params:a.b`, and datasets are not",
            )

    def namespaced(self, namespace: str, *, keep: Iterable[str] = ()) -> Pipeline:
        """The same pipeline under a namespace, so that it can be used several times.

        Its nodes, and the datasets that it makes, are called `namespace.name`. What it reads
        from outside and its parameters keep their names; rename them to give each use its own.

        Args:
            namespace: What to put before the names.
            keep: Datasets made inside that keep their names.
        """
        checked(namespace, "a namespace")
        kept = frozenset(keep)
        names = {each: f"{namespace}.{each}" for each in self.makers if each not in kept}
        return Pipeline(
            changed(each.with_datasets(names), name=f"{namespace}.{each.name}", named=True)
            for each in self.nodes
        )


def pipeline(
    nodes: Iterable[Node | Pipeline],
    *,
    namespace: str | None = None,
    inputs: Mapping[str, str] | None = None,
    outputs: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    tags: str | Iterable[str] = (),
) -> Pipeline:
    """Make a pipeline of nodes and of other pipelines.

    Args:
        nodes: In any order; the names of their datasets say which comes first.
        namespace: Put before the names of its nodes and of what they make.
        inputs: Name inside -> name outside, for datasets that it reads.
        outputs: Name inside -> name outside, for datasets that it makes.
        parameters: Name inside -> name outside, with or without `params:`.
        tags: Given to each node.

    Raises:
        DefinitionError: See `Pipeline`.

    Example:
        >>> from tilth import node, pipeline
        >>> def clean(flights): ...
        >>> def count(clean): ...
        >>> pipeline([node(count), node(clean)])
        Pipeline(clean, count)
    """
    made = Pipeline(_flat(nodes))
    if inputs:
        _refuse_unused(inputs, made.readers, "reads", "inputs")
    if outputs:
        _refuse_unused(outputs, made.makers, "makes", "outputs")
    outside = {**(inputs or {}), **(outputs or {}), **_prefixed(parameters or {})}
    if outside:
        made = made.renamed(outside)
    if namespace is not None:
        made = made.namespaced(namespace, keep=(outputs or {}).values())
    return made.tagged(*([tags] if isinstance(tags, str) else tags)) if tags else made


def _flat(nodes: Any) -> Iterator[Node]:
    if isinstance(nodes, Node) or not isinstance(nodes, Iterable):
        raise DefinitionError(
            f"a pipeline is made of a list of nodes, not of {nodes!r:.80}",
            hint="write `pipeline([node(...), ...])`",
        )
    for each in nodes:
        if isinstance(each, Node):
            yield each
        elif isinstance(each, Pipeline):
            yield from each.nodes
        else:
            raise DefinitionError(
                f"a pipeline holds nodes and pipelines, not {each!r:.80}",
                hint="make a node of a function: `node(function)`",
            )


def _refuse_unused(
    names: Mapping[str, str], known: Mapping[str, Any], what: str, where: str
) -> None:
    for name in names:
        if name not in known:
            raise DefinitionError(
                f"the pipeline {what} no dataset `{name}`, which `{where}` is to rename",
                hint=suggestion(name, known, kind=f"dataset that it {what}"),
            )


def _prefixed(parameters: Mapping[str, str]) -> dict[str, str]:
    def full(name: str) -> str:
        return name if name.startswith(PARAMETER) else PARAMETER + name

    return {full(inside): full(outside) for inside, outside in parameters.items()}


def uniquely_named(nodes: Iterable[Node]) -> list[Node]:
    """Tell apart nodes of the same function that nobody named: `function:output`.

    The names depend on what the nodes are, not on what they were called in a smaller pipeline.
    """
    found = list(nodes)
    usual = [each.name if each.named else _usual_name(each) for each in found]
    uses: dict[str, int] = {}
    for name in usual:
        uses[name] = uses.get(name, 0) + 1
    if len(uses) < len(found):
        usual = [
            f"{name}:{each.outputs[0].name}"
            if uses[name] > 1 and not each.named and each.outputs
            else name
            for each, name in zip(found, usual, strict=True)
        ]
    return [
        each if each.name == name else each.renamed(name)
        for each, name in zip(found, usual, strict=True)
    ]


def _usual_name(node: Node) -> str:
    """What the function is called; nobody else gives names with a colon."""
    return node.name.partition(":")[0] if ":" in node.name else node.name


def _refuse_same_names(nodes: Sequence[Node]) -> None:
    if len({each.name for each in nodes}) == len(nodes):
        return
    seen: dict[str, Node] = {}
    for each in nodes:
        other = seen.setdefault(each.name, each)
        if other is not each:
            makes = " and ".join(
                f"`{', '.join(node.makes) or 'nothing'}`" for node in (other, each)
            )
            raise DefinitionError(
                f"two nodes are called `{each.name}`; they make {makes}",
                hint="give one of them another `name`",
            )


def _sorted(nodes: Sequence[Node], makers: Mapping[str, int]) -> tuple[Node, ...]:
    """Kahn's algorithm; nodes that are free at the same time keep the order they came in."""
    waits = [0] * len(nodes)
    feeds: list[list[int]] = [[] for _ in nodes]
    for i, node in enumerate(nodes):
        # Nothing makes parameters and literals, so the names of all inputs may be asked for.
        before = {makers[each.name] for each in node.inputs if each.name in makers}
        waits[i] = len(before)
        for maker in before:
            feeds[maker].append(i)
    free = [i for i, n in enumerate(waits) if n == 0]
    for i in free:  # grows while it is walked
        for fed in feeds[i]:
            waits[fed] -= 1
            if waits[fed] == 0:
                free.append(fed)
    if len(free) < len(nodes):
        raise _cycle(nodes, makers, {i for i, n in enumerate(waits) if n > 0})
    return tuple([nodes[i] for i in free])


def _makers(nodes: Sequence[Node]) -> dict[str, int]:
    """Dataset -> the position of the node that makes it."""
    makers: dict[str, int] = {}
    for i, node in enumerate(nodes):
        for each in node.outputs:
            if each.name in makers:
                raise DuplicateOutputError(each.name, nodes[makers[each.name]].name, node.name)
            makers[each.name] = i
    return makers


def _cycle(nodes: Sequence[Node], makers: Mapping[str, int], stuck: set[int]) -> CycleError:
    """Walk backwards among nodes that all wait until one comes again."""
    visits: dict[int, int] = {}
    path: list[int] = []
    read: list[str] = []
    current = min(stuck)
    while current not in visits:
        visits[current] = len(path)
        path.append(current)
        dataset = next(d for d in nodes[current].reads if makers.get(d) in stuck)
        read.append(dataset)
        current = makers[dataset]
    start = visits[current]
    # Backwards, `read[i]` is what `path[i]` reads, and so what `path[i + 1]` makes.
    ring, made = path[start:][::-1], read[start:][::-1]
    made = [*made[1:], made[0]]
    first = ring.index(min(ring))
    names = [nodes[i].name for i in ring]
    return CycleError([*names[first:], *names[:first]], [*made[first:], *made[:first]])
