"""The page on installing tells each extra, on the side where it is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def brought(extra: str) -> set[str]:
    """The distributions that an extra asks for, through other extras too."""
    found: set[str] = set()
    for each in EXTRAS[extra]:
        inner = re.match(r"tilth\[(.*)\]", each)
        if inner:
            found |= {name for other in inner[1].split(",") for name in brought(other)}
        else:
            found.add(re.split(r"[<>=]", each)[0])
    return found


def told(heading: str) -> set[str]:
    """The extras in the first column of the table under a heading."""
    page = (ROOT / "docs" / "how_to" / "install.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\|([^|]*)\|", section, re.M)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_extras_that_all_covers_are_told_as_such():
    covered = {name for name in EXTRAS if name != "all" and brought(name) <= brought("all")}

    assert told("In `all`") == covered


def test_extras_that_all_leaves_out_are_told_with_the_reason():
    left = {name for name in EXTRAS if not brought(name) <= brought("all")}

    assert told("Not in `all`") == left
    assert {"pandas", "duckdb", "flights", "mlflow"} <= left


def test_nothing_that_is_installed_needs_a_compiler_of_its_own():
    """Explanations do without shap, which brings two hundred megabytes for numba's."""
    assert "shap" not in set().union(*(brought(name) for name in EXTRAS))
