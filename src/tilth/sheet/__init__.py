"""A sheet: one page of HTML that opens offline, in light and dark, on a screen and on paper."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html import escape
from pathlib import Path

_HERE = Path(__file__)


def sheet(title: str, body: str, *, style: str = "") -> str:
    """A page with the look that all of Tilth's share.

    Args:
        title: As text; the browser shows it.
        body: HTML; what stands in `<main>`.
        style: More rules, which stand behind the shared ones.
    """
    shared = _HERE.with_name("sheet.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{shared}{style}</style>\n</head>\n<body>\n"
        f"<main>\n{body}</main>\n</body>\n</html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> str:
    """A table that scrolls by itself where it is too wide.

    Args:
        head: HTML, as are the cells.
        rows: As many cells each.
        numbers: Columns that are aligned at their right.
    """

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=number' if i in numbers else ''}>{cell}</{tag}>"
            for i, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        "<div class='wide' tabindex='0'><table>"
        f"<thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def marked(text: str) -> str:
    """A text as HTML, with what stands in backticks as code.

    Example:
        >>> from tilth.sheet import marked
        >>> marked("`a < b` is so")
        '<code>a &lt; b</code> is so'
    """
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text, quote=False))
