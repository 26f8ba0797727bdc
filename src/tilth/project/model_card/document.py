"""The card as a document: sections of sentences, tables and gaps, the plain ones first."""

from __future__ import annotations

from collections.abc import Iterator

from tilth.history.record import ModelEvent
from tilth.project.model_card import depth
from tilth.project.model_card.facts import Card
from tilth.project.model_card.parts import (
    MOST,
    Cell,
    Gap,
    Grid,
    Interval,
    Part,
    Section,
    Words,
    dots,
    more,
    name_of,
    some_of,
)
from tilth.project.model_card.summary import quality
from tilth.project.model_card.words import amount, clock, digest, number, size


def sections(card: Card) -> list[Section]:
    """All of the card below the summary, the plain parts first."""
    found = [
        Section(title="How good it is", parts=list(_good(card))),
        Section(title="Where it is weak", parts=list(_weak(card))),
        Section(title="What it had to show", parts=list(_goals(card))),
        Section(title="What it looks at", parts=list(_looks(card))),
        Section(title="What it learned from", parts=list(_sources(card))),
        Section(title="Who decided what", parts=list(_decisions(card))),
        Section(title="Limits", parts=list(_limits(card))),
        Section(title="Why this model and not another", parts=list(depth.choice(card)), deep=True),
        Section(title="Columns", parts=list(depth.columns(card)), deep=True),
        Section(title="Tests of its bundle", parts=list(depth.tests(card)), deep=True),
        Section(title="How it was made", parts=list(depth.made(card)), deep=True),
    ]
    return [each for each in found if each.parts]


def _good(card: Card) -> Iterator[Part]:
    version = card.known.version
    if card.test:
        yield from map(Words, quality(card))
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
        yield Grid(head=("measured", "value", "by"), rows=measured[:MOST], more=more(measured))
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
        row = ("share of wrong answers", Interval(card.test["wrong"], *ends))
        yield Grid(head=("", "value"), rows=[row])
        yield Words(
            "In brackets: where it would lie for other rows of the same kind, 19 times of 20."
        )


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


def _goals(card: Card) -> Iterator[Part]:
    verdict = card.verdict
    if not verdict:
        yield Gap(
            "what it has to show before it may go live",
            f"write it into `goals.yml`; `tilth models validate {name_of(card)}` then judges it",
        )
        return
    beside = f", beside {verdict['live']}" if verdict["live"] else ""
    yield Words(f"Judged on {verdict['n_rows']:,} rows of `{verdict['rows']}`{beside}.")
    rows = [
        (each["goal"], each["outcome"], each["evidence"], each["why"]) for each in verdict["goals"]
    ]
    yield Grid(head=("goal", "outcome", "evidence", "why"), rows=rows[:MOST], more=more(rows))


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
    yield Grid(head=head, rows=rows[:MOST], numbers=(1,), more=more(rows))


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
        yield Gap("which columns and values it knows", f"`tilth models bundle {name_of(card)}`")
        return
    ranges = [each for each in card.signature["columns"] if each.get("low") is not None]
    levels = [each for each in card.signature["columns"] if each.get("levels")]
    whole = [each["name"] for each in card.signature["columns"] if not each["nulls"]]
    if ranges:
        shown = "; ".join(
            f"`{each['name']}` {number(each['low'])} to {number(each['high'])}"
            for each in ranges[:12]
        )
        yield Words(f"Numbers beyond what it saw are guesses: {shown}{dots(ranges, 12)}.")
    if levels:
        shown = "; ".join(f"`{each['name']}` {some_of(each['levels'])}" for each in levels[:12])
        yield Words(f"It knows these categories, and no others: {shown}{dots(levels, 12)}.")
    if whole:
        shown = ", ".join(f"`{each}`" for each in whole[:12])
        yield Words(f"It never saw a gap in {shown}{dots(whole, 12)}.")
    refused = card.golden["refused"]
    if refused:
        shown = "; ".join(f"{each['why']} ({each['error']})" for each in refused[:6])
        yield Words(f"It refuses a row where {shown}{dots(refused, 6)}.")
    for each in card.choice.get("warnings", ()):
        yield Words(f"When it was chosen: {each}.")
