"""Contracts in a project: what they refer to must exist, and where they are held.

Most contracts are held where data enters or is made. Two kinds need a place of their own in the
pipeline, and get a node: those that set rows apart, and those that look up what another node
makes. Then what arrives as `trips` is called `trips.incoming`, and the node `trips.contract`
makes of it `trips`, and `trips.rejected`. All that holds for nodes holds for it: it runs when
the rows or the promises have changed, its results are versions, and where the rows that are
kept are the same as before, nothing after it runs again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tilth import installed
from tilth.config.config import Config
from tilth.config.place import Place
from tilth.contract.contract import Contract, Promise
from tilth.data.catalog import Catalog
from tilth.data.dataset import Dataset
from tilth.errors import suggestion
from tilth.fingerprint.canonical import combine
from tilth.fingerprint.function import FunctionCode
from tilth.fingerprint.signature import Annotation, Parameter, Signature
from tilth.graph.function import Function
from tilth.graph.input import Input
from tilth.graph.node import Node, Output
from tilth.graph.pipeline import Pipeline
from tilth.project.code import Code
from tilth.project.keeper import Keeper
from tilth.project.telling import Telling
from tilth.record import changed, record

INCOMING, REJECTED, NODE = ".incoming", ".rejected", ".contract"

_VERSION = "keeper-1"


def contracts_of(config: Config, code: Code, telling: Telling) -> dict[str, Contract]:
    """The contracts of a project; what they name of the user's own is known by its code."""
    found = {}
    for entry in config.catalog.values():
        contract = entry.contract
        if contract is None:
            continue
        place = config.places.value("catalog", entry.name, "contract") or entry.place
        with telling.catching(place):
            digests = [
                combine("extension", read.fingerprint, *map(str, read.distributions.items()))
                for read in extensions_of(contract, code)
            ]
            digest = combine("extensions", *digests) if digests else ""
            found[entry.name] = changed(contract, code=digest)
    return found


def extensions_of(contract: Contract, code: Code) -> list[FunctionCode]:
    """What a contract names of the user's own code, read and not imported."""
    return [code.sources.closure_of_type(name) for name in contract.extensions]


def check_sources(
    contracts: Mapping[str, Contract], known: Iterable[str], config: Config, telling: Telling
) -> None:
    """Tell which datasets contracts look up that there are not."""
    names = set(known)
    for contract in contracts.values():
        for promise in contract.promises:
            for source in promise.check.sources:
                dataset = source.partition("@")[0]
                if dataset and dataset not in names:
                    telling.say(
                        f"check `{promise.name}` of the contract of `{contract.dataset}` looks up "
                        f"dataset `{dataset}`, which no node makes and the catalog lacks",
                        _place(contract, promise, config),
                        hint=suggestion(dataset, names, kind="dataset"),
                    )


def _place(contract: Contract, promise: Promise, config: Config) -> Any:
    """Where a promise is written; its line is known, and the column is that of the line."""
    file, _, line = promise.place.rpartition(":")
    if not file:
        return config.catalog[contract.dataset].place
    return Place(file, int(line), 1)


@record
class Arranged:
    """A project with contracts' nodes in its pipelines.

    Attributes:
        pipelines: By name.
        catalog: With what arrives before it is held.
        contracts: Dataset -> what is held where it enters or is made.
    """

    pipelines: Mapping[str, Pipeline]
    catalog: Catalog
    contracts: Mapping[str, Contract]


def arranged(
    pipelines: Mapping[str, Pipeline],
    catalog: Catalog,
    contracts: Mapping[str, Contract],
    code: Code,
) -> Arranged:
    """Put the nodes in that contracts need."""
    made = {name for each in pipelines.values() for name in each.makers}
    placed = {name: contract for name, contract in contracts.items() if _needs_node(contract, made)}
    if not placed:
        return Arranged(pipelines=pipelines, catalog=catalog, contracts=contracts)
    sources = {name for name in placed if name not in made}
    one_by_one = _one_by_one(pipelines.values(), catalog)
    nodes = {name: _node(contract, name in one_by_one, code) for name, contract in placed.items()}
    return Arranged(
        pipelines={name: _with_nodes(each, nodes) for name, each in pipelines.items()},
        catalog=_with_incoming(catalog, sources),
        contracts={**contracts, **dict(_parts(placed))},
    )


