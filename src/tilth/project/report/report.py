"""Gathers what a report says of a run, and where it is written to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.config.scope import ScopeSettings
from tilth.errors import DataError, MissingDataError
from tilth.history.record import Checked, Made, Metric, NodeRun, Run
from tilth.project.report.changes import changes_of
from tilth.project.report.facts import Chapter, Fact, chapters_of, facts_of
from tilth.project.report.test_uses import n_models_measured
from tilth.project.report.times import GroupTime, times_of
from tilth.project.report.words import Paragraph, paragraphs
from tilth.project.scope import scope_of
from tilth.record import changed, field, record

if TYPE_CHECKING:
    from tilth.project.project import Project


@record
class Report:
    """What a run found, for people; in a notebook it shows its first page.

    Attributes:
        project: The project's name.
        scope: What it is for, as tilth.yml has it now; None of a single Python file.
        run: What is reported on.
        chapters: What was found of each model.
        told: The first page: model -> questions and answers in plain words.
        loose: What stages found that belongs to no model.
        node_runs: Of the run, in the order of their record.
        times: Where the time went, by pipeline, or by layer where there is one pipeline.
        sources: Versions that the run read and did not make.
        metrics: Node -> what it returned as metrics.
        checks: What was held against contracts.
        environment: Distribution -> version, and `python`.
        changes: Dataset of an explanation page -> a section of what changed since the model
            before.
    """

    project: str
    scope: ScopeSettings | None
    run: Run
    chapters: tuple[Chapter, ...] = field(repr=False)
    told: Mapping[str, Sequence[Paragraph]] = field(repr=False)
    loose: tuple[Fact, ...] = field(repr=False)
    node_runs: tuple[NodeRun, ...] = field(repr=False)
    times: tuple[GroupTime, ...] = field(repr=False)
    sources: tuple[Made, ...] = field(repr=False)
    metrics: Mapping[str, Sequence[Metric]] = field(repr=False)
    checks: tuple[Checked, ...] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    changes: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def html(self) -> str:
        """The report as one page that needs no network and no script."""
        from tilth.project.report.page import page  # only who looks at it pays for it

        return page(self)

    def save(self, path: str | Path = "report.html") -> Path:
        """Write the page; returns where.

        Raises:
            DataError: It cannot be written there.
        """
        target = Path(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.html, encoding="utf-8")
        except OSError as error:
            raise DataError(
                f"the report cannot be written to {target}: {error.strerror or error}",
                hint="choose another place with `--to`",
            ) from error
        return target

    def as_dict(self) -> dict[str, Any]:
        """The first page as plain data, for `--json`."""
        return {
            "project": self.project,
            "run": self.run.id,
            "state": self.run.state,
            "scope": None
            if self.scope is None
            else {part: said or None for part, said in self.scope.parts().items()},
            "models": {
                name: {
                    each.title: [
                        {"text": said.text, "from": [_origin(fact) for fact in said.facts]}
                        for said in each.sentences
                    ]
                    for each in answers
                }
                for name, answers in self.told.items()
            },
            "time": [each.as_dict() for each in self.times],
        }

    def _repr_html_(self) -> str:
        from tilth.project.report.page import first_page  # see `html`

        return first_page(self)


def _origin(fact: Fact) -> dict[str, Any]:
    return {
        "run": fact.made_by.run,
        "node": fact.made_by.node,
        "dataset": fact.version.dataset,
        "fingerprint": fact.version.fingerprint,
    }


def report_of(project: Project, number: int | None = None) -> Report:
    """What is on record of a run.

    Args:
        project: Whose run.
        number: Of the run; the last one that ended well if not given.

    Raises:
        UnknownNameError: There is no such run.
        MissingDataError: Nothing ran so far.
    """
    history = project.history
    run = history.run(number) if number is not None else _last(project)
    recorded = history.node_runs(run.id)
    node_runs = tuple(_executed(project, recorded))
    facts = facts_of(project, node_runs)
    chapters = [_counted(project, each) for each in chapters_of(facts)]
    owned = {id(fact) for chapter in chapters for fact in chapter.facts.values()}
    return Report(
        project=project.config.settings.name or project.folder.name,
        scope=scope_of(project),
        run=run,
        chapters=tuple(chapters),
        told={each.name: paragraphs(each) for each in chapters},
        loose=tuple(each for each in facts if id(each) not in owned),
        node_runs=node_runs,
        times=times_of(project, recorded),
        sources=tuple(_sources(project, node_runs)),
        metrics=history.metrics(run.id),
        checks=tuple(history.checks(run=run.id)),
        environment=history.environment(run.environment) if run.environment else {},
        changes=changes_of(project, facts),
    )


def _counted(project: Project, chapter: Chapter) -> Chapter:
    """With how often its test was used."""
    said = chapter.get("predictions")
    return changed(chapter, n_measured=n_models_measured(project, said)) if said else chapter


def _last(project: Project) -> Run:
    for state in ("done", None):
        found = project.history.runs(n=1, state=state)
        if found:
            return found[0]
    raise MissingDataError("nothing ran so far, so there is nothing to report on",
                           hint="`tilth run` first")  # fmt: skip


def _executed(project: Project, node_runs: Sequence[NodeRun]) -> list[NodeRun]:
    """Each node's last attempt."""
    found = {each.node: each for each in node_runs}
    return list(found.values())


def _sources(project: Project, node_runs: Sequence[NodeRun]) -> list[Made]:
    made = {each.dataset for one in node_runs for each in one.outputs}
    read = {
        (name, fingerprint)
        for each in node_runs
        for name, fingerprint in each.inputs.items()
        if name not in made and "[" not in each.node
    }
    found = (project.history.version(name, fingerprint) for name, fingerprint in sorted(read))
    return [each[0] for each in found if each is not None]


def findings_of(checked: Checked) -> list[Mapping[str, Any]]:
    """What was found of a version that does not satisfy its contract."""
    report = json.loads(checked.report) if isinstance(checked.report, str) else checked.report
    found = report.get("findings", ()) if isinstance(report, Mapping) else ()
    return [each for each in found if isinstance(each, Mapping)]
