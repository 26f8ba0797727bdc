"""Print what makes a shell complete commands, options and names."""

from __future__ import annotations

import click

from tilth.cli.command import Invocation, command
from tilth.cli.output import show, show_json

__all__ = ["completion"]

_SHELLS = ("bash", "zsh", "fish")


@command(
    examples=(
        ('eval "$(tilth completion bash)"', "in ~/.bashrc; for zsh in ~/.zshrc"),
        ("tilth completion fish > ~/.config/fish/completions/tilth.fish", "for fish"),
    )
)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, invocation: Invocation, shell: str) -> None:
    """Print what makes SHELL complete commands, options and names.

    Names of pipelines, nodes and datasets come from the project around you.
    """
    # Only who sets up completion needs it.
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click has no completion for `{shell}`")
    root = context.find_root()
    source = kind(root.command, {}, "tilth", "_TILTH_COMPLETE").source()
    if invocation.json:
        show_json({"shell": shell, "source": source})
    else:
        show(source)
