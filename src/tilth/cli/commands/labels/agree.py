"""How far labelers agree: per class, slice, person and version; what to revise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from tilth.cli.command import Invocation, command
from tilth.cli.labels import figure, name_argument, plain, warn
from tilth.cli.opening import opened
from tilth.cli.output import count, paint, plural, show, show_json, table
from tilth.labels.instruction import Passage
from tilth.labels.votes import BOTH, NEITHER
from tilth.project.label_agreement import LabelAgreement, Revision, label_agreement
from tilth.project.label_set import label_set
from tilth.quality.agreement import Agreement
from tilth.quality.disagreement import Confusion

__all__ = ["agree"]

_MOST = 12
"""Rows of a table, and items of a list, that are shown; `--json` tells all."""


@command(
    examples=(
        ("tilth labels agree tone", "with intervals, and what to revise"),
        ("tilth labels agree tone --by shop", "for each shop as well"),
        ("tilth labels agree tone --json", "all of it for programs"),
    )
)
@name_argument
@click.option("--by", metavar="COLUMN", help="Tell agreement for each value of this column, too.")
def agree(invocation: Invocation, name: str, by: str | None) -> None:
    """Tell how far people agree on the labels of NAME, and where they do not.

    Only labels of people count who saw neither the given label nor a suggestion, and who went
    by the same version of the instruction.
    """
    with opened(invocation) as project:
        labels = label_set(project, name)
        found = label_agreement(labels, by=by)
        warn(labels)
    if invocation.json:
        show_json(plain(found))
        return
    show("\n\n".join(_parts(found, by)))


def _parts(found: LabelAgreement, by: str | None) -> Iterator[str]:
    overall = found.overall
    yield (
        f"{plural(overall.n_compared, 'item')} with two labels or more, "
        f"by {plural(overall.n_labelers, 'person').replace('persons', 'people')}"
    )
    yield _table(
        ("overall", "", "95 % interval"),
        [_split(name, getattr(overall, key)) for name, key in _COEFFICIENTS],
    )
    yield _table(
        ("class", "votes", "agreement", "kappa"),
        [
            (str(e.label), count(e.n_votes), figure(e.agreement), figure(e.kappa))
            for e in found.classes
        ],
    )
    yield _table(
        ("labeler", "votes", "agreement with others", "kappa"),
        [
            (str(e.labeler), count(e.n_votes), figure(e.agreement), figure(e.kappa))
            for e in found.labelers
        ],
    )
    if by:
        rows = [(str(each), *_of(agreed)) for each, agreed in found.slices.items()]
        yield _table((by, "items", "agreement", "alpha"), rows)
    if len(found.versions) > 1:
        yield _versions(found)
    yield _revisions(found.revise)
    if found.to_discuss:
        keys = ", ".join(str(each.item) for each in found.to_discuss[:_MOST])
        more = " ..." if len(found.to_discuss) > _MOST else ""
        yield f"{plural(len(found.to_discuss), 'item')} to talk about: {keys}{more}"


_COEFFICIENTS = (
    ("agreement", "percent"),
    ("Fleiss' kappa", "fleiss"),
    ("Krippendorff's alpha", "alpha"),
    ("Gwet's AC1", "ac1"),
)


def _split(name: str, found: object) -> tuple[str, str, str]:
    value, _, interval = figure(found).partition(" ")
    return name, value, interval.strip("()")


def _of(found: Agreement) -> tuple[str, str, str]:
    return count(found.n_compared), figure(found.percent), figure(found.alpha)


def _versions(found: LabelAgreement) -> str:
    rows = []
    for each in found.versions:
        change = "" if each.change is None else f"{each.change.difference.value:+.2f}"
        if each.change is not None:
            interval = each.change.difference.interval
            change += f" ({interval.low:+.2f} to {interval.high:+.2f})"
        named = f"{each.number} ({each.version})" if each.version else "none"
        rows.append((named, each.seen[:10], *_of(each.agreement), change))
    titles = ("instruction", "since", "items", "agreement", "alpha", "change of alpha")
    return _table(titles, rows)


def _revisions(revisions: Sequence[Revision]) -> str:
    if not revisions:
        return "nobody disagrees: there is nothing to revise"
    lines = [paint("what to revise in the instruction", "dim")]
    for each in revisions:
        pair = each.confusion
        lines.append(
            f"`{pair.first}` and `{pair.second}`: {pair.share.value:.0%} of all disagreement, "
            f"on {plural(pair.n_items, 'item')}"
        )
        lines += [f"  {_place(passage)}: {passage.text}" for passage in each.passages]
        if not each.passages:
            lines.append(f"  no passage names both: say {_lacking(pair)}")
        shown = ", ".join(map(str, each.items[:_MOST]))
        lines.append(f"  see {shown}{' ...' if len(each.items) > _MOST else ''}")
    return "\n".join(lines)


def _lacking(pair: Confusion) -> str:
    if BOTH in (pair.first, pair.second):
        return "which class goes first where several fit"
    return "what to do where no class fits" if pair.second == NEITHER else "how to tell them apart"


def _place(passage: Passage) -> str:
    return f"rule {passage.number}" if passage.number else f"line {passage.line}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    shown = table(rows[:_MOST], titles=titles, right=(1,))
    return shown + (f"\n... {len(rows) - _MOST} more" if len(rows) > _MOST else "")
