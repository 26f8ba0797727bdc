"""The JSON schema says what the checks say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tilth.config.check import check
from tilth.config.config import Config
from tilth.config.goals_layout import GOALS
from tilth.config.item import Item
from tilth.config.mistake import Mistakes, Sources
from tilth.config.place import Place, spot
from tilth.config.read import read_project
from tilth.config.schema import schemas
from tilth.errors import ConfigError
from tilth.testing.mistakes import Case, read_cases

CASES = read_cases(Path(__file__).parent / "mistakes")
UNICODE_CLASSES = re.compile(r"\\p\{(L|N|M)\}")

VALID = {
    "tilth.yml": """
_home: anything
name: shop
source: .
default: [model]
workers: 4
executor: threads
resources: {memory: 8GB, gpu: 1}
hooks: [shop.hooks.Notify]
strict: error
store:
labels:
  tone: {data: trips, key: id}
  mood:
    data: trips
    key: id
    label: tone
    show: text
    classes: [good, 0, -1, true]
    instruction: how.md
    log: labels/mood.jsonl
    reviewers: 2
pipelines:
  größe:
    stage: train
    with: {depth: 3}
    params: {depth: model.depth}
  model:
    namespace: shop
    nodes:
      - shop.clean
      - call: shop.train
        inputs: [rows, "params:depth", {each: months}, {value: [1, two]}]
        outputs: {model: tree}
        tags: [a, b]
        retries: {times: 3, wait: 1m 30s}
        timeout: 2.5h
        refresh: 90
        cache: ${params:cache}
        resources: {memory: 512 MiB}
""",
    "catalog.yml": """
_csv: &csv {format: csv}
trips: {<<: *csv, location: "{month}.csv", read: {a: [1]}, tags: x, refresh: 1d}
weather:
  layer: raw
  contract:
    others: warn
    severity: quarantine
    columns:
      a: int
      b: {type: "datetime[UTC]", optional: true, freshness: 2d, distribution: "@3"}
      c: {between: [0, null], not_null: 2%, unique: true, levels: trips.c, severity: warn}
      d: {between: {low: 2013-01-01, at_most: 0.1, severity: stop}, levels: [a, 1], length: [1]}
      e: {not_null: true, unique: false, references: trips.e, pattern: "a+", shop.checks.Own: 3}
    checks:
      - key: [a, b]
      - relation: a > c
        severity: stop
      - references: {columns: [a, b], to: trips, on: [c, d]}
      - no_duplicates: 1%
      - row_count: {low: 1}
      - unique: a
