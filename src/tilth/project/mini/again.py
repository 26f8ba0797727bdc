"""The same run once more, in another process: `python -m tilth.project.mini.again FOLDER`.

It is a process of its own, since what depends on the order of a set of texts, on the time or
on a counter shows itself only there: Python orders such a set by a number that it draws anew
for each process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tilth.engine.step import LIVE
from tilth.errors import TilthError
from tilth.graph.select import Selection
from tilth.history.record import NodeRun
from tilth.project.mini.place import read_place
from tilth.project.mini.project import MiniProject

PART = "again"
_WAITING = {"OMP_WAIT_POLICY": "passive"}
"""Beside another run on the same cores, threads that wait by spinning take its time."""
_OUTCOME = "outcome.json"
_LOG = "log.txt"


class Again:
    """A run in another process, under way. Close it, or use it with `with`."""

    def __init__(
        self, folder: Path, names: Sequence[str], nodes: Sequence[str], overrides: Sequence[str]
    ) -> None:
        self._folder, self._overrides = folder, tuple(overrides)
        self._project: MiniProject | None = None
        self._outcome = folder / PART / _OUTCOME
        self._outcome.parent.mkdir(parents=True, exist_ok=True)
        self._outcome.unlink(missing_ok=True)
        told = {"names": list(names), "nodes": list(nodes), "overrides": list(overrides)}
        with (self._outcome.parent / _LOG).open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves, without a shell
                [sys.executable, "-m", __name__, str(folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**_WAITING, **os.environ, "PYTHONHASHSEED": str(_other_seed())},
            )
        assert self._process.stdin is not None
        with suppress(OSError), self._process.stdin as stream:  # it may have ended by then
            stream.write(json.dumps(told).encode())

    def outcome(self, patience: float) -> dict[str, Any] | None:
        """Node -> `inputs` and `outputs` with their fingerprints, or its `error`.

        None where nothing could run.

        Args:
            patience: Seconds after which it is ended.
        """
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.close()
            return None
        try:
            found: dict[str, Any] = json.loads(self._outcome.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def last_words(self) -> str:
        """The last line that it wrote."""
        log = (self._outcome.parent / _LOG).read_text(encoding="utf-8", errors="replace")
        return (log.strip().splitlines() or [""])[-1][:200]

    def value(self, dataset: str) -> Any:
        """What it made, by name.

        Raises:
            MissingDataError: It made none.
        """
        if self._project is None:
            place = read_place(self._folder, PART)
            self._project = MiniProject(place, overrides=self._overrides)
        return self._project.load(dataset)

    def close(self) -> None:
        """End it, where it is still under way, and let go of what it made."""
        if self._project is not None:
            self._project.close()
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def __enter__(self) -> Again:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _other_seed() -> int:
    """A seed for the order of sets that is not the one of this process."""
    return 1 + int(os.environ.get("PYTHONHASHSEED", "0").replace("random", "0")) % 4_000_000_000


def digests(node_run: NodeRun) -> dict[str, Any]:
    """What a node read and made, as far as it has bytes."""
    outputs = {
        each.dataset: each.fingerprint
        for each in node_run.outputs
        if not each.fingerprint.startswith(LIVE)
    }
    return {"inputs": dict(node_run.inputs), "outputs": outputs}


def main(folder: str, told: dict[str, Any]) -> None:
    """Run, and write down what was read and made."""
    place = read_place(Path(folder), PART)
    with MiniProject(place, overrides=told["overrides"]) as project:
        selection = Selection(to_nodes=tuple(told["nodes"])) if told["nodes"] else None
        result = project.run(*told["names"], selection=selection, keep_going=True)
        runs = project.history.node_runs(result.run)
        masked = project.config.secrets.masked
    found: dict[str, Any] = {each.node: digests(each) for each in runs if each.state == "done"}
    found |= {each.node: {"error": masked(each.error)} for each in runs if each.state == "failed"}
    outcome = Path(folder) / PART / _OUTCOME
    outcome.with_suffix(".tmp").write_text(json.dumps(found), encoding="utf-8")
    outcome.with_suffix(".tmp").replace(outcome)


if __name__ == "__main__":
    try:
        main(sys.argv[1], json.load(sys.stdin))
    except TilthError as error:
        sys.exit(str(error))
