"""Hashing a file of one gigabyte that lies in the page cache."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

HASHING = "hashing a file of 1 GB"
BLAKE3 = "BLAKE3 alone, all threads"

ROWS = [
    Row(name=HASHING, unit="s"),
    Row(
        name="hashing, share of what BLAKE3 reaches alone",
        unit="%",
        at_least=80,
        of=HASHING,
        by=BLAKE3,
        inverse=True,
        factor=100,
    ),
]

BODIES = {
    OURS: "from tilth.fingerprint.file import of_file as digest",
    BLAKE3: (
        "from blake3 import blake3\n"
        "def digest(path):\n"
        "    return blake3(max_threads=blake3.AUTO).update_mmap(path).hexdigest()"
    ),
    "MD5": (
        "import hashlib\n"
        "def digest(path):\n"
        "    with open(path, 'rb') as file:\n"
        "        return hashlib.file_digest(file, 'md5').hexdigest()"
    ),
    "SHA-256": (
        "import hashlib\n"
        "def digest(path):\n"
        "    with open(path, 'rb') as file:\n"
        "        return hashlib.file_digest(file, 'sha256').hexdigest()"
    ),
}

TIMED = """
import sys, time
open(sys.argv[1], 'rb').close()
start = time.perf_counter()
digest(sys.argv[1])
print(time.perf_counter() - start)
"""


def entrants(tools: Tools) -> list[Entrant]:
    """All hash the same bytes, each in a process of its own."""
    return [Entrant(who=who, round=partial(hash_it, tools, body)) for who, body in BODIES.items()]


def hash_it(tools: Tools, body: str, folder: Path) -> Readings:
    """Write a gigabyte, so that it is in memory, and hash it; the writing does not count."""
    path = folder / "big.bin"
    block = bytes(range(256)) * 4096
    with path.open("wb") as file:
        for _ in range(1000):
            file.write(block[:1_000_000])
    usage = command([tools.python, "-c", body + TIMED, path], folder=folder)
    return {HASHING: float(usage.output)}
