"""Open a Python prompt with a node's inputs loaded and the failing line shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import nodes
from tilth.cli.opening import opened
from tilth.cli.output import paint, say, show_json, table
from tilth.data.shape import describe
from tilth.project import Project
from tilth.project.debugging import Prepared, module_names, prepared

__all__ = ["debug"]

_OURS = str(Path(__file__).parents[2])
_PLAIN = (int, float, str, bool, type(None))


@command(
    examples=(
        ("tilth debug train_tree", "a prompt with its inputs under their arguments' names"),
        ("tilth debug train_tree --pdb", "call it, and stop at the line that fails"),
        ("tilth debug 'clean[2013-02]'", "one partition of a fan-out"),
        ("tilth debug train_tree --command 'print(train.columns)'", "for scripts"),
    )
)
@click.argument("node", shell_complete=nodes)
@click.option("--command", "code", metavar="CODE", help="Run this instead of opening a prompt.")
@click.option("--pdb", is_flag=True, help="Call the function, and stop where it fails.")
def debug(invocation: Invocation, node: str, code: str | None, pdb: bool) -> int:
    """Open a Python prompt with NODE's inputs loaded and the failing line shown.

    The inputs are those that its last run read. Besides them there are `function`, the
    function itself; `call()`, which calls it with the inputs as they are at the prompt;
    `project`; and all names of the function's module. It is IPython's prompt where that is
    installed beside Tilth.
    """
    with opened(invocation) as project:
        ready = prepared(project, node)
        if invocation.json:
            show_json(_as_dict(ready))
        elif code is not None:
            return _execute(code, _space(project, ready))
        elif pdb:
            say(_banner(ready))
            _stop_where_it_fails(ready)
        else:
            say(_banner(ready))
            _prompt(_space(project, ready))
    return 0


def _space(project: Project, ready: Prepared) -> dict[str, Any]:
    """What the prompt knows: inputs by name; positional ones as `argument_0` and so on."""
    keys = {key: key if isinstance(key, str) else f"argument_{key}" for key in ready.arguments}
    space = {**module_names(project, ready.node), "project": project, "function": ready.function}

    def call() -> Any:
        """Call the function with the inputs as they are at the prompt."""
        __tracebackhide__ = True  # for IPython, which then shows the person's lines alone
        return ready.call({key: space[name] for key, name in keys.items()})

    space["call"] = call
    space.update({name: ready.arguments[key] for key, name in keys.items()})
    return space


def _banner(ready: Prepared) -> str:
    lines = []
    last = ready.last
    if last is not None and last.state == "failed":
        lines += [paint(f"run {last.run} failed:", "red", sys.stderr), last.log.rstrip(), ""]
    lines.append(f"node {paint(ready.node.name, 'bold', sys.stderr)}: {ready.node.function.name}")
    lines += [f"note: {each}" for each in ready.notes]
    rows = [(f"  {name}", _told(value)) for name, value in ready.arguments.items()]
    lines += [table(rows)] if rows else []
    lines.append("call() calls it with these; function is the function itself.")
    return "\n".join(lines)


def _told(value: Any) -> str:
    text = repr(value) if isinstance(value, _PLAIN) else describe(value).text
    return text if len(text) <= 80 else text[:77] + "..."


def _as_dict(ready: Prepared) -> dict[str, Any]:
    last = ready.last
    return {
        "node": ready.node.name,
        "function": ready.node.function.name,
        "arguments": {str(k): _told(v) for k, v in ready.arguments.items()},
        "notes": list(ready.notes),
        "state": last.state if last else "",
        "log": last.log if last else "",
    }


def _execute(code: str, space: dict[str, Any]) -> int:
    """Run a person's own code; what it raises is theirs, and shown as Python shows it."""
    try:
        exec(compile(code, "<command>", "exec"), space)  # noqa: S102 - it was asked for
    except Exception as error:
        say(_traceback(error))
        return 1
    return 0


def _traceback(error: Exception) -> str:
    """As Python prints it, without the lines of ours."""
    # Only for what went wrong at the prompt.
    from traceback import StackSummary, TracebackException

    told = TracebackException.from_exception(error)
    told.stack = StackSummary.from_list(
        [frame for frame in told.stack if not frame.filename.startswith(_OURS)]
    )
    return "".join(told.format()).rstrip()


def _stop_where_it_fails(ready: Prepared) -> None:
    import pdb  # only who debugs needs it

    try:
        ready.call()
    except Exception as error:
        say(f"{type(error).__name__}: {error}")
        pdb.post_mortem(error.__traceback__)
    else:
        say("it did not fail")


def _prompt(names: dict[str, Any]) -> None:
    try:
        # Half a second, and only this prompt needs it.
        from IPython import start_ipython  # type: ignore[import-not-found]  # optional
    except ImportError:
        start_ipython = None
    if start_ipython is not None:
        start_ipython(argv=["--no-banner"], user_ns=names)
        return
    import code  # only this prompt needs it

    # Not while the import's error is being handled: each error would be told as its consequence.
    code.interact(banner="", local=names, exitmsg="")
