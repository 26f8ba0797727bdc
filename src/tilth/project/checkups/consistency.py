"""Consistency: the same thing that is done in two ways, so that two results do not agree."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from tilth.errors import TilthError
from tilth.project.checkups.finding import Finding, Rule
from tilth.project.listing import all_nodes

if TYPE_CHECKING:
    from tilth.graph.node import Node
    from tilth.project.project import Project

_ALIKE = 0.6
"""From this share of common text on, one definition is a copy of the other that was changed."""

_LONGEST = 20_000
"""Characters of a definition up to which it is compared: the comparison is quadratic."""

_TRAINING = frozenset({"train", "training"})
_APART = frozenset({"test", "testing", "validation", "valid", "val", "dev", "holdout", "heldout"})
_SPLITTERS = frozenset(
    {"train_test_split", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"}
)
_HOW = frozenset({"test_size", "train_size", "random_state", "shuffle"})


class _Definition(NamedTuple):
    """A function or a class of the project's."""

    name: str
    digest: str
    text: str
    place: str


def _named_twice(project: Project) -> Iterator[Finding]:
    """One name for two definitions, of which one is a changed copy or stands for the other."""
    nodes = [each for each in all_nodes(project).values() if each.function.importable]
    inputs: dict[str, set[frozenset[str]]] = defaultdict(set)
    for node in nodes:
        inputs[node.function.name.replace(":", ".")].add(frozenset(node.reads))
    by_name: dict[str, dict[str, _Definition]] = defaultdict(dict)
    for each in _definitions(project, nodes):
        by_name[each.name.rpartition(".")[2]].setdefault(each.digest, each)
    for name, found in sorted(by_name.items()):
        for one, other in combinations(sorted(found.values()), 2):
            same_inputs = inputs[one.name] & inputs[other.name] - {frozenset()}
            if same_inputs or _are_alike(one.text, other.text):
                yield Finding(
                    message=f"`{name}` is defined twice, differently: "
                    f"{one.name} ({one.place}) and {other.name} ({other.place})",
                    hint="if both mean the same, let one be used by all; "
                    "if not, give them names that say what differs",
                )


def _definitions(project: Project, nodes: Iterable[Node]) -> Iterator[_Definition]:
    seen = set()
    for node in nodes:
        try:
            step = project.step(node)
        except TilthError:
            continue  # another rule tells of it
        texts = step.texts()
        for name, digest in step.recipe.parts.items():
            if (name, digest) in seen or digest not in texts:
                continue
            seen.add((name, digest))
            text, file, line = texts[digest]
            if text.lstrip().startswith(("def ", "async def ", "class ", "@")):
                yield _Definition(name, digest, text, f"{file}:{line}")


def _are_alike(one: str, other: str) -> bool:
    if max(len(one), len(other)) > _LONGEST:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # The first two are upper bounds that cost little.
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(bound() >= _ALIKE for bound in bounds)


class _Split(NamedTuple):
    """How a node parts its rows into those to train on and others."""

    node: Node
    how: str


def _split_twice(project: Project) -> Iterator[Finding]:
    """The same rows, parted in two ways: what trains the one model judges the other."""
    by_input: dict[str, list[_Split]] = defaultdict(list)
    for node in all_nodes(project).values():
        how = _way_of_splitting(project, node)
        for name in node.reads if how else ():
            by_input[name].append(_Split(node, how))
    told = set()
    for name, splits in sorted(by_input.items()):
        for one, other in combinations(splits, 2):
            pair = (one.node.name, other.node.name)
            if one.how == other.how or pair in told:
                continue
            told.add(pair)
            yield Finding(
                message=f"`{name}` is split in two ways: by `{one.node.name}` ({one.node.place}) "
                f"and by `{other.node.name}` ({other.node.place})",
                hint="a row that trains the one model may judge the other: "
                "split once, and let both read the parts",
            )


def _way_of_splitting(project: Project, node: Node) -> str:
    """What tells two ways apart; empty where the node does not split."""
    try:
        step = project.step(node)
    except TilthError:
        return ""
    if _makes_parts(node):
        return step.recipe.fingerprint
    calls = [call for text, _, _ in step.texts().values() for call in _fixed_splits(text)]
    return "; ".join(sorted(calls))


def _makes_parts(node: Node) -> bool:
    words = [set(re.split(r"[._]", name.lower())) for name in node.makes]
    return any(each & _TRAINING for each in words) and any(each & _APART for each in words)


def _fixed_splits(text: str) -> Iterator[str]:
    """Calls of known splitters whose arguments stand there as plain values."""
    if not any(name in text for name in _SPLITTERS):
        return
    for each in ast.walk(ast.parse(text)):
        if not isinstance(each, ast.Call):
            continue
        called = each.func.attr if isinstance(each.func, ast.Attribute) else each.func
        name = called.id if isinstance(called, ast.Name) else called
        how = _arguments(each)
        if name in _SPLITTERS and how is not None:
            yield f"{name}({', '.join(f'{key}={value}' for key, value in sorted(how.items()))})"


def _arguments(call: ast.Call) -> Mapping[str, str] | None:
    """What says how rows are parted; None where that is not known from the source."""
    found = {}
    for each in call.keywords:
        if each.arg in _HOW:
            if not isinstance(each.value, ast.Constant):
                return None
            found[each.arg] = repr(each.value.value)
    return found


RULES = (
    Rule(code="T206", what="One name has one definition.", look=_named_twice),
    Rule(code="T207", what="The same rows are split in one way.", look=_split_twice),
)
