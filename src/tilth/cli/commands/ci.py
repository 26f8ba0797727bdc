"""Write the workflow file that lets GitHub or GitLab check the project."""

from __future__ import annotations

import os

import click

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import say, show, show_json

__all__ = ["ci"]


@command(
    examples=(
        ("tilth ci", "for the forge that git's remote names"),
        ("tilth ci gitlab --stdout", "only show what would be written"),
        ("tilth ci github --force", "anew, over a file that is there"),
    )
)
@click.argument("forge", type=click.Choice(["github", "gitlab"]), required=False)
@click.option("--stdout", is_flag=True, help="Show the file instead of writing it.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def ci(invocation: Invocation, forge: str | None, stdout: bool, force: bool) -> int:
    """Write the workflow file that lets GitHub or GitLab check the project.

    At each push it installs the project as its pyproject.toml says, runs the linters that are
    configured, pytest where there are tests, `tilth doctor` and `tilth test`, and shows on a
    pull request what `tilth run` would run. What runs have made is cached. The file is yours:
    it is not written again unless you ask for it.
    """
    from tilth.project.ci import workflow  # only who asks needs it

    with opened(invocation) as project:
        made = workflow(project, forge)
    if stdout:
        show(made.text.rstrip("\n"))
        return 0
    written = made.write(force=force)
    path = os.path.relpath(made.path)
    if invocation.json:
        show_json(
            {
                "forge": made.forge,
                "path": path,
                "written": written,
                "outside": list(made.outside),
                "secrets": list(made.secrets),
            }
        )
        return 0
    show(path)
    say("made" if written else "it is there already, as it would be made")
    if made.secrets:
        say(f"set in the forge's settings, as secrets: {', '.join(made.secrets)}")
    if made.outside:
        names = ", ".join(f"`{each}`" for each in made.outside)
        say(f"not in the repository: {names}; fetch them in a step before `tilth test`")
    return 0
