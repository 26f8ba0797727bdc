"""Do models learn, and do they and what prepares for them treat each row by itself?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

from tilth.errors import TilthError
from tilth.project.debugging import prepared
from tilth.project.mini.checks.fitting import Fitted, fitted_by
from tilth.project.mini.checks.learning import learned
from tilth.project.mini.checks.rowwise import row_by_row
from tilth.project.mini.checks.told import Told
from tilth.project.mini.tested import Check, left_out

if TYPE_CHECKING:
    from tilth.graph.node import Node
    from tilth.project.mini.looked import Looked

LEARNS = "models learn"
ROWS = "rows by themselves"

LONGEST = 4.0
"""Seconds that a node may have taken to be called once more."""

_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.", "catboost.", "skorch.", "imblearn.")
_FORMATS = frozenset({"skops", "pickle"})


def models(looked: Looked) -> Iterator[Check]:
    """Lines for each model and each transformer that nodes fit."""
    makers = dict.fromkeys(
        looked.maker(name)
        for name, made in looked.made.items()
        if made.format in _FORMATS or made.shape.startswith(_LIBRARIES)
    )
    found = []
    for name in makers:
        for each in _of_node(looked, looked.chosen.by_name[name]):
            found.append(each)
            yield each
    for check, noun in ((LEARNS, "model"), (ROWS, "model or transformer")):
        if not any(each.name == check for each in found) and not looked.result.failures:
            yield left_out(check, f"no node fits a {noun} of scikit-learn's kind")


def _of_node(looked: Looked, node: Node) -> Iterator[Check]:
    runs = [each for key, each in looked.node_runs.items() if key.partition("[")[0] == node.name]
    seconds = sum(each.seconds for each in runs)
    if seconds > LONGEST:
        yield left_out(
            LEARNS, f"it took {seconds:.0f} s, and would have to be called again", node.name
        )
        return
    if node.fans_out:
        yield left_out(LEARNS, "it runs once for each partition", node.name)
        return
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), _one_thread():
            warnings.simplefilter("ignore")  # they were told when it ran
            yield from list(_asked(looked, node))
    except TilthError as error:
        yield left_out(LEARNS, f"it could not be called again: {error}", node.name)


def _one_thread() -> AbstractContextManager[Any]:
    """Few rows are soon predicted, and threads that wait for one another spin."""
    try:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # sklearn's
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


def _asked(looked: Looked, node: Node) -> Iterator[Check]:
    """Call it again, and look at what it fits."""
    values = [looked.value(each) for each in node.makes if each in looked.made]
    promised = _promised(looked)
    for each in fitted_by(prepared(looked.mini, node.name).call, values):
        yield from _of_model(each, node.name, promised)


def _of_model(fitted: Fitted, node: str, promised: Mapping[str, set[str]]) -> Iterator[Check]:
    for told in learned(fitted):
        yield _line(LEARNS, told, node)
    found = row_by_row(fitted, promised)
    if found is not None:
        yield _line(ROWS, found, node)


def _line(name: str, told: Told, node: str) -> Check:
    blamed = node if told.failed else ""
    return Check(name=name, state=told.state, about=node, message=told.message, node=blamed)


def _promised(looked: Looked) -> dict[str, set[str]]:
    """Column -> what a contract of the project rules out: `missing`, `unseen`."""
    found: dict[str, set[str]] = {}
    for contract in looked.home.definition.contracts.values():
        for each in contract.promises:
            strict = not each.check.given.get("at_most") and each.severity != "warn"
            word = {"not_null": "missing", "levels": "unseen"}.get(each.name)
            if strict and word:
                found.setdefault(each.column, set()).add(word)
    return found
