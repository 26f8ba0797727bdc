"""A pipeline: nodes, and the order that the names of their datasets imply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import final

from tilth.errors import CycleError, DefinitionError, DuplicateOutputError
from tilth.graph.node import PARAMETER, Node
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
        _refuse_same_names(found)
        self.nodes = _sorted(found, _makers(found))

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
        return Pipeline((*self.nodes, *other.nodes))

    __add__ = __or__

    def __radd__(self, other: object) -> Pipeline:
        if other == 0:  # what `sum` begins with
            return self
        return NotImplemented

    def __sub__(self, other: Pipeline) -> Pipeline:
        gone = set(other.nodes)
        return self.only(each for each in self.nodes if each not in gone)

    def __and__(self, other: Pipeline) -> Pipeline:
        both = set(other.nodes)
        return self.only(each for each in self.nodes if each in both)

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
        return Pipeline(each.tagged(tags) for each in self.nodes)

    def renamed(self, names: Mapping[str, str]) -> Pipeline:
        """The same pipeline, its datasets and parameters (`params:a`) called otherwise.

        Raises:
            DefinitionError: A name to be replaced is not in it.
        """
        known = {*self.datasets, *self.parameters}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise DefinitionError(
                f"the pipeline has no dataset or parameter `{unknown[0]}` to rename",
                hint="it has " + ", ".join(f"`{name}`" for name in sorted(known)[:12]),
            )
        return Pipeline(each.with_datasets(names) for each in self.nodes)

    def namespaced(self, namespace: str, *, keep: Iterable[str] = ()) -> Pipeline:
        """The same pipeline under a namespace, so that it can be used several times.

        Its nodes, and the datasets that it makes, are called `namespace.name`. What it reads
        from outside and its parameters keep their names; rename them to give each use its own.

        Args:
            namespace: What to put before the names.
            keep: Datasets made inside that keep their names.
        """
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
    flat: list[Node] = []
    for each in nodes:
        flat.extend([each] if isinstance(each, Node) else each)
    made = Pipeline(flat)
    outside = {**(inputs or {}), **(outputs or {}), **_prefixed(parameters or {})}
    if outside:
        made = made.renamed(outside)
    if namespace:
        made = made.namespaced(namespace, keep=(outputs or {}).values())
    return made.tagged(*([tags] if isinstance(tags, str) else tags)) if tags else made


def _prefixed(parameters: Mapping[str, str]) -> dict[str, str]:
    def full(name: str) -> str:
        return name if name.startswith(PARAMETER) else PARAMETER + name

    return {full(inside): full(outside) for inside, outside in parameters.items()}


def uniquely_named(nodes: Iterable[Node]) -> list[Node]:
    """Tell apart nodes of the same function that nobody named: `function:output`."""
    found = list(nodes)
    uses: dict[str, int] = {}
    for each in found:
        uses[each.name] = uses.get(each.name, 0) + 1
    if len(uses) == len(found):
        return found
    return [
        each.renamed(f"{each.name}:{each.outputs[0].name}")
        if uses[each.name] > 1 and not each.named and each.outputs
        else each
        for each in found
    ]


def _refuse_same_names(nodes: Sequence[Node]) -> None:
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


def _makers(nodes: Sequence[Node]) -> dict[str, Node]:
    makers: dict[str, Node] = {}
    for each in nodes:
        for dataset in each.makes:
            other = makers.setdefault(dataset, each)
            if other is not each:
                raise DuplicateOutputError(dataset, other.name, each.name)
    return makers


def _sorted(nodes: Sequence[Node], makers: Mapping[str, Node]) -> tuple[Node, ...]:
    """Kahn's algorithm; nodes that are free at the same time keep the order they came in."""
    position = {each.name: i for i, each in enumerate(nodes)}
    waits = [0] * len(nodes)
    feeds: list[list[int]] = [[] for _ in nodes]
    for i, each in enumerate(nodes):
        for dataset in dict.fromkeys(each.reads):
            maker = makers.get(dataset)
            if maker is not None:
                feeds[position[maker.name]].append(i)
                waits[i] += 1
    free = [i for i, n in enumerate(waits) if n == 0]
    for i in free:  # grows while it is walked
        for fed in feeds[i]:
            waits[fed] -= 1
            if waits[fed] == 0:
                free.append(fed)
    if len(free) < len(nodes):
        raise _cycle([nodes[i] for i, n in enumerate(waits) if n > 0], makers)
    return tuple(nodes[i] for i in free)


def _cycle(stuck: Sequence[Node], makers: Mapping[str, Node]) -> CycleError:
    """Walk backwards among nodes that all wait until one comes again."""
    names = {each.name for each in stuck}
    path: list[Node] = []
    made: list[str] = []
    current = stuck[0]
    while current not in path:
        path.append(current)
        dataset = next(d for d in current.reads if d in makers and makers[d].name in names)
        made.append(dataset)
        current = makers[dataset]
    start = path.index(current)
    ring, datasets = path[start:][::-1], made[start:][::-1]
    # Backwards, `made[i]` is what `path[i]` reads; the ring forwards says what each makes.
    return CycleError([each.name for each in ring], [*datasets[1:], datasets[0]])