def _needs_node(contract: Contract, made: set[str]) -> bool:
    return contract.quarantines or any(
        source.partition("@")[0] in made and "@" not in source for source in contract.sources
    )


def _one_by_one(pipelines: Iterable[Pipeline], catalog: Catalog) -> set[str]:
    """Datasets that come in partitions."""
    nodes = (node for each in pipelines for node in each)
    by_use = {each.name for node in nodes for each in node.inputs if each.each}
    return by_use | {name for name, entry in catalog.items() if entry.fields}


def _parts(placed: Mapping[str, Contract]) -> Iterator[tuple[str, Contract]]:
    """Types and what sets apart are held of what arrives, all else of what is kept."""
    for name, contract in placed.items():
        yield (
            name + INCOMING,
            contract.only(lambda each: each.name == "type" or each.severity == "quarantine"),
        )
        yield name, contract.only(lambda each: each.severity != "quarantine")


def _with_incoming(catalog: Catalog, sources: set[str]) -> Catalog:
    """What lies at a source's location is what arrives."""
    entries: list[Dataset] = []
    for entry in catalog.values():
        incoming = entry.name in sources and entry.location is not None
        entries.append(changed(entry, name=entry.name + INCOMING) if incoming else entry)
    return Catalog(entries)


def _with_nodes(pipeline: Pipeline, nodes: Mapping[str, Node]) -> Pipeline:
    concerned = [name for name in pipeline.datasets if name in nodes]
    if not concerned:
        return pipeline
    incoming = {name: name + INCOMING for name in concerned if name in pipeline.makers}
    renamed = [
        changed(
            node,
            outputs=tuple(
                changed(each, name=incoming[each.name]) if each.name in incoming else each
                for each in node.outputs
            ),
        )
        if not incoming.keys().isdisjoint(node.makes)
        else node
        for node in pipeline
    ]
    return Pipeline([*renamed, *(nodes[name] for name in concerned)])


def _node(contract: Contract, one_by_one: bool, code: Code) -> Node:
    name = contract.dataset
    looked_up = tuple(each for each in contract.sources if "@" not in each)
    keeper = Keeper(contract=contract, sources=looked_up)
    # What sets apart decides which rows are kept; all other promises decide nothing of that.
    part = contract.only(lambda each: each.severity == "quarantine")
    function = Function("tilth.contract.quarantine:split", f"contract:{name}", keeper)
    _know(code, function, part, looked_up)
    inputs = [Input("rows", name + INCOMING, one_by_one)]
    inputs += [Input(f"source_{i}", each) for i, each in enumerate(looked_up)]
    outputs = [Output(name)]
    if contract.quarantines:
        outputs = [Output(name, 0), Output(name + REJECTED, 1)]
    return Node(
        name + NODE,
        function,
        tuple(inputs),
        tuple(outputs),
        named=True,
        place=contract.place,
    )


def _know(code: Code, function: Function, part: Contract, looked_up: tuple[str, ...]) -> None:
    """What the node does is its promises, and how this Tilth and this Polars hold them."""
    lazy = Annotation(origin="polars.LazyFrame", text="pl.LazyFrame")
    names = ("rows", *(f"source_{i}" for i in range(len(looked_up))))
    polars = installed.version_of("polars")
    code.know(
        function.maker,
        FunctionCode(
            ref=function.name,
            fingerprint=combine("keeper", _VERSION, part.fingerprint),
            parts={},
            distributions=dict([polars]) if polars else {},
        ),
        Signature(
            ref=function.name,
            parameters=tuple(Parameter(name=each, annotation=lazy) for each in names),
        ),
    )
