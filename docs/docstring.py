"""Turns a Google docstring into Markdown."""

from __future__ import annotations

import inspect
import re

NAMED = ("Args", "Attributes", "Raises")
SECTIONS = (*NAMED, "Returns", "Yields", "Example", "Examples", "References")


def as_markdown(text: str | None, *, skip: tuple[str, ...] = ()) -> str:
    """The prose as it is, sections under a bold title, named parts as a list."""
    parts: list[str] = []
    for title, body in sections(text):
        if title in skip:
            continue
        if not title:
            parts.append(prose(body))
        elif title.startswith("Example"):
            parts.append(f"```python\n{dedented(body)}\n```")
        elif title in NAMED:
            parts.append(f"**{title}**\n\n{named_list(body)}")
        else:
            parts.append(f"**{title}**\n\n{prose(dedented(body))}")
    return "\n\n".join(part for part in parts if part.strip())


def first_sentence(text: str | None) -> str:
    """The first line, which says what the thing does."""
    return prose((inspect.cleandoc(text or "").split("\n\n", 1)[0]).replace("\n", " "))


def sections(text: str | None) -> list[tuple[str, str]]:
    """(title, body) in order; the prose before the first section has no title."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in inspect.cleandoc(text or "").splitlines():
        title = line.rstrip(":")
        if line.endswith(":") and title in SECTIONS:
            found.append((title, []))
        else:
            found[-1][1].append(line)
    return [(title, "\n".join(lines).strip("\n")) for title, lines in found]


def prose(text: str) -> str:
    """Literal blocks of reStructuredText become fences; the rest is Markdown already."""
    lines = text.splitlines()
    out: list[str] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        literal = line.strip().startswith(".. code-block::") or line.rstrip().endswith("::")
        if not literal:
            out.append(line)
            i += 1
            continue
        if not line.strip().startswith(".."):
            out.append(line.rstrip().removesuffix(":"))
        i += 1
        block: list[str] = []
        while i < len(lines) and (not lines[i].strip() or lines[i].startswith("    ")):
            block.append(lines[i])
            i += 1
        out += ["", "```text", dedented("\n".join(block)), "```", ""]
    return re.sub(r"``([^`]+)``", r"`\1`", "\n".join(out)).strip()


def dedented(text: str) -> str:
    """Without the indentation that all lines share, and without blank lines around."""
    return inspect.cleandoc("\n" + text)


def named_list(body: str) -> str:
    """`name: text` with continuation lines, as a list."""
    items: list[str] = []
    for line in dedented(body).splitlines():
        if line.startswith(" ") and items:
            items[-1] += f" {line.strip()}"
        elif line.strip():
            name, colon, text = line.partition(": ")
            items.append(f"- `{name}`: {text}" if colon else f"- {line}")
    return "\n".join(items)
