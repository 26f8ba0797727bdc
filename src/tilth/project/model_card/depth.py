"""The parts of a card for readers who know the field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tilth.models.host import told_figures
from tilth.project.model_card.facts import Card
from tilth.project.model_card.parts import (
    MOST,
    Gap,
    Grid,
    Interval,
    Part,
    Words,
    more,
    name_of,
    some_of,
)
from tilth.project.model_card.words import amount, clock, digest, number, size

_WIDE = 120


def choice(card: Card) -> Iterator[Part]:
    choice = card.choice
    if not choice.get("models"):
        yield Gap("a comparison with simpler models", "`stage: train` always takes some along")
        return
    yield Words(f"{choice['why'].rstrip('.')}.")
    metric = choice["metric"]
    models = sorted(choice["models"].items(), key=lambda each: each[0] != choice["chosen"])
    rows = [
        (f"`{name}`" + (" (this one)" if name == choice["chosen"] else ""),
         Interval(*(each[metric][part] for part in ("value", "low", "high"))),
         size(round(each["size_bytes"])), f"{each['predict_us_per_row']:.3g} µs")
        for name, each in models
    ]  # fmt: skip
    head = ("model", metric, "size", "time a row")
    yield Grid(head=head, rows=rows, numbers=(2, 3))
    yield Words("On the same folds of the rows that it learned from, each held out in turn.")


def columns(card: Card) -> Iterator[Part]:
    if not card.signature:
        return
    rows = [
        (f"`{each['name']}`", each["type"], amount(each["nulls"]), _seen(each))
        for each in card.signature["columns"]
    ]
    head = ("column", "type", "gaps seen", "values seen")
    yield Grid(head=head, rows=rows[:MOST], numbers=(2,), more=more(rows))


def _seen(column: Mapping[str, Any]) -> str:
    if column.get("low") is not None:
        return f"{number(column['low'])} to {number(column['high'])}"
    if column.get("levels"):
        return some_of(column["levels"])
    return f"{column['n_levels']:,} texts" if column.get("n_levels") else "–"


def tests(card: Card) -> Iterator[Part]:
    if card.parity:
        how = "in ONNX" if card.parity["passed"] else "as it is, and not in ONNX"
        yield Words(f"Its bundle is asked {how}: {card.parity['why']}.")
    if not card.tests:
        yield Gap("a test of its bundle", f"`tilth models test {name_of(card)}`")
        return
    yield Words(f"Bundle `{card.digest[:12]}` was asked again what it was asked when it was made.")
    rows = [
        (clock(each["at"]), each["person"], each["state"], amount(each["rows"]),
         each["python"], "; ".join(each["faults"][:2]))
        for each in card.tests
    ]  # fmt: skip
    head = ("when", "who", "what came of it", "rows", "Python", "faults")
    yield Grid(head=head, rows=rows[-MOST:], numbers=(3,), more=more(rows))
    yield from _took(card.tests[-1])


_FORMS = {"onnx": "in ONNX", "native": "as it is"}


def _took(test: Mapping[str, Any]) -> Iterator[Part]:
    """What asking it took, and whether that is there where it shall run."""
    rows = [
        (_FORMS[name], told_figures(found))
        for name, found in test.get("figures", {}).items()  # none of what an older Tilth tested
        if found
    ]
    if rows:
        yield Words("What asking it took, the last time:")
        yield Grid(head=("form", "took"), rows=rows)
    hosts = [
        (alias, "; ".join(each["text"] for each in told["lacks"]) or "it has all that it needs")
        for alias, told in test.get("runs_on", {}).items()
    ]
    if hosts:
        yield Grid(head=("where it shall run", "what it lacks there"), rows=hosts)


def made(card: Card) -> Iterator[Part]:
    known = card.known
    run = known.run
    rows = [
        ("dataset", f"`{known.made.dataset}`, {known.made.shape}, {size(known.made.n_bytes)}"),
        ("digest", f"`{digest(known.made.fingerprint, 40)}`"),
        ("run", f"{run.id}, {clock(run.started_at)}, by {run.person}"),
    ]
    if run.commit:
        state = {True: "", False: ", with changes that are in no commit", None: ""}[run.clean]
        rows.append(("commit", f"`{run.commit[:12]}`{state}"))
    if known.libraries:
        used = ", ".join(f"{name} {version}" for name, version in known.libraries.items())
        rows.append(("with", f"Python {known.python}, {used}"))
    yield Grid(head=("", ""), rows=rows)
    steps = [
        (f"`{each['node']}`", f"run {each['run']}", f"`{each['function']}`",
         _parameters(each["parameters"]))
        for each in card.steps
    ]  # fmt: skip
    if steps:
        head = ("node", "made in", "function", "parameters")
        yield Grid(head=head, rows=steps[:MOST], more=more(steps))
    yield Words(f"`tilth reproduce {run.id}` makes it again, and says whether it is the same.")


def _parameters(given: Mapping[str, str]) -> str:
    told = ", ".join(f"{name}: {_value(text)}" for name, text in given.items())
    return told if len(told) <= _WIDE else f"{told[: _WIDE - 3]}..."


def _value(text: str) -> str:
    value = json.loads(text)
    return value if isinstance(value, str) else text
