"""The command line: finds the command, and tells errors as a person wants to read them."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Sequence

import click

from tilth.cli.command import Invocation
from tilth.cli.group import group
from tilth.errors import Interrupted, TilthError

BUG = 70
"""The exit code where the fault is ours, as sysexits.h has it."""

_EPILOG = """\
Exit codes:
    0  everything that was asked for is there
    1  a node failed, or data could not be read or written
    2  a mistake in the project's files, its definition, or the command
   70  a bug of Tilth's
  130  interrupted; everything finished is kept"""


@group(
    package="tilth.cli.commands",
    examples=(
        ("tilth new demo --from flights", "a project that runs, on real data"),
        ("tilth run", "run what changed"),
        ("tilth why train_tree", "why did it run, why not?"),
        ("tilth run --help", "each command teaches by examples"),
    ),
    epilog=_EPILOG,
    name="tilth",
)
def tilth() -> None:
    """Machine learning in which the data is what you iterate on.

    Write plain functions, plug them together in a file; only what changed runs.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what `tilth` on the command line calls."""
    # A process that makes a hundred thousand small records and then ends gains nothing from
    # looking through them for rings every seven hundred.
    gc.set_threshold(50_000, 20, 50)
    invocation = Invocation()
    try:
        code = tilth.main(
            None if arguments is None else list(arguments),
            prog_name="tilth",
            standalone_mode=False,
            obj=invocation,
        )
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_output()
        return 0
    except (click.ClickException, TilthError) as error:
        return _tell(error, invocation)
    except (click.Abort, KeyboardInterrupt):
        print("\ninterrupted", file=sys.stderr)
        return 130
    except Exception as error:  # whatever is left is a mistake of ours
        return _confess(error, invocation)
    return code if isinstance(code, int) else 0


def _let_go_of_output() -> None:
    """Whoever read our output has gone (`| head`); Python must not complain when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: click.ClickException | TilthError, invocation: Invocation) -> int:
    if invocation.traceback and not isinstance(error, click.ClickException):
        _print_traceback(error)
    message, hint = _words(error)
    title = "" if isinstance(error, Interrupted) else "error: "
    print(f"{title}{message}", file=sys.stderr)
    if hint:
        print(f"\nhint: {hint}", file=sys.stderr)
    if invocation.json:
        told = {"error": message, "hint": hint, "exit_code": error.exit_code}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    return error.exit_code


def _words(error: click.ClickException | TilthError) -> tuple[str, str | None]:
    """What went wrong, and the remedy; click's errors are put into our form."""
    if isinstance(error, TilthError):
        return str(error), error.hint
    near: Sequence[str] = getattr(error, "possibilities", None) or ()
    message = (error.message if near else error.format_message()).rstrip(".")
    hint = f"did you mean `{near[0]}`?" if near else None
    context = getattr(error, "ctx", None)
    if hint is None and context is not None:
        hint = f"see `{context.command_path} --help`"
    return message[:1].lower() + message[1:], hint


def _confess(error: Exception, invocation: Invocation) -> int:
    if invocation.traceback:
        _print_traceback(error)
    print(
        f"error: something went wrong inside Tilth: {type(error).__name__}: {error}\n\n"
        "hint: this is a bug of Tilth's; please report it with what the same command prints "
        "with `--traceback`",
        file=sys.stderr,
    )
    if invocation.json:
        told = {"error": f"{type(error).__name__}: {error}", "hint": None, "exit_code": BUG}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    return BUG


def _print_traceback(error: BaseException) -> None:
    import traceback  # 5 ms, and only who debugs needs it

    traceback.print_exception(error, file=sys.stderr)
