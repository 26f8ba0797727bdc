"""A group of commands that finds them by file name, and imports one only to use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import click

from tilth import plugins
from tilth.cli.command import shared_options, write_examples
from tilth.errors import UnknownNameError

_PACKAGE = Path(__file__).parent.parent


class Group(click.Group):
    """The commands of a package, one to a file.

    A command's one-line help is the first line of its file's docstring, so that a page of
    help imports none of them.

    Args:
        package: Where the files are, such as `tilth.cli.commands`.
        examples: What to type, and what it does.
    """

    def __init__(
        self, *positional: Any, package: str, examples: Sequence[tuple[str, str]], **named: Any
    ) -> None:
        super().__init__(*positional, **named)
        self._package = package
        self.examples = tuple(examples)
        self.params = [*self.params, *shared_options()]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without a command, show what there is."""
        return super().parse_args(ctx, args or ["--help"])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names; nothing is imported."""
        return list(plugins.names(self._package))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with a name, or None."""
        try:
            found = plugins.find(self._package, cmd_name, of=click.Command)
        except UnknownNameError as error:
            if error.name == cmd_name:
                return None
            raise
        return cast(click.Command, found)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; an unknown name is told with the nearest that there is."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise UnknownNameError("command", args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with the first line of its file."""
        with formatter.section("Commands"):
            formatter.write_dl([(each, self._line(each)) for each in self.list_commands(ctx)])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, and what else its page says."""
        write_examples(self.examples, formatter)
        if self.epilog:
            formatter.write_paragraph()
            for line in self.epilog.splitlines():
                formatter.write(f"{line}\n")

    def _line(self, name: str) -> str:
        folder = _PACKAGE.joinpath(*self._package.split(".")[1:])
        for file in (folder / f"{name}.py", folder / name / "__init__.py"):
            if file.exists():
                return first_line(file)
        return "(from an installed plugin)"


def first_line(file: Path) -> str:
    """The first line of a file's docstring, read without parsing it."""
    with file.open(encoding="utf-8") as stream:
        return stream.readline().strip().strip('"')


def group(
    *, package: str, examples: Sequence[tuple[str, str]], **named: Any
) -> Callable[[Callable[[], None]], Group]:
    """Make a group of a function that does nothing but say what the group is for."""

    def made(handler: Callable[[], None]) -> Group:
        return click.group(cls=Group, package=package, examples=examples, **named)(handler)

    return made
