"""How often Python looks for rings of dead objects while a run goes on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OFTEN_ENOUGH = 50_000


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Have Python look after 50,000 new objects instead of some hundreds.

    A run makes a dozen records for each node that live until they are written, and none of them
    is part of a ring: looking through them time and again is a twentieth of what a node costs.
    Where a person has switched collecting off, it stays off.
    """
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(before[0], _OFTEN_ENOUGH), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
