"""The first page of a report, for a terminal."""

from __future__ import annotations

from textwrap import fill

from tilth.cli.output import paint, show
from tilth.config.scope import ScopeSettings
from tilth.project.report import Report
from tilth.project.report.words import SCOPE_TITLE, UNSAID, scope_in_words

_WIDTH = 88


def tell(found: Report) -> None:
    """Print it: what the project is for, then each question, and below it the answer."""
    if found.scope is not None:
        _tell_scope(found.scope)
    several = len(found.told) > 1
    for name, answers in found.told.items():
        if several:
            show(paint(name, "cyan"))
        for each in answers:
            show(paint(each.title, "bold"))
            for said in each.sentences:
                show(_filled(said.text.replace("`", "")))


def _tell_scope(scope: ScopeSettings) -> None:
    show(paint(SCOPE_TITLE, "bold"))
    if len(scope.unsaid()) == len(scope.parts()):
        show(f"  {UNSAID}: `scope` in tilth.yml is empty")
        return
    for title, said in scope_in_words(scope):
        show(_filled(f"{title}: {said.replace('`', '') or UNSAID}"))


def _filled(text: str) -> str:
    return fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
