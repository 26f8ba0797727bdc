"""Small statistics of versions, kept by what they are of.

They outlive the bytes: what a table looked like can be told when the table itself was let go.
A sketch can be made again from the bytes, so one that cannot be written is no mistake.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import get_ident


class Sketches:
    """A folder of texts by key. Any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Where they lie; the folder is made when there is something to keep."""
        self._folder = folder

    def get(self, key: str) -> str | None:
        """What was put under this key, or None."""
        try:
            return self._file(key).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def put(self, key: str, text: str) -> None:
        """Keep a text; a reader sees it whole or not at all."""
        file = self._file(key)
        new = file.with_name(f".{file.name}-{os.getpid()}-{get_ident()}")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(text, "utf-8")
            new.replace(file)

    def _file(self, key: str) -> Path:
        """Keys are fingerprints: a tag, and a digest that is safe in a name."""
        digest = key.partition(":")[2]
        return self._folder / digest[:2] / f"{digest[2:]}.json"
