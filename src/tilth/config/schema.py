"""The description of a project's files as JSON schema, for editors.

Drawn from the same description as the checks.
A schema is the weaker of the two: it cannot say that a pipeline exists, and it lets any
reference (`${...}`) stand for any value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.config.contract_layout import WHOLE
from tilth.config.goals_layout import GOALS
from tilth.config.grammar import (
    Anything,
    Choice,
    Either,
    Kind,
    Late,
    Number,
    Quantity,
    Record,
    Sequence,
    Table,
    Text,
    Truth,
    Whole,
)
from tilth.config.layout import CATALOG, PARAMS, TILTH
from tilth.config.score_layout import SCORE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"type": "string", "pattern": r"\$\{"}
_NUMBER_WITH_UNIT = r"^\s*[0-9.]+\s*({units})(\s+[0-9.]+\s*({units}))*\s*$"


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> JSON schema (draft 2020-12); `contract.yml` is each file in `contracts/`."""
    kinds: Mapping[str, Kind] = {
        "tilth.yml": TILTH,
        "catalog.yml": CATALOG,
        "params.yml": PARAMS,
        "contract.yml": WHOLE,
        "goals.yml": GOALS,
        "score.yml": SCORE,
    }
    return {
        name: {"$schema": _DIALECT, "title": f"Tilth: {name}", **_schema(kind)}
        for name, kind in kinds.items()
    }


def _schema(kind: Kind) -> dict[str, Any]:  # noqa: PLR0911 - a table of cases
    match kind:
        case Anything():
            return {}
        case Text():
            return _text(kind)
        case Whole():
            return _or_reference({"type": "integer", "minimum": kind.least}, kind.expected)
        case Number():
            return _or_reference(_number(kind), kind.expected)
        case Truth():
            return _or_reference({"type": "boolean"}, kind.expected)
        case Choice():
            return _or_reference({"enum": list(kind.options)}, kind.expected)
        case Quantity():
            return _quantity(kind)
        case Late():
            return _schema(kind.made)
        case _:
            return _of_many(kind)


def _of_many(kind: Sequence | Table | Record | Either) -> dict[str, Any]:
    match kind:
        case Sequence():
            items = {"type": "array", "items": _schema(kind.of)}
            return _or_reference(items, kind.expected)
        case Table():
            return _or_reference(_table(kind), kind.expected)
        case Record():
            return _or_reference(_record(kind), kind.expected)
        case Either():
            return {"description": kind.expected, "anyOf": [_schema(each) for each in kind.kinds]}


def _or_reference(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "anyOf": [schema, _REFERENCE]}


def _text(kind: Text) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": kind.expected, "type": "string"}
    # Only the common shape: editors run these as JavaScript's regular expressions.
    return schema | ({"pattern": rf"\$\{{|{kind.pattern}"} if kind.pattern else {})


def _number(kind: Number) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "number"}
    schema |= {"minimum": kind.least} if kind.least is not None else {}
    return schema | ({"maximum": kind.most} if kind.most is not None else {})


def _quantity(kind: Quantity) -> dict[str, Any]:
    units = "|".join(kind.units)
    text = {"type": "string", "pattern": _NUMBER_WITH_UNIT.format(units=units)}
    number = [{"type": "number", "minimum": 0}] if kind.bare else []
    return {"description": kind.expected, "anyOf": [text, *number, _REFERENCE]}


def _record(kind: Record) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {key: _unset_or(_schema(each)) for key, each in kind.keys.items()},
        "additionalProperties": False,
    }
    schema |= {"patternProperties": {"^_": {}}} if kind.homes else {}
    schema |= {"patternProperties": {r"\.": {}}} if kind.dotted else {}
    schema |= {"required": list(kind.required)} if kind.required else {}
    if kind.one_of and not kind.dotted:
        schema["oneOf"] = [{"required": [key]} for key in kind.one_of]
    if kind.only_with:
        schema["dependentRequired"] = {key: [other] for key, other in kind.only_with.items()}
    return schema


def _unset_or(schema: dict[str, Any]) -> dict[str, Any]:
    # A key with nothing behind it is a key that is not set.
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


def _table(kind: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "additionalProperties": _schema(kind.of)}
    if kind.special:
        schema["properties"] = {key: _schema(each) for key, each in kind.special.items()}
    if kind.homes:
        schema["patternProperties"] = {"^_": {}}
    if kind.keys.pattern:
        schema["propertyNames"] = {"pattern": f"^_|{kind.keys.pattern}"}
    return schema
