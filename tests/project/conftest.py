from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tilth import Project
from tilth.engine.hooks import Observer
from tilth.project.result import Result


def block(text: str) -> str:
    """Text of a file, as it is written in a test."""
    return textwrap.dedent(text).lstrip("\n")


@dataclass
class Log(Observer):
    """Writes down what a run tells."""

    ran: dict[str, str] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)

    def run_started(self, run: Any, n_nodes: int) -> None:
        self.events.append(("run_started", str(n_nodes)))

    def run_finished(self, run: Any) -> None:
        self.events.append(("run_finished", run.state))

    def node_started(self, node: str, reason: str, attempt: int) -> None:
        self.ran[node] = reason
        self.events.append(("node_started", node))

    def node_finished(self, node_run: Any) -> None:
        self.events.append(("node_finished", node_run.node))

    def node_reused(self, node: str, node_run: Any) -> None:
        self.reused.append(node)
        self.events.append(("node_reused", node))

    def node_failed(self, node_run: Any, failure: Any) -> None:
        self.events.append(("node_failed", node_run.node))

    def node_retried(self, node: str, failure: Any, attempt: int, seconds: float) -> None:
        self.events.append(("node_retried", f"{node} {attempt} {seconds:g}"))

    def warned(self, message: str) -> None:
        self.events.append(("warned", message))


@dataclass
class Told:
    """What a run told, with values by name: `told["total"]`."""

    result: Result
    log: Log
    values: dict[str, Any]

    @property
    def ran(self) -> dict[str, str]:
        """Node -> the reason why it ran."""
        return self.log.ran

    @property
    def reused(self) -> list[str]:
        return self.log.reused

    @property
    def warnings(self) -> str:
        return "\n".join(self.result.warnings)

    @property
    def failures(self) -> dict[str, str]:
        return {name: each.report for name, each in self.result.failures.items()}

    @property
    def fingerprints(self) -> dict[str, str]:
        return {name: each.fingerprint for name, each in sorted(self.result.versions.items())}

    def __getitem__(self, dataset: str) -> Any:
        return self.values[dataset]


@dataclass
class Home:
    """A project in a folder: its files are written, and it is opened anew for each run."""

    folder: Path

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(text, bytes):
                path.write_bytes(text)
            else:
                path.write_text(block(text), "utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), "utf-8")

    def open(self, **options: Any) -> Project:
        return Project(self.folder, **options)

    def run(
        self,
        *names: str,
        load: tuple[str, ...] = (),
        overrides: tuple[str, ...] = (),
        **options: Any,
    ) -> Told:
        """Run, without judging how it ended."""
        log = Log()
        with self.open(overrides=overrides) as project:
            result = project.run(*names, observers=[log], **options)
            return Told(result, log, {name: result[name] for name in load if result.ok})

    def done(self, *names: str, **options: Any) -> Told:
        """Run, and insist that all went well."""
        told = self.run(*names, **options)
        told.result.checked()
        assert told.result.ok
        return told

    def plan(self, *names: str, **options: Any) -> dict[str, str | None]:
        with self.open() as project:
            planned = project.plan(*names, **options)
        return {each.node.name: each.reason and str(each.reason) for each in planned.nodes}

    def calls(self, name: str = "calls.txt") -> list[str]:
        """Lines that functions of the project left, in a file beside it."""
        path = self.folder / name
        return path.read_text("utf-8").split() if path.exists() else []

    def python(self, code: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run code in a process of its own, in the project's folder."""
        return subprocess.run(
            [sys.executable, "-c", block(code)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            **options,
        )


Make = Callable[[Mapping[str, str | bytes]], Home]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a project out of its files; the first one lies in `tmp_path/home`."""
    number = 0

    def made(files: Mapping[str, str | bytes]) -> Home:
        nonlocal number
        number += 1
        home = Home(tmp_path / ("home" if number == 1 else f"home{number}"))
        home.write(files)
        return home

    return made


CHAIN: dict[str, str | bytes] = {
    "tilth.yml": """
        name: chain
        pipelines:
          main:
            nodes:
              - call: work.rows
                inputs: [numbers]
              - call: work.doubled
                inputs: {rows: rows, factor: "params:factor"}
              - call: work.total
                inputs: [doubled]
              - call: work.count
                inputs: [rows]
        """,
    "catalog.yml": """
        numbers: {format: csv, location: data/numbers.csv}
        """,
    "params.yml": "factor: 2\n",
    "data/numbers.csv": "n\n1\n2\n3\n",
    "src/helpers.py": """
        SCALE = 1

        def scaled(value):
            '''Scale a value.'''
            return value * SCALE
        """,
    "src/work.py": """
        from pandas import DataFrame
        from helpers import scaled

        def rows(numbers: DataFrame) -> list:
            return [int(n) for n in numbers["n"]]

        def doubled(rows, factor=2):
            return [scaled(n) * factor for n in rows]

        def total(doubled):
            return sum(doubled)

        def count(rows):
            return len(rows)
        """,
}


@pytest.fixture
def chain(make: Make) -> Home:
    """Four nodes: `rows` feeds `doubled`, which feeds `total`, and `count`."""
    return make(CHAIN)
