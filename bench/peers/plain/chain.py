"""The chain as plain calls: nothing is kept."""

from __future__ import annotations

import os


def start() -> int:
    return 0


def add_one(x: int) -> int:
    return x + 1


value = start()
for _ in range(int(os.environ["CHAIN"])):
    value = add_one(value)
