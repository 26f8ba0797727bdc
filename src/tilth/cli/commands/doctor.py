"""Look at a project from all sides, and say what is wrong or soon will be."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import paint, plural, say, show, show_json, table
from tilth.project.checkups.finding import Finding
from tilth.project.doctor import RULES, examine

__all__ = ["doctor"]

_COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}


@command(
    examples=(
        ("tilth doctor", "what is wrong here?"),
        ("tilth doctor --quiet", "errors and warnings only"),
        ("tilth doctor --rules", "what is looked at, with the codes of the rules"),
    )
)
@click.option("--quiet", is_flag=True, help="Leave out notes.")
@click.option("--rules", is_flag=True, help="List the rules instead.")
def doctor(invocation: Invocation, quiet: bool, rules: bool) -> int:
    """Look at a project from all sides, and say what is wrong or soon will be.

    Ends with 1 where it finds an error. `strict: off|warn|error` in tilth.yml says how
    serious the rules of the layout (T1..) are.
    """
    if rules:
        _show_rules(invocation)
        return 0
    with opened(invocation) as project:
        found = examine(project)
    if invocation.json:
        show_json(found.as_dict())
        return 0 if found.ok else 1
    shown = [each for each in found.findings if not quiet or each.level != "note"]
    for each in shown:
        _show(each)
    counts = [
        plural(n, level)
        for level in _COLOURS
        if (n := sum(each.level == level for each in found.findings))
    ]
    say(f"{found.n_rules} rules: {', '.join(counts) or 'all well'}")
    return 0 if found.ok else 1


def _show(finding: Finding) -> None:
    show(f"{finding.code} {paint(finding.level, _COLOURS[finding.level])}: {finding.message}")
    if finding.hint:
        show(f"     {paint(f'hint: {finding.hint}', 'dim')}")


def _show_rules(invocation: Invocation) -> None:
    if invocation.json:
        show_json([{"code": each.code, "level": each.level, "what": each.what} for each in RULES])
    else:
        show(table([(each.code, each.level, each.what) for each in RULES]))
