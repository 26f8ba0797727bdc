"""What changed since the model before, beside each explanation that a run made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from tilth.errors import TilthError
from tilth.project.earlier import versions_before
from tilth.project.explaining import explained
from tilth.project.report.facts import Fact

if TYPE_CHECKING:
    from tilth.history.record import Made
    from tilth.project.project import Project

_ROWS, _BACKGROUND = 50, 25
"""Fewer than elsewhere, as a report has to be there soon."""


def changes_of(project: Project, facts: Sequence[Fact]) -> dict[str, str]:
    """Dataset of an explanation page -> a section of what changed since the model before.

    Only of models of which an earlier version is on record, and where the page itself does not
    compare with one.
    """
    found = {each.name: each for each in facts if each.kind == "importance"}
    return {
        page.version.dataset: told
        for page in facts
        if page.kind == "explanation_page"
        and page.name in found
        and (page.node is None or "change" not in {each.argument for each in page.node.inputs})
        and (told := "".join(_told(project, found[page.name])))
    }


def _told(project: Project, fact: Fact) -> Iterator[str]:
    asked, read = fact.asked(), fact.made_by.inputs
    if asked.get("model") not in read or asked.get("rows") not in read:
        return  # the node has been changed since
    known = project.history.version(asked["model"], read[asked["model"]])
    before = None if known is None else next(versions_before(project, known[0]), None)
    if known is None or before is None:
        return
    name = _version(before.dataset, before.fingerprint)
    try:
        inside = _inside(project, fact, known[0], name)
    except TilthError as error:  # other classes, other columns, or bytes that are gone
        inside = f"<p>That cannot be told: {escape(str(error))}.</p>"
    short = name[: len(before.dataset) + 9]
    yield f"<section><h2>What changed since <code>{escape(short)}</code></h2>{inside}</section>\n"


def _inside(project: Project, fact: Fact, made: Made, before: str) -> str:
    from tilth.quality.explanation.change_section import change_section  # it imports Polars

    asked, read = fact.asked(), fact.made_by.inputs
    places = {
        each: _version(asked[each], read[asked[each]]) if asked.get(each) in read else None
        for each in ("rows", "background")
    }
    found = explained(
        project,
        _version(made.dataset, made.fingerprint),
        since=before,
        rows=places["rows"],
        background=places["background"],
        most=(_ROWS, _BACKGROUND),
    )
    return change_section({**found.told, "since": found.since})


def _version(dataset: str, fingerprint: str) -> str:
    return f"{dataset}@{fingerprint.partition(':')[2][:16]}"
