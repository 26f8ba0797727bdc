"""Selection: the part of a pipeline that someone asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import reduce
from re import compile as compiled

from tilth.errors import UnknownNameError
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline
from tilth.record import fields_of, record

_WILDCARDS = frozenset("*?[")


@record
class Selection:
    """What was asked for. What is given narrows together; names in one field widen.

    Every name may hold the wildcards `*`, `?` and `[...]`.

    Attributes:
        nodes: These nodes alone.
        from_nodes: These and all that depends on them.
        to_nodes: These and all that they depend on.
        from_inputs: What depends on these datasets.
        to_outputs: What is needed to make these datasets.
        tags: Nodes with one of these tags.
        namespaces: Nodes in one of these namespaces, or in one below it.
        from_: Nodes or datasets: as `from_nodes` or `from_inputs`.
        to: Nodes or datasets: as `to_nodes` or `to_outputs`.
        without: Nodes that are left out.
    """

    nodes: tuple[str, ...] = ()
    from_nodes: tuple[str, ...] = ()
    to_nodes: tuple[str, ...] = ()
    from_inputs: tuple[str, ...] = ()
    to_outputs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        """Whether nothing was asked for in particular."""
        return self == ALL

    def as_options(self) -> list[str]:
        """What was asked for, as one would type it."""
        given = {name: getattr(self, name) for name in fields_of(self)}
        return [
            f"--{name.rstrip('_').replace('_', '-')} {','.join(names)}"
            for name, names in given.items()
            if names
        ]


ALL = Selection()


def select(pipeline: Pipeline, selection: Selection) -> Pipeline:
    """The part of the pipeline that was asked for.

    Raises:
        UnknownNameError: A name fits nothing in the pipeline.
    """
    if selection.is_all:
        return pipeline
    parts = [
        choose(pipeline, names)
        for choose, names in (
            (_named, selection.nodes),
            (_from_nodes, selection.from_nodes),
            (_to_nodes, selection.to_nodes),
            (_from_inputs, selection.from_inputs),
            (_to_outputs, selection.to_outputs),
            (_tagged, selection.tags),
            (_in_namespaces, selection.namespaces),
            (_from_either, selection.from_),
            (_to_either, selection.to),
        )
        if names
    ]
    chosen = reduce(set.intersection, parts, set(pipeline.nodes))
    if selection.without:
        chosen = chosen - _named(pipeline, selection.without)
    return pipeline.only(chosen)


def matching(patterns: Iterable[str], names: Iterable[str], kind: str) -> list[str]:
    """The names that fit one of the patterns.

    Raises:
        UnknownNameError: A pattern fits none.
    """
    known = list(names)
    every = set(known)
    found: dict[str, None] = {}
    for pattern in patterns:
        fits = _fits(pattern, known, every)
        if not fits:
            raise UnknownNameError(kind, pattern, known)
        found.update(dict.fromkeys(fits))
    return list(found)


def _fits(pattern: str, known: list[str], every: set[str]) -> list[str]:
    if pattern in every:
        return [pattern]
    if not _WILDCARDS.intersection(pattern):
        return []
    fits = compiled(translate(pattern)).match
    return [name for name in known if fits(name)]


def _named(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    return {pipeline[name] for name in matching(names, pipeline.by_name, "node")}


def _from_nodes(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    return downstream(pipeline, _named(pipeline, names))


def _to_nodes(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    return upstream(pipeline, _named(pipeline, names))


def _from_inputs(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    datasets = matching(names, pipeline.readers, "dataset that is read")
    return downstream(pipeline, {node for each in datasets for node in pipeline.readers[each]})


def _to_outputs(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    datasets = matching(names, pipeline.makers, "dataset that is made")
    return upstream(pipeline, {pipeline.makers[each] for each in datasets})


def _tagged(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    known = {tag for each in pipeline for tag in each.tags}
    tags = set(matching(names, sorted(known), "tag"))
    return {each for each in pipeline if each.tags & tags}


def _in_namespaces(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    known = {space for each in pipeline for space in _spaces(each.name)}
    wanted = set(matching(names, sorted(known), "namespace"))
    return {each for each in pipeline if wanted.intersection(_spaces(each.name))}


def _spaces(name: str) -> list[str]:
    parts = name.partition(":")[0].split(".")  # what is behind a colon is a dataset
    return [".".join(parts[:i]) for i in range(1, len(parts))]


def _from_either(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    return downstream(pipeline, _either(pipeline, names, pipeline.readers.get))


def _to_either(pipeline: Pipeline, names: tuple[str, ...]) -> set[Node]:
    def maker(dataset: str) -> list[Node] | None:
        node = pipeline.makers.get(dataset)
        return [node] if node else None

    return upstream(pipeline, _either(pipeline, names, maker))


def _either(
    pipeline: Pipeline, names: tuple[str, ...], of_dataset: Callable[[str], list[Node] | None]
) -> set[Node]:
    """Nodes by their own names, or through a dataset; a node's name goes first."""
    known = dict.fromkeys([*pipeline.by_name, *pipeline.datasets])
    found: set[Node] = set()
    for name in matching(names, known, "node or dataset"):
        node = pipeline.by_name.get(name)
        found.update([node] if node else of_dataset(name) or ())
    return found


def downstream(pipeline: Pipeline, nodes: Iterable[Node]) -> set[Node]:
    """These nodes and all that depend on them."""
    readers = pipeline.readers
    return _closure(
        nodes, lambda node: (each for made in node.makes for each in readers.get(made, ()))
    )


def upstream(pipeline: Pipeline, nodes: Iterable[Node]) -> set[Node]:
    """These nodes and all that they depend on."""
    makers: Mapping[str, Node] = pipeline.makers
    return _closure(nodes, lambda node: (makers[read] for read in node.reads if read in makers))


def _closure(nodes: Iterable[Node], step: Callable[[Node], Iterable[Node]]) -> set[Node]:
    found = set(nodes)
    frontier = list(found)
    while frontier:
        for each in step(frontier.pop()):
            if each not in found:
                found.add(each)
                frontier.append(each)
    return found