rain: {contract: contracts/rain.yml}
hail: {contract: shop.schemas.Hail}
""",
    "params.yml": "cache: true\nanything: [goes, {here: 1}]\n",
}
RAIN = "columns: {a: int}\n"


def valid(schema: dict[str, Any], value: Any) -> bool:
    """The part of JSON schema that ours use; a keyword that is not known is an error."""
    known = KEYWORDS.keys() | {"$schema", "title", "description"}
    assert schema.keys() <= known, schema.keys() - known
    return all(
        KEYWORDS[word](schema, value, rule) for word, rule in schema.items() if word in KEYWORDS
    )


def matches(pattern: str, text: str) -> bool:
    return re.search(UNICODE_CLASSES.sub(r"\\w", pattern), text) is not None


def properties(schema: dict[str, Any], value: Any, additional: Any) -> bool:
    if not isinstance(value, dict):
        return True
    patterns = schema.get("patternProperties", {})
    rest = [
        key
        for key in value
        if key not in schema.get("properties", {}) and not any(matches(p, key) for p in patterns)
    ]
    return not rest if additional is False else all(valid(additional, value[key]) for key in rest)


TYPES = {"string": str, "array": list, "object": dict, "boolean": bool, "null": type(None)}


def has_type(schema: dict[str, Any], value: Any, name: str) -> bool:
    if name in ("integer", "number"):
        kinds = int if name == "integer" else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


KEYWORDS: dict[str, Any] = {
    "type": has_type,
    "enum": lambda s, v, rule: v in rule,
    "minimum": lambda s, v, rule: isinstance(v, str) or v >= rule,
    "maximum": lambda s, v, rule: isinstance(v, str) or v <= rule,
    "pattern": lambda s, v, rule: not isinstance(v, str) or matches(rule, v),
    "anyOf": lambda s, v, rule: any(valid(each, v) for each in rule),
    "oneOf": lambda s, v, rule: sum(valid(each, v) for each in rule) == 1,
    "items": lambda s, v, rule: all(valid(rule, each) for each in v),
    "required": lambda s, v, rule: set(rule) <= set(v),
    "dependentRequired": lambda s, v, rule: all(
        set(needs) <= set(v) for key, needs in rule.items() if key in v
    ),
    "properties": lambda s, v, rule: all(
        valid(each, v[key]) for key, each in rule.items() if key in v
    ),
    "patternProperties": lambda s, v, rule: True,
    "propertyNames": lambda s, v, rule: all(valid(rule, key) for key in v),
    "additionalProperties": properties,
}


def opened(folder: Path, files: dict[str, str]) -> Config:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_project(folder)


def as_written(folder: Path, kind: str) -> Any:
    """The value of a file with the references in it, as an editor sees it."""
    from tilth.config.item import plain
    from tilth.config.parse import parse

    mistakes = Mistakes(Sources())
    item = parse((folder / kind).read_text(encoding="utf-8"), kind, mistakes)
    return None if item is None or mistakes.found else plain(item)


@pytest.mark.parametrize("name", sorted(VALID))
def test_what_the_checks_accept_the_schema_accepts(name: str, tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    config = opened(tmp_path, VALID | {"contracts/rain.yml": RAIN})

    assert config.settings.workers == 4
    assert config.places.key("catalog", "weather") == Place("catalog.yml", 4, 1)
    assert valid(schemas()[name], as_written(tmp_path, name))
    assert valid(schemas()["contract.yml"], as_written(tmp_path, "contracts/rain.yml"))


# What has the right form and makes no sense: a range the wrong way round.
ONLY_MEANT = {
    each.title for each in read_cases(Path(__file__).parent / "mistakes" / "promises.txt")
}

ONLY_THE_CHECKS_SEE = re.compile(
    # What relates one part of a file to another, to other files, or to the environment;
    # and what a regular expression for editors need not say.
    "reference|environment|secret|parameter of the wrong|several|group in the middle|mount|"
    "default pipeline|two nodes of|folder of sources|partition|brace|package without|"
    "duration from|input that could|prefix of parameters|goes on and on|keyword|option|"
    "a parameter|folder in place|no tilth.yml at all|other ending"
)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        if case.title not in ("a mistake in an overlay", *ONLY_MEANT)
        and {each.place.split(":")[0] for each in case.expected if each.place}
        <= {"tilth.yml", "catalog.yml"}
        and not ONLY_THE_CHECKS_SEE.search(case.title)
    ],
    ids=lambda case: case.title.replace(" ", "-"),
)
def test_what_the_checks_refuse_the_schema_refuses(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path)
    with pytest.raises(ConfigError):
        read_project(tmp_path, environ=case.environ)
    files = [name for name in ("tilth.yml", "catalog.yml") if (tmp_path / name).is_file()]
    values = {name: as_written(tmp_path, name) for name in files}
    if None in values.values() or any(isinstance(each, str) for each in values.values()):
        return  # not even YAML, or no mapping: an editor needs no schema to see that

    assert not all(valid(schemas()[name], value) for name, value in values.items())


def test_a_schema_is_json() -> None:
    assert sorted(schemas()) == [
        "catalog.yml",
        "contract.yml",
        "goals.yml",
        "params.yml",
        "score.yml",
        "tilth.yml",
    ]
    assert json.loads(json.dumps(schemas())) == schemas()
    for schema in schemas().values():
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


GOAL = {"measure": "f1", "at_least": 0.5, "why": "so that somebody knows"}


@pytest.mark.parametrize(
    ("goal", "fits"),
    [
        (GOAL, True),
        ({**GOAL, "slices": ["hour >= 17"], "alpha": 0.01}, True),
        ({"measure": "f1", "against": "live", "allowed": 0, "by": ["a"], "why": "it is"}, True),
        ({**GOAL, "at_leest": 0.5}, False),
        ({"measure": "f1", "at_least": 0.5}, False),
        ({**GOAL, "size_mb": 3}, False),
        ({**GOAL, "against": "lives"}, False),
        ({**GOAL, "alpha": 0.7}, False),
        ({**GOAL, "allowed": 0.1}, False),
    ],
)
def test_the_schema_of_goals_takes_what_the_checks_take(goal: Any, fits: bool) -> None:
    told = {"rows": "test", "target": "late", "goals": [goal]}
    mistakes = Mistakes(Sources())
    check(GOALS, item_of({"late": told}), "goals.yml", mistakes)

    assert valid(schemas()["goals.yml"], {"late": told}) is fits
    assert (not mistakes.found) is fits


def item_of(value: Any) -> Item:
    if isinstance(value, dict):
        value = {key: item_of(each) for key, each in value.items()}
    elif isinstance(value, list):
        value = [item_of(each) for each in value]
    return Item(value, "goals.yml", spot(1, 1))
