"""Hold a version of a model against its goals, and keep the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.completing import models as complete
from tilth.cli.opening import opened
from tilth.cli.output import paint, show, show_json
from tilth.models.registry import PRODUCTION

if TYPE_CHECKING:
    from tilth.models.verdict import Judged, Verdict

__all__ = ["validate"]

_COLOURS = {"passed": "green", "failed": "red", "undecided": "yellow"}
_MOST_PARTS = 5


@command(
    examples=(
        ("tilth models validate late@2", "against goals.yml, beside `late@production`"),
        ("tilth models validate late@2 --against shadow", "beside what another alias points at"),
        ("tilth models validate late@2 --rows newest_test", "on other rows than the goals say"),
        ("tilth models validate late@2 --json", "the verdict for programs"),
    )
)
@click.argument("model", shell_complete=complete)
@click.option(
    "--against",
    metavar="ALIAS|VERSION",
    default=PRODUCTION,
    show_default=True,
    help="What stands for the live version.",
)
@click.option("--rows", metavar="DATASET", default="", shell_complete=datasets,
              help="Judge on these rows instead.")  # fmt: skip
@click.option("--why", metavar="TEXT", default="", help="A remark; it stays on record.")
def validate(invocation: Invocation, model: str, against: str, rows: str, why: str) -> int:
    """Hold a version of MODEL against its goals in goals.yml, and keep the verdict.

    A goal is passed where the rows show that it is met, failed where they show that it is not,
    and undecided where they show neither. The exit code is 0 where the version passed, else 1.
    """
    with opened(invocation) as project:
        found = project.validate(model, against=against, rows=rows, why=why)
    if invocation.json:
        show_json({**found.as_dict(), "against": against})
    else:
        show("\n".join(_lines(found)))
    return 0 if found.outcome == "passed" else 1


def _lines(found: Verdict) -> Iterator[str]:
    yield paint(found.text, _COLOURS[found.outcome])
    for each in found.judged:
        yield ""
        mark = paint(f"{each.outcome:<9}", _COLOURS[each.outcome])
        passes = " (passes all the same)" if _is_borne(each) else ""
        yield f"{mark} {each.goal.text}{passes}"
        yield f"          {each.evidence}"
        shown = [part for part in each.parts if part.slice] if len(each.parts) > 1 else []
        for part in shown[:_MOST_PARTS]:
            yield f"            {part.outcome:<9} {part.slice}: {part.n_rows:,} rows"
        if len(shown) > _MOST_PARTS:
            yield f"            ... and {len(shown) - _MOST_PARTS} more (`--json`)"
        yield paint(f"          why: {each.goal.why}  {each.goal.place}", "dim")


def _is_borne(each: Judged) -> bool:
    return each.outcome == "undecided" and not each.stands_in_the_way
