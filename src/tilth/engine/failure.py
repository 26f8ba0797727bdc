"""What a person should read when a node failed: their own lines first."""

from __future__ import annotations

import linecache
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tilth.data.shape import describe
from tilth.engine.call import Argument, Call, Failure
from tilth.engine.step import Task
from tilth.errors import DamagedDataError, NodeError, TilthError
from tilth.graph.node import NOTHING

_OURS = str(Path(__file__).parent.parent)
_MOST_LINES = 12
_MOST_FRAMES = 10  # from either end: recursion goes a thousand deep


def failure_of(
    error: BaseException, call: Call, values: dict[str | int, object], *, folder: str
) -> Failure:
    """Put an exception that was raised while a call was performed into words."""
    at_fault = "user"
    if isinstance(error, NodeError):
        at_fault = "promise"
    elif isinstance(error, TilthError | OSError) and not _users_frames(error.__traceback__):
        at_fault = "data"
    return Failure(
        kind=type(error).__name__,
        message=_message(error),
        hint=getattr(error, "hint", None),
        report=_report(error, call, values, folder, at_fault),
        damaged=_damaged(error, call),
        at_fault=at_fault,
    )


def _message(error: BaseException) -> str:
    text = _safely(str, error).strip()
    if isinstance(error, SystemExit):
        return f"it tried to end the interpreter (exit code {error.code})"
    if isinstance(error, TilthError):
        return text
    lines = text.splitlines()
    short = "\n".join([*lines[:_MOST_LINES], "..."] if len(lines) > _MOST_LINES else lines)
    return f"{type(error).__name__}: {short}" if short else type(error).__name__


def _damaged(error: BaseException, call: Call) -> str:
    if not isinstance(error, DamagedDataError):
        return ""
    return getattr(error, "dataset", "") or call.node


def _report(
    error: BaseException,
    call: Call,
    values: dict[str | int, object],
    folder: str,
    at_fault: str,
) -> str:
    lines = []
    if at_fault == "user":
        lines += _traceback(error, folder)
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is not None and not isinstance(cause, TilthError):
            lines += ["caused by " + _message(cause), *_traceback(cause, folder)]
    lines.append(_message(error))
    hint = getattr(error, "hint", None)
    if hint:
        lines += ["", f"hint: {hint}"]
    given = _inputs(call.arguments, values)
    if given:
        lines += ["", "its inputs:", *given]
    return "\n".join(lines)


def _inputs(arguments: Sequence[Argument], values: dict[str | int, object]) -> list[str]:
    width = max((len(str(each.name)) for each in arguments), default=0)
    shown = []
    for each in arguments:
        value = values.get(each.name, NOTHING)
        if value is NOTHING:
            text = "(was not loaded)"
        elif each.dataset:
            text = _safely(_described, value)
        else:
            text = _safely(repr, value)
        text = text if len(text) <= 100 else text[:97] + "..."
        source = f"  from `{each.dataset}`" if each.dataset and each.dataset != each.name else ""
        shown.append(f"  {each.name!s:<{width}}  {text}{source}")
    return shown


def _described(value: object) -> str:
    return describe(value).text


def _safely(show: Callable[[Any], str], what: object) -> str:
    """Text by code of the user's, which may raise in its turn."""
    try:
        return show(what)
    except Exception as error:  # whatever it is, another error is what is told here
        return f"({type(what).__name__} cannot be shown: {type(error).__name__})"


def _users_frames(traceback: TracebackType | None) -> list[tuple[str, int, str]]:
    return [frame for frame in _frames(traceback) if _is_users(frame[0])]


def _frames(traceback: TracebackType | None) -> list[tuple[str, int, str]]:
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append((code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return found


def _is_users(file: str) -> bool:
    if file.startswith((_OURS, "<frozen")):
        return False
    places = {sysconfig.get_path(name) for name in ("stdlib", "platlib", "purelib")}
    return not any(file.startswith(place) for place in places)


def _traceback(error: BaseException, folder: str) -> list[str]:
    """The user's frames with their lines; frames of libraries are counted, not shown."""
    lines: list[str] = []
    hidden = 0
    frames = [each for each in _frames(error.__traceback__) if not each[0].startswith(_OURS)]
    left_out = len(frames) - 2 * _MOST_FRAMES
    for i, (file, line, name) in enumerate(frames):
        if left_out > 0 and _MOST_FRAMES <= i < _MOST_FRAMES + left_out:
            if i == _MOST_FRAMES:
                lines.append(f"  ... {left_out} calls")
            continue
        if not _is_users(file):
            hidden += 1
            continue
        lines += _hidden(hidden)
        hidden = 0
        lines.append(f"  {_shown(file, folder)}:{line}, in {name}")
        linecache.checkcache(file)
        text = linecache.getline(file, line).strip()
        if text:
            lines.append(f"    {text}")
    return lines + _hidden(hidden)


def _hidden(n: int) -> list[str]:
    return [f"  ... {n} line{'s' if n > 1 else ''} of libraries"] if n else []


def _shown(file: str, folder: str) -> str:
    try:
        return str(Path(file).relative_to(folder))
    except ValueError:
        return file


def failure_of_executor(error: BaseException, task: Task) -> Failure:
    """Put into words that a call did not come back, or could not be made."""
    timeout = task.step.node.options.timeout
    if isinstance(error, TimeoutError) and timeout is not None:
        message = f"node `{task.name}` took longer than its timeout of {timeout:g} s"
        return Failure(kind="TimeoutError", message=message, report=message, at_fault="promise")
    hint = getattr(error, "hint", None)
    return _in_words(type(error).__name__, str(error), hint, at_fault="worker")


def failure_of_input(error: TilthError) -> Failure:
    """Put into words that what a node reads is not there, or not as it should be."""
    return _in_words(type(error).__name__, str(error), error.hint, at_fault="data")


def failure_of_loss(dataset: str) -> Failure:
    """Put into words that an input cannot be had any more."""
    message = f"`{dataset}` is no longer in the store"
    hint = f"`tilth run --to {dataset}` makes it again"
    return _in_words("MissingDataError", message, hint, at_fault="data")


def _in_words(kind: str, message: str, hint: str | None, *, at_fault: str) -> Failure:
    report = f"{message}\n\nhint: {hint}" if hint else message
    return Failure(kind=kind, message=message, hint=hint, report=report, at_fault=at_fault)


def broken_promise(node: str, message: str, hint: str | None = None) -> NodeError:
    """The error of a function that did not give what its node promises."""
    return NodeError(node, f"node `{node}` {message}", hint=hint)
