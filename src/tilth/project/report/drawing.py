"""Small drawings: so many of a hundred, and a score with its interval."""

from __future__ import annotations

from html import escape


def hundred(share: float, label: str) -> str:
    """A hundred squares, of which as many are filled as a share is.

    Args:
        share: Between 0 and 1.
        label: What is drawn, for those who cannot see it.
    """
    filled = round(100 * share)
    squares = "".join(
        f'<rect x="{10 * (i % 10) + 1}" y="{10 * (i // 10) + 1}" width="8" height="8" rx="1.5" '
        f'fill="var(--{"accent" if i < filled else "grid"})"/>'
        for i in range(100)
    )
    return (
        f'<svg class="hundred" viewBox="0 0 100 100" role="img" '
        f'aria-label="{escape(label)}: {filled} of 100">{squares}</svg>'
    )


def bar(value: float, most: float, label: str) -> str:
    """A bar from nought.

    Args:
        value: Its length, 0 or more.
        most: What the whole width stands for, above 0.
        label: What is drawn, for those who cannot see it.
    """
    width = 150 * min(1.0, value / most)
    return (
        f'<svg viewBox="0 0 152 20" width="152" height="20" role="img" '
        f'aria-label="{escape(label)}">'
        '<rect x="0" y="2" width="150" height="16" rx="2" fill="var(--grid)"/>'
        f'<rect x="0" y="2" width="{width:.1f}" height="16" rx="2" fill="var(--accent)"/></svg>'
    )


def stacked(first: float, second: float, most: float, label: str) -> str:
    """Two lengths behind one another, from nought; the second is paler.

    Args:
        first: 0 or more.
        second: 0 or more.
        most: What the whole width stands for, above 0.
        label: What is drawn, for those who cannot see it.
    """
    one, both = 150 * first / most, 150 * (first + second) / most
    return (
        f'<svg class="stacked" viewBox="0 0 152 14" role="img" aria-label="{escape(label)}">'
        '<rect x="0" y="1" width="150" height="12" rx="2" fill="var(--grid)"/>'
        f'<rect x="0" y="1" width="{both:.1f}" height="12" rx="2" fill="var(--accent)" '
        'fill-opacity="0.4"/>'
        f'<rect x="0" y="1" width="{one:.1f}" height="12" rx="2" fill="var(--accent)"/></svg>'
    )


def whisker(value: float, low: float, high: float, ends: tuple[float, float]) -> str:
    """A dot with its interval on a line that all rows of a table share."""
    start, stop = ends

    def x(at: float) -> float:
        return 4 + 152 * (at - start) / ((stop - start) or 1.0)

    return (
        '<svg class="whisker" viewBox="0 0 160 18" aria-hidden="true">'
        '<line x1="4" x2="156" y1="9" y2="9" stroke="var(--grid)"/>'
        f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="9" y2="9" stroke="var(--accent)" '
        'stroke-width="3"/>'
        f'<circle cx="{x(value):.1f}" cy="9" r="4" fill="var(--accent)"/></svg>'
    )
