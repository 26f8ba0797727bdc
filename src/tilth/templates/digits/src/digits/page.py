"""The sheet of paper that the report is written on."""

from __future__ import annotations

from html import escape

STYLE = """
:root { color-scheme: light; --ink: #1d2430; --faint: #667085; --grid: #dfe3ea;
  --paper: #ffffff; --desk: #f5f6f8; --accent: #2563c9; --soft: #e8effb; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --ink: #e6e9ef; --faint: #98a2b3; --grid: #343b48;
    --paper: #171b22; --desk: #0f1217; --accent: #7aa7f0; --soft: #1d2a40; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--desk); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; letter-spacing: -0.02em; }
h2 { font-size: 1.25rem; margin: 0 0 0.75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.6rem; }
section { background: var(--paper); border: 1px solid var(--grid); border-radius: 10px;
  padding: 1.5rem 1.75rem; margin: 0 0 1.25rem; }
p { margin: 0 0 0.9rem; max-width: 46rem; }
p:last-child { margin-bottom: 0; }
.simulated { background: var(--soft); border-left: 4px solid var(--accent); border-radius: 6px;
  padding: 0.7rem 1rem; margin: 0 0 1.25rem; max-width: none; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));
  gap: 1.5rem; margin: 0 0 1rem; }
.figures b { display: block; font-size: 1.9rem; line-height: 1.25; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
small { font-weight: normal; letter-spacing: 0; }
small, .note { color: var(--faint); font-size: 0.85rem; }
.wide { overflow-x: auto; }
table { margin-bottom: 0.75rem; border-collapse: collapse; width: 100%;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.5rem 0 0.5rem 1.25rem; border-bottom: 1px solid var(--grid); }
th { font-size: 0.85rem; color: var(--faint); font-weight: 600; }
th:first-child, td:first-child { padding-left: 0; }
.number { text-align: right; white-space: nowrap; }
svg { display: block; width: 100%; min-width: 11rem; height: 1.1rem; }
.images { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.2rem, 1fr));
  gap: 0.9rem 0.75rem; margin: 0 0 0.5rem; }
figure { margin: 0; }
figure img { display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated;
  border: 1px solid var(--grid); border-radius: 4px; background: #fff;
  print-color-adjust: exact; }
figcaption { font-size: 0.85rem; line-height: 1.3; margin-top: 0.3rem;
  font-variant-numeric: tabular-nums; }
ul { padding-left: 1.2rem; margin: 0; }
li { margin-bottom: 0.5rem; max-width: 46rem; }
@page { margin: 15mm; }
@media print { body { background: none; font-size: 10.5pt; } main { padding: 0; max-width: none; }
  section { border: 0; padding: 0; } figure, tr, li { break-inside: avoid; }
  h2, h3 { break-after: avoid; } }
"""


def page(title: str, content: str) -> str:
    """Put content on a page that needs nothing from elsewhere."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body><main><h1>{escape(title)}</h1>\n{content}\n</main></body>\n</html>\n"
    )


def section(title: str, content: str) -> str:
    """A part of the page under its heading."""
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def figure(large: str, words: str) -> str:
    """A number to see from afar, and what it is."""
    return f"<div><b>{large}</b><span class='note'>{words}</span></div>"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of numbers whose last column is a drawing."""

    def cells(kind: str, row: list[str]) -> str:
        return "".join(
            f"<{kind}{' class=number' if 0 < i < len(row) - 1 else ''}>{cell}</{kind}>"
            for i, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        "<div class='wide'><table>"
        f"<thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table></div>"
    )
