"""How good predictions are by the old and by the new definition of classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import datasets
from tilth.cli.labels import figure, name_argument, plain
from tilth.cli.opening import opened
from tilth.cli.output import plural, show, show_json, table
from tilth.project.label_definitions import BothDefinitions, Rescored, rescore
from tilth.project.label_migration import read_change
from tilth.project.label_set import label_set

if TYPE_CHECKING:
    from tilth.quality.definitions import Scores

__all__ = ["rescore_"]


@command(
    name="rescore",
    examples=(
        (
            "tilth labels rescore tone FILE scored --target tone --prediction said",
            "before it is applied: what the definition alone would change",
        ),
        (
            "tilth labels rescore tone FILE scored@3 scored --target tone --prediction said",
            "after a run: the model of run 3 and the one of now",
        ),
    ),
)
@name_argument
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("before", shell_complete=datasets)
@click.argument("after", required=False, shell_complete=datasets)
@click.option("--target", metavar="COLUMN", required=True, help="What is so, in both tables.")
@click.option("--prediction", metavar="COLUMN", required=True, help="What the model said.")
def rescore_(
    invocation: Invocation,
    name: str,
    file: Path,
    before: str,
    after: str | None,
    *,
    target: str,
    prediction: str,
) -> None:
    """Judge predictions by both definitions of the migration FILE of label set NAME.

    BEFORE is a table by the old definition, AFTER one of the same rows by the new one, of a
    model that has learned it. Where a prediction cannot be told by a definition, such as that
    of a class that was split, it is counted apart.
    """
    with opened(invocation) as project:
        labels = label_set(project, name)
        change = read_change(labels, file)
        found = rescore(labels, change, before, after, target=target, prediction=prediction)
    if invocation.json:
        show_json(_as_dict(found))
        return
    show(f"{change.text}\n")
    for line in _lines(found):
        show(line)


def _lines(found: BothDefinitions) -> Iterator[str]:
    tables = [found.before, *([found.after] if found.after else [])]
    rows = [
        (each.dataset, which, *_cells(scores))
        for each in tables
        for which, scores in (("old", each.old), ("new", each.new))
    ]
    titles = ("predictions", "definition", "rows", "accuracy", "mean recall", "mean F1")
    yield table(rows, titles=titles, right=(2,))
    for each in tables:
        yield from _notes(each)
    if found.gain is not None:
        yield (
            f"by the new definition the new model is right more often by {figure(found.gain)}, "
            "on the same rows"
        )


def _cells(scores: Scores | None) -> tuple[str, ...]:
    if scores is None:
        return ("0", "-", "-", "-")
    return (
        f"{scores.n:,}",
        *(figure(each) for each in (scores.accuracy, scores.recall, scores.f1)),
    )


def _notes(each: Rescored) -> Iterator[str]:
    for which, scores in (("old", each.old), ("new", each.new)):
        if scores is None:
            yield f"{each.dataset}: no prediction can be told by the {which} definition"
            continue
        if scores.n_untold:
            classes = ", ".join(map(str, each.untold[which]))
            yield (
                f"{each.dataset}: {plural(scores.n_untold, 'prediction')} of {classes} cannot be "
                f"told by the {which} definition; with them accuracy lies between "
                f"{scores.at_worst:.2f} and {scores.at_best:.2f}"
            )
        if scores.n_open:
            yield f"{each.dataset}: {plural(scores.n_open, 'row')} have no {which} label"


def _as_dict(found: BothDefinitions) -> dict[str, Any]:
    return plain(found)  # type: ignore[no-any-return]  # a record becomes a dict
