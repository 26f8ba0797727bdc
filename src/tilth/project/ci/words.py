"""Texts of a project inside a workflow file, quoted where YAML or a forge would misread them."""

from __future__ import annotations

import glob
import json
import re

_PLAIN = re.compile(r"[A-Za-z./][^\n]*\Z")


def scalar(text: str) -> str:
    """A text as YAML reads it back, in a list such as `[a, b]` or behind a key.

    Bare where versions 1.1 and 1.2 of YAML both read it so; a branch called `1.0` or `yes` is
    not.
    """
    from yaml import YAMLError, safe_load  # type: ignore[import-untyped]  # only who asks pays

    if _PLAIN.match(text) and text.isascii():
        try:
            if safe_load(f"[{text}]") == [text] and safe_load(f"- {text}") == [text]:
                return text
        except YAMLError:
            pass
    return json.dumps(text, ensure_ascii=False)


def unexpanded(text: str) -> str:
    """A text in which GitHub finds no expression, such as the name of a folder."""
    return text.replace("${{", "${{ '${{' }}")


def path_of_github(text: str) -> str:
    """A path where GitHub expects a pattern."""
    return scalar(unexpanded(glob.escape(text)))


def branch_of_github(text: str) -> str:
    """A branch where GitHub expects a pattern; git itself forbids `*`, `?` and `[` in a name."""
    return scalar(re.sub(r"([+!\\\]])", r"\\\1", text))


def hashed_of_github(folder: str, pattern: str) -> str:
    """A pattern below a folder, as a text inside an expression."""
    quoted = (glob.escape(folder) + pattern).replace("'", "''")
    return f"'{quoted}'"


def path_of_gitlab(text: str) -> str:
    """A path where GitLab puts variables in."""
    return scalar(text.replace("$", "$$"))
