"""Puts a page that a stage wrote into another page, with its style and without its frame."""

from __future__ import annotations

import re

_STYLE = re.compile(r"<style>\n?(.*?)</style>", re.DOTALL)
_INSIDE = re.compile(r"<(main|body)>(?!\s*<main>)(.*)</\1>", re.DOTALL)
_HEADER = re.compile(r"<header>.*?</header>", re.DOTALL)


def embedded(page: str) -> str:
    """The page's sections, in a place of their own where their style reaches nothing else.

    A shadow root that is declared in the text needs no script, and what it holds can be searched
    and printed as all else.

    Args:
        page: Of a stage of Tilth, with one `<style>`. Of any other text, nothing is shown.

    References:
        WHATWG, "HTML Living Standard", section 4.12.3: the attribute `shadowrootmode`.
    """
    style, inside = _STYLE.search(page), _INSIDE.search(page)
    if style is None or inside is None:
        return ""
    own = style[1].replace(":root", ":host")
    body = _HEADER.sub("", inside[2], count=1)
    return (
        '<div><template shadowrootmode="open">'
        f"<style>{own}\n:host {{ display: block; }} section {{ margin-bottom: 1.25rem; }}</style>"
        f"{body}</template></div>"
    )
