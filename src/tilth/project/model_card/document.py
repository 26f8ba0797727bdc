"""A card as a document: sections of sentences, tables and gaps, before it is a page or a text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from tilth.history.record import ModelEvent
from tilth.models.registry import PRODUCTION
from tilth.project.model_card.facts import Card
from tilth.project.model_card.words import amount, chance, clock, digest, number, plural, size
from tilth.record import field, record


@record(kw_only=False)
class Words:
    """A sentence or more; names stand in backticks."""

    text: str


@record(kw_only=False)
class Gap:
    """Something that nothing is on record of, and the command that would fill it."""

    what: str
    command: str


@record(kw_only=False)
class Interval:
    """A number with its interval; ends are None where there is none."""

    value: float
    low: float | None
    high: float | None


Cell: TypeAlias = str | Interval


@record
class Grid:
    """A table.

    Attributes:
        head: Titles of the columns.
        rows: Of cells.
        numbers: Columns that hold numbers.
        more: How many rows were left out.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: tuple[int, ...] = ()
    more: int = 0


Part: TypeAlias = Words | Gap | Grid


@record
class Section:
    """A part of the card.

    Attributes:
        title: What it is about.
        parts: What it says.
        deep: Whether it is for readers who know the field.
    """

    title: str
    parts: Sequence[Part] = field(default_factory=list)
    deep: bool = False


_MOST = 40
_WIDE = 120


def summary(card: Card) -> list[str]:
    """What a reader without any background should know, in a few sentences."""
    return [*_task(card), *_learned(card), *_quality(card), *_weakest(card), *_standing(card)]


def sections(card: Card) -> list[Section]:
    """All of the card below the summary, the plain parts first."""
    found = [
        Section(title="How good it is", parts=list(_good(card))),
        Section(title="Where it is weak", parts=list(_weak(card))),
        Section(title="What it looks at", parts=list(_looks(card))),
        Section(title="What it learned from", parts=list(_sources(card))),
        Section(title="Who decided what", parts=list(_decisions(card))),
        Section(title="Limits", parts=list(_limits(card))),
        Section(title="Why this model and not another", parts=list(_choice(card)), deep=True),
        Section(title="Columns", parts=list(_columns(card)), deep=True),
        Section(title="Tests of its bundle", parts=list(_tests(card)), deep=True),
        Section(title="How it was made", parts=list(_made(card)), deep=True),
    ]
    return [each for each in found if each.parts]


# The summary


def _task(card: Card) -> Iterator[str]:
    target, classes = card.signature.get("target"), card.signature.get("classes")
    if card.about:
        yield card.about.rstrip(".") + "."
    if not card.signature:
        made = card.known.made
        yield f"It is {made.shape}, which this project calls `{made.dataset}`."
    elif classes is None:
        yield f"For each row that it is given, it says how large {_of(target)} is."
    elif len(classes) == 2:
        yield f"For each row that it is given, it says whether {_of(target)} is {_or(classes)}."
    else:
        kinds = f"{len(classes)} kinds"
        yield f"For each row that it is given, it says which of {kinds} {_of(target)} is."


def _of(target: str | None) -> str:
    return f"`{target}`" if target else "what it learned to predict"


def _or(classes: Sequence[Any]) -> str:
    shown = [str(each).lower() if isinstance(each, bool) else f"`{each}`" for each in classes]
    return " or ".join(reversed(shown))


def _learned(card: Card) -> Iterator[str]:
    learned = card.signature.get("learned_from")
    if learned:
        n = len(card.signature["columns"])
        yield (
            f"It learned from {learned['rows']:,} rows of `{learned['dataset']}`, of which it "
            f"looks at {plural(n, 'column')}."
        )


def _quality(card: Card) -> Iterator[str]:
    test = card.test
    if not test:
        return
    rows = f"{test['rows']:,} rows"
    rows += f" of `{card.rows_of_test}`" if card.rows_of_test else ""
    rows += ", none of which it learned from" if card.is_unseen else ""
    if test["loss"] == "error":
        yield f"On {rows}, {chance(test['overall'])} answers are wrong."
    else:
        yield f"On {rows}, its mean {test['loss']} is {number(test['overall'])}."


def _weakest(card: Card) -> Iterator[str]:
    if card.test.get("findings"):
        worst = card.test["findings"][0]
        where = f"It is weakest where {worst['slice']}: there,"
        if card.test["loss"] == "error":
            yield f"{where} {chance(worst['error'])} answers are wrong."
        else:
            yield f"{where} its mean {card.test['loss']} is {number(worst['error'])}."


