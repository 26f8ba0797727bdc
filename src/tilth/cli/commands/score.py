"""How ready for production is it? The ML Test Score, from what is on record."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import paint, say, show, show_json, table
from tilth.project.scoring.score import Score, Section, TestResult, told

__all__ = ["score"]

_WIDEST = 78
_COLOURS = {0.0: "red", 0.5: "yellow", 1.0: "green"}


@command(
    examples=(
        ("tilth score", "28 tests, with what each point rests on or what would earn it"),
        ("tilth score --section data", "one of `data`, `model`, `infra` and `monitor`"),
        ("tilth score --why model_5", "all that is on record for one test"),
        ("tilth score --json", "for programs, such as a badge or a gate"),
    )
)
@click.option("--section", metavar="NAME", help="Show this section alone.")
@click.option("--why", metavar="TEST", help="Show all that is on record for a test.")
def score(invocation: Invocation, *, section: str | None, why: str | None) -> None:
    """Compute the ML Test Score of the project from what is on record.

    28 tests in four sections (Breck et al., 2017), each 0, 0.5 for what was done by hand and is
    written down or is done in part, or 1 for what happens by itself and is on record. A section
    is the sum of its tests, the score the least of the four. Nothing is run.
    """
    with opened(invocation) as project:
        found = project.score()
    if why is not None:
        _show_why(invocation, found.result(why))
    elif invocation.json:
        show_json(found.as_dict() if section is None else found.section(section).as_dict())
    else:
        _show_score(found, None if section is None else found.section(section))


def _show_score(found: Score, only: Section | None) -> None:
    for note in found.notes:
        say(note)
    for each in found.sections if only is None else (only,):
        show("\n".join(_lines(each)))
        show()
    if only is None:
        show(paint(found.title, "bold"))
        show(f"as the paper reads it: {found.reading}")
        if found.next_steps:
            show(f"next, as {found.weakest.title} decides: {found.next_steps[0]}")
    say("`tilth score --why TEST` tells all of a test")


def _lines(section: Section) -> Iterator[str]:
    head = f"{section.title}: {section.points:g} of 7"
    if not section.covered and not section.points:
        yield f"{paint(head, 'bold')}, not covered: {section.results[0].test.not_covered}"
        return
    yield paint(head, "bold")
    rows = []
    for each in section.results:
        points = paint(f"{each.points:3g}", _COLOURS[each.points])
        rows.append((points, each.test.id, each.test.title))
        rows += [("", "", line) for line in _short(each)]
    yield table(rows)


def _short(result: TestResult) -> Iterator[str]:
    """What the points rest on, or what is missing and how to get it."""
    evidence = result.evidence
    if not result.covered and not evidence.points:
        yield paint(f"not covered: {result.test.not_covered}", "dim")
    if evidence.points:
        yield _cut(f"+ {told(evidence.proofs[0])}")
    if result.covered and evidence.points < result.test.reachable:
        yield _cut(f"- {evidence.lacks[0]}")
        yield from (paint(f"  > {each}", "dim") for each in evidence.earn[:1])


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _show_why(invocation: Invocation, result: TestResult) -> None:
    if invocation.json:
        show_json(result.as_dict())
        return
    test, evidence = result.test, result.evidence
    show(paint(f"{test.name}: {test.title}", "bold"))
    show(f"looked for: {test.asks}")
    show(f"points: {result.points:g} of 1")
    if test.not_covered:
        show(f"not covered by this release: {test.not_covered}")
    for title, lines in (
        ("on record", [told(each) for each in evidence.proofs]),
        ("missing", evidence.lacks),
        ("to earn it", evidence.earn),
    ):
        if lines:
            show(title)
            show("\n".join(f"  {each}" for each in lines))
