"""The sheet of paper that the report is written on."""

from __future__ import annotations

from html import escape

STYLE = """
:root { color-scheme: light; --ink: #1d2430; --faint: #667085; --grid: #dfe3ea;
  --paper: #ffffff; --desk: #f5f6f8; --accent: #2563c9; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --ink: #e6e9ef; --faint: #98a2b3; --grid: #343b48;
    --paper: #171b22; --desk: #0f1217; --accent: #7aa7f0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--desk); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1.5rem; letter-spacing: -0.02em; }
h2 { font-size: 1.25rem; margin: 0 0 0.75rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 0.5rem; }
section { background: var(--paper); border: 1px solid var(--grid); border-radius: 10px;
  padding: 1.5rem 1.75rem; margin: 0 0 1.25rem; }
p { margin: 0 0 0.9rem; max-width: 46rem; }
p:last-child { margin-bottom: 0; }
.lead { font-size: 1.15rem; }
.note, small, figcaption { color: var(--faint); font-size: 0.85rem; }
small { display: block; font-weight: normal; line-height: 1.35; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: 0.5rem 0 0.9rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0 0.45rem 1.25rem;
  border-bottom: 1px solid var(--grid); }
th { font-size: 0.85rem; color: var(--faint); font-weight: 600; vertical-align: bottom; }
tr:last-child td { border-bottom: 0; }
th:first-child, td:first-child { padding-left: 0; min-width: 6.5rem; }
.number { text-align: right; white-space: nowrap; }
th.number { white-space: normal; }
.bar { display: inline-block; width: 9rem; height: 0.6rem; background: var(--grid);
  border-radius: 3px; overflow: hidden; print-color-adjust: exact; }
.bar i { display: block; height: 100%; background: var(--accent); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; }
figure.tree { overflow-x: auto; }
figure.tree svg { min-width: 50rem; }
svg { width: 100%; height: auto; display: block; }
svg text { font-family: "DejaVu Sans", Verdana, system-ui, sans-serif !important; }
figcaption { margin-top: 0.4rem; }
ol.tree { list-style: none; padding: 0; margin: 0; font-size: 0.88rem; }
ol.tree li { margin: 0 0 0.5rem calc(var(--depth) * 1.6rem); padding-left: 0.75rem;
  border-left: 2px solid var(--grid); }
ul { padding-left: 1.2rem; margin: 0; }
li { margin-bottom: 0.5rem; max-width: 46rem; }
@page { margin: 15mm; }
@media print { body { background: none; font-size: 10.5pt; } main { padding: 0; max-width: none; }
  section { border: 0; padding: 0; break-inside: auto; } figure, tr, li { break-inside: avoid; }
  h2, h3 { break-after: avoid; } figure.tree svg { min-width: 0; } }
"""


def page(title: str, content: str) -> str:
    """Put content on a page that needs nothing from elsewhere."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{content}\n</main>\n</body>\n</html>\n"
    )