def _standing(card: Card) -> Iterator[str]:
    version = card.known.version
    if PRODUCTION in version.aliases:
        since = max(each.happened_at for each in version.decisions if each.alias == PRODUCTION)
        yield f"It is live, as `{version.model}@{PRODUCTION}`, since {clock(since)}."
    elif version.state in ("refused", "retired"):
        yield f"It may not be used: it is {version.state}."
    else:
        yield "It is not live."


# Plain parts


def _good(card: Card) -> Iterator[Part]:
    version = card.known.version
    if card.test:
        yield from map(Words, _quality(card))
        yield from _share(card)
        confusion, classes = card.test.get("confusion"), card.test.get("classes")
        if confusion and classes and len(classes) <= 12:
            rows = [
                (f"it is {name}", *map(amount, counts))
                for name, counts in zip(classes, confusion, strict=True)
            ]
            head = ("", *(f"said to be {each}" for each in classes))
            yield Grid(head=head, rows=rows, numbers=tuple(range(1, len(head))))
    if card.measured:
        measured: list[tuple[Cell, ...]] = [
            (f"`{each['name']}`", Interval(each["value"], each["low"], each["high"]),
             f"`{each['node']}`, run {each['run']}")
            for each in card.measured
        ]  # fmt: skip
        yield Grid(head=("measured", "value", "by"), rows=measured[:_MOST], more=_more(measured))
        if any(each["low"] is not None for each in card.measured):
            yield Words("In brackets: where each would lie for other rows of the same kind.")
    if not card.test and not card.measured:
        yield Gap(
            "how good it is on rows that it has not seen",
            f"give `stage: train` a `test`, or put `stage: evaluate` behind it; then `tilth run` "
            f"and `tilth models card {version.name}`",
        )


def _share(card: Card) -> Iterator[Part]:
    ends = card.test["interval"]
    if ends:
        row = ("share of wrong answers", Interval(card.test["overall"], *ends))
        yield Grid(head=("", "value"), rows=[row])
        yield Words(
            "In brackets: where it would lie for other rows of the same kind, 19 times of 20."
        )


def _more(rows: Sequence[Any]) -> int:
    return max(0, len(rows) - _MOST)


def _weak(card: Card) -> Iterator[Part]:
    if not card.test:
        yield Gap("kinds of rows on which it does worse", "`tilth run` with `stage: evaluate`")
        return
    looked = sum(card.test.get("candidates", ()))
    found = card.test.get("findings", ())
    if not found:
        yield Words(f"Of {looked:,} kinds of rows, it does worse on none beyond chance.")
        return
    yield Words(f"Of {looked:,} kinds of rows, it does worse on these beyond chance.")
    rows = []
    for each in found:
        causes = each.get("diagnoses") or [{}]
        ahead = each["difference"]
        rows.append(
            (each["slice"], amount(each["rows"]), number(each["error"]),
             Interval(ahead["value"], ahead["low"], ahead["high"]), causes[0].get("cause", ""))
        )  # fmt: skip
    head = ("rows where", "rows", card.test["loss"], "above all rows by", "likely cause")
    yield Grid(head=head, rows=rows, numbers=(1, 2))


def _looks(card: Card) -> Iterator[Part]:
    columns = [each for each in card.importance.get("columns", ()) if each["strength"]["value"]]
    if not columns:
        yield Gap("what moves its answers", f"`tilth explain {card.known.made.dataset}`, or "
                  "`stage: explain` in a pipeline to have it here")  # fmt: skip
        return
    rows = [
        (f"`{each['column']}`", f"{100 * each['part']:.0f} %",
         Interval(*(each["strength"][name] for name in ("value", "low", "high"))))
        for each in columns
    ]  # fmt: skip
    yield Words("How much each column moves its answers, on average.")
    head = ("column", "share", "moves it by")
    yield Grid(head=head, rows=rows[:_MOST], numbers=(1,), more=_more(rows))


def _sources(card: Card) -> Iterator[Part]:
    if not card.sources:
        yield Gap("where its data comes from", "`tilth run` makes it from data on record")
        return
    rows = [
        (f"`{each['dataset']}`", amount(each["rows"]), size(each["bytes"]),
         f"`{digest(each['fingerprint'])}`", f"run {each['run']}" if each["run"] else "")
        for each in card.sources
    ]  # fmt: skip
    head = ("data from outside", "rows", "size", "digest", "first read by")
    yield Grid(head=head, rows=rows, numbers=(1, 2))
    if any(each["rows"] is None for each in card.sources):
        yield Words("Rows are left open where nothing counted them.")


