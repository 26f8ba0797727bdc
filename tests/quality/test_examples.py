"""The examples in docstrings are what happens."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name", ["sketch", "drift.compare", "preparation", "leakage", "conversion"]
)
def test_examples_are_true(name):
    result = doctest.testmod(importlib.import_module(f"tilth.quality.{name}"))

    assert result.attempted > 0
    assert result.failed == 0
