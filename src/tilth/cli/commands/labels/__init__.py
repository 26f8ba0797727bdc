"""Labels: who labelled what how, what looks wrong, and a page to decide it on."""

from __future__ import annotations

from tilth.cli.group import group

__all__ = ["labels"]


@group(
    package="tilth.cli.commands.labels",
    examples=(
        ("tilth labels sample tone -n 100", "have 100 items labelled by two people, blind"),
        ("tilth labels review tone", "open the page on which they do it"),
        ("tilth labels agree tone", "how far they agree, and what to revise"),
        ("tilth labels issues tone --ask", "which labels look wrong; ask people about them"),
        ("tilth labels migrate tone FILE", "what merging, splitting or renaming classes does"),
    ),
)
def labels() -> None:
    """Labels: who labelled what how, what looks wrong, and a page to decide it on."""