_DECIDED = {"aliased": "became", "rolled_back": "became again"}


def _decisions(card: Card) -> Iterator[Part]:
    version = card.known.version
    rows = [_decision(version.event)] + [_decision(each) for each in version.decisions]
    yield Grid(head=("when", "who", "what", "why"), rows=rows)
    if not any(each.kind in ("approved", "refused") for each in version.decisions):
        yield Gap(
            "a judgement by a person",
            f'`tilth models approve {version.name} --why "..."`, or `refuse`',
        )
    elif version.aliases and version.state != "approved":
        yield Words(f"It was promoted although it was {version.state}.")


def _decision(event: ModelEvent) -> tuple[str, ...]:
    what = f"{_DECIDED[event.kind]} `{event.alias}`" if event.kind in _DECIDED else event.kind
    return clock(event.happened_at), event.person, what, event.why


def _limits(card: Card) -> Iterator[Part]:
    if not card.signature:
        yield Gap("which columns and values it knows", f"`tilth models bundle {_name(card)}`")
        return
    ranges = [each for each in card.signature["columns"] if each.get("low") is not None]
    levels = [each for each in card.signature["columns"] if each.get("levels")]
    whole = [each["name"] for each in card.signature["columns"] if not each["nulls"]]
    if ranges:
        shown = "; ".join(
            f"`{each['name']}` {number(each['low'])} to {number(each['high'])}"
            for each in ranges[:12]
        )
        yield Words(f"Numbers beyond what it saw are guesses: {shown}{_dots(ranges, 12)}.")
    if levels:
        shown = "; ".join(f"`{each['name']}` {_levels(each['levels'])}" for each in levels[:12])
        yield Words(f"It knows these categories, and no others: {shown}{_dots(levels, 12)}.")
    if whole:
        shown = ", ".join(f"`{each}`" for each in whole[:12])
        yield Words(f"It never saw a gap in {shown}{_dots(whole, 12)}.")
    refused = card.golden["refused"]
    if refused:
        shown = "; ".join(f"{each['why']} ({each['error']})" for each in refused[:6])
        yield Words(f"It refuses a row in which {shown}{_dots(refused, 6)}.")
    for each in card.choice.get("warnings", ()):
        yield Words(f"When it was chosen: {each}.")


def _name(card: Card) -> str:
    return card.known.version.name


def _dots(values: Sequence[Any], n: int) -> str:
    return " ..." if len(values) > n else ""


def _levels(levels: Sequence[Any]) -> str:
    return ", ".join(map(str, levels[:8])) + _dots(levels, 8)


# Depth


def _choice(card: Card) -> Iterator[Part]:
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


def _columns(card: Card) -> Iterator[Part]:
    if not card.signature:
        return
    rows = [
        (f"`{each['name']}`", each["type"], amount(each["nulls"]), _seen(each))
        for each in card.signature["columns"]
    ]
    head = ("column", "type", "gaps seen", "values seen")
    yield Grid(head=head, rows=rows[:_MOST], numbers=(2,), more=_more(rows))


def _seen(column: Mapping[str, Any]) -> str:
    if column.get("low") is not None:
        return f"{number(column['low'])} to {number(column['high'])}"
    if column.get("levels"):
        return _levels(column["levels"])
    return f"{column['n_levels']:,} texts" if column.get("n_levels") else "–"


def _tests(card: Card) -> Iterator[Part]:
    if not card.tests:
        yield Gap("a test of its bundle", f"`tilth models test {_name(card)}`")
        return
    yield Words(f"Its bundle is `{card.digest[:12]}`; golden requests were asked again.")
    rows = [
        (clock(each["at"]), each["person"], each["state"], amount(each["requests"]),
         each["python"], "; ".join(each["faults"][:2]))
        for each in card.tests
    ]  # fmt: skip
    head = ("when", "who", "what came of it", "requests", "Python", "faults")
    yield Grid(head=head, rows=rows[-_MOST:], numbers=(3,), more=_more(rows))


def _made(card: Card) -> Iterator[Part]:
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
        yield Grid(head=head, rows=steps[:_MOST], more=_more(steps))
    yield Words(f"`tilth reproduce {run.id}` makes it again, and says whether it is the same.")


def _parameters(given: Mapping[str, str]) -> str:
    told = ", ".join(f"{name}: {_value(text)}" for name, text in given.items())
    return told if len(told) <= _WIDE else f"{told[: _WIDE - 3]}..."


def _value(text: str) -> str:
    value = json.loads(text)
    return value if isinstance(value, str) else text
