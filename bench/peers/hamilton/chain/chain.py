"""The chain in Hamilton, with its cache: a module of functions, as Hamilton wants it."""

import importlib
import os
import sys
from pathlib import Path

from hamilton import driver

n = int(os.environ["CHAIN"])
nodes = Path("nodes.py")
if not nodes.exists():
    text = "def x0() -> int:\n    return 0\n"
    text += "".join(
        f"\n\ndef x{i + 1}(x{i}: int) -> int:\n    return x{i} + 1\n" for i in range(n)
    )
    nodes.write_text(text)

sys.setrecursionlimit(100_000)  # Hamilton follows the graph by recursion.
sys.path.insert(0, ".")
module = importlib.import_module("nodes")
runner = driver.Builder().with_modules(module).with_cache(path="kept").build()
runner.execute([f"x{n}"])
