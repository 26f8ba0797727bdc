"""What importing a module of a bundle needs."""

from __future__ import annotations

from tilth.project.bundled_imports import imported_by

CODE = {
    "shop/__init__.py": b"import attrs\n",
    "shop/models.py": b"""
from typing import TYPE_CHECKING
import numpy.linalg
from . import layers
from .parts.deep import Deep
if TYPE_CHECKING:
    import polars
else:
    import pandas
try:
    import torch
except ImportError:
    torch = None

def fit():
    import matplotlib

class Own:
    import scipy
""",
    "shop/layers.py": b"import skorch\n",
    "shop/parts/deep.py": b"from ..layers import skorch\nimport sklearn.base as base\n",
    "shop/other.py": b"import duckdb\n",
}


def tops(modules):
    return {each.partition(".")[0] for each in imported_by(CODE, modules)}


def test_what_a_module_imports_counts_also_through_others_and_around_it():
    assert tops(["shop.models"]) == {
        "attrs", "numpy", "pandas", "scipy", "skorch", "sklearn", "torch", "typing",
    }  # fmt: skip


def test_a_module_that_nobody_imports_does_not_count():
    assert tops(["shop.layers"]) == {"attrs", "skorch"}
