"""Registered models of a project: what they are made of, how good they are, which one is live."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.errors import ConfigError, DefinitionError, MissingDataError, UnknownNameError
from tilth.history.lineage import downstream, upstream
from tilth.history.record import Made, Metric, ModelEvent, NodeRun, Run
from tilth.models import decision
from tilth.models.decision import Decision
from tilth.models.promotion import PromotionRule
from tilth.models.registry import PRODUCTION, ModelVersion, Registry
from tilth.project.contents import value_of
from tilth.project.person import person
from tilth.project.reference import split
from tilth.record import record

FILE = "goals.yml"

if TYPE_CHECKING:
    from tilth.models.goals import ModelGoals
    from tilth.models.host import Host
    from tilth.project.project import Project


@record
class Source:
    """A dataset that came from outside, as the model's training saw it.

    Attributes:
        dataset: Its name.
        fingerprint: Of the bytes.
        rows: How many; None where it is no table, or that was not known.
    """

    dataset: str
    fingerprint: str
    rows: int | None


@record
class ModelFacts:
    """All that is on record of a version of a model; what is not known is empty.

    Attributes:
        version: Which, with what was decided about it.
        made: The dataset's version that it is.
        run: The run that made it first.
        maker: The node run that did; None where it came from outside.
        sources: What it goes back to, in the order of their names.
        parameters: Node -> argument -> the value as JSON, of all that it went through.
        libraries: Distribution -> version, those that the code on the way uses.
        python: Minor version; empty where nobody made it here.
        metrics: Node -> metrics of what was made of it since.
    """

    version: ModelVersion
    made: Made
    run: Run
    maker: NodeRun | None
    sources: tuple[Source, ...]
    parameters: Mapping[str, Mapping[str, str]]
    libraries: Mapping[str, str]
    python: str
    metrics: Mapping[str, tuple[Metric, ...]]

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            **version_as_dict(self.version),
            "decisions": [event_as_dict(each) for each in self.version.decisions],
            "bytes": self.made.n_bytes,
            "format": self.made.format,
            "type": self.made.shape,
            "commit": self.run.commit,
            "clean": self.run.clean,
            "made_by": self.run.person,
            "node": self.maker.node if self.maker else "",
            "sources": [
                {"dataset": each.dataset, "fingerprint": each.fingerprint, "rows": each.rows}
                for each in self.sources
            ],
            "parameters": {node: dict(each) for node, each in self.parameters.items()},
            "python": self.python,
            "libraries": dict(self.libraries),
            "metrics": [
                {"node": node, "name": each.name, "value": each.value, "low": each.low,
                 "high": each.high}
                for node, found in self.metrics.items()
                for each in found
                if each.value is not None
            ],
        }  # fmt: skip


def registry(project: Project) -> Registry:
    """The registered models of a project."""
    return Registry(project.history.model_events())


def register(project: Project, dataset: str, name: str = "", why: str = "") -> ModelVersion:
    """Register a version of a dataset as a model's next version.

    Args:
        project: Whose.
        dataset: Its name, or `boosting@3` for a version of it.
        name: What the model is called; as the dataset where not given.
        why: In a person's words.

    Returns:
        The version; the one that there was, where these bytes are registered already.

    Raises:
        MissingDataError: There is no such version, or its bytes were not kept.
        DefinitionError: The name cannot be one.
    """
    made = project.version(dataset)
    bare = split(dataset).dataset
    if not made.kept and not project.workspace.has(made):
        raise MissingDataError(
            f"`{dataset}` ({made.shape}) cannot be registered: its bytes were not kept",
            hint="give it an entry in the catalog with a format that can write it",
        )
    known = project.history.version(bare, made.fingerprint)
    if known is None:
        raise MissingDataError(
            f"`{dataset}` cannot be registered: no run has made it or read it yet",
            hint="`tilth run` puts it on record, with what it is made of",
        )
    event = event_of(project, name or bare, why=why) | {
        "dataset": bare,
        "fingerprint": made.fingerprint,
        "run": known[2].id,
    }
    after = _decide(project, decision.register(ModelEvent(**event)), str(event["model"]))
    same = [
        each for each in after.versions(name or bare) if each.event.fingerprint == made.fingerprint
    ]
    return same[0]


def approve(project: Project, reference: str, why: str) -> ModelVersion:
    """Say that a version may go live."""
    return _judge(project, reference, decision.approve, why)


def refuse(project: Project, reference: str, why: str) -> ModelVersion:
    """Say that a version may not go live."""
    return _judge(project, reference, decision.refuse, why)


def retire(project: Project, reference: str, why: str) -> ModelVersion:
    """Take a version out of use."""
    return _judge(project, reference, decision.retire, why)


def promote(
    project: Project, reference: str, alias: str = PRODUCTION, why: str = "", *, override: bool
) -> ModelVersion:
    """Let an alias point at a version; see `tilth.models.decision.promote`."""
    found = registry(project).find(newest_of(project, reference))
    goals = _goals_of(project, found.model, override)
    event = ModelEvent(**event_of(project, found.model, found.version, why=why, alias=alias))
    promoted = decision.promote(
        event, override=override, goals=goals.digest, rule=goals.rule(alias)
    )
    # What is decided without a test is told at once; it is decided again when all is known.
    known: list[ModelEvent] = []
    if promoted(project.history.model_events(found.model)):
        from tilth.project.replaying import check_bundle  # it knows of this module

        known = check_bundle(project, found, why, goals.host(alias), override=override)
    after = _decide(project, lambda before: [*known, *promoted(before)], found.model)
    return after.find(found.name)


def roll_back(project: Project, model: str, alias: str = PRODUCTION, why: str = "") -> ModelVersion:
    """Let an alias point again at what it pointed at before."""
    event = ModelEvent(**event_of(project, model, why=why, alias=alias))
    try:
        return _decide(project, decision.roll_back(event), model).find(f"{model}@{alias}")
    except UnknownNameError:
        if model in (known := registry(project).models):
            raise
        raise UnknownNameError("model", model, known) from None


def load_model(project: Project, reference: str) -> Any:
    """The model itself: `late@production`, `late@3`, or `late` for what is live.

    Raises:
        UnknownNameError: There is no such model, version or alias.
        MissingDataError: Its bytes are gone.
    """
    return value_of(project, made_of(project, registry(project).find(reference)))


def facts(project: Project, reference: str) -> ModelFacts:
    """All that is on record of a version of a model."""
    found = registry(project).find(reference)
    history = project.history
    made = made_of(project, found)
    back = upstream(history, made.fingerprint, dataset=made.dataset)
    makers = _unique(step.maker for step in back.steps.values())
    recipes = {each.node: history.recipe(each.recipe) for each in makers if each.recipe}
    libraries = {name: v for recipe in recipes.values() for name, v in recipe.libraries.items()}
    since = _unique(
        step.maker
        for version, step in downstream(
            history, made.fingerprint, dataset=made.dataset
        ).steps.items()
        if version.fingerprint != made.fingerprint
    )
    return ModelFacts(
        version=found,
        made=made,
        run=history.run(found.event.run),
        maker=next(iter(makers), None),
        sources=tuple(sorted(_sources(project, back.ends()), key=lambda each: each.dataset)),
        parameters={node: each.parameters for node, each in recipes.items() if each.parameters},
        libraries=dict(sorted(libraries.items())),
        python=next((each.python for each in recipes.values()), ""),
        metrics={each.node: each.metrics for each in since if each.metrics},
    )


def version_as_dict(found: ModelVersion) -> dict[str, Any]:
    """A version in one row."""
    event = found.event
    return {
        "model": found.model,
        "version": found.version,
        "state": found.state,
        "aliases": list(found.aliases),
        "registered_at": event.happened_at,
        "person": event.person,
        "why": event.why,
        "dataset": event.dataset,
        "fingerprint": event.fingerprint,
        "run": event.run,
    }


def event_as_dict(event: ModelEvent) -> dict[str, Any]:
    """Something that was decided, in one row."""
    return {
        "kind": event.kind,
        "alias": event.alias,
        "at": event.happened_at,
        "person": event.person,
        "why": event.why,
        "details": json.loads(event.details),
    }


def _judge(project: Project, reference: str, decided: Any, why: str) -> ModelVersion:
    found = registry(project).find(newest_of(project, reference))
    event = ModelEvent(**event_of(project, found.model, found.version, why=why))
    return _decide(project, decided(event), found.model).find(found.name)


def newest_of(project: Project, reference: str) -> str:
    """A name alone is refused where it could mean two: what is live, or what is newest."""
    if "@" in reference:
        return reference
    newest = registry(project).newest(reference)
    if newest.version == 1:
        return newest.name
    raise DefinitionError(
        f"which version of model `{reference}`?",
        hint=f"say `{newest.name}` for the newest; `tilth models show {reference}` lists all",
    )


def event_of(
    project: Project, model: str, version: int = 0, *, why: str = "", alias: str = ""
) -> dict[str, Any]:
    """What every event says: of which version, by whom, when and why."""
    return {
        "model": model,
        "version": version,
        "kind": "",
        "alias": alias,
        "happened_at": time.time(),
        "person": person(),
        "why": project.config.secrets.masked(why),
    }


@record
class _Asked:
    """What the project asks of a model before it goes live.

    Attributes:
        digest: What stands for its goals; empty without.
        goals: They; None without, or where they cannot be read.
    """

    digest: str = ""
    goals: ModelGoals | None = None

    def rule(self, alias: str) -> PromotionRule | None:
        """That of an alias."""
        rules = self.goals.promotion if self.goals is not None else ()
        return next((each for each in rules if each.alias == alias), None)

    def host(self, alias: str) -> Host | None:
        """What is there for the version that an alias points at, where that is said."""
        return next((each for each in hosts_of(self.goals) if each.alias == alias), None)


def hosts_of(goals: ModelGoals | None) -> tuple[Host, ...]:
    """What is there for a model, for each alias that something is said of."""
    return goals.runs_on if goals is not None else ()


def _goals_of(project: Project, model: str, override: bool) -> _Asked:
    """What the project asks of a model.

    Where somebody overrides the gate, a file that cannot be read does not hold them up.
    """
    try:
        goals = goals_of(project, model)
    except ConfigError:
        if override:
            return _Asked(digest="unreadable")
        raise
    return _Asked(digest=goals.digest if goals is not None else "", goals=goals)


def goals_of(project: Project, model: str) -> ModelGoals | None:
    """The goals that the project has for a model; None without.

    Raises:
        ConfigError: The file holds mistakes.
    """
    if not (project.folder / FILE).exists():
        return None
    from tilth.models.goals import read_goals  # only projects with goals pay for it

    return read_goals(project.folder).get(model)


def _decide(project: Project, decided: Decision, model: str) -> Registry:
    """Have it decided; returns how the model stands after that, which is not read again."""
    before: list[ModelEvent] = []

    def remembered(events: Sequence[ModelEvent]) -> list[ModelEvent]:
        before.extend(events)
        return decided(events)

    new = project.history.add_model_events(model, remembered)
    return Registry([*before, *new])


def made_of(project: Project, found: ModelVersion) -> Made:
    """The dataset's version that a version of a model is."""
    known = project.history.version(found.event.dataset, found.event.fingerprint)
    if known is None:
        raise MissingDataError(f"{found.name} is no longer on record as `{found.event.dataset}`")
    return known[0]


def _unique(makers: Iterable[NodeRun | None]) -> list[NodeRun]:
    return list({each.id: each for each in makers if each is not None}.values())


def _sources(project: Project, ends: Iterable[tuple[str, str]]) -> Iterable[Source]:
    for dataset, fingerprint in ends:
        known = project.history.version(dataset, fingerprint)
        rows = known[0].rows if known else None
        yield Source(dataset=dataset, fingerprint=fingerprint, rows=rows)
