"""Pipelines made by Python code: made once, then remembered by the digests of what made them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tilth.errors import DefinitionError, TilthError
from tilth.fingerprint.canonical import combine
from tilth.graph.function import Function
from tilth.graph.input import NOTHING, Input
from tilth.graph.node import Node, Output
from tilth.graph.options import DEFAULT, Options
from tilth.graph.pipeline import Pipeline
from tilth.graph.stage import staged
from tilth.project.code import (
    Code,
    as_text,
    code_as_json,
    code_from_json,
    place_of,
    signature_as_json,
    signature_from_json,
)
from tilth.project.later import Later
from tilth.record import changed, fields_of

_VERSION = "made-4"


def made_pipeline(code: Code, ref: str, settings: Mapping[str, Any], shown: Any = None) -> Pipeline:
    """The pipeline that a function or a variable of the user's gives.

    Where nothing that takes part in making it has changed, its module is not imported.

    Args:
        code: The project's functions.
        ref: Dotted name of a stage, a function or a variable.
        settings: What it is called with.
        shown: The settings as they may be kept.

    Raises:
        DefinitionError: It cannot be imported or called, or gives no pipeline.
    """
    made_of = code.sources.function(ref)
    if made_of.refused or (shown is not None and shown != settings):
        # What cannot be known is not remembered, nor is what holds a secret.
        return _make(code, ref, settings)
    versions = [f"{name} {version}" for name, version in sorted(made_of.distributions.items())]
    key = combine(
        "pipeline",
        _VERSION,
        made_of.ref,
        made_of.fingerprint,
        as_text(settings),
        *versions,
    )
    known = code.memo.get(key)
    if known is not None:
        return _decoded(code, ref, settings, json.loads(known))
    made = _make(code, ref, settings)
    row = _encoded(code, made)
    if row is not None:
        code.memo.put(key, json.dumps(row, separators=(",", ":")).encode())
    return made


def _make(code: Code, ref: str, settings: Mapping[str, Any]) -> Pipeline:
    try:
        made = staged(code.imported(ref), settings)
    except TilthError:
        raise
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise DefinitionError(
            f"`{ref}` could not make a pipeline: {type(error).__name__}: {error}"
            f"{place_of(error, code.roots)}"
        ) from error
    if all(each.function.importable for each in made):
        return made
    return Pipeline.sorted(_with_maker(each, ref, settings) for each in made)


def _with_maker(node: Node, ref: str, settings: Mapping[str, Any]) -> Node:
    """Note at a function without an importable name which node of which pipeline holds it."""
    if node.function.importable:
        return node
    digest = combine("settings", as_text(settings)).rpartition(":")[2][:12]
    return changed(node, function=changed(node.function, maker=f"{ref}#{digest}#{node.name}"))


# To and from memory


def _encoded(code: Code, made: Pipeline) -> dict[str, Any] | None:
    """As plain data; None where a node holds something that plain data cannot."""
    functions: dict[tuple[str, str], int] = {}
    options: dict[int, int] = {}
    kept: list[Options] = []
    codes: dict[str, Any] = {}
    rows = []
    for node in made:
        if any(not _is_plain(each.value) for each in node.inputs):
            return None
        function = functions.setdefault((node.function.name, node.function.maker), len(functions))
        if id(node.options) not in options:
            options[id(node.options)] = len(kept)
            kept.append(node.options)
        if not node.function.importable:
            codes[node.function.maker] = [
                code_as_json(code.code(node)),
                signature_as_json(code.signature(node.function)),
            ]
        rows.append(
            [
                node.name,
                function,
                [_input_row(each) for each in node.inputs],
                [[each.name, each.key] for each in node.outputs],
                sorted(node.tags),
                options[id(node.options)],
                node.named,
                node.place,
            ]
        )
    return {
        "functions": list(functions),
        "options": [{name: getattr(each, name) for name in fields_of(each)} for each in kept],
        "codes": codes,
        "nodes": rows,
    }


def _is_plain(value: object) -> bool:
    if value is NOTHING:
        return True
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except (TypeError, ValueError):
        return False


def _input_row(each: Input) -> list[Any]:
    row: list[Any] = [each.argument, each.name]
    if each.each or each.value is not NOTHING:
        row += [each.each]
    if each.value is not NOTHING:
        row += [each.value]
    return row


def _decoded(code: Code, ref: str, settings: Mapping[str, Any], row: Mapping[str, Any]) -> Pipeline:
    made = lru_cache(maxsize=1)(lambda: _make(code, ref, settings))  # once for all that need it

    def later(maker: str) -> Later | None:
        return Later(lambda: _held(made(), maker)) if maker else None

    functions = [Function(name, maker, later(maker)) for name, maker in row["functions"]]
    options = [_options(each) for each in row["options"]]
    for maker, (known, signature) in row["codes"].items():
        code.know(maker, code_from_json(known), signature_from_json(signature))
    no_tags: frozenset[str] = frozenset()
    return Pipeline.sorted(
        Node(
            name,
            functions[function],
            tuple([Input(*each) for each in inputs]),
            tuple([Output(*each) for each in outputs]),
            frozenset(tags) if tags else no_tags,
            options[option],
            named,
            place,
        )
        for name, function, inputs, outputs, tags, option, named, place in row["nodes"]
    )


def _options(row: dict[str, Any]) -> Options:
    if row["depends_on"] is not None:
        row["depends_on"] = tuple(row["depends_on"])
    made = Options(**row)
    return DEFAULT if made == DEFAULT else made


def _held(made: Pipeline, maker: str) -> Any:
    """The function of the node that a maker names."""
    ref, _, node = maker.split("#", 2)
    if node not in made:
        raise DefinitionError(f"`{ref}` makes no node `{node}` any more")
    return made[node].function.callable
