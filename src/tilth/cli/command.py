"""What every command owes: examples, the options that all share, and one way to answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from tilth.record import record

Handler = TypeVar("Handler", bound=Callable[..., Any])


@record(kw_only=False, frozen=False)
class Invocation:
    """What was asked for besides a command's own arguments.

    Attributes:
        project: The folder, or a single Python file; the one around us where empty.
        env: Name of an environment, whose files lie on top.
        overrides: Parameters, as `a.b=1`.
        json: Whether programs will read the answer.
        traceback: Whether errors are told with all their lines.
    """

    project: str = ""
    env: str | None = None
    overrides: tuple[str, ...] = ()
    json: bool = False
    traceback: bool = False


def _noted(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep a shared option, which may be given before the command's name as well as after."""
    invocation: Invocation = context.ensure_object(Invocation)
    if parameter.name == "overrides":
        invocation.overrides += value
    elif value:
        setattr(invocation, str(parameter.name), value)


def shared_options() -> list[click.Parameter]:
    """The options that every command takes."""
    return [
        click.Option(
            ["-C", "--project", "project"],
            metavar="PATH",
            help="The project's folder, or a single Python file.",
            expose_value=False,
            callback=_noted,
        ),
        click.Option(
            ["--env"],
            metavar="NAME",
            envvar="TILTH_ENV",
            help="Lay the files of `env/NAME/` on top.",
            expose_value=False,
            callback=_noted,
        ),
        click.Option(
            ["--set", "overrides"],
            metavar="KEY=VALUE",
            multiple=True,
            help="Set a parameter, such as `tree.depth=5`; may be repeated.",
            expose_value=False,
            callback=_noted,
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            help="Answer as JSON on standard output.",
            expose_value=False,
            callback=_noted,
        ),
        click.Option(
            ["--traceback"],
            is_flag=True,
            envvar="TILTH_TRACEBACK",
            help="Tell errors with all their lines.",
            expose_value=False,
            callback=_noted,
        ),
    ]


class Command(click.Command):
    """A command of ours: it takes the shared options, and teaches by examples.

    Attributes:
        examples: What to type, and what it does.
    """

    def __init__(self, *positional: Any, examples: Sequence[tuple[str, str]], **named: Any) -> None:
        super().__init__(*positional, **named)
        self.examples = tuple(examples)
        self.params = [*self.params, *shared_options()]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options first, then those that all commands share."""
        # Arguments explain themselves in the usage line.
        shared = {each.name for each in shared_options()}
        for title, rows in (
            (
                "Options",
                [
                    each
                    for each in self.get_params(ctx)
                    if isinstance(each, click.Option) and each.name not in shared
                ],
            ),
            ("Options of every command", [each for each in self.params if each.name in shared]),
        ):
            records = [each.get_help_record(ctx) for each in rows]
            shown = [record for record in records if record is not None]
            if shown:
                with formatter.section(title):
                    formatter.write_dl(shown)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples."""
        write_examples(self.examples, formatter)


def write_examples(
    examples: Sequence[tuple[str, str]], formatter: click.HelpFormatter, title: str = "Examples"
) -> None:
    """Put examples below a page of help; a line that says nothing new needs no second column."""
    with formatter.section(title):
        formatter.write_dl([(f"$ {typed}", what) for typed, what in examples], col_max=44)


def command(
    *, examples: Sequence[tuple[str, str]], name: str | None = None
) -> Callable[[Handler], Command]:
    """Make a command of a function, which gets the `Invocation` and its own arguments."""

    def made(handler: Handler) -> Command:
        return click.command(name, cls=Command, examples=examples)(click.pass_obj(handler))

    return made
