"""A sheet: one page of HTML that opens offline, in light and dark, on a screen and on paper."""

from __future__ import annotations

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
