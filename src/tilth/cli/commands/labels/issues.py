"""Which labels look wrong, why, and how many there are; ask people about them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from tilth.cli.command import Invocation, command
from tilth.cli.labels import asked, estimate, name_argument, warn
from tilth.cli.opening import opened
from tilth.cli.output import is_coloured, paint, plural, show, show_json, table
from tilth.project.label_issues import Issues, find_issues
from tilth.project.label_rounds import ask_issues
from tilth.project.label_set import label_set
from tilth.project.person import person

__all__ = ["issues"]


@command(
    examples=(
        ("tilth labels issues tone", "the worst twenty, and an estimate of all"),
        ("tilth labels issues tone --ask", "put them into the queue of `tilth labels review`"),
        ("tilth labels issues tone --ask -n 200", "no more than the worst 200 of them"),
        ("tilth labels issues tone --probabilities scores", "as one's own model judges"),
    )
)
@name_argument
@click.option("-n", type=click.IntRange(1), help="How many: shown, or asked about.")
@click.option("--ask", is_flag=True, help="Ask people about them; every fifth is drawn at random.")
@click.option(
    "--probabilities",
    metavar="DATASET",
    default="",
    help="What a model of your own says: the key, and a column for each class.",
)
def issues(invocation: Invocation, name: str, n: int | None, ask: bool, probabilities: str) -> None:
    """Rank the labels of NAME that look wrong; nothing is changed.

    Models that have not seen a row judge its label: a small panel, or your own. What was found
    is kept until the data changes.
    """
    with opened(invocation) as project:
        labels = label_set(project, name)
        found = find_issues(labels, probabilities=probabilities, progress=_tell)
        warn(labels)
        round_ = ask_issues(labels, found, n, who=person()) if ask else None
        told = asked(invocation, labels, round_) if round_ else None
    if invocation.json:
        show_json({**found.as_dict(), "asked": told})
        return
    show("\n\n".join(_parts(found, n or 20)))


def _tell(done: int, total: int, model: str) -> None:
    if not is_coloured(sys.stderr):
        return
    end = "" if done < total else "\r\x1b[K"
    print(f"\r\x1b[K{done} of {total} fits  {model}{end}", end="", file=sys.stderr, flush=True)


def _parts(found: Issues, n: int) -> Iterator[str]:
    noise = estimate(**found.noise, percent=True)
    yield (
        f"{plural(len(found.suspects), 'label')} of {found.n_rows:,} look wrong, as "
        f"{found.by} judge{'s' if found.by.startswith('`') else ''}; "
        f"about {noise} of all are"
    )
    if not found.suspects:
        return
    split = [(kind, estimate(**share, percent=True)) for kind, share in found.kinds.items()]
    yield table(split, titles=("of these", "share"))
    for each in found.conventions[:5]:
        yield (
            f"`{each['given']}` stands for `{each['suggested']}` {each['n']} times, where slips "
            f"would make {each['expected']:.0f}: by another convention?"
        )
    rows = [
        (str(e.item), str(e.given), str(e.suggested), f"{e.score:.3f}", e.kind)
        for e in found.suspects[:n]
    ]
    yield table(rows, titles=("item", "given", "suggested", "score", "kind"), right=(3,))
    left = len(found.suspects) - len(rows)
    if left > 0:
        yield paint(f"... {left:,} more", "dim")
