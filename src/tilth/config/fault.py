"""What a YAML syntax error means, in the words of someone who wrote a configuration file."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tilth.config.mistake import Mistakes, quoted
from tilth.config.place import Place

_LINE_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"


class _Fault(NamedTuple):
    """How to tell one kind of syntax error."""

    message: str
    expected: str | None = None
    hint: str | None = None


def explain_syntax(error: Any, text: str, file: str, mistakes: Mistakes) -> None:
    """Note a syntax error of PyYAML as a mistake."""
    lines = re.split(_LINE_BREAK, text)
    line, column = _culprit(error, lines)
    tab = _tab_near(lines, line)
    if tab is not None:
        line, column = tab
    fault = _TAB if tab is not None else _fault(error, lines, line, column)
    mistakes.add(fault.message, Place(file, line, column), expected=fault.expected, hint=fault.hint)


_UNCLOSED = _Fault("the file ends before a `[` or `{` is closed", "a closing bracket")
_TAB = _Fault(
    "a tab where YAML wants spaces",
    "lines indented with spaces",
    "replace the tab by two spaces",
)


def _culprit(error: Any, lines: list[str]) -> tuple[int, int]:
    """Where to point: at what was opened, if the file ended before it was closed."""
    line, column = _mark(error.problem_mark or error.context_mark)
    if "quoted scalar" in str(error.context) and "unexpected end" in str(error.problem):
        return _mark(error.context_mark)
    if any(each.strip() for each in lines[line - 1 :]):
        return line, column
    while line > 1 and (line > len(lines) or not lines[line - 1].strip()):
        line -= 1
    return line, len(lines[line - 1]) + 1


def _mark(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _tab_near(lines: list[str], line: int) -> tuple[int, int] | None:
    # The parser may notice one line late, since a text can go on over lines.
    for number in (line, line - 1):
        if not 1 <= number <= len(lines):
            continue
        indent = lines[number - 1][: len(lines[number - 1]) - len(lines[number - 1].lstrip())]
        if "\t" in indent:
            return number, indent.index("\t") + 1
    return None


def _fault(  # noqa: PLR0911 - a table of cases
    error: Any, lines: list[str], line: int, column: int
) -> _Fault:
    problem, context = str(error.problem or ""), str(error.context or "")
    opened = _mark(error.context_mark)[0]
    there = lines[line - 1][column - 1 :] if line <= len(lines) else ""
    if "mapping values are not allowed" in problem:
        return _colon(lines, line, column)
    if "quoted scalar" in context and "unexpected end" in problem:
        return _Fault(f"the quote that opens in line {opened} is never closed", "a closing quote")
    if "unknown escape" in problem:
        return _Fault(
            "a backslash that YAML does not know, in double quotes",
            hint="use single quotes, where a backslash is just a character",
        )
    if "flow" in context:
        return _UNCLOSED if "node" in context and not there.strip() else _flow(context, opened)
    if "cannot start any token" in problem:
        return _Fault(
            f"a text cannot begin with {quoted(there[:1])}",
            hint=f'put it in quotes: "{there[:1]}..."',
        )
    if "could not find expected ':'" in problem:
        word = lines[opened - 1].strip() if opened <= len(lines) else ""
        return _Fault(f"the line {opened}, {quoted(word)}, has no colon", "`key: value`")
    if "block mapping" in context or "block collection" in context:
        return _indent(opened)
    return _other(problem, context)


def _colon(lines: list[str], line: int, column: int) -> _Fault:
    before = lines[line - 1][: column - 1] if line <= len(lines) else ""
    if ":" in before:
        return _Fault(
            "a second colon in one line", "`key: value`", "put a text that holds `: ` in quotes"
        )
    return _Fault(
        "this line is indented, but the line above is already a value",
        "a key below a key, or an indented block below a key without a value",
        "check the indentation of this line and the one above",
    )


def _flow(context: str, opened: int) -> _Fault:
    bracket, close = ("[", "]") if "sequence" in context else ("{", "}")
    if "node" in context:
        return _Fault(
            "a closing bracket or comma where a value should be", "a value", "check the brackets"
        )
    return _Fault(
        f"the `{bracket}` that opens in line {opened} is not closed with `{close}` before this",
        f"`,` or `{close}`",
        "inside of brackets, a text with `{`, `}`, `[`, `]` or `,` needs quotes",
    )


def _indent(opened: int) -> _Fault:
    return _Fault(
        f"this does not go on with what begins in line {opened}",
        "an indentation that one of the lines above has",
        "check the spaces at the start of the line, and what stands behind a closing quote",
    )


def _other(problem: str, context: str) -> _Fault:
    said = ", ".join(part for part in (context, problem) if part) or "it cannot be read"
    return _Fault(f"not valid YAML: {said}", "YAML")
