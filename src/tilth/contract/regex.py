"""Regular expressions, judged without the library that runs them.

Polars uses Rust's `regex`; to load it for every contract that is opened would cost more than
all the rest of opening. Python's own syntax is nearly the same, and what differs is put right
or refused here.
"""

from __future__ import annotations

import re

from tilth.contract.setting import SettingError

_LOOK = re.compile(r"(?<!\\)(?:\\\\)*\((\?<?[=!])")
_BACK = re.compile(r"(?<!\\)(?:\\\\)*(\\[1-9]|\(\?P=)")
_CLASS = re.compile(r"\\[pP](\{\^?\w+(=\w+)?\}|\w)")
_POSIX = re.compile(r"\[\[:\^?\w+:\]\]")


def judge_regex(setting: str, pattern: str) -> None:
    """Refuse a pattern that would not work.

    Raises:
        SettingError: It is no regular expression, or needs what there is not.
    """
    look, back = _LOOK.search(pattern), _BACK.search(pattern)
    if look is not None:
        raise SettingError(
            setting,
            f"`{pattern}` looks ahead or behind (`({look[1]}`), which is not supported",
            hint="say in the pattern what may be there, or use `relation`",
        )
    if back is not None:
        raise SettingError(
            setting, f"`{pattern}` refers back (`{back[1]}`), which is not supported"
        )
    try:
        re.compile(_as_python(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        reason = str(error).partition(" at position")[0]
        raise SettingError(
            setting,
            f"`{pattern}` is no regular expression: {reason}",
            hint="a sign that stands for itself is written with a backslash: `\\.`, `\\(`",
        ) from None


def _as_python(pattern: str) -> str:
    """The same in Python's words, as far as Rust has words of its own."""
    named = pattern.replace("(?<", "(?P<").replace("\\z", "\\Z").replace("(?R", "(?")
    return _POSIX.sub("[a-z]", _CLASS.sub(r"\\w", named))
