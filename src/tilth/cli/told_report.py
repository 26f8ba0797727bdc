"""The first page of a report, for a terminal."""

from __future__ import annotations

from textwrap import fill

from tilth.cli.output import paint, show
from tilth.project.report import Report

_WIDTH = 88


def tell(found: Report) -> None:
    """Print it: each question, and below it the answer."""
    several = len(found.told) > 1
    for name, answers in found.told.items():
        if several:
            show(paint(name, "cyan"))
        for each in answers:
            show(paint(each.title, "bold"))
            for said in each.sentences:
                text = said.text.replace("`", "")
                show(fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  "))
